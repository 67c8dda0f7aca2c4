// What the ledger said last outlives the daemon.
#include "tests/daemon/world.hpp"

namespace dz::daemon {
namespace {

using namespace test;

TEST_CASE("last good: a daemon that starts while the ledger is dead builds what the last one had",
          "[daemon]") {
    World world;
    world.settings.on_exit = reconciler::OnExit::Remove;
    world.write_state(R"({"reconciler_enabled":true})");
    world.rpc.put(kUser, user());
    REQUIRE(world.start());
    REQUIRE(world.settle([&] { return world.kernel_has("doublezero0"); }));
    world.stop();
    REQUIRE_FALSE(world.kernel_has("doublezero0"));

    world.rpc.fail_always();
    REQUIRE(world.start());
    CHECK(world.settle([&] { return world.kernel_has("doublezero0"); }));
    CHECK(world.complains_of("cannot be read"));
    world.pass(5s);
    CHECK(world.status().snapshot_age_seconds.value_or(0) >= 5);
}

TEST_CASE("last good: a damaged file is reported and does no harm", "[daemon]") {
    World world;
    world.write_state(R"({"reconciler_enabled":true})");
    std::ofstream(world.settings.state_directory / "ledger.json") << "{\"program\":";
    world.rpc.put(kUser, user());
    REQUIRE(world.start());
    CHECK(world.settle([&] { return world.kernel_has("doublezero0"); }));
    CHECK(std::ranges::any_of(world.lines, [](const auto& line) { return line.contains("ledger.json"); }));
}

TEST_CASE("last good: the file is for its owner only", "[daemon]") {
    World world;
    world.write_state(R"({"reconciler_enabled":true})");
    world.rpc.put(kUser, user());
    REQUIRE(world.start());
    REQUIRE(world.settle([&] { return world.kernel_has("doublezero0"); }));
    world.stop();  // waits for what is being written
    const auto path = world.settings.state_directory / "ledger.json";
    REQUIRE(std::filesystem::exists(path));
    using std::filesystem::perms;
    CHECK(std::filesystem::status(path).permissions() == (perms::owner_read | perms::owner_write));
}

}  // namespace
}  // namespace dz::daemon
