#include "fetcher/follower.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <catch2/catch.hpp>

#include "base/run.hpp"
#include "tests/support/fake_network.hpp"
#include "tests/support/fake_push.hpp"

namespace dz::fetcher {
namespace {

using namespace test;

const ledger::AccountTopic kTopic{kDeviceA};

struct World {
    EventLoop loop;
    FakeClock clock{loop};
    FakeRpc rpc{clock}, other_rpc{clock};
    FakePush push{loop, clock, rpc}, other{loop, clock, other_rpc};
    metrics::Registry registry;
    Metrics metrics{registry};
    std::vector<std::string> log;
    std::vector<std::string> heard;
    Follower follower;

    explicit World(bool two_places = false)
        : follower(loop, clock, places(two_places), metrics, Log::to_lines(log), {}) {
        follower.listen({.live = [this](bool anew) { heard.emplace_back(anew ? "live anew" : "live"); },
                         .lost = [this] { heard.emplace_back("lost"); },
                         .changed = [this](const ledger::AccountChange&) { heard.emplace_back("changed"); }});
        boost::asio::co_spawn(loop, follower.run(), boost::asio::detached);
        settle();
    }
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    std::vector<Dial> places(bool two) {
        return two ? std::vector<Dial>{push.dial(), other.dial()} : std::vector<Dial>{push.dial()};
    }
    void settle() { clock.advance(0s); }
    std::size_t warnings() const {
        return static_cast<std::size_t>(
            std::ranges::count_if(log, [](const auto& line) { return line.contains("WARN"); }));
    }
};

TEST_CASE("follower: it connects when something is wanted, and no sooner", "[fetcher]") {
    World world;
    world.clock.advance(60s);
    CHECK(world.push.dials == 0);
    world.follower.want({kTopic});
    world.settle();
    CHECK(world.follower.live());
    CHECK(world.heard == std::vector<std::string>{"live anew"});
    CHECK(world.metrics.push_live.Value() == 1);
}

TEST_CASE("follower: what changes is told", "[fetcher]") {
    World world;
    world.follower.want({kTopic});
    world.settle();
    world.rpc.put(kDeviceA, device("dev-a", "9.200.0.1", "9.200.1.8/29"));
    world.rpc.put(kDeviceB, device("dev-b", "9.200.0.2", "9.200.2.8/29"));
    world.settle();
    CHECK(world.heard == std::vector<std::string>{"live anew", "changed"});
}

TEST_CASE("follower: more wishes are subscribed to on the same connection", "[fetcher]") {
    World world;
    world.follower.want({kTopic});
    world.settle();
    world.follower.want({kTopic, ledger::AccountTopic{kDeviceB}});
    CHECK_FALSE(world.follower.live());
    world.settle();
    CHECK(world.follower.live());
    CHECK(world.push.dials == 1);
    CHECK(world.heard == std::vector<std::string>{"live anew", "live"});
}

TEST_CASE("follower: a cut connection is made again within seconds", "[fetcher]") {
    World world;
    world.follower.want({kTopic});
    world.clock.advance(60s);
    world.push.cut();
    world.settle();
    CHECK_FALSE(world.follower.live());
    CHECK(world.metrics.push_live.Value() == 0);
    world.clock.advance(1s);
    CHECK(world.follower.live());
    CHECK(world.heard == std::vector<std::string>{"live anew", "lost", "live anew"});
}

TEST_CASE("follower: a server that cannot be had is tried ever more seldom, and named once", "[fetcher]") {
    World world;
    world.push.refuses = true;
    world.follower.want({kTopic});
    world.clock.advance(60s);
    const int first_minute = world.push.dials;
    world.clock.advance(30min);
    CHECK(first_minute >= 5);
    CHECK(world.push.dials - first_minute <= 62);
    CHECK(world.push.dials - first_minute >= 28);
    CHECK(world.warnings() == 1);
    world.push.refuses = false;
    world.clock.advance(60s);
    CHECK(world.follower.live());
}

TEST_CASE("follower: a server that refuses the subscription is left for the next place", "[fetcher]") {
    World world(true);
    world.push.rejects = true;
    world.follower.want({kTopic});
    world.clock.advance(2s);
    CHECK(world.follower.live());
    CHECK(world.other.connected());
    CHECK_FALSE(world.push.connected());
}

TEST_CASE("follower: a server that never confirms is given up", "[fetcher]") {
    World world(true);
    world.push.confirms = false;
    world.follower.want({kTopic});
    world.clock.advance(9s);
    CHECK(world.push.connected());
    world.clock.advance(3s);
    CHECK_FALSE(world.push.connected());
    CHECK(world.follower.live());
}

TEST_CASE("follower: with nothing wanted the connection ends, without a word of loss to the log",
          "[fetcher]") {
    World world;
    world.follower.want({kTopic});
    world.settle();
    world.follower.want({});
    world.settle();
    CHECK_FALSE(world.push.connected());
    CHECK(world.warnings() == 0);
    world.clock.advance(60s);
    CHECK(world.push.dials == 1);
}

TEST_CASE("follower: without places it does nothing", "[fetcher]") {
    World world;
    Follower idle(world.loop, world.clock, {}, world.metrics, Log::none(), {});
    boost::asio::co_spawn(world.loop, idle.run(), boost::asio::detached);
    idle.want({kTopic});
    world.clock.advance(60s);
    CHECK_FALSE(idle.live());
}

}  // namespace
}  // namespace dz::fetcher
