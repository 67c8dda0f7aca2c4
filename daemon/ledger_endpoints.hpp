// daemon/ledger_endpoints.hpp: where the ledger is, from flags, variable and environment. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "ledger/environment.hpp"

namespace dz::daemon {

inline constexpr std::size_t kMaxLedgerEndpoints = 8;

struct LedgerEndpoints {
    std::vector<std::string> rpc;  ///< at least one, the preferred first
    /// For subscriptions, the preferred first; none: the ledger is polled only.
    std::vector<std::string> push;
    /// A new end of a tunnel counts when two of `rpc` name it.
    bool agreement = false;

    bool operator==(const LedgerEndpoints&) const = default;
};

/// What was given, each a list with commas; empty = not given.
struct EndpointWishes {
    std::string_view rpc_flag;      ///< -solana-rpc-endpoint
    std::string_view rpc_variable;  ///< DZ_LEDGER_RPC_URL
    std::string_view push_flag;     ///< -solana-ws-endpoint; "none": no subscriptions
    bool agreement = false;         ///< -solana-rpc-agreement
};

/// The flag outranks the variable, and that the environment (null: none). Without the flag, subscriptions go
/// to the environment's own place, or to where the RPC endpoints are: the same host and path, and the port
/// after theirs, where nodes listen that have two. Errors: BadValue naming the flag and what to write
/// instead.
Result<LedgerEndpoints> ledger_endpoints(const EndpointWishes& wishes,
                                         const ledger::Environment* environment);

}  // namespace dz::daemon
