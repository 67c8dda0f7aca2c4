#include "reconciler/mirror.hpp"

#include <catch2/catch.hpp>

#include "tests/support/fake_network.hpp"

namespace dz::reconciler {
namespace {

using namespace test;
using netlink::Appeared;
using netlink::LinkAddress;
using netlink::Route;
using netlink::Tunnel;
using netlink::Vanished;

const std::string kLink(kUnicastLink);
const Tunnel kTunnel{.name = kLink, .local = ip("9.128.0.5"), .remote = ip("9.200.0.1"), .up = true};
const LinkAddress kOverlay{.link = kLink, .prefix = prefix("169.254.0.1/31"), .scope = netlink::Scope::Link};
const LinkAddress kOutside{.link = "eth0", .prefix = prefix("9.128.0.5/24")};
const Route kRoute{.destination = prefix("9.200.2.9/32"),
                   .gateway = ip("169.254.0.0"),
                   .device = kLink,
                   .source = ip("9.128.0.5"),
                   .metric = kRouteMetric};

Mirror mirror() {
    Mirror mirror;
    netlink::State kernel;
    kernel.links = {{.name = "eth0", .kind = "veth", .mtu = 1500, .up = true}};
    kernel.tunnels = {kTunnel};
    kernel.addresses = {kOutside, kOverlay};
    kernel.routes = {kRoute};
    mirror.replace(kernel);
    return mirror;
}

TEST_CASE("mirror: it knows nothing until it was filled", "[reconciler]") {
    CHECK(Mirror().stale());
    CHECK_FALSE(mirror().stale());
}

TEST_CASE("mirror: what is known already is no news", "[reconciler]") {
    auto m = mirror();
    CHECK(m.on(Appeared{kTunnel}) == Effect::None);
    CHECK(m.on(Appeared{kOverlay}) == Effect::None);
    CHECK(m.on(Appeared{kOutside}) == Effect::None);
    CHECK(m.on(Appeared{kRoute}) == Effect::None);
    CHECK_FALSE(m.stale());
}

TEST_CASE("mirror: a route of ours that changes is followed and named", "[reconciler]") {
    auto m = mirror();
    CHECK(m.on(Vanished{kRoute}) == Effect::Route);
    CHECK_FALSE(m.route(kRoute.key()));
    CHECK(m.take_dirty() == std::vector{kRoute.key()});
    CHECK(m.take_dirty().empty());
    CHECK_FALSE(m.stale());
    CHECK(m.on(Vanished{kRoute}) == Effect::None);
}

TEST_CASE("mirror: whatever may take routes along silently makes it stale", "[reconciler]") {
    auto m = mirror();
    Tunnel down = kTunnel;
    down.up = false;
    const auto event = GENERATE_COPY(values<netlink::Event>(
        {Vanished{kTunnel}, Appeared{down}, Vanished{kOverlay}, Vanished{kOutside}, netlink::Lost{},
         Appeared{LinkAddress{kLink, prefix("9.9.9.9/32")}},
         Appeared{netlink::Rule{.priority = 100, .to = prefix("9.200.2.8/29"), .table = 100}}}));
    CHECK(m.on(event) == Effect::Structure);
    CHECK(m.stale());
}

TEST_CASE("mirror: what is not ours is none of our business", "[reconciler]") {
    auto m = mirror();
    CHECK(m.on(Appeared{netlink::Rule{.priority = 100, .to = prefix("9.9.9.0/24"), .table = 77}}) ==
          Effect::None);
    CHECK(m.on(Appeared{Route{.destination = prefix("9.9.9.0/24"), .device = "eth0"}}) == Effect::Host);
    CHECK(m.on(Appeared{LinkAddress{"eth1", prefix("9.9.9.9/24")}}) == Effect::Host);
    CHECK_FALSE(m.stale());
    CHECK(m.state({}).routes == std::vector{kRoute});
}

TEST_CASE("mirror: a foreign route in the place of ours makes ours gone", "[reconciler]") {
    auto m = mirror();
    auto theirs = kRoute;
    theirs.device = "eth0";
    CHECK(m.on(Appeared{theirs}) == Effect::Route);
    CHECK_FALSE(m.route(kRoute.key()));
}

TEST_CASE("mirror: foreign routes shadow ours when they come first", "[reconciler]") {
    auto m = mirror();
    Route theirs{.destination = kRoute.destination, .device = "eth0"};
    CHECK(m.on(Appeared{theirs}) == Effect::Host);
    CHECK(m.shadowing() == std::vector{theirs});
    CHECK(m.on(Vanished{theirs}) == Effect::Host);
    CHECK(m.shadowing().empty());
    theirs.metric = 100;
    m.on(Appeared{theirs});
    CHECK(m.shadowing().empty());
}

TEST_CASE("mirror: what we do is followed without reading", "[reconciler]") {
    auto m = mirror();
    m.note(netlink::SetDown{kLink});
    CHECK(m.routes_on(kLink) == 0);
    CHECK_FALSE(m.tunnel(kLink)->up);
    m.note(netlink::Remove{kTunnel});
    CHECK(m.state({}) == State{});
    m.note(netlink::Add{kTunnel});
    m.note(netlink::Add{kOverlay});
    m.note(netlink::Add{kRoute});
    CHECK(to_string(m.state({})) == to_string(mirror().state({})));
}

TEST_CASE("mirror: a link of another kind with our name is a taken name, and its routes are not ours",
          "[reconciler]") {
    Mirror m;
    netlink::State kernel;
    kernel.links = {{.name = kLink, .kind = "dummy", .mtu = 1500, .up = true}};
    kernel.addresses = {kOverlay};
    kernel.routes = {kRoute};
    m.replace(kernel);
    CHECK(m.taken_names() == std::vector{kLink});
    CHECK(m.state({}) == State{});
}

}  // namespace
}  // namespace dz::reconciler
