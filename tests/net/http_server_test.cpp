#include "base/http_server.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "base/run.hpp"
#include "tests/net/raw_peer.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace dz;
using namespace dz::http;
namespace asio = boost::asio;

namespace {

/// Answers "METHOD path?query [header x-test] body".
Task<Response> echo(Request request) {
    std::string text = request.method + " " + request.path + "?" + request.query;
    if (const auto found = request.headers.find("x-test"); found != request.headers.end())
        text += " " + found->second;
    co_return Response{.body = text + " " + request.body, .content_type = "text/plain"};
}

Task<Response> who(Request request) {
    co_return Response{.body = request.peer_uid ? std::to_string(*request.peer_uid) : request.peer_address};
}

Task<Response> throwing(Request) {
    throw std::runtime_error("boom");
    co_return Response{};
}

Task<Response> nothing(Request) {
    co_return Response{.status = 204, .body = "ignored", .content_type = ""};
}

/// A server on a unix socket, its time in the test's hands.
struct Fixture {
    explicit Fixture(Limits limits = {}) : server(loop, clock, Log::to_lines(lines), router, limits) {
        router.on("GET", "/echo", echo);
        router.on("POST", "/echo", echo);
        router.on("GET", "/who", who);
        router.on("GET", "/throw", throwing);
        router.on("GET", "/nothing", nothing);
        router.on("GET", "/slow", [this](Request request) { return slow(std::move(request)); });
        REQUIRE(server.listen_unix(path, 0666));
        asio::co_spawn(loop, server.run(), asio::detached);
    }

    Task<Response> slow(Request) {
        in_slow = true;
        co_await clock.sleep_for(10s);
        co_return Response{.body = "done"};
    }

    std::string talk(std::string bytes) { return run(loop, test::talk(loop, path, std::move(bytes))); }

    /// Starts a conversation whose end the test awaits later; `answer` is set when the server has closed.
    void start(std::string bytes, std::optional<std::string>& answer) {
        asio::co_spawn(loop, test::talk(loop, path, std::move(bytes)),
                       [&answer](std::exception_ptr, std::string text) { answer = std::move(text); });
    }

    void run_until_connected() {
        loop.restart();
        while (clock.sleepers() != 1) REQUIRE(loop.run_one() == 1);
    }
    void run_until_in_slow() {
        loop.restart();
        while (!in_slow) REQUIRE(loop.run_one() == 1);
    }

    EventLoop loop;
    FakeClock clock{loop};
    std::vector<std::string> lines;
    test::TemporaryDirectory directory;
    std::filesystem::path path = directory / "s";
    bool in_slow = false;
    Router router;
    Server server;
};

constexpr const char* kClose = "Connection: close\r\n\r\n";

}  // namespace

TEST_CASE("server: a request reaches its handler with method, path, query and headers", "[net]") {
    Fixture fixture;
    CHECK(fixture.talk(std::string("GET /echo?a=1&b=%20 HTTP/1.1\r\nX-TEST: Yes\r\n") + kClose) ==
          "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: 24\r\n\r\n"
          "GET /echo?a=1&b=%20 Yes ");
}

TEST_CASE("server: a body arrives whole, by length and in chunks", "[net]") {
    Fixture fixture;
    CHECK(fixture.talk(std::string("POST /echo HTTP/1.1\r\nContent-Length: 5\r\n") + kClose + "hello")
              .ends_with("\r\n\r\nPOST /echo? hello"));
    CHECK(fixture
              .talk(std::string("POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n") + kClose +
                    "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n")
              .ends_with("\r\n\r\nPOST /echo? hello"));
}

TEST_CASE("server: requests on one connection are answered in turn, also when they come at once", "[net]") {
    Fixture fixture;
    const std::string answer =
        fixture.talk(std::string("GET /echo?1 HTTP/1.1\r\n\r\nGET /echo?2 HTTP/1.1\r\n") + kClose);
    const auto first = answer.find("GET /echo?1");
    const auto second = answer.find("GET /echo?2");
    REQUIRE(first != std::string::npos);
    REQUIRE(second != std::string::npos);
    CHECK(first < second);
}

TEST_CASE("server: an HTTP/1.0 client gets its answer and the end of the connection", "[net]") {
    Fixture fixture;
    const std::string answer = fixture.talk("GET /echo HTTP/1.0\r\n\r\n");
    CHECK(answer.starts_with("HTTP/1.0 200 OK\r\n"));
    CHECK(answer.ends_with("GET /echo? "));
}

TEST_CASE("server: HEAD has the header of GET and no body", "[net]") {
    Fixture fixture;
    const std::string answer = fixture.talk(std::string("HEAD /echo HTTP/1.1\r\n") + kClose);
    CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(answer.find("Content-Length: 12\r\n") != std::string::npos);
    CHECK(answer.ends_with("\r\n\r\n"));
}

TEST_CASE("server: unknown paths and methods get the router's answers", "[net]") {
    Fixture fixture;
    const std::string missing = fixture.talk(std::string("GET /x HTTP/1.1\r\n") + kClose);
    CHECK(missing.starts_with("HTTP/1.1 404 Not Found\r\n"));
    CHECK(missing.ends_with("\r\n\r\n404 page not found\n"));
    const std::string refused = fixture.talk(std::string("PATCH /echo HTTP/1.1\r\n") + kClose);
    CHECK(refused.starts_with("HTTP/1.1 405 Method Not Allowed\r\n"));
    CHECK(refused.find("\r\nAllow: GET, HEAD, POST\r\n") != std::string::npos);
}

TEST_CASE("server: a status without body is sent without one", "[net]") {
    Fixture fixture;
    CHECK(fixture.talk(std::string("GET /nothing HTTP/1.1\r\n") + kClose) ==
          "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
}

TEST_CASE("server: a handler that throws answers 500 and the server goes on", "[net]") {
    Fixture fixture;
    CHECK(fixture.talk(std::string("GET /throw HTTP/1.1\r\n\r\nGET /echo HTTP/1.1\r\n") + kClose)
              .starts_with("HTTP/1.1 500 Internal Server Error\r\n"));
    REQUIRE(fixture.lines.size() == 1);
    CHECK(fixture.lines[0].find("\"error\":\"boom\"") != std::string::npos);
}

TEST_CASE("server: a handler knows the user behind a unix socket", "[net]") {
    Fixture fixture;
    CHECK(fixture.talk(std::string("GET /who HTTP/1.1\r\n") + kClose)
              .ends_with("\r\n\r\n" + std::to_string(::getuid())));
}

TEST_CASE("server: garbage is answered 400 and closed", "[net]") {
    Fixture fixture;
    for (const char* bytes :
         {"\x16\x03\x01\x02", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\nbad header\r\n\r\n",
          "POST /echo HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
          "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"})
        CHECK(fixture.talk(std::string(bytes) + "\r\n\r\n").starts_with("HTTP/1.1 400 Bad Request\r\n"));
}

TEST_CASE("server: a header beyond its limit is answered 431", "[net]") {
    Fixture fixture({.max_header = 1024});
    CHECK(fixture.talk("GET /echo HTTP/1.1\r\nX-Test: " + std::string(900, 'x') + "\r\n" + kClose)
              .starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(fixture.talk("GET /echo HTTP/1.1\r\nX-Test: " + std::string(2000, 'x') + "\r\n" + kClose)
              .starts_with("HTTP/1.1 431 Request Header Fields Too Large\r\n"));
    CHECK(fixture.talk("GET /" + std::string(100'000, 'x'))
              .starts_with("HTTP/1.1 431 Request Header Fields Too Large\r\n"));
}

TEST_CASE("server: a body beyond its limit is answered 413, announced or not", "[net]") {
    Fixture fixture({.max_body = 1000});
    const std::string large(100'000, 'x');
    CHECK(fixture.talk("POST /echo HTTP/1.1\r\nContent-Length: 100000\r\n\r\n" + large)
              .starts_with("HTTP/1.1 413 Payload Too Large\r\n"));
    CHECK(fixture.talk("POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n186a0\r\n" + large)
              .starts_with("HTTP/1.1 413 Payload Too Large\r\n"));
}

TEST_CASE("server: a client that waits for 100 Continue is told to go on", "[net]") {
    Fixture fixture;
    CHECK(fixture
              .talk(std::string("POST /echo HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n") +
                    kClose + "ok")
              .starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"));
}

TEST_CASE("server: a client that does not finish its request in time is closed without an answer", "[net]") {
    for (const char* bytes : {"", "GET /echo HTT", "POST /echo HTTP/1.1\r\nContent-Length: 5\r\n\r\nhel"}) {
        Fixture fixture({.read_timeout = 60s});
        std::optional<std::string> answer;
        fixture.start(bytes, answer);
        fixture.run_until_connected();
        fixture.clock.advance(59s);
        CHECK(!answer);
        fixture.clock.advance(1s);
        REQUIRE(answer);
        CHECK(answer->empty());
    }
}

TEST_CASE("server: a slow handler has no deadline and delays nobody", "[net]") {
    Fixture fixture({.read_timeout = 1s, .write_timeout = 1s});
    std::optional<std::string> slow;
    fixture.start(std::string("GET /slow HTTP/1.1\r\n") + kClose, slow);
    fixture.run_until_in_slow();
    CHECK(fixture.talk(std::string("GET /echo HTTP/1.1\r\n") + kClose).ends_with("GET /echo? "));
    CHECK(!slow);
    fixture.clock.advance(10s);
    REQUIRE(slow);
    CHECK(slow->ends_with("\r\n\r\ndone"));
}

TEST_CASE("server: connections beyond the limit wait for their turn", "[net]") {
    Fixture fixture({.max_connections = 1});
    std::optional<std::string> first, second;
    fixture.start(std::string("GET /slow HTTP/1.1\r\n") + kClose, first);
    fixture.run_until_in_slow();
    fixture.start(std::string("GET /echo HTTP/1.1\r\n") + kClose, second);
    fixture.clock.advance(9s);
    CHECK(!second);
    fixture.clock.advance(1s);
    CHECK(first);
    REQUIRE(second);
    CHECK(second->ends_with("GET /echo? "));
}

TEST_CASE("server: stop closes idle clients at once, finishes answers, and removes the socket file",
          "[net]") {
    Fixture fixture;
    std::optional<std::string> idle, busy;
    fixture.start("", idle);
    fixture.run_until_connected();
    fixture.start("GET /slow HTTP/1.1\r\n\r\n", busy);
    fixture.run_until_in_slow();
    fixture.server.stop(15s);
    fixture.clock.advance(9s);
    CHECK(idle);
    CHECK(!busy);
    CHECK(!std::filesystem::exists(fixture.path));
    fixture.clock.advance(1s);
    REQUIRE(busy);
    CHECK(busy->ends_with("\r\n\r\ndone"));
    CHECK(busy->find("Connection: close") != std::string::npos);
}

TEST_CASE("server: an answer that outlasts the grace of stop is cut off", "[net]") {
    Fixture fixture;
    std::optional<std::string> busy;
    fixture.start("GET /slow HTTP/1.1\r\n\r\n", busy);
    fixture.run_until_in_slow();
    fixture.server.stop(1s);
    fixture.clock.advance(1s);
    REQUIRE(busy);
    CHECK(busy->empty());
}

TEST_CASE("server: run returns after stop, also when stop came first", "[net]") {
    EventLoop loop;
    FakeClock clock(loop);
    const Router router;
    Server server(loop, clock, Log::none(), router);
    REQUIRE(server.listen_tcp("localhost:0"));
    server.stop(0s);
    run(loop, server.run());
    SUCCEED();
}

TEST_CASE("server: a handler knows the address behind a TCP connection", "[net]") {
    EventLoop loop;
    FakeClock clock(loop);
    Router router;
    router.on("GET", "/who", who);
    Server server(loop, clock, Log::none(), router);
    const auto port = server.listen_tcp("localhost:0");
    REQUIRE(port);
    asio::co_spawn(loop, server.run(), asio::detached);
    asio::ip::tcp::socket socket(loop);
    socket.connect({asio::ip::address_v4::loopback(), *port});
    asio::write(socket, asio::buffer(std::string("GET /who HTTP/1.1\r\n") + kClose));
    std::string answer;
    std::optional<bool> read;
    asio::async_read(socket, asio::dynamic_buffer(answer),
                     [&](boost::system::error_code, std::size_t) { read = true; });
    while (!read) loop.run_one();
    CHECK(answer.ends_with("\r\n\r\n127.0.0.1"));
}
