#include "reconciler/plan.hpp"

#include <catch2/catch.hpp>

#include "tests/support/fake_network.hpp"

namespace dz::reconciler {
namespace {

using namespace test;
using netlink::Route;

const std::string kLink(kUnicastLink);

/// One unicast service with a route, as it looks when all is well.
State service(std::string_view device = "9.200.0.1") {
    State state;
    state.tunnels = {{.name = kLink, .local = ip("9.128.0.5"), .remote = ip(device), .up = true}};
    state.addresses = {{.link = kLink, .prefix = prefix("169.254.0.1/31"), .scope = netlink::Scope::Link},
                       {.link = kLink, .prefix = prefix("9.200.1.9/32")}};
    state.rules = {{.priority = 100, .to = prefix("9.200.2.8/29"), .table = 100}};
    state.routes = {{.destination = prefix("9.200.2.9/32"),
                     .gateway = ip("169.254.0.0"),
                     .device = kLink,
                     .source = ip("9.200.1.9"),
                     .metric = kRouteMetric}};
    bgp::PeerConfig peer;
    peer.local = ip("169.254.0.1");
    peer.remote = ip("169.254.0.0");
    peer.local_asn = {65000};
    peer.remote_asn = {65342};
    state.peers = {peer};
    return state;
}

Route route(std::string_view destination, std::string_view gateway = "169.254.0.0") {
    return {
        .destination = prefix(destination), .gateway = ip(gateway), .device = kLink, .metric = kRouteMetric};
}

TEST_CASE("plan: nothing is to be done where all is as it should be", "[reconciler]") {
    CHECK(diff(service(), service()).empty());
    CHECK(diff({}, {}).empty());
}

TEST_CASE("plan: a service is built from the link up", "[reconciler]") {
    CHECK(to_string(diff(service(), {})) ==
          "add tunnel doublezero0 local 9.128.0.5 remote 9.200.0.1 mtu 1476\n"
          "add address doublezero0 169.254.0.1/31 scope link\n"
          "set doublezero0 up\n"
          "add address doublezero0 9.200.1.9/32\n"
          "add rule 100 to 9.200.2.8/29 lookup 100 proto kernel\n"
          "add route 9.200.2.9/32 via 169.254.0.0 dev doublezero0 src 9.200.1.9 metric 20 proto bgp\n"
          "set peer 169.254.0.0 from 169.254.0.1 as 65342 local as 65000\n");
}

TEST_CASE("plan: a service is taken down from the session, and the link goes down before it goes",
          "[reconciler]") {
    CHECK(to_string(diff({}, service())) ==
          "remove peer 169.254.0.0\n"
          "remove rule 100 to 9.200.2.8/29 lookup 100 proto kernel\n"
          "set doublezero0 down\n"
          "remove tunnel doublezero0 local 9.128.0.5 remote 9.200.0.1 mtu 1476 up\n");
}

TEST_CASE("plan: a tunnel to another device is led there in place", "[reconciler]") {
    CHECK(to_string(diff(service("9.200.0.2"), service("9.200.0.1"))) ==
          "set doublezero0 local 9.128.0.5 remote 9.200.0.2\n");
}

TEST_CASE("plan: a tunnel that also changes its /31 gets the new address before it loses the old one",
          "[reconciler]") {
    auto there = service("9.200.0.1");
    there.addresses[0].prefix = prefix("169.254.0.7/31");
    there.routes[0].gateway = ip("169.254.0.6");
    there.peers[0].local = ip("169.254.0.7");
    there.peers[0].remote = ip("169.254.0.6");
    CHECK(to_string(diff(service("9.200.0.2"), there)) ==
          "remove peer 169.254.0.6\n"
          "set doublezero0 local 9.128.0.5 remote 9.200.0.2\n"
          "add address doublezero0 169.254.0.1/31 scope link\n"
          "remove address doublezero0 169.254.0.7/31 scope link\n"
          "replace route 9.200.2.9/32 via 169.254.0.0 dev doublezero0 src 9.200.1.9 metric 20 proto bgp\n"
          "set peer 169.254.0.0 from 169.254.0.1 as 65342 local as 65000\n");
}

TEST_CASE("plan: a tunnel with options that ours never have is made anew, with all that hung on it",
          "[reconciler]") {
    auto there = service();
    there.tunnels[0].plain = false;
    CHECK(to_string(diff(service(), there)) ==
          "set doublezero0 down\n"
          "remove tunnel doublezero0 local 9.128.0.5 remote 9.200.0.1 mtu 1476 with options up\n"
          "add tunnel doublezero0 local 9.128.0.5 remote 9.200.0.1 mtu 1476\n"
          "add address doublezero0 169.254.0.1/31 scope link\n"
          "set doublezero0 up\n"
          "add address doublezero0 9.200.1.9/32\n"
          "add route 9.200.2.9/32 via 169.254.0.0 dev doublezero0 src 9.200.1.9 metric 20 proto bgp\n");
}

TEST_CASE("plan: two tunnels that swap their devices are made anew, since no two can share both ends",
          "[reconciler]") {
    State there;
    there.tunnels = {
        {.name = "doublezero0", .local = ip("9.128.0.5"), .remote = ip("9.200.0.1"), .up = true},
        {.name = "doublezero1", .local = ip("9.128.0.5"), .remote = ip("9.200.0.2"), .up = true}};
    State wanted = there;
    std::swap(wanted.tunnels[0].remote, wanted.tunnels[1].remote);
    CHECK(to_string(diff(wanted, there)) ==
          "set doublezero0 down\n"
          "remove tunnel doublezero0 local 9.128.0.5 remote 9.200.0.1 mtu 1476 up\n"
          "set doublezero1 down\n"
          "remove tunnel doublezero1 local 9.128.0.5 remote 9.200.0.2 mtu 1476 up\n"
          "add tunnel doublezero0 local 9.128.0.5 remote 9.200.0.2 mtu 1476\n"
          "set doublezero0 up\n"
          "add tunnel doublezero1 local 9.128.0.5 remote 9.200.0.1 mtu 1476\n"
          "set doublezero1 up\n");
}

TEST_CASE("plan: a tunnel that takes over the endpoints of one that goes is led there in place",
          "[reconciler]") {
    State there;
    there.tunnels = {
        {.name = "doublezero0", .local = ip("9.128.0.5"), .remote = ip("9.200.0.1"), .up = true},
        {.name = "doublezero1", .local = ip("9.128.0.5"), .remote = ip("9.200.0.2"), .up = true}};
    State wanted;
    wanted.tunnels = {there.tunnels[1]};
    wanted.tunnels[0].remote = ip("9.200.0.1");
    CHECK(to_string(diff(wanted, there)) ==
          "set doublezero0 down\n"
          "remove tunnel doublezero0 local 9.128.0.5 remote 9.200.0.1 mtu 1476 up\n"
          "set doublezero1 local 9.128.0.5 remote 9.200.0.1\n");
}

TEST_CASE("plan: mtu and up state are put right in place", "[reconciler]") {
    auto there = service();
    there.tunnels[0].mtu = 1400;
    CHECK(to_string(diff(service(), there)) == "set doublezero0 mtu 1476\n");
    there = service();
    there.tunnels[0].up = false;
    there.routes.clear();
    CHECK(to_string(diff(service(), there)) ==
          "set doublezero0 up\n"
          "add route 9.200.2.9/32 via 169.254.0.0 dev doublezero0 src 9.200.1.9 metric 20 proto bgp\n");
}

TEST_CASE("plan: an address that was deleted comes back, one that is not ours to have goes", "[reconciler]") {
    auto there = service();
    there.addresses[1].prefix = prefix("9.200.1.10/32");
    CHECK(to_string(diff(service(), there)) ==
          "add address doublezero0 9.200.1.9/32\n"
          "remove address doublezero0 9.200.1.10/32\n");
}

TEST_CASE("plan: an address of the wrong scope has to go before the right one can come", "[reconciler]") {
    auto there = service();
    there.addresses[0].scope = netlink::Scope::Universe;
    CHECK(to_string(diff(service(), there)) ==
          "remove address doublezero0 169.254.0.1/31\n"
          "add address doublezero0 169.254.0.1/31 scope link\n");
}

TEST_CASE("plan: a link whose only address has the wrong scope loses its routes over it", "[reconciler]") {
    auto wanted = service();
    wanted.addresses.pop_back();
    wanted.routes[0].source = ip("9.128.0.5");
    auto there = wanted;
    there.addresses[0].scope = netlink::Scope::Universe;
    CHECK(to_string(diff(wanted, there)) ==
          "remove address doublezero0 169.254.0.1/31\n"
          "add address doublezero0 169.254.0.1/31 scope link\n"
          "add route 9.200.2.9/32 via 169.254.0.0 dev doublezero0 src 9.128.0.5 metric 20 proto bgp\n");
}

TEST_CASE("plan: routes of other tables outlive their source address", "[reconciler]") {
    auto wanted = service();
    wanted.routes[0].table = kEdgeToTable;
    auto there = wanted;
    there.addresses.push_back({.link = kLink, .prefix = prefix("9.200.1.10/32")});
    there.routes[0].source = ip("9.200.1.10");
    CHECK(to_string(diff(wanted, there)) ==
          "remove address doublezero0 9.200.1.10/32\n"
          "replace route 9.200.2.9/32 via 169.254.0.0 dev doublezero0 src 9.200.1.9 table 100 metric 20 "
          "proto bgp\n");
}

TEST_CASE("plan: routes from a source address that goes are added anew", "[reconciler]") {
    auto there = service();
    there.addresses.push_back({.link = kLink, .prefix = prefix("9.200.1.10/32")});
    there.routes[0].source = ip("9.200.1.10");
    CHECK(to_string(diff(service(), there)) ==
          "remove address doublezero0 9.200.1.10/32\n"
          "add route 9.200.2.9/32 via 169.254.0.0 dev doublezero0 src 9.200.1.9 metric 20 proto bgp\n");
}

TEST_CASE("plan: routes appear, change and vanish, additions first", "[reconciler]") {
    State desired = service();
    State actual = service();
    desired.routes = {route("9.200.3.1/32"), route("9.200.3.2/32"), route("9.200.3.4/32")};
    actual.routes = {route("9.200.3.2/32", "169.254.0.9"), route("9.200.3.3/32"), route("9.200.3.4/32")};
    CHECK(to_string(diff(desired, actual)) ==
          "add route 9.200.3.1/32 via 169.254.0.0 dev doublezero0 metric 20 proto bgp\n"
          "replace route 9.200.3.2/32 via 169.254.0.0 dev doublezero0 metric 20 proto bgp\n"
          "remove route 9.200.3.3/32 via 169.254.0.0 dev doublezero0 metric 20 proto bgp\n");
}

TEST_CASE("plan: a route without metric left by another version gives way once ours is there",
          "[reconciler]") {
    State actual = service();
    actual.routes[0].metric = 0;
    CHECK(to_string(diff(service(), actual)) ==
          "add route 9.200.2.9/32 via 169.254.0.0 dev doublezero0 src 9.200.1.9 metric 20 proto bgp\n"
          "remove route 9.200.2.9/32 via 169.254.0.0 dev doublezero0 src 9.200.1.9 proto bgp\n");
}

TEST_CASE("plan: a changed policy changes the peer and nothing else", "[reconciler]") {
    auto desired = service();
    desired.peers[0].policy.filter = bgp::RouteFilter::excluding({prefix("9.200.2.0/24")});
    CHECK(diff(desired, service()).steps == std::vector<Step>{SetPeer{desired.peers[0]}});
}

}  // namespace
}  // namespace dz::reconciler
