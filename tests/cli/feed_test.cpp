// Tests for taking a feed from its users before it loses groups.
#include <catch2/catch.hpp>

#include "tests/cli/terminal.hpp"

using namespace dz;
using namespace dz::test;
using Catch::Contains;

namespace {

const Ipv4 kIp{0x09800064};  // 9.128.0.100

/// "alice" holds the feed "prices" of groups alpha and beta.
struct Subscribed {
    Subscribed() {
        ix::SetAccessPass pass = Network::unlimited();
        pass.accesspass_type = ledger::access::EdgeSeat{};
        REQUIRE(network.set_pass("alice", kIp, pass) == "ok");
        REQUIRE(type("feed create --code prices --name Prices --exchange " + network.exchange.to_string() +
                     " --group alpha beta")
                    .status == 0);
        const auto as_foundation = network.as("foundation");
        const ix::FeedSeatTerms terms{1, 1, 15, network.now.unix_time + 100, network.now.unix_time + 1000};
        REQUIRE(network.send("foundation",
                             as_foundation.make(ix::SetAccessPassFeeds{kIp, network.pk("alice"), {terms}},
                                                std::vector<PublicKey>{feed})) == "ok");
        REQUIRE(network.create_user("alice", kIp, ledger::UserType::Multicast) == "ok");
        const ledger::FeedSubscriptionAccounts accounts{.access_pass = network.pass("alice", kIp),
                                                        .user = user,
                                                        .device = network.device,
                                                        .feeds = {feed},
                                                        .retained_feeds = {},
                                                        .groups = {alpha, beta}};
        REQUIRE(network.send("alice", network.as("alice").make(ix::SubscribeFeed{1}, accounts)) == "ok");
    }
    ledger::User alice() { return network.get_user(kIp, ledger::UserType::Multicast); }

    Network network;
    PublicKey alpha = network.add_group("alpha"), beta = network.add_group("beta");
    PublicKey feed = network.addresses().feed("prices", network.exchange).value().key;
    PublicKey user = network.user(kIp, ledger::UserType::Multicast);
    Terminal type{network, "foundation"};
};

}  // namespace

TEST_CASE("feed delete: a feed that users hold goes only when it is taken from them first", "[cli]") {
    Subscribed on;
    const Printed refused = on.type("feed delete --pubkey prices");
    CHECK(refused.status == 1);
    CHECK_THAT(refused.err, Contains("1 users hold the feed prices") && Contains("--force-unsubscribe"));
    CHECK(on.network.exists(on.feed));

    const Printed done = on.type("feed delete --pubkey prices --force-unsubscribe");
    INFO(done.err);
    CHECK(done.status == 0);
    CHECK_FALSE(on.network.exists(on.feed));
    CHECK(on.alice().feed_pks.empty());
    CHECK(on.alice().subscribers.empty());
}

TEST_CASE("feed update: a new name leaves the users alone, a lost group does not", "[cli]") {
    Subscribed on;
    CHECK(on.type("feed update --pubkey prices --name Quotes").status == 0);
    CHECK(on.type("feed update --pubkey prices --group alpha").status == 1);
    CHECK(on.alice().subscribers.size() == 2);
    CHECK(on.type("feed update --pubkey prices --group alpha --force-unsubscribe").status == 0);
    CHECK(on.alice().subscribers.empty());
}
