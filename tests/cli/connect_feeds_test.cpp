// Tests for connect multicast with feeds: real transactions on a ledger in memory, a daemon on a real socket.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "cli/feed_changes.hpp"
#include "tests/cli/joining.hpp"

using namespace dz;
using namespace dz::cli;
using namespace dz::test;
using Catch::Contains;
using Keys = std::vector<PublicKey>;

namespace {

const MulticastChoice kTakePrices{.join_feeds = {"prices"}};
const MulticastChoice kSwap{.join_feeds = {"quotes"}, .leave_feeds = {"prices"}};

/// A second exchange, with a device that is nearer.
struct TwoMetros : FeedDesk {
    TwoMetros() {
        change(near, [this](ledger::Device& device) { device.exchange_pk = other; });
        daemon.round_trips["aaa-dz02"] = 100us;
    }
    PublicKey other = [this] {
        const auto index = network.next_index();
        REQUIRE(network.send(
                    "foundation",
                    network.as("foundation").make(ix::CreateExchange{.code = "xlax", .name = "LA"}, index)) ==
                "ok");
        return network.addresses().exchange(index).key;
    }();
    PublicKey near = network.add_device("aaa-dz02", 1, {Prefix{ip(9, 128, 1, 136), 29}});
};

}  // namespace

TEST_CASE("connect multicast: a feed is taken by a bare account and one subscription", "[cli]") {
    FeedDesk desk;
    REQUIRE(desk.multicast(kTakePrices));
    CHECK(desk.rpc.sent == 2);
    CHECK(desk.member().feed_pks == Keys{desk.prices});
    CHECK(desk.member().subscribers == Keys{desk.alpha, desk.beta});
    CHECK_THAT(desk.out.str(),
               Contains("    Joined feed(s): prices\n") && Contains("✅  User Provisioned\n"));
}

TEST_CASE("connect multicast: a user takes further feeds without a new account, and those it has not again",
          "[cli]") {
    FeedDesk desk;
    REQUIRE(desk.multicast(kTakePrices));
    REQUIRE(desk.multicast({.join_feeds = {"prices", "quotes"}}));
    CHECK(desk.rpc.sent == 3);
    CHECK(desk.member().feed_pks == Keys{desk.prices, desk.quotes});
    REQUIRE(desk.multicast({.join_feeds = {"prices", "quotes"}}));
    CHECK(desk.rpc.sent == 3);
}

TEST_CASE("connect multicast: a feed is given back by one transaction, and no tunnel is awaited", "[cli]") {
    FeedDesk desk;
    REQUIRE(desk.multicast({.join_feeds = {"prices", "quotes"}}));
    desk.out.str("");
    desk.daemon.requests.clear();
    REQUIRE(desk.multicast({.leave_feeds = {"prices"}}));
    CHECK(desk.rpc.sent == 3);
    CHECK(desk.member().feed_pks == Keys{desk.quotes});
    CHECK(desk.member().subscribers == Keys{desk.gamma});
    CHECK(desk.daemon.count("POST /enable") == 0);
    CHECK_THAT(desk.out.str(), Contains("    Left feed(s): prices\n") && !Contains("User Provisioned"));
}

TEST_CASE("connect multicast: feeds are left before others are joined", "[cli]") {
    FeedDesk desk;
    REQUIRE(desk.multicast(kTakePrices));
    REQUIRE(desk.multicast(kSwap));
    CHECK(desk.member().feed_pks == Keys{desk.quotes});
    CHECK(desk.member().subscribers == Keys{desk.gamma});
    SECTION("and the same swap again finds nothing to do") {
        REQUIRE(desk.multicast(kSwap));
        CHECK(desk.rpc.sent == 4);
        CHECK_THAT(desk.err.str(), Contains("Note: feed prices is not held any more"));
    }
}

TEST_CASE("connect multicast: a user with all the feeds it may hold can still swap one", "[cli]") {
    FeedDesk desk;
    std::vector<PublicKey> feeds{desk.prices, desk.quotes};
    for (const std::string code : {"third", "fourth", "fifth"})
        feeds.push_back(desk.add_feed(code, desk.network.exchange, {desk.gamma}));
    feeds.push_back(desk.add_feed("sixth", desk.network.exchange, {desk.alpha}));
    desk.give_seats(feeds);
    REQUIRE(desk.multicast({.join_feeds = {"prices", "quotes", "third", "fourth", "fifth"}}));
    const int before = desk.rpc.sent;
    CHECK_THAT(desk.multicast({.join_feeds = {"sixth"}}).error().text,
               Contains("a user holds 5 feeds at most"));
    CHECK(desk.rpc.sent == before);
    REQUIRE(desk.multicast({.join_feeds = {"sixth"}, .leave_feeds = {"prices"}}));
    CHECK(desk.rpc.sent == before + 2);
    CHECK(desk.member().feed_pks.size() == 5);
}

TEST_CASE("connect multicast: what cannot work with feeds is an error before anything is sent", "[cli]") {
    FeedDesk desk;
    MulticastChoice choice = kTakePrices;
    std::string why;
    SECTION("unknown feed") {
        choice.join_feeds = {"omega"};
        why = "Feed not found: omega";
    }
    SECTION("twice") {
        choice.join_feeds = {"prices", desk.prices.to_string()};
        why = "Duplicate feed: prices";
    }
    SECTION("the same code in both") {
        choice.leave_feeds = {"PRICES"};
        why = "Duplicate feed: prices";
    }
    SECTION("nothing to leave") {
        choice = {.leave_feeds = {"prices"}};
        why = "there is no feed to leave";
    }
    SECTION("no seat for it") {
        const PublicKey other = desk.add_feed("other", desk.network.exchange, {desk.alpha});
        REQUIRE(desk.network.exists(other));
        choice.join_feeds = {"other"};
        why = "the access pass has no seat for feed other";
    }
    SECTION("all seats taken") {
        auto pass = desk.network.get<ledger::AccessPass>(desk.network.pass("alice", Desk::kIp));
        for (auto& seat : std::get<ledger::access::EdgeSeat>(pass.accesspass_type).feed_seats)
            seat.current_users = seat.max_users;
        desk.network.set(desk.network.pass("alice", Desk::kIp), pass);
        why = "all seats of the access pass for feed prices are taken";
    }
    SECTION("no seat for another user") {
        auto pass = desk.network.get<ledger::AccessPass>(desk.network.pass("alice", Desk::kIp));
        pass.multicast_user_count = pass.max_multicast_users;
        desk.network.set(desk.network.pass("alice", Desk::kIp), pass);
        why = "the access pass has no seat left for another multicast user";
    }
    const auto done = desk.multicast(choice);
    REQUIRE_FALSE(done);
    CHECK_THAT(done.error().text, Catch::StartsWith(why));
    CHECK(desk.rpc.sent == 0);
}

TEST_CASE("connect multicast: a pass without seats has no feeds", "[cli]") {
    GroupDesk desk;
    CHECK_THAT(desk.multicast(kTakePrices).error().text, Contains("this access pass has no seats for feeds"));
}

TEST_CASE("connect multicast: a feed that is held in one and joined in the other flag by address is refused",
          "[cli]") {
    FeedDesk desk;
    REQUIRE(desk.multicast(kTakePrices));
    const int before = desk.rpc.sent;
    CHECK_THAT(
        desk.multicast({.join_feeds = {desk.prices.to_string()}, .leave_feeds = {"prices"}}).error().text,
        Contains("Duplicate feed: prices"));
    CHECK_THAT(desk.multicast({.leave_feeds = {"quotes"}}).error().text,
               Contains("is not held by this user"));
    CHECK(desk.rpc.sent == before);
}

TEST_CASE("connect multicast: a farther device in the feed's metro is chosen before a nearer one outside",
          "[cli]") {
    TwoMetros desk;
    REQUIRE(desk.multicast(kTakePrices));
    CHECK(desk.member().device_pk == desk.network.device);
    CHECK_THAT(desk.out.str(), Contains("not aaa-dz02 at 0.10 ms: it is at another exchange"));
}

TEST_CASE("connect multicast: a feed of another metro is refused for a user and for none", "[cli]") {
    TwoMetros desk;
    const PublicKey away = desk.add_feed("away", desk.other, {desk.alpha});
    desk.give_seats({desk.prices, away});
    SECTION("the user's device is elsewhere") {
        REQUIRE(desk.multicast(kTakePrices));
        const int before = desk.rpc.sent;
        CHECK_THAT(desk.multicast({.join_feeds = {"away"}}).error().text,
                   Contains("feed away is in another metro than the device of this user"));
        CHECK(desk.rpc.sent == before);
    }
    SECTION("no exchange has both") {
        CHECK_THAT(desk.multicast({.join_feeds = {"prices", "away"}}).error().text,
                   Contains("no exchange has all of these feeds"));
        CHECK(desk.rpc.sent == 0);
    }
    SECTION("no device there takes users") {
        desk.change(desk.near, [](ledger::Device& device) { device.max_users = 0; });
        CHECK_THAT(desk.multicast({.join_feeds = {"away"}}).error().text,
                   Contains("No device takes this user"));
        CHECK(desk.rpc.sent == 0);
    }
    SECTION("a code that both have means the one where the device is") {
        const PublicKey twin = desk.add_feed("prices", desk.other, {desk.gamma});
        desk.give_seats({desk.prices, twin});
        REQUIRE(desk.multicast(kTakePrices));
        CHECK(desk.member().feed_pks == Keys{twin});
    }
}

TEST_CASE("connect multicast: of a swap one half may fail, and the other's command is told", "[cli]") {
    FeedDesk desk;
    REQUIRE(desk.multicast(kTakePrices));
    desk.out.str("");
    const int before = desk.rpc.sent;
    std::string again, failed;
    SECTION("the join") {
        desk.rpc.on_landed = [&] {
            auto group = desk.network.get<ledger::MulticastGroup>(desk.gamma);
            group.status = ledger::MulticastGroupStatus::Suspended;
            desk.network.set(desk.gamma, group);
        };
        failed = "Error joining feed(s) quotes";
        again = "Run again: doublezero connect multicast --subscribe-feed quotes\n";
    }
    SECTION("the leave") {
        // It is not the ledger's business to close groups like this, but it does refuse.
        desk.rpc.refuse_next = true;
        failed = "Error leaving feed(s) prices";
        again = "Run again: doublezero connect multicast --unsubscribe-feed prices\n";
    }
    const auto done = desk.multicast(kSwap);
    REQUIRE_FALSE(done);
    CHECK_THAT(done.error().text, Catch::StartsWith(failed));
    CHECK_THAT(desk.err.str(), Contains(again));
    CHECK(desk.rpc.sent == before + 2);
    if (failed.find("leaving") != std::string::npos)
        CHECK_THAT(desk.out.str(), Contains("Joined feed(s): quotes") && Contains("BGP Session Up"));
    else
        CHECK_THAT(desk.out.str(), Contains("Left feed(s): prices"));
}

TEST_CASE("feed changes: whole feeds share a transaction while their accounts have room", "[cli]") {
    const auto key = [](std::uint8_t number) {
        PublicKey out;
        out.bytes[0] = number;
        return out;
    };
    std::vector<ledger::Entry<ledger::Feed>> feeds;
    for (std::uint8_t i = 1; i <= 5; ++i) {
        ledger::Feed feed;
        feed.code = fmt::format("f{}", i);
        for (std::uint8_t g = 0; g < 9; ++g)
            feed.groups.push_back(key(static_cast<std::uint8_t>(i * 20 + g)));
        feeds.push_back({key(i), feed});
    }
    const ledger::Addresses addresses(key(200));
    const ledger::InstructionBuilder build(addresses, key(201));
    FeedUser user{key(202), key(203), key(204), {}, {}};
    const auto joined = join_feeds(feeds, user, build);
    REQUIRE(joined.size() == 3);
    CHECK(joined[0].codes == std::vector<std::string>{"f1", "f2"});
    CHECK(joined[2].codes == std::vector<std::string>{"f5"});
    CHECK(user.feeds.size() == 5);
    CHECK(user.subscribers.size() == 45);
    std::vector<ledger::KeyedAccount> accounts;
    for (const auto& feed : feeds) {
        ledger::AccountInfo info;
        info.data = ledger::encode(feed.value);
        accounts.push_back({feed.key, info});
    }
    const auto all = ledger::Snapshot::from(accounts, {}, ledger::Scope::Catalogue);
    const auto left = leave_feeds(feeds, all.feeds(), user, build);
    REQUIRE(left.size() == 3);
    CHECK(user.feeds.empty());
    CHECK(user.subscribers.empty());
}
