#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "base/http_server.hpp"
#include "base/run.hpp"

using namespace dz;
using namespace dz::http;

namespace {

Task<Response> echo_method(Request request) {
    co_return Response{.body = request.method + " " + request.path};
}
Task<Response> teapot(Request) {
    co_return Response{.status = 418};
}

Response ask(const Router& router, std::string method, std::string path) {
    EventLoop loop;
    Request request;
    request.method = std::move(method);
    request.path = std::move(path);
    return run(loop, router.route(std::move(request)));
}

Router two_routes() {
    Router router;
    router.on("GET", "/status", echo_method);
    router.on("POST", "/enable", echo_method);
    return router;
}

}  // namespace

TEST_CASE("router: method and exact path pick the handler", "[net]") {
    const Router router = two_routes();
    CHECK(ask(router, "GET", "/status").body == "GET /status");
    CHECK(ask(router, "POST", "/enable").body == "POST /enable");
    CHECK(ask(router, "GET", "/status/").status == 404);
    CHECK(ask(router, "GET", "/Status").status == 404);
}

TEST_CASE("router: a GET route answers HEAD, a POST route does not", "[net]") {
    const Router router = two_routes();
    CHECK(ask(router, "HEAD", "/status").body == "HEAD /status");
    CHECK(ask(router, "HEAD", "/enable").status == 405);
}

TEST_CASE("router: an unknown path is 404 with a fixed text", "[net]") {
    const Response response = ask(two_routes(), "GET", "/nothing");
    CHECK(response.status == 404);
    CHECK(response.body == "404 page not found\n");
}

TEST_CASE("router: a known path with another method is 405 and says what is allowed", "[net]") {
    Router router = two_routes();
    const Response response = ask(router, "DELETE", "/status");
    CHECK(response.status == 405);
    CHECK(response.body == "Method Not Allowed\n");
    CHECK(response.headers == std::vector<std::pair<std::string, std::string>>{{"Allow", "GET, HEAD"}});
    router.on("POST", "/status", echo_method);
    CHECK(ask(router, "PUT", "/status").headers.at(0).second == "GET, HEAD, POST");
}

TEST_CASE("router: a fallback takes unknown paths, not unknown methods", "[net]") {
    Router router = two_routes();
    router.otherwise(teapot);
    CHECK(ask(router, "GET", "/nothing").status == 418);
    CHECK(ask(router, "PUT", "/status").status == 405);
}
