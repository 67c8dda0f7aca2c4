// base/http_client.hpp: outgoing HTTP by libcurl's multi interface on the loop; to unix sockets without it.
//
// TLS, gzip, keep-alive, HTTP/2 and proxies are libcurl's; proxies are taken from http_proxy, HTTPS_PROXY and
// NO_PROXY, and never used for this machine's own addresses. Names are looked up on libcurl's resolver
// thread, so a hung name server delays nobody else. Redirects are not followed and nothing is retried here.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace dz::http {

struct ClientRequest {
    std::string method = "GET";
    std::string url{};
    /// When set, the request goes to this unix socket on a connection of its own, and the URL's host is only
    /// a header.
    std::string unix_socket{};
    std::string body{};
    std::vector<std::pair<std::string, std::string>> headers{};
    Duration connect_timeout = 10s;
    Duration timeout = 10s;             ///< of the whole request, body included
    std::size_t max_body = 256U << 20;  ///< of the decoded answer
    /// When set, the body of an answer with status 200 goes here piece by piece as it comes, however long
    /// that takes, and `max_body` does not count. Must not use the client.
    std::function<void(std::string_view)> on_body{};
    /// Of such an answer, instead of `timeout`: how long nothing may come. Whole seconds.
    std::chrono::seconds silence{60};
};

struct ClientResponse {
    int status = 0;
    std::string body;
    std::string content_type;
    std::size_t bytes_on_wire = 0;  ///< body bytes before decompression
};

/// Owns the connections, which stay open for the next request. libcurl is loaded by the first `send` that
/// needs it. Errors of `send`: Unavailable (refused, reset, unresolvable, TLS, closed early; `detail` is the
/// errno if there is one), Permission (a unix socket that we may not open), Timeout, LimitExceeded, BadValue
/// (URL), Cancelled. An HTTP error status is not an `Error`. Error texts never hold the URL, which may be
/// secret. Destroying the client ends what is under way as Cancelled; requests to unix sockets end by
/// themselves.
class Client {
  public:
    explicit Client(EventLoop& loop);
    ~Client();
    Task<Result<ClientResponse>> send(ClientRequest request);

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace dz::http
