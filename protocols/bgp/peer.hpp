// protocols/bgp/peer.hpp: what is asked of one BGP session, and what can be said about it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/ip.hpp"
#include "base/result.hpp"
#include "base/units.hpp"
#include "protocols/bgp/md5_key.hpp"
#include "protocols/bgp/policy.hpp"
#include "protocols/bgp/status.hpp"

namespace dz::bgp {

/// Which end opens the connection. Devices of the network wait, so `Active` is what meets them.
enum class Opening : std::uint8_t {
    Active,   ///< we dial
    Passive,  ///< we wait for the peer
    Both,     ///< whoever comes first; two connections collide and one of them survives
};
/// "active", "passive", "both"
std::string_view to_string(Opening opening);
Result<Opening> parse_opening(std::string_view text);

/// What the owner wants of one peer. The remote address is the peer's identity: each tunnel has a /31 of its
/// own.
struct PeerConfig {
    Ipv4 local;   ///< overlay address of this end: the source of the connection and our NEXT_HOP
    Ipv4 remote;  ///< overlay address of the device
    Asn local_asn, remote_asn;
    std::chrono::seconds hold_time{
        90};  ///< offered; 0 (no keepalives) or at least 3; the smaller of both ends' counts
    std::optional<Prefix> announce;  ///< the one prefix we announce; none for a multicast subscriber
    bool learn_routes = true;        ///< false: whatever the peer announces is ignored (multicast)
    Policy policy;
    std::size_t max_routes = 250'000;  ///< more than these end the session with Cease 6/1 for a minute
    std::chrono::seconds stale_hold{
        0};  ///< how long routes outlive a peer that restarts gracefully; 0: not at all
    std::uint16_t port = 179;
    Opening opening = Opening::Active;
    bool ttl_security = false;  ///< RFC 5082: only a neighbour on the link is listened to
    /// RFC 2385. Null: segments are not signed. Keys are compared by identity.
    std::shared_ptr<const Md5Key> md5_key;

    bool operator==(const PeerConfig&) const = default;
};

/// States of RFC 4271, section 8.2.2. `Connect` may wait for the peer as well; `Active` only waits.
enum class State : std::uint8_t { Idle, Connect, Active, OpenSent, OpenConfirm, Established };

/// "Idle", "Connect", "Active", "OpenSent", "OpenConfirm", "Established".
std::string_view to_string(State state);

struct PeerCounters {
    std::uint64_t connects = 0;     ///< TCP connections made
    std::uint64_t established = 0;  ///< sessions that came up
    std::uint64_t messages_in = 0, messages_out = 0;
    std::uint64_t updates_in = 0;
    std::uint64_t attributes_discarded = 0;  ///< RFC 7606
    std::uint64_t treated_as_withdraw = 0;   ///< UPDATEs, RFC 7606
    bool operator==(const PeerCounters&) const = default;
};

/// What can be said about one peer now.
struct PeerReport {
    PeerConfig config;
    State state = State::Idle;
    Status status = Status::Pending;
    WallTime status_since;                 ///< last change of `status`
    std::chrono::seconds hold_time{0};     ///< negotiated; 0 when not established
    std::size_t routes = 0, accepted = 0;  ///< learned routes, and those that policy accepts
    std::string last_error;  ///< why the last connection ended or failed; empty when none has yet
    PeerCounters counters;
};

}  // namespace dz::bgp
