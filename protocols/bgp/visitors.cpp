// visitors.cpp: the half of a session that waits for connections of the peer.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "protocols/bgp/connection.hpp"
#include "protocols/bgp/session.hpp"
#include "protocols/bgp/socket.hpp"

namespace dz::bgp {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

constexpr auto kAwaitTuple = asio::as_tuple(asio::use_awaitable);

}  // namespace

void Session::listen() {
    if (acceptor_) return;
    auto acceptor = std::make_shared<tcp::acceptor>(context_->loop);
    if (const ErrorCode error = bgp::listen(*acceptor, fsm_.config())) return cannot_listen(error);
    acceptor_ = std::move(acceptor);
    spawn(take_visitors(shared_from_this(), acceptor_));
}

/// Who only waits has no session then and tries again; who dials as well goes on doing that.
void Session::cannot_listen(ErrorCode error) {
    acceptor_.reset();
    context_->log.debug("cannot listen for the peer",
                        {{"peer", fsm_.config().remote}, {"error", error.message()}});
    // Later: an action is being carried out.
    asio::post(context_->loop, [self = shared_from_this(), error] {
        if (self->fsm_.state() == State::Active) self->feed(Disconnected{"listen: " + error.message()});
    });
}

void Session::stop_listening() {
    ErrorCode ignored;
    if (acceptor_) acceptor_->close(ignored);
    acceptor_.reset();
    if (visitor_) close(*std::exchange(visitor_, nullptr));
}

Task<> Session::take_visitors(std::shared_ptr<Session>, std::shared_ptr<tcp::acceptor> acceptor) {
    while (acceptor == acceptor_) {
        auto [error, socket] = co_await acceptor->async_accept(kAwaitTuple);
        if (acceptor != acceptor_) co_return;
        if (error) co_return cannot_listen(error);
        receive_visitor(std::move(socket));
    }
}

void Session::receive_visitor(tcp::socket socket) {
    ErrorCode error;
    const auto from = socket.remote_endpoint(error);
    if (error || from.address() != fsm_.config().remote) return;
    socket.non_blocking(true, error);
    socket.set_option(tcp::no_delay(true), error);
    const auto visitor = std::make_shared<Connection>(std::move(socket));
    const Incoming verdict = fsm_.incoming();
    if (verdict == Incoming::Refuse || visitor_) return turn_away(*visitor);
    visitor_ = visitor;
    if (verdict == Incoming::Compare) return spawn(meet(shared_from_this(), visitor));
    count_connection();
    feed(Accepted{});
    if (connection_ == visitor) spawn(read(shared_from_this(), visitor));
}

/// Two connections at once: the visitor's OPEN says which one survives.
Task<> Session::meet(std::shared_ptr<Session> self, std::shared_ptr<Connection> visitor) {
    for (;;) {
        const auto [failure, count] =
            co_await visitor->socket.async_read_some(asio::buffer(visitor->input), kAwaitTuple);
        if (visitor != visitor_) co_return;
        if (failure) co_return visitor_.reset();
        visitor->framer.feed(ByteView(visitor->input).first(count));
        const auto frame = visitor->framer.next();
        if (frame && !*frame) continue;
        const bool is_open = frame && (*frame)->type == MessageType::Open;
        auto open = is_open ? decode_open((*frame)->body) : std::unexpected(Notification{});
        if (!open || !keeps_incoming(fsm_.config().local_asn, *open))
            co_return turn_away(*std::exchange(visitor_, nullptr));
        count_connection();
        feed(Accepted{});
        if (connection_ != visitor) co_return;
        ++counters_.messages_in;
        metrics_.received[static_cast<std::size_t>(MessageType::Open)]->Increment();
        feed(Received{*std::move(open)});
        take_messages(visitor);
        co_return co_await read(std::move(self), std::move(visitor));
    }
}

void Session::turn_away(Connection& visitor) {
    const bool collides = fsm_.state() != State::Idle;
    const Bytes words =
        encode(Notification{error::kCease, collides ? error::kCollision : error::kRejected, {}});
    ErrorCode ignored;
    visitor.socket.write_some(asio::buffer(words), ignored);
    close(visitor);
}

}  // namespace dz::bgp
