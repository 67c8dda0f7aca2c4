// tests/netlink/fake_kernel_property_test.cpp: laws the fake keeps whatever happens to it.
#include <rapidcheck/catch.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "base/run.hpp"
#include "netlink/fake_kernel.hpp"
#include "tests/netlink/random_changes.hpp"

namespace dz::netlink {
namespace {

void plug_eth0(FakeKernel& kernel) {
    kernel.plug({.name = "eth0", .kind = "veth", .mtu = 1500, .up = true},
                {parse_prefix("192.0.2.10/24").value()});
}

/// Names of the links that are up, or of all.
std::set<std::string> links(const State& state, bool only_up) {
    std::set<std::string> names;
    for (const Link& link : state.links)
        if (link.up || !only_up) names.insert(link.name);
    for (const Tunnel& tunnel : state.tunnels)
        if (tunnel.up || !only_up) names.insert(tunnel.name);
    return names;
}

void check_invariants(const State& state) {
    const auto all = links(state, false);
    const auto up = links(state, true);
    RC_ASSERT(all.size() == state.links.size() + state.tunnels.size());
    std::set<std::pair<Ipv4, Ipv4>> pairs;
    for (const Tunnel& tunnel : state.tunnels) RC_ASSERT(pairs.emplace(tunnel.local, tunnel.remote).second);
    for (const LinkAddress& address : state.addresses) RC_ASSERT(all.contains(address.link));

    std::set<RouteKey> keys;
    for (const Route& route : state.routes) {
        RC_ASSERT(route.destination == route.destination.network());
        RC_ASSERT(route.type != RouteType::Unicast || up.contains(route.device));
        const auto is_source = [&](const LinkAddress& address) {
            return address.prefix.address == route.source;
        };
        if (route.type == RouteType::Unicast && route.source && route.table == kTableMain)
            RC_ASSERT(std::ranges::any_of(state.addresses, is_source));
        // Two links to one network bring the same key twice.
        if (route.protocol != Protocol::Kernel) RC_ASSERT(keys.insert(route.key()).second);
    }
    RC_ASSERT(std::ranges::is_sorted(state.rules, {}, &Rule::priority));
}

TEST_CASE("fake kernel: no sequence of changes breaks its invariants", "[netlink]") {
    rc::prop("links exist, routes are usable, keys are unique", [] {
        EventLoop loop;
        FakeKernel kernel;
        plug_eth0(kernel);
        for (Change& change : *random_changes()) {
            const bool ours = *rc::gen::arbitrary<bool>();
            if (ours) {
                static_cast<void>(run(loop, kernel.apply(std::move(change))));
            } else {
                static_cast<void>(kernel.meddle(change));
            }
            check_invariants(kernel.state());
        }
    });
}

TEST_CASE("fake kernel: a change that fails changes nothing", "[netlink]") {
    rc::prop("state and events stay", [] {
        FakeKernel kernel;
        plug_eth0(kernel);
        for (const Change& change : *random_changes()) {
            const State before = kernel.state();
            if (!kernel.meddle(change)) RC_ASSERT(kernel.state() == before);
        }
    });
}

TEST_CASE("fake kernel: what was added can be removed, and then all is as before", "[netlink]") {
    rc::prop("routes and rules", [] {
        FakeKernel kernel;
        plug_eth0(kernel);
        for (const Change& change : *random_changes()) static_cast<void>(kernel.meddle(change));
        const State before = kernel.state();
        const auto back_and_forth = [&](const auto& what) {
            if (kernel.meddle(Add{what})) RC_ASSERT(kernel.meddle(Remove{what}).has_value());
        };
        const Change change = *random_change();
        if (const auto* route = std::get_if<Add<Route>>(&change)) {
            // Metric 0 would match any route of the prefix; so with the protocol of rules.
            if (route->what.metric != 0) back_and_forth(route->what);
        } else if (const auto* rule = std::get_if<Add<Rule>>(&change)) {
            if (rule->what.protocol != Protocol::Unspecified) back_and_forth(rule->what);
        }
        RC_ASSERT(kernel.state() == before);
    });
}

}  // namespace
}  // namespace dz::netlink
