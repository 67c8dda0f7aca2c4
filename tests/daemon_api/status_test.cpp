// Tests for the JSON of GET /status and GET /v2/status: key order, omissions, tolerant reading.
#include "daemon/api/status.hpp"

#include <catch2/catch.hpp>

using namespace dz;
using namespace dz::daemon;

namespace {

api::ServiceStatus unicast() {
    return {.tunnel_name = "doublezero0",
            .tunnel_src = *parse_ipv4("198.18.0.5"),
            .tunnel_dst = *parse_ipv4("198.18.9.1"),
            .doublezero_ip = *parse_ipv4("198.18.0.5"),
            .session_status = "BGP Session Up",
            .last_session_update = 1760464781,
            .user_type = "IBRL"};
}

api::StatusV2 publisher() {
    api::EnrichedService service;
    service.service = {.tunnel_name = "doublezero1",
                       .tunnel_src = *parse_ipv4("198.18.0.5"),
                       .tunnel_dst = *parse_ipv4("198.18.9.2"),
                       .doublezero_ip = *parse_ipv4("148.51.120.9"),
                       .session_status = "BGP Session Up",
                       .last_session_update = 1760464781,
                       .user_type = "Multicast"};
    service.current_device = "dev-a";
    service.current_device_rtt_nanoseconds = 1834000;
    service.lowest_latency_device = "dev-a";
    service.metro = "Example City";
    service.multicast_groups = {.publisher = {"grp1"}, .subscriber = {"grp1"}};
    service.subscriptions = {{.pubkey = "9x",
                              .code = "grp1",
                              .multicast_ip = *parse_ipv4("233.84.178.0"),
                              .max_bandwidth = 18'446'744'073'709'551'615U,
                              .publisher = true,
                              .subscriber = true}};
    service.state = "up";
    service.since = 1760464781;
    service.data_age_seconds = 4;
    service.data_slot = 77;
    return {.reconciler_enabled = true,
            .client_ip = *parse_ipv4("198.18.0.5"),
            .network = "testnet",
            .services = {service},
            .version = "0.34.0+abc",
            .snapshot_age_seconds = 4,
            .client_ip_method = "default route",
            .behind_nat = true,
            .problems = {}};
}

}  // namespace

TEST_CASE("status v1: no service is one row that says disconnected and nothing else", "[daemon_api]") {
    CHECK(json::dump(api::to_json(std::vector<api::ServiceStatus>{})) ==
          R"([{"doublezero_status":{"session_status":"disconnected"}}])");
}

TEST_CASE("status v1: a service has its seven keys in the order of the contract", "[daemon_api]") {
    CHECK(json::dump(api::to_json(std::vector{unicast()})) ==
          R"([{"tunnel_name":"doublezero0","tunnel_src":"198.18.0.5","tunnel_dst":"198.18.9.1",)"
          R"("doublezero_ip":"198.18.0.5","doublezero_status":{"session_status":"BGP Session Up",)"
          R"("last_session_update":1760464781},"user_type":"IBRL"}])");
}

TEST_CASE("status v1: an absent address is the empty text", "[daemon_api]") {
    auto service = unicast();
    service.doublezero_ip = {};
    CHECK(api::to_json(service)["doublezero_ip"] == "");
}

TEST_CASE("status v2: known keys come first and in order, ours after them", "[daemon_api]") {
    CHECK(
        json::dump(api::to_json(publisher())) ==
        R"({"reconciler_enabled":true,"client_ip":"198.18.0.5","network":"testnet","services":[)"
        R"({"tunnel_name":"doublezero1","tunnel_src":"198.18.0.5","tunnel_dst":"198.18.9.2",)"
        R"("doublezero_ip":"148.51.120.9","doublezero_status":{"session_status":"BGP Session Up",)"
        R"("last_session_update":1760464781},"user_type":"Multicast","current_device":"dev-a",)"
        R"("current_device_rtt_nanoseconds":1834000,"lowest_latency_device":"dev-a","metro":"Example City",)"
        R"("tenant":"","multicast_groups":{"publisher":["grp1"],"subscriber":["grp1"]},"subscriptions":[)"
        R"({"pubkey":"9x","code":"grp1","multicast_ip":"233.84.178.0","max_bandwidth":18446744073709551615,)"
        R"("publisher":true,"subscriber":true}],"state":"up","reason":"","since":1760464781,"next_action":"","data_age_seconds":4,"data_slot":77,"routes_received":0,"routes_accepted":0}],)"
        R"("version":"0.34.0+abc","snapshot_age_seconds":4,)"
        R"("client_ip_method":"default route","behind_nat":true,"problems":[]})");
}

TEST_CASE("status v2: lists are never null and absent facts are left out", "[daemon_api]") {
    api::StatusV2 status;
    status.network = "testnet";
    CHECK(
        json::dump(api::to_json(status)) ==
        R"({"reconciler_enabled":false,"client_ip":"","network":"testnet","services":[],"version":"","problems":[]})");
    status.services.emplace_back();
    const auto service = api::to_json(status)["services"][0];
    CHECK_FALSE(service.contains("current_device_rtt_nanoseconds"));
    CHECK_FALSE(service.contains("current_device_loss_percentage"));
    CHECK_FALSE(service.contains("data_age_seconds"));
    CHECK_FALSE(service.contains("last_error"));
    CHECK(service["multicast_groups"].dump() == R"({"publisher":[],"subscriber":[]})");
    CHECK(service["subscriptions"].dump() == "[]");
}

TEST_CASE("status v2: what is written reads back the same", "[daemon_api]") {
    auto status = publisher();
    status.services[0].current_device_loss_percentage = 1.5;
    status.services[0].last_error = "connection refused";
    status.services[0].routes_received = 3;
    status.services[0].better_device =
        api::BetterDevice{.code = "fra-dz001", .rtt = std::chrono::milliseconds(2), .probes = 4};
    status.problems = {{.text = "the ledger does not answer", .remedy = "check the URL"}};
    const auto value = json::parse(json::dump(api::to_json(status)));
    REQUIRE(value);
    const auto again = api::status_v2_from_json(*value);
    REQUIRE(again);
    CHECK(*again == status);
}

TEST_CASE("status: the answer of a daemon without our fields is understood", "[daemon_api]") {
    const auto value = json::parse(R"({"reconciler_enabled":true,"services":[)"
                                   R"({"doublezero_status":{"session_status":"Pending BGP Session"}}]})");
    const auto status = api::status_v2_from_json(*value);
    REQUIRE(status);
    CHECK(status->reconciler_enabled);
    CHECK(status->client_ip.is_unspecified());
    CHECK(status->services[0].service.session_status == "Pending BGP Session");
    CHECK_FALSE(status->snapshot_age_seconds);
}

TEST_CASE("status v1: the disconnected row reads as a service without a type", "[daemon_api]") {
    const auto value = json::parse(R"([{"doublezero_status": {"session_status": "disconnected"}}])");
    const auto services = api::service_statuses_from_json(*value);
    REQUIRE(services);
    REQUIRE(services->size() == 1);
    CHECK(services->front().session_status == api::kDisconnected);
    CHECK(services->front().user_type.empty());
}

TEST_CASE("status: a wrong shape is an error that names the place", "[daemon_api]") {
    struct Case {
        const char* json;
        const char* mentions;
    };
    const Case cases[] = {
        {"{}", "reconciler_enabled"},
        {R"({"reconciler_enabled":true})", "services"},
        {R"({"reconciler_enabled":true,"services":[{}]})", "services[0]"},
        {R"({"reconciler_enabled":true,"services":[{"doublezero_status":{}}]})", "session_status"},
        {R"({"reconciler_enabled":true,"services":[],"client_ip":"here"})", "client_ip"},
        {R"({"reconciler_enabled":true,"services":[],"client_ip":7})", "client_ip"},
        {R"([])", "reconciler_enabled"},
        {R"("x")", "reconciler_enabled"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.json);
        const auto status = api::status_v2_from_json(*json::parse(c.json));
        REQUIRE_FALSE(status);
        CHECK(status.error().code == Errc::BadValue);
        CHECK_THAT(status.error().text, Catch::Contains(c.mentions));
    }
}
