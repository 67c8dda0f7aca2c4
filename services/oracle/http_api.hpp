// services/oracle/http_api.hpp: the oracle over HTTP (docs/oracle.md).
//
//     POST   /v1/reservations                 201 fresh, 200 the same as before
//     GET    /v1/reservations                 those of the token that are not over
//     GET    /v1/reservations/ID
//     DELETE /v1/reservations/ID
//     POST   /v1/reservations/ID/settlement
//     GET    /health, /metrics                without a token
//
// Every other path needs `Authorization: Bearer TOKEN`; a token sees its own reservations only.
#pragma once

#include <map>
#include <string>

#include "base/http_server.hpp"
#include "base/metrics.hpp"
#include "services/oracle/authority.hpp"
#include "services/oracle/rate_limit.hpp"
#include "services/oracle/tokens.hpp"

namespace dz::oracle {

class HttpApi {
  public:
    struct Config {
        Rate rate;                   ///< of each token
        Duration healthy_for = 30s;  ///< after a look at the ledger
    };

    /// All references must outlive it.
    HttpApi(Clock& clock, Authority& authority, const Watch& watch, const Books& books, Tokens tokens,
            const metrics::Registry& registry, Metrics& metrics, const Config& config);

    const http::Router& router() const { return router_; }
    static http::Limits limits();
    /// Until then every request but those for /metrics is answered with 503.
    void open() { open_ = true; }

  private:
    Task<http::Response> answer(http::Request request);
    Task<http::Response> route(http::Request request, std::string holder);
    Task<http::Response> reserve(http::Request request, std::string holder);
    Task<http::Response> settle(http::Request request, std::string id, std::string holder);
    Task<http::Response> cancel(std::string id, std::string holder);
    http::Response list(const std::string& holder) const;
    http::Response find(const std::string& id, const std::string& holder) const;
    Task<http::Response> health() const;
    Task<http::Response> expose() const;
    /// Seconds until the token may ask again; 0: now.
    std::int64_t wait_of(const std::string& holder);

    Clock& clock_;
    Authority& authority_;
    const Watch& watch_;
    const Books& books_;
    Tokens tokens_;
    const metrics::Registry& registry_;
    Metrics& metrics_;
    Config config_;
    std::map<std::string, Bucket> buckets_;  ///< at most one for each token
    bool open_ = false;
    http::Router router_;
};

}  // namespace dz::oracle
