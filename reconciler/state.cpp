#include "reconciler/state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <tuple>

namespace dz::reconciler {

namespace {

using netlink::LinkAddress;
using netlink::Protocol;
using netlink::Route;
using netlink::Rule;

auto order(const LinkAddress& address) {
    // Link scope first: the overlay comes before the addresses that traffic is sent from.
    return std::tuple(std::string_view(address.link), address.scope != netlink::Scope::Link, address.prefix);
}

auto order(const Route& route) {
    return std::tuple(route.key(), std::string_view(route.device), route.gateway, route.source);
}

template <class T>
void append(std::string& text, const std::vector<T>& objects) {
    for (const auto& object : objects) text += to_string(object) + '\n';
}

}  // namespace

void normalize(State& state) {
    std::ranges::sort(state.tunnels, {}, &netlink::Tunnel::name);
    std::ranges::sort(state.addresses, {}, [](const auto& address) { return order(address); });
    std::ranges::sort(state.rules);
    std::ranges::sort(state.routes, {}, [](const auto& route) { return order(route); });
    std::ranges::sort(state.peers, {}, &bgp::PeerConfig::remote);
}

std::string to_string(const State& state) {
    std::string text;
    append(text, state.tunnels);
    append(text, state.addresses);
    append(text, state.rules);
    append(text, state.routes);
    append(text, state.peers);
    return text;
}

std::string to_string(const bgp::PeerConfig& peer) {
    auto text = fmt::format("peer {} from {} as {} local as {}", peer.remote, peer.local,
                            peer.remote_asn.value, peer.local_asn.value);
    if (peer.announce) text += fmt::format(" announce {}", *peer.announce);
    if (!peer.learn_routes) text += " learn nothing";
    return text;
}

bool is_our_name(std::string_view link) {
    return link == kUnicastLink || link == kMulticastLink;
}

bool is_our_route(const Route& route) {
    if (!is_our_name(route.device) || route.type != netlink::RouteType::Unicast) return false;
    const Prefix& to = route.destination;
    switch (route.protocol) {
        case Protocol::Bgp:
            return true;
        case Protocol::Static:
            return to.length == 32 && to.address.is_multicast();
        case Protocol::Boot:
            return to.length == 0 && route.table == kEdgeFromTable;
        default:
            return false;
    }
}

bool is_our_rule(const Rule& rule) {
    if (rule.protocol != Protocol::Kernel) return false;
    const bool to = rule.priority == kEdgeToPriority && rule.table == kEdgeToTable && rule.to && !rule.from;
    const bool from =
        rule.priority == kEdgeFromPriority && rule.table == kEdgeFromTable && rule.from && !rule.to;
    return to || from;
}

State ours(const netlink::State& kernel, std::vector<bgp::PeerConfig> peers) {
    State state;
    const auto is_tunnel = [&](std::string_view name) {
        return std::ranges::find(state.tunnels, name, &netlink::Tunnel::name) != state.tunnels.end();
    };
    std::ranges::copy_if(kernel.tunnels, std::back_inserter(state.tunnels),
                         [](const auto& tunnel) { return is_our_name(tunnel.name); });
    std::ranges::copy_if(kernel.addresses, std::back_inserter(state.addresses),
                         [&](const auto& address) { return is_tunnel(address.link); });
    std::ranges::copy_if(kernel.rules, std::back_inserter(state.rules), is_our_rule);
    std::ranges::copy_if(kernel.routes, std::back_inserter(state.routes),
                         [&](const auto& route) { return is_our_route(route) && is_tunnel(route.device); });
    state.peers = std::move(peers);
    normalize(state);
    return state;
}

std::map<Ipv4, Prefix> announced_before(const State& state) {
    std::map<Ipv4, Prefix> announced;
    for (const auto& route : state.routes) {
        if (route.protocol == Protocol::Bgp && route.gateway && route.source)
            announced.insert_or_assign(*route.gateway, host_prefix(*route.source));
    }
    return announced;
}

std::vector<std::string> taken_names(const netlink::State& kernel) {
    std::vector<std::string> names;
    for (const auto& link : kernel.links) {
        if (is_our_name(link.name)) names.push_back(link.name);
    }
    return names;
}

}  // namespace dz::reconciler
