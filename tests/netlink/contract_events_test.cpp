// What every Kernel must do with batches, and what it reports.
#include "tests/netlink/contract.hpp"

namespace dz::netlink {
namespace {

using namespace contract;

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
