// Routes of a session: what the peer announces, what of it the kernel holds.
#include "reconciler/loop.hpp"

#include <catch2/catch.hpp>

#include "tests/reconciler/world.hpp"

namespace dz::reconciler {
namespace {

using namespace test;
using ledger::UserType;

TEST_CASE("loop: what the peer announces and withdraws is followed route by route", "[reconciler]") {
    World world;
    world.connect();
    world.announce("9.200.2.9/32");
    world.announce("9.200.2.10/32");
    const auto applied = world.kernel.applied();
    world.withdraw("9.200.2.9/32");
    CHECK(world.kernel.applied() == applied + 1);
    CHECK_FALSE(world.has_route("9.200.2.9/32"));
    CHECK(world.has_route("9.200.2.10/32"));
    CHECK(world.state().routes == std::vector{our_route("9.200.2.10/32")});
}

TEST_CASE("loop: a lost session takes the routes of IBRL along", "[reconciler]") {
    World world;
    world.connect();
    world.announce("9.200.2.9/32");
    world.lose();
    CHECK(world.state().routes.empty());
    CHECK(world.tunnel());
    world.establish();
    world.announce("9.200.2.9/32");
    CHECK(world.has_route("9.200.2.9/32"));
}

TEST_CASE("loop: with an allocated address routes outlive the session", "[reconciler]") {
    World world;
    world.connect(user(UserType::IbrlWithAllocatedIp));
    world.announce("9.200.2.9/32");
    world.announce("9.200.2.10/32");
    world.lose();
    world.pass_time(300s);
    CHECK(world.has_route("9.200.2.9/32"));
    world.establish();
    world.announce("9.200.2.10/32");
    CHECK(world.has_route("9.200.2.9/32"));  // may still be announced
    world.pass_time(11s);
    CHECK_FALSE(world.has_route("9.200.2.9/32"));
    CHECK(world.has_route("9.200.2.10/32"));
}

TEST_CASE("loop: with an allocated address a withdrawn route goes at once", "[reconciler]") {
    World world;
    world.connect(user(UserType::IbrlWithAllocatedIp));
    world.announce("9.200.2.9/32");
    world.withdraw("9.200.2.9/32");
    CHECK_FALSE(world.has_route("9.200.2.9/32"));
}

TEST_CASE("loop: losing one session does not touch the other's routes", "[reconciler]") {
    World world;
    world.connect();
    world.announce("9.200.2.9/32");
    world.put_user(publisher({kGroup1}), kMulticastUser);
    world.establish(kMulticastPeer);
    world.lose(kMulticastPeer);
    CHECK(world.has_route("9.200.2.9/32"));
    CHECK(world.has_route("233.84.178.1/32"));
    world.lose();
    CHECK_FALSE(world.has_route("9.200.2.9/32"));
    CHECK(world.has_route("233.84.178.1/32"));
}

TEST_CASE("loop: routes that policy refuses never reach the kernel", "[reconciler]") {
    World world;
    world.connect();
    for (const auto* refused : {"0.0.0.0/0", "9.200.0.0/16", "9.200.0.1/32", "9.128.0.5/32", "10.0.0.7/32"}) {
        world.announce(refused);
    }
    CHECK(world.state().routes.empty());
}

TEST_CASE("loop: no learned route leads the other tunnel into ours", "[reconciler]") {
    World world;
    world.connect();
    world.announce("9.200.0.2/32");
    CHECK(world.has_route("9.200.0.2/32"));
    auto subscriber = user(UserType::Multicast);
    subscriber.subscribers = {kGroup1};
    subscriber.device_pk = kDeviceB;
    world.put_user(subscriber, kMulticastUser);
    CHECK(world.text().find("tunnel doublezero1 local 9.128.0.5 remote 9.200.0.2") != std::string::npos);
    CHECK_FALSE(world.has_route("9.200.0.2/32"));
}

TEST_CASE("loop: an excluded route goes when the exclusion comes and returns with it gone", "[reconciler]") {
    World world;
    world.connect();
    world.announce("9.200.2.9/32");
    world.loop().set_settings(
        {.filter = bgp::RouteFilter::excluding({prefix("9.200.2.9/32")}), .peer_defaults = {}});
    world.settle();
    CHECK_FALSE(world.has_route("9.200.2.9/32"));
    CHECK(world.report().services[0].session == bgp::Status::Up);
    world.loop().set_settings({.filter = {}, .peer_defaults = {}});
    world.settle();
    CHECK(world.has_route("9.200.2.9/32"));
}

}  // namespace
}  // namespace dz::reconciler
