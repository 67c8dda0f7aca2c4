// chain/devnet/json_rpc.hpp: JSON-RPC 2.0 envelopes: one request or a batch in, one text out.
#pragma once

#include <functional>
#include <string>

#include "base/task.hpp"
#include "chain/devnet/rpc_methods.hpp"

namespace dz::devnet {

inline constexpr std::size_t kMaxBatch = 100;
/// Larger than any request but a full batch of transactions.
inline constexpr std::size_t kMaxRequestBody = 256U << 10;

/// What carries out a method, given its parameters: an array, or null where the request had none.
using RpcCall = std::function<Task<Answer<std::string>>(std::string method, json::Value params)>;

/// Answers a body. Whatever it holds, the answer is JSON; empty when nothing was to be answered
/// (notifications).
Task<std::string> answer_json_rpc(RpcCall call, std::string body);
Task<std::string> answer_json_rpc(RpcMethods& methods, std::string body);

}  // namespace dz::devnet
