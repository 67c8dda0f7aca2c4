// Tests for answers in pieces: what is on the wire, who ends them, and that they crowd nobody out.
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <catch2/catch.hpp>

#include "base/http_client.hpp"
#include "base/http_server.hpp"
#include "base/run.hpp"
#include "tests/net/raw_peer.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace dz;
using namespace dz::http;
namespace asio = boost::asio;
using Catch::Contains;

namespace {

struct Fixture {
    explicit Fixture(Limits limits = {}) : server(loop, clock, Log::none(), router, limits) {
        router.on("GET", "/count", [this](const Request&) { return count(); });
        router.on("GET", "/endless", [this](const Request&) { return endless(); });
        REQUIRE(server.listen_unix(path, 0666));
        asio::co_spawn(loop, server.run(), asio::detached);
    }
    Task<Response> count() {
        co_return Response{.body = "0;", .content_type = "text/plain", .more = [this] { return next(); }};
    }
    Task<std::optional<std::string>> next() {
        if (++pieces > 3) co_return std::nullopt;
        co_return std::to_string(pieces) + ";";
    }
    /// Says nothing more, ever. `alive` tells whether it is still waiting.
    Task<Response> endless() {
        const auto here = std::make_shared<int>();
        alive = here;
        co_return Response{
            .body = "hello", .content_type = "text/plain", .more = [this, here] { return wait(here); }};
    }
    Task<std::optional<std::string>> wait(std::shared_ptr<int>) {
        co_await clock.sleep_for(24h);
        co_return "late";
    }
    void run_until(const std::function<bool()>& done) {
        while (!done()) {
            loop.restart();
            REQUIRE(loop.run_one() == 1);
        }
    }

    EventLoop loop;
    FakeClock clock{loop};
    test::TemporaryDirectory directory;
    std::filesystem::path path = directory / "s";
    Router router;
    Server server;
    int pieces = 0;
    std::weak_ptr<int> alive;
};

/// Connects and asks for /endless.
Task<> ask(asio::local::stream_protocol::socket& socket, std::filesystem::path path) {
    co_await socket.async_connect(path.native(), asio::use_awaitable);
    const std::string request = "GET /endless HTTP/1.1\r\nHost: x\r\n\r\n";
    co_await asio::async_write(socket, asio::buffer(request), asio::use_awaitable);
}

}  // namespace

TEST_CASE("http stream: each piece is a chunk, and the connection ends with the last", "[net]") {
    Fixture world;
    const auto answer =
        run(world.loop, test::talk(world.loop, world.path, "GET /count HTTP/1.1\r\nHost: x\r\n\r\n"));
    CHECK_THAT(answer, Catch::StartsWith("HTTP/1.1 200 OK\r\n") &&
                           Contains("Transfer-Encoding: chunked\r\n") && Contains("Connection: close\r\n") &&
                           !Contains("Content-Length") &&
                           Catch::EndsWith("\r\n\r\n2\r\n0;\r\n2\r\n1;\r\n2\r\n2;\r\n2\r\n3;\r\n0\r\n\r\n"));
}

TEST_CASE("http stream: who speaks HTTP/1.0 gets the bytes as they are", "[net]") {
    Fixture world;
    const auto answer = run(world.loop, test::talk(world.loop, world.path, "GET /count HTTP/1.0\r\n\r\n"));
    CHECK_THAT(answer, Catch::EndsWith("\r\n\r\n0;1;2;3;") && !Contains("chunked"));
}

TEST_CASE("http stream: HEAD gets no pieces", "[net]") {
    Fixture world;
    const auto answer = run(
        world.loop, test::talk(world.loop, world.path, "HEAD /count HTTP/1.1\r\nConnection: close\r\n\r\n"));
    CHECK_THAT(answer, Catch::EndsWith("\r\n\r\n"));
    CHECK(world.pieces == 0);
}

TEST_CASE("http stream: a client that leaves ends what waits for it", "[net]") {
    Fixture world;
    asio::local::stream_protocol::socket socket(world.loop);
    run(world.loop, ask(socket, world.path));
    world.run_until([&] { return !world.alive.expired() && world.clock.sleepers() > 0; });
    socket.close();
    world.run_until([&] { return world.alive.expired(); });
    SUCCEED("nobody waits");
}

TEST_CASE("http stream: stopping the server ends all of them at once", "[net]") {
    Fixture world;
    asio::local::stream_protocol::socket socket(world.loop);
    run(world.loop, ask(socket, world.path));
    world.run_until([&] { return !world.alive.expired() && world.clock.sleepers() > 0; });
    world.server.stop(0s);
    world.run_until([&] { return world.alive.expired(); });
    SUCCEED("nobody waits");
}

TEST_CASE("http stream: beyond the limit the answer is 503, and other requests still find room", "[net]") {
    Fixture world({.max_streams = 1});
    asio::local::stream_protocol::socket socket(world.loop);
    run(world.loop, ask(socket, world.path));
    world.run_until([&] { return !world.alive.expired() && world.clock.sleepers() > 0; });
    const auto answer = run(world.loop, test::talk(world.loop, world.path, "GET /count HTTP/1.0\r\n\r\n"));
    CHECK_THAT(answer, Contains("503") && Contains("Too Many Streams\n"));
}

TEST_CASE("http stream: the client hands on what comes, and hears of the end", "[net]") {
    Fixture world;
    Client client(world.loop);
    std::string got;
    ClientRequest request{.url = "http://x/count", .unix_socket = world.path.string()};
    request.on_body = [&got](std::string_view piece) { got += piece; };
    const auto answer = run(world.loop, client.send(std::move(request)));
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(answer->body.empty());
    CHECK(got == "0;1;2;3;");
}
