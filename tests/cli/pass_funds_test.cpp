// Tests for what keys with passes have and need, and for sending them the rest.
#include "cli/pass_funds.hpp"

#include <catch2/catch.hpp>

#include "ledger/limits.hpp"
#include "tests/cli/terminal.hpp"

using namespace dz;
using namespace dz::test;
using Catch::Contains;

namespace {

constexpr std::uint64_t kAirdrop = 40'000;  // what a new network gives
constexpr std::uint64_t kOneUser = ledger::rent_exempt_lamports(906) + kAirdrop;

PublicKey key_of(std::uint8_t number) {
    PublicKey key;
    key.bytes.fill(number);
    return key;
}

template <class T>
ledger::KeyedAccount account_of(std::uint8_t number, const T& content) {
    return {key_of(number), {.data = ledger::encode(content), .owner = {}, .lamports = {}}};
}

ledger::AccessPass pass_of(const PublicKey& user_payer, std::uint16_t connections) {
    ledger::AccessPass pass;
    pass.accesspass_type = ledger::access::Prepaid{};
    pass.user_payer = user_payer;
    pass.connection_count = connections;
    return pass;
}

ledger::User user_of(const PublicKey& owner, ledger::UserType type) {
    ledger::User user;
    user.owner = owner;
    user.user_type = type;
    return user;
}

/// Two keys that nobody else gave money to have a pass each, which came with enough.
struct Holders {
    Holders() {
        for (const PublicKey& holder : {first, second})
            REQUIRE(type("access-pass set --user-payer " + holder.to_string()).status == 0);
        type.rpc.sent = 0;
    }
    void leave(const PublicKey& holder, std::uint64_t lamports) {
        AccountState state = network.account(holder);
        state.lamports = lamports;
        network.put(holder, state);
    }
    std::string fund(const PublicKey& holder, const std::string& more = {}) {
        return "access-pass fund --user-payer " + holder.to_string() + more;
    }

    Network network;
    PublicKey first = key_of(1), second = key_of(2);
    Terminal type{network, "foundation"};
};

}  // namespace

TEST_CASE("pass holders: the passes and users of a key are added up", "[cli]") {
    ledger::AccessPass many = pass_of(key_of(7), 2);
    many.flags = ledger::AccessPass::kAllowMultipleIp;
    many.max_unicast_users = 3;
    many.max_multicast_users = 2;
    const std::vector accounts = {account_of(10, many),
                                  account_of(11, pass_of(key_of(7), 0)),
                                  account_of(12, pass_of(key_of(5), 1)),
                                  account_of(13, user_of(key_of(7), ledger::UserType::Ibrl)),
                                  account_of(14, user_of(key_of(7), ledger::UserType::Multicast)),
                                  account_of(15, user_of(key_of(5), ledger::UserType::IbrlWithAllocatedIp)),
                                  account_of(16, user_of(key_of(9), ledger::UserType::Ibrl))};
    const auto all = ledger::Snapshot::from(accounts, {}, ledger::Scope::Catalogue);
    const auto holders = cli::pass_holders(all, {kAirdrop});
    REQUIRE(holders.size() == 2);
    CHECK(holders[0] == cli::PassHolder{key_of(5), 1, 1, 0, {0}});
    CHECK(holders[1] == cli::PassHolder{key_of(7), 2, 1, 1, {4 * kOneUser}});
}

TEST_CASE("pass holders: a pass with more users than it admits needs nothing", "[cli]") {
    const std::vector accounts = {account_of(10, pass_of(key_of(7), 2))};
    const auto all = ledger::Snapshot::from(accounts, {}, ledger::Scope::Catalogue);
    CHECK(cli::pass_holders(all, {kAirdrop}).at(0).required == Lamports{0});
    CHECK(cli::pass_holders(ledger::Snapshot::from({}, {}, ledger::Scope::Catalogue), {}).empty());
}

TEST_CASE("access-pass user-balances: what each key has, needs and lacks", "[cli]") {
    Holders on;
    on.leave(on.second, 1'000'000);
    const auto rows = on.type("access-pass user-balances --json").json();
    REQUIRE(rows.size() == 2);
    CHECK(rows[0]["index"] == 1);
    CHECK(rows[0]["user_payer"] == on.first.to_string());
    CHECK(rows[0]["access_passes"] == 1);
    CHECK(rows[0]["balance"] == kOneUser);
    CHECK(rows[0]["missing"] == 0);
    CHECK(rows[1]["balance"] == 1'000'000);
    CHECK(rows[1]["required"] == kOneUser);
    CHECK(rows[1]["missing"] == kOneUser - 1'000'000);

    const Printed table = on.type("access-pass user-balances");
    CHECK_THAT(table.out, Contains("connected_unicast | connected_multicast | balance") &&
                              Contains(" 0.001 Credits ") && Contains(" 0 Credits"));
}

TEST_CASE("access-pass user-balances: a connected user counts for the key that owns it", "[cli]") {
    Network network;
    Terminal type(network, "foundation");
    const Ipv4 address = ip(9, 128, 0, 100);
    REQUIRE(network.set_pass("alice", address) == "ok");
    REQUIRE(network.create_user("alice", address) == "ok");
    const auto rows = type("access-pass user-balances --json").json();
    REQUIRE(rows.size() == 1);
    CHECK(rows[0]["unicast"] == 1);
    CHECK(rows[0]["multicast"] == 0);
    CHECK(rows[0]["required"] == 0);
}

TEST_CASE("access-pass fund: a key gets what it lacks", "[cli]") {
    Holders on;
    on.leave(on.second, 1'000'000);
    const Printed done = on.type("access-pass fund");
    INFO(done.err);
    CHECK(done.status == 0);
    CHECK_THAT(done.out, Catch::StartsWith("Signature: "));
    CHECK(on.type.rpc.sent == 1);
    CHECK(on.network.balance(on.second) == kOneUser);
    CHECK(on.network.balance(on.first) == kOneUser);
}

TEST_CASE("access-pass fund: several keys only with --force", "[cli]") {
    Holders on;
    on.leave(on.first, 1'000'000);
    on.leave(on.second, 1'000'000);
    const Printed refused = on.type("access-pass fund");
    CHECK(refused.status == 1);
    CHECK_THAT(refused.err, Contains("to 2 keys") && Contains("--force"));
    CHECK(on.type.rpc.sent == 0);

    CHECK(on.type(on.fund(on.first)).status == 0);
    CHECK(on.network.balance(on.first) == kOneUser);
    CHECK(on.network.balance(on.second) == 1'000'000);

    on.leave(on.first, 1'000'000);
    CHECK(on.type("access-pass fund --force").status == 0);
    CHECK(on.network.balance(on.first) == kOneUser);
    CHECK(on.network.balance(on.second) == kOneUser);
}

TEST_CASE("access-pass fund: with nothing to do it says so", "[cli]") {
    Holders on;
    const Printed done = on.type("access-pass fund");
    CHECK(done.status == 0);
    CHECK_THAT(done.err, Contains("every key has enough; nothing was sent"));
    CHECK(on.type.rpc.sent == 0);
}

TEST_CASE("access-pass fund --dry-run: prints the transfer and sends nothing", "[cli]") {
    Holders on;
    on.leave(on.second, 1'000'000);
    const Printed plan = on.type("access-pass fund --dry-run");
    CHECK(plan.status == 0);
    CHECK_THAT(plan.out, Contains("Transfer {lamports: " + std::to_string(kOneUser - 1'000'000) + "}") &&
                             Contains(on.second.to_string()) && Contains("Nothing was sent"));
    CHECK(on.type.rpc.sent == 0);
    CHECK(on.network.balance(on.second) == 1'000'000);
}

TEST_CASE("access-pass fund --min-balance: raises what a key shall have and never lowers it", "[cli]") {
    Holders on;
    CHECK(on.type(on.fund(on.first, " --min-balance 1.25")).status == 0);
    CHECK(on.network.balance(on.first) == kCredit + kCredit / 4);
    on.leave(on.second, 1'000'000);
    CHECK(on.type(on.fund(on.second, " --min-balance 0.000000001")).status == 0);
    CHECK(on.network.balance(on.second) == kOneUser);
    for (const std::string bad : {"-1", "1.", ".5", "1.0000000001", "1e3", "99999999999", "much"}) {
        const Printed refused = on.type("access-pass fund --min-balance=" + bad);
        INFO(bad << ": " << refused.err);
        CHECK(refused.status == 2);
    }
}

TEST_CASE("access-pass fund: what cannot work is an error before anything is sent", "[cli]") {
    Holders on;
    const Printed unknown = on.type(on.fund(key_of(3)));
    CHECK(unknown.status == 1);
    CHECK_THAT(unknown.err, Contains("has no access pass") && Contains("access-pass user-balances"));
    const Printed poor = on.type(on.fund(on.first, " --min-balance 5000"));
    CHECK(poor.status == 1);
    CHECK_THAT(poor.err, Contains("this takes 4999.99") && Contains("--keypair"));
    CHECK(on.type.rpc.sent == 0);
}

TEST_CASE("access-pass fund: the signer cannot fund itself, and is told", "[cli]") {
    Holders on;
    REQUIRE(on.type("access-pass set --user-payer me").status == 0);
    on.type.rpc.sent = 0;
    const Printed done = on.type("access-pass fund --user-payer me --min-balance 2000");
    CHECK(done.status == 0);
    CHECK_THAT(done.err, Contains("the signer lacks") && Contains("another key has to send it"));
    CHECK(on.type.rpc.sent == 0);
}
