// netlink/fake_routing.cpp: how the fake checks routes and finds the way, as Linux's fib_semantics.c does.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "netlink/fake_kernel.hpp"

namespace dz::netlink {
namespace {

bool needs_next_hop(RouteType type) {
    return type == RouteType::Unicast || type == RouteType::Local || type == RouteType::Broadcast ||
           type == RouteType::Anycast || type == RouteType::Multicast;
}

}  // namespace

Result<Route> FakeKernel::checked(Route route) {
    if (!route.device.empty()) TRY_OK(get(route.device));
    if (route.destination != route.destination.network())
        return fail(Errc::BadValue, "invalid prefix for given prefix length");
    if (!needs_next_hop(route.type)) {
        if (!route.gateway && route.device.empty()) return route;
        return fail(Errc::BadValue, "gateway and device can not be specified for this route type");
    }
    TRY(route, with_next_hop(std::move(route)));
    if (route.source && !is_local(*route.source)) return fail(Errc::BadValue, "invalid prefsrc address");
    return route;
}

Result<Route> FakeKernel::with_next_hop(Route route) {
    if (!route.gateway && route.device.empty()) return fail(Errc::NotFound, "no device");
    const Device* device = find(route.device);
    if (device != nullptr && !device->link.up) return fail(Errc::Unavailable, "device for nexthop is not up");
    if (!route.gateway) return route;
    // A gateway must be on a link: routes of universe scope, which lead through another gateway, do not
    // count.
    const Route* way = look_up(route.table, *route.gateway, Scope::Link, route.device);
    if (way == nullptr) way = look_up_by_rules(*route.gateway, Scope::Link, route.device);
    if (way == nullptr) return fail(Errc::Unavailable, "nexthop has invalid gateway");
    route.device = way->device;
    return route;
}

bool FakeKernel::is_local(Ipv4 address) const {
    if (address.is_loopback()) return true;
    return std::ranges::any_of(devices_, [address](const Device& device) {
        return std::ranges::any_of(
            device.addresses, [address](const LinkAddress& own) { return own.prefix.address == address; });
    });
}

void FakeKernel::add_connected_route(const LinkAddress& address) {
    if (address.prefix.length == 32 || address.link == devices_.front().link.name) return;
    const Route route{.destination = address.prefix.network(),
                      .device = address.link,
                      .source = address.prefix.address,
                      .protocol = Protocol::Kernel,
                      .scope = Scope::Link};
    routes_.emplace(route.key(), route);
    report(Event(Appeared{route}));
}

void FakeKernel::remove_routes_through(std::string_view device) {
    std::erase_if(routes_, [device](const auto& entry) { return entry.second.device == device; });
}

const Route* FakeKernel::look_up(std::uint32_t table, Ipv4 destination, Scope scope,
                                 std::string_view device) const {
    for (int length = 32; length >= 0; --length) {
        const Prefix prefix = Prefix{destination, static_cast<std::uint8_t>(length)}.network();
        for (auto at = routes_.lower_bound({table, prefix, 0}); at != routes_.end(); ++at) {
            const Route& route = at->second;
            if (route.table != table || route.destination != prefix) break;
            if (route.scope >= scope && (device.empty() || route.device == device)) return &route;
        }
    }
    return nullptr;
}

const Route* FakeKernel::look_up_by_rules(Ipv4 destination, Scope scope, std::string_view device) const {
    for (const Rule& rule : rules_) {
        if (rule.from || (rule.to && !rule.to->contains(destination))) continue;
        const Route* route = look_up(rule.table, destination, scope, device);
        if (route != nullptr && route->type != RouteType::Throw) return route;
    }
    return nullptr;
}

std::optional<Ipv4> FakeKernel::source_for(const Route& route) const {
    if (route.source) return route.source;
    const auto through =
        std::ranges::find(devices_, route.device, [](const Device& d) { return d.link.name; });
    if (through == devices_.end()) return std::nullopt;
    const auto choose = [](const Device& device, auto acceptable) -> std::optional<Ipv4> {
        const auto found = std::ranges::find_if(device.addresses, acceptable);
        return found == device.addresses.end() ? std::nullopt : std::optional(found->prefix.address);
    };
    const auto may_be_source = [&](const LinkAddress& address) { return address.scope <= route.scope; };
    const auto beside_gateway = [&](const LinkAddress& address) {
        return may_be_source(address) && route.gateway && address.prefix.contains(*route.gateway);
    };
    if (const auto source = choose(*through, beside_gateway)) return source;
    if (const auto source = choose(*through, may_be_source)) return source;
    const auto may_be_elsewhere = [&](const LinkAddress& address) {
        return may_be_source(address) && address.scope != Scope::Link;
    };
    for (const Device& device : devices_) {
        if (const auto source = choose(device, may_be_elsewhere)) return source;
    }
    return std::nullopt;
}

Task<Result<Path>> FakeKernel::route_to(Ipv4 destination) {
    CO_TRY_OK(route_to_failure_.strike());
    if (is_local(destination)) {
        const Link& loopback = devices_.front().link;
        co_return Path{.source = destination, .device = loopback.name, .mtu = loopback.mtu};
    }
    const Route* route = look_up_by_rules(destination, Scope::Universe, {});
    if (route == nullptr || route->type != RouteType::Unicast)
        co_return fail(Errc::NotFound, fmt::format("no route to {}", destination.to_string()));
    CO_TRY(const Device* device, get(route->device));
    co_return Path{.source = source_for(*route).value_or(Ipv4{}),
                   .gateway = route->gateway,
                   .device = route->device,
                   .mtu = device->link.mtu};
}

}  // namespace dz::netlink
