// The HTTP server with TLS: who speaks it is served, who does not is not.
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>
#include <fstream>

#include "base/http_server.hpp"
#include "base/run.hpp"
#include "tests/net/identity.hpp"
#include "tests/net/raw_peer.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace dz;
using namespace dz::http;
namespace asio = boost::asio;

namespace {

Task<Response> hello(Request request) {
    co_return Response{.body = "hello " + request.peer_address, .content_type = "text/plain"};
}

struct Fixture {
    Fixture() {
        test::write_identity(key, certificate);
        router.on("GET", "/", hello);
    }
    std::uint16_t serve() {
        REQUIRE(server.use_tls(certificate, key));
        const std::uint16_t port = server.listen_tcp("127.0.0.1:0").value();
        asio::co_spawn(loop, server.run(), asio::detached);
        return port;
    }
    /// Sends the same request twice on one connection; what comes back until the server closes.
    Task<std::string> talk_tls(std::uint16_t port, std::string first, std::string second) {
        asio::ssl::context trust(asio::ssl::context::tls_client);
        trust.load_verify_file(certificate);
        trust.set_verify_mode(asio::ssl::verify_peer);
        asio::ssl::stream<asio::ip::tcp::socket> stream(loop, trust);
        co_await stream.lowest_layer().async_connect({asio::ip::address_v4::loopback(), port},
                                                     asio::use_awaitable);
        co_await stream.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
        co_await asio::async_write(stream, asio::buffer(first + second), asio::use_awaitable);
        std::string answer;
        boost::system::error_code closed;
        co_await asio::async_read(stream, asio::dynamic_buffer(answer),
                                  asio::redirect_error(asio::use_awaitable, closed));
        co_return answer;
    }

    const test::TemporaryDirectory directory;
    const std::filesystem::path key = directory / "key.pem", certificate = directory / "certificate.pem";
    EventLoop loop{1};
    FakeClock clock{loop};
    Router router;
    Server server{loop, clock, Log::none(), router};
};

}  // namespace

TEST_CASE("https: requests are answered over one connection", "[net]") {
    Fixture fixture;
    const std::uint16_t port = fixture.serve();
    const std::string answer =
        run(fixture.loop, fixture.talk_tls(port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
                                           "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
    const auto first = answer.find("hello 127.0.0.1");
    REQUIRE(first != std::string::npos);
    CHECK(answer.find("hello 127.0.0.1", first + 1) != std::string::npos);
}

TEST_CASE("https: who does not speak TLS is not answered", "[net]") {
    Fixture fixture;
    const std::uint16_t port = fixture.serve();
    const std::string answer =
        run(fixture.loop, test::talk(fixture.loop, port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
    CHECK(answer.find("hello") == std::string::npos);
}

TEST_CASE("https: files that do not do are named", "[net]") {
    Fixture fixture;
    const auto missing = fixture.server.use_tls(fixture.directory / "none.pem", fixture.key);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().text.find("none.pem") != std::string::npos);
    std::ofstream(fixture.directory / "other.pem") << "no key\n";
    const auto wrong = fixture.server.use_tls(fixture.certificate, fixture.directory / "other.pem");
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().text.find("other.pem") != std::string::npos);
}
