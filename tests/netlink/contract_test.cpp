// tests/netlink/contract_test.cpp: what every Kernel must do.
//
// Linked twice: with the fake into netlink_test, and with the running kernel into netlink_contract, which the
// lab runs as root. Cases tagged [gre] need a kernel with GRE.
#include <algorithm>
#include <catch2/catch.hpp>
#include <utility>

#include "tests/netlink/contract.hpp"

namespace dz::netlink {
namespace {

Prefix prefix(std::string_view text) {
    return parse_prefix(text).value();
}
Ipv4 ip(std::string_view text) {
    return parse_ipv4(text).value();
}

const Tunnel kTunnel{.name = "doublezero0", .local = ip("192.0.2.10"), .remote = ip("198.51.100.1")};
const LinkAddress kOverlay{.link = "doublezero0", .prefix = prefix("169.254.0.1/31"), .scope = Scope::Link};
const Route kRoute{.destination = prefix("8.8.8.8/32"),
                   .gateway = ip("192.0.2.1"),
                   .device = "eth0",
                   .source = ip("192.0.2.10"),
                   .metric = 10};
const Rule kRule{.priority = 100, .to = prefix("203.0.113.0/24"), .table = 100};

/// One world, and the verbs without their coroutines.
struct Host {
    std::unique_ptr<World> world = make_world();

    /// eth0 with 192.0.2.10/24, the underlay of most cases.
    void plug_eth0() { world->plug("eth0", {prefix("192.0.2.10/24")}); }
    Result<> meddle(const Change& change) { return world->meddle(change); }

    Result<> apply(Change change) { return run(world->loop, world->kernel().apply(std::move(change))); }
    std::vector<Result<>> apply_all(std::vector<Change> changes) {
        return run(world->loop, world->kernel().apply_all(std::move(changes)));
    }
    Result<Path> route_to(std::string_view destination) {
        return run(world->loop, world->kernel().route_to(ip(destination)));
    }
    State read(Parts parts = Parts::All) { return run(world->loop, world->kernel().read(parts)).value(); }

    /// All events so far, as text. A rule of another program marks the end, so that this never waits for
    /// ever.
    std::vector<std::string> events() {
        const Rule mark{.priority = 199, .table = 199};
        REQUIRE(meddle(Add{mark}));
        std::vector<std::string> all;
        do {
            for (const Event& event : run(world->loop, world->kernel().next_events()).value())
                all.push_back(to_string(event));
            // A carrier that comes late may be told after the mark.
        } while (std::ranges::find(all, "+ " + to_string(mark)) == all.end());
        std::erase(all, "+ " + to_string(mark));
        REQUIRE(meddle(Remove{mark}));
        std::erase(all, "- " + to_string(mark));
        return all;
    }
};

/// "ok" or the name of the error: a failed check then shows which.
std::string outcome(const Result<>& result) {
    return result ? "ok" : std::string(to_string(result.error().code));
}

template <class T>
bool contains(const std::vector<T>& all, const T& one) {
    return std::ranges::find(all, one) != all.end();
}

std::vector<std::string> routes_to(const State& state, std::string_view destination) {
    std::vector<std::string> lines;
    for (const Route& route : state.routes)
        if (route.destination == prefix(destination)) lines.push_back(to_string(route));
    return lines;
}

using Lines = std::vector<std::string>;

/// Linux reports the carrier of a new link up to a second late.
Lines but_links(Lines events) {
    std::erase_if(events, [](const std::string& line) { return line.starts_with("+ link "); });
    return events;
}

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

// Batches
// -----------------------------------------------------------------------------------------------------

TEST_CASE("kernel: a batch gives one result for each change, and a failure does not stop it", "[netlink]") {
    Host host;
    host.plug_eth0();
    Route unreachable = kRoute;
    unreachable.destination = prefix("8.8.4.4/32");
    unreachable.gateway = ip("172.16.0.1");
    const auto results =
        host.apply_all({Add{kRule}, Add{kRoute}, Add{kRoute}, Add{unreachable}, SetMtu{"eth7", 1400},
                        SetMtu{"eth0", 1400}, Remove{kRoute}, Remove{kRoute}, Remove{kRule}});
    Lines outcomes;
    std::ranges::transform(results, std::back_inserter(outcomes), outcome);
    CHECK(outcomes == Lines{"ok", "ok", "Exists", "Unavailable", "NotFound", "ok", "ok", "NotFound", "ok"});
}

TEST_CASE("kernel: a batch may use the link it makes", "[netlink][gre]") {
    Host host;
    host.plug_eth0();
    const Route route{.destination = prefix("8.8.8.8/32"),
                      .gateway = ip("169.254.0.0"),
                      .device = "doublezero0",
                      .source = ip("192.0.2.10")};
    for (const auto& result :
         host.apply_all({Add{kTunnel}, Add{kOverlay}, SetUp{"doublezero0"}, Add{route}, Remove{kTunnel},
                         Add{kTunnel}, Add{kOverlay}, SetUp{"doublezero0"}, Add{route}}))
        CHECK(outcome(result) == "ok");
    CHECK(contains(host.read().routes, route));
}

TEST_CASE("kernel: an empty batch does nothing", "[netlink]") {
    Host host;
    CHECK(host.apply_all({}).empty());
}

TEST_CASE("kernel: a large batch is carried out whole, also when all of it fails", "[netlink]") {
    Host host;
    host.plug_eth0();
    std::vector<Change> add, remove;
    for (std::uint32_t i = 0; i < 3000; ++i) {
        Route route = kRoute;
        route.destination = host_prefix(plus(ip("10.0.0.0"), i));
        add.emplace_back(Add{route});
        remove.emplace_back(Remove{route});
    }
    const auto count = [](const std::vector<Result<>>& results, std::string_view wanted) {
        return std::ranges::count(results, wanted, outcome);
    };
    CHECK(count(host.apply_all(add), "ok") == 3000);
    CHECK(count(host.apply_all(add), "Exists") == 3000);
    CHECK(host.read().routes.size() == 3001);
    CHECK(count(host.apply_all(remove), "ok") == 3000);
    CHECK(count(host.apply_all(remove), "NotFound") == 3000);
    CHECK(host.read().routes.size() == 1);
}

// Events
// ------------------------------------------------------------------------------------------------------

TEST_CASE("kernel: what others do to routes, rules and addresses is reported", "[netlink]") {
    Host host;
    host.plug_eth0();
    host.events();
    const LinkAddress address{.link = "eth0", .prefix = prefix("203.0.113.7/32")};
    REQUIRE(host.meddle(Add{kRoute}));
    REQUIRE(host.meddle(Remove{kRoute}));
    REQUIRE(host.meddle(Add{kRule}));
    REQUIRE(host.meddle(Remove{kRule}));
    REQUIRE(host.meddle(Add{address}));
    REQUIRE(host.meddle(Remove{address}));
    CHECK(but_links(host.events()) == Lines{"+ " + to_string(kRoute), "- " + to_string(kRoute),
                                            "+ " + to_string(kRule), "- " + to_string(kRule),
                                            "+ " + to_string(address), "- " + to_string(address)});
}

TEST_CASE("kernel: own changes of routes, rules and addresses are not reported", "[netlink]") {
    Host host;
    host.plug_eth0();
    host.events();
    const LinkAddress address{.link = "eth0", .prefix = prefix("203.0.113.7/32")};
    for (const auto& result : host.apply_all({Add{kRoute}, Replace{kRoute}, Remove{kRoute}, Add{kRule},
                                              Remove{kRule}, Add{address}, Remove{address}}))
        CHECK(outcome(result) == "ok");
    CHECK(but_links(host.events()) == Lines{});
}

TEST_CASE("kernel: a link that others set down is reported, the routes it loses are not", "[netlink]") {
    Host host;
    host.plug_eth0();
    REQUIRE(host.apply(Add{kRoute}));
    host.events();
    REQUIRE(host.meddle(SetDown{"eth0"}));
    const Lines events = host.events();
    CHECK(contains<std::string>(events, "+ link eth0 kind veth mtu 1500"));
    CHECK_FALSE(contains(events, "- " + to_string(kRoute)));
}

TEST_CASE("kernel: a tunnel that others remove is reported with its addresses", "[netlink][gre]") {
    Host host;
    REQUIRE(host.apply(Add{kTunnel}));
    REQUIRE(host.apply(Add{kOverlay}));
    REQUIRE(host.apply(SetUp{"doublezero0"}));
    host.events();
    REQUIRE(host.meddle(Remove{kTunnel}));
    const Lines events = host.events();
    CHECK(contains<std::string>(events, "- address doublezero0 169.254.0.1/31 scope link"));
    CHECK(
        contains<std::string>(events, "- tunnel doublezero0 local 192.0.2.10 remote 198.51.100.1 mtu 1476"));
}

TEST_CASE("kernel: a link that appears is reported, and so are the routes of its addresses", "[netlink]") {
    Host host;
    host.events();
    host.plug_eth0();
    Lines events = host.events();
    CHECK(contains<std::string>(events, "+ link eth0 kind veth mtu 1500 up"));
    CHECK(contains<std::string>(events, "+ address eth0 192.0.2.10/24"));
    CHECK(contains<std::string>(events,
                                "+ route 192.0.2.0/24 dev eth0 src 192.0.2.10 proto kernel scope link"));
    host.world->unplug("eth0");
    events = host.events();
    CHECK(contains<std::string>(events, "- link eth0 kind veth mtu 1500"));
    CHECK(contains<std::string>(events, "- address eth0 192.0.2.10/24"));
}

}  // namespace
}  // namespace dz::netlink
