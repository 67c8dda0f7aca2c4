// Tests that docs/schema describes what /v2 answers: every key, and nothing else.
#include <boost/asio/co_spawn.hpp>

#include "daemon/api/latency.hpp"
#include "tests/daemon/world.hpp"
#include "tests/support/json_schema.hpp"

using namespace dz;
using namespace dz::test;

namespace {

const Ipv4 kPeer = ip("169.254.0.0");

JsonSchema schema(const std::string& name) {
    const auto path = std::filesystem::path(DZ_SOURCE_DIR) / "docs/schema" / (name + ".json");
    return JsonSchema(json::parse(files::read(path, 1 << 20).value()).value());
}

void check(const std::string& name, std::string_view body) {
    CAPTURE(name, body);
    CHECK(schema(name).findings(json::parse(body).value()) == std::vector<std::string>{});
}

void check_all(World& world) {
    check("status", world.ask("GET", "/v2/status").body);
    check("plan", world.ask("GET", "/v2/plan").body);
    check("events", world.ask("GET", "/v2/events").body);
}

}  // namespace

TEST_CASE("schema: a fresh daemon's answers fit", "[daemon]") {
    World world;
    REQUIRE(world.start());
    world.pass(1s);
    check_all(world);
}

TEST_CASE("schema: answers fit with both tunnels, over the life of a session", "[daemon]") {
    World world;
    world.write_state(R"({"reconciler_enabled":true})");
    world.rpc.put(kUser, user());
    auto second = user(ledger::UserType::Multicast);
    second.device_pk = kDeviceB;
    second.subscribers = {kGroup1};
    world.rpc.put(kMulticastUser, second);
    REQUIRE(world.start());
    REQUIRE(world.settle([&] { return world.speaker.peer(kPeer).has_value(); }));
    check_all(world);
    world.speaker.establish(kPeer);
    world.speaker.announce(kPeer, prefix("9.250.0.7/32"));
    world.pass(1s);
    CHECK(world.status().services.size() == 2);
    check_all(world);
    world.kernel.fail_next<netlink::Add<netlink::Tunnel>>(Errc::Permission, 1000);
    world.kernel.unplug("doublezero0");
    world.pass(1s);
    check_all(world);
}

TEST_CASE("schema: answers fit while the ledger cannot be read and no address is known", "[daemon]") {
    World world;
    world.settings.client_ip.reset();
    world.kernel.unplug("eth0");
    world.write_state(R"({"reconciler_enabled":true})");
    REQUIRE(world.start());
    world.pass(1s);
    CHECK_FALSE(world.status().problems.empty());
    check_all(world);
}

TEST_CASE("schema: latencies fit, reachable or not", "[daemon]") {
    daemon::api::Latencies latencies{.ready = true, .results = {}, .targets = 2};
    latencies.results.push_back(
        {.device_pk = "P", .device_ip = ip("9.200.0.1"), .device_code = "dev-a", .rtt = {}});
    latencies.results.push_back({.device_pk = "P",
                                 .device_ip = ip("9.200.0.2"),
                                 .device_code = "dev-a",
                                 .rtt = daemon::api::RoundTrip{1ms, 3ms, 2ms},
                                 .loss_percentage = 10.5,
                                 .interface_name = "Loopback100",
                                 .probed_at = 1'760'464'781,
                                 .recent = {1ms, std::nullopt}});
    check("latency", json::dump(to_json(latencies)));
}

TEST_CASE("schema: what does not fit is found", "[daemon]") {
    const auto findings = [](std::string_view body) {
        return schema("plan").findings(json::parse(body).value()).size();
    };
    CHECK(findings(R"({"reconciler_enabled":true,"steps":["a"]})") == 0);
    CHECK(findings(R"({"reconciler_enabled":1,"steps":["a"]})") == 1);
    CHECK(findings(R"({"reconciler_enabled":true})") == 1);
    CHECK(findings(R"({"reconciler_enabled":true,"steps":["", 7]})") == 3);
    CHECK(findings(R"({"reconciler_enabled":true,"steps":[],"more":1})") == 1);
}
