// The kernel refuses any one change with any error: the loop gets there all the same.
#include <array>
#include <catch2/catch.hpp>

#include "tests/reconciler/world.hpp"

namespace dz::reconciler {
namespace {

using namespace test;
using ledger::UserType;

constexpr std::array kErrors = {Errc::Exists,      Errc::NotFound,    Errc::Permission,    Errc::BadValue,
                                Errc::Unavailable, Errc::Unsupported, Errc::LimitExceeded, Errc::Io};

/// Rules, tables, both tunnels, group routes and a learned route.
void build_all(World& world) {
    world.enable();
    world.put_user(user(UserType::EdgeFiltering));
    world.put_user(publisher({kGroup1, kGroup2}), kMulticastUser);
    for (const auto& peer : {kPeer, kMulticastPeer}) {
        if (world.speaker().peer(peer)) world.establish(peer);
    }
    if (world.speaker().peer(kPeer)) world.announce("9.200.2.9/32");
    world.pass_time(100s);  // retries, and an audit for what the kernel only claimed
    if (world.speaker().peer(kPeer)->status != bgp::Status::Up) world.establish();
    world.announce("9.200.2.9/32");
}

TEST_CASE("loop: any change may be refused with any error while building and taking down", "[reconciler]") {
    World model;
    build_all(model);
    const auto wanted = model.text();
    const auto building = model.kernel.applied();
    model.disable();
    const auto all = model.kernel.applied();
    REQUIRE(building > 10);
    REQUIRE(all > building + 5);
    for (std::size_t number = 1; number <= all; ++number) {
        // In turn: the errors meet every kind of change as the numbers go on.
        const Errc error = kErrors.at(number % kErrors.size());
        CAPTURE(number, to_string(error));
        World world;
        world.kernel.fail_change(number, error);
        build_all(world);
        CHECK(world.text() == wanted);
        world.disable();
        world.pass_time(100s);
        CHECK(world.text().empty());
        CHECK(world.foreign() == world.before);
        CHECK(world.owned.rules->empty());
    }
}

TEST_CASE("loop: a kernel that refuses one kind of change for a while is asked until it does not",
          "[reconciler]") {
    for (const Errc error : kErrors) {
        CAPTURE(to_string(error));
        World world;
        world.kernel.fail_next<netlink::Add<netlink::Tunnel>>(error, 3);
        world.kernel.fail_next<netlink::Add<netlink::LinkAddress>>(error, 3);
        world.kernel.fail_next<netlink::SetUp>(error, 3);
        world.kernel.fail_next<netlink::Add<netlink::Route>>(error, 3);
        world.enable();
        world.put_user(user());
        world.pass_time(300s);  // waits double up to a minute
        world.establish();
        world.announce("9.200.2.9/32");
        world.pass_time(300s);  // waits double up to a minute
        CHECK(world.tunnel());
        CHECK(world.has_route("9.200.2.9/32"));
    }
}

}  // namespace
}  // namespace dz::reconciler
