// A fetcher with two endpoints: one that fails, lags or lies is left for the other.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <catch2/catch.hpp>

#include "base/run.hpp"
#include "fetcher/fetcher.hpp"
#include "tests/support/fake_network.hpp"

namespace dz::fetcher {
namespace {

using namespace test;

struct World {
    EventLoop loop;
    FakeClock clock{loop};
    FakeRpc first{clock}, second{clock};
    metrics::Registry registry;
    Metrics metrics{registry};
    std::vector<std::string> log;
    Fetcher fetcher;

    World()
        : fetcher(loop, clock, Sources({{&first, "first"}, {&second, "second"}}, {}), metrics,
                  Log::to_lines(log), {.program = kProgram, .jitter = 0, .trust = {}}) {
        for (FakeRpc* rpc : {&first, &second}) {
            found_network(*rpc);
            rpc->put(kUser, user());
        }
        boost::asio::co_spawn(loop, fetcher.run(), boost::asio::detached);
        fetcher.follow(kClientIp);
        fetcher.set_active(true);
        clock.advance(0s);
        REQUIRE(has_user());
    }
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    bool has_user() const { return fetcher.view().snapshot->user(kUser) != nullptr; }
    void forget_calls() {
        first.calls.clear();
        second.calls.clear();
    }
};

TEST_CASE("failover: the second endpoint is not asked while the first is well", "[fetcher]") {
    World world;
    world.clock.advance(100s);
    CHECK(world.first.program_calls() == 11);
    CHECK(world.second.calls.empty());
}

TEST_CASE("failover: a poll that fails is made good by the next endpoint at once", "[fetcher]") {
    World world;
    world.first.fail_always();
    world.second.put(kUser, [] {
        auto changed = user();
        changed.tunnel_id = 600;
        return changed;
    }());
    world.clock.advance(10s);
    CHECK(world.fetcher.view().snapshot->user(kUser)->tunnel_id == 600);
    CHECK_FALSE(world.fetcher.view().error);
    CHECK_FALSE(world.fetcher.view().stale);
    CHECK(world.metrics.failovers.Value() == 1);
}

TEST_CASE("failover: the preferred endpoint is taken again when it is back", "[fetcher]") {
    World world;
    world.first.fail_always();
    world.clock.advance(10min);
    world.first.heal();
    world.clock.advance(10min);
    world.forget_calls();
    world.clock.advance(100s);
    CHECK(world.first.program_calls() == 10);
    CHECK(world.second.calls.empty());
}

TEST_CASE("failover: when all endpoints fail that is an error, once", "[fetcher]") {
    World world;
    world.first.fail_always();
    world.second.fail_always();
    world.clock.advance(60s);
    CHECK(world.fetcher.view().error);
    CHECK(world.has_user());
    CHECK(std::ranges::count_if(world.log, [](const auto& line) { return line.contains("WARN"); }) == 1);
}

TEST_CASE("failover: an endpoint that lost the network is turned away without a word to the user",
          "[fetcher]") {
    World world;
    world.first.clear();
    world.clock.advance(10s);
    CHECK(world.has_user());
    CHECK_FALSE(world.fetcher.view().error);
    CHECK_FALSE(world.fetcher.view().stale);
    CHECK(world.metrics.refused.Value() == 1);
}

TEST_CASE("failover: an endpoint that lags is left for one that does not", "[fetcher]") {
    World world;
    world.first.set_slot(10);
    world.second.set_slot(1000);
    world.clock.advance(10s);
    CHECK(world.fetcher.view().slot == Slot{1000});
    CHECK(world.fetcher.view().doubt.empty());
}

TEST_CASE("failover: what one endpoint says is gone, another has to say too", "[fetcher]") {
    World world;
    world.first.remove(kUser);
    world.clock.advance(10s);
    CHECK(world.fetcher.view().doubt == "user " + kUser.to_string() + " is missing from the answer");
    world.clock.advance(500ms);
    CHECK(world.has_user());
    CHECK(world.fetcher.view().doubt.empty());
    // The one that stood alone is not asked for a while.
    world.forget_calls();
    world.clock.advance(9s);
    CHECK(world.first.calls.empty());
    // Even for an hour it cannot talk us out of it.
    world.clock.advance(1h);
    CHECK(world.has_user());
    world.second.remove(kUser);
    world.clock.advance(10min);
    CHECK_FALSE(world.has_user());
}

TEST_CASE("failover: a hung endpoint leaves time for the next one within the same poll", "[fetcher]") {
    World world;
    world.first.latency = 1h;
    world.clock.advance(10s);
    CHECK(world.second.calls.empty());
    world.clock.advance(15s);  // half of the time a read may take
    CHECK(world.second.program_calls() == 1);
    CHECK_FALSE(world.fetcher.view().error);
}

}  // namespace
}  // namespace dz::fetcher
