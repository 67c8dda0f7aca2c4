// tests/netlink/random_changes.hpp: changes from so small a world that they get into each other's way.
#pragma once

#include <rapidcheck.h>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "netlink/types.hpp"

namespace dz::netlink {

/// How rapidcheck prints a counterexample.
inline void showValue(const Change& change, std::ostream& out) {
    out << to_string(change);
}

/// Expects an interface eth0. Leaves out what the fake does not model: two addresses of a subnet on one link.
inline rc::Gen<Change> random_change() {
    const auto ip = [](const char* text) { return parse_ipv4(text).value(); };
    const auto prefix = [](const char* text) { return parse_prefix(text).value(); };

    const auto link = rc::gen::element<std::string>("eth0", "dz0", "dz1", "dz2");
    const auto tunnel = rc::gen::apply(
        [=](const std::string& name, bool second_remote, bool up) {
            return Tunnel{.name = name,
                          .local = ip("192.0.2.10"),
                          .remote = ip(second_remote ? "198.51.100.2" : "198.51.100.1"),
                          .up = up};
        },
        rc::gen::element<std::string>("dz0", "dz1", "dz2"), rc::gen::arbitrary<bool>(),
        rc::gen::arbitrary<bool>());
    const auto address = rc::gen::apply(
        [](std::string on, Prefix what) {
            return LinkAddress{.link = std::move(on),
                               .prefix = what,
                               .scope = what.length == 31 ? Scope::Link : Scope::Universe};
        },
        link,
        rc::gen::element(prefix("192.0.2.10/24"), prefix("169.254.0.1/31"), prefix("169.254.0.3/31"),
                         prefix("203.0.113.7/32")));
    const auto route = rc::gen::apply(
        [](Prefix destination, std::optional<Ipv4> gateway, std::string device, std::optional<Ipv4> source,
           std::uint32_t table, std::uint32_t metric, Protocol protocol, RouteType type) {
            const Scope scope = gateway || device.empty() ? Scope::Universe : Scope::Link;
            return Route{.destination = destination,
                         .gateway = gateway,
                         .device = std::move(device),
                         .source = source,
                         .table = table,
                         .metric = metric,
                         .protocol = protocol,
                         .type = type,
                         .scope = scope};
        },
        rc::gen::element(prefix("0.0.0.0/0"), prefix("8.8.8.0/24"), prefix("8.8.8.8/32"),
                         prefix("169.254.0.0/31")),
        rc::gen::element<std::optional<Ipv4>>(std::nullopt, ip("192.0.2.1"), ip("169.254.0.0"),
                                              ip("169.254.0.2")),
        rc::gen::element<std::string>("", "eth0", "dz0", "dz1", "dz2"),
        rc::gen::element<std::optional<Ipv4>>(std::nullopt, ip("192.0.2.10"), ip("203.0.113.7")),
        rc::gen::element(std::uint32_t{kTableMain}, std::uint32_t{100}),
        rc::gen::element<std::uint32_t>(0, 10), rc::gen::element(Protocol::Bgp, Protocol::Static),
        rc::gen::weightedElement<RouteType>({{5, RouteType::Unicast}, {1, RouteType::Blackhole}}));
    const auto rule = rc::gen::apply(
        [=](std::uint32_t priority, bool from, std::uint32_t table, Protocol protocol) {
            Rule made{.priority = priority, .table = table, .protocol = protocol};
            (from ? made.from : made.to) = prefix("8.8.8.0/24");
            return made;
        },
        rc::gen::element<std::uint32_t>(100, 101), rc::gen::arbitrary<bool>(),
        rc::gen::element<std::uint32_t>(100, 101), rc::gen::element(Protocol::Kernel, Protocol::Unspecified));

    const auto change = [](const auto& of, auto verb) {
        return rc::gen::map(of, [verb](auto what) { return Change(verb(std::move(what))); });
    };
    const auto add = [](auto what) { return Add{std::move(what)}; };
    const auto remove = [](auto what) { return Remove{std::move(what)}; };
    return rc::gen::weightedOneOf<Change>({
        {3, change(tunnel, add)},
        {1, change(tunnel, remove)},
        {3, change(link, [](std::string name) { return SetUp{std::move(name)}; })},
        {1, change(link, [](std::string name) { return SetDown{std::move(name)}; })},
        {1, change(link, [](std::string name) { return SetMtu{std::move(name), 1400}; })},
        {1, change(tunnel,
                   [](const Tunnel& to) {
                       return SetEndpoints{.link = to.name, .local = to.local, .remote = to.remote};
                   })},
        {4, change(address, add)},
        {1, change(address, remove)},
        {8, change(route, add)},
        {3, change(route, [](Route what) { return Replace{std::move(what)}; })},
        {3, change(route, remove)},
        {2, change(rule, add)},
        {1, change(rule, remove)},
    });
}

inline rc::Gen<std::vector<Change>> random_changes() {
    return rc::gen::container<std::vector<Change>>(random_change());
}

}  // namespace dz::netlink
