#include "reconciler/apply.hpp"

#include <catch2/catch.hpp>

#include "tests/reconciler/states.hpp"

namespace dz::reconciler {
namespace {

using namespace states;
using namespace test;
using netlink::Add;
using netlink::Change;
using netlink::LinkAddress;
using netlink::Remove;
using netlink::Route;
using netlink::Tunnel;

TEST_CASE("apply: removing what is already gone is not an error", "[reconciler]") {
    Host host;
    host.apply(one_service());
    const Plan plan = diff({}, host.state());
    REQUIRE(host.kernel.meddle(Remove{one_service().tunnels[0]}));
    CHECK(host.apply(plan).ok());
    CHECK(host.state() == State{});
}

TEST_CASE("apply: adding what is there and looks as wanted is not an error", "[reconciler]") {
    Host host;
    const Plan plan = diff(two_services(), {});
    CHECK(host.apply(plan).ok());
    CHECK(host.apply(plan).ok());
    CHECK(host.state() == two_services());
}

TEST_CASE("apply: a tunnel of the same name and other endpoints is a failure and ends its service",
          "[reconciler]") {
    Host host;
    auto other = two_services();
    other.tunnels[0].remote = ip("9.200.0.99");
    REQUIRE(host.kernel.meddle(Add{other.tunnels[0]}));
    const auto outcome = host.apply(diff(two_services(), {}));
    REQUIRE(outcome.failures.size() == 1);
    CHECK(outcome.failures[0].error.code == Errc::Exists);
    CHECK(outcome.skipped == 6);  // overlay, up, address, two routes, peer
    CHECK(host.speaker.peers().size() == 1);
    CHECK(host.state().routes.size() == 1);  // the other service stands
}

TEST_CASE("apply: somebody else's route of the same key is left alone and reported", "[reconciler]") {
    Host host;
    auto theirs = one_service().routes[0];
    theirs.gateway = ip("9.128.0.1");
    theirs.device = "eth0";
    theirs.source = {};
    theirs.protocol = netlink::Protocol::Static;
    REQUIRE(host.kernel.meddle(Add{theirs}));
    const auto before = host.foreign();
    const auto outcome = host.apply(one_service());
    REQUIRE(outcome.failures.size() == 1);
    CHECK(outcome.failures[0].error.code == Errc::Exists);
    CHECK(host.foreign() == before);
    CHECK(host.state().routes.size() == 1);  // the other route is not held up
}

TEST_CASE("apply: a failure ends the steps of its service only", "[reconciler]") {
    Host host;
    host.kernel.fail_next<Add<Tunnel>>(Errc::Permission);
    const auto outcome = host.apply(two_services());
    REQUIRE(outcome.failures.size() == 1);
    CHECK(to_string(outcome.failures[0].step).starts_with("add tunnel doublezero0"));
    CHECK(outcome.failures[0].error.code == Errc::Permission);
    const auto state = host.state();
    REQUIRE(state.tunnels.size() == 1);
    CHECK(state.tunnels[0].name == kMulticastLink);
    CHECK(state.routes.size() == 1);
    CHECK(state.peers.size() == 1);
}

TEST_CASE("apply: on a tunnel that could not be led elsewhere nothing is built for there", "[reconciler]") {
    Host host;
    host.apply(one_service());
    auto moved = one_service();
    moved.tunnels[0].remote = ip("9.200.0.77");
    moved.addresses[0].prefix = prefix("169.254.0.9/31");
    host.kernel.fail_next<netlink::SetEndpoints>(Errc::Io);
    CHECK_FALSE(host.apply(moved).ok());
    CHECK(host.state().tunnels[0].remote == ip("9.200.0.1"));
    CHECK(host.state().addresses[0].prefix == prefix("169.254.0.1/31"));
}

TEST_CASE("apply: any kind of step may fail once, and the next plan makes it good", "[reconciler]") {
    Host host;
    SECTION("tunnel") {
        host.kernel.fail_next<Add<Tunnel>>(Errc::Io);
    }
    SECTION("address") {
        host.kernel.fail_next<Add<LinkAddress>>(Errc::Io);
    }
    SECTION("up") {
        host.kernel.fail_next<netlink::SetUp>(Errc::Io);
    }
    SECTION("route") {
        host.kernel.fail_next<Add<Route>>(Errc::Io);
    }
    CHECK_FALSE(host.apply(two_services()).ok());
    CHECK(host.apply(two_services()).ok());
    CHECK(host.state() == two_services());
}

}  // namespace
}  // namespace dz::reconciler
