// The loop as a whole: what the ledger wants, what the kernel then holds.
#include "reconciler/loop.hpp"

#include <catch2/catch.hpp>

#include "tests/reconciler/world.hpp"

namespace dz::reconciler {
namespace {

using namespace test;
using ledger::UserStatus;
using ledger::UserType;
using netlink::Add;
using netlink::Remove;
using netlink::Route;

constexpr auto kIbrl =
    "tunnel doublezero0 local 9.128.0.5 remote 9.200.0.1 mtu 1476 up\n"
    "address doublezero0 169.254.0.1/31 scope link\n"
    "peer 169.254.0.0 from 169.254.0.1 as 65342 local as 65000 announce 9.128.0.5/32\n";

Route our_route(std::string_view destination) {
    return {.destination = prefix(destination),
            .gateway = kPeer,
            .device = std::string(kUnicastLink),
            .source = kClientIp,
            .metric = kRouteMetric};
}

// --- what the ledger wants (daemon.md 13.1) ---

TEST_CASE("loop: an activated user gets a tunnel, its address and a peer", "[reconciler]") {
    World world;
    world.enable();
    CHECK(world.text().empty());
    world.put_user(user());
    CHECK(world.text() == kIbrl);
    CHECK(world.foreign() == world.before);
}

TEST_CASE("loop: the user's own tunnel endpoint comes before the device's address", "[reconciler]") {
    World world;
    world.enable();
    auto ours = user();
    ours.tunnel_endpoint = ip("9.200.0.77");
    world.put_user(ours);
    REQUIRE(world.tunnel());
    CHECK(world.tunnel()->remote == ip("9.200.0.77"));
}

TEST_CASE("loop: an idle loop changes nothing and hardly reads", "[reconciler]") {
    World world;
    world.connect();
    world.announce("9.200.2.9/32");
    const auto applied = world.kernel.applied();
    const auto reads = world.report().counters.kernel_reads;
    world.pass_time(300s);
    CHECK(world.kernel.applied() == applied);
    CHECK(world.report().counters.kernel_reads - reads == 10);  // audits
}

TEST_CASE("loop: users of others and users that are not activated get nothing", "[reconciler]") {
    World world;
    world.enable();
    auto stranger = user();
    stranger.client_ip = ip("9.128.0.6");
    world.put_user(stranger, kOtherUser);
    CHECK(world.text().empty());

    const auto status = GENERATE(UserStatus::Pending, UserStatus::Suspended, UserStatus::Deleting,
                                 UserStatus::Rejected, UserStatus::PendingBan, UserStatus::Banned,
                                 UserStatus::Updating, UserStatus::OutOfCredits, static_cast<UserStatus>(77));
    auto ours = user();
    ours.status = status;
    world.put_user(ours);
    CHECK(world.text().empty());
    CHECK(world.has_problem(ProblemCode::UserNotActivated));
}

TEST_CASE("loop: a banned user loses the tunnel", "[reconciler]") {
    World world;
    world.connect();
    auto banned = user();
    banned.status = UserStatus::Banned;
    world.put_user(banned);
    CHECK(world.text().empty());
    CHECK(world.report().enabled);
}

TEST_CASE("loop: a user deleted by somebody else loses the tunnel and the loop stays enabled",
          "[reconciler]") {
    World world;
    world.connect();
    world.announce("9.200.2.9/32");
    world.remove_user();
    CHECK(world.text().empty());
    CHECK(world.report().enabled);
    CHECK(world.report().services.empty());
    CHECK(world.foreign() == world.before);
}

TEST_CASE("loop: of two users for one client address the first counts, without flapping", "[reconciler]") {
    World world;
    world.connect();
    auto second = user(UserType::IbrlWithAllocatedIp);
    second.device_pk = kDeviceB;
    world.put_user(second, kOtherUser);
    CHECK(world.has_problem(ProblemCode::SeveralUsers));
    const auto applied = world.kernel.applied();
    world.pass_time(120s);
    CHECK(world.kernel.applied() == applied);
    CHECK(world.text() == kIbrl);
}

TEST_CASE("loop: of two users for one client address the one whose tunnel is up keeps it", "[reconciler]") {
    World world;
    world.enable();
    world.put_user(user(), kOtherUser);
    REQUIRE(world.text() == kIbrl);
    auto second = user(UserType::IbrlWithAllocatedIp);
    second.tunnel_net = parse_prefix("169.254.7.0/31").value();
    world.put_user(second, kUser);
    CHECK(world.has_problem(ProblemCode::SeveralUsers));
    CHECK(world.text() == kIbrl);
}

TEST_CASE("loop: a user type of a newer program is named and left alone", "[reconciler]") {
    World world;
    world.enable();
    auto ours = user();
    ours.user_type = static_cast<UserType>(99);
    world.put_user(ours);
    CHECK(world.text().empty());
    CHECK(world.has_problem(ProblemCode::UserTypeUnknown));
}

TEST_CASE("loop: with an allocated address the tunnel starts where the kernel would send from",
          "[reconciler]") {
    World world;
    world.plug("eth1", "9.60.0.4/24");
    world.meddle(Add{Route{.destination = prefix("9.200.0.0/24"), .gateway = ip("9.60.0.1")}});
    world.enable();
    world.put_user(user(UserType::IbrlWithAllocatedIp));
    CHECK(world.text() ==
          "tunnel doublezero0 local 9.60.0.4 remote 9.200.0.1 mtu 1476 up\n"
          "address doublezero0 169.254.0.1/31 scope link\n"
          "address doublezero0 9.200.1.9/32\n"
          "peer 169.254.0.0 from 169.254.0.1 as 65342 local as 65000 announce 9.200.1.9/32\n");
}

TEST_CASE("loop: plain IBRL starts from the client address whatever the kernel would do", "[reconciler]") {
    World world;
    world.plug("eth1", "9.60.0.4/24");
    world.meddle(Add{Route{.destination = prefix("9.200.0.0/24"), .gateway = ip("9.60.0.1")}});
    world.enable();
    world.put_user(user());
    REQUIRE(world.tunnel());
    CHECK(world.tunnel()->local == kClientIp);
}

TEST_CASE("loop: a tunnel source that moves with the route is followed", "[reconciler]") {
    World world;
    world.connect(user(UserType::IbrlWithAllocatedIp));
    CHECK(world.tunnel()->local == kClientIp);
    world.plug("eth1", "9.60.0.4/24");
    world.meddle(Add{Route{.destination = prefix("9.200.0.0/24"), .gateway = ip("9.60.0.1")}});
    CHECK(world.tunnel()->local == ip("9.60.0.4"));
}

TEST_CASE("loop: the tunnel is as wide as its path", "[reconciler]") {
    World world;
    world.kernel.plug({.name = "eth1", .kind = "veth", .mtu = 1400, .up = true}, {prefix("9.60.0.4/24")});
    world.meddle(Add{Route{.destination = prefix("9.200.0.0/24"), .gateway = ip("9.60.0.1")}});
    world.enable();
    world.put_user(user());
    CHECK(world.tunnel()->mtu == 1376);
}

TEST_CASE("loop: numbers missing in the global configuration have defaults", "[reconciler]") {
    World world;
    world.rpc.put(ledger::Addresses(kProgram).global_config().key, ledger::GlobalConfig{});
    world.enable();
    world.put_user(user());
    REQUIRE(world.state().peers.size() == 1);
    CHECK(world.state().peers[0].local_asn.value == 65000);
    CHECK(world.state().peers[0].remote_asn.value == 65001);
}

TEST_CASE("loop: another device means another tunnel, made anew", "[reconciler]") {
    World world;
    world.connect();
    world.announce("9.200.2.9/32");
    auto moved = user();
    moved.device_pk = kDeviceB;
    moved.tunnel_net = prefix("169.254.0.8/31");
    world.put_user(moved);
    CHECK(world.text() ==
          "tunnel doublezero0 local 9.128.0.5 remote 9.200.0.2 mtu 1476 up\n"
          "address doublezero0 169.254.0.9/31 scope link\n"
          "peer 169.254.0.8 from 169.254.0.9 as 65342 local as 65000 announce 9.128.0.5/32\n");
}

TEST_CASE("loop: devices that come, go and change prefixes touch no tunnel", "[reconciler]") {
    World world;
    world.connect();
    const auto applied = world.kernel.applied();
    world.rpc.put(key(40), device("dev-c", "9.200.0.3", "9.200.3.8/29"));
    world.poll();
    world.rpc.remove(kDeviceB);
    world.poll();
    world.rpc.put(kDeviceA, device("dev-a", "9.200.0.1", "9.200.7.8/29"));
    world.poll();
    CHECK(world.kernel.applied() == applied);
}

TEST_CASE("loop: the class of a user decides the link, so both may be there", "[reconciler]") {
    World world;
    world.connect();
    auto subscriber = user(UserType::Multicast);
    subscriber.subscribers = {kGroup1};
    subscriber.dz_ip = {};
    subscriber.device_pk = kDeviceB;
    world.put_user(subscriber, kMulticastUser);
    CHECK(world.text() ==
          "tunnel doublezero0 local 9.128.0.5 remote 9.200.0.1 mtu 1476 up\n"
          "tunnel doublezero1 local 9.128.0.5 remote 9.200.0.2 mtu 1476 up\n"
          "address doublezero0 169.254.0.1/31 scope link\n"
          "address doublezero1 169.254.0.3/31 scope link\n"
          "route 233.84.178.1/32 via 169.254.0.2 dev doublezero1 proto static\n"
          "peer 169.254.0.0 from 169.254.0.1 as 65342 local as 65000 announce 9.128.0.5/32\n"
          "peer 169.254.0.2 from 169.254.0.3 as 65342 local as 65000 learn nothing\n");
}

// --- multicast ---

TEST_CASE("loop: a publisher has its address on the tunnel and sends from it", "[reconciler]") {
    World world;
    world.enable();
    auto both = publisher({kGroup1});
    both.subscribers = {kGroup1, kGroup2};
    world.put_user(both);
    CHECK(world.text() ==
          "tunnel doublezero1 local 9.128.0.5 remote 9.200.0.9 mtu 1476 up\n"
          "address doublezero1 169.254.0.3/31 scope link\n"
          "address doublezero1 9.200.1.9/32\n"
          "route 233.84.178.1/32 via 169.254.0.2 dev doublezero1 src 9.200.1.9 proto static\n"
          "route 233.84.178.2/32 via 169.254.0.2 dev doublezero1 proto static\n"
          "peer 169.254.0.2 from 169.254.0.3 as 65342 local as 65000 announce 9.200.1.9/32 learn nothing\n");
}

TEST_CASE("loop: a group more or less is a route more or less", "[reconciler]") {
    World world;
    world.enable();
    world.put_user(publisher({kGroup1}));
    world.establish(kMulticastPeer);
    const auto applied = world.kernel.applied();
    world.put_user(publisher({kGroup1, kGroup2}));
    CHECK(world.kernel.applied() == applied + 1);
    CHECK(world.has_route("233.84.178.2/32"));
    world.put_user(publisher({kGroup2}));
    CHECK(world.kernel.applied() == applied + 2);
    CHECK_FALSE(world.has_route("233.84.178.1/32"));
    CHECK(world.report().services[0].session == bgp::Status::Up);
}

TEST_CASE("loop: a multicast user without groups keeps its session and says so", "[reconciler]") {
    World world;
    world.enable();
    world.put_user(publisher({}));
    CHECK(world.has_problem(ProblemCode::NoGroups));
    CHECK(world.state().peers.size() == 1);
    CHECK(world.state().routes.empty());
}

// --- EdgeFiltering ---

TEST_CASE("loop: an edge user gets rules for every device's prefixes and a default route", "[reconciler]") {
    World world;
    world.enable();
    world.put_user(user(UserType::EdgeFiltering));
    world.poll();
    world.establish();
    world.announce("9.200.2.9/32");
    CHECK(world.text() ==
          "tunnel doublezero0 local 9.128.0.5 remote 9.200.0.1 mtu 1476 up\n"
          "address doublezero0 169.254.0.1/31 scope link\n"
          "address doublezero0 9.200.1.9/32\n"
          "rule 100 to 9.200.1.8/29 lookup 100 proto kernel\n"
          "rule 100 to 9.200.2.8/29 lookup 100 proto kernel\n"
          "rule 101 from 9.200.1.8/29 lookup 101 proto kernel\n"
          "rule 101 from 9.200.2.8/29 lookup 101 proto kernel\n"
          "route 9.200.2.9/32 via 169.254.0.0 dev doublezero0 src 9.200.1.9 table 100 metric 20 proto bgp\n"
          "route 0.0.0.0/0 via 169.254.0.0 dev doublezero0 src 9.200.1.9 table 101 proto boot\n"
          "peer 169.254.0.0 from 169.254.0.1 as 65342 local as 65000 announce 9.200.1.9/32\n");
    world.remove_user();
    CHECK(world.text().empty());
    CHECK(world.foreign() == world.before);
}

TEST_CASE("loop: a new device adds two rules for an edge user and leaves its tunnel alone", "[reconciler]") {
    World world;
    world.enable();
    world.put_user(user(UserType::EdgeFiltering));
    world.poll();
    world.establish();
    const auto applied = world.kernel.applied();
    world.rpc.put(key(40), device("dev-c", "9.200.0.3", "9.200.3.8/29"));
    world.pass_time(61s);
    CHECK(world.kernel.applied() == applied + 2);
    CHECK(world.state().rules.size() == 6);
}

// --- what cannot be built ---

TEST_CASE("loop: what the ledger says wrongly is named and leaves the running tunnel alone", "[reconciler]") {
    World world;
    world.connect();
    world.announce("9.200.2.9/32");
    const auto before = world.text();
    auto wrong = user();
    ProblemCode code{};
    SECTION("a tunnel net that is no /31") {
        wrong.tunnel_net = prefix("169.254.0.0/30");
        code = ProblemCode::BadTunnelNet;
    }
    SECTION("no tunnel net") {
        wrong.tunnel_net = {};
        code = ProblemCode::BadTunnelNet;
    }
    SECTION("an unknown device") {
        wrong.device_pk = key(99);
        code = ProblemCode::DeviceUnknown;
    }
    SECTION("no address") {
        wrong.dz_ip = {};
        code = ProblemCode::BadDzIp;
    }
    world.put_user(wrong);
    CHECK(world.has_problem(code));
    CHECK(world.text() == before);
    CHECK(world.report().services[0].state == ServiceState::Blocked);
    world.put_user(user());
    CHECK_FALSE(world.has_problem(code));
    CHECK(world.text() == before);
}

TEST_CASE("loop: while a service is blocked its withdrawn routes still go", "[reconciler]") {
    World world;
    world.connect();
    world.announce("9.200.2.9/32");
    world.pass_time(30s);
    auto wrong = user();
    wrong.device_pk = key(99);
    world.put_user(wrong);
    world.withdraw("9.200.2.9/32");
    world.pass_time(30s);
    CHECK_FALSE(world.has_route("9.200.2.9/32"));
    CHECK(world.tunnel());
}

TEST_CASE("loop: plain IBRL behind NAT is explained instead of built", "[reconciler]") {
    World world;
    world.kernel.unplug("eth0");
    world.plug("eth0", "10.0.0.4/24");
    world.meddle(Add{Route{.destination = prefix("0.0.0.0/0"), .gateway = ip("10.0.0.1")}});
    world.client_ip = kClientIp;
    world.fresh_process();
    world.enable();
    world.put_user(user());
    CHECK(world.text().empty());
    CHECK(world.has_problem(ProblemCode::BehindNat));

    world.put_user(user(UserType::IbrlWithAllocatedIp));  // the remedy
    REQUIRE(world.tunnel());
    CHECK(world.tunnel()->local == ip("10.0.0.4"));
}

TEST_CASE("loop: two tunnels cannot share both ends, and the second is told so", "[reconciler]") {
    World world;
    world.connect();
    auto subscriber = user(UserType::Multicast);
    subscriber.subscribers = {kGroup1};
    world.put_user(subscriber, kMulticastUser);
    CHECK(world.has_problem(ProblemCode::EndpointsTaken));
    CHECK(world.text() == kIbrl);
}

TEST_CASE("loop: a link of another kind with our name is left alone and named", "[reconciler]") {
    World world;
    world.kernel.plug({.name = "doublezero0", .kind = "dummy", .mtu = 1500, .up = true},
                      {prefix("9.77.0.1/24")});
    const auto before = world.kernel.dump();
    world.enable();
    world.put_user(user());
    CHECK(world.has_problem(ProblemCode::NameTaken));
    CHECK(world.kernel.dump() == before);
    world.kernel.unplug("doublezero0");
    world.settle();
    CHECK(world.text() == kIbrl);
}

// --- routes ---

TEST_CASE("loop: what the peer announces and withdraws is followed route by route", "[reconciler]") {
    World world;
    world.connect();
    world.announce("9.200.2.9/32");
    world.announce("9.200.2.10/32");
    const auto applied = world.kernel.applied();
    world.withdraw("9.200.2.9/32");
    CHECK(world.kernel.applied() == applied + 1);
    CHECK_FALSE(world.has_route("9.200.2.9/32"));
    CHECK(world.has_route("9.200.2.10/32"));
    CHECK(world.state().routes == std::vector{our_route("9.200.2.10/32")});
}

TEST_CASE("loop: a lost session takes the routes of IBRL along", "[reconciler]") {
    World world;
    world.connect();
    world.announce("9.200.2.9/32");
    world.lose();
    CHECK(world.state().routes.empty());
    CHECK(world.tunnel());
    world.establish();
    world.announce("9.200.2.9/32");
    CHECK(world.has_route("9.200.2.9/32"));
}

TEST_CASE("loop: with an allocated address routes outlive the session", "[reconciler]") {
    World world;
    world.connect(user(UserType::IbrlWithAllocatedIp));
    world.announce("9.200.2.9/32");
    world.announce("9.200.2.10/32");
    world.lose();
    world.pass_time(300s);
    CHECK(world.has_route("9.200.2.9/32"));
    world.establish();
    world.announce("9.200.2.10/32");
    CHECK(world.has_route("9.200.2.9/32"));  // may still be announced
    world.pass_time(11s);
    CHECK_FALSE(world.has_route("9.200.2.9/32"));
    CHECK(world.has_route("9.200.2.10/32"));
}

TEST_CASE("loop: with an allocated address a withdrawn route goes at once", "[reconciler]") {
    World world;
    world.connect(user(UserType::IbrlWithAllocatedIp));
    world.announce("9.200.2.9/32");
    world.withdraw("9.200.2.9/32");
    CHECK_FALSE(world.has_route("9.200.2.9/32"));
}

TEST_CASE("loop: losing one session does not touch the other's routes", "[reconciler]") {
    World world;
    world.connect();
    world.announce("9.200.2.9/32");
    world.put_user(publisher({kGroup1}), kMulticastUser);
    world.establish(kMulticastPeer);
    world.lose(kMulticastPeer);
    CHECK(world.has_route("9.200.2.9/32"));
    CHECK(world.has_route("233.84.178.1/32"));
    world.lose();
    CHECK_FALSE(world.has_route("9.200.2.9/32"));
    CHECK(world.has_route("233.84.178.1/32"));
}

TEST_CASE("loop: routes that policy refuses never reach the kernel", "[reconciler]") {
    World world;
    world.connect();
    for (const auto* refused : {"0.0.0.0/0", "9.200.0.0/16", "9.200.0.1/32", "9.128.0.5/32", "10.0.0.7/32"}) {
        world.announce(refused);
    }
    CHECK(world.state().routes.empty());
}

TEST_CASE("loop: no learned route leads the other tunnel into ours", "[reconciler]") {
    World world;
    world.connect();
    world.announce("9.200.0.2/32");
    CHECK(world.has_route("9.200.0.2/32"));
    auto subscriber = user(UserType::Multicast);
    subscriber.subscribers = {kGroup1};
    subscriber.device_pk = kDeviceB;
    world.put_user(subscriber, kMulticastUser);
    CHECK(world.text().find("tunnel doublezero1 local 9.128.0.5 remote 9.200.0.2") != std::string::npos);
    CHECK_FALSE(world.has_route("9.200.0.2/32"));
}

TEST_CASE("loop: an excluded route goes when the exclusion comes and returns with it gone", "[reconciler]") {
    World world;
    world.connect();
    world.announce("9.200.2.9/32");
    world.loop().set_settings(
        {.filter = bgp::RouteFilter::excluding({prefix("9.200.2.9/32")}), .peer_defaults = {}});
    world.settle();
    CHECK_FALSE(world.has_route("9.200.2.9/32"));
    CHECK(world.report().services[0].session == bgp::Status::Up);
    world.loop().set_settings({.filter = {}, .peer_defaults = {}});
    world.settle();
    CHECK(world.has_route("9.200.2.9/32"));
}

// --- the ledger in trouble (e2e.md 4.1) ---

TEST_CASE("loop: an unreachable ledger touches nothing, however long", "[reconciler]") {
    World world;
    world.connect();
    world.announce("9.200.2.9/32");
    const auto before = world.text();
    const auto applied = world.kernel.applied();
    world.rpc.fail_always();
    world.pass_time(300s);
    CHECK(world.text() == before);
    CHECK(world.loop_fetcher().view().stale);
    world.rpc.heal();
    world.pass_time(20s);
    CHECK(world.kernel.applied() == applied);
    CHECK(world.metrics().polls_error.Value() > 0);
}

TEST_CASE("loop: an empty ledger touches nothing", "[reconciler]") {
    World world;
    world.connect();
    world.rpc.clear();
    world.pass_time(120s);
    CHECK(world.text() == kIbrl);
}

TEST_CASE("loop: an answer that lacks our user once touches nothing", "[reconciler]") {
    World world;
    world.connect();
    const auto applied = world.kernel.applied();
    world.rpc.remove(kUser);
    world.loop_fetcher().poke();
    world.settle();
    CHECK(world.text() == kIbrl);
    world.rpc.put(kUser, user());
    world.pass_time(20s);
    CHECK(world.kernel.applied() == applied);
}

TEST_CASE("loop: a daemon that starts while the ledger is down builds when it returns", "[reconciler]") {
    World world;
    world.rpc.put(kUser, user());
    world.rpc.fail_always();
    world.enable();
    world.pass_time(60s);
    CHECK(world.text().empty());
    CHECK(world.has_problem(ProblemCode::NoLedgerData));
    world.rpc.heal();
    world.pass_time(11s);
    CHECK(world.text() == kIbrl);
}

TEST_CASE("loop: accounts of an unknown kind do not matter", "[reconciler]") {
    World world;
    world.rpc.put_bytes(key(77), Bytes(64, 99));
    world.connect();
    CHECK(world.text() == kIbrl);
}

// --- toggles (daemon.md 13.2) ---

TEST_CASE("loop: nothing is touched and nothing read before somebody says enabled or disabled",
          "[reconciler]") {
    World world;
    world.connect();
    world.fresh_process();
    world.rpc.calls.clear();
    const auto applied = world.kernel.applied();
    world.pass_time(120s);
    CHECK(world.kernel.applied() == applied);
    CHECK(world.rpc.calls.empty());
    CHECK_FALSE(world.report().enabled);
}

TEST_CASE("loop: disabled at the start reads nothing and sweeps left-overs", "[reconciler]") {
    World world;
    world.connect();
    world.announce("9.200.2.9/32");
    world.fresh_process();
    world.rpc.calls.clear();
    world.disable();
    CHECK(world.text().empty());
    CHECK(world.rpc.calls.empty());
    CHECK(world.foreign() == world.before);
}

TEST_CASE("loop: disable takes everything down, enable builds it again", "[reconciler]") {
    World world;
    world.connect();
    world.announce("9.200.2.9/32");
    world.put_user(publisher({kGroup1}), kMulticastUser);
    world.disable();
    CHECK(world.text().empty());
    CHECK(world.report().services.empty());
    CHECK(world.foreign() == world.before);
    world.enable();
    CHECK(world.tunnel(kUnicastLink));
    CHECK(world.tunnel(kMulticastLink));
}

TEST_CASE("loop: the last toggle wins, whatever is going on", "[reconciler]") {
    World world;
    world.connect();
    world.rpc.latency = 20s;  // a slow fetch holds nobody up
    world.loop_fetcher().poke();
    world.settle();
    world.loop().set_enabled(false);
    world.loop().set_enabled(true);
    world.settle();
    CHECK(world.text() == kIbrl);
    world.loop().set_enabled(true);
    world.loop().set_enabled(false);
    world.settle();
    CHECK(world.text().empty());
}

TEST_CASE("loop: disable while the ledger hangs is done at once", "[reconciler]") {
    World world;
    world.connect();
    world.rpc.latency = 1h;
    world.pass_time(10s);
    world.disable();
    CHECK(world.text().empty());
}

// --- the kernel damaged by others (e2e.md 4.2) ---

TEST_CASE("loop: what somebody deletes is back at once", "[reconciler]") {
    World world;
    world.connect(user(UserType::IbrlWithAllocatedIp));
    world.announce("9.200.2.9/32");
    const auto before = world.text();
    const auto state = world.state();
    SECTION("a route") {
        world.meddle(Remove{state.routes[0]});
    }
    SECTION("the tunnel") {
        world.meddle(Remove{state.tunnels[0]});
    }
    SECTION("the overlay address") {
        world.meddle(Remove{state.addresses[0]});
    }
    SECTION("the network address") {
        world.meddle(Remove{state.addresses[1]});
    }
    SECTION("the up state") {
        world.meddle(netlink::SetDown{"doublezero0"});
    }
    SECTION("the mtu") {
        world.meddle(netlink::SetMtu{"doublezero0", 1300});
    }
    CHECK(world.text() == before);
    CHECK(world.report().counters.repairs > 0);
}

TEST_CASE("loop: a route that another takes the place of is back when that one is gone", "[reconciler]") {
    World world;
    world.connect();
    world.announce("9.200.2.9/32");
    Route theirs = our_route("9.200.2.9/32");
    theirs.gateway = ip("9.128.0.1");
    theirs.device = "eth0";
    theirs.source = {};
    world.meddle(netlink::Replace{theirs});
    CHECK(world.state().routes.empty());
    world.meddle(Remove{theirs});
    world.pass_time(2s);
    CHECK(world.has_route("9.200.2.9/32"));
}

TEST_CASE("loop: rules that networkd flushes are back at once", "[reconciler]") {
    World world;
    world.enable();
    world.put_user(user(UserType::EdgeFiltering));
    world.poll();
    const auto before = world.text();
    for (const auto& rule : world.state().rules) world.meddle(Remove{rule});
    world.settle();
    CHECK(world.text() == before);
}

TEST_CASE("loop: damage that no event told of is found by the audit", "[reconciler]") {
    World world;
    world.connect();
    world.announce("9.200.2.9/32");
    const auto before = world.text();
    REQUIRE(world.kernel.meddle(Remove{world.state().routes[0]}));
    world.kernel.lose_events();
    world.settle();
    CHECK(world.text() == before);
}

TEST_CASE("loop: routes that vanish with their source address are back when it is", "[reconciler]") {
    World world;
    world.connect();
    world.announce("9.200.2.9/32");
    const netlink::LinkAddress address{"eth0", prefix("9.128.0.5/16")};
    world.meddle(Remove{address});
    CHECK(world.state().routes.empty());
    CHECK(world.tunnel());  // left alone
    world.meddle(Add{address});
    world.pass_time(5s);
    CHECK(world.has_route("9.200.2.9/32"));
}

TEST_CASE("loop: a route withdrawn while somebody deletes it is not resurrected", "[reconciler]") {
    World world;
    world.connect();
    world.announce("9.200.2.9/32");
    REQUIRE(world.kernel.meddle(Remove{world.state().routes[0]}));
    world.speaker().withdraw(kPeer, prefix("9.200.2.9/32"));
    world.settle();
    CHECK(world.state().routes.empty());
}

TEST_CASE("loop: a foreign route to the same destination is left alone and reported", "[reconciler]") {
    World world;
    world.connect();
    const Route theirs{.destination = prefix("9.200.2.9/32"),
                       .gateway = ip("9.128.0.1"),
                       .device = "eth0",
                       .protocol = netlink::Protocol::Static};
    world.meddle(Add{theirs});
    world.announce("9.200.2.9/32");
    CHECK(world.has_route("9.200.2.9/32"));  // beside theirs, with our metric
    CHECK(world.has_problem(ProblemCode::RoutesShadowed));
    world.withdraw("9.200.2.9/32");
    CHECK(world.kernel.dump().contains(to_string(theirs)));
    CHECK_FALSE(world.has_problem(ProblemCode::RoutesShadowed));
}

TEST_CASE("loop: a foreign route of our very key is left alone, reported, and given way to", "[reconciler]") {
    World world;
    world.connect();
    const Route theirs{.destination = prefix("9.200.2.9/32"),
                       .gateway = ip("9.128.0.1"),
                       .device = "eth0",
                       .metric = kRouteMetric,
                       .protocol = netlink::Protocol::Static};
    world.meddle(Add{theirs});
    world.announce("9.200.2.9/32");
    world.announce("9.200.2.10/32");
    world.pass_time(60s);
    CHECK(world.kernel.dump().contains(to_string(theirs)));
    CHECK(world.has_route("9.200.2.10/32"));
    CHECK(world.has_problem(ProblemCode::StepFailed));
    CHECK(world.report().services[0].state == ServiceState::Up);
    world.meddle(Remove{theirs});
    world.pass_time(60s);
    CHECK(world.has_route("9.200.2.9/32"));
    CHECK_FALSE(world.has_problem(ProblemCode::StepFailed));
}

TEST_CASE("loop: who deletes our link each time at once is met ever more rarely, and reported",
          "[reconciler]") {
    World world;
    world.connect();
    // Ten minutes of somebody who looks every 50 ms.
    std::size_t deleted = 0, last_minute = 0;
    for (int i = 0; i < 10 * 60 * 20; ++i) {
        if (const auto* link = world.tunnel()) {
            REQUIRE(world.kernel.meddle(Remove{*link}));
            ++deleted;
            if (i >= 9 * 60 * 20) ++last_minute;
        }
        world.settle();
    }
    CHECK(deleted < 60);
    CHECK(last_minute <= 4);
    CHECK(world.has_problem(ProblemCode::Contested));
    const auto reports = world.report().services;
    REQUIRE(reports.size() == 1);
    CHECK(reports[0].state == ServiceState::Retrying);
    // Once the other one has gone, all is as before, and a deletion by hand is repaired at once again.
    world.pass_time(3min);
    CHECK(world.text() == kIbrl);
    CHECK_FALSE(world.has_problem(ProblemCode::Contested));
    world.meddle(Remove{*world.tunnel()});
    CHECK(world.tunnel());
}

TEST_CASE("loop: who deletes a route each time at once is met ever more rarely too", "[reconciler]") {
    World world;
    world.connect();
    world.announce("9.200.2.9/32");
    std::size_t deleted = 0;
    for (int i = 0; i < 5 * 60 * 20; ++i) {
        if (world.has_route("9.200.2.9/32")) {
            REQUIRE(world.kernel.meddle(Remove{our_route("9.200.2.9/32")}));
            ++deleted;
        }
        world.settle();
    }
    CHECK(deleted < 50);
    CHECK(world.has_problem(ProblemCode::Contested));
    world.pass_time(3min);
    CHECK(world.has_route("9.200.2.9/32"));
}

TEST_CASE("loop: a program that keeps undoing our work is not fought for ever", "[reconciler]") {
    World world;
    world.connect();
    for (int i = 0; i < 100; ++i) {
        if (world.tunnel()) REQUIRE(world.kernel.meddle(Remove{*world.tunnel()}));
        world.settle();
    }
    CHECK(world.has_problem(ProblemCode::Contested));
    CHECK(world.report().services[0].state == ServiceState::Retrying);
    world.pass_time(70s);
    CHECK(world.text() == kIbrl);
}

// --- steps that fail ---

TEST_CASE("loop: a step that fails is tried again, slower and slower, and the reason is told",
          "[reconciler]") {
    World world;
    world.kernel.fail_next<Add<netlink::Tunnel>>(Errc::Permission, 3);
    world.enable();
    world.rpc.put(kUser, user());
    world.loop_fetcher().poke();
    world.settle();
    CHECK(world.text().empty());
    CHECK(world.has_problem(ProblemCode::StepFailed));
    CHECK(world.report().services[0].state == ServiceState::Retrying);
    CHECK_FALSE(world.report().services[0].provisioned);
    world.pass_time(1s + 2s + 4s);
    CHECK(world.text() == kIbrl);
    CHECK_FALSE(world.has_problem(ProblemCode::StepFailed));
}

TEST_CASE("loop: one service in trouble does not hold up the other", "[reconciler]") {
    World world;
    world.connect();
    world.kernel.fail_next<Add<netlink::Tunnel>>(Errc::Io, 1000);
    world.put_user(publisher({kGroup1}), kMulticastUser);
    world.announce("9.200.2.9/32");
    CHECK(world.has_route("9.200.2.9/32"));
    CHECK_FALSE(world.tunnel(kMulticastLink));
    world.meddle(Remove{world.state().routes[0]});
    CHECK(world.has_route("9.200.2.9/32"));
}

TEST_CASE("loop: a kernel that cannot be read is asked again", "[reconciler]") {
    World world;
    world.kernel.fail_next_read(Errc::Io, 3);
    world.enable();
    world.put_user(user());
    world.pass_time(10s);
    CHECK(world.text() == kIbrl);
    CHECK(world.report().problems.empty());
}

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
        "doublezero_reconciler_provisions_total{service_type=\"unicast\",status=\"success\"} 2\n"));
    CHECK(text.contains(
        "doublezero_reconciler_removals_total{service_type=\"unicast\",status=\"success\"} 1\n"));
    CHECK(text.contains("current_device=\"dev-b\""));
    world.disable();
    text = metrics::expose(world.registry());
    CHECK(text.contains(
        "doublezero_reconciler_removals_total{service_type=\"unicast\",status=\"success\"} 2\n"));
    CHECK_FALSE(text.contains("doublezero_connection_info{"));
}

}  // namespace
}  // namespace dz::reconciler
