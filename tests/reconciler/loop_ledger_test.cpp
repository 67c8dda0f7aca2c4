// The ledger in trouble (e2e.md 4.1), and people who say enabled and disabled (daemon.md 13.2).
#include "reconciler/loop.hpp"

#include <catch2/catch.hpp>

#include "tests/reconciler/world.hpp"

namespace dz::reconciler {
namespace {

using namespace test;

// --- the ledger in trouble (e2e.md 4.1) ---

TEST_CASE("loop: an unreachable ledger touches nothing, however long", "[reconciler]") {
    World world;
    world.connect();
    world.announce("9.200.2.9/32");
    const auto before = world.text();
    const auto applied = world.kernel.applied();
    world.rpc.fail_always();
    world.pass_time(300s);
    CHECK(world.text() == before);
    CHECK(world.loop_fetcher().view().stale);
    world.rpc.heal();
    world.pass_time(20s);
    CHECK(world.kernel.applied() == applied);
    CHECK(world.metrics().polls_error.Value() > 0);
}

TEST_CASE("loop: an empty ledger touches nothing", "[reconciler]") {
    World world;
    world.connect();
    world.rpc.clear();
    world.pass_time(120s);
    CHECK(world.text() == kIbrl);
}

TEST_CASE("loop: an answer that lacks our user once touches nothing", "[reconciler]") {
    World world;
    world.connect();
    const auto applied = world.kernel.applied();
    world.rpc.remove(kUser);
    world.loop_fetcher().poke();
    world.settle();
    CHECK(world.text() == kIbrl);
    world.rpc.put(kUser, user());
    world.pass_time(20s);
    CHECK(world.kernel.applied() == applied);
}

TEST_CASE("loop: a daemon that starts while the ledger is down builds when it returns", "[reconciler]") {
    World world;
    world.rpc.put(kUser, user());
    world.rpc.fail_always();
    world.enable();
    world.pass_time(60s);
    CHECK(world.text().empty());
    CHECK(world.has_problem(ProblemCode::NoLedgerData));
    world.rpc.heal();
    world.pass_time(11s);
    CHECK(world.text() == kIbrl);
}

TEST_CASE("loop: accounts of an unknown kind do not matter", "[reconciler]") {
    World world;
    world.rpc.put_bytes(key(77), Bytes(64, 99));
    world.connect();
    CHECK(world.text() == kIbrl);
}

// --- toggles (daemon.md 13.2) ---

TEST_CASE("loop: nothing is touched and nothing read before somebody says enabled or disabled",
          "[reconciler]") {
    World world;
    world.connect();
    world.fresh_process();
    world.rpc.calls.clear();
    const auto applied = world.kernel.applied();
    world.pass_time(120s);
    CHECK(world.kernel.applied() == applied);
    CHECK(world.rpc.calls.empty());
    CHECK_FALSE(world.report().enabled);
}

TEST_CASE("loop: disabled at the start reads nothing and sweeps left-overs", "[reconciler]") {
    World world;
    world.connect();
    world.announce("9.200.2.9/32");
    world.fresh_process();
    world.rpc.calls.clear();
    world.disable();
    CHECK(world.text().empty());
    CHECK(world.rpc.calls.empty());
    CHECK(world.foreign() == world.before);
}

TEST_CASE("loop: disable takes everything down, enable builds it again", "[reconciler]") {
    World world;
    world.connect();
    world.announce("9.200.2.9/32");
    world.put_user(publisher({kGroup1}), kMulticastUser);
    world.disable();
    CHECK(world.text().empty());
    CHECK(world.report().services.empty());
    CHECK(world.foreign() == world.before);
    world.enable();
    CHECK(world.tunnel(kUnicastLink));
    CHECK(world.tunnel(kMulticastLink));
}

TEST_CASE("loop: the last toggle wins, whatever is going on", "[reconciler]") {
    World world;
    world.connect();
    world.rpc.latency = 20s;  // a slow fetch holds nobody up
    world.loop_fetcher().poke();
    world.settle();
    world.loop().set_enabled(false);
    world.loop().set_enabled(true);
    world.settle();
    CHECK(world.text() == kIbrl);
    world.loop().set_enabled(true);
    world.loop().set_enabled(false);
    world.settle();
    CHECK(world.text().empty());
}

TEST_CASE("loop: disable while the ledger hangs is done at once", "[reconciler]") {
    World world;
    world.connect();
    world.rpc.latency = 1h;
    world.pass_time(10s);
    world.disable();
    CHECK(world.text().empty());
}

}  // namespace
}  // namespace dz::reconciler
