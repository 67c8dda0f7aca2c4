// base/websocket_wire.hpp: what lies below a `ws::Connection`: the port to a WebSocket stream, and the
// server's way in. For the HTTP server and for tests; others want websocket.hpp.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/http_server.hpp"
#include "base/websocket.hpp"

namespace dz::ws {

/// One type for connections by unix socket and by TCP, so that the protocol is compiled once.
using Socket = boost::asio::generic::stream_protocol::socket;

/// A WebSocket stream after its handshake. One of each of `read` and the other verbs at a time.
class Wire {
  public:
    virtual ~Wire() = default;

    virtual Task<Result<std::string>> read() = 0;
    /// `message` must stay until it returns.
    virtual Task<Result<>> write(const std::string& message) = 0;
    virtual Task<Result<>> ping() = 0;
    /// Says goodbye and waits for the peer's.
    virtual Task<> close() = 0;
    /// Closes the socket: whatever is under way fails.
    virtual void drop() = 0;

    /// Called for whatever arrives, pongs included. Set before the first `read`.
    std::function<void()> on_heard;
};

struct Handshake {
    std::string host;    ///< for the Host header, with its port unless that is the scheme's own
    std::string target;  ///< path and query
    bool tls = false;
    std::string server_name;  ///< that the certificate must be valid for
    std::string ca_file;      ///< empty = the system's
};

/// Adapters (websocket_stream.cpp). `socket` must outlive the wire.
/// Errors: Unavailable.
Task<Result<std::unique_ptr<Wire>>> shake_hands(Socket& socket, Handshake handshake, Limits limits);
/// Answers a request for an upgrade; one that is not in order with 400 or 426. Errors: Rejected, Unavailable.
Task<Result<std::unique_ptr<Wire>>> accept_upgrade(Socket& socket, http::Request request, Limits limits);

/// Runs `handler` on a connection over `wire`, and closes it.
Task<> converse(EventLoop& loop, Clock& clock, Wire& wire, Limits limits, Handler handler);

/// Takes a connection over from the HTTP server, `request` being the one that asks for it.
Task<> serve(EventLoop& loop, Clock& clock, Socket& socket, http::Request request, Limits limits,
             Handler handler);

/// Closes `socket` when `work` takes longer than `limit`. Errors: those of `work`; Timeout.
Task<Result<std::unique_ptr<Wire>>> open_within(Duration limit, Clock& clock, Socket& socket,
                                                Task<Result<std::unique_ptr<Wire>>> work);

}  // namespace dz::ws
