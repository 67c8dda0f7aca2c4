// What `ip`, /proc and networkd.conf say.
#include "doctor/readings.hpp"

#include <array>
#include <catch2/catch.hpp>

namespace dz::doctor {
namespace {

TEST_CASE("readings: a tunnel with its ends, an interface with an XDP program", "[doctor]") {
    const auto links = read_links(R"([
        {"ifname":"lo","link_type":"loopback","mtu":65536,"addr_info":[{"family":"inet","local":"127.0.0.1","prefixlen":8}]},
        {},
        {"ifname":"eth0","link_type":"ether","mtu":1500,"broadcast":"ff:ff:ff:ff:ff:ff","xdp":{"mode":2,"prog":{"id":41}},
         "addr_info":[{"family":"inet","local":"9.128.0.5","prefixlen":24},{"family":"inet6","local":"fe80::1","prefixlen":64}]},
        {"ifname":"doublezero0","link_type":"gre","mtu":1476,"address":"9.128.0.5","broadcast":"9.200.0.1",
         "addr_info":[{"family":"inet","local":"169.254.0.1","prefixlen":31}]}])");
    REQUIRE(links);
    REQUIRE(links->size() == 3);
    REQUIRE(links->at(1).xdp);
    CHECK(links->at(1).xdp->program == 41);
    CHECK(links->at(1).xdp->mode == "xdpgeneric");
    CHECK_FALSE(links->at(0).xdp);
    CHECK(links->at(1).addresses == std::vector{parse_prefix("9.128.0.5/24").value()});
    CHECK(links->at(1).remote.empty());
    CHECK(links->at(2).remote == "9.200.0.1");
    CHECK(links->at(2).mtu == 1476);
}

TEST_CASE("readings: the way to an address, through a gateway or not", "[doctor]") {
    const auto far = read_way(
        R"([{"dst":"1.1.1.1","gateway":"9.128.0.1","dev":"eth0","prefsrc":"9.128.0.5","flags":[]}])");
    REQUIRE(far);
    CHECK(far->device == "eth0");
    CHECK(far->gateway == parse_ipv4("9.128.0.1").value());
    CHECK(far->source == parse_ipv4("9.128.0.5").value());
    const auto near = read_way(R"([{"dst":"9.128.0.9","dev":"eth0"}])");
    REQUIRE(near);
    CHECK_FALSE(near->gateway);
    CHECK_FALSE(read_way("[]"));
}

TEST_CASE("readings: routes into our tunnels are not foreign", "[doctor]") {
    const auto routes = read_foreign_routes(R"([
        {"dst":"default","gateway":"9.128.0.1","dev":"eth0","protocol":"dhcp","metric":100},
        {"dst":"8.8.8.8","gateway":"169.254.0.0","dev":"doublezero0","protocol":"bgp"},
        {"type":"blackhole","dst":"10.0.0.0/8"},
        {"dst":"8.8.8.0/24","dev":"eth1","scope":"link"}])");
    REQUIRE(routes);
    REQUIRE(routes->size() == 2);
    CHECK(routes->at(0).destination == Prefix{});
    CHECK(routes->at(0).metric == 100);
    CHECK(routes->at(1).destination == parse_prefix("8.8.8.0/24").value());
}

TEST_CASE("readings: the capabilities of a process", "[doctor]") {
    const auto both =
        read_privileges(7, "Name:\tdoublezerod\nCapPrm:\t0\nCapEff:\t0000000000003000\n").value();
    CHECK((both.net_admin && both.net_raw && both.pid == 7));
    const auto none = read_privileges(7, "CapEff:\t0000000000000000\n").value();
    CHECK_FALSE((none.net_admin || none.net_raw));
    CHECK_FALSE(read_privileges(7, "Name: x\n"));
    CHECK_FALSE(read_privileges(7, "CapEff:\t\n"));
}

TEST_CASE("readings: the last word on foreign routes counts, in its section only", "[doctor]") {
    CHECK(read_networkd(true, {}).manages_foreign_routes);
    const std::array<std::string, 2> files{
        "[Network]\n#ManageForeignRoutes=no\nManageForeignRoutes = "
        "yes\n[DHCPv4]\nManageForeignRoutingPolicyRules=no\n",
        "[Network]\nManageForeignRoutes=no\n"};
    const auto seen = read_networkd(true, files);
    CHECK_FALSE(seen.manages_foreign_routes);
    CHECK(seen.manages_foreign_rules);
}

TEST_CASE("readings: the peer is the other address of two", "[doctor]") {
    CHECK(peer_of(parse_prefix("169.254.0.1/31").value()) == parse_ipv4("169.254.0.0").value());
    CHECK(peer_of(parse_prefix("169.254.0.0/31").value()) == parse_ipv4("169.254.0.1").value());
    CHECK_FALSE(peer_of(parse_prefix("169.254.0.1/24").value()));
}

}  // namespace
}  // namespace dz::doctor
