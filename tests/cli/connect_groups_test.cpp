// Tests for connect multicast with groups: real transactions on a ledger in memory, a daemon on a real
// socket.
#include <catch2/catch.hpp>

#include "tests/cli/joining.hpp"

using namespace dz;
using namespace dz::cli;
using namespace dz::test;
using Catch::Contains;
using Keys = std::vector<PublicKey>;

TEST_CASE("connect multicast: a publisher's account is created in its group and the tunnel awaited",
          "[cli]") {
    GroupDesk desk;
    REQUIRE(desk.multicast({.publish = {"alpha"}}));
    CHECK(desk.rpc.sent == 1);
    CHECK(desk.member().publishers == Keys{desk.alpha});
    CHECK(desk.member().subscribers.empty());
    CHECK(desk.member().cyoa_type == ledger::Cyoa::GreOverDia);
    CHECK_THAT(desk.out.str(),
               Contains("    Device selected: ny5-dz01 (1.00 ms, the only one that takes users "
                        "and answers)\n    Joined group alpha as publisher\n    Signature: ") &&
                   Contains("    DoubleZero IP: 148.51.120.") &&
                   Catch::EndsWith("    Session: BGP Session Up\n✅  User Provisioned\n"));
}

TEST_CASE("connect multicast: a subscriber has no DoubleZero address", "[cli]") {
    GroupDesk desk;
    REQUIRE(desk.multicast({.subscribe = {"alpha"}}));
    CHECK(desk.member().subscribers == Keys{desk.alpha});
    CHECK(desk.member().publishers.empty());
    CHECK_THAT(desk.out.str(), !Contains("DoubleZero IP:"));
}

TEST_CASE("connect multicast: the same group in both roles is one transaction", "[cli]") {
    GroupDesk desk;
    REQUIRE(desk.multicast({.publish = {"ALPHA"}, .subscribe = {desk.alpha.to_string()}}));
    CHECK(desk.rpc.sent == 1);
    CHECK(desk.member().publishers == Keys{desk.alpha});
    CHECK(desk.member().subscribers == Keys{desk.alpha});
}

TEST_CASE("connect multicast: without groups exactly those of the pass are joined, each role said", "[cli]") {
    PassDesk desk;
    const PublicKey one = desk.network.add_group("one"), two = desk.network.add_group("two");
    REQUIRE(desk.network.allow("alice", Desk::kIp, one, true, true) == "ok");
    REQUIRE(desk.network.allow("alice", Desk::kIp, two, false, true) == "ok");
    REQUIRE(desk.multicast());
    CHECK(desk.rpc.sent == 2);
    CHECK(desk.member().publishers == Keys{one});
    CHECK(desk.member().subscribers == Keys{one, two});
    CHECK_THAT(desk.out.str(), Contains("    Publishing to (of the access pass): one\n"
                                        "    Subscribing to (of the access pass): one, two\n") &&
                                   Contains("Joined group one as publisher and subscriber") &&
                                   Contains("Joined group two as subscriber"));
}

TEST_CASE("connect multicast: a pass without groups is said, and nothing is sent or awaited", "[cli]") {
    PassDesk desk;
    REQUIRE(desk.multicast());
    CHECK(desk.rpc.sent == 0);
    CHECK(desk.daemon.count("POST /enable") == 0);
    CHECK_THAT(desk.out.str(), Contains("Nothing to join") && !Contains("User Provisioned"));
}

TEST_CASE("connect multicast: groups of the pass that are gone or closed are left out", "[cli]") {
    GroupDesk desk;
    auto pass = desk.network.get<ledger::AccessPass>(desk.network.pass("alice", Desk::kIp));
    pass.mgroup_pub_allowlist = {desk.network.pk("nobody"), desk.alpha};
    desk.network.set(desk.network.pass("alice", Desk::kIp), pass);
    auto closed = desk.network.get<ledger::MulticastGroup>(desk.beta);
    closed.status = ledger::MulticastGroupStatus::Suspended;
    desk.network.set(desk.beta, closed);
    REQUIRE(desk.multicast());
    CHECK(desk.member().publishers == Keys{desk.alpha});
    CHECK(desk.member().subscribers == Keys{desk.alpha});
    CHECK_THAT(desk.err.str(), Contains("Note: group beta of the access pass takes no members now"));
}

TEST_CASE("connect multicast: what is missing is added and the other roles stay", "[cli]") {
    GroupDesk desk;
    const auto [first, then] = GENERATE(
        table<MulticastChoice, MulticastChoice>({{{.publish = {"alpha"}}, {.subscribe = {"alpha"}}},
                                                 {{.subscribe = {"alpha"}}, {.publish = {"alpha"}}}}));
    REQUIRE(desk.multicast(first));
    REQUIRE(desk.multicast(then));
    CHECK(desk.rpc.sent == 2);
    CHECK(desk.member().publishers == Keys{desk.alpha});
    CHECK(desk.member().subscribers == Keys{desk.alpha});
    CHECK_THAT(desk.out.str(), Contains("An account already exists: "));
}

TEST_CASE("connect multicast: a second group in the same role is one change, the same again is none",
          "[cli]") {
    GroupDesk desk;
    const bool publishes = GENERATE(true, false);
    const auto choose = [publishes](std::vector<std::string> codes) {
        MulticastChoice choice;
        (publishes ? choice.publish : choice.subscribe) = std::move(codes);
        return choice;
    };
    REQUIRE(desk.multicast(choose({"alpha"})));
    REQUIRE(desk.multicast(choose({"beta"})));
    CHECK(desk.rpc.sent == 2);
    REQUIRE(desk.multicast(choose({"beta", "alpha"})));
    CHECK(desk.rpc.sent == 2);
    CHECK((publishes ? desk.member().publishers : desk.member().subscribers) == Keys{desk.alpha, desk.beta});
}

TEST_CASE("connect multicast: unknown and repeated groups are errors before anything is sent", "[cli]") {
    GroupDesk desk;
    CHECK(desk.multicast({.publish = {"alpha", "omega"}}).error().text ==
          "Multicast group not found: omega\nTry: doublezero multicast group list");
    CHECK_THAT(desk.multicast({.publish = {"alpha", "Alpha"}}).error().text,
               Contains("Duplicate multicast pub group: alpha"));
    CHECK_THAT(desk.multicast({.subscribe = {"beta", desk.beta.to_string()}}).error().text,
               Contains("Duplicate multicast sub group: beta"));
    CHECK(desk.rpc.sent == 0);
}

TEST_CASE("connect multicast: a role that the pass does not list is refused before anything is sent",
          "[cli]") {
    PassDesk desk;
    const PublicKey group = desk.network.add_group("alpha");
    REQUIRE(desk.network.allow("alice", Desk::kIp, group, false, true) == "ok");
    CHECK_THAT(desk.multicast({.publish = {"alpha"}}).error().text,
               Catch::StartsWith("the access pass does not let you publish to alpha\n"));
    REQUIRE(desk.multicast({.subscribe = {"alpha"}}));
    CHECK_THAT(desk.multicast({.publish = {"alpha"}}).error().text, Contains("publish to alpha"));
    CHECK(desk.rpc.sent == 1);
}

TEST_CASE("connect multicast: a pass that has ended serves, for new accounts and for old ones", "[cli]") {
    GroupDesk desk;
    auto pass = desk.network.get<ledger::AccessPass>(desk.network.pass("alice", Desk::kIp));
    pass.last_access_epoch = 1;
    desk.network.set(desk.network.pass("alice", Desk::kIp), pass);
    REQUIRE(desk.multicast({.publish = {"alpha"}}));
    REQUIRE(desk.multicast({.subscribe = {"beta"}}));
    CHECK_THAT(desk.connect().error().text, Contains("no usable AccessPass"));
}

TEST_CASE("connect multicast: a pass that ended while the host was connected lets multicast in", "[cli]") {
    GroupDesk desk;
    desk.add_far_device();
    REQUIRE(desk.connect());
    auto pass = desk.network.get<ledger::AccessPass>(desk.network.pass("alice", Desk::kIp));
    pass.last_access_epoch = 1;
    desk.network.set(desk.network.pass("alice", Desk::kIp), pass);
    REQUIRE(desk.multicast({.subscribe = {"alpha"}}));
    CHECK(desk.has_member());
    CHECK(desk.has_user());
}

TEST_CASE("connect multicast: beside an IBRL user there are two accounts, on endpoints of their own",
          "[cli]") {
    GroupDesk desk;
    const PublicKey far = desk.add_far_device();
    const bool unicast_first = GENERATE(true, false);
    if (unicast_first) REQUIRE(desk.connect());
    REQUIRE(desk.multicast({.subscribe = {"alpha"}}));
    if (!unicast_first) REQUIRE(desk.connect());
    const auto second = unicast_first ? desk.member() : desk.user();
    CHECK((unicast_first ? desk.user() : desk.member()).device_pk == desk.network.device);
    CHECK(second.device_pk == far);
    CHECK(second.tunnel_endpoint == desk.device(far).public_ip);
    CHECK_THAT(desk.err.str(),
               Contains("Note: zzz-dz02 is 19.00 ms farther than ny5-dz01, the nearest device"));
}

TEST_CASE("connect multicast: a device with a second endpoint takes both tunnels", "[cli]") {
    GroupDesk desk;
    desk.add_far_device();
    desk.change(desk.network.device, [](ledger::Device& device) {
        ledger::Interface loopback;
        loopback.name = "Loopback100";
        loopback.interface_type = ledger::InterfaceType::Loopback;
        loopback.ip_net = host_prefix(ip(9, 128, 0, 9));
        loopback.user_tunnel_endpoint = true;
        device.interfaces.push_back(loopback);
    });
    REQUIRE(desk.connect());
    REQUIRE(desk.multicast({.publish = {"alpha"}}));
    CHECK(desk.member().device_pk == desk.network.device);
    CHECK(desk.member().tunnel_endpoint != desk.user().tunnel_endpoint);
}

TEST_CASE("connect: the limits of a device hold for whom they count, and the next device is taken", "[cli]") {
    using Kind = std::tuple<std::string, bool, MulticastChoice>;
    const auto [limit, unicast, choice] =
        GENERATE(Kind{"unicast user limit (1/1)", true, MulticastChoice{}},
                 Kind{"multicast publisher limit (1/1)", false, MulticastChoice{.publish = {"alpha"}}},
                 Kind{"multicast subscriber limit (1/1)", false, MulticastChoice{.subscribe = {"alpha"}}});
    GroupDesk desk;
    desk.change(desk.network.device, [&](ledger::Device& device) {
        device.unicast_users_count = device.max_unicast_users = unicast ? 1 : 0;
        device.multicast_publishers_count = device.max_multicast_publishers = choice.publish.empty() ? 0 : 1;
        device.multicast_subscribers_count = device.max_multicast_subscribers =
            choice.subscribe.empty() ? 0 : 1;
    });
    const auto connect = [&](ConnectOptions options) {
        return unicast ? desk.connect(options) : desk.multicast(choice, options);
    };
    CHECK_THAT(connect(on_device("ny5-dz01")).error().text,
               Contains("Device is not accepting more users: ny5-dz01") && Contains(limit));
    CHECK_THAT(connect({}).error().text, Contains("No device takes this user") && Contains(limit));
    CHECK(desk.rpc.sent == 0);
    const PublicKey far = desk.add_far_device();
    REQUIRE(connect({}));
    CHECK((unicast ? desk.user() : desk.member()).device_pk == far);
}

TEST_CASE("connect multicast: an account of another key or another device is not taken over", "[cli]") {
    GroupDesk desk;
    REQUIRE(desk.multicast({.publish = {"alpha"}}));
    CHECK_THAT(desk.multicast({.publish = {"beta"}}, on_device("other")).error().text,
               Contains("already connected with device ny5-dz01, not other"));
    auto user = desk.member();
    user.owner = desk.network.pk("bob");
    desk.network.set(desk.network.user(Desk::kIp, ledger::UserType::Multicast), user);
    CHECK_THAT(desk.multicast({.publish = {"beta"}}).error().text, Contains("belongs to another key"));
    CHECK(desk.rpc.sent == 1);
}

TEST_CASE("connect multicast: a pass by the seat is for feeds", "[cli]") {
    FeedDesk desk;
    CHECK_THAT(desk.multicast({.subscribe = {"alpha"}}).error().text,
               Contains("for feeds, not for single groups") && Contains("--subscribe-feed"));
    CHECK(desk.rpc.sent == 0);
}

TEST_CASE("connect multicast: a group that the ledger refuses ends it, and the same command goes on",
          "[cli]") {
    GroupDesk desk;
    int landed = 0;
    // Somebody closes the second group in between.
    desk.rpc.on_landed = [&] {
        if (++landed > 1) return;
        auto group = desk.network.get<ledger::MulticastGroup>(desk.beta);
        group.status = ledger::MulticastGroupStatus::Suspended;
        desk.network.set(desk.beta, group);
    };
    const auto done = desk.multicast({.publish = {"alpha", "beta"}});
    REQUIRE_FALSE(done);
    CHECK_THAT(done.error().text,
               Catch::StartsWith("Error adding publisher role in group beta\n  caused by: "));
    CHECK(desk.member().publishers == Keys{desk.alpha});
    auto group = desk.network.get<ledger::MulticastGroup>(desk.beta);
    group.status = ledger::MulticastGroupStatus::Activated;
    desk.network.set(desk.beta, group);
    REQUIRE(desk.multicast({.publish = {"alpha", "beta"}}));
    CHECK(desk.member().publishers == Keys{desk.alpha, desk.beta});
}
