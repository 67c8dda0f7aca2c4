// Tests for the client IP in the life of the daemon: not known, changed, somebody else's. It never ends it.
#include "tests/daemon/world.hpp"

using namespace dz;
using namespace dz::test;
using Catch::Contains;

namespace {

constexpr const char* kTunnel = "tunnel doublezero0 local 9.128.0.5";

/// A daemon that is enabled and has to find the address by itself.
struct Searching : World {
    Searching() {
        settings.client_ip.reset();
        write_state(R"({"reconciler_enabled":true})");
        rpc.put(kUser, user());
    }
    void move_to(const char* address) {
        if (kernel_has("eth0")) kernel.unplug("eth0");
        kernel.plug({.name = "eth0", .kind = "veth", .mtu = 1500, .up = true}, {prefix(address)});
        netlink::Route gateway;
        gateway.gateway = plus(prefix(address).network().address, 1);
        gateway.protocol = netlink::Protocol::Boot;
        REQUIRE(kernel.meddle(netlink::Change(netlink::Add{gateway})));
    }
};

}  // namespace

TEST_CASE("client ip: a daemon without one serves, says why, and goes on when it has one", "[daemon]") {
    Searching world;
    world.kernel.unplug("eth0");
    REQUIRE(world.start());
    world.pass(30s);
    CHECK(world.status().client_ip.is_unspecified());
    CHECK(world.complains_of(
        "the public address of this machine is not known: no default route leads outside"));
    world.move_to("9.128.0.5/24");
    CHECK(world.settle([&] { return world.kernel_has(kTunnel); }));
    CHECK_FALSE(world.complains_of("public address"));
    CHECK(world.status().client_ip_method == "default route");
}

TEST_CASE("client ip: it is missed aloud while disabled too", "[daemon]") {
    Searching world;
    world.write_state(R"({"reconciler_enabled":false})");
    world.kernel.unplug("eth0");
    REQUIRE(world.start());
    world.pass(1s);
    CHECK(world.complains_of("the public address of this machine is not known"));
}

TEST_CASE("client ip: a machine that moves takes its tunnel down, and back up when it returns", "[daemon]") {
    Searching world;
    REQUIRE(world.start());
    REQUIRE(world.settle([&] { return world.kernel_has(kTunnel); }));
    world.move_to("9.128.7.7/24");
    CHECK(world.settle([&] { return world.status().client_ip == ip("9.128.7.7"); }));
    CHECK(world.settle([&] { return !world.kernel_has("tunnel doublezero0"); }));
    world.move_to("9.128.0.5/24");
    CHECK(world.settle([&] { return world.kernel_has(kTunnel); }));
}

TEST_CASE("client ip: an address that can no longer be confirmed keeps the tunnel, and is told", "[daemon]") {
    Searching world;
    REQUIRE(world.start());
    REQUIRE(world.settle([&] { return world.kernel_has(kTunnel); }));
    world.kernel.unplug("eth0");
    world.pass(5s);
    CHECK(
        world.complains_of("9.128.0.5 of this machine cannot be confirmed: no default route leads outside"));
    CHECK(world.status().client_ip == kClientIp);
}

TEST_CASE("client ip: behind NAT the user hears that, with the address inside and what to do", "[daemon]") {
    Searching world;
    world.public_ip.answer = kClientIp;
    world.move_to("10.0.0.5/24");
    REQUIRE(world.start());
    REQUIRE(world.settle([&] { return world.complains_of("not an address of this machine"); }));
    const auto status = world.status();
    CHECK(status.behind_nat);
    CHECK(status.client_ip_method == "external discovery (ifconfig.me)");
    CHECK(
        world.complains_of("9.128.0.5 is not an address of this machine (its packets leave from 10.0.0.5)"));
    CHECK_FALSE(world.kernel_has("tunnel doublezero0"));
}

TEST_CASE("client ip: the source of a tunnel follows the route to its end", "[daemon]") {
    Searching world;
    world.rpc.remove(kUser);
    world.rpc.put(kUser, user(ledger::UserType::IbrlWithAllocatedIp));
    REQUIRE(world.start());
    REQUIRE(world.settle([&] { return world.kernel_has(kTunnel); }));
    world.kernel.plug({.name = "eth1", .kind = "veth", .mtu = 1500, .up = true}, {prefix("9.129.0.9/24")});
    netlink::Route special;
    special.destination = prefix("9.200.0.1/32");
    special.gateway = ip("9.129.0.1");
    special.protocol = netlink::Protocol::Boot;
    REQUIRE(world.kernel.meddle(netlink::Change(netlink::Add{special})));
    CHECK(world.settle([&] { return world.kernel_has("tunnel doublezero0 local 9.129.0.9"); }));
}
