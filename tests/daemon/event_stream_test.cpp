// Tests for GET /v2/events as a stream: what comes, when, and from where on.
#include <boost/asio/co_spawn.hpp>

#include "tests/daemon/world.hpp"

using namespace dz;
using namespace dz::test;

namespace {

const Ipv4 kPeer = ip("169.254.0.0");

/// What somebody hears who follows the daemon's events; may be gone before the stream is.
struct Heard {
    std::vector<std::string> ids;
    std::vector<daemon::api::EventRow> events;
    std::optional<Result<>> ended;
};

std::shared_ptr<Heard> follow(World& world, std::string last = "") {
    auto heard = std::make_shared<Heard>();
    const auto take = [heard](const std::string& id, const daemon::api::EventRow& event) {
        heard->ids.push_back(id);
        heard->events.push_back(event);
    };
    boost::asio::co_spawn(world.loop, world.client.follow_events(std::move(last), take),
                          [heard](std::exception_ptr, Result<> result) { heard->ended = std::move(result); });
    return heard;
}

void bring_up(World& world) {
    world.write_state(R"({"reconciler_enabled":true})");
    world.rpc.put(kUser, user());
    REQUIRE(world.start());
    REQUIRE(world.settle([&] { return world.speaker.peer(kPeer).has_value(); }));
    world.speaker.establish(kPeer);
    world.pass(1s);
}

std::vector<daemon::api::EventRow> all(World& world) {
    return run(world.loop, world.client.events()).value().events;
}

}  // namespace

TEST_CASE("event stream: what was comes first, then what happens, each once and in order", "[daemon]") {
    World world;
    bring_up(world);
    const auto before = all(world);
    REQUIRE_FALSE(before.empty());
    const auto reader = follow(world);
    REQUIRE(world.settle([&] { return reader->events.size() == before.size(); }));
    CHECK(reader->events == before);
    world.kernel.unplug("doublezero0");
    REQUIRE(world.settle([&] { return world.kernel_has("tunnel doublezero0"); }));
    const auto after = all(world);
    REQUIRE(after.size() > before.size());
    CHECK(world.settle([&] { return reader->events.size() == after.size(); }));
    CHECK(reader->events == after);
    CHECK_FALSE(reader->ended);
    world.daemon->stop();
    CHECK(world.settle([&] { return reader->ended.has_value(); }));
    CHECK(reader->ended->error().code == Errc::Unavailable);
}

TEST_CASE("event stream: it goes on after the last one seen, but begins anew with another daemon",
          "[daemon]") {
    World world;
    bring_up(world);
    const auto before = all(world);
    REQUIRE(before.size() >= 2);
    const auto first = follow(world);
    REQUIRE(world.settle([&] { return first->events.size() == before.size(); }));

    const auto second = follow(world, first->ids.front());
    REQUIRE(world.settle([&] { return second->events.size() == before.size() - 1; }));
    CHECK(second->events.front().id == before.front().id + 1);

    for (const char* other : {"0-1", "7", "-", "no number at all"}) {
        CAPTURE(other);
        const auto third = follow(world, other);
        CHECK(world.settle([&] { return third->events.size() == before.size(); }));
        CHECK(third->events == before);
    }
}
