#include "base/http_client.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <cerrno>

#include "base/bytes.hpp"
#include "base/http_server.hpp"
#include "base/run.hpp"
#include "tests/net/raw_peer.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace dz;
using namespace dz::http;
namespace asio = boost::asio;

namespace {

std::string header(const Request& request, const std::string& name) {
    const auto found = request.headers.find(name);
    return found == request.headers.end() ? "-" : found->second;
}

/// What a server sees of a request.
Task<Response> show(Request request) {
    co_return Response{.body = request.method + " " + request.path + " type=" +
                               header(request, "content-type") + " key=" + header(request, "x-key") +
                               " expect=" + header(request, "expect") + " body=" + request.body};
}

Task<Response> length(Request request) {
    co_return Response{.body = std::to_string(request.body.size())};
}
Task<Response> unwell(Request) {
    co_return Response{.status = 503, .body = "later"};
}

/// "hello hello hello hello hello" by gzip.
const char* const kHelloGzip = "1f8b0800000000000203cb48cdc9c957c8c04e0200f6d253381d000000";

Task<Response> compressed(Request) {
    co_return Response{.body = std::string(as_text(from_hex(kHelloGzip).value())),
                       .headers = {{"Content-Encoding", "gzip"}}};
}

Task<std::pair<Result<ClientResponse>, Result<ClientResponse>>> both(Client& client, ClientRequest one,
                                                                     ClientRequest two) {
    using namespace asio::experimental::awaitable_operators;
    auto [first, second] = co_await (client.send(std::move(one)) && client.send(std::move(two)));
    co_return std::pair{std::move(first), std::move(second)};
}

struct Fixture {
    Fixture() {
        for (const char* method : {"GET", "POST", "PUT"}) router.on(method, "/show", show);
        router.on("POST", "/length", length);
        router.on("GET", "/unwell", unwell);
        router.on("GET", "/gzip", compressed);
        router.on("GET", "/never", [this](Request request) { return never(std::move(request)); });
        REQUIRE(server.listen_unix(path, 0600));
        const auto port = server.listen_tcp("127.0.0.1:0");
        REQUIRE(port);
        base = "http://127.0.0.1:" + std::to_string(*port);
        asio::co_spawn(loop, server.run(), asio::detached);
    }

    Task<Response> never(Request) {
        ++hanging;
        co_await clock.sleep_until(TimePoint::max());
        co_return Response{};
    }

    Result<ClientResponse> send(ClientRequest request) { return run(loop, client.send(std::move(request))); }
    Result<ClientResponse> get(const std::string& route) { return send({.url = base + route}); }

    EventLoop loop;
    FakeClock clock{loop};
    test::TemporaryDirectory directory;
    std::filesystem::path path = directory / "s";
    std::string base;
    int hanging = 0;
    Router router;
    Server server{loop, clock, Log::none(), router};
    Client client{loop};
};

/// A loop with a server that misbehaves.
struct Rude {
    explicit Rude(std::vector<std::string> answers, bool hang = false)
        : server(loop, std::move(answers), hang) {
        asio::co_spawn(loop, server.run(), asio::detached);
    }
    Result<ClientResponse> get(ClientRequest request = {}) {
        request.url = server.url();
        return run(loop, client.send(std::move(request)));
    }

    EventLoop loop;
    test::RawServer server;
    Client client{loop};
};

}  // namespace

TEST_CASE("client: GET brings status, body and content type", "[net]") {
    Fixture fixture;
    const auto response = fixture.get("/show");
    REQUIRE(response);
    CHECK(response->status == 200);
    CHECK(response->body == "GET /show type=- key=- expect=- body=");
    CHECK(response->content_type == "application/json");
    CHECK(response->bytes_on_wire == response->body.size());
}

TEST_CASE("client: body, method and headers are sent as given, without libcurl's own", "[net]") {
    Fixture fixture;
    CHECK(fixture.send({.method = "POST", .url = fixture.base + "/show", .body = "{}"})->body ==
          "POST /show type=- key=- expect=- body={}");
    CHECK(fixture.send({.method = "POST", .url = fixture.base + "/show"})->body ==
          "POST /show type=- key=- expect=- body=");
    CHECK(fixture
              .send({.method = "PUT",
                     .url = fixture.base + "/show",
                     .body = std::string("a\0b", 3),
                     .headers = {{"Content-Type", "text/x"}, {"X-Key", "k"}}})
              ->body == std::string("PUT /show type=text/x key=k expect=- body=a\0b", 45));
}

TEST_CASE("client: a body of a megabyte goes through", "[net]") {
    Fixture fixture;
    CHECK(
        fixture.send({.method = "POST", .url = fixture.base + "/length", .body = std::string(1 << 20, 'x')})
            ->body == "1048576");
}

TEST_CASE("client: a unix socket is reached by its path", "[net]") {
    Fixture fixture;
    const auto response = fixture.send({.url = "http://daemon/show", .unix_socket = fixture.path});
    REQUIRE(response);
    CHECK(response->body.starts_with("GET /show"));
}

TEST_CASE("client: HEAD has no body", "[net]") {
    Fixture fixture;
    const auto response = fixture.send({.method = "HEAD", .url = fixture.base + "/show"});
    REQUIRE(response);
    CHECK(response->status == 200);
    CHECK(response->body.empty());
}

TEST_CASE("client: an HTTP error status is a response", "[net]") {
    Fixture fixture;
    CHECK(fixture.get("/unwell")->status == 503);
    CHECK(fixture.get("/unwell")->body == "later");
    CHECK(fixture.get("/nothing")->status == 404);
}

TEST_CASE("client: a compressed answer is unpacked, and its size on the wire is known", "[net]") {
    Fixture fixture;
    const auto response = fixture.get("/gzip");
    REQUIRE(response);
    CHECK(response->body == "hello hello hello hello hello");
    CHECK(response->bytes_on_wire == from_hex(kHelloGzip)->size());
}

TEST_CASE("client: the limit holds for the unpacked body", "[net]") {
    Fixture fixture;
    CHECK(fixture.send({.url = fixture.base + "/gzip", .max_body = 29}));
    const auto response = fixture.send({.url = fixture.base + "/gzip", .max_body = 28});
    REQUIRE(!response);
    CHECK(response.error() == Error{Errc::LimitExceeded, "answer of more than 28 bytes"});
}

TEST_CASE("client: two requests run at the same time", "[net]") {
    Fixture fixture;
    const auto [first, second] =
        run(fixture.loop, both(fixture.client, {.url = fixture.base + "/never", .timeout = 50ms},
                               {.url = fixture.base + "/show", .timeout = 10s}));
    CHECK(first.error().code == Errc::Timeout);
    CHECK(second->status == 200);
}

TEST_CASE("client: a server that never answers is a timeout", "[net]") {
    Rude rude({}, true);
    const auto response = rude.get({.timeout = 20ms});
    REQUIRE(!response);
    CHECK(response.error().code == Errc::Timeout);
    CHECK(rude.server.connections() == 1);
}

TEST_CASE("client: refused connections and missing sockets are Unavailable and say why", "[net]") {
    Fixture fixture;
    const auto refused = fixture.send({.url = "http://127.0.0.1:1/secret-token"});
    REQUIRE(!refused);
    CHECK(refused.error().code == Errc::Unavailable);
    CHECK(refused.error().detail == ECONNREFUSED);
    CHECK(refused.error().text.find("secret-token") == std::string::npos);

    const std::string socket = fixture.directory / "none";
    const auto missing = fixture.send({.url = "http://daemon/", .unix_socket = socket});
    REQUIRE(!missing);
    CHECK(missing.error() == Error{Errc::Unavailable, socket + ": no such file or directory", ENOENT});
}

TEST_CASE("client: an answer that ends early is Unavailable", "[net]") {
    for (const char* bytes : {"", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
                              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
                              "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"}) {
        Rude rude({bytes});
        const auto response = rude.get();
        REQUIRE(!response);
        CHECK(response.error().code == Errc::Unavailable);
    }
}

TEST_CASE("client: garbage instead of HTTP is Unavailable", "[net]") {
    Rude rude({"SSH-2.0-OpenSSH_9.2\r\n"});
    CHECK(rude.get().error().code == Errc::Unavailable);
}

TEST_CASE("client: redirects are handed out, not followed", "[net]") {
    Rude rude({"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n"});
    CHECK(rude.get()->status == 302);
}

TEST_CASE("client: only http and https, and no line break in a header", "[net]") {
    Fixture fixture;
    CHECK(fixture.send({.url = "file:///etc/passwd"}).error().code == Errc::BadValue);
    CHECK(fixture.send({.url = "http://"}).error().code == Errc::BadValue);
    CHECK(fixture.send({.url = fixture.base + "/show", .headers = {{"X-Key", "a\r\nX-Evil: b"}}})
              .error()
              .code == Errc::BadValue);
}

TEST_CASE("client: a cancelled request ends at once, and the client goes on working", "[net]") {
    Fixture fixture;
    asio::cancellation_signal signal;
    std::optional<Result<ClientResponse>> outcome;
    asio::co_spawn(
        fixture.loop, fixture.client.send({.url = fixture.base + "/never"}),
        asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr, Result<ClientResponse> result) {
            outcome = std::move(result);
        }));
    while (fixture.hanging == 0) fixture.loop.run_one();
    signal.emit(asio::cancellation_type::terminal);
    while (!outcome) fixture.loop.run_one();
    CHECK(outcome->error() == Error{Errc::Cancelled, "request cancelled"});
    CHECK(fixture.get("/show")->status == 200);
}

TEST_CASE("client: destroying it ends what is under way as cancelled", "[net]") {
    EventLoop loop;
    test::RawServer server(loop, {}, true);
    asio::co_spawn(loop, server.run(), asio::detached);
    std::optional<Result<ClientResponse>> outcome;
    {
        Client client(loop);
        asio::co_spawn(
            loop, client.send({.url = server.url()}),
            [&](std::exception_ptr, Result<ClientResponse> result) { outcome = std::move(result); });
        while (server.connections() == 0) loop.run_one();
    }
    while (!outcome) loop.run_one();
    CHECK(outcome->error().code == Errc::Cancelled);
}

TEST_CASE("client: a loop may end with a request under way", "[net]") {
    EventLoop loop;
    test::RawServer server(loop, {}, true);
    asio::co_spawn(loop, server.run(), asio::detached);
    Client client(loop);
    asio::co_spawn(loop, client.send({.url = server.url()}), asio::detached);
    while (server.connections() == 0) loop.run_one();
    SUCCEED();
}
