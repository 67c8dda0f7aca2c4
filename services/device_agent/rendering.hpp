// services/device_agent/rendering.hpp: what the ledger asks of one device: tunnels, addresses, rules,
// neighbours.
//
// Pure. The real thing is a switch that keeps user tunnels in a VRF. In the lab one namespace plays it, and
// policy rules play the VRF: packets from the overlay's addresses are looked up in a table that only BGP
// fills, packets of the underlay in the main table (so a user's own /32 never captures its tunnel).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ip.hpp"
#include "base/units.hpp"
#include "ledger/public_key.hpp"
#include "ledger/snapshot.hpp"
#include "netlink/types.hpp"

namespace dz::device_agent {

inline constexpr std::uint32_t kVrfTable = 100;
inline constexpr std::uint32_t kRulePriority = 100;
inline constexpr std::uint8_t kTunnelTtl = 32;

/// The BGP session with one user.
struct Neighbor {
    std::uint16_t tunnel_id = 0;
    Ipv4 local;   ///< even address of the /31
    Ipv4 remote;  ///< odd address
    /// The one prefix the user may announce; none for a pure subscriber.
    std::optional<Prefix> accepts;
    bool multicast = false;

    std::string tunnel_name() const;
    bool operator==(const Neighbor&) const = default;
};

/// What the operator says about the device beyond the ledger.
struct Options {
    ledger::PublicKey device;
    /// Announced to users, as other sites' routes would be. Also the overlay addresses of the device itself.
    std::vector<Prefix> announce;
    /// Of the communities that mark users' routes; differs from the session's AS on purpose (e2e.md 2.2).
    Asn community_asn{21682};
};

struct Rendering {
    Ipv4 router_id;
    Asn device_asn, user_asn;
    std::uint16_t exchange_community = 0;  ///< 0: the exchange is unknown
    std::vector<netlink::Tunnel> tunnels;
    std::vector<netlink::LinkAddress> addresses;
    std::vector<netlink::Rule> rules;
    std::vector<Neighbor> neighbors;
    /// Users left out, one sentence each.
    std::vector<std::string> warnings;

    bool operator==(const Rendering&) const = default;
};

/// Errors: NotFound (no global configuration, no such device). A device that is not activated has no users.
Result<Rendering> render(const ledger::Snapshot& snapshot, const Options& options);

/// What turns the kernel's `actual` into the rendering. Touches only GRE links named "tunnelN" and rules of
/// our priority and table.
std::vector<netlink::Change> plan(const Rendering& desired, const netlink::State& actual);

/// The whole configuration of BIRD 2.
std::string bird_config(const Rendering& rendering, const Options& options);

}  // namespace dz::device_agent
