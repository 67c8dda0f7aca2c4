// Tests for status, enable, disable and routes against a daemon on a real socket.
#include <catch2/catch.hpp>

#include "cli/commands.hpp"
#include "tests/cli/desk.hpp"

using namespace dz;
using namespace dz::cli;
using namespace dz::test;
using Catch::Contains;
using daemon::api::EnrichedService;

namespace {

constexpr OutputStyle kJson{.json = true, .json_compact = false};

EnrichedService unicast() {
    EnrichedService service;
    service.service = {.tunnel_name = "doublezero0",
                       .tunnel_src = ip(203, 0, 113, 10),
                       .tunnel_dst = ip(198, 51, 100, 4),
                       .doublezero_ip = ip(203, 0, 113, 10),
                       .session_status = "BGP Session Up",
                       .last_session_update = 1'772'600'767,
                       .user_type = "IBRL"};
    service.current_device = service.lowest_latency_device = "fra-dz001";
    service.metro = "Frankfurt";
    service.tenant = "acme";
    return service;
}

EnrichedService subscriber() {
    EnrichedService service = unicast();
    service.service.tunnel_name = "doublezero1";
    service.service.tunnel_dst = ip(198, 51, 100, 9);
    service.service.doublezero_ip = {};
    service.service.user_type = "Multicast";
    service.service.last_session_update = 1'772'600'831;
    service.current_device = "ams-dz002";
    service.metro = "Amsterdam";
    service.tenant = "";
    service.multicast_groups = {{"alpha"}, {"beta"}};
    return service;
}

struct StatusDesk : Desk {
    StatusDesk() {
        daemon.status.reconciler_enabled = true;
        daemon.status.network = "testnet";
    }
    std::string text(OutputStyle style = {}) {
        const auto done = run(cli::status({.watch = {}, .style = style}, context, out));
        INFO((done ? std::string() : done.error().text));
        REQUIRE(done);
        return out.str();
    }
};

}  // namespace

TEST_CASE("status: one row for each tunnel, marked by how good its device is", "[cli]") {
    StatusDesk desk;
    desk.daemon.services = {unicast(), subscriber()};
    CHECK(
        desk.text() ==
        " Tunnel Status  | Last Session Update     | Tunnel Name | Tunnel Src   | Tunnel Dst   | Doublezero "
        "IP "
        "| User Type | Reconciler | Tenant | Current Device | Lowest Latency Device | Metro     | Network | "
        "Multicast Groups \n"
        " BGP Session Up | 2026-03-04 05:06:07 UTC | doublezero0 | 203.0.113.10 | 198.51.100.4 | "
        "203.0.113.10  "
        "| IBRL      | true       | acme   | fra-dz001      | ✅ fra-dz001          | Frankfurt | testnet | "
        "                 \n"
        " BGP Session Up | 2026-03-04 05:07:11 UTC | doublezero1 | 203.0.113.10 | 198.51.100.9 |             "
        "  "
        "| Multicast | true       |        | ams-dz002      | ⚠️ fra-dz001          | Amsterdam | testnet | "
        "P:alpha,S:beta   \n");
}

TEST_CASE("status: without a tunnel there is one row that says disconnected", "[cli]") {
    StatusDesk desk;
    CHECK(
        desk.text() ==
        " Tunnel Status | Last Session Update | Tunnel Name | Tunnel Src | Tunnel Dst | Doublezero IP | User "
        "Type | Reconciler | Tenant | Current Device | Lowest Latency Device | Metro | Network | Multicast "
        "Groups \n"
        " disconnected  | no session data     |             |            |            |               |      "
        "  "
        "   | true       |        | N/A            | N/A                   | N/A   | testnet |               "
        " "
        "  \n");
}

TEST_CASE("status: the JSON of a disconnected host keeps every key", "[cli]") {
    StatusDesk desk;
    CHECK(desk.text(kJson) == R"([
  {
    "response": {
      "doublezero_status": {
        "session_status": "disconnected",
        "last_session_update": null
      },
      "tunnel_name": null,
      "tunnel_src": null,
      "tunnel_dst": null,
      "doublezero_ip": null,
      "user_type": null
    },
    "reconciler_enabled": true,
    "tenant": "",
    "current_device": "N/A",
    "lowest_latency_device": "N/A",
    "metro": "N/A",
    "network": "testnet",
    "multicast_groups": "",
    "subscriptions": [],
    "current_device_rtt_nanoseconds": null,
    "current_device_loss_percentage": null,
    "better_device": null,
    "state": null,
    "reason": null,
    "since": null,
    "next_action": null,
    "last_error": null
  }
]
)");
}

TEST_CASE("status: the JSON of a tunnel has raw values and no marks", "[cli]") {
    StatusDesk desk;
    EnrichedService service = subscriber();
    service.subscriptions = {{"4Gh", "alpha", ip(233, 84, 178, 7), 1'000'000'000, true, false}};
    desk.daemon.services = {service};
    const OutputStyle compact{.json = false, .json_compact = true};
    CHECK(
        desk.text(compact) ==
        R"([{"response":{"doublezero_status":{"session_status":"BGP Session Up","last_session_update":1772600831},)"
        R"("tunnel_name":"doublezero1","tunnel_src":"203.0.113.10","tunnel_dst":"198.51.100.9","doublezero_ip":"",)"
        R"("user_type":"Multicast"},"reconciler_enabled":true,"tenant":"","current_device":"ams-dz002",)"
        R"("lowest_latency_device":"fra-dz001","metro":"Amsterdam","network":"testnet",)"
        R"("multicast_groups":"P:alpha,S:beta","subscriptions":[{"pubkey":"4Gh","code":"alpha",)"
        R"("multicast_ip":"233.84.178.7","max_bandwidth":1000000000,"publisher":true,"subscriber":false}],)"
        R"("current_device_rtt_nanoseconds":null,"current_device_loss_percentage":null,"better_device":null,)"
        R"("state":null,"reason":null,"since":null,"next_action":null,"last_error":null}])"
        "\n");
}

TEST_CASE("status: a session that is down has no mark, and its reason goes to stderr", "[cli]") {
    StatusDesk desk;
    EnrichedService service = unicast();
    service.service.session_status = "BGP Session Down";
    service.service.last_session_update = 0;
    service.last_error = "hold timer expired";
    service.next_action = "the session is tried again in 5 s";
    desk.daemon.services = {service};
    desk.daemon.status.problems = {{"no route to the device", "check the default route"}};
    const std::string text = desk.text();
    CHECK_THAT(text, Contains("no session data") && Contains("| fra-dz001             |") && !Contains("✅"));
    CHECK(
        desk.err.str() ==
        "Note: no route to the device\nTry: check the default route\nNote: doublezero0: hold timer expired\n"
        "Next: the session is tried again in 5 s\n");
}

TEST_CASE("status: answers that fail are asked for again, three times at most", "[cli]") {
    StatusDesk desk;
    desk.daemon.on_request = [&desk, armed = true]() mutable {
        if (armed && desk.daemon.count("GET /v2/status") == 1) {
            desk.daemon.failures = 2;
            armed = false;
        }
    };
    desk.text();
    CHECK(desk.daemon.count("GET /v2/status") == 3);
    desk.daemon.on_request = [&desk] {
        if (desk.daemon.requests.back() == "GET /v2/status") desk.daemon.failures = 1;
    };
    const auto done = desk.run(cli::status({}, desk.context, desk.out));
    REQUIRE_FALSE(done);
    CHECK(desk.daemon.count("GET /v2/status") == 3 + 4);
    CHECK_THAT(done.error().text, Contains("cannot read the daemon's status\n  caused by: busy"));
}

TEST_CASE("enable, disable: say what changed, and announce that tunnels go", "[cli]") {
    Desk desk;
    REQUIRE(desk.run(enable(desk.context, desk.out)));
    REQUIRE(desk.run(enable(desk.context, desk.out)));
    desk.daemon.services = {unicast()};
    REQUIRE(desk.run(disable(desk.context, desk.out)));
    REQUIRE(desk.run(disable(desk.context, desk.out)));
    CHECK(desk.out.str() ==
          "Reconciler enabled\nReconciler already enabled\nActive tunnels will be removed\nReconciler "
          "disabled\n"
          "Reconciler already disabled\n");
    CHECK(desk.daemon.count("POST /enable") == 1);
    CHECK(desk.daemon.count("POST /disable") == 1);
}

TEST_CASE("enable: what the daemon refuses is an error in its own words", "[cli]") {
    Desk desk;
    desk.daemon.refuses_enable = true;
    const auto done = desk.run(enable(desk.context, desk.out));
    REQUIRE_FALSE(done);
    CHECK(done.error().text ==
          "the reconciler was not enabled\n  caused by: the state file cannot be written");
}

TEST_CASE("routes: a table for people, an array for scripts even when it is empty", "[cli]") {
    Desk desk;
    const auto none = desk.run(routes({}, desk.context, desk.out));
    REQUIRE_FALSE(none);
    CHECK_THAT(none.error().text, Catch::StartsWith("No routes found"));
    REQUIRE(desk.run(routes(kJson, desk.context, desk.out)));
    CHECK(desk.out.str() == "[]\n");

    desk.out.str("");
    daemon::api::RouteRow plain{"testnet", ip(203, 0, 113, 10), ip(198, 51, 100, 77),
                                "present", std::nullopt,        std::nullopt};
    daemon::api::RouteRow watched = plain;
    watched.liveness = {"2026-03-04T05:06:07Z", "up", "", "present", "active", "0.34.0"};
    watched.learned = {.prefix = host_prefix(watched.peer_ip),
                       .next_hop = ip(169, 254, 0, 0),
                       .verdict = "installed",
                       .why_not = "",
                       .origin = "igp",
                       .as_path = "65342 65000",
                       .communities = {"21682:1200"},
                       .age_seconds = 7'300,
                       .stale = false};
    desk.daemon.routes = {watched};
    REQUIRE(desk.run(routes({}, desk.context, desk.out)));
    CHECK(
        desk.out.str() ==
        " Network | Local IP     | Peer IP       | Kernel State | Liveness Last Updated | Liveness State | "
        "Liveness State Reason | Peer Client Version | Prefix           | AS Path     | Communities | Age | "
        "Verdict   | Why Not \n"
        " testnet | 203.0.113.10 | 198.51.100.77 | present      | 2026-03-04T05:06:07Z  | up             | "
        "                      | 0.34.0              | 198.51.100.77/32 | 65342 65000 | 21682:1200  | 2h  | "
        "installed |         \n");
    desk.out.str("");
    desk.daemon.routes = {plain};
    const OutputStyle compact{.json = false, .json_compact = true};
    REQUIRE(desk.run(routes(compact, desk.context, desk.out)));
    CHECK(
        desk.out.str() ==
        R"([{"network":"testnet","local_ip":"203.0.113.10","peer_ip":"198.51.100.77","kernel_state":"present",)"
        R"("liveness_last_updated":null,"liveness_state":null,"liveness_state_reason":null,)"
        R"("peer_client_version":null,"prefix":null,"next_hop":null,"verdict":null,"why_not":null,"origin":null,)"
        R"("as_path":null,"communities":null,"age_seconds":null,"stale":null}])"
        "\n");
    desk.out.str("");
    desk.daemon.routes = {watched};
    REQUIRE(desk.run(routes(compact, desk.context, desk.out)));
    CHECK_THAT(desk.out.str(),
               Contains(R"("prefix":"198.51.100.77/32","next_hop":"169.254.0.0","verdict":"installed",)"
                        R"("why_not":null,"origin":"igp","as_path":"65342 65000",)"
                        R"("communities":["21682:1200"],"age_seconds":7300,"stale":false})"));
}
