// Tests for the latencies of the local API.
#include "daemon/api/latency.hpp"

#include <catch2/catch.hpp>

using namespace dz;
using namespace dz::daemon;
using namespace std::chrono_literals;

namespace {

api::LatencyResult near() {
    return {.device_pk = "D1",
            .device_ip = *parse_ipv4("198.18.9.1"),
            .device_code = "dev-a",
            .rtt = api::RoundTrip{.min = 1ns, .max = 3ns, .avg = 2ns}};
}

}  // namespace

TEST_CASE("latencies: the interface is left out when it is the device's own address", "[daemon_api]") {
    const api::Latencies latencies{.ready = true, .results = {near()}, .targets = 1};
    const std::string text = json::dump(api::to_json(latencies));
    CHECK(
        text ==
        R"({"ready":true,"results":[{"device_pk":"D1","device_ip":"198.18.9.1","device_code":"dev-a",)"
        R"("min_latency_ns":1,"max_latency_ns":3,"avg_latency_ns":2,"loss_percentage":0.0,"reachable":true}],)"
        R"("targets":1})");
    CHECK(api::latencies_from_json(*json::parse(text)) == latencies);
}

TEST_CASE("latencies: the first version is the bare list", "[daemon_api]") {
    CHECK(json::dump(api::to_json(std::vector<api::LatencyResult>{})) == "[]");
}

TEST_CASE("latencies: an unreachable address has zeros in JSON and no time here", "[daemon_api]") {
    api::LatencyResult far{.device_pk = "D2",
                           .device_ip = *parse_ipv4("198.18.9.2"),
                           .device_code = "dev-b",
                           .rtt = {},
                           .loss_percentage = 100,
                           .interface_name = "Loopback100"};
    const api::Latencies latencies{.ready = true, .results = {far}, .targets = 2};
    const std::string text = json::dump(api::to_json(latencies));
    CHECK_THAT(text, Catch::Contains(R"("min_latency_ns":0,"max_latency_ns":0,"avg_latency_ns":0,)"
                                     R"("loss_percentage":100.0,"interface_name":"Loopback100",)"
                                     R"("reachable":false)"));
    CHECK(api::latencies_from_json(*json::parse(text)) == latencies);
}

TEST_CASE("latencies: reachable in no time at all is not reachable", "[daemon_api]") {
    const auto read = api::latencies_from_json(*json::parse(
        R"({"ready":true,"results":[{"device_pk":"D","device_ip":"198.18.9.1","device_code":"d",)"
        R"("min_latency_ns":0,"max_latency_ns":0,"avg_latency_ns":0,"reachable":true}]})"));
    REQUIRE(read);
    CHECK_FALSE(read->results.at(0).reachable());
}

TEST_CASE("latencies: single echoes come with what was lost between them", "[daemon_api]") {
    api::LatencyResult result = near();
    result.probed_at = 1'772'600'767;
    result.recent = {5ns, {}, 7ns};
    const api::Latencies latencies{.ready = false, .results = {result}, .targets = 9};
    const std::string text = json::dump(api::to_json(latencies));
    CHECK_THAT(text, Catch::Contains(R"("probed_at":1772600767,"recent_ns":[5,null,7])"));
    CHECK(api::latencies_from_json(*json::parse(text)) == latencies);
}
