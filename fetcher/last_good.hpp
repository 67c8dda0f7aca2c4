// fetcher/last_good.hpp: the accounts of the last believed answer, in a form that survives a restart.
//
// A host that restarts while the ledger cannot be reached would otherwise have no tunnels until it returns
// (daemon.md 14.1 A10). Nothing here is secret; whoever can write the file can move the tunnel, so it belongs
// into the state directory.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/ip.hpp"
#include "base/units.hpp"
#include "ledger/public_key.hpp"
#include "ledger/rpc.hpp"

namespace dz::fetcher {

inline constexpr std::size_t kMaxLastGoodBytes = 4U << 20;

struct LastGood {
    ledger::PublicKey program;
    Ipv4 client_ip;  ///< whose users these are
    Slot slot;
    WallTime read_at;
    std::vector<ledger::KeyedAccount> accounts;  ///< keys and data; other fields are not kept

    bool operator==(const LastGood&) const = default;
};

/// One JSON object.
std::string encode(const LastGood& last_good);
/// Errors: BadValue, LimitExceeded.
Result<LastGood> decode_last_good(std::string_view json);

}  // namespace dz::fetcher
