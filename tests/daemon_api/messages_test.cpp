// Tests for the smaller bodies of the local API.
#include "daemon/api/messages.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace dz;
using namespace dz::daemon;

namespace {

api::RouteRow row(const char* peer) {
    return {.network = "testnet",
            .local_ip = *parse_ipv4("203.0.114.10"),
            .peer_ip = *parse_ipv4(peer),
            .kernel_state = "present",
            .liveness = {},
            .learned = {}};
}

}  // namespace

TEST_CASE("config: both keys, in order", "[daemon_api]") {
    const api::Config config{.program_id = "Prog", .rpc_url = "http://localhost:8899"};
    const std::string text = json::dump(api::to_json(config));
    CHECK(text == R"({"program_id":"Prog","rpc_url":"http://localhost:8899"})");
    CHECK(api::config_from_json(*json::parse(text)) == config);
    CHECK_FALSE(api::config_from_json(*json::parse(R"({"program_id":"Prog"})")));
}

TEST_CASE("routes: a row without liveness has four keys", "[daemon_api]") {
    CHECK(
        json::dump(api::to_json(std::vector{row("198.18.0.7")})) ==
        R"([{"network":"testnet","local_ip":"203.0.114.10","peer_ip":"198.18.0.7","kernel_state":"present"}])");
    CHECK(json::dump(api::to_json(std::vector<api::RouteRow>{})) == "[]");
}

TEST_CASE("routes: the reason is shown only where there is one", "[daemon_api]") {
    auto route = row("198.18.0.7");
    route.liveness = {.last_updated = "2026-03-04T05:06:07Z",
                      .state = "up",
                      .reason = "",
                      .expected_kernel_state = "present",
                      .peer_mode = "active",
                      .peer_client_version = "0.34.0"};
    CHECK(json::dump(api::to_json(route)) ==
          R"({"network":"testnet","local_ip":"203.0.114.10","peer_ip":"198.18.0.7","kernel_state":"present",)"
          R"("liveness_last_updated":"2026-03-04T05:06:07Z","liveness_state":"up",)"
          R"("liveness_expected_kernel_state":"present","liveness_peer_mode":"active",)"
          R"("peer_client_version":"0.34.0"})");
    route.liveness->state = "down";
    route.liveness->reason = "timeout";
    const auto again = api::routes_from_json(*json::parse(json::dump(api::to_json(std::vector{route}))));
    REQUIRE(again);
    CHECK(*again == std::vector{route});
}

TEST_CASE("routes: what the device says and what became of it come after the older keys", "[daemon_api]") {
    auto route = row("198.18.0.7");
    route.learned = {.prefix = *parse_prefix("198.18.0.7/32"),
                     .next_hop = *parse_ipv4("169.254.0.0"),
                     .verdict = "installed",
                     .why_not = "",
                     .origin = "igp",
                     .as_path = "65342 65000",
                     .communities = {"21682:1200", "1:2:3"},
                     .age_seconds = 61,
                     .stale = false};
    const std::string head =
        R"({"network":"testnet","local_ip":"203.0.114.10","peer_ip":"198.18.0.7","kernel_state":"present",)"
        R"("prefix":"198.18.0.7/32","next_hop":"169.254.0.0",)";
    CHECK(json::dump(api::to_json(route)) ==
          head + R"("verdict":"installed","origin":"igp","as_path":"65342 65000",)"
                 R"("communities":["21682:1200","1:2:3"],"age_seconds":61,"stale":false})");
    auto kept = row("198.18.0.7");
    kept.learned = api::LearnedRoute{.prefix = route.learned->prefix,
                                     .next_hop = route.learned->next_hop,
                                     .verdict = "kept",
                                     .why_not = "because",
                                     .origin = "",
                                     .as_path = "",
                                     .communities = {}};
    CHECK(json::dump(api::to_json(kept)) == head + R"("verdict":"kept","why_not":"because"})");
    for (const auto& one : {route, kept}) {
        const auto again = api::routes_from_json(*json::parse(json::dump(api::to_json(std::vector{one}))));
        REQUIRE(again);
        CHECK(*again == std::vector{one});
    }
}

TEST_CASE("routes: rows are ordered as plain text, not as addresses", "[daemon_api]") {
    std::vector rows = {row("198.18.0.9"), row("198.18.0.10")};
    std::sort(rows.begin(), rows.end(), api::before);
    CHECK(rows[0].peer_ip == *parse_ipv4("198.18.0.10"));
}

TEST_CASE("errors: any text makes a valid body and comes back", "[daemon_api]") {
    const std::string text = "cannot write \"state.json\": \xff disk full\n";
    const auto body = json::parse(api::error_body(text));
    REQUIRE(body);
    const auto description = api::description_of_error(*body);
    REQUIRE(description);
    CHECK_THAT(*description, Catch::Contains("disk full") && Catch::Contains("\"state.json\""));
    CHECK_FALSE(api::description_of_error(*json::parse(R"({"status":"ok"})")));
    CHECK_FALSE(api::description_of_error(*json::parse(R"(["error"])")));
}
