#include "daemon/api/explain.hpp"

#include "daemon/api/read.hpp"

namespace dz::daemon::api {

json::Ordered to_json(const PlanView& plan) {
    return {{"reconciler_enabled", plan.reconciler_enabled}, {"steps", plan.steps}};
}

json::Ordered to_json(const EventRow& event) {
    return {{"id", event.id}, {"time", event.time}, {"cause", event.cause}, {"text", event.text}};
}

json::Ordered to_json(const Events& events) {
    auto rows = json::Ordered::array();
    for (const EventRow& event : events.events) rows.push_back(to_json(event));
    return {{"events", std::move(rows)}};
}

Result<PlanView> plan_from_json(const json::Value& value) {
    PlanView plan;
    TRY(plan.reconciler_enabled, json::boolean(value, "reconciler_enabled"));
    TRY(const json::Value* steps, json::array(value, "steps"));
    TRY(plan.steps, read_list(*steps, "steps", read_text));
    return plan;
}

Result<EventRow> event_from_json(const json::Value& value) {
    EventRow event;
    TRY(event.id, json::natural(value, "id"));
    TRY(event.time, json::string(value, "time"));
    TRY(event.cause, json::string(value, "cause"));
    TRY(event.text, json::string(value, "text"));
    return event;
}

Result<Events> events_from_json(const json::Value& value) {
    Events out;
    TRY(const json::Value* rows, json::array(value, "events"));
    TRY(out.events, read_list(*rows, "events", event_from_json));
    return out;
}

}  // namespace dz::daemon::api
