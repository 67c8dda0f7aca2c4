// Whatever happens in whatever order: when it is quiet again, what is there is what is wanted.
#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>

#include "tests/reconciler/world.hpp"

namespace dz::reconciler {
namespace {

using namespace test;
using ledger::UserType;
using netlink::Remove;

ledger::User any_user() {
    const auto type =
        *rc::gen::element(UserType::Ibrl, UserType::IbrlWithAllocatedIp, UserType::EdgeFiltering);
    auto result = user(type);
    result.device_pk = *rc::gen::element(kDeviceA, kDeviceB, kDeviceA, key(99));
    result.tunnel_net =
        *rc::gen::element(prefix("169.254.0.0/31"), prefix("169.254.0.6/31"), prefix("169.254.0.0/30"));
    result.status = *rc::gen::weightedElement<ledger::UserStatus>(
        {{4, ledger::UserStatus::Activated}, {1, ledger::UserStatus::Banned}});
    return result;
}

ledger::User any_multicast_user() {
    auto result = user(UserType::Multicast);
    result.tunnel_endpoint = ip("9.200.0.9");
    if (*rc::gen::arbitrary<bool>()) result.publishers.push_back(kGroup1);
    if (*rc::gen::arbitrary<bool>()) result.subscribers.push_back(kGroup1);
    if (*rc::gen::arbitrary<bool>()) result.subscribers.push_back(kGroup2);
    return result;
}

std::optional<Ipv4> any_peer(World& world) {
    const auto peers = world.speaker().peers();
    if (peers.empty()) return std::nullopt;
    return peers[*rc::gen::inRange<std::size_t>(0, peers.size())].config.remote;
}

void damage_kernel(World& world) {
    const auto state = world.state();
    switch (*rc::gen::inRange(0, 7)) {
        case 0:
            if (!state.tunnels.empty()) (void)world.kernel.meddle(Remove{*rc::gen::elementOf(state.tunnels)});
            break;
        case 1:
            if (!state.addresses.empty())
                (void)world.kernel.meddle(Remove{*rc::gen::elementOf(state.addresses)});
            break;
        case 2:
            if (!state.routes.empty()) (void)world.kernel.meddle(Remove{*rc::gen::elementOf(state.routes)});
            break;
        case 3:
            if (!state.rules.empty()) (void)world.kernel.meddle(Remove{*rc::gen::elementOf(state.rules)});
            break;
        case 4:
            if (!state.tunnels.empty())
                (void)world.kernel.meddle(netlink::SetDown{state.tunnels.front().name});
            break;
        case 5:
            if (!state.tunnels.empty())
                (void)world.kernel.meddle(netlink::SetEndpoints{
                    .link = state.tunnels.back().name, .local = kClientIp, .remote = ip("9.200.0.66")});
            break;
        default:
            world.kernel.lose_events();
    }
}

void session_event(World& world) {
    const auto peer = any_peer(world);
    if (!peer) return;
    const auto destination = host_prefix(plus(ip("9.220.0.0"), *rc::gen::inRange(0U, 5U)));
    switch (*rc::gen::inRange(0, 5)) {
        case 0:
            world.speaker().establish(*peer);
            break;
        case 1:
            world.speaker().lose(*peer);
            break;
        case 2:
            world.speaker().withdraw(*peer, destination);
            break;
        default:
            world.speaker().announce(*peer, destination);
    }
}

void ledger_event(World& world) {
    switch (*rc::gen::inRange(0, 6)) {
        case 0:
            world.rpc.remove(kUser);
            break;
        case 1:
            world.rpc.remove(kMulticastUser);
            break;
        case 2:
            world.rpc.put(kMulticastUser, any_multicast_user());
            break;
        case 3:
            world.rpc.fail_next(*rc::gen::inRange(1, 4));
            break;
        default:
            world.rpc.put(kUser, any_user());
    }
    world.loop_fetcher().poke();
}

/// A program that chose the very mark of our rules.
void foreign_rule(World& world) {
    if (!world.owned.rules) return;  // nothing can tell them apart before the first record
    const auto to = Prefix{plus(ip("9.250.0.0"), *rc::gen::inRange(0U, 3U)), 32};
    (void)world.kernel.meddle(
        netlink::Add{netlink::Rule{.priority = kEdgeToPriority, .to = to, .table = kEdgeToTable}});
    world.before = world.foreign();
}

void process_event(World& world) {
    switch (*rc::gen::inRange(0, 7)) {
        case 0:
            world.restart();
            break;
        case 1:
            world.loop().set_enabled(false);
            break;
        case 5:
            world.owned.broken = *rc::gen::arbitrary<bool>();
            break;
        case 6:
            foreign_rule(world);
            break;
        case 2:
            world.kernel.fail_next<netlink::Add<netlink::Tunnel>>(Errc::Io, *rc::gen::inRange(1, 3));
            break;
        case 3:
            world.kernel.fail_next<netlink::Add<netlink::Route>>(Errc::Io, *rc::gen::inRange(1, 3));
            break;
        default:
            world.loop().set_enabled(true);
    }
}

void anything(World& world) {
    switch (*rc::gen::inRange(0, 8)) {
        case 0:
        case 1:
            return ledger_event(world);
        case 2:
        case 3:
            return damage_kernel(world);
        case 4:
        case 5:
            return session_event(world);
        case 6:
            return process_event(world);
        default:
            world.pass_time(std::chrono::milliseconds(*rc::gen::inRange(0, 3000)));
    }
}

/// Nothing of ours but links that rest.
bool is_bare(World& world) {
    auto state = world.state();
    if (world.settings.persistent_interface)
        std::erase_if(state.tunnels, [](const auto& t) { return !t.up; });
    return state == State{};
}

TEST_CASE("loop: any interleaving of changes, damage, toggles and crashes ends as wanted", "[reconciler]") {
    rc::prop("quiet means converged", [] {
        World world;
        world.settings.persistent_interface = *rc::gen::arbitrary<bool>();
        world.restart();
        world.rpc.put(kUser, any_user());
        for (int i = *rc::gen::inRange(5, 40); i > 0; --i) anything(world);
        world.rpc.heal();
        world.owned.broken = false;
        const bool enabled = *rc::gen::arbitrary<bool>();
        world.loop().set_enabled(enabled);
        // Long enough for retries, confirmations and routes that wait for a session.
        world.pass_time(200s);

        const auto plan = run(world.io, world.loop().plan());
        RC_ASSERT(plan.has_value());
        RC_LOG() << to_string(*plan) << "---\n" << world.text();
        RC_ASSERT(plan->empty());
        RC_ASSERT(world.foreign() == world.before);
        if (!enabled) RC_ASSERT(is_bare(world));
        const auto applied = world.kernel.applied();
        world.pass_time(100s);
        RC_ASSERT(world.kernel.applied() == applied);
    });
}

}  // namespace
}  // namespace dz::reconciler
