// Tests for disconnect: real transactions on a ledger in memory, a daemon on a real socket.
#include <catch2/catch.hpp>

#include "cli/commands.hpp"
#include "cli/transaction_text.hpp"
#include "tests/cli/desk.hpp"

using namespace dz;
using namespace dz::cli;
using namespace dz::test;
using Catch::Contains;

namespace {

/// Where "alice" is connected from this address.
struct ConnectedDesk : Desk {
    ConnectedDesk() {
        REQUIRE(network.set_pass("alice", kIp) == "ok");
        REQUIRE(network.create_user("alice", kIp) == "ok");
        daemon.status.reconciler_enabled = true;
    }
    Result<> leave(DisconnectOptions options = {}) { return run(disconnect(options, context, out)); }
};

}  // namespace

TEST_CASE("disconnect: the account is deleted and the tunnel's end awaited", "[cli]") {
    ConnectedDesk desk;
    const std::string account = desk.network.user(Desk::kIp).to_string();
    REQUIRE(desk.leave());
    CHECK_THAT(desk.out.str(), Catch::StartsWith("⚡  Disconnecting...\n    Client IP: 9.128.0.100\n"
                                                 "⚡  Removing account: " +
                                                 account + "\n    Account deleted. Signature: "));
    CHECK_THAT(desk.out.str(),
               Catch::EndsWith("    Tunnel confirmed removed\n✅  Deprovisioning Complete\n"));
    CHECK_FALSE(desk.has_user());
    CHECK(desk.daemon.status.reconciler_enabled);
}

TEST_CASE("disconnect: with --no-wait the daemon is not asked about the tunnel", "[cli]") {
    ConnectedDesk desk;
    DisconnectOptions options;
    options.no_wait = true;
    REQUIRE(desk.leave(options));
    CHECK_THAT(desk.out.str(), Contains("the daemon is removing the tunnel"));
    CHECK(desk.daemon.count("GET /status") == 0);
}

TEST_CASE("disconnect: with nothing to remove it says so, at once and with success", "[cli]") {
    Desk desk;
    REQUIRE(desk.run(disconnect({}, desk.context, desk.out)));
    CHECK_THAT(desk.out.str(),
               Catch::EndsWith("✅  Nothing to remove: this key has no account for 9.128.0.100\n"));
    CHECK(desk.rpc.sent == 0);
    CHECK(desk.daemon.count("GET /status") == 0);
}

TEST_CASE("disconnect: a mode leaves accounts of other types alone", "[cli]") {
    ConnectedDesk desk;
    DisconnectOptions options;
    options.mode = DisconnectOptions::Mode::Multicast;
    REQUIRE(desk.leave(options));
    CHECK(desk.has_user());
    CHECK_THAT(desk.out.str(), Contains("Nothing to remove"));
}

TEST_CASE("disconnect: an account of somebody else is left alone and its manager named", "[cli]") {
    ConnectedDesk desk;
    auto user = desk.user();
    user.owner = desk.network.pk("oracle");
    desk.network.set(desk.network.user(Desk::kIp), user);
    std::string manager = "an external service, key " + desk.network.pk("oracle").to_string();
    SECTION("a third party") {}
    SECTION("the feed authority") {
        auto state = desk.network.state();
        state.feed_authority_pk = desk.network.pk("oracle");
        desk.network.set(desk.network.addresses().global_state().key, state);
        manager = "the shred oracle (doublezero-solana shreds withdraw)";
    }
    const TimePoint start = desk.clock.now();
    REQUIRE(desk.leave());
    CHECK_THAT(desk.err.str(), Contains("is left alone: it is managed by " + manager));
    CHECK(desk.has_user());
    CHECK(desk.rpc.sent == 0);
    // It must not wait for a tunnel that stays.
    CHECK(desk.clock.now() == start);
}

TEST_CASE("disconnect: accounts of others do not keep ours from being deleted", "[cli]") {
    ConnectedDesk desk;
    auto other = desk.user();
    other.owner = desk.network.pk("bob");
    other.user_type = ledger::UserType::Multicast;
    const PublicKey other_key = desk.network.user(Desk::kIp, ledger::UserType::Multicast);
    desk.network.put(other_key, desk.network.account(desk.network.user(Desk::kIp)));
    desk.network.set(other_key, other);
    REQUIRE(desk.leave());
    CHECK_FALSE(desk.has_user());
    CHECK(desk.network.exists(other_key));
    CHECK_THAT(desk.err.str(), Contains(other_key.to_string() + " is left alone"));
}

TEST_CASE("disconnect: a refused deletion is an error with its cause, not a timeout", "[cli]") {
    ConnectedDesk desk;
    auto pass = desk.network.account(desk.network.pass("alice", Desk::kIp));
    pass.data.clear();
    pass.owner = ledger::kSystemProgram;
    desk.network.put(desk.network.pass("alice", Desk::kIp), pass);
    const TimePoint start = desk.clock.now();
    const auto done = desk.leave();
    REQUIRE_FALSE(done);
    CHECK_THAT(done.error().text, Catch::StartsWith("account " + desk.network.user(Desk::kIp).to_string() +
                                                    " was not deleted\n  caused by: "));
    CHECK(desk.has_user());
    CHECK(desk.clock.now() == start);
    CHECK_THAT(desk.out.str(), !Contains("Complete"));
}

TEST_CASE("disconnect: a tunnel that stays is reported, although the account is gone", "[cli]") {
    ConnectedDesk desk;
    daemon::api::EnrichedService stale;
    stale.service.user_type = "IBRL";
    stale.service.session_status = "BGP Session Up";
    desk.daemon.services = {stale};
    SECTION("for ever") {
        const auto done = desk.leave();
        REQUIRE_FALSE(done);
        CHECK(done.error().code == Errc::Timeout);
        CHECK_THAT(done.error().text, Contains("the account is deleted but the tunnel is still there"));
    }
    SECTION("for a while") {
        desk.daemon.on_request = [&desk] {
            if (desk.daemon.count("GET /status") == 4) desk.daemon.services.emplace();
        };
        CHECK(desk.leave());
    }
    SECTION("until the daemon is stopped") {
        desk.daemon.on_request = [&desk] {
            if (desk.daemon.count("GET /status") == 2)
                std::filesystem::remove(desk.directory / "daemon.sock");
        };
        CHECK(desk.leave());
        CHECK_THAT(desk.out.str(), Contains("The daemon does not run: there is no tunnel"));
    }
}

TEST_CASE("disconnect: --dry-run prints the very transactions that are then sent, and changes nothing",
          "[cli]") {
    ConnectedDesk desk;
    const auto plan = desk.type("disconnect --dry-run --json").json();
    CHECK(desk.has_user());
    CHECK(desk.rpc.sent == 0);
    CHECK_THAT(desk.type("disconnect --dry-run").out,
               Contains("DeleteUser {") && Catch::EndsWith("Nothing was sent (--dry-run)\n"));
    const Printed done = desk.type("disconnect --json");
    CHECK(done.json()["accounts"] == plan["accounts"]);
    // A key that is in a transaction twice has the rights of both, once it is one.
    const auto without_rights = [](json::Value transactions) {
        for (auto& transaction : transactions) {
            for (auto& account : transaction["accounts"]) account.erase("signer");
        }
        return transactions;
    };
    const auto sent = json::parse(json::dump(transactions_json(desk.rpc.instructions))).value();
    CHECK(without_rights(plan["transactions"]) == without_rights(sent));
    CHECK_THAT(done.err, Contains("Tunnel confirmed removed"));
}

TEST_CASE("disconnect: a multicast account gives its groups back before it goes", "[cli]") {
    ConnectedDesk desk;
    const PublicKey group = desk.network.add_group("alpha");
    REQUIRE(desk.network.allow("alice", Desk::kIp, group, true, true) == "ok");
    desk.network.add_device("zzz-dz02", 1, {Prefix{ip(9, 128, 1, 136), 29}});
    REQUIRE(desk.type("connect multicast --publish alpha --subscribe alpha").status == 0);
    REQUIRE(desk.type("disconnect multicast").status == 0);
    CHECK_FALSE(desk.has_user(ledger::UserType::Multicast));
    CHECK(desk.has_user());
    CHECK(desk.network.get<ledger::MulticastGroup>(group).publisher_count == 0);
    CHECK(desk.network.get<ledger::MulticastGroup>(group).subscriber_count == 0);
}
