// A kernel damaged by others (e2e.md 4.2), and steps that fail.
#include "reconciler/loop.hpp"

#include <catch2/catch.hpp>

#include "tests/reconciler/world.hpp"

namespace dz::reconciler {
namespace {

using namespace test;
using ledger::UserType;
using netlink::Add;
using netlink::Remove;
using netlink::Route;

// --- the kernel damaged by others (e2e.md 4.2) ---

TEST_CASE("loop: what somebody deletes is back at once", "[reconciler]") {
    World world;
    world.connect(user(UserType::IbrlWithAllocatedIp));
    world.announce("9.200.2.9/32");
    const auto before = world.text();
    const auto state = world.state();
    SECTION("a route") {
        world.meddle(Remove{state.routes[0]});
    }
    SECTION("the tunnel") {
        world.meddle(Remove{state.tunnels[0]});
    }
    SECTION("the overlay address") {
        world.meddle(Remove{state.addresses[0]});
    }
    SECTION("the network address") {
        world.meddle(Remove{state.addresses[1]});
    }
    SECTION("the up state") {
        world.meddle(netlink::SetDown{"doublezero0"});
    }
    SECTION("the mtu") {
        world.meddle(netlink::SetMtu{"doublezero0", 1300});
    }
    CHECK(world.text() == before);
    CHECK(world.report().counters.repairs > 0);
}

TEST_CASE("loop: a route that another takes the place of is back when that one is gone", "[reconciler]") {
    World world;
    world.connect();
    world.announce("9.200.2.9/32");
    Route theirs = our_route("9.200.2.9/32");
    theirs.gateway = ip("9.128.0.1");
    theirs.device = "eth0";
    theirs.source = {};
    world.meddle(netlink::Replace{theirs});
    CHECK(world.state().routes.empty());
    world.meddle(Remove{theirs});
    world.pass_time(2s);
    CHECK(world.has_route("9.200.2.9/32"));
}

TEST_CASE("loop: rules that networkd flushes are back at once", "[reconciler]") {
    World world;
    world.enable();
    world.put_user(user(UserType::EdgeFiltering));
    world.poll();
    const auto before = world.text();
    for (const auto& rule : world.state().rules) world.meddle(Remove{rule});
    world.settle();
    CHECK(world.text() == before);
}

TEST_CASE("loop: damage that no event told of is found by the audit", "[reconciler]") {
    World world;
    world.connect();
    world.announce("9.200.2.9/32");
    const auto before = world.text();
    REQUIRE(world.kernel.meddle(Remove{world.state().routes[0]}));
    world.kernel.lose_events();
    world.settle();
    CHECK(world.text() == before);
}

TEST_CASE("loop: routes that vanish with their source address are back when it is", "[reconciler]") {
    World world;
    world.connect();
    world.announce("9.200.2.9/32");
    const netlink::LinkAddress address{"eth0", prefix("9.128.0.5/16")};
    world.meddle(Remove{address});
    CHECK(world.state().routes.empty());
    CHECK(world.tunnel());  // left alone
    world.meddle(Add{address});
    world.pass_time(5s);
    CHECK(world.has_route("9.200.2.9/32"));
}

TEST_CASE("loop: a route withdrawn while somebody deletes it is not resurrected", "[reconciler]") {
    World world;
    world.connect();
    world.announce("9.200.2.9/32");
    REQUIRE(world.kernel.meddle(Remove{world.state().routes[0]}));
    world.speaker().withdraw(kPeer, prefix("9.200.2.9/32"));
    world.settle();
    CHECK(world.state().routes.empty());
}

TEST_CASE("loop: a foreign route to the same destination is left alone and reported", "[reconciler]") {
    World world;
    world.connect();
    const Route theirs{.destination = prefix("9.200.2.9/32"),
                       .gateway = ip("9.128.0.1"),
                       .device = "eth0",
                       .protocol = netlink::Protocol::Static};
    world.meddle(Add{theirs});
    world.announce("9.200.2.9/32");
    CHECK(world.has_route("9.200.2.9/32"));  // beside theirs, with our metric
    CHECK(world.has_problem(ProblemCode::RoutesShadowed));
    world.withdraw("9.200.2.9/32");
    CHECK(world.kernel.dump().contains(to_string(theirs)));
    CHECK_FALSE(world.has_problem(ProblemCode::RoutesShadowed));
}

TEST_CASE("loop: a foreign route of our very key is left alone, reported, and given way to", "[reconciler]") {
    World world;
    world.connect();
    const Route theirs{.destination = prefix("9.200.2.9/32"),
                       .gateway = ip("9.128.0.1"),
                       .device = "eth0",
                       .metric = kRouteMetric,
                       .protocol = netlink::Protocol::Static};
    world.meddle(Add{theirs});
    world.announce("9.200.2.9/32");
    world.announce("9.200.2.10/32");
    world.pass_time(60s);
    CHECK(world.kernel.dump().contains(to_string(theirs)));
    CHECK(world.has_route("9.200.2.10/32"));
    CHECK(world.has_problem(ProblemCode::StepFailed));
    CHECK(world.report().services[0].state == ServiceState::Up);
    world.meddle(Remove{theirs});
    world.pass_time(60s);
    CHECK(world.has_route("9.200.2.9/32"));
    CHECK_FALSE(world.has_problem(ProblemCode::StepFailed));
}

TEST_CASE("loop: who deletes our link each time at once is met ever more rarely, and reported",
          "[reconciler]") {
    World world;
    world.connect();
    // Ten minutes of somebody who looks every 50 ms.
    std::size_t deleted = 0, last_minute = 0;
    for (int i = 0; i < 10 * 60 * 20; ++i) {
        if (const auto* link = world.tunnel()) {
            REQUIRE(world.kernel.meddle(Remove{*link}));
            ++deleted;
            if (i >= 9 * 60 * 20) ++last_minute;
        }
        world.settle();
    }
    CHECK(deleted < 60);
    CHECK(last_minute <= 4);
    CHECK(world.has_problem(ProblemCode::Contested));
    const auto reports = world.report().services;
    REQUIRE(reports.size() == 1);
    CHECK(reports[0].state == ServiceState::Retrying);
    // Once the other one has gone, all is as before, and a deletion by hand is repaired at once again.
    world.pass_time(3min);
    CHECK(world.text() == kIbrl);
    CHECK_FALSE(world.has_problem(ProblemCode::Contested));
    world.meddle(Remove{*world.tunnel()});
    CHECK(world.tunnel());
}

TEST_CASE("loop: who deletes a route each time at once is met ever more rarely too", "[reconciler]") {
    World world;
    world.connect();
    world.announce("9.200.2.9/32");
    std::size_t deleted = 0;
    for (int i = 0; i < 5 * 60 * 20; ++i) {
        if (world.has_route("9.200.2.9/32")) {
            REQUIRE(world.kernel.meddle(Remove{our_route("9.200.2.9/32")}));
            ++deleted;
        }
        world.settle();
    }
    CHECK(deleted < 50);
    CHECK(world.has_problem(ProblemCode::Contested));
    world.pass_time(3min);
    CHECK(world.has_route("9.200.2.9/32"));
}

TEST_CASE("loop: a program that keeps undoing our work is not fought for ever", "[reconciler]") {
    World world;
    world.connect();
    for (int i = 0; i < 100; ++i) {
        if (world.tunnel()) REQUIRE(world.kernel.meddle(Remove{*world.tunnel()}));
        world.settle();
    }
    CHECK(world.has_problem(ProblemCode::Contested));
    CHECK(world.report().services[0].state == ServiceState::Retrying);
    world.pass_time(70s);
    CHECK(world.text() == kIbrl);
}

// --- steps that fail ---

TEST_CASE("loop: a step that fails is tried again, slower and slower, and the reason is told",
          "[reconciler]") {
    World world;
    world.kernel.fail_next<Add<netlink::Tunnel>>(Errc::Permission, 3);
    world.enable();
    world.rpc.put(kUser, user());
    world.loop_fetcher().poke();
    world.settle();
    CHECK(world.text().empty());
    CHECK(world.has_problem(ProblemCode::StepFailed));
    CHECK(world.report().services[0].state == ServiceState::Retrying);
    CHECK_FALSE(world.report().services[0].provisioned);
    world.pass_time(1s + 2s + 4s);
    CHECK(world.text() == kIbrl);
    CHECK_FALSE(world.has_problem(ProblemCode::StepFailed));
}

TEST_CASE("loop: one service in trouble does not hold up the other", "[reconciler]") {
    World world;
    world.connect();
    world.kernel.fail_next<Add<netlink::Tunnel>>(Errc::Io, 1000);
    world.put_user(publisher({kGroup1}), kMulticastUser);
    world.announce("9.200.2.9/32");
    CHECK(world.has_route("9.200.2.9/32"));
    CHECK_FALSE(world.tunnel(kMulticastLink));
    world.meddle(Remove{world.state().routes[0]});
    CHECK(world.has_route("9.200.2.9/32"));
}

TEST_CASE("loop: a kernel that cannot be read is asked again", "[reconciler]") {
    World world;
    world.kernel.fail_next_read(Errc::Io, 3);
    world.enable();
    world.put_user(user());
    world.pass_time(10s);
    CHECK(world.text() == kIbrl);
    CHECK(world.report().problems.empty());
}

}  // namespace
}  // namespace dz::reconciler
