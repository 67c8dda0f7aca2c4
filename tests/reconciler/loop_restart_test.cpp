// Stop, crash and restart (e2e.md 4.3), a host that moves, and what the loop tells about itself.
#include "reconciler/loop.hpp"

#include <catch2/catch.hpp>

#include "tests/reconciler/world.hpp"

namespace dz::reconciler {
namespace {

using namespace test;
using ledger::UserType;
using netlink::Add;
using netlink::Remove;
using netlink::Route;

// --- restart (e2e.md 4.3) ---

TEST_CASE("loop: stop with remove leaves nothing behind", "[reconciler]") {
    World world;
    world.connect();
    world.announce("9.200.2.9/32");
    world.loop().stop(OnExit::Remove);
    world.settle();
    CHECK(world.ended());
    CHECK(world.text().empty());
    CHECK(world.foreign() == world.before);
}

TEST_CASE("loop: stop with keep leaves everything as it is", "[reconciler]") {
    World world;
    world.connect();
    const auto before = world.text();
    world.loop().stop(OnExit::Keep);
    world.settle();
    CHECK(world.ended());
    CHECK(world.text() == before);
}

TEST_CASE("loop: stop with keep in the middle of a pass takes nothing down", "[reconciler]") {
    World world;
    world.connect();
    world.announce("9.200.2.9/32");
    // One pass: the new route comes first, and its event the stop; then what somebody deleted.
    world.loop().on_event([&](const Event&) { world.loop().stop(OnExit::Keep); });
    world.speaker().announce(kPeer, prefix("9.200.2.10/32"));
    REQUIRE(world.kernel.meddle(netlink::SetMtu{"doublezero0", 1400}));
    world.settle();
    CHECK(world.ended());
    CHECK(world.has_route("9.200.2.9/32"));
    CHECK(world.has_route("9.200.2.10/32"));
    REQUIRE(world.tunnel());
    CHECK(world.tunnel()->mtu == netlink::kGreMtu);
}

TEST_CASE("loop: stop with keep leaves nothing of what was disabled just before", "[reconciler]") {
    World world;
    world.connect();
    world.announce("9.200.2.9/32");
    world.loop().set_enabled(false);
    world.loop().stop(OnExit::Keep);
    world.settle();
    CHECK(world.ended());
    CHECK(world.text().empty());
}

TEST_CASE("loop: before anybody has said enabled or disabled, stop ends at once and touches nothing",
          "[reconciler]") {
    const auto what = GENERATE(OnExit::Keep, OnExit::Remove);
    World world;
    world.connect();
    world.fresh_process();
    world.loop().stop(what);
    world.settle();
    CHECK(world.ended());
    CHECK(world.state().tunnels.size() == 1);
}

TEST_CASE("loop: the next process knows what the one before announced to whom", "[reconciler]") {
    World world;
    world.connect();
    world.announce("9.200.2.9/32");
    CHECK(world.speaker().inherited.empty());
    world.restart();
    CHECK(world.speaker().inherited == std::map<Ipv4, Prefix>{{kPeer, host_prefix(kClientIp)}});
}

TEST_CASE("loop: stop ends even where the kernel refuses", "[reconciler]") {
    World world;
    world.connect();
    world.kernel.fail_next<Remove<netlink::Tunnel>>(Errc::Io, 1000);
    world.loop().stop(OnExit::Remove);
    world.pass_time(2s);
    CHECK(world.ended());
}

TEST_CASE("loop: after a crash what is right is kept, and no packet is lost over it", "[reconciler]") {
    World world;
    world.connect();
    world.announce("9.200.2.9/32");
    world.announce("9.200.2.10/32");
    const auto before = world.text();
    const auto applied = world.kernel.applied();
    world.restart();
    CHECK(world.text() == before);
    world.establish();
    world.announce("9.200.2.10/32");
    CHECK(world.kernel.applied() == applied);  // tunnel, addresses and routes were adopted
    world.pass_time(11s);
    CHECK_FALSE(world.has_route("9.200.2.9/32"));  // not announced any more
    CHECK(world.kernel.applied() == applied + 1);
}

TEST_CASE("loop: routes of an old process go when no session comes up", "[reconciler]") {
    World world;
    world.connect();
    world.announce("9.200.2.9/32");
    world.restart();
    world.pass_time(50s);
    CHECK(world.has_route("9.200.2.9/32"));
    world.pass_time(15s);
    CHECK_FALSE(world.has_route("9.200.2.9/32"));
}

TEST_CASE("loop: routes of an old process go when the first session is lost again", "[reconciler]") {
    World world;
    world.connect();
    world.announce("9.200.2.9/32");
    world.restart();
    world.establish();
    CHECK(world.has_route("9.200.2.9/32"));
    world.lose();
    CHECK_FALSE(world.has_route("9.200.2.9/32"));
}

TEST_CASE("loop: after a crash what is wrong is replaced", "[reconciler]") {
    World world;
    world.connect();
    world.kill();
    auto moved = user();
    moved.device_pk = kDeviceB;
    world.rpc.put(kUser, moved);
    world.fresh_process();
    world.enable();
    REQUIRE(world.tunnel());
    CHECK(world.tunnel()->remote == ip("9.200.0.2"));
}

TEST_CASE("loop: what the reference daemon left is adopted, its routes without metric replaced",
          "[reconciler]") {
    World world;
    world.rpc.put(kUser, user());
    world.meddle(Add{netlink::Tunnel{.name = "doublezero0", .local = kClientIp, .remote = ip("9.200.0.1")}});
    world.meddle(Add{netlink::LinkAddress{"doublezero0", prefix("169.254.0.1/31"), netlink::Scope::Link}});
    world.meddle(netlink::SetUp{"doublezero0"});
    auto route = our_route("9.200.2.9/32");
    route.metric = 0;
    world.meddle(Add{route});
    world.enable();
    CHECK(world.kernel.applied() == 0);
    CHECK(world.state().routes == std::vector{route});
    world.establish();
    world.announce("9.200.2.9/32");
    world.pass_time(11s);
    CHECK(world.state().routes == std::vector{our_route("9.200.2.9/32")});
}

TEST_CASE("loop: a crash at any point of building is completed by the next process", "[reconciler]") {
    for (int n = 0; n < 8; ++n) {
        World world;
        auto ours = user(UserType::IbrlWithAllocatedIp);
        world.rpc.put(kUser, ours);
        world.kernel.fail_next<Add<netlink::Tunnel>>(Errc::Io, n == 0 ? 1 : 0);
        world.kernel.fail_next<Add<netlink::LinkAddress>>(Errc::Io, n % 3);
        world.kernel.fail_next<netlink::SetUp>(Errc::Io, n % 2);
        world.enable();
        world.restart();
        world.pass_time(20s);
        CHECK(world.state().tunnels.size() == 1);
        CHECK(world.state().tunnels[0].up);
        CHECK(world.state().addresses.size() == 2);
    }
}

// --- the host (e2e.md N-8, E-13) ---

TEST_CASE("loop: without a client address nothing is touched until it is found", "[reconciler]") {
    World world;
    world.kernel.unplug("eth0");
    world.fresh_process();
    world.rpc.put(kUser, user());
    world.enable();
    CHECK(world.has_problem(ProblemCode::NoClientIp));
    world.plug("eth0", "9.128.0.5/16");
    world.meddle(Add{Route{.destination = prefix("0.0.0.0/0"), .gateway = ip("9.128.0.1")}});
    world.pass_time(1s);
    CHECK(world.text() == kIbrl);
}

TEST_CASE("loop: a host that moves to another address leaves the old user's tunnel behind", "[reconciler]") {
    World world;
    world.connect();
    auto other = user();
    other.client_ip = ip("9.128.0.6");
    other.dz_ip = ip("9.128.0.6");
    other.tunnel_net = prefix("169.254.0.10/31");
    world.rpc.put(kOtherUser, other);
    world.kernel.unplug("eth0");
    world.plug("eth0", "9.128.0.6/16");
    world.meddle(Add{Route{.destination = prefix("0.0.0.0/0"), .gateway = ip("9.128.0.1")}});
    world.pass_time(10s);
    REQUIRE(world.tunnel());
    CHECK(world.tunnel()->local == ip("9.128.0.6"));
    CHECK(world.report().client_ip.address == ip("9.128.0.6"));
}

// --- what it tells ---

TEST_CASE("loop: the report follows a service from building to up and down", "[reconciler]") {
    World world;
    world.enable();
    world.put_user(user());
    auto row = world.report().services.at(0);
    CHECK(row.provisioned);
    CHECK(row.state == ServiceState::Connecting);
    CHECK(row.session == bgp::Status::Pending);
    CHECK(row.service.device_code == "dev-a");
    CHECK(row.service.metro == "New York");
    world.establish();
    world.announce("9.200.2.9/32");
    row = world.report().services.at(0);
    CHECK(row.state == ServiceState::Up);
    CHECK(row.routes_learned == 1);
    CHECK(row.routes_installed == 1);
    world.lose();
    row = world.report().services.at(0);
    CHECK(row.state == ServiceState::Down);
    CHECK_FALSE(row.reason.empty());
}

TEST_CASE("loop: events tell what was done and why", "[reconciler]") {
    World world;
    world.enable();
    world.put_user(user());
    world.establish();
    world.announce("9.200.2.9/32");
    std::string text;
    for (const auto& event : world.loop().events()) text += event.cause + ": " + event.text + '\n';
    CHECK(text ==
          "ledger: add tunnel doublezero0 local 9.128.0.5 remote 9.200.0.1 mtu 1476\n"
          "ledger: add address doublezero0 169.254.0.1/31 scope link\n"
          "ledger: set doublezero0 up\n"
          "ledger: set peer 169.254.0.0 from 169.254.0.1 as 65342 local as 65000 announce 9.128.0.5/32\n"
          "session: add route 9.200.2.9/32 via 169.254.0.0 dev doublezero0 src 9.128.0.5 metric 20 proto "
          "bgp\n");
    CHECK(world.loop().events(4).size() == 1);
}

TEST_CASE("loop: the plan that is shown changes nothing", "[reconciler]") {
    World world;
    world.connect();
    const auto empty = run(world.io, world.loop().plan());
    REQUIRE(empty);
    CHECK(empty->empty());
    REQUIRE(world.kernel.meddle(netlink::SetMtu{"doublezero0", 1300}));
    const auto plan = run(world.io, world.loop().plan());
    REQUIRE(plan);
    CHECK(to_string(*plan) == "set doublezero0 mtu 1476\n");
}

TEST_CASE("loop: metrics count what is set up, changed and taken down", "[reconciler]") {
    World world;
    world.connect();
    auto text = metrics::expose(world.registry());
    CHECK(text.contains(
        "doublezero_reconciler_provisions_total{service_type=\"unicast\",status=\"success\"} 1\n"));
    CHECK(text.contains("doublezero_reconciler_matched_users{service_type=\"unicast\"} 1\n"));
    CHECK(text.contains("doublezero_connection_info{"));
    CHECK(text.contains("current_device=\"dev-a\""));
    auto moved = user();
    moved.device_pk = kDeviceB;
    world.put_user(moved);
    text = metrics::expose(world.registry());
    CHECK(text.contains(
        "doublezero_reconciler_updates_total{service_type=\"unicast\",status=\"success\"} 1\n"));
    CHECK(text.contains("current_device=\"dev-b\""));
    world.disable();
    text = metrics::expose(world.registry());
    CHECK(text.contains(
        "doublezero_reconciler_removals_total{service_type=\"unicast\",status=\"success\"} 1\n"));
    CHECK_FALSE(text.contains("doublezero_connection_info{"));
}

}  // namespace
}  // namespace dz::reconciler
