#include "base/websocket.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "base/encoding.hpp"
#include "base/http_server.hpp"
#include "base/run.hpp"
#include "tests/net/raw_peer.hpp"

using namespace dz;
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

const std::string kUpgrade =
    "GET /ws HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// A short frame as clients send them: masked, here with zeros.
std::string frame(char first, const std::string& payload) {
    return std::string({first, static_cast<char>(0x80 | payload.size()), 0, 0, 0, 0}) + payload;
}
constexpr char kText = '\x81';
constexpr char kPong = '\x8a';

/// One end of a conversation: sends what it is told, then listens until the end.
struct Speaker {
    Task<> talk(ws::Connection& connection) {
        ++begun;
        for (const std::string& message : to_send) {
            if (const auto sent = connection.send(message); !sent) end = sent.error();
        }
        while (received.size() < stop_after) {
            auto message = co_await connection.receive();
            if (!message) {
                end = message.error();
                break;
            }
            if (echoes) CHECK(connection.send("<" + *message + ">"));
            received.push_back(*std::move(message));
        }
        ended = true;
    }
    ws::Handler handler() {
        return [this](ws::Connection& connection) { return talk(connection); };
    }

    std::vector<std::string> to_send;
    bool echoes = false;
    std::size_t stop_after = 1'000'000;
    std::size_t begun = 0;
    bool ended = false;
    std::vector<std::string> received;
    std::optional<Error> end;
};

Task<http::Response> plain(http::Request) {
    co_return http::Response{.body = "plain"};
}
Task<> throwing(ws::Connection&) {
    throw std::runtime_error("boom");
    co_return;
}

/// A server whose path /ws is `speaker`'s, and time that stands still.
struct Fixture {
    explicit Fixture(ws::Limits limits = {}, http::Limits server_limits = {})
        : server(loop, clock, Log::to_lines(lines), router, server_limits) {
        router.on_websocket("/ws", limits, speaker.handler());
        router.on_websocket("/throw", limits, throwing);
        router.on("GET", "/plain", plain);
        port = server.listen_tcp("127.0.0.1:0").value();
        asio::co_spawn(loop, server.run(), asio::detached);
    }
    ~Fixture() {
        server.stop(0s);
        loop.restart();
        loop.poll();
    }

    std::string url(const std::string& path = "/ws") const {
        return "ws://127.0.0.1:" + std::to_string(port) + path;
    }
    Result<> dial(Speaker& client, const std::string& path = "/ws") {
        return run(loop, ws::dial(loop, clock, {.url = url(path)}, client.handler()));
    }
    template <class Condition>
    void run_until(Condition condition) {
        loop.restart();
        while (!condition()) REQUIRE(loop.run_one() == 1);
    }

    EventLoop loop;
    FakeClock clock{loop};
    std::vector<std::string> lines;
    Speaker speaker;
    http::Router router;
    http::Server server;
    std::uint16_t port = 0;
};

/// A client byte by byte: what it gets collects in `answer` for as long as it reads.
struct RawClient {
    explicit RawClient(Fixture& owner, const std::string& bytes, bool reads = true)
        : fixture(owner), socket(owner.loop) {
        socket.connect({asio::ip::address_v4::loopback(), fixture.port});
        write(bytes);
        if (reads) read_more();
    }
    void write(const std::string& bytes) { asio::write(socket, asio::buffer(bytes)); }
    void read_more() {
        socket.async_read_some(asio::buffer(chunk), [this](error_code error, std::size_t size) {
            answer.append(chunk.data(), size);
            closed = static_cast<bool>(error);
            if (!error) read_more();
        });
    }
    std::string until_closed() {
        fixture.run_until([&] { return closed; });
        return answer;
    }
    void until(const std::string& text) {
        fixture.run_until([&] { return answer.find(text) != std::string::npos; });
    }
    ~RawClient() {
        error_code ignored;
        socket.close(ignored);
        if (fixture.loop.stopped()) fixture.loop.restart();
        fixture.loop.poll();
    }

    Fixture& fixture;
    tcp::socket socket;
    std::array<char, 4096> chunk{};
    std::string answer;
    bool closed = false;
};

}  // namespace

TEST_CASE("websocket: messages go both ways and in order, however long", "[net]") {
    Fixture fixture;
    fixture.speaker.echoes = true;
    Speaker client;
    client.to_send = {"one", std::string(1'000'000, 'x'), "", "ü"};
    client.stop_after = 4;
    REQUIRE(fixture.dial(client));
    REQUIRE(client.received.size() == 4);
    CHECK(client.received[0] == "<one>");
    CHECK(client.received[1].size() == 1'000'002);
    CHECK(client.received[2] == "<>");
    CHECK(client.received[3] == "<ü>");
    fixture.run_until([&] { return fixture.speaker.ended; });
    CHECK(fixture.speaker.end->code == Errc::Unavailable);
}

TEST_CASE("websocket: the handshake is that of RFC 6455", "[net]") {
    Fixture fixture;
    RawClient client(fixture, kUpgrade);
    client.until("\r\n\r\n");
    CHECK(client.answer.starts_with("HTTP/1.1 101 Switching Protocols\r\n"));
    CHECK(client.answer.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n") != std::string::npos);
}

TEST_CASE("websocket: what was queued is sent before the connection is closed", "[net]") {
    Fixture fixture;
    fixture.speaker.to_send.assign(100, std::string(10'000, 'y'));
    fixture.speaker.stop_after = 0;
    Speaker client;
    REQUIRE(fixture.dial(client));
    CHECK(client.received.size() == 100);
    CHECK(client.end->code == Errc::Unavailable);
}

TEST_CASE("websocket: a message beyond the limit ends the connection on both sides", "[net]") {
    Fixture fixture({.max_message = 1000});
    Speaker client;
    client.to_send = {std::string(1000, 'x'), std::string(1001, 'x')};
    REQUIRE(fixture.dial(client));
    CHECK(client.end);
    fixture.run_until([&] { return fixture.speaker.ended; });
    CHECK(fixture.speaker.received.size() == 1);
    CHECK(fixture.speaker.end->code == Errc::LimitExceeded);
}

TEST_CASE("websocket: a peer that does not read is dropped when its queue is full", "[net]") {
    Fixture fixture({.max_queue = 1U << 20});
    // More than the kernel's buffers and the queue hold together.
    fixture.speaker.to_send.assign(100, std::string(100'000, 'z'));
    RawClient client(fixture, kUpgrade, false);
    fixture.run_until([&] { return fixture.speaker.ended; });
    CHECK(fixture.speaker.received.empty());
    client.read_more();
    client.until_closed();
    CHECK(client.answer.size() < 2U << 20);
}

TEST_CASE("websocket: a peer that takes a message too slowly is dropped", "[net]") {
    // Longer than the kernel's buffers on both sides.
    Fixture fixture({.max_queue = 256U << 20, .ping_after = 3600s, .write_timeout = 30s});
    fixture.speaker.to_send.assign(1, std::string(30'000'000, 'z'));
    RawClient client(fixture, kUpgrade, false);
    fixture.run_until([&] { return fixture.speaker.begun == 1; });
    fixture.loop.poll();
    fixture.clock.advance(29s);
    CHECK_FALSE(fixture.speaker.ended);
    fixture.clock.advance(1s);
    fixture.run_until([&] { return fixture.speaker.ended; });
    CHECK(fixture.speaker.end->code == Errc::Unavailable);
}

TEST_CASE("websocket: a silent peer is pinged, and dropped when it stays silent", "[net]") {
    Fixture fixture({.ping_after = 30s});
    RawClient client(fixture, kUpgrade);
    client.until("\r\n\r\n");
    const std::size_t header = client.answer.size();
    fixture.run_until([&] { return fixture.speaker.begun == 1; });
    fixture.loop.poll();
    fixture.clock.advance(30s);
    client.until(std::string("\x89\x00", 2));
    SECTION("a pong keeps the connection") {
        client.write(frame(kPong, "") + frame(kText, "I live"));
        fixture.run_until([&] { return fixture.speaker.received.size() == 1; });
        fixture.clock.advance(31s);
        CHECK_FALSE(fixture.speaker.ended);
        fixture.run_until([&] { return client.answer.size() == header + 4; });
    }
    SECTION("silence ends it") {
        fixture.clock.advance(30s);
        fixture.run_until([&] { return fixture.speaker.ended; });
        client.until_closed();
    }
}

TEST_CASE("websocket: what is no frame, or no text, ends the connection", "[net]") {
    for (const std::string& bytes :
         {std::string(16, static_cast<char>(0xff)), frame('\x83', "reserved opcode"),
          std::string("\x81\x05hello"), frame('\x80', "continues nothing"), frame(kText, "\xc3\x28")}) {
        Fixture fixture;
        RawClient client(fixture, kUpgrade);
        client.until("\r\n\r\n");
        client.write(bytes);
        client.until("\x88");  // a close frame, after which it is the peer that ends the connection
        client.socket.shutdown(tcp::socket::shutdown_send);
        fixture.run_until([&] { return fixture.speaker.ended; });
        CHECK(fixture.speaker.end);
        CHECK(fixture.speaker.received.empty());
        client.until_closed();
    }
}

TEST_CASE("websocket: an upgrade that is not in order is refused", "[net]") {
    Fixture fixture;
    const auto refusal = [&](const std::string& from, const std::string& to) {
        std::string request = kUpgrade;
        request.replace(request.find(from), from.size(), to);
        return RawClient(fixture, request).until_closed();
    };
    CHECK(refusal("Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 7").starts_with("HTTP/1.1 426 "));
    CHECK(refusal("Sec-WebSocket-Key", "X-Key").starts_with("HTTP/1.1 400 "));
    CHECK(
        refusal("/ws HTTP/1.1\r\n", "/other HTTP/1.1\r\nConnection: close\r\n").starts_with("HTTP/1.1 404 "));
    CHECK(refusal("/ws HTTP/1.1\r\n", "/plain HTTP/1.1\r\nConnection: close\r\n").ends_with("plain"));
    CHECK(fixture.speaker.begun == 0);
}

TEST_CASE("websocket: beyond the limit of connections the answer is 503, and plain requests go on", "[net]") {
    Fixture fixture({}, {.max_websockets = 1});
    RawClient first(fixture, kUpgrade);
    first.until("101 Switching");
    RawClient second(fixture, kUpgrade);
    second.until("HTTP/1.1 503 ");
    CHECK(RawClient(fixture, "GET /plain HTTP/1.0\r\n\r\n").until_closed().ends_with("plain"));
    first.socket.close();
    fixture.run_until([&] { return fixture.speaker.ended; });
    RawClient third(fixture, kUpgrade);
    third.until("101 Switching");
}

TEST_CASE("websocket: a handler that throws is logged and its connection closed", "[net]") {
    Fixture fixture;
    Speaker client;
    REQUIRE(fixture.dial(client, "/throw"));
    CHECK(client.end);
    REQUIRE(fixture.lines.size() == 1);
    CHECK(fixture.lines[0].find("\"error\":\"boom\"") != std::string::npos);
}

TEST_CASE("websocket: stopping the server ends its conversations at once", "[net]") {
    Fixture fixture;
    RawClient client(fixture, kUpgrade);
    fixture.run_until([&] { return fixture.speaker.begun == 1; });
    fixture.server.stop(3600s);
    fixture.run_until([&] { return fixture.speaker.ended; });
    client.until_closed();
}

TEST_CASE("websocket: dialling fails with a reason, and the handler is not called", "[net]") {
    Fixture fixture;
    Speaker client;
    const auto code = [&](const std::string& url) {
        const auto done =
            run(fixture.loop, ws::dial(fixture.loop, fixture.clock, {.url = url}, client.handler()));
        REQUIRE_FALSE(done);
        CHECK(done.error().text.find("secret") == std::string::npos);
        return done.error().code;
    };
    CHECK(code("nonsense://secret") == Errc::BadValue);
    CHECK(code("http://127.0.0.1/secret") == Errc::BadValue);
    CHECK(code("ws:// secret") == Errc::BadValue);
    CHECK(code(fixture.url("/plain?secret")) == Errc::Unavailable);
    tcp::acceptor unused(fixture.loop, {asio::ip::address_v4::loopback(), 0});
    const auto refused = "ws://127.0.0.1:" + std::to_string(unused.local_endpoint().port()) + "/secret";
    unused.close();
    CHECK(code(refused) == Errc::Unavailable);
    CHECK(client.begun == 0);
}

TEST_CASE("websocket: a server that does not answer the handshake is given up", "[net]") {
    EventLoop loop;
    FakeClock clock(loop);
    test::RawServer server(loop, {""}, true);
    asio::co_spawn(loop, server.run(), asio::detached);
    std::optional<Result<>> outcome;
    std::string url = server.url();
    asio::co_spawn(loop, ws::dial(loop, clock, {.url = url.replace(0, 4, "ws")}, Speaker().handler()),
                   [&](const std::exception_ptr&, Result<> done) { outcome = std::move(done); });
    while (server.request().empty()) loop.run_one();
    loop.poll();
    clock.advance(10s);
    while (!outcome) loop.run_one();
    CHECK(outcome->error().code == Errc::Timeout);
}
