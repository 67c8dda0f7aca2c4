#include "reconciler/mirror.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

namespace dz::reconciler {

namespace {

using netlink::Add;
using netlink::Appeared;
using netlink::LinkAddress;
using netlink::Remove;
using netlink::Replace;
using netlink::Route;
using netlink::RouteKey;
using netlink::Rule;
using netlink::Tunnel;
using netlink::Vanished;

/// More foreign routes than this are a router's business, and reporting which shadow ours is not worth it.
constexpr std::size_t kMaxForeign = 10'000;

template <class... Visitors>
struct Overloaded : Visitors... {
    using Visitors::operator()...;
};

template <class T>
bool contains(const std::vector<T>& objects, const T& object) {
    return std::ranges::find(objects, object) != objects.end();
}

bool could_shadow(const Route& route) {
    return route.metric < kRouteMetric && route.table == netlink::kTableMain && route.destination.length > 0;
}

}  // namespace

std::size_t Mirror::KeyHash::operator()(const RouteKey& key) const {
    // Destinations differ in their low bits; the multiplication spreads them.
    const auto low = std::uint64_t{key.destination.address.to_uint()} << 8U | key.destination.length;
    const auto high = std::uint64_t{key.table} << 32U | key.metric;
    return static_cast<std::size_t>((low ^ high * 0xff51afd7ed558ccdU) * 0x9e3779b97f4a7c15U);
}

void Mirror::replace(const netlink::State& kernel) {
    const State mine = ours(kernel, {});
    tunnels_ = mine.tunnels;
    addresses_ = kernel.addresses;
    rules_ = mine.rules;
    taken_names_ = reconciler::taken_names(kernel);
    routes_.clear();
    routes_.reserve(mine.routes.size());
    for (const auto& route : mine.routes) keep(route);
    foreign_.clear();
    for (const auto& route : kernel.routes) {
        if (!is_ours(route)) follow_foreign(route, true);
    }
    dirty_.clear();
    stale_ = false;
}

Effect Mirror::on(const netlink::Event& event) {
    return std::visit(Overloaded{[&](const Appeared<netlink::Link>& e) { return on_link(e.what, true); },
                                 [&](const Vanished<netlink::Link>& e) { return on_link(e.what, false); },
                                 [&](const Appeared<Tunnel>& e) { return on_tunnel(e.what, true); },
                                 [&](const Vanished<Tunnel>& e) { return on_tunnel(e.what, false); },
                                 [&](const Appeared<LinkAddress>& e) { return on_address(e.what, true); },
                                 [&](const Vanished<LinkAddress>& e) { return on_address(e.what, false); },
                                 [&](const Appeared<Route>& e) { return on_route(e.what, true); },
                                 [&](const Vanished<Route>& e) { return on_route(e.what, false); },
                                 [&](const Appeared<Rule>& e) { return on_rule(e.what, true); },
                                 [&](const Vanished<Rule>& e) { return on_rule(e.what, false); },
                                 [&](const netlink::Lost&) { return structure(); }},
                      event);
}

Effect Mirror::structure() {
    stale_ = true;
    return Effect::Structure;
}

Effect Mirror::on_link(const netlink::Link& link, bool there) {
    if (!is_our_name(link.name)) return Effect::Host;
    return contains(taken_names_, link.name) == there ? Effect::None : structure();
}

Effect Mirror::on_tunnel(const Tunnel& event, bool there) {
    if (!is_our_name(event.name)) return Effect::Host;
    const auto* known = tunnel(event.name);
    const bool as_known = there ? known && *known == event : !known;
    return as_known ? Effect::None : structure();
}

Effect Mirror::on_address(const LinkAddress& address, bool there) {
    if (contains(addresses_, address) == there) return Effect::None;
    if (is_our_name(address.link)) return structure();
    if (there) {
        addresses_.push_back(address);
        return Effect::Host;
    }
    std::erase(addresses_, address);
    // Routes go with their preferred source, and nobody says so.
    const bool was_source = std::ranges::any_of(
        routes_, [&](const auto& entry) { return entry.second.source == address.prefix.address; });
    return was_source ? structure() : Effect::Host;
}

Effect Mirror::on_rule(const Rule& rule, bool there) {
    if (!is_our_rule(rule) || contains(rules_, rule) == there) return Effect::None;
    return structure();
}

Effect Mirror::on_route(const Route& route, bool there) {
    const auto known = routes_.find(route.key());
    if (!is_ours(route)) {
        if (is_our_name(route.device)) return Effect::None;
        follow_foreign(route, there);
        if (!there || known == routes_.end()) return Effect::Host;
        dirty_.insert(route.key());  // it took the place of ours
        routes_.erase(known);
        return Effect::Route;
    }
    if (there) {
        if (known != routes_.end() && known->second == route) return Effect::None;
        keep(route);
    } else {
        if (known == routes_.end() || known->second != route) return Effect::None;
        routes_.erase(known);
    }
    dirty_.insert(route.key());
    return Effect::Route;
}

void Mirror::note(const netlink::Change& change) {
    const auto find = [&](std::string_view name) { return std::ranges::find(tunnels_, name, &Tunnel::name); };
    std::visit(
        Overloaded{[&](const Add<Tunnel>& add) { tunnels_.push_back(add.what); },
                   [&](const Remove<Tunnel>& remove) {
                       std::erase_if(tunnels_, [&](const auto& t) { return t.name == remove.what.name; });
                       std::erase_if(addresses_, [&](const auto& a) { return a.link == remove.what.name; });
                       drop_routes_on(remove.what.name);
                   },
                   [&](const netlink::SetUp& set) {
                       if (const auto at = find(set.link); at != tunnels_.end()) at->up = true;
                   },
                   [&](const netlink::SetDown& set) {
                       if (const auto at = find(set.link); at != tunnels_.end()) at->up = false;
                       drop_routes_on(set.link);
                   },
                   [&](const netlink::SetMtu& set) {
                       if (const auto at = find(set.link); at != tunnels_.end()) at->mtu = set.mtu;
                   },
                   [&](const netlink::SetEndpoints& set) {
                       const auto at = find(set.link);
                       if (at == tunnels_.end()) return;
                       at->local = set.local;
                       at->remote = set.remote;
                       at->ttl = set.ttl;
                   },
                   [&](const Add<LinkAddress>& add) { addresses_.push_back(add.what); },
                   [&](const Remove<LinkAddress>& remove) { std::erase(addresses_, remove.what); },
                   [&](const Add<Route>& add) { keep(add.what); },
                   [&](const Replace<Route>& replace) { keep(replace.what); },
                   [&](const Remove<Route>& remove) { routes_.erase(remove.what.key()); },
                   [&](const Add<Rule>& add) { rules_.push_back(add.what); },
                   [&](const Remove<Rule>& remove) { std::erase(rules_, remove.what); }},
        change);
}

State Mirror::state(std::vector<bgp::PeerConfig> peers) const {
    State state;
    state.tunnels = tunnels_;
    state.rules = rules_;
    std::ranges::copy_if(addresses_, std::back_inserter(state.addresses),
                         [&](const auto& address) { return tunnel(address.link) != nullptr; });
    state.routes.reserve(routes_.size());
    for (const auto& entry : routes_) state.routes.push_back(entry.second);
    state.peers = std::move(peers);
    normalize(state);
    return state;
}

const Route* Mirror::route(const RouteKey& key) const {
    const auto at = routes_.find(key);
    return at == routes_.end() ? nullptr : &at->second;
}

const Tunnel* Mirror::tunnel(std::string_view name) const {
    const auto at = std::ranges::find(tunnels_, name, &Tunnel::name);
    return at == tunnels_.end() ? nullptr : &*at;
}

std::size_t Mirror::routes_on(std::string_view link) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(routes_, [&](const auto& entry) { return entry.second.device == link; }));
}

std::vector<Route> Mirror::shadowing() const {
    std::vector<Route> result;
    for (const auto& [key, theirs] : foreign_) {
        if (route({key.table, key.destination, kRouteMetric})) result.push_back(theirs);
    }
    return result;
}

std::vector<RouteKey> Mirror::take_dirty() {
    const auto dirty = std::exchange(dirty_, {});
    return {dirty.begin(), dirty.end()};
}

void Mirror::keep(const Route& route) {
    routes_.insert_or_assign(route.key(), route);
}

void Mirror::drop_routes_on(std::string_view link) {
    boost::unordered::erase_if(routes_, [&](const auto& entry) { return entry.second.device == link; });
}

void Mirror::follow_foreign(const Route& route, bool there) {
    if (!could_shadow(route)) return;
    if (!there) {
        foreign_.erase(route.key());
    } else if (foreign_.size() < kMaxForeign) {
        foreign_.insert_or_assign(route.key(), route);
    }
}

bool Mirror::is_ours(const Route& route) const {
    return is_our_route(route) && !contains(taken_names_, route.device);
}

}  // namespace dz::reconciler
