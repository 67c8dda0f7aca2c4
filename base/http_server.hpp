// base/http_server.hpp: HTTP/1.1 server on a unix socket or TCP (Beast inside, not in this header).
//
// Handlers are coroutines on the loop's thread. A request line, header and body that exceed the limits are
// answered (431, 413) and the connection closed; a client that is silent for `read_timeout` is closed.
// GET routes also answer HEAD. Unknown path: 404 with "404 page not found\n". Known path, other method: 405
// with `Allow` and "Method Not Allowed\n" (daemon.md 2).
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

namespace dz::http {

struct Request {
    std::string method;  ///< upper case
    std::string path;    ///< without query
    std::string query;   ///< after '?', undecoded
    std::string body;
    std::map<std::string, std::string> headers;  ///< names in lower case; the last of several wins
    /// Peer's user and group when it came by a unix socket (SO_PEERCRED).
    std::optional<std::uint32_t> peer_uid, peer_gid;
    /// "192.0.2.1" when it came by TCP.
    std::string peer_address;
};

struct Response {
    int status = 200;
    std::string body;
    /// Empty = no Content-Type header.
    std::string content_type = "application/json";
    std::vector<std::pair<std::string, std::string>> headers;
};

using Handler = std::function<Task<Response>(Request)>;

/// Method and exact path to handler.
class Router {
  public:
    void on(std::string method, std::string path, Handler handler);
    /// Answers every path that no `on` names, instead of 404.
    void otherwise(Handler handler);
    Task<Response> route(Request request) const;

  private:
    std::map<std::string, std::map<std::string, Handler>> routes_;
    Handler otherwise_;
};

struct Limits {
    std::size_t max_body = 1 << 20;
    std::size_t max_header = 16 << 10;
    std::size_t max_connections = 256;
    Duration read_timeout = 60s;
    Duration write_timeout = 30s;
};

/// Owns the listening socket and its connections. Destroying it closes them all and removes a unix socket
/// file.
class Server {
  public:
    Server(EventLoop& loop, Clock& clock, Log log, const Router& router, Limits limits = {});
    ~Server();

    /// Binds a unix socket with `mode` set before it accepts. A left-over socket file that nobody answers on
    /// is replaced. Errors: Exists when a live process answers there, or when the path is not a socket;
    /// NotFound when the directory is missing; Permission.
    Result<> listen_unix(const std::filesystem::path& path, unsigned mode);

    /// Binds TCP "host:port"; "localhost" and IP literals; port 0 = the kernel picks. Returns the port.
    Result<std::uint16_t> listen_tcp(std::string_view host_port);

    /// Accepts until the server is destroyed or `stop` is called.
    Task<> run();
    /// Stops accepting and closes idle connections; answers in progress are finished within `grace`.
    void stop(Duration grace = 1s);

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace dz::http
