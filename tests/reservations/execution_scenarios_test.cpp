// The numbered execution scenarios, each by legacy rules and in a session.
#include <catch2/catch.hpp>

#include "tests/reservations/gas_ledger.hpp"

using namespace dz;
using namespace dz::test;

namespace {

using Start = std::map<std::string, Amount>;

GasMessage from_a(Amount value, std::uint64_t nonce) {
    GasMessage message;
    message.value = value;
    message.nonce = nonce;
    return message;
}

/// One run of a scenario, in words.
struct Ran {
    std::vector<std::string> receipts;
    std::map<std::string, std::uint64_t> balances;
    std::uint64_t penalty, burn, tip;
    std::vector<std::uint64_t> reserved;
    bool ended;
};

Ran run(const Start& start, const std::vector<GasMessage>& messages, bool reserve) {
    GasLedger ledger;
    for (const auto& [name, balance] : start) ledger.accounts[name].balance = balance;
    ledger.accounts["B"];
    const Amount supply = ledger.supply();
    bool ended = true;
    if (reserve) {
        ended = ledger.run_reserved(messages).has_value();
    } else {
        ledger.run(messages);
    }
    CHECK((ledger.supply() == supply));
    Ran ran{ledger.receipts, {}, 0, 0, 0, {}, ended};
    for (const auto& [name, state] : ledger.accounts)
        ran.balances[name] = static_cast<std::uint64_t>(state.balance);
    ran.penalty = static_cast<std::uint64_t>(ledger.penalty);
    ran.burn = static_cast<std::uint64_t>(ledger.burn);
    ran.tip = static_cast<std::uint64_t>(ledger.tip);
    for (const Amount left : ledger.reserved) ran.reserved.push_back(static_cast<std::uint64_t>(left));
    return ran;
}

using Receipts = std::vector<std::string>;
using Left = std::vector<std::uint64_t>;
const std::string kOk = "OK";
const std::string kPoor = "SYS_INSUFFICIENT_FUNDS";
const std::string kState = "SYS_SENDER_STATE_INVALID";

}  // namespace

TEST_CASE("R-1: a sender that drains itself cannot pay later; in a session it cannot drain itself",
          "[reservations]") {
    const std::vector block = {from_a(200'000, 0), from_a(0, 1)};
    const Ran legacy = run({{"A", 400'000}}, block, false);
    CHECK(legacy.receipts == Receipts{kOk, kState});
    CHECK(legacy.balances == std::map<std::string, std::uint64_t>{{"A", 107'400}, {"B", 200'000}});
    CHECK(legacy.penalty == 100'000);
    CHECK(legacy.burn == 82'600);
    CHECK(legacy.tip == 10'000);
    const Ran reserved = run({{"A", 400'000}}, block, true);
    CHECK(reserved.receipts == Receipts{kPoor, kOk});
    CHECK(reserved.balances == std::map<std::string, std::uint64_t>{{"A", 214'800}, {"B", 0}});
    CHECK(reserved.reserved == Left{150'000, 0});
    CHECK(reserved.penalty == 0);
    CHECK(reserved.burn == 165'200);
    CHECK(reserved.tip == 20'000);
    CHECK(reserved.ended);
}

namespace {

struct Row {
    const char* id;
    Start start;
    std::vector<GasMessage> messages;
    Receipts receipts;  ///< the same both ways, unless `legacy` is given
    std::map<std::string, std::uint64_t> balances;
    Receipts legacy_receipts = {};
    std::map<std::string, std::uint64_t> legacy_balances = {};
};

GasMessage between(const std::string& from, const std::string& to, Amount value, std::uint64_t nonce = 0) {
    GasMessage message = from_a(value, nonce);
    message.from = from;
    message.to = to;
    return message;
}

GasMessage using_gas(std::uint64_t used) {
    GasMessage message = from_a(0, 0);
    message.used = used;
    return message;
}

GasMessage capped(std::uint64_t cap, Amount premium, std::uint64_t used, std::uint64_t nonce) {
    GasMessage message = from_a(0, nonce);
    message.fee_cap = Number(cap);
    message.premium = premium;
    message.used = used;
    return message;
}

}  // namespace

TEST_CASE("R-2 to R-15: balances and receipts with and without reservations", "[reservations]") {
    const std::vector<Row> rows = {
        {"R-2",
         {{"A", 400'000}},
         {from_a(100'000, 0), from_a(57'400, 1)},
         {kOk, kOk},
         {{"A", 57'400}, {"B", 157'400}}},
        {"R-3",
         {{"A", 400'000}},
         {from_a(100'000, 0), from_a(57'401, 1)},
         {kOk, kPoor},
         {{"A", 114'800}, {"B", 100'000}}},
        {"R-4",
         {{"A", 400'000}},
         {from_a(100'001, 0), from_a(0, 1)},
         {kPoor, kOk},
         {{"A", 214'800}, {"B", 0}},
         {kOk, kOk},
         {{"A", 114'799}, {"B", 100'001}}},
        {"R-5", {{"A", 300'000}}, {from_a(0, 0), from_a(0, 1)}, {kOk, kOk}, {{"A", 114'800}, {"B", 0}}},
        {"R-7", {{"A", 400'000}}, {from_a(0, 5), from_a(0, 0)}, {kState, kOk}, {{"A", 307'400}, {"B", 0}}},
        {"R-8",
         {{"A", 150'000}, {"C", 200'000}},
         {between("C", "A", 10), from_a(10, 0)},
         {kOk, kOk},
         {{"A", 57'400}, {"B", 10}, {"C", 107'390}}},
        {"R-9",
         {{"A", 150'000}, {"C", 200'000}},
         {between("C", "A", 10), from_a(11, 0)},
         {kOk, kPoor},
         {{"A", 57'410}, {"B", 0}, {"C", 107'390}}},
        {"R-10",
         {{"A", 350'000}, {"C", 200'000}},
         {from_a(50'000, 0), between("C", "B", 50'000), from_a(7'400, 1)},
         {kOk, kOk, kOk},
         {{"A", 107'400}, {"B", 107'400}, {"C", 57'400}}},
        {"R-11",
         {{"A", 450'000}},
         {from_a(0, 0), from_a(57'400, 1), from_a(57'400, 2)},
         {kOk, kOk, kOk},
         {{"A", 57'400}, {"B", 114'800}}},
        {"R-12",
         {{"A", 450'000}},
         {from_a(1, 0), from_a(57'400, 1), from_a(57'400, 2)},
         {kPoor, kOk, kOk},
         {{"A", 57'400}, {"B", 114'800}},
         {kOk, kOk, kPoor},
         {{"A", 114'799}, {"B", 57'401}}},
        {"R-13", {{"A", 150'000}}, {between("A", "A", 1)}, {kPoor}, {{"A", 57'400}, {"B", 0}}},
        {"R-14", {{"A", 150'000}}, {using_gas(1000)}, {kOk}, {{"A", 40'000}, {"B", 0}}},
        {"R-15", {{"A", 150'000}}, {using_gas(0)}, {kOk}, {{"A", 40'000}, {"B", 0}}},
    };
    for (const Row& row : rows) {
        INFO(row.id);
        const Ran legacy = run(row.start, row.messages, false);
        const Ran reserved = run(row.start, row.messages, true);
        CHECK(reserved.receipts == row.receipts);
        CHECK(reserved.balances == row.balances);
        CHECK(reserved.ended);
        const bool same = row.legacy_receipts.empty();
        CHECK(legacy.receipts == (same ? row.receipts : row.legacy_receipts));
        CHECK(legacy.balances == (same ? row.balances : row.legacy_balances));
        if (!same) continue;
        CHECK(legacy.penalty == reserved.penalty);
        CHECK(legacy.burn == reserved.burn);
        CHECK(legacy.tip == reserved.tip);
    }
}

TEST_CASE("R-2, R-7, R-10, R-11: what is reserved, burnt and tipped along the way", "[reservations]") {
    CHECK(run({{"A", 400'000}}, {from_a(100'000, 0), from_a(57'400, 1)}, true).reserved == Left{150'000, 0});
    const Ran bad_nonce = run({{"A", 400'000}}, {from_a(0, 5), from_a(0, 0)}, true);
    CHECK(bad_nonce.reserved == Left{150'000, 0});
    CHECK(bad_nonce.penalty == 100'000);
    const Ran interleaved = run({{"A", 350'000}, {"C", 200'000}},
                                {from_a(50'000, 0), between("C", "B", 50'000), from_a(7'400, 1)}, true);
    CHECK(interleaved.burn == 247'800);
    CHECK(interleaved.tip == 30'000);
    CHECK(run({{"A", 450'000}}, {from_a(0, 0), from_a(57'400, 1), from_a(57'400, 2)}, true).reserved ==
          Left{300'000, 150'000, 0});
}

TEST_CASE("R-6: a plan one above the balance fails at Begin, though real use would fit", "[reservations]") {
    const std::vector block = {from_a(0, 0), from_a(0, 1)};
    CHECK(run({{"A", 299'999}}, block, false).balances["A"] == 114'799);
    GasLedger ledger;
    ledger.accounts["A"].balance = 299'999;
    const auto failed = ledger.run_reserved(block);
    REQUIRE_FALSE(failed);
    CHECK(failed.error().kind == Kind::InsufficientFunds);
    CHECK(failed.error().account == address("A"));
    CHECK(ledger.receipts.empty());
    CHECK_FALSE(ledger.session.is_open());
}

TEST_CASE("R-16 to R-18: caps below the base fee, and of zero", "[reservations]") {
    for (const bool reserve : {false, true}) {
        const Ran low = run({{"A", 400'000}}, {capped(60, 10, 500, 0)}, reserve);
        CHECK(low.balances.at("A") == 343'000);
        CHECK(low.burn == 57'000);
        CHECK(low.penalty == 38'000);
        const Ran zero = run({{"A", 150'000}}, {from_a(0, 0), capped(0, 0, 600, 1)}, reserve);
        CHECK(zero.receipts == Receipts{kOk, kOk});
        CHECK(zero.balances.at("A") == 57'400);
        CHECK(zero.penalty == 82'600);
        CHECK(zero.ended);
        const Ran only = run({{"A", 0}}, {capped(0, 0, 600, 0)}, reserve);
        CHECK(only.receipts == Receipts{kOk});
        CHECK(only.penalty == 82'600);
        CHECK(only.ended);
    }
}

TEST_CASE("R-19, R-20: what is refused before it runs is released", "[reservations]") {
    GasMessage cheap = from_a(0, 0);
    cheap.inclusion = 1001;
    for (const bool reserve : {false, true}) {
        const Ran ran = run({{"A", 400'000}}, {cheap}, reserve);
        CHECK(ran.receipts == Receipts{"SYS_OUT_OF_GAS"});
        CHECK(ran.balances.at("A") == 400'000);
        CHECK(ran.ended);
        GasLedger ledger;
        ledger.accounts["A"] = {400'000, 0, false};
        if (reserve) {
            CHECK(ledger.run_reserved({from_a(0, 0)}));
        } else {
            ledger.run({from_a(0, 0)});
        }
        CHECK(ledger.receipts == Receipts{"SYS_SENDER_INVALID"});
        CHECK((ledger.balance("A") == 400'000));
        CHECK((ledger.penalty == 100'000));
    }
}

TEST_CASE("R-21: code that spends for a sender meets its reservation too, and may go on", "[reservations]") {
    for (const bool reserve : {false, true}) {
        bool sent = false;
        GasMessage first = from_a(0, 0);
        first.code = [&](GasLedger& ledger) {
            sent = ledger.send("A", "C", 100'001);
            return true;
        };
        const Ran ran = run({{"A", 400'000}}, {first, from_a(0, 1)}, reserve);
        CHECK(sent == !reserve);
        CHECK(ran.receipts == Receipts{kOk, kOk});
        CHECK(ran.ended);
    }
}

TEST_CASE("R-22: a new account gets nothing from above what is free", "[reservations]") {
    const Ran ran = run({{"A", 400'000}}, {between("A", "new", 100'001), from_a(0, 1)}, true);
    CHECK(ran.receipts == Receipts{kPoor, kOk});
    CHECK(ran.balances.count("new") == 0);
}

TEST_CASE("R-23: an account with a reservation does not destroy itself", "[reservations]") {
    bool destroyed = true;
    GasMessage first = from_a(0, 0);
    first.code = [&](GasLedger& ledger) {
        destroyed = ledger.destroy("A", "C");
        return true;
    };
    const Ran ran = run({{"A", 400'000}}, {first, from_a(0, 1)}, true);
    CHECK_FALSE(destroyed);
    CHECK(ran.receipts == Receipts{kOk, kOk});
    CHECK(ran.balances.at("A") == 214'800);
}

TEST_CASE("R-24: a program reads the whole balance in a session", "[reservations]") {
    for (const bool reserve : {false, true}) {
        Amount seen = 0;
        GasMessage first = from_a(0, 0);
        first.code = [&](GasLedger& ledger) {
            seen = ledger.balance("A");
            return true;
        };
        run({{"A", 400'000}}, {first, from_a(0, 1)}, reserve);
        CHECK((seen == Amount{reserve ? 400'000U : 250'000U}));
    }
}
