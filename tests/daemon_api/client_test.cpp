// Tests for the command line's side of the local API, against a real server on a real socket.
#include "daemon/api/client.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "base/http_server.hpp"
#include "base/run.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace dz;
using namespace dz::daemon;

namespace {

/// A daemon that says what a test wants it to.
struct World {
    EventLoop loop;
    SystemClock clock{loop};
    test::TemporaryDirectory directory;
    std::filesystem::path path = directory / "daemon.sock";
    http::Router router;
    http::Server server{loop, clock, Log::none(), router};
    http::Client http{loop};
    api::Client client{http, path, 2s};
    std::vector<std::string> requests;

    void serve() {
        REQUIRE(server.listen_unix(path, 0666));
        boost::asio::co_spawn(loop, server.run(), boost::asio::detached);
    }
    void answer(const std::string& method, const std::string& target, int status, std::string body) {
        router.on(method, target, [this, status, body](const http::Request& request) {
            return reply(request, status, body);
        });
    }
    Task<http::Response> reply(http::Request request, int status, std::string body) {
        requests.push_back(request.method + " " + request.path + " " + request.body);
        co_return http::Response{
            .status = status, .body = body, .content_type = "application/json", .headers = {}};
    }
};

}  // namespace

TEST_CASE("client: every call asks the endpoint of the contract", "[daemon_api]") {
    World world;
    world.answer("GET", "/config", 200, R"({"program_id":"P","rpc_url":"http://l"})");
    world.answer("GET", "/status", 200, R"([{"doublezero_status": {"session_status": "disconnected"}}])");
    world.answer("GET", "/v2/status", 200, R"({"reconciler_enabled":true,"services":[]})");
    world.answer("GET", "/routes", 200, "[]");
    world.answer("GET", "/v2/latency", 200, R"({"ready":true,"results":[]})");
    world.answer("GET", "/v2/plan", 200, R"({"reconciler_enabled":true,"steps":[]})");
    world.answer("GET", "/v2/events", 200, R"({"events":[]})");
    world.answer("POST", "/enable", 200, R"({"status":"ok"})");
    world.answer("POST", "/disable", 200, R"({"status":"ok"})");
    world.serve();
    CHECK(run(world.loop, world.client.config())->program_id == "P");
    CHECK(run(world.loop, world.client.status())->at(0).session_status == api::kDisconnected);
    CHECK(run(world.loop, world.client.status_v2())->reconciler_enabled);
    CHECK(run(world.loop, world.client.routes())->empty());
    CHECK(run(world.loop, world.client.latencies())->ready);
    CHECK(run(world.loop, world.client.plan())->reconciler_enabled);
    CHECK(run(world.loop, world.client.events(3))->events.empty());
    CHECK(run(world.loop, world.client.enable()));
    CHECK(run(world.loop, world.client.disable()));
    CHECK(world.requests == std::vector<std::string>{"GET /config ", "GET /status ", "GET /v2/status ",
                                                     "GET /routes ", "GET /v2/latency ", "GET /v2/plan ",
                                                     "GET /v2/events ", "POST /enable ", "POST /disable "});
}

TEST_CASE("client: no socket means the daemon does not run", "[daemon_api]") {
    World world;
    const auto status = run(world.loop, world.client.status());
    REQUIRE_FALSE(status);
    CHECK(status.error().code == Errc::NotFound);
    CHECK_THAT(status.error().text, Catch::Contains(world.path.string()));
    CHECK(api::remedy(status.error()) == "sudo systemctl start doublezerod");
    CHECK(world.client.check_socket().error().code == Errc::NotFound);
}

TEST_CASE("client: a socket that nobody serves means the daemon died", "[daemon_api]") {
    World world;
    {
        boost::asio::local::stream_protocol::acceptor left(world.loop, world.path.string());
    }
    const auto status = run(world.loop, world.client.status());
    REQUIRE_FALSE(status);
    CHECK(status.error().code == Errc::Unavailable);
    CHECK_THAT(status.error().text, Catch::Contains(world.path.string()));
    CHECK(api::remedy(status.error()) == "sudo systemctl restart doublezerod");
}

TEST_CASE("client: a socket that this user may not open says so", "[daemon_api]") {
    if (::geteuid() == 0) DZ_SKIP("root may open every socket");
    World world;
    world.serve();
    REQUIRE(::chmod(world.path.c_str(), 0) == 0);
    const auto status = run(world.loop, world.client.status());
    REQUIRE_FALSE(status);
    CHECK(status.error().code == Errc::Permission);
    CHECK_THAT(std::string(api::remedy(status.error())), Catch::Contains("sudo"));
}

TEST_CASE("client: a daemon that is stuck does not hang the caller", "[daemon_api]") {
    World world;
    api::Client impatient(world.http, world.path, 50ms);
    boost::asio::local::stream_protocol::acceptor silent(world.loop, world.path.string());
    const auto status = run(world.loop, impatient.status());
    REQUIRE_FALSE(status);
    CHECK(status.error().code == Errc::Timeout);
    CHECK_THAT(status.error().text, Catch::Contains("did not answer"));
}

TEST_CASE("client: the description of an error becomes the error", "[daemon_api]") {
    World world;
    world.answer("GET", "/status", 500, api::error_body("error while getting status: no netlink"));
    world.answer("GET", "/routes", 500, "failed to get routes\n");
    world.answer("GET", "/config", 200, api::error_body("odd"));
    world.answer("POST", "/enable", 403, api::error_body("only root may enable tunnels"));
    world.serve();

    const auto status = run(world.loop, world.client.status());
    REQUIRE_FALSE(status);
    CHECK(status.error() == Error{Errc::Rejected, "error while getting status: no netlink", 500});
    CHECK_THAT(run(world.loop, world.client.routes()).error().text, Catch::Contains("500"));
    CHECK(run(world.loop, world.client.config()).error().text == "odd");
    const auto enabled = run(world.loop, world.client.enable());
    CHECK(enabled.error() == Error{Errc::Permission, "only root may enable tunnels", 403});
}

TEST_CASE("client: an endpoint that this daemon does not have is told apart", "[daemon_api]") {
    World world;
    world.serve();
    CHECK(run(world.loop, world.client.latencies()).error().code == Errc::Unsupported);
}

TEST_CASE("client: an answer of another shape is an error that says what was asked", "[daemon_api]") {
    World world;
    world.answer("GET", "/status", 200, "<html>");
    world.answer("GET", "/v2/status", 200, "[]");
    world.serve();
    const auto status = run(world.loop, world.client.status());
    CHECK(status.error().code == Errc::BadValue);
    CHECK_THAT(status.error().text, Catch::Contains("/status"));
    CHECK(run(world.loop, world.client.status_v2()).error().code == Errc::BadValue);
}
