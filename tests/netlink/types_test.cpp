#include "netlink/types.hpp"

#include <catch2/catch.hpp>

namespace dz::netlink {
namespace {

Prefix prefix(std::string_view text) {
    return parse_prefix(text).value();
}
Ipv4 ip(std::string_view text) {
    return parse_ipv4(text).value();
}

TEST_CASE("types: a state prints one line per object", "[netlink]") {
    State state;
    state.links = {{.name = "eth0", .kind = "", .mtu = 1500, .up = true},
                   {.name = "br0", .kind = "bridge", .mtu = 9000}};
    state.tunnels = {
        {.name = "doublezero0", .local = ip("192.0.2.10"), .remote = ip("198.51.100.1"), .up = true},
        {.name = "gre7", .local = ip("192.0.2.10"), .remote = ip("198.51.100.2"), .ttl = 0, .plain = false}};
    state.addresses = {{.link = "eth0", .prefix = prefix("192.0.2.10/24")},
                       {.link = "doublezero0", .prefix = prefix("169.254.0.1/31"), .scope = Scope::Link}};
    state.routes = {{.destination = prefix("8.8.8.8/32"),
                     .gateway = ip("169.254.0.0"),
                     .device = "doublezero0",
                     .source = ip("192.0.2.10")},
                    {.destination = prefix("10.0.0.0/8"),
                     .table = 100,
                     .metric = 5,
                     .protocol = Protocol{42},
                     .type = RouteType::Blackhole,
                     .scope = Scope::Link}};
    state.rules = {
        {.priority = 100, .to = prefix("203.0.113.0/24"), .table = 100},
        {.priority = 101, .from = prefix("203.0.113.0/24"), .table = 101, .protocol = Protocol::Static}};
    CHECK(to_string(state) ==
          "link eth0 mtu 1500 up\n"
          "link br0 kind bridge mtu 9000\n"
          "tunnel doublezero0 local 192.0.2.10 remote 198.51.100.1 mtu 1476 up\n"
          "tunnel gre7 local 192.0.2.10 remote 198.51.100.2 ttl 0 mtu 1476 with options\n"
          "address eth0 192.0.2.10/24\n"
          "address doublezero0 169.254.0.1/31 scope link\n"
          "route 8.8.8.8/32 via 169.254.0.0 dev doublezero0 src 192.0.2.10 proto bgp\n"
          "route blackhole 10.0.0.0/8 table 100 metric 5 proto 42 scope link\n"
          "rule 100 to 203.0.113.0/24 lookup 100 proto kernel\n"
          "rule 101 from 203.0.113.0/24 lookup 101 proto static\n");
}

TEST_CASE("types: a change prints as what it does", "[netlink]") {
    const Route route{.destination = prefix("8.8.8.8/32"), .gateway = ip("169.254.0.0")};
    CHECK(to_string(Change(Add{route})) == "add route 8.8.8.8/32 via 169.254.0.0 proto bgp");
    CHECK(to_string(Change(Replace{route})) == "replace route 8.8.8.8/32 via 169.254.0.0 proto bgp");
    CHECK(to_string(Change(Remove{route})) == "remove route 8.8.8.8/32 via 169.254.0.0 proto bgp");
    CHECK(to_string(Change(SetUp{"doublezero0"})) == "set doublezero0 up");
    CHECK(to_string(Change(SetDown{"doublezero0"})) == "set doublezero0 down");
    CHECK(to_string(Change(SetMtu{"doublezero0", 1400})) == "set doublezero0 mtu 1400");
    CHECK(to_string(Change(SetEndpoints{
              .link = "doublezero0", .local = ip("192.0.2.10"), .remote = ip("198.51.100.1"), .ttl = 32})) ==
          "set doublezero0 local 192.0.2.10 remote 198.51.100.1 ttl 32");
}

TEST_CASE("types: an event prints with its sign", "[netlink]") {
    const Link link{.name = "eth0", .kind = "", .mtu = 1500};
    CHECK(to_string(Event(Appeared{link})) == "+ link eth0 mtu 1500");
    CHECK(to_string(Event(Vanished{link})) == "- link eth0 mtu 1500");
    CHECK(to_string(Event(Lost{})) == "events lost");
}

}  // namespace
}  // namespace dz::netlink
