// reconciler/state.hpp: what there is of ours in kernel and speaker, or should be: one type for both.
//
// Ours is what carries our mark, whoever made it, so that a crash or another version leaves nothing behind
// that we would not recognise:
//   - GRE links named doublezero0 (unicast) and doublezero1 (multicast), and all addresses on them;
//   - routes out of them of protocol bgp (learned), of protocol static to a multicast group, and the default
//     route in table 101 of an EdgeFiltering user;
//   - rules of priority 100 to a prefix into table 100, and of priority 101 from a prefix into table 101, if
//     they were written down before they were made (owned.hpp): their mark alone proves nothing.
// Everything else belongs to somebody else and is never touched.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "netlink/types.hpp"
#include "protocols/bgp/peer.hpp"

namespace dz::reconciler {

inline constexpr std::string_view kUnicastLink = "doublezero0";
inline constexpr std::string_view kMulticastLink = "doublezero1";

/// Routes learned by BGP. Neither an operator's own route (usually 0) nor ours replaces the other then.
inline constexpr std::uint32_t kRouteMetric = 20;

/// EdgeFiltering: priority of the rules, and the tables they lead to (daemon.md 6.5).
inline constexpr std::uint32_t kEdgeToPriority = 100, kEdgeToTable = 100;
inline constexpr std::uint32_t kEdgeFromPriority = 101, kEdgeFromTable = 101;

/// Addresses stand in the order they are to be added in; the rest is sorted by `normalize`.
struct State {
    std::vector<netlink::Tunnel> tunnels;
    std::vector<netlink::LinkAddress> addresses;
    std::vector<netlink::Rule> rules;
    std::vector<netlink::Route> routes;
    std::vector<bgp::PeerConfig> peers;

    bool operator==(const State&) const = default;
};

/// Sorts everything: states that mean the same then compare equal.
void normalize(State& state);

/// One object a line, peers too.
std::string to_string(const State& state);
/// "peer 169.254.0.0 from 169.254.0.1 as 65342 local as 65000 announce 198.18.0.5/32"
std::string to_string(const bgp::PeerConfig& peer);

bool is_our_name(std::string_view link);
/// Given that its device is a GRE link of ours.
bool is_our_route(const netlink::Route& route);
/// By its mark.
bool is_our_rule(const netlink::Rule& rule);

/// The part of a kernel dump that bears our mark, normalized.
State ours(const netlink::State& kernel, std::vector<bgp::PeerConfig> peers);

/// What the daemon that made `state` announced, by peer: its learned routes tell both. A peer that none was
/// learned from is missing; nobody sends anything its way.
std::map<Ipv4, Prefix> announced_before(const State& state);

/// Those of our names that links of another kind have taken.
std::vector<std::string> taken_names(const netlink::State& kernel);

}  // namespace dz::reconciler
