#include "reconciler/apply.hpp"

#include <rapidcheck/catch.h>
#include <algorithm>
#include <catch2/catch.hpp>

#include "base/run.hpp"
#include "netlink/fake_kernel.hpp"
#include "protocols/bgp/fake_speaker.hpp"
#include "tests/support/fake_network.hpp"

namespace dz::reconciler {
namespace {

using namespace test;
using netlink::Add;
using netlink::Change;
using netlink::LinkAddress;
using netlink::Remove;
using netlink::Route;
using netlink::Tunnel;

/// A host with one interface, and a speaker.
struct Host {
    EventLoop loop;
    FakeClock clock{loop};
    netlink::FakeKernel kernel;
    bgp::FakeSpeaker speaker{clock};

    Host() {
        kernel.plug({.name = "eth0", .kind = "veth", .mtu = 1500, .up = true}, {prefix("9.128.0.5/16")});
        REQUIRE(kernel.meddle(Add{Route{.destination = prefix("0.0.0.0/0"), .gateway = ip("9.128.0.1")}}));
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

/// Parts of one service, chosen by numbers: what random states are made of.
struct Choice {
    int device = 0;  ///< 0..2
    int net = 0;     ///< 0..2: which /31
    bool dz_ip = true;
    bool up = true;
    int mtu = 0;
    std::vector<int> routes;  ///< number: destination, gateway unused
    bool rule = false;
};

void add(State& state, std::string_view name, const Choice& choice) {
    const std::string link(name);
    const auto number = static_cast<std::uint32_t>(choice.net) + (link == kUnicastLink ? 0U : 8U);
    const Ipv4 peer = plus(ip("169.254.0.0"), 2 * number);
    const Ipv4 dz_ip = plus(ip("9.200.1.0"), number);
    state.tunnels.push_back({.name = link,
                             .local = ip("9.128.0.5"),
                             .remote = plus(ip("9.200.0.1"), static_cast<std::uint32_t>(choice.device) +
                                                                 (link == kUnicastLink ? 0U : 8U)),
                             .mtu = 1476U - static_cast<std::uint32_t>(choice.mtu),
                             .up = choice.up});
    state.addresses.push_back({.link = link, .prefix = {plus(peer, 1), 31}, .scope = netlink::Scope::Link});
    if (choice.dz_ip) state.addresses.push_back({.link = link, .prefix = host_prefix(dz_ip)});
    if (choice.rule) {
        state.rules.push_back({.priority = kEdgeToPriority,
                               .to = Prefix{plus(ip("9.210.0.0"), 256 * number), 24},
                               .table = 100});
    }
    bgp::PeerConfig config;
    config.local = plus(peer, 1);
    config.remote = peer;
    config.max_routes = 100 + static_cast<std::size_t>(choice.device);
    state.peers.push_back(config);
    if (!choice.up) return;
    for (const int route : choice.routes) {
        state.routes.push_back(
            {.destination = host_prefix(plus(ip("9.220.0.0"), static_cast<std::uint32_t>(route))),
             .gateway = peer,
             .device = link,
             .source = choice.dz_ip ? dz_ip : ip("9.128.0.5"),
             .metric = route % 3 == 0 ? 0U : kRouteMetric});
    }
}

Choice any_choice(int first_route) {
    Choice choice;
    choice.device = *rc::gen::inRange(0, 3);
    choice.net = *rc::gen::inRange(0, 3);
    choice.dz_ip = *rc::gen::arbitrary<bool>();
    choice.up = *rc::gen::weightedElement<bool>({{5, true}, {1, false}});
    choice.mtu = *rc::gen::element(0, 76);
    choice.rule = *rc::gen::arbitrary<bool>();
    for (int i = 0; i < 8; ++i) {
        if (*rc::gen::arbitrary<bool>()) choice.routes.push_back(first_route + i);
    }
    return choice;
}

State any_state() {
    State state;
    if (*rc::gen::weightedElement<bool>({{4, true}, {1, false}})) add(state, kUnicastLink, any_choice(0));
    if (*rc::gen::arbitrary<bool>()) add(state, kMulticastLink, any_choice(20));
    normalize(state);
    return state;
}

/// Somebody damages what is there.
void damage(Host& host, int kind) {
    const auto state = host.state();
    switch (kind) {
        case 0:
            if (!state.tunnels.empty()) (void)host.kernel.meddle(Remove{state.tunnels.front()});
            break;
        case 1:
            if (!state.addresses.empty()) (void)host.kernel.meddle(Remove{state.addresses.back()});
            break;
        case 2:
            if (!state.tunnels.empty()) (void)host.kernel.meddle(netlink::SetDown{state.tunnels.back().name});
            break;
        case 3:
            if (!state.routes.empty()) (void)host.kernel.meddle(Remove{state.routes.front()});
            break;
        case 4:
            if (!state.rules.empty()) (void)host.kernel.meddle(Remove{state.rules.front()});
            break;
        case 5:
            if (!state.tunnels.empty())
                (void)host.kernel.meddle(netlink::SetMtu{state.tunnels.front().name, 1300});
            break;
        default:
            break;
    }
}

TEST_CASE("apply: the difference between any two states turns one into the other", "[reconciler]") {
    rc::prop("apply(diff(d, a)) on a gives d, and touches nothing else", [] {
        Host host;
        const auto before = host.foreign();
        host.apply(any_state());
        for (int i = *rc::gen::inRange(0, 4); i > 0; --i) damage(host, *rc::gen::inRange(0, 6));
        const State desired = any_state();
        const Plan plan = diff(desired, host.state());
        const auto outcome = host.apply(plan);
        RC_LOG() << to_string(plan);
        RC_ASSERT(outcome.ok());
        RC_ASSERT(to_string(host.state()) == to_string(desired));
        RC_ASSERT(host.state() == desired);
        RC_ASSERT(diff(desired, host.state()).empty());
        RC_ASSERT(host.foreign() == before);
    });
}

TEST_CASE("apply: a plan that was cut short anywhere is completed by the next one", "[reconciler]") {
    rc::prop("half-applied plans roll forward", [] {
        Host host;
        host.apply(any_state());
        const State desired = any_state();
        Plan plan = diff(desired, host.state());
        const auto cut = *rc::gen::inRange<std::size_t>(0, plan.steps.size() + 1);
        plan.steps.resize(cut, RemovePeer{});
        host.apply(plan);
        RC_ASSERT(host.apply(desired).ok());
        RC_ASSERT(host.state() == desired);
    });
}

State one_service() {
    State state;
    add(state, kUnicastLink, {.routes = {1, 2}});
    normalize(state);
    return state;
}

State two_services() {
    State state = one_service();
    add(state, kMulticastLink, {.routes = {22}});
    normalize(state);
    return state;
}

TEST_CASE("apply: removing what is already gone is not an error", "[reconciler]") {
    Host host;
    host.apply(one_service());
    const Plan plan = diff({}, host.state());
    REQUIRE(host.kernel.meddle(Remove{one_service().tunnels[0]}));
    CHECK(host.apply(plan).ok());
    CHECK(host.state() == State{});
}

TEST_CASE("apply: adding what is there and looks as wanted is not an error", "[reconciler]") {
    Host host;
    const Plan plan = diff(two_services(), {});
    CHECK(host.apply(plan).ok());
    CHECK(host.apply(plan).ok());
    CHECK(host.state() == two_services());
}

TEST_CASE("apply: a tunnel of the same name and other endpoints is a failure and ends its service",
          "[reconciler]") {
    Host host;
    auto other = two_services();
    other.tunnels[0].remote = ip("9.200.0.99");
    REQUIRE(host.kernel.meddle(Add{other.tunnels[0]}));
    const auto outcome = host.apply(diff(two_services(), {}));
    REQUIRE(outcome.failures.size() == 1);
    CHECK(outcome.failures[0].error.code == Errc::Exists);
    CHECK(outcome.skipped == 6);  // overlay, up, address, two routes, peer
    CHECK(host.speaker.peers().size() == 1);
    CHECK(host.state().routes.size() == 1);  // the other service stands
}

TEST_CASE("apply: somebody else's route of the same key is left alone and reported", "[reconciler]") {
    Host host;
    auto theirs = one_service().routes[0];
    theirs.gateway = ip("9.128.0.1");
    theirs.device = "eth0";
    theirs.source = {};
    theirs.protocol = netlink::Protocol::Static;
    REQUIRE(host.kernel.meddle(Add{theirs}));
    const auto before = host.foreign();
    const auto outcome = host.apply(one_service());
    REQUIRE(outcome.failures.size() == 1);
    CHECK(outcome.failures[0].error.code == Errc::Exists);
    CHECK(host.foreign() == before);
    CHECK(host.state().routes.size() == 1);  // the other route is not held up
}

TEST_CASE("apply: a failure ends the steps of its service only", "[reconciler]") {
    Host host;
    host.kernel.fail_next<Add<Tunnel>>(Errc::Permission);
    const auto outcome = host.apply(two_services());
    REQUIRE(outcome.failures.size() == 1);
    CHECK(to_string(outcome.failures[0].step).starts_with("add tunnel doublezero0"));
    CHECK(outcome.failures[0].error.code == Errc::Permission);
    const auto state = host.state();
    REQUIRE(state.tunnels.size() == 1);
    CHECK(state.tunnels[0].name == kMulticastLink);
    CHECK(state.routes.size() == 1);
    CHECK(state.peers.size() == 1);
}

TEST_CASE("apply: what a tunnel could not be removed for is not built on", "[reconciler]") {
    Host host;
    host.apply(one_service());
    auto moved = one_service();
    moved.tunnels[0].remote = ip("9.200.0.77");
    moved.addresses[0].prefix = prefix("169.254.0.9/31");
    host.kernel.fail_next<Remove<Tunnel>>(Errc::Io);
    CHECK_FALSE(host.apply(moved).ok());
    CHECK(host.state().tunnels[0].remote == ip("9.200.0.1"));
    CHECK(host.state().addresses[0].prefix == prefix("169.254.0.1/31"));
}

TEST_CASE("apply: any kind of step may fail once, and the next plan makes it good", "[reconciler]") {
    Host host;
    SECTION("tunnel") {
        host.kernel.fail_next<Add<Tunnel>>(Errc::Io);
    }
    SECTION("address") {
        host.kernel.fail_next<Add<LinkAddress>>(Errc::Io);
    }
    SECTION("up") {
        host.kernel.fail_next<netlink::SetUp>(Errc::Io);
    }
    SECTION("route") {
        host.kernel.fail_next<Add<Route>>(Errc::Io);
    }
    CHECK_FALSE(host.apply(two_services()).ok());
    CHECK(host.apply(two_services()).ok());
    CHECK(host.state() == two_services());
}

}  // namespace
}  // namespace dz::reconciler
