// chain/devnet/rpc_error.hpp: what a JSON-RPC method answers: the text of its result, or an error object.
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace dz::devnet {

struct RpcError {
    int code = 0;
    std::string message;
    /// JSON text; empty = none.
    std::string data;
};

template <class T>
using Answer = std::expected<T, RpcError>;

namespace rpc_code {
inline constexpr int kParse = -32700;
inline constexpr int kInvalidRequest = -32600;
inline constexpr int kUnknownMethod = -32601;
inline constexpr int kInvalidParams = -32602;
inline constexpr int kInternal = -32603;
inline constexpr int kPreflightFailure = -32002;
inline constexpr int kSignatureVerification = -32003;
inline constexpr int kBlockNotAvailable = -32004;
inline constexpr int kNodeUnhealthy = -32005;
inline constexpr int kSlotSkipped = -32007;
inline constexpr int kUnsupportedVersion = -32015;
inline constexpr int kMinContextSlot = -32016;
}  // namespace rpc_code

[[nodiscard]] inline std::unexpected<RpcError> rpc_fail(int code, std::string message,
                                                        std::string data = {}) {
    return std::unexpected(RpcError{code, std::move(message), std::move(data)});
}
[[nodiscard]] inline std::unexpected<RpcError> invalid_params(const std::string& message) {
    return rpc_fail(rpc_code::kInvalidParams, "Invalid params: " + message);
}

}  // namespace dz::devnet
