// Tests that no client of the API costs more than its share: size, time and number.
#include <boost/asio/co_spawn.hpp>

#include "tests/daemon/world.hpp"
#include "tests/net/raw_peer.hpp"

using namespace dz;
using namespace dz::test;
using Catch::Contains;

namespace {

std::string say(World& world, std::string bytes) {
    return run(world.loop, talk(world.loop, world.settings.socket, std::move(bytes)));
}

}  // namespace

TEST_CASE("limits: a body or a header that is too long is refused, and changes nothing", "[daemon]") {
    World world;
    REQUIRE(world.start());
    world.pass(1s);
    CHECK_THAT(say(world, "POST /enable HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"),
               Contains(" 413 "));
    CHECK_THAT(say(world, "POST /enable HTTP/1.1\r\nHost: x\r\nX: " + std::string(40'000, 'x') + "\r\n\r\n"),
               Contains(" 431 "));
    CHECK_THAT(say(world, "nonsense\r\n\r\n"), Contains(" 400 "));
    CHECK_FALSE(world.status().reconciler_enabled);
}

TEST_CASE("limits: a request that never ends is cut off", "[daemon]") {
    World world;
    REQUIRE(world.start());
    world.pass(1s);
    std::optional<std::string> answer;
    boost::asio::co_spawn(
        world.loop,
        talk(world.loop, world.settings.socket, "POST /enable HTTP/1.1\r\nContent-Length: 5\r\n\r\n"),
        [&answer](std::exception_ptr, std::string text) { answer = std::move(text); });
    CHECK(world.settle([&] { return answer.has_value(); }));
    CHECK(answer == "");
    CHECK_FALSE(world.status().reconciler_enabled);
}

TEST_CASE("limits: readers of events beyond the limit are told so, and all else is answered", "[daemon]") {
    World world;
    REQUIRE(world.start());
    world.pass(1s);
    std::list<boost::asio::local::stream_protocol::socket> readers;
    const std::string request = "GET /v2/events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n";
    std::string last;
    for (int i = 0; i < 65; ++i) {
        auto& socket = readers.emplace_back(world.loop);
        socket.connect(world.settings.socket.native());
        boost::asio::write(socket, boost::asio::buffer(request));
        const auto first_line = [](boost::asio::local::stream_protocol::socket& from) -> Task<std::string> {
            std::string text;
            co_await boost::asio::async_read_until(from, boost::asio::dynamic_buffer(text), "\r\n",
                                                   boost::asio::use_awaitable);
            co_return text;
        };
        last = run(world.loop, first_line(socket));
        if (i < 64) CHECK_THAT(last, Contains(" 200 "));
    }
    CHECK_THAT(last, Contains(" 503 "));
    CHECK(world.ask("GET", "/status").status == 200);
}
