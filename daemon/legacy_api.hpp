// daemon/legacy_api.hpp: POST /provision and POST /remove (daemon.md 2.8, 2.9): tunnels past the ledger.
//
// Of tools that are older than the reconciler. They are refused unless -legacy-api asks for them, and while
// the reconciler is enabled, since then the ledger decides. What is asked for goes into the desired state and
// is built and repaired like all else; it is forgotten by /enable and with the process.
#pragma once

#include <optional>
#include <string_view>

#include "base/http_server.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "daemon/access.hpp"
#include "reconciler/loop.hpp"

namespace dz::daemon {

/// The body of /provision. Errors: BadValue, in the words of the contract.
Result<reconciler::Service> parse_provision(std::string_view body);

class LegacyApi {
  public:
    /// Registers both endpoints with `router`. `loop` must outlive the API.
    LegacyApi(http::Router& router, reconciler::Loop& loop, Log log, Identity self, bool on);
    LegacyApi(const LegacyApi&) = delete;
    LegacyApi& operator=(const LegacyApi&) = delete;

  private:
    Task<http::Response> provision(http::Request request);
    Task<http::Response> remove(http::Request request);
    /// Why the request is not even looked at.
    std::optional<http::Response> refused(const http::Request& request) const;

    reconciler::Loop& loop_;
    Log log_;
    Identity self_;
    bool on_;
};

}  // namespace dz::daemon
