// base/http_client.hpp: outgoing HTTP by libcurl's multi interface on the loop, and a client for unix
// sockets.
//
// Proxies (HTTP_PROXY, HTTPS_PROXY, NO_PROXY), TLS, gzip, keep-alive and HTTP/2 are libcurl's. Names are
// looked up on libcurl's resolver thread, so a hung name server delays nobody else. Nothing is retried here.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace dz::http {

struct ClientRequest {
    std::string method = "GET";
    std::string url;
    /// When set, the request goes to this unix socket and the URL's host is only a header.
    std::string unix_socket;
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
    Duration connect_timeout = 10s;
    Duration timeout = 10s;             ///< of the whole request, body included
    std::size_t max_body = 256U << 20;  ///< of the decoded answer
};

struct ClientResponse {
    int status = 0;
    std::string body;
    std::string content_type;
    std::size_t bytes_on_wire = 0;  ///< body bytes before decompression
};

/// Owns the connections. Errors of `send`: Unavailable (refused, reset, unresolvable, TLS, closed early),
/// Timeout, LimitExceeded, Cancelled. An HTTP error status is not an `Error`.
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
