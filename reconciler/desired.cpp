#include "reconciler/desired.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

namespace dz::reconciler {

namespace {

using ledger::UserType;
using netlink::LinkAddress;
using netlink::Protocol;
using netlink::Route;
using netlink::Rule;
using netlink::Scope;

/// Why nothing can be said about what is wanted; empty when something can.
std::optional<Problem> blindness(const Inputs& inputs) {
    if (!inputs.facts.client_ip.address) {
        return Problem{.code = ProblemCode::NoClientIp,
                       .text = fmt::format("the public address of this machine is not known: {}",
                                           inputs.facts.client_ip.reason),
                       .remedy = "wait for the network, or give the address with -client-ip",
                       .blocking = true};
    }
    if (!inputs.snapshot) {
        return Problem{.code = ProblemCode::NoLedgerData,
                       .text = "the ledger has not been read yet",
                       .remedy = "",
                       .blocking = true};
    }
    if (!inputs.snapshot->global_config()) {
        return Problem{.code = ProblemCode::NoGlobalConfig,
                       .text = "the ledger has no global configuration",
                       .remedy = "check -program-id and -solana-rpc-endpoint",
                       .blocking = true};
    }
    return std::nullopt;
}

bool has_address(const State& state, std::string_view link, Ipv4 address) {
    return std::ranges::any_of(state.addresses,
                               [&](const auto& a) { return a.link == link && a.prefix.address == address; });
}

/// The session is up, has had time to announce everything, and has not announced this.
bool is_swept(const Learned& learned, const Prefix& prefix, Duration sweep_kept_after) {
    if (!learned.rib || !learned.up || learned.up_for < sweep_kept_after) return false;
    const auto route = learned.rib->find(prefix);
    return !route || !route->accepted();
}

/// What is there of one link and class, as it is; but not routes that are known to lead nowhere.
void keep(std::string_view link, const Inputs& inputs, State& into) {
    const State& actual = *inputs.actual;
    const auto on_link = [&](const auto& object) { return object.link == link; };
    std::ranges::copy_if(actual.tunnels, std::back_inserter(into.tunnels),
                         [&](const auto& tunnel) { return tunnel.name == link; });
    std::ranges::copy_if(actual.addresses, std::back_inserter(into.addresses), on_link);
    std::ranges::copy_if(actual.routes, std::back_inserter(into.routes), [&](const Route& route) {
        if (route.device != link) return false;
        return route.protocol != Protocol::Bgp || !route.gateway ||
               !is_swept(inputs.learned(*route.gateway), route.destination, inputs.settings.sweep_kept_after);
    });
    std::ranges::copy_if(actual.peers, std::back_inserter(into.peers),
                         [&](const auto& peer) { return has_address(actual, link, peer.local); });
    if (link == kUnicastLink) into.rules = actual.rules;
}

bool has_address_on_tunnel(const Service& service) {
    return service.dz_ip && service.user_type != UserType::Ibrl;
}

void add_tunnel(const Service& service, State& into) {
    const std::string link(service.link());
    into.tunnels.push_back({.name = link,
                            .local = service.tunnel_src,
                            .remote = service.tunnel_dst,
                            .mtu = service.mtu,
                            .up = true});
    into.addresses.push_back({.link = link, .prefix = {service.overlay, 31}, .scope = Scope::Link});
    if (has_address_on_tunnel(service))
        into.addresses.push_back({.link = link, .prefix = host_prefix(*service.dz_ip)});
}

void add_peer(const Service& service, const std::vector<Service>& all, const Inputs& inputs, State& into) {
    auto peer = inputs.settings.peer_defaults;
    peer.local = service.overlay;
    peer.remote = service.peer;
    peer.local_asn = service.local_asn;
    peer.remote_asn = service.remote_asn;
    if (service.dz_ip) peer.announce = host_prefix(*service.dz_ip);
    peer.learn_routes = service.kind() == ServiceClass::Unicast;
    peer.policy.shortest = inputs.settings.shortest_prefix;
    peer.policy.filter = inputs.settings.filter;
    peer.policy.own_addresses = {service.overlay, service.tunnel_src};
    if (inputs.facts.client_ip.address) peer.policy.own_addresses.push_back(*inputs.facts.client_ip.address);
    if (service.dz_ip) peer.policy.own_addresses.push_back(*service.dz_ip);
    // Neither tunnel may run through the other one.
    peer.policy.protected_addresses = {service.tunnel_src};
    for (const auto& one : all) {
        if (!one.blocked()) peer.policy.protected_addresses.push_back(one.tunnel_dst);
    }
    into.peers.push_back(std::move(peer));
}

void add_edge(const Service& service, const Inputs& inputs, State& into) {
    std::vector<Prefix> prefixes = service.edge_prefixes;
    if (inputs.enabled) {
        for (const auto& device : inputs.catalogue->devices())
            for (const auto& prefix : device.value.dz_prefixes) prefixes.push_back(prefix.network());
    }
    // All of the Internet is no device's: such a rule would take the host's own traffic.
    std::erase_if(prefixes, [](const Prefix& prefix) { return prefix.length == 0; });
    std::ranges::sort(prefixes);
    const auto repeated = std::ranges::unique(prefixes);
    prefixes.erase(repeated.begin(), repeated.end());
    for (const auto& prefix : prefixes) {
        into.rules.push_back({.priority = kEdgeToPriority, .to = prefix, .table = kEdgeToTable});
        into.rules.push_back({.priority = kEdgeFromPriority, .from = prefix, .table = kEdgeFromTable});
    }
    into.routes.push_back({.destination = {},
                           .gateway = service.peer,
                           .device = std::string(service.link()),
                           .source = service.dz_ip,
                           .table = kEdgeFromTable,
                           .protocol = Protocol::Boot});
}

void add_groups(const Service& service, State& into) {
    std::set<Ipv4> served;  // two groups of one address would be one route
    for (const auto& group : service.groups) {
        if (!served.insert(group.address).second) continue;
        into.routes.push_back({.destination = host_prefix(group.address),
                               .gateway = service.peer,
                               .device = std::string(service.link()),
                               .source = group.publisher ? service.dz_ip : std::nullopt,
                               .protocol = Protocol::Static});
    }
}

/// A link without a service: down and without addresses, so that it has the same index when the next one
/// comes. It gives way to a tunnel that needs its endpoints.
void rest(std::string_view link, const State& actual, State& into) {
    for (const auto& tunnel : actual.tunnels) {
        const auto in_the_way = [&](const auto& other) {
            return other.local == tunnel.local && other.remote == tunnel.remote;
        };
        if (tunnel.name != link || !tunnel.plain || std::ranges::any_of(into.tunnels, in_the_way)) continue;
        auto resting = tunnel;
        resting.up = false;
        into.tunnels.push_back(std::move(resting));
        return;
    }
}

void rest_idle_links(const std::vector<Service>& services, const Inputs& inputs, State& into) {
    for (const auto link : {kUnicastLink, kMulticastLink}) {
        if (std::ranges::find(services, link, &Service::link) == services.end())
            rest(link, *inputs.actual, into);
    }
}

void add_learned_routes(const Service& service, const Inputs& inputs, State& into) {
    const Learned learned = inputs.learned(service.peer);
    if (learned.rib) {
        into.routes.reserve(into.routes.size() + learned.rib->accepted());
        learned.rib->for_each([&](const bgp::Route& route) {
            if (route.accepted())
                into.routes.push_back(learned_route(service, route.prefix, route.next_hop()));
        });
    }
    if (!retains(service, learned, inputs.settings)) return;
    for (const auto& route : inputs.actual->routes) {
        if (is_retained(service, learned, route)) into.routes.push_back(route);
    }
}

}  // namespace

Desired desired_state(const Inputs& inputs) {
    Desired desired;
    if (!inputs.enabled) {
        desired.services = inputs.by_hand;
        for (auto& service : desired.services) service.mtu = inputs.facts.tunnel_mtu(service.tunnel_dst);
    } else if (auto problem = blindness(inputs)) {
        desired.problems.push_back(*std::move(problem));
        desired.state = *inputs.actual;
        return desired;
    } else {
        desired.services = wanted_services(inputs, desired.problems);
    }
    for (const auto& service : desired.services) {
        if (inputs.enabled && service.user_type == UserType::EdgeFiltering) desired.wants_catalogue = true;
        if (service.blocked()) {
            keep(service.link(), inputs, desired.state);
            continue;
        }
        add_tunnel(service, desired.state);
        add_peer(service, desired.services, inputs, desired.state);
        if (service.user_type == UserType::EdgeFiltering) add_edge(service, inputs, desired.state);
        if (service.kind() == ServiceClass::Multicast) add_groups(service, desired.state);
        if (service.kind() == ServiceClass::Unicast) add_learned_routes(service, inputs, desired.state);
    }
    if (inputs.settings.persistent_interface) rest_idle_links(desired.services, inputs, desired.state);
    normalize(desired.state);
    return desired;
}

Route learned_route(const Service& service, const Prefix& prefix, Ipv4 next_hop) {
    return {.destination = prefix,
            .gateway = next_hop,
            .device = std::string(service.link()),
            .source = service.dz_ip,
            .table = service.route_table(),
            .metric = kRouteMetric,
            .protocol = Protocol::Bgp};
}

bool retains(const Service& service, const Learned& learned, const Settings& settings) {
    const bool adopting = learned.first_session && learned.running_for < settings.adopt_for;
    if (!learned.up) return service.keeps_routes() || adopting;
    return (service.keeps_routes() || learned.first_session) && learned.up_for < settings.sweep_kept_after;
}

bool is_retained(const Service& service, const Learned& learned, const Route& installed) {
    if (installed.protocol != Protocol::Bgp || installed.device != service.link()) return false;
    // A user that was moved keeps the routes of the session before, too: the tunnel leads where the new one
    // does.
    if (installed.gateway != service.peer && !service.keeps_routes()) return false;
    if (installed.table != service.route_table()) return false;
    if (installed.source != service.dz_ip) return false;
    if (!learned.rib) return true;
    const auto route = learned.rib->find(installed.destination);
    return !route;
}

std::optional<Route> desired_route(const Service& service, const Learned& learned, const Prefix& prefix) {
    if (!learned.rib) return std::nullopt;
    const auto route = learned.rib->find(prefix);
    if (!route || !route->accepted()) return std::nullopt;
    return learned_route(service, prefix, route->next_hop());
}

}  // namespace dz::reconciler
