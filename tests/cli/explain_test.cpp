// Tests for plan and events against a daemon on a real socket.
#include <catch2/catch.hpp>

#include "cli/commands.hpp"
#include "tests/cli/desk.hpp"

using namespace dz;
using namespace dz::cli;
using namespace dz::test;
using Catch::Contains;
using daemon::api::EventRow;

namespace {

const EventRow kStarted{1, "2026-03-04T05:06:07.000001Z", "start", "adopted doublezero0"};
const EventRow kRoute{2, "2026-03-04T05:06:08.000002Z", "session", "add route 198.18.0.7/32"};

}  // namespace

TEST_CASE("plan: its steps in order, or that there is nothing to do", "[cli]") {
    Desk desk;
    desk.daemon.plan = {.reconciler_enabled = true, .steps = {"add tunnel doublezero0", "add peer"}};
    REQUIRE(desk.run(plan({}, desk.context, desk.out)));
    CHECK(desk.out.str() == "add tunnel doublezero0\nadd peer\n");
    desk.daemon.plan.steps.clear();
    desk.out.str("");
    REQUIRE(desk.run(plan({}, desk.context, desk.out)));
    CHECK(desk.out.str() == "Nothing to do: everything is as the ledger wants it\n");
    CHECK(desk.err.str().empty());
}

TEST_CASE("plan: a disabled reconciler is mentioned, with what to do", "[cli]") {
    Desk desk;
    REQUIRE(desk.run(plan({}, desk.context, desk.out)));
    CHECK_THAT(desk.err.str(), Contains("reconciler is disabled") && Contains("doublezero enable"));
}

TEST_CASE("plan: JSON is the daemon's own", "[cli]") {
    Desk desk;
    desk.daemon.plan = {.reconciler_enabled = true, .steps = {"add peer"}};
    REQUIRE(desk.run(plan({.json_compact = true}, desk.context, desk.out)));
    CHECK(desk.out.str() == "{\"reconciler_enabled\":true,\"steps\":[\"add peer\"]}\n");
}

TEST_CASE("plan: without a daemon the error says how to start it", "[cli]") {
    Desk desk;
    desk.daemon.stop();
    const auto done = desk.run(plan({}, desk.context, desk.out));
    REQUIRE_FALSE(done);
    CHECK_THAT(done.error().text, Contains("cannot reach the daemon") && Contains("systemctl start"));
}

TEST_CASE("events: a table, oldest first", "[cli]") {
    Desk desk;
    desk.daemon.events = {kStarted, kRoute};
    REQUIRE(desk.run(events({}, desk.context, desk.out)));
    CHECK(desk.out.str() ==
          " Time                        | Cause   | Event                   \n"
          " 2026-03-04T05:06:07.000001Z | start   | adopted doublezero0     \n"
          " 2026-03-04T05:06:08.000002Z | session | add route 198.18.0.7/32 \n");
    desk.out.str("");
    REQUIRE(desk.run(events({.style = {.json_compact = true}}, desk.context, desk.out)));
    CHECK_THAT(desk.out.str(), Catch::StartsWith(R"([{"id":1,)"));
}

TEST_CASE("events: following prints each event once, over broken streams and a daemon begun anew", "[cli]") {
    Desk desk;
    const EventRow anew{1, "2026-03-04T05:07:00.000001Z", "start", "adopted nothing"};
    desk.daemon.events = {kStarted};
    desk.daemon.on_request = [&desk, &anew] {
        switch (desk.daemon.count("GET /v2/events")) {
            case 2:
                desk.daemon.events = {kStarted, kRoute};
                break;
            case 4:
                desk.daemon.epoch = "b";
                desk.daemon.events = {anew};
                break;
            case 6:
                desk.daemon.failures = 1;
                break;
            default:
                break;
        }
    };
    const auto done = desk.run(events({.follow = true, .style = {}}, desk.context, desk.out));
    REQUIRE_FALSE(done);
    CHECK_THAT(done.error().text, Contains("busy"));
    CHECK(desk.out.str() ==
          "2026-03-04T05:06:07.000001Z  start     adopted doublezero0\n"
          "2026-03-04T05:06:08.000002Z  session   add route 198.18.0.7/32\n"
          "2026-03-04T05:07:00.000001Z  start     adopted nothing\n");
    CHECK_THAT(desk.err.str(), Catch::StartsWith("Note: the daemon does not answer; waiting for it\n"
                                                 "Note: the daemon is back\n"));
}
