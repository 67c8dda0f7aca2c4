// daemon/view.hpp: what the API shows, from what the modules report. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/api/explain.hpp"
#include "daemon/api/status.hpp"
#include "fetcher/fetcher.hpp"
#include "ledger/types.hpp"
#include "protocols/bgp/speaker.hpp"
#include "reconciler/plan.hpp"
#include "reconciler/report.hpp"

namespace dz::daemon {

/// What the daemon itself has to complain about, by topic: "state file", "privileges", "metrics".
using OwnProblems = std::map<std::string, api::Problem>;

/// "https://host:port" of a URL: paths of ledger endpoints often carry a key.
std::string_view origin_of(std::string_view url);

/// "IBRL", "IBRLWithAllocatedIP", "EdgeFiltering", "Multicast", "Unknown" (daemon.md 2.1).
std::string_view user_type_text(ledger::UserType type);

/// Rows of GET /status: the services whose tunnel is there, unicast first.
std::vector<api::ServiceStatus> services(const reconciler::Report& report);

/// GET /v2/status. Each service shows the device, metro, tenant and groups of the ledger's user that it was
/// built for; nothing is matched by guess, and nobody waits for the ledger. Problems come in the order of
/// `own`, client IP, `ledger`, report.
api::StatusV2 status_v2(const reconciler::Report& report, const fetcher::View& ledger, const OwnProblems& own,
                        std::string_view network, std::string_view rpc_url);

/// GET /v2/plan.
api::PlanView plan_view(bool enabled, const reconciler::Plan& plan);

/// GET /v2/events.
api::Events event_rows(const std::vector<reconciler::Event>& events);

/// "enabled, 1 of 1 sessions up": for systemctl status.
std::string summary(const reconciler::Report& report);

}  // namespace dz::daemon
