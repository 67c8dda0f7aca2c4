#include "base/http_server.hpp"

#include <fmt/format.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <list>
#include <set>

#include "base/listen.hpp"
#include "base/peer.hpp"
#include "base/websocket_wire.hpp"

namespace dz::http {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace wire = boost::beast::http;

using boost::system::error_code;
using ws::Socket;
using Protocol = Socket::protocol_type;
using Acceptor = asio::basic_socket_acceptor<Protocol>;
using Parser = wire::request_parser<wire::string_body>;
using Message = wire::response<wire::string_body>;
using Tls = asio::ssl::stream<Socket&>;

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr Duration kAcceptRetry = 100ms;
/// How long the rest of a refused request is read and dropped, so that the refusal reaches its sender:
/// closing a socket with unread input resets the connection and destroys what is on its way.
constexpr Duration kDrain = 1s;

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    return out;
}

Request to_request(wire::request<wire::string_body> message, const net::Peer& peer) {
    Request out;
    out.method = message.method_string();
    const std::string_view target = message.target();
    const auto mark = std::min(target.find('?'), target.size());
    out.path = target.substr(0, mark);
    if (mark < target.size()) out.query = target.substr(mark + 1);
    for (const auto& field : message) out.headers.insert_or_assign(lower(field.name_string()), field.value());
    out.body = std::move(message.body());
    out.peer_uid = peer.uid;
    out.peer_gid = peer.gid;
    out.peer_groups = peer.groups;
    out.peer_address = peer.address;
    return out;
}

Message to_message(Response response, unsigned version, bool keep_alive) {
    Message out;
    out.version(version);
    out.result(static_cast<unsigned>(response.status));
    if (!response.content_type.empty()) out.set(wire::field::content_type, response.content_type);
    for (const auto& [name, value] : response.headers) out.insert(name, value);
    out.keep_alive(keep_alive);
    // By definition these two have no body, and no length of one.
    if (response.status != 204 && response.status != 304) {
        out.body() = std::move(response.body);
        out.prepare_payload();
    }
    return out;
}

/// The answer to a request that could not be read; none when there is nobody to answer.
std::optional<Response> refusal(error_code error) {
    const auto plain = [](int status, std::string body) {
        return Response{
            .status = status, .body = std::move(body), .content_type = "text/plain; charset=utf-8"};
    };
    if (error == wire::error::header_limit || error == wire::error::buffer_overflow)
        return plain(431, "Request Header Fields Too Large\n");
    if (error == wire::error::body_limit) return plain(413, "Request Entity Too Large\n");
    if (error == wire::error::end_of_stream || error == wire::error::partial_message) return std::nullopt;
    if (error.category() == make_error_code(wire::error::bad_method).category())
        return plain(400, "Bad Request\n");
    return std::nullopt;
}

template <class Stream>
Task<error_code> read_from(Stream& stream, beast::flat_buffer& buffer, Parser& parser, bool& idle) {
    error_code error;
    co_await wire::async_read_header(stream, buffer, parser,
                                     asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return error;
    idle = false;
    if (lower(parser.get()[wire::field::expect]) == "100-continue") {
        co_await asio::async_write(stream, asio::buffer(kContinue),
                                   asio::redirect_error(asio::use_awaitable, error));
        if (error) co_return error;
    }
    co_await wire::async_read(stream, buffer, parser, asio::redirect_error(asio::use_awaitable, error));
    co_return error;
}

template <class Stream>
Task<error_code> write_to(Stream& stream, Message& message, bool header_only) {
    error_code error;
    wire::response_serializer<wire::string_body> serializer(message);
    if (header_only) {
        co_await wire::async_write_header(stream, serializer,
                                          asio::redirect_error(asio::use_awaitable, error));
    } else {
        co_await wire::async_write(stream, serializer, asio::redirect_error(asio::use_awaitable, error));
    }
    co_return error;
}

Response too_many(std::string_view what) {
    return {.status = 503,
            .body = fmt::format("Too Many {}\n", what),
            .content_type = "text/plain; charset=utf-8"};
}

/// As it goes out when its length is not known; readers of HTTP/1.0 get it as it is.
std::string chunk(std::string_view piece, bool chunked) {
    return chunked ? fmt::format("{:x}\r\n{}\r\n", piece.size(), piece) : std::string(piece);
}

}  // namespace

struct Server::State : std::enable_shared_from_this<State> {
    struct Listener {
        Listener(State& owner, Protocol protocol, Descriptor socket, net::SocketFile bound)
            : acceptor(owner.loop, protocol, socket.release()),
              file(std::move(bound)),
              room(owner.loop, owner.clock) {}

        Acceptor acceptor;
        net::SocketFile file;
        Wake room;  ///< a connection ended, or we stop
    };

    /// Known to the server as long as it lives.
    struct Connection {
        Connection(State& owner, Socket connected)
            : state(owner),
              socket(std::move(connected)),
              buffer(owner.limits.max_header + 4096),
              peer(net::peer_of(socket.native_handle())) {
            state.connections.insert(this);
            // A notification must not wait until the peer has acknowledged the message before it: with
            // delayed acknowledgements that takes 40 ms. Unix sockets know no such option and need none.
            error_code ignored;
            socket.set_option(asio::ip::tcp::no_delay(true), ignored);
            if (state.tls && !peer.address.empty()) tls.emplace(socket, *state.tls);
        }
        ~Connection() {
            state.connections.erase(this);
            for (Listener& listener : state.listeners) listener.room.set();
        }
        Connection(const Connection&) = delete;
        Connection& operator=(const Connection&) = delete;

        void close() {
            error_code ignored;
            socket.close(ignored);
        }

        State& state;
        Socket socket;
        std::optional<Tls> tls;  ///< around the socket
        beast::flat_buffer buffer;
        net::Peer peer;
        bool idle = true;  ///< no request has arrived that awaits its answer
    };

    State(EventLoop& event_loop, Clock& time, Log logger, const Router& routes, Limits bounds)
        : loop(event_loop),
          clock(time),
          log(std::move(logger)),
          router(routes),
          limits(bounds),
          stopped(loop, clock) {}

    void add(Descriptor socket, int family, net::SocketFile file);
    void stop(Duration grace);
    void close_all();

    static Task<> accept(std::shared_ptr<State> self, Listener& listener);
    static Task<> serve(std::shared_ptr<State> self, Socket socket);
    static Task<> close_after(std::shared_ptr<State> self, Duration grace);

    Task<bool> exchange(Connection& connection);
    Task<error_code> shake_hands(Connection& connection);
    Task<error_code> read(Connection& connection, Parser& parser);
    Task<Response> answer(Request request);
    Task<> speak(Connection& connection, const Router::WebSocket& route, Request request);
    Task<> stream(Connection& connection, Response response, unsigned version);
    Task<> send_pieces(Connection& connection, Response response, unsigned version);
    Task<error_code> write(Connection& connection, std::string bytes);
    Task<error_code> write(Connection& connection, Message& message, bool header_only);
    /// Reads and drops until the other side ends; `and_end`: so do we.
    Task<error_code> drain(Connection& connection, bool and_end);
    Task<error_code> within(Duration limit, Connection& connection, Task<error_code> work);
    Task<> close_at(Connection& connection, TimePoint when);

    EventLoop& loop;
    Clock& clock;
    Log log;
    const Router& router;
    Limits limits;
    std::optional<asio::ssl::context> tls;
    std::list<Listener> listeners;  // a list: the accept coroutines hold references
    std::set<Connection*> connections;
    std::size_t websockets = 0, streams = 0;
    Wake stopped;
    bool stopping = false;
};

void Server::State::add(Descriptor socket, int family, net::SocketFile file) {
    listeners.emplace_back(*this, Protocol(family, 0), std::move(socket), std::move(file));
}

Task<> Server::State::accept(std::shared_ptr<State> self, Listener& listener) {
    while (!self->stopping) {
        if (self->connections.size() >= self->limits.max_connections) {
            co_await listener.room.wait_until(TimePoint::max());
            continue;
        }
        error_code error;
        Socket socket(self->loop);
        co_await listener.acceptor.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
        if (!error) {
            asio::co_spawn(self->loop, serve(self, std::move(socket)), asio::detached);
        } else if (!self->stopping) {
            // Out of descriptors, most likely: without a pause this would spin.
            self->log.debug("accept failed, retrying", {{"error", error.message()}});
            co_await self->clock.sleep_for(kAcceptRetry);
        }
    }
}

Task<> Server::State::serve(std::shared_ptr<State> self, Socket socket) {
    Connection connection(*self, std::move(socket));
    if (connection.tls &&
        co_await self->within(self->limits.read_timeout, connection, self->shake_hands(connection)))
        co_return;
    while (co_await self->exchange(connection)) {
    }
}

/// One request and its answer. Returns whether the connection goes on.
Task<bool> Server::State::exchange(Connection& connection) {
    Parser parser;
    parser.header_limit(static_cast<std::uint32_t>(limits.max_header));
    parser.body_limit(limits.max_body);
    connection.idle = true;
    if (const auto error = co_await within(limits.read_timeout, connection, read(connection, parser));
        error) {
        auto refused = refusal(error);
        if (!refused) co_return false;
        Message message = to_message(*std::move(refused), 11, false);
        const auto failed =
            co_await within(limits.write_timeout, connection, write(connection, message, false));
        if (!failed) co_await within(kDrain, connection, drain(connection, true));
        co_return false;
    }
    auto message_in = parser.release();
    const unsigned version = message_in.version();
    const bool head = message_in.method() == wire::verb::head;
    const bool wants_more = message_in.keep_alive();
    const bool upgrades = beast::websocket::is_upgrade(message_in);
    Request request = to_request(std::move(message_in), connection.peer);
    // Frames go over the bare socket.
    const auto* const socket_route = upgrades && !connection.tls ? router.websocket(request.path) : nullptr;
    if (socket_route != nullptr && websockets < limits.max_websockets) {
        co_await speak(connection, *socket_route, std::move(request));
        co_return false;
    }
    Response response =
        socket_route != nullptr ? too_many("WebSocket Connections") : co_await answer(std::move(request));
    if (response.more && !head && streams < limits.max_streams) {
        co_await stream(connection, std::move(response), version);
        co_return false;
    }
    if (response.more && !head) response = too_many("Streams");
    const bool keep_alive = wants_more && !stopping;
    Message message = to_message(std::move(response), version, keep_alive);
    const auto failed = co_await within(limits.write_timeout, connection, write(connection, message, head));
    co_return !failed && keep_alive;
}

Task<error_code> Server::State::shake_hands(Connection& connection) {
    error_code error;
    co_await connection.tls->async_handshake(asio::ssl::stream_base::server,
                                             asio::redirect_error(asio::use_awaitable, error));
    co_return error;
}

Task<error_code> Server::State::read(Connection& connection, Parser& parser) {
    if (connection.tls) return read_from(*connection.tls, connection.buffer, parser, connection.idle);
    return read_from(connection.socket, connection.buffer, parser, connection.idle);
}

Task<Response> Server::State::answer(Request request) {
    const std::string path = request.path;
    try {
        co_return co_await router.route(std::move(request));
    } catch (const std::exception& error) {
        log.error("request handler threw, answering 500", {{"path", path}, {"error", error.what()}});
    }
    co_return Response{
        .status = 500, .body = "Internal Server Error\n", .content_type = "text/plain; charset=utf-8"};
}

Task<> Server::State::speak(Connection& connection, const Router::WebSocket& route, Request request) {
    const std::string path = request.path;
    // Nothing to wait for when the server stops: the peer may talk for ever.
    connection.idle = true;
    ++websockets;
    try {
        co_await ws::serve(loop, clock, connection.socket, std::move(request), route.limits, route.handler);
    } catch (const std::exception& error) {
        log.error("websocket handler threw, closing", {{"path", path}, {"error", error.what()}});
    }
    --websockets;
}

Task<> Server::State::stream(Connection& connection, Response response, unsigned version) {
    using namespace asio::experimental::awaitable_operators;
    connection.idle = true;  // as with a WebSocket: the stream has no end to wait for
    ++streams;
    // Whoever closes its side is gone, and must not stay here until the next piece cannot be sent.
    co_await (send_pieces(connection, std::move(response), version) || drain(connection, false));
    --streams;
}

/// Never throws: the drain beside it would go on.
Task<> Server::State::send_pieces(Connection& connection, Response response, unsigned version) {
    const bool chunked = version >= 11;
    const auto more = std::move(response.more);
    std::optional<std::string> piece = std::move(response.body);
    response.body.clear();
    Message message = to_message(std::move(response), version, false);
    message.content_length({});
    message.chunked(chunked);
    auto failed = co_await within(limits.write_timeout, connection, write(connection, message, true));
    try {
        for (; !failed && piece; piece = co_await more())
            if (!piece->empty())
                failed = co_await within(limits.write_timeout, connection,
                                         write(connection, chunk(*piece, chunked)));
    } catch (const std::exception& error) {
        log.error("request handler threw, closing its stream", {{"error", error.what()}});
        co_return;
    }
    if (!failed && chunked)
        co_await within(limits.write_timeout, connection, write(connection, chunk("", true)));
}

Task<error_code> Server::State::write(Connection& connection, std::string bytes) {
    error_code error;
    if (connection.tls) {
        co_await asio::async_write(*connection.tls, asio::buffer(bytes),
                                   asio::redirect_error(asio::use_awaitable, error));
    } else {
        co_await asio::async_write(connection.socket, asio::buffer(bytes),
                                   asio::redirect_error(asio::use_awaitable, error));
    }
    co_return error;
}

Task<error_code> Server::State::write(Connection& connection, Message& message, bool header_only) {
    if (connection.tls) return write_to(*connection.tls, message, header_only);
    return write_to(connection.socket, message, header_only);
}

Task<error_code> Server::State::drain(Connection& connection, bool and_end) {
    error_code error;
    if (and_end) connection.socket.shutdown(Socket::shutdown_send, error);
    std::array<char, 4096> ignored;
    while (!error) {
        co_await connection.socket.async_read_some(asio::buffer(ignored),
                                                   asio::redirect_error(asio::use_awaitable, error));
    }
    co_return error;
}

/// Runs `work`, and closes the connection under it when it takes longer than `limit`.
Task<error_code> Server::State::within(Duration limit, Connection& connection, Task<error_code> work) {
    using namespace asio::experimental::awaitable_operators;
    const auto first = co_await (std::move(work) || close_at(connection, clock.now() + limit));
    co_return first.index() == 0 ? std::get<0>(first) : error_code(asio::error::timed_out);
}

Task<> Server::State::close_at(Connection& connection, TimePoint when) {
    co_await clock.sleep_until(when);
    if (clock.now() >= when) connection.close();
}

void Server::State::stop(Duration grace) {
    if (std::exchange(stopping, true)) return;
    for (Listener& listener : listeners) {
        error_code ignored;
        listener.file.remove();
        listener.acceptor.close(ignored);
        listener.room.set();
    }
    for (Connection* connection : connections)
        if (connection->idle) connection->close();
    if (grace > 0s) {
        asio::co_spawn(loop, close_after(shared_from_this(), grace), asio::detached);
    } else {
        close_all();
    }
    stopped.set();
}

Task<> Server::State::close_after(std::shared_ptr<State> self, Duration grace) {
    co_await self->clock.sleep_for(grace);
    self->close_all();
}

void Server::State::close_all() {
    for (Connection* connection : connections) connection->close();
}

Server::Server(EventLoop& loop, Clock& clock, Log log, const Router& router, Limits limits)
    : state_(std::make_shared<State>(loop, clock, std::move(log), router, limits)) {}

Server::~Server() {
    state_->stop(0s);
    state_->close_all();
}

Result<> Server::listen_unix(const std::filesystem::path& path, unsigned mode) {
    TRY(Descriptor socket, net::listen_unix(path, mode));
    state_->add(std::move(socket), AF_UNIX, net::SocketFile(path));
    return {};
}

Result<> Server::use_tls(const std::filesystem::path& certificate, const std::filesystem::path& key) {
    asio::ssl::context context(asio::ssl::context::tls_server);
    ::SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    const auto refused = [](const std::filesystem::path& path, const error_code& error) {
        return fail(Errc::BadValue, fmt::format("{}: {}", path.string(), error.message()));
    };
    error_code error;
    context.use_certificate_chain_file(certificate.string(), error);
    if (error) return refused(certificate, error);
    context.use_private_key_file(key.string(), asio::ssl::context::pem, error);
    if (error) return refused(key, error);
    state_->tls.emplace(std::move(context));
    return {};
}

Result<std::uint16_t> Server::listen_tcp(std::string_view host_port) {
    TRY(Descriptor socket, net::listen_tcp(host_port));
    TRY(const std::uint16_t port, net::local_port(socket));
    state_->add(std::move(socket), host_port.starts_with('[') ? AF_INET6 : AF_INET, {});
    return port;
}

Task<> Server::run() {
    const auto state = state_;
    for (State::Listener& listener : state->listeners)
        asio::co_spawn(state->loop, State::accept(state, listener), asio::detached);
    co_await state->stopped.wait_until(TimePoint::max());
}

void Server::stop(Duration grace) {
    state_->stop(grace);
}

}  // namespace dz::http
