// daemon/api/client.hpp: the command line's side of the local API.
//
//     api::Client daemon(http, options.sock_file);
//     CO_TRY(const api::StatusV2 status, co_await daemon.status_v2());
//
// Every call has a deadline, so a stuck daemon never hangs the caller.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/http_client.hpp"
#include "base/result.hpp"
#include "daemon/api/explain.hpp"
#include "daemon/api/latency.hpp"
#include "daemon/api/messages.hpp"
#include "daemon/api/status.hpp"

namespace dz::daemon::api {

inline constexpr std::string_view kDefaultSocket = "/var/run/doublezerod/doublezerod.sock";

/// Errors of all calls, which `remedy` tells apart again:
///   NotFound     no socket file: the daemon does not run
///   Unavailable  nobody answers at the socket: the daemon died
///   Permission   this user may not use the socket, or may not make the change
///   Timeout      no answer in time
///   Unsupported  this daemon does not have the endpoint (latencies, when probing is off)
///   Rejected     the daemon answered with an error; the text is its description, `detail` the HTTP status
///   BadValue     the answer has another shape
class Client {
  public:
    /// `http` must outlive the client. `timeout` is of each call.
    Client(http::Client& http, std::filesystem::path socket, Duration timeout = 10s);

    /// Is there a socket that this user may open? Asks the file system only.
    Result<> check_socket() const;

    Task<Result<Config>> config();
    /// One row with `kDisconnected` and no user type when there is no tunnel.
    Task<Result<std::vector<ServiceStatus>>> status();
    Task<Result<StatusV2>> status_v2();
    Task<Result<std::vector<RouteRow>>> routes();
    /// `recent`: with the single echoes of the last measurements.
    Task<Result<Latencies>> latencies(bool recent = false);
    Task<Result<PlanView>> plan();
    /// Those with an id above `after`.
    Task<Result<Events>> events(std::uint64_t after = 0);
    /// Events as they come, after the one with the stream's id `last` (empty: from the beginning), each to
    /// `take` with its own id. Never succeeds: ends as Unavailable when the daemon does, or Timeout when it
    /// hangs. `take` must not use the client.
    using TakeEvent = std::function<void(const std::string& id, const EventRow& event)>;
    Task<Result<>> follow_events(std::string last, TakeEvent take);
    Task<Result<>> enable();
    Task<Result<>> disable();

    const std::filesystem::path& socket() const { return socket_; }

  private:
    http::ClientRequest request_for(std::string method, std::string path) const;
    Task<Result<http::ClientResponse>> send(http::ClientRequest request);
    Task<Result<json::Value>> get(std::string path);
    Task<Result<>> post(std::string path);

    http::Client& http_;
    std::filesystem::path socket_;
    Duration timeout_;
};

/// What a person can do about a failed call: "sudo systemctl start doublezerod", ... Empty: nothing known.
std::string_view remedy(const Error& error);

}  // namespace dz::daemon::api
