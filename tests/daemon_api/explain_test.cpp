// Tests for the JSON of GET /v2/plan and GET /v2/events.
#include "daemon/api/explain.hpp"

#include <catch2/catch.hpp>

using namespace dz;
using namespace dz::daemon;

TEST_CASE("plan: its steps are the lines a person reads", "[daemon_api]") {
    const api::PlanView plan{.reconciler_enabled = true,
                             .steps = {"add tunnel doublezero0", "set peer 169.254.0.0"}};
    const std::string text = json::dump(api::to_json(plan));
    CHECK(text == R"({"reconciler_enabled":true,"steps":["add tunnel doublezero0","set peer 169.254.0.0"]})");
    CHECK(api::plan_from_json(*json::parse(text)) == plan);
    CHECK(json::dump(api::to_json(api::PlanView{})) == R"({"reconciler_enabled":false,"steps":[]})");
}

TEST_CASE("events: each has number, time, cause and text", "[daemon_api]") {
    const api::Events events{{{.id = 7,
                               .time = "2026-03-04T05:06:07.123456Z",
                               .cause = "kernel",
                               .text = "add tunnel doublezero0"}}};
    const std::string text = json::dump(api::to_json(events));
    CHECK(text == R"({"events":[{"id":7,"time":"2026-03-04T05:06:07.123456Z","cause":"kernel",)"
                  R"("text":"add tunnel doublezero0"}]})");
    CHECK(api::events_from_json(*json::parse(text)) == events);
}

TEST_CASE("plan and events: a wrong shape is an error that names the place", "[daemon_api]") {
    const auto plan = api::plan_from_json(*json::parse(R"({"reconciler_enabled":true,"steps":[1]})"));
    REQUIRE_FALSE(plan);
    CHECK_THAT(plan.error().text, Catch::Contains("steps[0]"));
    const auto events = api::events_from_json(*json::parse(R"({"events":[{"id":1,"time":"x"}]})"));
    REQUIRE_FALSE(events);
    CHECK_THAT(events.error().text, Catch::Contains("events[0]") && Catch::Contains("cause"));
}
