// WebSocket streams by Beast, plain and over TLS.
#include <openssl/ssl.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/stream.hpp>

#include "base/version.hpp"
#include "base/websocket_wire.hpp"

namespace dz::ws {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace frames = boost::beast::websocket;
using boost::system::error_code;
using Tls = asio::ssl::stream<Socket&>;

/// How much is read at a time, so that a long message counts as a sign of life before it is whole.
constexpr std::size_t kReadAtOnce = 64U << 10;

std::unexpected<Error> failed(const error_code& error) {
    if (error == frames::error::message_too_big || error == frames::error::buffer_overflow) {
        return fail(Errc::LimitExceeded, "WebSocket message too long");
    }
    if (error == frames::error::closed)
        return fail(Errc::Unavailable, "the peer closed the WebSocket connection");
    if (error == frames::condition::protocol_violation)
        return fail(Errc::BadValue, "WebSocket: " + error.message());
    return fail(Errc::Unavailable, "WebSocket: " + error.message(), error.value());
}

/// `Next` is the stream that the frames travel over. `below` is kept for as long: what `next` is part of.
template <class Next>
class StreamWire final : public Wire {
  public:
    StreamWire(Socket& socket, Next& next, const Limits& limits, std::shared_ptr<void> below = nullptr)
        : socket_(socket), below_(std::move(below)), stream_(next) {
        stream_.read_message_max(limits.max_message);
        stream_.text(true);
        stream_.auto_fragment(false);
        stream_.control_callback([this](frames::frame_type, beast::string_view) { heard(); });
    }

    frames::stream<Next&>& stream() { return stream_; }

    Task<Result<std::string>> read() override {
        beast::flat_buffer buffer;
        do {
            error_code error;
            co_await stream_.async_read_some(buffer, kReadAtOnce,
                                             asio::redirect_error(asio::use_awaitable, error));
            if (error) co_return failed(error);
            heard();
        } while (!stream_.is_message_done());
        co_return beast::buffers_to_string(buffer.data());
    }

    Task<Result<>> write(const std::string& message) override {
        error_code error;
        co_await stream_.async_write(asio::buffer(message), asio::redirect_error(asio::use_awaitable, error));
        if (error) co_return failed(error);
        co_return Result<>{};
    }

    Task<Result<>> ping() override {
        error_code error;
        co_await stream_.async_ping({}, asio::redirect_error(asio::use_awaitable, error));
        if (error) co_return failed(error);
        co_return Result<>{};
    }

    Task<> close() override {
        error_code ignored;
        co_await stream_.async_close(frames::close_code::normal,
                                     asio::redirect_error(asio::use_awaitable, ignored));
    }

    void drop() override {
        error_code ignored;
        socket_.close(ignored);
    }

  private:
    void heard() {
        if (on_heard) on_heard();
    }

    Socket& socket_;
    std::shared_ptr<void> below_;
    frames::stream<Next&> stream_;
};

template <class Next>
Task<Result<std::unique_ptr<Wire>>> shake(std::unique_ptr<StreamWire<Next>> wire, Handshake handshake) {
    wire->stream().set_option(frames::stream_base::decorator([](frames::request_type& request) {
        request.set(beast::http::field::user_agent, "doublezero/" + std::string(kVersion));
    }));
    error_code error;
    co_await wire->stream().async_handshake(handshake.host, handshake.target,
                                            asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return failed(error);
    co_return std::move(wire);
}

/// TLS below the frames.
struct TlsLayer {
    TlsLayer(Socket& socket, asio::ssl::context trust) : context(std::move(trust)), stream(socket, context) {}

    asio::ssl::context context;
    Tls stream;
};

Result<std::shared_ptr<TlsLayer>> make_tls(Socket& socket, const Handshake& handshake) {
    error_code error;
    asio::ssl::context context(asio::ssl::context::tls_client);
    if (handshake.ca_file.empty()) {
        context.set_default_verify_paths(error);
    } else {
        context.load_verify_file(handshake.ca_file, error);
    }
    if (error) return fail(Errc::Unavailable, "cannot read the trusted certificates: " + error.message());
    ::SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    auto layer = std::make_shared<TlsLayer>(socket, std::move(context));
    layer->stream.set_verify_mode(asio::ssl::verify_peer);
    layer->stream.set_verify_callback(asio::ssl::host_name_verification(handshake.server_name));
    // Servers of many names choose their certificate by it.
    if (SSL_set_tlsext_host_name(layer->stream.native_handle(), handshake.server_name.c_str()) != 1) {
        return fail(Errc::Unavailable, "TLS does not take the server's name");
    }
    return layer;
}

beast::http::request<beast::http::empty_body> to_message(const http::Request& request) {
    beast::http::request<beast::http::empty_body> message;
    message.method_string(request.method);
    message.target(request.query.empty() ? request.path : request.path + "?" + request.query);
    for (const auto& [name, value] : request.headers) message.set(name, value);
    return message;
}

}  // namespace

Task<Result<std::unique_ptr<Wire>>> shake_hands(Socket& socket, Handshake handshake, Limits limits) {
    if (!handshake.tls) {
        co_return co_await shake(std::make_unique<StreamWire<Socket>>(socket, socket, limits),
                                 std::move(handshake));
    }
    CO_TRY(auto layer, make_tls(socket, handshake));
    error_code error;
    co_await layer->stream.async_handshake(asio::ssl::stream_base::client,
                                           asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return fail(Errc::Unavailable, "TLS: " + error.message());
    Tls& stream = layer->stream;
    co_return co_await shake(std::make_unique<StreamWire<Tls>>(socket, stream, limits, std::move(layer)),
                             std::move(handshake));
}

Task<Result<std::unique_ptr<Wire>>> accept_upgrade(Socket& socket, http::Request request, Limits limits) {
    auto wire = std::make_unique<StreamWire<Socket>>(socket, socket, limits);
    const auto message = to_message(request);
    error_code error;
    co_await wire->stream().async_accept(message, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return fail(Errc::Rejected, "WebSocket: " + error.message());
    co_return std::move(wire);
}

}  // namespace dz::ws
