// base/websocket.hpp: WebSocket (RFC 6455), both sides (Beast inside, not in this header).
//
// A connection lives as long as the coroutine that talks on it. `ws::dial` opens one, runs the handler and
// closes it when the handler returns; on the server's side `http::Router::on_websocket` does the same for
// each client that asks for an upgrade:
//
//     Task<> follow(ws::Connection& connection) {
//         if (!connection.send(kSubscribe)) co_return;
//         while (auto message = co_await connection.receive()) take(*message);
//     }
//
// Beside the handler runs what keeps the connection honest: messages are sent in order from a queue of
// bounded length, a peer that is silent is pinged, and one that neither answers nor reads is dropped. The
// handler learns of an end from the next `receive` or `send`. No compression, no subprotocols, no proxies.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"

namespace dz::ws {

struct Limits {
    /// Of an incoming message; a longer one ends the connection with code 1009.
    std::size_t max_message = 1U << 20;
    /// Bytes that wait to be sent. A peer for which more would have to wait reads too slowly and is dropped.
    std::size_t max_queue = 16U << 20;
    /// Connecting, TLS and handshake, each. A name look-up has the resolver's own limit.
    Duration open_timeout = 10s;
    /// A peer that was silent for so long is pinged, and dropped when it stays silent for as long again.
    Duration ping_after = 30s;
    /// The peer must have taken a message, or answered a close, after this time.
    Duration write_timeout = 30s;
};

/// An open connection. Belongs to whoever opened it; used on the loop's thread.
class Connection {
  public:
    virtual ~Connection() = default;

    /// The next message, text or binary alike. One caller at a time. Errors, all final: Unavailable (the peer
    /// or the network ended it, or we dropped it), LimitExceeded (a message too long), BadValue (no WebSocket
    /// frame).
    virtual Task<Result<std::string>> receive() = 0;

    /// Queues a text message. Errors: LimitExceeded when the queue is full, which drops the connection;
    /// Unavailable when it has ended.
    virtual Result<> send(std::string message) = 0;

    /// Bytes that wait to be sent, those under way included.
    virtual std::size_t queued() const = 0;
};

/// What has been queued when it returns is still sent before the connection is closed.
using Handler = std::function<Task<>(Connection&)>;

struct Target {
    std::string url;  ///< "ws://" or "wss://"
    Limits limits{};
    /// Certificates to trust instead of the system's: a PEM file.
    std::string ca_file{};
};

/// Opens a connection and returns when `handler` has, and the connection is closed. The server's certificate
/// must be valid for the URL's host. Errors, of opening only: BadValue (URL), Unavailable (no such name,
/// refused, TLS, no WebSocket there), Timeout. Error texts never hold the URL, which may be secret.
Task<Result<>> dial(EventLoop& loop, Clock& clock, Target target, Handler handler);

}  // namespace dz::ws
