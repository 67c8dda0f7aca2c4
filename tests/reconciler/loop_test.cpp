// What the ledger wants, what the kernel then holds: services, and those that cannot be built.
#include "reconciler/loop.hpp"

#include <catch2/catch.hpp>

#include "tests/reconciler/world.hpp"

namespace dz::reconciler {
namespace {

using namespace test;
using ledger::UserStatus;
using ledger::UserType;
using netlink::Add;
using netlink::Route;

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

TEST_CASE("loop: another device means the same link, led there", "[reconciler]") {
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

}  // namespace
}  // namespace dz::reconciler
