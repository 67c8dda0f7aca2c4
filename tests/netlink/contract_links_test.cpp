// What every Kernel must do with links and addresses.
#include "tests/netlink/contract.hpp"

namespace dz::netlink {
namespace {

using namespace contract;

// Tunnels
// -----------------------------------------------------------------------------------------------------

TEST_CASE("kernel: a tunnel reads back as it was added", "[netlink][gre]") {
    Host host;
    Tunnel device_side = kTunnel;
    device_side.ttl = 32;
    device_side.mtu = 1400;
    REQUIRE(outcome(host.apply(Add{device_side})) == "ok");
    CHECK(contains(host.read().tunnels, device_side));
    CHECK(to_string(device_side) ==
          "tunnel doublezero0 local 192.0.2.10 remote 198.51.100.1 ttl 32 mtu 1400");
}

TEST_CASE("kernel: a tunnel can be created up", "[netlink][gre]") {
    Host host;
    Tunnel up = kTunnel;
    up.up = true;
    REQUIRE(outcome(host.apply(Add{up})) == "ok");
    CHECK(contains(host.read(Parts::Links).tunnels, up));
}

TEST_CASE("kernel: a tunnel is not among the other links", "[netlink][gre]") {
    Host host;
    host.plug_eth0();
    REQUIRE(host.apply(Add{kTunnel}));
    const State state = host.read(Parts::Links);
    const Link eth0{.name = "eth0", .kind = "veth", .mtu = 1500, .up = true};
    CHECK(contains(state.links, eth0));
    CHECK(std::ranges::count(state.links, kTunnel.name, &Link::name) == 0);
}

TEST_CASE("kernel: a second tunnel of the same name exists", "[netlink][gre]") {
    Host host;
    REQUIRE(host.apply(Add{kTunnel}));
    Tunnel other = kTunnel;
    other.remote = ip("198.51.100.2");
    CHECK(outcome(host.apply(Add{other})) == "Exists");
    CHECK(contains(host.read().tunnels, kTunnel));
}

TEST_CASE("kernel: a second tunnel between the same endpoints exists", "[netlink][gre]") {
    Host host;
    REQUIRE(host.apply(Add{kTunnel}));
    Tunnel other = kTunnel;
    other.name = "doublezero1";
    CHECK(outcome(host.apply(Add{other})) == "Exists");
}

TEST_CASE("kernel: a tunnel with an impossible name is a bad value", "[netlink][gre]") {
    Host host;
    Tunnel tunnel = kTunnel;
    for (const char* name : {"", "a name", "up/down", "sixteen-letters!"}) {
        tunnel.name = name;
        CHECK(outcome(host.apply(Add{tunnel})) == "BadValue");
    }
}

TEST_CASE("kernel: a tunnel with options is not ours to add", "[netlink]") {
    Host host;
    Tunnel tunnel = kTunnel;
    tunnel.plain = false;
    CHECK(outcome(host.apply(Add{tunnel})) == "BadValue");
}

TEST_CASE("kernel: a removed tunnel takes its addresses and routes along", "[netlink][gre]") {
    Host host;
    host.plug_eth0();
    REQUIRE(host.apply(Add{kTunnel}));
    REQUIRE(host.apply(Add{kOverlay}));
    REQUIRE(host.apply(SetUp{"doublezero0"}));
    const Route route{
        .destination = prefix("8.8.8.8/32"), .gateway = ip("169.254.0.0"), .device = "doublezero0"};
    REQUIRE(outcome(host.apply(Add{route})) == "ok");

    CHECK(outcome(host.apply(Remove{kTunnel})) == "ok");
    const State state = host.read();
    CHECK_FALSE(contains(state.addresses, kOverlay));
    CHECK(routes_to(state, "8.8.8.8/32").empty());
    CHECK(routes_to(state, "169.254.0.0/31").empty());
    CHECK(routes_to(state, "192.0.2.0/24").size() == 1);
}

TEST_CASE("kernel: a tunnel that is gone is not found", "[netlink]") {
    Host host;
    CHECK(outcome(host.apply(Remove{kTunnel})) == "NotFound");
    CHECK(outcome(host.apply(SetUp{"doublezero0"})) == "NotFound");
    CHECK(outcome(host.apply(SetDown{"doublezero0"})) == "NotFound");
    CHECK(outcome(host.apply(SetMtu{"doublezero0", 1400})) == "NotFound");
    CHECK(outcome(host.apply(Add{kOverlay})) == "NotFound");
    CHECK(outcome(host.apply(Remove{kOverlay})) == "NotFound");
}

TEST_CASE("kernel: a link that is no tunnel is not removed as one", "[netlink]") {
    Host host;
    host.plug_eth0();
    Tunnel tunnel = kTunnel;
    tunnel.name = "eth0";
    CHECK(outcome(host.apply(Remove{tunnel})) == "BadValue");
    CHECK(host.read().addresses.size() == 1);
}

TEST_CASE("kernel: a link without a name is not found", "[netlink]") {
    Host host;
    CHECK(outcome(host.apply(SetUp{""})) == "NotFound");
    CHECK(outcome(host.apply(SetUp{"a-name-that-is-too-long"})) == "NotFound");
    CHECK(outcome(host.apply(Add{LinkAddress{.link = "", .prefix = prefix("192.0.2.10/24")}})) == "NotFound");
}

TEST_CASE("kernel: the mtu of a link can be changed, within its limits", "[netlink]") {
    Host host;
    host.plug_eth0();
    CHECK(outcome(host.apply(SetMtu{"eth0", 1400})) == "ok");
    CHECK(outcome(host.apply(SetMtu{"eth0", 67})) == "BadValue");
    const Link changed{.name = "eth0", .kind = "veth", .mtu = 1400, .up = true};
    CHECK(contains(host.read().links, changed));
}

TEST_CASE("kernel: a link set up or down twice stays so", "[netlink]") {
    Host host;
    host.plug_eth0();
    Link link{.name = "eth0", .kind = "veth", .mtu = 1500, .up = false};
    CHECK(outcome(host.apply(SetDown{"eth0"})) == "ok");
    CHECK(outcome(host.apply(SetDown{"eth0"})) == "ok");
    CHECK(contains(host.read().links, link));
    link.up = true;
    CHECK(outcome(host.apply(SetUp{"eth0"})) == "ok");
    CHECK(outcome(host.apply(SetUp{"eth0"})) == "ok");
    CHECK(contains(host.read().links, link));
}

// Addresses
// ---------------------------------------------------------------------------------------------------

TEST_CASE("kernel: an address reads back with its scope", "[netlink]") {
    Host host;
    host.world->plug("eth0", {});
    const LinkAddress address{.link = "eth0", .prefix = prefix("169.254.0.1/31"), .scope = Scope::Link};
    REQUIRE(outcome(host.apply(Add{address})) == "ok");
    CHECK(host.read().addresses == std::vector{address});
}

TEST_CASE("kernel: a second address of the same link and prefix exists", "[netlink]") {
    Host host;
    host.plug_eth0();
    const LinkAddress address{.link = "eth0", .prefix = prefix("192.0.2.10/24")};
    CHECK(outcome(host.apply(Add{address})) == "Exists");
}

TEST_CASE("kernel: one address may be on two links", "[netlink]") {
    Host host;
    host.plug_eth0();
    host.world->plug("eth1", {});
    CHECK(outcome(host.apply(Add{LinkAddress{.link = "eth1", .prefix = prefix("192.0.2.10/32")}})) == "ok");
    CHECK(host.read().addresses.size() == 2);
}

TEST_CASE("kernel: a removed address is gone, and then not found", "[netlink]") {
    Host host;
    host.plug_eth0();
    const LinkAddress address{.link = "eth0", .prefix = prefix("192.0.2.10/24")};
    LinkAddress longer = address;
    longer.prefix.length = 25;
    CHECK(outcome(host.apply(Remove{longer})) == "NotFound");
    CHECK(outcome(host.apply(Remove{address})) == "ok");
    CHECK(outcome(host.apply(Remove{address})) == "NotFound");
    CHECK(host.read().addresses.empty());
}

TEST_CASE("kernel: an address brings the route to its network, while its link is up", "[netlink]") {
    Host host;
    host.plug_eth0();
    const Lines connected{"route 192.0.2.0/24 dev eth0 src 192.0.2.10 proto kernel scope link"};
    CHECK(routes_to(host.read(), "192.0.2.0/24") == connected);
    REQUIRE(host.apply(SetDown{"eth0"}));
    CHECK(host.read().routes.empty());
    REQUIRE(host.apply(SetUp{"eth0"}));
    CHECK(routes_to(host.read(), "192.0.2.0/24") == connected);
    REQUIRE(host.apply(Remove{LinkAddress{.link = "eth0", .prefix = prefix("192.0.2.10/24")}}));
    CHECK(host.read().routes.empty());
}

TEST_CASE("kernel: a host address brings no route", "[netlink]") {
    Host host;
    host.world->plug("eth0", {prefix("203.0.113.7/32")});
    CHECK(host.read().routes.empty());
}

TEST_CASE("kernel: two links to one network have a route each", "[netlink]") {
    Host host;
    host.world->plug("eth0", {prefix("169.254.0.1/31")});
    host.world->plug("eth1", {prefix("169.254.0.1/31")});
    CHECK(routes_to(host.read(), "169.254.0.0/31") ==
          Lines{"route 169.254.0.0/31 dev eth0 src 169.254.0.1 proto kernel scope link",
                "route 169.254.0.0/31 dev eth1 src 169.254.0.1 proto kernel scope link"});
}

TEST_CASE("kernel: a removed address takes the main table's routes that use it as source", "[netlink]") {
    Host host;
    host.plug_eth0();
    const LinkAddress own{.link = "eth0", .prefix = prefix("203.0.113.7/32")};
    REQUIRE(host.apply(Add{own}));
    Route route = kRoute;
    route.source = ip("203.0.113.7");
    REQUIRE(host.apply(Add{route}));
    route.table = 100;
    REQUIRE(host.apply(Add{route}));
    REQUIRE(host.apply(Remove{own}));
    CHECK(routes_to(host.read(), "8.8.8.8/32") ==
          Lines{"route 8.8.8.8/32 via 192.0.2.1 dev eth0 src 203.0.113.7 table 100 metric 10 proto bgp"});
}

TEST_CASE("kernel: a link that loses its last address loses its routes, too", "[netlink]") {
    Host host;
    host.plug_eth0();
    Route route{
        .destination = prefix("8.8.8.8/32"), .gateway = ip("192.0.2.1"), .device = "eth0", .table = 100};
    REQUIRE(host.apply(Add{route}));
    REQUIRE(host.apply(Remove{LinkAddress{.link = "eth0", .prefix = prefix("192.0.2.10/24")}}));
    CHECK(host.read().routes.empty());
}

TEST_CASE("kernel: routes keep their source address while another link has it", "[netlink]") {
    Host host;
    host.plug_eth0();
    host.world->plug("eth1", {prefix("192.0.2.10/32")});
    REQUIRE(host.apply(Add{kRoute}));
    REQUIRE(host.apply(Remove{LinkAddress{.link = "eth1", .prefix = prefix("192.0.2.10/32")}}));
    CHECK(contains(host.read().routes, kRoute));
}

}  // namespace
}  // namespace dz::netlink
