// Laws of diff and apply, over states by chance.
#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>

#include "tests/reconciler/states.hpp"

namespace dz::reconciler {
namespace {

using namespace states;
using netlink::Add;
using netlink::Change;
using netlink::LinkAddress;
using netlink::Remove;
using netlink::Tunnel;

/// What somebody may do to a host in this state; nothing sometimes.
std::vector<Change> any_damage(const State& state) {
    const bool bare = state.tunnels.empty();
    const int kind = *rc::gen::inRange(0, 9);
    if (kind == 0 && !bare) return {Remove{state.tunnels.front()}};
    if (kind == 1 && !state.addresses.empty()) return {Remove{*rc::gen::elementOf(state.addresses)}};
    if (kind == 2 && !bare) return {netlink::SetDown{state.tunnels.back().name}};
    if (kind == 3 && !state.routes.empty()) return {Remove{*rc::gen::elementOf(state.routes)}};
    if (kind == 4 && !state.rules.empty()) return {Remove{state.rules.front()}};
    if (kind == 5 && !bare) return {netlink::SetMtu{state.tunnels.front().name, 1300}};
    if (kind == 6 && !bare) {
        return {netlink::SetEndpoints{.link = state.tunnels.front().name,
                                      .local = test::kClientIp,
                                      .remote = plus(test::ip("9.200.0.1"), *rc::gen::inRange(0U, 4U)),
                                      .ttl = 32}};
    }
    if (kind == 7 && !state.addresses.empty()) {
        auto other_scope = *rc::gen::elementOf(state.addresses);
        other_scope.scope = netlink::Scope::Site;
        return {Remove{other_scope}, Add{other_scope}};
    }
    if (kind == 8 && !bare)
        return {Add{LinkAddress{.link = state.tunnels.back().name, .prefix = test::prefix("9.200.1.77/32")}}};
    return {};
}

/// How a host got where it is: a state, and what was done to it. Can be told again.
struct Story {
    State built;
    std::vector<Change> damages;

    void tell(Host& host) const {
        host.apply(built);
        for (const auto& change : damages) (void)host.kernel.meddle(change);
    }
};

Story any_story() {
    Story story{.built = any_state(), .damages = {}};
    Host host;
    host.apply(story.built);
    for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
        for (const auto& change : any_damage(host.state())) {
            (void)host.kernel.meddle(change);
            story.damages.push_back(change);
        }
    }
    return story;
}

/// The link goes down first so that applications get an error; the kernel would not mind.
bool is_courtesy(const Plan& plan, std::size_t at) {
    const auto* change = std::get_if<Change>(&plan.steps[at]);
    if (!change || !std::holds_alternative<netlink::SetDown>(*change) || at + 1 == plan.steps.size())
        return false;
    const auto* next = std::get_if<Change>(&plan.steps[at + 1]);
    return next && std::holds_alternative<Remove<Tunnel>>(*next) && link_of(*next) == link_of(*change);
}

TEST_CASE("apply: the difference between any two states turns one into the other", "[reconciler]") {
    rc::prop("apply(diff(d, a)) on a gives d, and touches nothing else", [] {
        Host host;
        const auto before = host.foreign();
        any_story().tell(host);
        const State desired = any_state();
        const Plan plan = diff(desired, host.state());
        RC_LOG() << to_string(host.state()) << "---\n" << to_string(plan);
        const auto outcome = host.apply(plan);
        RC_ASSERT(outcome.ok());
        RC_ASSERT(to_string(host.state()) == to_string(desired));
        RC_ASSERT(host.state() == desired);
        RC_ASSERT(diff(desired, host.state()).empty());
        RC_ASSERT(host.foreign() == before);
    });
}

TEST_CASE("plan: no step of any plan could be left out", "[reconciler]") {
    rc::prop("a plan without one of its steps does not lead to the same state", [] {
        const Story story = any_story();
        Host origin;
        story.tell(origin);
        const State actual = origin.state(), desired = any_state();
        const Plan plan = diff(desired, actual);
        for (std::size_t at = 0; at < plan.steps.size(); ++at) {
            if (is_courtesy(plan, at)) continue;
            Host host;
            story.tell(host);
            Plan shorter = plan;
            shorter.steps.erase(shorter.steps.begin() + static_cast<std::ptrdiff_t>(at));
            host.apply(shorter);
            RC_LOG() << to_string(actual) << "---\n"
                     << to_string(plan) << "--- without " << to_string(plan.steps[at]) << '\n';
            RC_ASSERT(host.state() != desired);
        }
    });
}

TEST_CASE("apply: a plan that was cut short anywhere is completed by the next one", "[reconciler]") {
    rc::prop("half-applied plans roll forward", [] {
        Host host;
        any_story().tell(host);
        const State desired = any_state();
        Plan plan = diff(desired, host.state());
        const auto cut = *rc::gen::inRange<std::size_t>(0, plan.steps.size() + 1);
        plan.steps.resize(cut, RemovePeer{});
        host.apply(plan);
        RC_ASSERT(host.apply(desired).ok());
        RC_ASSERT(host.state() == desired);
    });
}

TEST_CASE("apply: what one service does leaves the objects of the other as they are", "[reconciler]") {
    rc::prop("a change of one link keeps the other's index, addresses and routes", [] {
        Host host;
        State both = any_state();
        host.apply(both);
        const auto keep = *rc::gen::element(std::string(kUnicastLink), std::string(kMulticastLink));
        State desired = any_state();
        const auto is_kept = [&](const auto& object) { return object.link == keep; };
        const auto kept_tunnel = [&](const auto& tunnel) { return tunnel.name == keep; };
        RC_PRE(std::ranges::count_if(both.tunnels, kept_tunnel) == 1);
        // The other service becomes anything that can stand beside this one.
        std::erase_if(desired.tunnels, kept_tunnel);
        const Ipv4 taken = std::ranges::find_if(both.tunnels, kept_tunnel)->remote;
        RC_PRE(std::ranges::find(desired.tunnels, taken, &Tunnel::remote) == desired.tunnels.end());
        std::erase_if(desired.addresses, is_kept);
        std::erase_if(desired.routes, [&](const auto& route) { return route.device == keep; });
        std::ranges::copy_if(both.tunnels, std::back_inserter(desired.tunnels), kept_tunnel);
        std::ranges::copy_if(both.addresses, std::back_inserter(desired.addresses), is_kept);
        std::ranges::copy_if(both.routes, std::back_inserter(desired.routes),
                             [&](const auto& route) { return route.device == keep; });
        normalize(desired);
        const Plan plan = diff(desired, both);
        for (const auto& step : plan.steps) {
            const auto* change = std::get_if<Change>(&step);
            RC_LOG() << to_string(step) << '\n';
            if (change) RC_ASSERT(link_of(*change) != keep);
        }
    });
}

}  // namespace
}  // namespace dz::reconciler
