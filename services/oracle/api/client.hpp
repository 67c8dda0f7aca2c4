// services/oracle/api/client.hpp: the client's side of the oracle's API.
//
//     api::Client oracle(http, {.url = "https://oracle.example", .token = token});
//     CO_TRY(const api::ReservationView seat, co_await oracle.reserve(request, key));
//
// Every call has a deadline. The token is sent to `url` only and is in no error text.
#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/http_client.hpp"
#include "services/oracle/api/messages.hpp"

namespace dz::oracle::api {

/// Errors of all calls:
///   Permission   the token is not known there
///   NotFound     no such reservation (of this token)
///   Unavailable  the oracle or its ledger cannot be reached now, or wants to be asked less often
///   Timeout      no answer in time; asking again with the same key does nothing twice
///   Rejected     refused; the text is the oracle's, `detail` the HTTP status
///   BadValue     the answer has another shape
class Client {
  public:
    struct Config {
        std::string url;  ///< without a slash at the end
        std::string token;
        Duration timeout = 60s;  ///< of each call; a seat takes the ledger some slots
    };

    /// `http` must outlive the client.
    Client(http::Client& http, Config config) : http_(http), config_(std::move(config)) {}

    const std::string& url() const { return config_.url; }

    /// The same `idempotency_key` is the same reservation, however often it is asked for.
    Task<Result<ReservationView>> reserve(ReservationRequest request, std::string idempotency_key);
    Task<Result<ReservationView>> find(std::string id);
    /// Those that are not over.
    Task<Result<std::vector<ReservationView>>> list();
    Task<Result<ReservationView>> cancel(std::string id);
    Task<Result<SettlementView>> settle(std::string id, bool allocate_address, Ipv4 tunnel_endpoint);

  private:
    Task<Result<json::Value>> send(http::ClientRequest request, std::string path);

    http::Client& http_;
    Config config_;
};

}  // namespace dz::oracle::api
