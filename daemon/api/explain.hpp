// daemon/api/explain.hpp: what the daemon would do now, and what it has done: GET /v2/plan and GET
// /v2/events.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace dz::daemon::api {

/// GET /v2/plan: the difference between what is wanted and what is there, in the order of the steps. Nothing
/// is changed by asking.
struct PlanView {
    bool reconciler_enabled = false;
    std::vector<std::string> steps;  ///< "add route 198.18.0.7/32 ..."; empty: everything is as wanted
    bool operator==(const PlanView&) const = default;
};

/// One thing that happened, and why.
struct EventRow {
    std::uint64_t id = 0;  ///< counts up by one; begins anew with the daemon
    std::string time;      ///< RFC 3339, UTC, microseconds
    std::string cause;  ///< "start", "toggle", "ledger", "host", "session", "kernel", "retry", "audit", ...
    std::string text;
    bool operator==(const EventRow&) const = default;
};

/// GET /v2/events: the last ones, oldest first; with `?after=ID` those with a greater id.
struct Events {
    std::vector<EventRow> events;
    bool operator==(const Events&) const = default;
};

json::Ordered to_json(const PlanView& plan);
json::Ordered to_json(const EventRow& event);
json::Ordered to_json(const Events& events);

/// Errors: BadValue naming the key.
Result<PlanView> plan_from_json(const json::Value& value);
Result<EventRow> event_from_json(const json::Value& value);
Result<EventRow> event_from_json(const json::Value& value);
Result<Events> events_from_json(const json::Value& value);

}  // namespace dz::daemon::api
