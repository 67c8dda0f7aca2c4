// What every Kernel must do with routes and rules, and the paths that follow from them.
#include "tests/netlink/contract.hpp"

namespace dz::netlink {
namespace {

using namespace contract;

// Routes
// ------------------------------------------------------------------------------------------------------

TEST_CASE("kernel: a route reads back as it was added", "[netlink]") {
    Host host;
    host.plug_eth0();
    Route route = kRoute;
    route.table = 100;
    REQUIRE(outcome(host.apply(Add{kRoute})) == "ok");
    REQUIRE(outcome(host.apply(Add{route})) == "ok");
    const State state = host.read(Parts::Routes);
    CHECK(contains(state.routes, kRoute));
    CHECK(contains(state.routes, route));
    CHECK(state.addresses.empty());
}

TEST_CASE("kernel: the device of a route follows from its gateway", "[netlink]") {
    Host host;
    host.plug_eth0();
    Route route = kRoute;
    route.device.clear();
    REQUIRE(outcome(host.apply(Add{route})) == "ok");
    CHECK(contains(host.read().routes, kRoute));
}

TEST_CASE("kernel: a default route and a route through a device alone read back", "[netlink]") {
    Host host;
    host.plug_eth0();
    const Route standard{.destination = prefix("0.0.0.0/0"),
                         .gateway = ip("192.0.2.1"),
                         .device = "eth0",
                         .protocol = Protocol::Static};
    const Route group{.destination = prefix("239.0.0.1/32"),
                      .device = "eth0",
                      .protocol = Protocol::Static,
                      .scope = Scope::Link};
    REQUIRE(outcome(host.apply(Add{standard})) == "ok");
    REQUIRE(outcome(host.apply(Add{group})) == "ok");
    CHECK(contains(host.read().routes, standard));
    CHECK(contains(host.read().routes, group));
}

TEST_CASE("kernel: routes that discard need no device", "[netlink]") {
    Host host;
    for (const RouteType type :
         {RouteType::Blackhole, RouteType::Unreachable, RouteType::Prohibit, RouteType::Throw}) {
        const Route route{.destination = prefix("10.0.0.0/8"),
                          .table = 100 + static_cast<std::uint32_t>(type),
                          .type = type};
        REQUIRE(outcome(host.apply(Add{route})) == "ok");
        CHECK(contains(host.read().routes, route));
        CHECK(outcome(host.apply(Remove{route})) == "ok");
    }
    CHECK(host.read().routes.empty());
}

TEST_CASE("kernel: a route whose gateway is on no link is unavailable", "[netlink]") {
    Host host;
    host.plug_eth0();
    Route route = kRoute;
    route.gateway = ip("172.16.0.1");
    CHECK(outcome(host.apply(Add{route})) == "Unavailable");
    route.device.clear();
    CHECK(outcome(host.apply(Add{route})) == "Unavailable");
    // Nor does a route through another gateway make it reachable.
    REQUIRE(host.apply(Add{Route{.destination = prefix("172.16.0.0/12"), .gateway = ip("192.0.2.1")}}));
    CHECK(outcome(host.apply(Add{route})) == "Unavailable");
}

TEST_CASE("kernel: a route through a link that is down is unavailable", "[netlink]") {
    Host host;
    host.plug_eth0();
    REQUIRE(host.apply(SetDown{"eth0"}));
    CHECK(outcome(host.apply(Add{kRoute})) == "Unavailable");
    CHECK(outcome(host.apply(Add{Route{.destination = prefix("8.8.8.8/32"), .device = "eth0"}})) ==
          "Unavailable");
}

TEST_CASE("kernel: a route through a link that is not there is not found", "[netlink]") {
    Host host;
    host.plug_eth0();
    Route route = kRoute;
    route.device = "eth7";
    CHECK(outcome(host.apply(Add{route})) == "NotFound");
    CHECK(outcome(host.apply(Remove{route})) == "NotFound");
    CHECK(outcome(host.apply(Add{Route{.destination = prefix("8.8.8.8/32")}})) == "NotFound");
}

TEST_CASE("kernel: a route from a foreign source address is a bad value", "[netlink]") {
    Host host;
    host.plug_eth0();
    Route route = kRoute;
    route.source = ip("192.0.2.11");
    CHECK(outcome(host.apply(Add{route})) == "BadValue");
}

TEST_CASE("kernel: a route with host bits, or a discarding one with a gateway, is a bad value", "[netlink]") {
    Host host;
    host.plug_eth0();
    Route route = kRoute;
    route.destination = prefix("8.8.8.8/24");
    CHECK(outcome(host.apply(Add{route})) == "BadValue");
    route = kRoute;
    route.type = RouteType::Blackhole;
    CHECK(outcome(host.apply(Add{route})) == "BadValue");
}

TEST_CASE("kernel: a route never takes the place of an operator's with the same key", "[netlink]") {
    Host host;
    host.plug_eth0();
    Route operators = kRoute;
    operators.gateway = ip("192.0.2.2");
    operators.protocol = Protocol::Static;
    REQUIRE(host.meddle(Add{operators}));
    CHECK(outcome(host.apply(Add{kRoute})) == "Exists");
    CHECK(outcome(host.apply(Remove{kRoute})) == "NotFound");
    CHECK(routes_to(host.read(), "8.8.8.8/32") == Lines{to_string(operators)});
}

TEST_CASE("kernel: routes that differ in metric or table live side by side", "[netlink]") {
    Host host;
    host.plug_eth0();
    Route other = kRoute;
    other.metric = 20;
    REQUIRE(outcome(host.apply(Add{other})) == "ok");
    REQUIRE(outcome(host.apply(Add{kRoute})) == "ok");
    CHECK(routes_to(host.read(), "8.8.8.8/32") == Lines{to_string(kRoute), to_string(other)});
}

TEST_CASE("kernel: a replaced route takes the place of the one with its key, or is added", "[netlink]") {
    Host host;
    host.plug_eth0();
    Route better = kRoute;
    better.gateway = ip("192.0.2.2");
    REQUIRE(outcome(host.apply(Replace{kRoute})) == "ok");
    REQUIRE(outcome(host.apply(Replace{better})) == "ok");
    REQUIRE(outcome(host.apply(Replace{better})) == "ok");
    CHECK(routes_to(host.read(), "8.8.8.8/32") == Lines{to_string(better)});
}

TEST_CASE("kernel: only the very route is removed", "[netlink]") {
    Host host;
    host.plug_eth0();
    REQUIRE(host.apply(Add{kRoute}));
    const auto differs = [&](auto change) {
        Route route = kRoute;
        change(route);
        return outcome(host.apply(Remove{route}));
    };
    CHECK(differs([](Route& r) { r.gateway = ip("192.0.2.2"); }) == "NotFound");
    CHECK(differs([](Route& r) { r.source = ip("192.0.2.11"); }) == "NotFound");
    CHECK(differs([](Route& r) { r.protocol = Protocol::Static; }) == "NotFound");
    CHECK(differs([](Route& r) { r.metric = 11; }) == "NotFound");
    CHECK(differs([](Route& r) { r.table = 100; }) == "NotFound");
    CHECK(differs([](Route& r) { r.type = RouteType::Local; }) == "NotFound");
    CHECK(differs([](Route& r) { r.scope = Scope::Link; }) == "NotFound");
    CHECK(differs([](Route& r) { r.destination = prefix("8.8.8.9/32"); }) == "NotFound");
    CHECK(contains(host.read().routes, kRoute));
    CHECK(outcome(host.apply(Remove{kRoute})) == "ok");
    CHECK(outcome(host.apply(Remove{kRoute})) == "NotFound");
    CHECK(routes_to(host.read(), "8.8.8.8/32").empty());
}

TEST_CASE("kernel: what a removal leaves open matches any route", "[netlink]") {
    Host host;
    host.plug_eth0();
    REQUIRE(host.apply(Add{kRoute}));
    CHECK(outcome(host.apply(Remove{Route{.destination = kRoute.destination}})) == "ok");
    CHECK(routes_to(host.read(), "8.8.8.8/32").empty());
}

TEST_CASE("kernel: a link that goes down loses all its routes, and gets back only those of its addresses",
          "[netlink]") {
    Host host;
    host.plug_eth0();
    Route other = kRoute;
    other.table = 100;
    REQUIRE(host.apply(Add{kRoute}));
    REQUIRE(host.apply(Add{other}));
    REQUIRE(host.apply(SetDown{"eth0"}));
    CHECK(host.read().routes.empty());
    CHECK(host.read().addresses.size() == 1);
    REQUIRE(host.apply(SetUp{"eth0"}));
    CHECK(host.read().routes.size() == 1);
}

// Rules
// -------------------------------------------------------------------------------------------------------

TEST_CASE("kernel: rules read back in order of their priority", "[netlink]") {
    Host host;
    const Rule second{.priority = 101, .from = prefix("203.0.113.0/24"), .table = 101};
    REQUIRE(outcome(host.apply(Add{second})) == "ok");
    REQUIRE(outcome(host.apply(Add{kRule})) == "ok");
    CHECK(host.read(Parts::Rules).rules == std::vector{kRule, second});
}

TEST_CASE("kernel: a rule from or to everything is a rule without that part", "[netlink]") {
    Host host;
    REQUIRE(outcome(host.apply(Add{Rule{
                .priority = 100, .from = prefix("0.0.0.0/0"), .to = prefix("0.0.0.0/0"), .table = 100}})) ==
            "ok");
    CHECK(host.read().rules == std::vector{Rule{.priority = 100, .table = 100}});
}

TEST_CASE("kernel: an identical rule exists; one of another protocol stands beside it", "[netlink]") {
    Host host;
    Rule theirs = kRule;
    theirs.protocol = Protocol::Static;
    REQUIRE(outcome(host.apply(Add{kRule})) == "ok");
    REQUIRE(outcome(host.apply(Add{kRule})) == "Exists");
    REQUIRE(outcome(host.meddle(Add{theirs})) == "ok");
    REQUIRE(outcome(host.apply(Remove{kRule})) == "ok");
    CHECK(host.read().rules == std::vector{theirs});
    CHECK(outcome(host.apply(Remove{kRule})) == "NotFound");
}

TEST_CASE("kernel: only the very rule is removed", "[netlink]") {
    Host host;
    REQUIRE(host.apply(Add{kRule}));
    Rule other = kRule;
    other.priority = 101;
    CHECK(outcome(host.apply(Remove{other})) == "NotFound");
    other = kRule;
    other.table = 101;
    CHECK(outcome(host.apply(Remove{other})) == "NotFound");
    other = kRule;
    other.to = prefix("203.0.113.0/25");
    CHECK(outcome(host.apply(Remove{other})) == "NotFound");
    CHECK(outcome(host.apply(Remove{kRule})) == "ok");
    CHECK(outcome(host.apply(Remove{kRule})) == "NotFound");
    CHECK(host.read().rules.empty());
}

// Paths
// -------------------------------------------------------------------------------------------------------

TEST_CASE("kernel: the path to a neighbour, through a gateway, and to oneself", "[netlink]") {
    Host host;
    host.plug_eth0();
    REQUIRE(host.meddle(
        Add{Route{.destination = prefix("0.0.0.0/0"), .gateway = ip("192.0.2.1"), .device = "eth0"}}));
    CHECK(to_string(host.route_to("192.0.2.77").value()) == "from 192.0.2.10 dev eth0 mtu 1500");
    CHECK(to_string(host.route_to("198.51.100.1").value()) ==
          "from 192.0.2.10 via 192.0.2.1 dev eth0 mtu 1500");
    CHECK(to_string(host.route_to("192.0.2.10").value()) == "from 192.0.2.10 dev lo mtu 65536");
}

TEST_CASE("kernel: the path takes the longest prefix, then the least metric, and its source", "[netlink]") {
    Host host;
    host.plug_eth0();
    REQUIRE(host.apply(Add{LinkAddress{.link = "eth0", .prefix = prefix("203.0.113.7/32")}}));
    const auto add = [&](const char* destination, const char* gateway, std::uint32_t metric) {
        return host.apply(Add{Route{.destination = prefix(destination),
                                    .gateway = ip(gateway),
                                    .source = ip("203.0.113.7"),
                                    .metric = metric}});
    };
    REQUIRE(add("8.0.0.0/8", "192.0.2.1", 0));
    REQUIRE(add("8.8.8.0/24", "192.0.2.2", 20));
    REQUIRE(add("8.8.8.0/24", "192.0.2.3", 10));
    CHECK(to_string(host.route_to("8.8.8.8").value()) == "from 203.0.113.7 via 192.0.2.3 dev eth0 mtu 1500");
    CHECK(to_string(host.route_to("8.8.9.9").value()) == "from 203.0.113.7 via 192.0.2.1 dev eth0 mtu 1500");
}

TEST_CASE("kernel: an address of link scope is no source of routed traffic", "[netlink]") {
    Host host;
    host.plug_eth0();
    host.world->plug("eth1", {});
    REQUIRE(host.apply(
        Add{LinkAddress{.link = "eth1", .prefix = prefix("169.254.0.1/31"), .scope = Scope::Link}}));
    REQUIRE(host.apply(
        Add{Route{.destination = prefix("8.8.8.8/32"), .gateway = ip("169.254.0.0"), .device = "eth1"}}));
    CHECK(to_string(host.route_to("8.8.8.8").value()) == "from 192.0.2.10 via 169.254.0.0 dev eth1 mtu 1500");
    CHECK(to_string(host.route_to("169.254.0.0").value()) == "from 169.254.0.1 dev eth1 mtu 1500");
}

TEST_CASE("kernel: a path without any address to use has no source", "[netlink]") {
    Host host;
    host.world->plug("eth0", {});
    REQUIRE(
        host.apply(Add{Route{.destination = prefix("8.8.8.8/32"), .device = "eth0", .scope = Scope::Link}}));
    CHECK(to_string(host.route_to("8.8.8.8").value()) == "from 0.0.0.0 dev eth0 mtu 1500");
}

TEST_CASE("kernel: the path obeys the rules", "[netlink]") {
    Host host;
    host.plug_eth0();
    REQUIRE(host.apply(Add{Rule{.priority = 100, .to = prefix("8.8.8.0/24"), .table = 100}}));
    REQUIRE(host.apply(Add{Route{.destination = prefix("8.0.0.0/8"), .gateway = ip("192.0.2.1")}}));
    REQUIRE(
        host.apply(Add{Route{.destination = prefix("0.0.0.0/0"), .gateway = ip("192.0.2.2"), .table = 100}}));
    CHECK(host.route_to("8.8.8.8").value().gateway == ip("192.0.2.2"));
    CHECK(host.route_to("8.8.9.9").value().gateway == ip("192.0.2.1"));
}

TEST_CASE("kernel: no path is not found", "[netlink]") {
    Host host;
    host.plug_eth0();
    CHECK(host.route_to("8.8.8.8").error().code == Errc::NotFound);
    for (const RouteType type : {RouteType::Blackhole, RouteType::Unreachable, RouteType::Prohibit}) {
        const Route discard{.destination = prefix("8.8.8.8/32"), .type = type};
        REQUIRE(host.apply(Add{discard}));
        CHECK(host.route_to("8.8.8.8").error().code == Errc::NotFound);
        REQUIRE(host.apply(Remove{discard}));
    }
}

}  // namespace
}  // namespace dz::netlink
