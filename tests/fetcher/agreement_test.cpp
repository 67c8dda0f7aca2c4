// Two endpoints have to agree before a tunnel leads anywhere new.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <catch2/catch.hpp>

#include "base/run.hpp"
#include "fetcher/fetcher.hpp"
#include "tests/support/fake_network.hpp"
#include "tests/support/fake_push.hpp"

namespace dz::fetcher {
namespace {

using namespace test;

struct World {
    EventLoop loop;
    FakeClock clock{loop};
    FakeRpc first{clock}, second{clock};
    FakePush push{loop, clock, first};
    metrics::Registry registry;
    Metrics metrics{registry};
    Fetcher fetcher;

    World()
        : fetcher(loop, clock, Sources({{&first, "first"}, {&second, "second"}}, {push.dial()}), metrics,
                  Log::none(), {.program = kProgram, .jitter = 0, .agreement = true, .trust = {}}) {
        for (FakeRpc* rpc : {&first, &second}) {
            found_network(*rpc);
            rpc->put(kUser, user());
        }
        boost::asio::co_spawn(loop, fetcher.run(), boost::asio::detached);
        fetcher.follow(kClientIp);
        fetcher.set_active(true);
        clock.advance(0s);
    }
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    Ipv4 endpoint() const {
        const auto ends = tunnel_ends(fetcher.view().snapshot.get(), kClientIp);
        return ends.empty() ? Ipv4() : ends.front().endpoint;
    }
};

const auto kElsewhere = device("dev-a", "9.66.66.66", "9.200.1.8/29");

TEST_CASE("agreement: what both endpoints say counts at once", "[fetcher]") {
    World world;
    CHECK(world.endpoint() == ip("9.200.0.1"));
    CHECK(world.metrics.disagreements.Value() == 0);
}

TEST_CASE("agreement: one endpoint alone cannot move a tunnel", "[fetcher]") {
    World world;
    world.first.put(kDeviceA, kElsewhere);
    world.clock.advance(1h);
    CHECK(world.endpoint() == ip("9.200.0.1"));
    CHECK(world.metrics.disagreements.Value() > 0);
}

TEST_CASE("agreement: the status says who does not agree about what", "[fetcher]") {
    World world;
    world.push.silent = true;
    world.first.put(kDeviceA, kElsewhere);
    world.fetcher.poke();
    world.clock.advance(0s);
    CHECK(world.fetcher.view().doubt ==
          "first and second do not agree where the tunnel of user " + kUser.to_string() + " leads");
}

TEST_CASE("agreement: a tunnel moves when the second endpoint says so too", "[fetcher]") {
    World world;
    world.first.put(kDeviceA, kElsewhere);
    world.clock.advance(30s);
    world.second.put(kDeviceA, kElsewhere);
    world.clock.advance(5min);
    CHECK(world.endpoint() == ip("9.66.66.66"));
    CHECK(world.fetcher.view().doubt.empty());
}

TEST_CASE("agreement: while the second endpoint is down nothing moves, and nothing is lost", "[fetcher]") {
    World world;
    world.second.fail_always();
    world.first.put(kDeviceA, kElsewhere);
    world.clock.advance(1h);
    CHECK(world.endpoint() == ip("9.200.0.1"));
}

TEST_CASE("agreement: a user on a new device needs both too", "[fetcher]") {
    World world;
    auto moved = user();
    moved.device_pk = kDeviceB;
    world.first.put(kUser, moved);
    world.clock.advance(1h);
    CHECK(world.endpoint() == ip("9.200.0.1"));
    world.second.put(kUser, moved);
    world.clock.advance(10min);
    CHECK(world.endpoint() == ip("9.200.0.2"));
}

TEST_CASE("agreement: what does not move a tunnel needs one endpoint", "[fetcher]") {
    World world;
    auto renamed = user();
    renamed.tunnel_id = 9;
    world.first.put(kUser, renamed);
    world.clock.advance(0s);
    CHECK(world.fetcher.view().snapshot->user(kUser)->tunnel_id == 9);
    CHECK(world.second.program_calls() == 1);
}

}  // namespace
}  // namespace dz::fetcher
