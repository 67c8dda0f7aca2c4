#include "reconciler/cleanup.hpp"

#include <catch2/catch.hpp>

#include "tests/reconciler/world.hpp"

namespace dz::reconciler {
namespace {

using namespace test;
using ledger::UserType;

TEST_CASE("cleanup: all that a daemon left is gone, and nothing else", "[reconciler]") {
    World world;
    auto edge = user(UserType::EdgeFiltering);
    world.connect(edge);
    world.put_user(publisher({kGroup1}), kMulticastUser);
    world.announce("9.200.2.9/32");
    const auto left = ours(world.kernel.state(), {});
    REQUIRE(left.tunnels.size() == 2);
    REQUIRE_FALSE(left.rules.empty());
    world.kill();

    const auto removed = run(world.io, clean_up(world.kernel, world.owned, false));
    REQUIRE(removed);
    CHECK(*removed == left);
    CHECK(ours(world.kernel.state(), {}) == State{});
    CHECK(world.foreign() == world.before);
    const auto again = run(world.io, clean_up(world.kernel, world.owned, false));
    REQUIRE(again);
    CHECK(*again == State{});
}

TEST_CASE("cleanup: what cannot be removed is named, and the rest is gone", "[reconciler]") {
    World world;
    world.connect();
    world.put_user(publisher({kGroup1}), kMulticastUser);
    world.kill();
    world.kernel.fail_next<netlink::Remove<netlink::Tunnel>>(Errc::Permission);
    const auto removed = run(world.io, clean_up(world.kernel, world.owned, false));
    REQUIRE_FALSE(removed);
    CHECK(removed.error().code == Errc::Permission);
    CHECK_THAT(removed.error().text, Catch::Contains("remove tunnel doublezero0"));
    CHECK(ours(world.kernel.state(), {}).tunnels.size() == 1);
}

}  // namespace
}  // namespace dz::reconciler
