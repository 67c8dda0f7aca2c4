// base/http_server.hpp: HTTP/1.1 server on a unix socket or TCP (Beast inside, not in this header).
//
// Handlers are coroutines on the loop's thread. A header or body that exceeds its limit is answered with 431
// or 413, garbage with 400, and the connection is closed; so is, without an answer, one that has not
// delivered a whole request within `read_timeout`. Handlers have no deadline. GET routes also answer HEAD.
// A client may turn its connection into a WebSocket on the paths that are open to that (websocket.hpp).
// Unknown path: 404 with "404 page not found\n". Known path, other method: 405 with `Allow` and "Method Not
// Allowed\n" (daemon.md 2). A handler that throws: 500. An answer may come in pieces, for as long as its
// reader stays (`Response::more`).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "base/websocket.hpp"

namespace dz::http {

struct Request {
    std::string method;  ///< upper case
    std::string path;    ///< without query
    std::string query;   ///< after '?', undecoded
    std::string body;
    std::map<std::string, std::string> headers;  ///< names in lower case; the last of several wins
    /// Peer's user and group when it came by a unix socket (SO_PEERCRED).
    std::optional<std::uint32_t> peer_uid, peer_gid;
    /// The peer's supplementary groups (SO_PEERGROUPS).
    std::vector<std::uint32_t> peer_groups;
    /// "192.0.2.1" when it came by TCP.
    std::string peer_address;
};

struct Response {
    int status = 200;
    std::string body{};
    /// Empty = no Content-Type header.
    std::string content_type = "application/json";
    std::vector<std::pair<std::string, std::string>> headers{};
    /// When set, what it gives follows `body`, piece after piece, until it gives none or the client is gone:
    /// then it is cancelled. The next piece is asked for when the one before has been sent.
    std::function<Task<std::optional<std::string>>()> more{};
};

using Handler = std::function<Task<Response>(Request)>;

/// Method and exact path to handler.
class Router {
  public:
    void on(std::string method, std::string path, Handler handler);
    /// Answers every path that no `on` names, instead of 404.
    void otherwise(Handler handler);
    Task<Response> route(Request request) const;

    /// Speaks WebSocket on this path with those who ask for an upgrade.
    void on_websocket(std::string path, ws::Limits limits, ws::Handler handler);
    struct WebSocket {
        ws::Limits limits;
        ws::Handler handler;
    };
    /// Null when the path has none.
    const WebSocket* websocket(const std::string& path) const;

  private:
    std::map<std::string, std::map<std::string, Handler>> routes_;
    std::map<std::string, WebSocket> websockets_;
    Handler otherwise_;
};

struct Limits {
    std::size_t max_body = 1 << 20;
    std::size_t max_header = 16 << 10;
    std::size_t max_connections = 256;
    /// Of them, how many may be WebSockets, so that plain requests always find room. Beyond: 503.
    std::size_t max_websockets = 128;
    /// And how many may be answers in pieces. Beyond: 503.
    std::size_t max_streams = 64;
    Duration read_timeout = 60s;
    Duration write_timeout = 30s;
};

/// Owns the listening socket and its connections. Destroying it closes them all and removes a unix socket
/// file.
class Server {
  public:
    Server(EventLoop& loop, Clock& clock, Log log, const Router& router, Limits limits = {});
    ~Server();

    /// As net::listen_unix: `mode` holds before anybody can connect, and a dead process's file is replaced.
    Result<> listen_unix(const std::filesystem::path& path, unsigned mode);

    /// Every connection by TCP that is made from now on speaks TLS 1.2 or later. Files in PEM, the server's
    /// own certificate first. There are no WebSockets over it. Errors: BadValue naming the file.
    Result<> use_tls(const std::filesystem::path& certificate, const std::filesystem::path& key);

    /// As net::listen_tcp. Returns the port.
    Result<std::uint16_t> listen_tcp(std::string_view host_port);

    /// Accepts on what has been bound before, until `stop`.
    Task<> run();
    /// Stops accepting and closes idle connections; answers in progress are finished within `grace`.
    void stop(Duration grace = 1s);

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace dz::http
