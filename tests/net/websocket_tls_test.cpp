// WebSocket over TLS: who is trusted and who is not.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>
#include <list>

#include "base/http_server.hpp"
#include "base/run.hpp"
#include "base/websocket.hpp"
#include "tests/net/identity.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace dz;
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

template <class From, class To>
Task<> copy(From& from, To& to) {
    std::array<char, 4096> chunk;
    for (error_code error;;) {
        const std::size_t size = co_await from.async_read_some(
            asio::buffer(chunk), asio::redirect_error(asio::use_awaitable, error));
        if (error) break;
        co_await asio::async_write(to, asio::buffer(chunk, size),
                                   asio::redirect_error(asio::use_awaitable, error));
        if (error) break;
    }
    error_code ignored;
    from.lowest_layer().close(ignored);
    to.lowest_layer().close(ignored);
}

/// Takes TLS off and hands the rest to a plain port of this machine.
class TlsFront {
  public:
    TlsFront(EventLoop& loop, const std::filesystem::path& key, const std::filesystem::path& certificate,
             std::uint16_t plain_port)
        : loop_(loop), acceptor_(loop, {asio::ip::address_v4::loopback(), 0}), plain_port_(plain_port) {
        context_.use_certificate_file(certificate, asio::ssl::context::pem);
        context_.use_private_key_file(key, asio::ssl::context::pem);
    }
    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

    Task<> run() {
        using namespace asio::experimental::awaitable_operators;
        for (error_code error;;) {
            asio::ssl::stream<tcp::socket> outer(loop_, context_);
            co_await acceptor_.async_accept(outer.lowest_layer(),
                                            asio::redirect_error(asio::use_awaitable, error));
            if (error) co_return;
            co_await outer.async_handshake(asio::ssl::stream_base::server,
                                           asio::redirect_error(asio::use_awaitable, error));
            if (error) continue;
            tcp::socket inner(loop_);
            co_await inner.async_connect({asio::ip::address_v4::loopback(), plain_port_},
                                         asio::use_awaitable);
            co_await (copy(outer, inner) && copy(inner, outer));
        }
    }

  private:
    EventLoop& loop_;
    asio::ssl::context context_{asio::ssl::context::tls_server};
    tcp::acceptor acceptor_;
    std::uint16_t plain_port_;
};

Task<> greet(ws::Connection& connection) {
    CHECK(connection.send("hello"));
    co_await connection.receive();
}

struct Listener {
    Task<> talk(ws::Connection& connection) {
        if (auto message = co_await connection.receive()) heard = *std::move(message);
    }
    std::string heard;
};

struct Fixture {
    Fixture()
        : server(loop, clock, Log::none(), router),
          plain_port(server.listen_tcp("127.0.0.1:0").value()),
          front((test::write_identity(directory / "key.pem", directory / "certificate.pem"), loop),
                directory / "key.pem", directory / "certificate.pem", plain_port) {
        router.on_websocket("/", {}, greet);
        asio::co_spawn(loop, server.run(), asio::detached);
        asio::co_spawn(loop, front.run(), asio::detached);
    }
    Result<> dial(const std::string& host, const std::string& ca_file) {
        ws::Target target{.url = "wss://" + host + ":" + std::to_string(front.port()) + "/",
                          .ca_file = ca_file};
        return run(loop, ws::dial(loop, clock, std::move(target),
                                  [this](ws::Connection& connection) { return listener.talk(connection); }));
    }

    test::TemporaryDirectory directory;
    EventLoop loop;
    SystemClock clock{loop};
    Listener listener;
    http::Router router;
    http::Server server;
    std::uint16_t plain_port;
    TlsFront front;
};

}  // namespace

TEST_CASE("websocket: over TLS a trusted server of the right name is talked to", "[net]") {
    Fixture fixture;
    const auto done = fixture.dial("localhost", fixture.directory / "certificate.pem");
    if (!done) FAIL(done.error().text);
    CHECK(fixture.listener.heard == "hello");
}

TEST_CASE("websocket: over TLS a stranger, or another's name, is refused", "[net]") {
    Fixture fixture;
    const auto stranger = fixture.dial("localhost", "");
    REQUIRE_FALSE(stranger);
    CHECK(stranger.error().code == Errc::Unavailable);
    CHECK(stranger.error().text.starts_with("TLS: "));
    const auto other_name = fixture.dial("127.0.0.1", fixture.directory / "certificate.pem");
    REQUIRE_FALSE(other_name);
    CHECK(other_name.error().code == Errc::Unavailable);
    CHECK_FALSE(fixture.dial("localhost", fixture.directory / "missing.pem"));
    CHECK(fixture.listener.heard.empty());
}
