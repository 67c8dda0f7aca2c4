// base/unix_client.hpp: one HTTP/1.1 request to a server on a unix socket of this machine. Part of
// http::Client.
#pragma once

#include "base/http_client.hpp"

namespace dz::http {

/// One connection for the request, closed afterwards. Errors: those of `Client::send`.
Task<Result<ClientResponse>> send_to_unix_socket(EventLoop& loop, ClientRequest request);

}  // namespace dz::http
