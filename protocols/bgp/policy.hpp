// protocols/bgp/policy.hpp: which of a peer's routes we accept, and why not the others.
//
// A device announces host routes of other users. Everything else it might send by mistake, or by malice,
// would pull traffic of this host into the tunnel, or the tunnel's own packets into itself (daemon.md 14.4
// B1). A route that is not accepted stays in the RIB with its verdict, so that `/routes` can say why.
//
// Our own ASN in a path is no reason: all clients of the network share one, so each route of another user has
// it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/ip.hpp"
#include "protocols/bgp/filter.hpp"

namespace dz::bgp {

/// Outcome for one route. Everything but `Accepted` keeps it out of the kernel.
enum class Verdict : std::uint8_t {
    Accepted,
    DefaultRoute,    ///< 0.0.0.0/0
    TooShort,        ///< shorter than `Policy::shortest`
    Martian,         ///< inside or around an address block that is never routed
    OwnAddress,      ///< a host route to an address of this machine
    CapturesTunnel,  ///< covers an address that the tunnel itself needs
    ForeignNextHop,  ///< NEXT_HOP is not the neighbour, although the link has no third address
    Excluded,        ///< left out by the operator's filter file
};
inline constexpr std::size_t kVerdicts = 8;

/// "accepted", "default_route", "too_short", "martian", "own_address", "captures_tunnel", "foreign_next_hop",
/// "excluded": for JSON and metrics.
std::string_view to_string(Verdict verdict);
/// Why the route is left out, one sentence for people; empty for an accepted one.
std::string_view reason(Verdict verdict);

/// Blocks that are never a route of ours: this network, private, shared, loopback, link-local, protocol
/// assignments, documentation, multicast, reserved. 198.18.0.0/15 is not among them: test networks use it.
const std::vector<Prefix>& default_martians();

/// Inputs of the decision. A value; `judge` is pure.
struct Policy {
    std::uint8_t shortest = 32;  ///< accept this prefix length and longer; 0..32
    std::vector<Prefix> martians = default_martians();
    std::vector<Ipv4> own_addresses;        ///< DoubleZero address, client address, overlay address
    std::vector<Ipv4> protected_addresses;  ///< the tunnel's outer endpoints: never inside a route
    RouteFilter filter;                     ///< what the operator leaves out
    bool third_party_next_hop = false;      ///< accept a NEXT_HOP other than the neighbour

    bool operator==(const Policy&) const = default;
};

Verdict judge(const Policy& policy, const Prefix& prefix, Ipv4 next_hop, Ipv4 neighbor);

}  // namespace dz::bgp
