// tests/netlink/contract_endpoints_test.cpp: what every Kernel must do when a tunnel is led elsewhere.
#include "tests/netlink/contract.hpp"

namespace dz::netlink {
namespace {

using namespace contract;

const SetEndpoints kElsewhere{
    .link = "doublezero0", .local = ip("203.0.113.7"), .remote = ip("198.51.100.2"), .ttl = 32};

Tunnel led_elsewhere() {
    Tunnel tunnel = kTunnel;
    tunnel.local = kElsewhere.local;
    tunnel.remote = kElsewhere.remote;
    tunnel.ttl = kElsewhere.ttl;
    return tunnel;
}

TEST_CASE("kernel: a tunnel that is led elsewhere keeps all that hangs on it", "[netlink][gre]") {
    Host host;
    host.plug_eth0();
    REQUIRE(host.apply(Add{kTunnel}));
    REQUIRE(host.apply(Add{kOverlay}));
    REQUIRE(host.apply(SetUp{"doublezero0"}));
    REQUIRE(host.apply(Add{
        Route{.destination = prefix("8.8.8.8/32"), .gateway = ip("169.254.0.0"), .device = "doublezero0"}}));
    const State before = host.read();
    REQUIRE(outcome(host.apply(kElsewhere)) == "ok");
    const State after = host.read();
    Tunnel wanted = led_elsewhere();
    wanted.up = true;
    CHECK(contains(after.tunnels, wanted));
    CHECK(after.addresses == before.addresses);
    CHECK(after.routes == before.routes);
}

TEST_CASE("kernel: a tunnel cannot be led between the endpoints of another", "[netlink][gre]") {
    Host host;
    Tunnel other = kTunnel;
    other.name = "doublezero1";
    other.remote = ip("198.51.100.9");
    REQUIRE(host.apply(Add{kTunnel}));
    REQUIRE(host.apply(Add{other}));
    CHECK(outcome(host.apply(SetEndpoints{
              .link = "doublezero1", .local = kTunnel.local, .remote = kTunnel.remote})) == "Exists");
    CHECK(contains(host.read().tunnels, other));
    // Where it is already there is nothing to do.
    CHECK(outcome(host.apply(
              SetEndpoints{.link = "doublezero1", .local = other.local, .remote = other.remote})) == "ok");
}

TEST_CASE("kernel: only a tunnel that is there can be led elsewhere", "[netlink][gre]") {
    Host host;
    host.plug_eth0();
    CHECK(outcome(host.apply(kElsewhere)) == "NotFound");
    SetEndpoints of_another = kElsewhere;
    of_another.link = "eth0";
    CHECK(outcome(host.apply(of_another)) == "BadValue");
}

TEST_CASE("kernel: others are told when a tunnel is led elsewhere", "[netlink][gre]") {
    Host host;
    REQUIRE(host.apply(Add{kTunnel}));
    REQUIRE(host.apply(SetUp{"doublezero0"}));
    host.events();
    REQUIRE(host.meddle(kElsewhere));
    Tunnel wanted = led_elsewhere();
    wanted.up = true;
    CHECK(contains(host.events(), "+ " + to_string(wanted)));
}

}  // namespace
}  // namespace dz::netlink
