// reconciler/plan.hpp: the steps that turn one state into another. Pure, ordered, printable.
//
//     - peer 169.254.0.0
//     set doublezero0 down
//     remove tunnel doublezero0 ...
//     add tunnel doublezero0 local ...
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "netlink/types.hpp"
#include "reconciler/state.hpp"

namespace dz::reconciler {

struct SetPeer {
    bgp::PeerConfig config;
    bool operator==(const SetPeer&) const = default;
};
struct RemovePeer {
    Ipv4 remote;
    bool operator==(const RemovePeer&) const = default;
};
using Step = std::variant<netlink::Change, SetPeer, RemovePeer>;

struct Plan {
    std::vector<Step> steps;

    bool empty() const { return steps.empty(); }
    bool operator==(const Plan&) const = default;
};

/// "add route 198.18.0.7/32 ...", "set peer 169.254.0.0 ...", "remove peer 169.254.0.0"
std::string to_string(const Step& step);
/// One step a line.
std::string to_string(const Plan& plan);

/// The link that a change is about; empty for rules.
const std::string& link_of(const netlink::Change& change);

/// What turns `actual` into `desired`. Both normalized.
///
/// Peers, rules and tunnels that are not wanted go first, so that a Cease leaves while there is a tunnel;
/// then come links, addresses, rules, routes, peers. Addresses and routes that are not wanted go after new
/// ones have come, so that a destination whose route moves is never without one. A tunnel is changed in
/// place: it keeps its index when it is led to another device. Only one with options that ours never have, or
/// whose new endpoints another one of ours still has, is set down, removed and made again, and all that hung
/// on it too.
Plan diff(const State& desired, const State& actual);

/// The step for one route key, where there is one. Both may be absent.
std::optional<Step> route_step(const netlink::Route* desired, const netlink::Route* actual);

}  // namespace dz::reconciler
