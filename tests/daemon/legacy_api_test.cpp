// Tests for tunnels past the ledger: what is accepted, what is built, and when it goes again.
#include "daemon/legacy_api.hpp"

#include "tests/daemon/world.hpp"

using namespace dz;
using namespace dz::test;
using Catch::Contains;

namespace {

constexpr const char* kEdge =
    R"({"user_type":"EdgeFiltering","tunnel_src":"9.128.0.5","tunnel_dst":"9.200.0.1",
    "tunnel_net":"169.254.0.1/31","doublezero_ip":"9.150.0.1","doublezero_prefixes":["9.150.0.0/24"]})";
constexpr const char* kIbrl = R"({"user_type":"IBRL","tunnel_src":"9.128.0.5","tunnel_dst":"9.200.0.1",
    "tunnel_net":"169.254.0.0/31","doublezero_ip":"9.128.0.5","doublezero_prefixes":null,"bgp_remote_asn":0})";
constexpr const char* kMulticast =
    R"({"user_type":"Multicast","tunnel_src":"9.128.0.5","tunnel_dst":"9.200.0.2",
    "tunnel_net":"169.254.0.2/31","doublezero_ip":"","mcast_sub_groups":["233.84.178.1"],"bgp_local_asn":65010})";
constexpr const char* kOk = R"({"status": "ok"})";

struct LegacyWorld : World {
    explicit LegacyWorld(bool on = true) {
        settings.legacy_api = on;
        REQUIRE(start());
        pass(1s);
    }
    /// The status, and what is wrong.
    std::string post(std::string path, std::string body) {
        const auto answer = ask("POST", std::move(path), std::move(body));
        if (answer.status == 200) return answer.body;
        const auto value = json::parse(answer.body);
        REQUIRE(value);
        return std::to_string(answer.status) + " " + daemon::api::description_of_error(*value).value_or("");
    }
    bool has_tunnel() const { return kernel_has("tunnel doublezero"); }
};

}  // namespace

TEST_CASE("legacy api: it is off unless asked for, and says how to ask", "[daemon]") {
    LegacyWorld world(false);
    for (const char* path : {"/provision", "/remove"}) {
        CHECK_THAT(world.post(path, kIbrl), Catch::StartsWith("403 ") && Contains(path) &&
                                                Contains("the ledger decides") &&
                                                Contains("legacy-api: true"));
    }
    world.pass(1s);
    CHECK_FALSE(world.has_tunnel());
}

TEST_CASE(
    "legacy api: EdgeFiltering is a tunnel, two addresses, rules and a default route, and all of it goes",
    "[daemon]") {
    LegacyWorld world;
    const std::string before = world.kernel.dump();
    CHECK(world.post("/provision", kEdge) == kOk);
    world.pass(1s);
    for (const char* line : {"tunnel doublezero0 local 9.128.0.5 remote 9.200.0.1", "169.254.0.1/31",
                             "9.150.0.1/32", "9.150.0.0/24"}) {
        CAPTURE(line, world.kernel.dump());
        CHECK(world.kernel_has(line));
    }
    const auto kernel = run(world.loop, world.kernel.read(netlink::Parts::All)).value();
    CHECK(kernel.rules.size() == 2);
    const auto leads_to_device = [](const netlink::Route& route) {
        return route.device == "doublezero0" && route.gateway == ip("169.254.0.0");
    };
    CHECK(std::ranges::count_if(kernel.routes, leads_to_device) == 1);
    REQUIRE(world.status().services.size() == 1);
    CHECK(world.status().services[0].service.user_type == "EdgeFiltering");
    CHECK(world.post("/remove", R"({"user_type":"EdgeFiltering"})") == kOk);
    world.pass(1s);
    CHECK(world.kernel.dump() == before);
}

TEST_CASE("legacy api: what was built by hand is repaired like all else", "[daemon]") {
    LegacyWorld world;
    REQUIRE(world.post("/provision", kIbrl) == kOk);
    REQUIRE(world.settle([&] { return world.has_tunnel(); }));
    world.kernel.unplug("doublezero0");
    CHECK(world.settle([&] { return world.has_tunnel(); }));
}

TEST_CASE("legacy api: one service of each class, and any unicast type removes the unicast one", "[daemon]") {
    LegacyWorld world;
    CHECK(world.post("/provision", kMulticast) == kOk);
    CHECK(world.post("/provision", kIbrl) == kOk);
    CHECK(world.post("/provision", kEdge) == "400 malformed stuff: unicast service already provisioned");
    CHECK(world.post("/provision", kMulticast) ==
          "400 malformed stuff: multicast service already provisioned");
    world.pass(1s);
    CHECK(world.status().services.size() == 2);
    CHECK(world.speaker.peer(ip("169.254.0.0"))->config.remote_asn.value == 65001);
    CHECK(world.speaker.peer(ip("169.254.0.2"))->config.local_asn.value == 65010);
    CHECK(world.post("/remove", R"({"user_type":"IBRLWithAllocatedIP"})") == kOk);
    world.pass(1s);
    REQUIRE(world.status().services.size() == 1);
    CHECK(world.status().services[0].service.user_type == "Multicast");
    CHECK(world.post("/remove", R"({"user_type":"Multicast"})") == kOk);
    CHECK(world.post("/remove", "{}") == kOk);
    world.pass(1s);
    CHECK_FALSE(world.has_tunnel());
}

TEST_CASE("legacy api: while the ledger decides it is refused, and enabling takes over", "[daemon]") {
    LegacyWorld world;
    REQUIRE(world.post("/provision", kIbrl) == kOk);
    REQUIRE(world.settle([&] { return world.has_tunnel(); }));
    REQUIRE(run(world.loop, world.client.enable()));
    CHECK(world.settle([&] { return !world.has_tunnel(); }));  // nobody on the ledger
    CHECK_THAT(world.post("/provision", kIbrl), Contains("run `doublezero disable` first"));
    CHECK_THAT(world.post("/remove", "{}"), Contains("run `doublezero disable` first"));
    REQUIRE(run(world.loop, world.client.disable()));
    world.pass(1s);
    CHECK_FALSE(world.has_tunnel());
}

TEST_CASE("legacy api: nothing of it outlives the process", "[daemon]") {
    LegacyWorld world;
    world.settings.on_exit = reconciler::OnExit::Keep;
    REQUIRE(world.post("/provision", kIbrl) == kOk);
    REQUIRE(world.settle([&] { return world.has_tunnel(); }));
    world.stop();
    CHECK_FALSE(world.has_tunnel());
}

TEST_CASE("legacy api: what is wrong with a request is told in the words of the contract", "[daemon]") {
    const auto error = [](std::string_view body) {
        const auto service = daemon::parse_provision(body);
        return service ? "none" : service.error().text;
    };
    const auto with = [&](std::string_view key, std::string_view value) {
        auto body = json::parse(kIbrl).value();
        if (value.empty())
            body.erase(std::string(key));
        else
            body[std::string(key)] = json::parse(value).value();
        return error(body.dump());
    };
    CHECK(error(kIbrl) == "none");
    for (const char* text : {"", "[]", "7", "{", R"("text")"}) {
        CAPTURE(text);
        CHECK_THAT(error(text), Catch::StartsWith("malformed provision request: "));
    }
    CHECK_THAT(with("tunnel_net", ""),
               Catch::StartsWith("malformed provision request: ") && Contains("tunnel_net"));
    CHECK_THAT(with("tunnel_net", R"("169.254.0.0")"), Catch::StartsWith("malformed provision request: "));
    CHECK_THAT(with("tunnel_src", R"("fe80::1")"), Catch::StartsWith("malformed provision request: "));
    CHECK_THAT(with("mcast_rp_address", R"("ff05::1")"), Catch::StartsWith("malformed provision request: "));
    CHECK_THAT(with("bgp_local_asn", "4294967296"), Contains("is no AS number"));
    CHECK_THAT(with("doublezero_prefixes", R"(["9.0.0.0/8", 7])"), Contains("doublezero_prefixes[1]"));
    CHECK_THAT(with("user_type", R"("Quantum")"),
               Contains("malformed stuff: unsupported user type \"Quantum\""));
    CHECK(with("tunnel_net", R"("169.254.0.0/30")") ==
          "invalid request: tunnel_net 169.254.0.0/30 is not a /31");
    CHECK(with("tunnel_src", "") == "invalid request: tunnel_src is missing");
    CHECK(with("tunnel_dst", R"("")") == "invalid request: tunnel_dst is missing");
    CHECK(with("doublezero_ip", "") == "invalid request: doublezero_ip is missing");
    CHECK(with("user_type", R"("Multicast")") == "invalid request: no multicast group");
}
