// Tests for what a look at the kernel says about users' tunnels.
#include "services/telemetry/observation.hpp"

#include <catch2/catch.hpp>

#include "tests/telemetry/support.hpp"

using namespace dz;
using namespace dz::telemetry;
using namespace dz::test;
using netlink::NamespaceReport;
using netlink::TcpSession;

namespace {

const Prefix kNet = prefix("169.254.0.0/31");

NamespaceReport report(std::string name, std::vector<Prefix> addresses, std::vector<TcpSession> sessions) {
    return {std::move(name), netlink::NamespaceView{std::move(addresses), std::move(sessions)}};
}

Observation observe(std::vector<NamespaceReport> reports) {
    return Observation::from(reports);
}

}  // namespace

TEST_CASE("observation: the peer is the other address of the /31, whichever is ours", "[telemetry]") {
    CHECK(tunnel_peer(kNet, prefix("169.254.0.0/31")) == ip("169.254.0.1"));
    CHECK(tunnel_peer(kNet, prefix("169.254.0.1/31")) == ip("169.254.0.0"));
    CHECK(tunnel_peer(kNet, prefix("169.254.0.0/30")) == std::nullopt);
    CHECK(tunnel_peer(kNet, prefix("169.254.0.2/31")) == std::nullopt);
    CHECK(tunnel_peer(prefix("169.254.0.0/30"), prefix("169.254.0.0/31")) == std::nullopt);
}

TEST_CASE("observation: a tunnel is established while its two addresses are connected", "[telemetry]") {
    const auto seen = observe({report("vrf1", {kNet}, {session("169.254.0.0", "169.254.0.1", 1903us)})});
    REQUIRE(seen.find(kNet));
    CHECK(*seen.find(kNet) == Tunnel{ip("169.254.0.0"), "vrf1", true, 1'903'000ns});
}

TEST_CASE("observation: the device may have the odd address", "[telemetry]") {
    const auto seen =
        observe({report("vrf1", {prefix("169.254.0.1/31")}, {session("169.254.0.1", "169.254.0.0", 5ms)})});
    REQUIRE(seen.find(kNet));
    CHECK(seen.find(kNet)->established);
}

TEST_CASE("observation: a tunnel without connection is there and not established", "[telemetry]") {
    const auto seen = observe({report("vrf1", {kNet}, {})});
    REQUIRE(seen.find(kNet));
    CHECK_FALSE(seen.find(kNet)->established);
    CHECK(seen.find(prefix("169.254.0.2/31")) == nullptr);
}

TEST_CASE("observation: addresses of another length are no tunnels", "[telemetry]") {
    CHECK(observe({report("vrf1", {prefix("169.254.0.0/30")}, {})}).find(kNet) == nullptr);
}

TEST_CASE("observation: a session of another namespace establishes nothing", "[telemetry]") {
    const auto seen = observe(
        {report("vrf1", {kNet}, {}), report("vrf2", {}, {session("169.254.0.0", "169.254.0.1", 5ms)})});
    CHECK_FALSE(seen.find(kNet)->established);
}

TEST_CASE("observation: a session from another of our addresses establishes nothing", "[telemetry]") {
    const auto seen = observe({report("vrf1", {kNet}, {session("192.0.2.1", "169.254.0.1", 5ms)})});
    CHECK_FALSE(seen.find(kNet)->established);
}

TEST_CASE("observation: of several connections the smallest time counts, in whatever order they come",
          "[telemetry]") {
    const auto slow = session("169.254.0.0", "169.254.0.1", 9ms);
    const auto fast = session("169.254.0.0", "169.254.0.1", 2ms);
    const auto silent = session("169.254.0.0", "169.254.0.1", 0us);
    CHECK(observe({report("vrf1", {kNet}, {slow, silent, fast})}).find(kNet)->rtt == 2ms);
    CHECK(observe({report("vrf1", {kNet}, {fast, slow, silent})}).find(kNet)->rtt == 2ms);
}

TEST_CASE("observation: of two tunnels with one address the established one counts", "[telemetry]") {
    const auto with = report("b", {kNet}, {session("169.254.0.0", "169.254.0.1", 1ms)});
    const auto without = report("a", {kNet}, {});
    CHECK(observe({without, with}).find(kNet)->home == "b");
    CHECK(observe({with, without}).find(kNet)->home == "b");
}

TEST_CASE("observation: it remembers which namespaces could not be read", "[telemetry]") {
    const auto seen = observe({report("vrf1", {kNet}, {}), {"vrf2", fail(Errc::Permission, "no")}});
    CHECK(seen.shown() == std::set<std::string>{"vrf1"});
    CHECK(seen.hidden() == std::set<std::string>{"vrf2"});
}
