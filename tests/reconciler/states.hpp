// tests/reconciler/states.hpp: states of up to two services, by choice or by chance, and a host to put them
// on.
#pragma once

#include <rapidcheck.h>
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/run.hpp"
#include "netlink/fake_kernel.hpp"
#include "protocols/bgp/fake_speaker.hpp"
#include "reconciler/apply.hpp"
#include "tests/support/fake_network.hpp"

namespace dz::reconciler::states {

/// A host with one interface, and a speaker.
struct Host {
    EventLoop loop;
    FakeClock clock{loop};
    netlink::FakeKernel kernel;
    bgp::FakeSpeaker speaker{clock};

    Host() {
        kernel.plug({.name = "eth0", .kind = "veth", .mtu = 1500, .up = true},
                    {test::prefix("9.128.0.5/16")});
        DZ_ASSERT(kernel.meddle(netlink::Add{
            netlink::Route{.destination = test::prefix("0.0.0.0/0"), .gateway = test::ip("9.128.0.1")}}));
    }
    Outcome apply(const State& desired) {
        return run(loop, reconciler::apply(diff(desired, state()), kernel, speaker));
    }
    Outcome apply(const Plan& plan) { return run(loop, reconciler::apply(plan, kernel, speaker)); }
    State state() const {
        std::vector<bgp::PeerConfig> peers;
        for (const auto& report : speaker.peers()) peers.push_back(report.config);
        return ours(kernel.state(), peers);
    }
    /// What is not ours, as text.
    std::string foreign() const {
        auto state = kernel.state();
        std::erase_if(state.tunnels, [](const auto& tunnel) { return is_our_name(tunnel.name); });
        std::erase_if(state.addresses, [](const auto& address) { return is_our_name(address.link); });
        std::erase_if(state.routes, [](const auto& route) { return is_our_name(route.device); });
        std::erase_if(state.rules, is_our_rule);
        return to_string(state);
    }
};

/// One service, chosen by numbers from so small a world that two of them get into each other's way.
struct Choice {
    std::uint32_t device = 0;  ///< 0..2
    std::uint32_t net = 0;     ///< 0..2: which /31
    std::uint32_t dz_ip = 1;   ///< 0: none, 1..2: which
    bool up = true;
    std::uint32_t mtu = netlink::kGreMtu;
    std::uint32_t table = netlink::kTableMain;  ///< of the routes
    std::vector<std::uint32_t> routes;          ///< destinations
    bool rule = false;
};

inline void add(State& state, std::string_view name, const Choice& choice) {
    const std::string link(name);
    const std::uint32_t number = choice.net + (link == kUnicastLink ? 0U : 8U);
    const Ipv4 peer = plus(test::ip("169.254.0.0"), 2 * number);
    const Ipv4 dz_ip = plus(test::ip("9.200.1.0"), choice.dz_ip);
    state.tunnels.push_back({.name = link,
                             .local = test::kClientIp,
                             .remote = plus(test::ip("9.200.0.1"), choice.device),
                             .mtu = choice.mtu,
                             .up = choice.up});
    state.addresses.push_back({.link = link, .prefix = {plus(peer, 1), 31}, .scope = netlink::Scope::Link});
    if (choice.dz_ip > 0) state.addresses.push_back({.link = link, .prefix = host_prefix(dz_ip)});
    if (choice.rule) {
        state.rules.push_back({.priority = kEdgeToPriority,
                               .to = Prefix{plus(test::ip("9.210.0.0"), 256 * number), 24},
                               .table = kEdgeToTable});
    }
    bgp::PeerConfig config;
    config.local = plus(peer, 1);
    config.remote = peer;
    config.max_routes = 100 + choice.device;
    state.peers.push_back(config);
    if (!choice.up) return;
    for (const auto route : choice.routes) {
        state.routes.push_back({.destination = host_prefix(plus(test::ip("9.220.0.0"), route)),
                                .gateway = peer,
                                .device = link,
                                .source = choice.dz_ip > 0 ? dz_ip : test::kClientIp,
                                .table = choice.table,
                                .metric = route % 3 == 0 ? 0U : kRouteMetric});
    }
}

inline Choice any_choice(std::uint32_t first_route) {
    Choice choice;
    choice.device = *rc::gen::inRange(0U, 3U);
    choice.net = *rc::gen::inRange(0U, 3U);
    choice.dz_ip = *rc::gen::inRange(0U, 3U);
    choice.up = *rc::gen::weightedElement<bool>({{5, true}, {1, false}});
    choice.mtu = *rc::gen::element(1476U, 1400U);
    choice.table = *rc::gen::weightedElement<std::uint32_t>({{3, netlink::kTableMain}, {1, kEdgeToTable}});
    choice.rule = *rc::gen::arbitrary<bool>();
    for (std::uint32_t i = 0; i < 8; ++i) {
        if (*rc::gen::arbitrary<bool>()) choice.routes.push_back(first_route + i);
    }
    return choice;
}

inline State any_state() {
    State state;
    const auto unicast = any_choice(0);
    auto multicast = any_choice(20);
    const bool first = *rc::gen::weightedElement<bool>({{4, true}, {1, false}});
    if (first) add(state, kUnicastLink, unicast);
    if (first && multicast.device == unicast.device) multicast.device = 3;  // two cannot share both ends
    if (*rc::gen::arbitrary<bool>()) add(state, kMulticastLink, multicast);
    normalize(state);
    return state;
}

inline State one_service() {
    State state;
    add(state, kUnicastLink, {.routes = {1, 2}});
    normalize(state);
    return state;
}

inline State two_services() {
    State state = one_service();
    add(state, kMulticastLink, {.device = 1, .dz_ip = 2, .routes = {22}});
    normalize(state);
    return state;
}

}  // namespace dz::reconciler::states
