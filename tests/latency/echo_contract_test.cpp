// What every EchoSocket must do.
#include <catch2/catch.hpp>
#include <set>

#include "tests/latency/echo_world.hpp"

using namespace dz;
using namespace dz::latency;

namespace {

/// Long enough for a busy machine; nobody waits for it where a reply comes.
constexpr Duration kLong = 20s;

}  // namespace

TEST_CASE("contract: nothing is sent before it is open, and opening twice is fine", "[latency]") {
    const auto world = make_echo_world();
    REQUIRE(world->socket().open());
    CHECK(world->socket().open());
    CHECK(world->socket().send(world->answering(), 1));
}

TEST_CASE("contract: a reply names who sent it and which request it answers", "[latency]") {
    const auto world = make_echo_world();
    REQUIRE(world->socket().open());
    const TimePoint before = world->clock().now();
    REQUIRE(world->socket().send(world->answering(), 4711));
    const auto reply = world->next(kLong);
    REQUIRE(reply);
    CHECK(reply->from == world->answering());
    CHECK(reply->sequence == 4711);
    CHECK(reply->at > before);
    CHECK(reply->at <= world->clock().now());
}

TEST_CASE("contract: every request of many is answered once", "[latency]") {
    const auto world = make_echo_world();
    REQUIRE(world->socket().open());
    constexpr std::uint16_t kCount = 200;
    std::set<std::uint16_t> missing;
    for (std::uint16_t i = 0; i < kCount; ++i) {
        REQUIRE(world->socket().send(world->answering(), i));
        missing.insert(i);
    }
    while (!missing.empty()) {
        const auto reply = world->next(kLong);
        REQUIRE(reply);
        CHECK(missing.erase(reply->sequence) == 1);
    }
}

TEST_CASE("contract: an address that is silent gives nothing, and keeps no other reply away", "[latency]") {
    const auto world = make_echo_world();
    REQUIRE(world->socket().open());
    (void)world->socket().send(world->silent(), 1);  // Linux may say at once that there is no route
    REQUIRE(world->socket().send(world->answering(), 2));
    const auto reply = world->next(kLong);
    REQUIRE(reply);
    CHECK(reply->from == world->answering());
    CHECK_FALSE(world->next(300ms));
}

TEST_CASE("contract: replies to other programs are not ours", "[latency]") {
    const auto world = make_echo_world();
    REQUIRE(world->socket().open());
    world->ping_by_others(7);
    REQUIRE(world->socket().send(world->answering(), 8));
    const auto reply = world->next(kLong);
    REQUIRE(reply);
    CHECK(reply->sequence == 8);
}
