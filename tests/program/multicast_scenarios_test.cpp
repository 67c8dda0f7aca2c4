// Multicast groups, their allowlists, and feeds, as signed transactions.
#include <catch2/catch.hpp>

#include "tests/program/world.hpp"

using namespace dz;
using namespace dz::test;
using ledger::UserType;

namespace {

const Ipv4 kClient = ip(9, 128, 0, 100);

}  // namespace

TEST_CASE("group: gets the block's addresses in order and gives its own back", "[program]") {
    Network world;
    const PublicKey alpha = world.add_group("alpha");
    const PublicKey beta = world.add_group("beta");
    CHECK(world.get<ledger::MulticastGroup>(alpha).multicast_ip == ip(233, 84, 178, 0));
    CHECK(world.get<ledger::MulticastGroup>(beta).multicast_ip == ip(233, 84, 178, 1));
    const auto builder = world.as("foundation");
    ix::UpdateMulticastGroup move;
    move.multicast_ip = ip(233, 84, 178, 9);
    CHECK(world.send("foundation", builder.make(move, alpha)) == "65 InvalidArgument");
    move.use_onchain_allocation = true;
    CHECK(world.send("foundation", builder.make(move, alpha)) == "ok");
    CHECK(world.send("foundation", builder.make(move, beta)) == "63 AllocationFailed");
    const ledger::OwnedAccounts owned{alpha, world.pk("foundation")};
    CHECK(world.send("foundation", builder.make(ix::DeleteMulticastGroup{false}, owned)) ==
          "65 InvalidArgument");
    CHECK(world.send("foundation", builder.make(ix::DeleteMulticastGroup{true}, {alpha, world.pk("x")})) ==
          "InvalidAccountData");
    CHECK(world.send("foundation", builder.make(ix::DeleteMulticastGroup{true}, owned)) == "ok");
    CHECK(world.send("foundation", builder.make(move, beta)) == "ok");
    CHECK(world.send("foundation", builder.make(ix::CreateMulticastGroup{"g", 0, world.pk("x"), true},
                                                world.next_index())) == "50 InvalidMaxBandwidth");
}

TEST_CASE("group: one with members stays", "[program]") {
    Network world;
    const PublicKey group = world.add_group("alpha");
    REQUIRE(world.allow("alice", kClient, group, false, true) == "ok");
    REQUIRE(world.send("alice", world.subscribed_user_creation("alice", kClient, group, false, true)) ==
            "ok");
    CHECK(world.send(
              "foundation",
              world.as("foundation").make(ix::DeleteMulticastGroup{true}, {group, world.pk("foundation")})) ==
          "71 MulticastGroupNotEmpty");
}

TEST_CASE("allowlist: adding makes a pass for the group where there is none", "[program]") {
    Network world;
    const PublicKey group = world.add_group("alpha");
    CHECK(world.allow("alice", kClient, group, true, true) == "ok");
    const auto pass = world.get<ledger::AccessPass>(world.pass("alice", kClient));
    CHECK(pass.last_access_epoch == 0);
    CHECK(pass.mgroup_pub_allowlist == std::vector{group});
    CHECK(pass.mgroup_sub_allowlist == std::vector{group});
    CHECK(world.allow("alice", kClient, group, true, true) == "ok");
    CHECK(world.get<ledger::AccessPass>(world.pass("alice", kClient)) == pass);
    // It opens the group and nothing else.
    CHECK(world.create_user("alice", kClient) == "25 AccessPassUnauthorized");

    const ledger::AllowlistAccounts accounts{group, world.pass("alice", kClient), {}};
    const auto remove = [&](const std::string& payer) {
        return world.send(
            payer,
            world.as(payer).make(ix::RemoveMulticastGroupSubAllowlist{kClient, world.pk("alice")}, accounts));
    };
    CHECK(remove("mallory") == "8 NotAllowed");
    CHECK(remove("foundation") == "ok");
    CHECK(world.get<ledger::AccessPass>(world.pass("alice", kClient)).mgroup_sub_allowlist.empty());
    const ledger::AllowlistAccounts none{group, world.pass("bob", kClient), {}};
    CHECK(world.send("foundation", world.as("foundation")
                                       .make(ix::RemoveMulticastGroupPubAllowlist{kClient, world.pk("bob")},
                                             none)) == "53 AccessPassNotFound");
}

TEST_CASE("allowlist: the user's account is topped up when it is passed", "[program]") {
    Network world;
    const PublicKey group = world.add_group("alpha");
    const PublicKey user = Keypair::generate().public_key();
    const ledger::AllowlistAccounts accounts{group, world.addresses().access_pass(kClient, user), user};
    CHECK(
        world.send("foundation",
                   world.as("foundation").make(ix::AddMulticastGroupSubAllowlist{kClient, user}, accounts)) ==
        "ok");
    CHECK(world.balance(user) == 7'196'640 + 40'000);
}

TEST_CASE("roles: who may grant and who may remove", "[program]") {
    Network world;
    const PublicKey group = world.add_group("alpha");
    const PublicKey other = world.add_group("beta");
    REQUIRE(world.allow("alice", kClient, group, true, true) == "ok");
    REQUIRE(world.send("alice", world.subscribed_user_creation("alice", kClient, group, false, true)) ==
            "ok");
    CHECK(world.set_roles("mallory", kClient, group, true, true, "alice") == "22 Unauthorized");
    CHECK(world.set_roles("mallory", kClient, group, false, false, "alice") == "8 NotAllowed");
    CHECK(world.set_roles("alice", kClient, other, false, true) == "8 NotAllowed");
    CHECK(world.set_roles("alice", kClient, group, true, true) == "ok");
    CHECK(world.get_user(kClient, UserType::Multicast).dz_ip == ip(148, 51, 120, 0));
    CHECK(world.set_roles("foundation", kClient, group, false, true, "alice") == "ok");
    CHECK(world.get_user(kClient, UserType::Multicast).dz_ip == kClient);
    CHECK(world.get<ledger::MulticastGroup>(group).publisher_count == 0);
    CHECK(world.get<ledger::MulticastGroup>(group).subscriber_count == 1);
}

namespace {

/// Two feeds that share a group, and a pass by the seat for "alice".
struct Feeds : Network {
    Feeds() {
        groups = {add_group("g0"), add_group("g1"), add_group("g2")};
        REQUIRE(send("foundation", as("foundation").make(ix::SetAuthority{{}, {}, {}, pk("feeds")})) == "ok");
        one = add_feed("one", {groups[0], groups[1]});
        two = add_feed("two", {groups[1], groups[2]});
        ix::SetAccessPass args = unlimited();
        args.accesspass_type = ledger::access::EdgeSeat{};
        REQUIRE(set_pass("alice", kClient, args) == "ok");
    }
    PublicKey add_feed(const std::string& code, std::vector<PublicKey> members) {
        const ix::CreateFeed args{code, code, exchange, std::move(members)};
        REQUIRE(send("feeds", as("feeds").make(args).value()) == "ok");
        return addresses().feed(code, exchange)->key;
    }
    ix::FeedSeatTerms terms() const { return {1, 1, 15, now.unix_time + 100, now.unix_time + 1000}; }
    std::string set_seats(const std::vector<PublicKey>& feeds, const std::vector<ix::FeedSeatTerms>& seats) {
        const ix::SetAccessPassFeeds args{kClient, pk("alice"), seats};
        return send("foundation", as("foundation").make(args, feeds));
    }
    std::string join(const PublicKey& group, std::optional<PublicKey> feed) {
        ix::CreateSubscribeUser args;
        args.user_type = UserType::Multicast;
        args.client_ip = kClient;
        args.subscriber = true;
        args.dz_prefix_count = 1;
        return send("alice", as("alice").make(args, {device, group, pass("alice", kClient), feed}));
    }
    ledger::FeedSubscriptionAccounts accounts(std::vector<PublicKey> feeds, std::vector<PublicKey> retained,
                                              std::vector<PublicKey> changed) {
        return {pass("alice", kClient),
                user(kClient, UserType::Multicast),
                device,
                std::move(feeds),
                std::move(retained),
                std::move(changed)};
    }
    std::uint8_t taken(const PublicKey& feed) const {
        const auto held = get<ledger::AccessPass>(addresses().access_pass(kClient, alice));
        for (const auto& seat : std::get<ledger::access::EdgeSeat>(held.accesspass_type).feed_seats) {
            if (seat.feed_key == feed) return seat.current_users;
        }
        return 255;
    }
    std::vector<PublicKey> groups;
    PublicKey one, two;
    PublicKey alice = pk("alice");
};

}  // namespace

TEST_CASE("feed: made by the feed authority, with groups and a place", "[program]") {
    Feeds world;
    const auto create = [&](const std::string& payer, const ix::CreateFeed& args) {
        return world.send(payer, world.as(payer).make(args).value());
    };
    CHECK(create("mallory", {"f", "f", world.exchange, {world.groups[0]}}) == "8 NotAllowed");
    CHECK(create("feeds", {"f", std::string(65, 'f'), world.exchange, {}}) == "39 NameTooLong");
    CHECK(create("feeds", {"f", "f", world.exchange, {}}) == "65 InvalidArgument");
    CHECK(create("feeds", {"f", "f", world.exchange, {world.groups[0], world.groups[0]}}) ==
          "65 InvalidArgument");
    CHECK(create("feeds", {"f", "f", PublicKey{}, {world.groups[0]}}) == "65 InvalidArgument");
    CHECK(create("feeds", {"f f", "f", world.exchange, {world.groups[0]}}) == "19 InvalidAccountCode");
    CHECK(create("foundation", {"f", "f", world.exchange, {world.groups[0]}}) == "ok");
}

TEST_CASE("feed: the terms of a seat are checked one by one", "[program]") {
    Feeds world;
    const auto with = [&](auto change) {
        auto terms = world.terms();
        change(terms);
        return world.set_seats({world.one}, {terms});
    };
    CHECK(with([](auto& t) { t.max_users = 0; }) == "96 FeedMaxUsersZero");
    CHECK(with([](auto& t) { t.max_users = 2; }) == "98 FeedMaxFutureUsersBelowMaxUsers");
    CHECK(with([](auto& t) { t.anniversary_day = 0; }) == "99 FeedInvalidAnniversaryDay");
    CHECK(with([](auto& t) { t.anniversary_day = 32; }) == "99 FeedInvalidAnniversaryDay");
    CHECK(with([&](auto& t) { t.window_end = world.now.unix_time; }) == "100 FeedInvalidBillingWindow");
    CHECK(with([](auto& t) { t.window_end = t.terminates_at + 1; }) == "100 FeedInvalidBillingWindow");
    CHECK(world.set_seats({world.one, world.one}, {world.terms(), world.terms()}) == "65 InvalidArgument");
    CHECK(world.set_seats({world.one, world.two}, {world.terms(), world.terms()}) == "ok");
}

TEST_CASE("feed: a user by the seat enters through a feed of the pass, at its place", "[program]") {
    Feeds world;
    CHECK(world.join(world.groups[0], {}) == "92 FeedAccountRequired");
    CHECK(world.join(world.groups[0], world.device) == "InvalidAccountData");
    CHECK(world.join(world.groups[0], world.one) == "93 FeedNotOnAccessPass");
    REQUIRE(world.set_seats({world.one}, {world.terms()}) == "ok");
    CHECK(world.join(world.groups[2], world.one) == "94 GroupNotInFeed");
    auto feed = world.get<ledger::Feed>(world.one);
    feed.exchange = world.location;
    world.set(world.one, feed);
    CHECK(world.join(world.groups[0], world.one) == "91 MetroMismatch");
    feed.exchange = world.exchange;
    world.set(world.one, feed);
    CHECK(world.join(world.groups[0], world.one) == "ok");
    CHECK(world.taken(world.one) == 1);
    CHECK(world.get<ledger::AccessPass>(world.pass("alice", kClient)).multicast_user_count == 1);
    CHECK(world.get_user(kClient, UserType::Multicast).feed_pks == std::vector{world.one});
    ix::SetAccessPass again = Network::unlimited();
    again.accesspass_type = ledger::access::EdgeSeat{};
    REQUIRE(world.set_pass("alice", kClient, again) == "ok");
    CHECK(world.taken(world.one) == 1);
    // Below the users there are, the limit does not go.
    CHECK(world.set_roles("alice", kClient, world.groups[0], false, false) == "ok");
    CHECK(world.delete_user("alice", kClient, UserType::Multicast) == "ok");
    CHECK(world.taken(world.one) == 0);
    CHECK(world.get<ledger::AccessPass>(world.pass("alice", kClient)).multicast_user_count == 0);
}

TEST_CASE("feed: subscribing takes all missing groups, unsubscribing leaves those of retained feeds",
          "[program]") {
    Feeds world;
    REQUIRE(world.set_seats({world.one, world.two}, {world.terms(), world.terms()}) == "ok");
    REQUIRE(world.join(world.groups[0], world.one) == "ok");
    const auto builder = world.as("alice");
    const auto subscribe = [&](const std::vector<PublicKey>& groups) {
        return world.send("alice",
                          builder.make(ix::SubscribeFeed{1}, world.accounts({world.two}, {}, groups)));
    };
    CHECK(subscribe({world.groups[1]}) == "65 InvalidArgument");
    CHECK(subscribe({world.groups[0], world.groups[1], world.groups[2]}) == "65 InvalidArgument");
    CHECK(subscribe({world.groups[1], world.groups[2]}) == "ok");
    CHECK(world.taken(world.two) == 1);
    CHECK(world.get<ledger::MulticastGroup>(world.groups[2]).subscriber_count == 1);

    const auto unsubscribe = [&](std::uint8_t feeds, std::uint8_t kept,
                                 const ledger::FeedSubscriptionAccounts& accounts) {
        return world.send("alice", builder.make(ix::UnsubscribeFeed{feeds, kept}, accounts));
    };
    CHECK(unsubscribe(1, 0, world.accounts({world.two}, {}, {world.groups[1], world.groups[2]})) ==
          "92 FeedAccountRequired");
    CHECK(unsubscribe(1, 1, world.accounts({world.two}, {world.one}, {world.groups[1], world.groups[2]})) ==
          "65 InvalidArgument");
    CHECK(unsubscribe(1, 1, world.accounts({world.two}, {world.one}, {world.groups[2]})) == "ok");
    CHECK(world.taken(world.two) == 0);
    CHECK(world.get_user(kClient, UserType::Multicast).subscribers ==
          std::vector{world.groups[0], world.groups[1]});
    CHECK(world.get<ledger::MulticastGroup>(world.groups[2]).subscriber_count == 0);
}
