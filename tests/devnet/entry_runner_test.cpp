// Entries on the real engine, by legacy rules and in a session: the numbered scenarios in lamports, every row
// of the matrix that this engine can produce, and threads that make no difference.
#include "chain/devnet/entry_runner.hpp"

#include <catch2/catch.hpp>

#include "ledger/limits.hpp"
#include "tests/devnet/bank.hpp"

using namespace dz;
using namespace dz::test;
using reservations::BlockInvalid;
using reservations::Features;
using reservations::Kind;
using reservations::Mode;
using reservations::NodeError;

namespace {

const PublicKey kA = bank_key(1), kB = bank_key(2), kC = bank_key(3);
// A transfer with both budget requests uses 450 units of 10,000, at 100 lamports each.
constexpr std::uint64_t kMost = 1'005'000;
constexpr std::uint64_t kPaid = 50'000;
constexpr std::uint64_t kCredit = 1'000'000'000;

Order pay(std::uint64_t lamports, const PublicKey& from = kA, const PublicKey& to = kB) {
    return {from, {{from, to, lamports}}};
}

using Outcomes = std::vector<std::string>;
const std::string kOk = "ok";
const std::string kShort = "custom 1";

struct Ran {
    Outcomes outcomes;
    std::uint64_t a, b;  ///< what A has, and what B got
};

Ran run(FeeRules rules, std::uint64_t start, const std::vector<Order>& orders) {
    Bank bank(rules);
    bank.give(kA, start);
    bank.give(kB, kCredit);
    bank.give(kC, kCredit);
    const auto result = bank.run(orders);
    REQUIRE(std::holds_alternative<EntryOutcome>(result));
    return {outcomes(result), bank.balance(kA), bank.balance(kB) - kCredit};
}

void check(const Ran& ran, const Outcomes& wanted, std::uint64_t a, std::uint64_t b) {
    CHECK(ran.outcomes == wanted);
    CHECK(ran.a == a);
    CHECK(ran.b == b);
}

void check_both(std::uint64_t start, const std::vector<Order>& orders, const Outcomes& wanted,
                std::uint64_t a, std::uint64_t b) {
    check(run(kBefore, start, orders), wanted, a, b);
    check(run(kAfter, start, orders), wanted, a, b);
}

std::optional<reservations::Failure> refusal(const EntryResult& result) {
    if (const auto* const invalid = std::get_if<BlockInvalid>(&result)) return invalid->reason;
    return std::nullopt;
}

}  // namespace

TEST_CASE("R-1 on the ledger: a payer that drains itself loses its next transaction, or cannot drain itself",
          "[devnet]") {
    const std::vector block = {pay(1'995'000), pay(0)};
    check(run(kBefore, 3'000'000, block), {kOk, "InsufficientFundsForFee (refused)"}, kMost - kPaid,
          1'995'000);
    check(run(kAfter, 3'000'000, block), {kShort, kOk}, 3'000'000 - 2 * kPaid, 0);
}

TEST_CASE("R-2, R-3 on the ledger: to the last free lamport, and one more", "[devnet]") {
    check_both(4'000'000, {pay(1'000'000), pay(1'945'000)}, {kOk, kOk}, kMost - kPaid, 2'945'000);
    check_both(4'000'000, {pay(1'000'000), pay(1'945'001)}, {kOk, kShort}, 2'900'000, 1'000'000);
}

TEST_CASE("R-4, R-12 on the ledger: one lamport too early", "[devnet]") {
    check(run(kBefore, 4'000'000, {pay(1'990'001), pay(0)}), {kOk, kOk}, 1'909'999, 1'990'001);
    check(run(kAfter, 4'000'000, {pay(1'990'001), pay(0)}), {kShort, kOk}, 3'900'000, 0);
    const std::vector three = {pay(985'001), pay(955'000), pay(955'000)};
    check(run(kBefore, 4'000'000, three), {kOk, kOk, kShort}, 1'909'999, 1'940'001);
    check(run(kAfter, 4'000'000, three), {kShort, kOk, kOk}, 1'940'000, 1'910'000);
}

TEST_CASE("R-5, R-6 on the ledger: a plan as large as the balance passes, one lamport more does not",
          "[devnet]") {
    check_both(2 * kMost, {pay(0), pay(0)}, {kOk, kOk}, 2 * kMost - 2 * kPaid, 0);
    check(run(kBefore, 2 * kMost - 1, {pay(0), pay(0)}), {kOk, kOk}, 2 * kMost - 1 - 2 * kPaid, 0);
    Bank bank(kAfter);
    bank.give(kA, 2 * kMost - 1);
    bank.give(kB, kCredit);
    const auto refused = refusal(bank.run({pay(0), pay(0)}));
    REQUIRE(refused);
    CHECK(refused->kind == Kind::InsufficientFunds);
    CHECK(refused->account == plan_address(kA));
    CHECK(bank.balance(kA) == 2 * kMost - 1);
}

TEST_CASE("R-8, R-9 on the ledger: what came in may be spent at once", "[devnet]") {
    const std::uint64_t rent = ledger::rent_exempt_lamports(0);
    check_both(kMost + rent, {pay(10, kC, kA), pay(rent + 10)}, {kOk, kOk}, kMost - kPaid, rent + 10);
    check_both(kMost + rent, {pay(10, kC, kA), pay(rent + 11)}, {kOk, kShort}, kMost - kPaid + rent + 10, 0);
}

TEST_CASE("R-10, R-11, R-13 on the ledger: the same with and without reservations", "[devnet]") {
    check_both(4'000'000, {pay(50'000), pay(50'000, kC), pay(7'400)}, {kOk, kOk, kOk},
               4'000'000 - 57'400 - 2 * kPaid, 107'400);
    check_both(4'000'000, {pay(0), pay(500'000), pay(400'000)}, {kOk, kOk, kOk}, 3'100'000 - 3 * kPaid,
               900'000);
    check_both(2'000'000, {pay(2'000'000 - kMost + 1, kA, kA)}, {kShort}, 2'000'000 - kPaid, 0);
}

TEST_CASE("R-14, R-19 on the ledger: who uses all its units pays the maximum", "[devnet]") {
    Order greedy = pay(5);
    greedy.units = 449;
    // 449 units at 100 lamports, all of which are gone when the transfer would run.
    check_both(4'000'000, {greedy}, {"ComputationalBudgetExceeded"}, 4'000'000 - 5000 - 44'900, 0);
}

TEST_CASE("R-20 on the ledger: a payer that gave itself away is refused, released and pays nothing",
          "[devnet]") {
    const Bytes assign = bytes::Writer().u32(1).raw(bank_key(9).view()).take();
    const std::vector block = {
        to_transaction({{ledger::kSystemProgram, {ledger::signer(kA)}, assign}}, kA, 10'000, 100'000'000),
        to_transaction(pay(0))};
    for (const FeeRules& rules : {kBefore, kAfter}) {
        Bank bank(rules);
        bank.give(kA, 4'000'000);
        bank.give(kB, kCredit);
        CHECK(outcomes(bank.run(block)) == Outcomes{kOk, "InvalidAccountForFee (refused)"});
        CHECK(bank.balance(kA) == 4'000'000 - kPaid);
    }
}

TEST_CASE("R-21, R-22 on the ledger: whatever spends for a payer meets its reservation", "[devnet]") {
    // Another payer's transaction that A signs too.
    const Order foreign{kC, {{kA, kB, 4'000'000 - kMost + 1}}};
    check(run(kBefore, 4'000'000, {foreign, pay(0)}), {kOk, "InsufficientFundsForFee (refused)"}, kMost - 1,
          4'000'000 - kMost + 1);
    check(run(kAfter, 4'000'000, {foreign, pay(0)}), {kShort, kOk}, 4'000'000 - kPaid, 0);
    const Bytes create =
        bytes::Writer().u32(0).u64(1'990'001).u64(0).raw(ledger::kSystemProgram.view()).take();
    const auto make =
        to_transaction({{ledger::kSystemProgram, {ledger::signer(kA), ledger::signer(bank_key(50))}, create}},
                       kA, 10'000, 100'000'000);
    Bank bank(kAfter);
    bank.give(kA, 4'005'000);
    bank.give(kB, kCredit);
    CHECK(outcomes(bank.run({make, to_transaction(pay(0))})) == Outcomes{kShort, kOk});
    CHECK(bank.balance(bank_key(50)) == 0);
}

TEST_CASE("entry: the matrix, as far as this engine comes", "[devnet]") {
    constexpr FeeRules kApply{.reserve_from = 1'000'000, .effect = reservations::Effect::Apply};
    struct Try {
        Mode mode;
        FeeRules rules;
        Features features;
    };
    const Try tries[] = {{Mode::Legacy, kApply, {}},
                         {Mode::Lax, kApply, {true, false}},
                         {Mode::Strict, kApply, {true, true}},
                         {Mode::Active, kAfter, {}}};
    for (const Try& one : tries) {
        const Mode mode = one.mode;
        INFO(to_string(mode));
        const bool falls_back = mode == Mode::Legacy || mode == Mode::Lax;
        const auto try_on = [&](const std::vector<Order>& orders, reservations::PlanLimits limits = {}) {
            Bank bank(one.rules, one.features, 1, limits);
            bank.give(kA, 4'000'000);
            bank.give(kB, kCredit);
            CHECK(bank.runner().mode_at(100) == one.mode);
            return bank.run(orders);
        };
        const auto note = [](const EntryResult& result) {
            return std::get<EntryOutcome>(result).note->outcome;
        };
        // Success.
        const auto good = try_on({pay(5)});
        CHECK(note(good) == (mode == Mode::Legacy ? "legacy" : "reserved"));
        // Insufficient funds, an unknown sender, too many senders: fallback or invalid.
        const std::vector<Order> poor(4, pay(0));
        const std::vector<Order> unknown = {pay(0, bank_key(77), kA), pay(0)};
        const std::vector<std::tuple<EntryResult, Kind>> failures = {
            {try_on(poor), Kind::InsufficientFunds},
            {try_on(unknown), Kind::SenderResolutionFailure},
            {try_on({pay(0), pay(0, kB, kA)}, {1, 1000}), Kind::PlanTooLarge}};
        for (const auto& [result, kind] : failures) {
            INFO(name_of(kind));
            if (falls_back) {
                REQUIRE(std::holds_alternative<EntryOutcome>(result));
                if (mode == Mode::Lax) CHECK(note(result) == "fallback: " + std::string(name_of(kind)));
            } else {
                REQUIRE(refusal(result));
                CHECK(refusal(result)->kind == kind);
            }
        }
        // An executor from before reservations.
        Bank old(one.rules, one.features);
        old.give(kA, 4'000'000);
        old.give(kB, kCredit);
        old.runner().replace_engine([] { return std::make_unique<reservations::LegacyEngine>(); });
        const auto unable = old.run({pay(5)});
        CHECK(std::holds_alternative<NodeError>(unable) == (mode == Mode::Active));
        if (mode == Mode::Lax || mode == Mode::Strict)
            CHECK(note(unable) == "fallback: ErrReservationsNotImplemented");
        // Which says nothing of the entry: with another one it runs.
        old.runner().replace_engine({});
        CHECK(std::holds_alternative<EntryOutcome>(old.run({pay(5)})));
    }
}

TEST_CASE("X-66 on the ledger: a shadow takes its results from legacy rules", "[devnet]") {
    Bank bank(kBefore, {true, false});
    bank.give(kA, 3'000'000);
    bank.give(kB, kCredit);
    const auto result = bank.run({pay(1'995'000), pay(0)});
    CHECK(outcomes(result) == Outcomes{kOk, "InsufficientFundsForFee (refused)"});
    CHECK(std::get<EntryOutcome>(result).note->outcome == "shadow");
    CHECK(std::get<EntryOutcome>(result).note->payers == 1);
    CHECK((std::get<EntryOutcome>(result).note->total == 2 * kMost));
    // Strict is the operator's word about blocks, shadow or not.
    Bank strict(kBefore, {true, true});
    strict.give(kA, 2 * kMost - 1);
    strict.give(kB, kCredit);
    CHECK(refusal(strict.run({pay(0), pay(0)})));
}

TEST_CASE("entry: a ledger without fee rules charges what was asked for and notes nothing", "[devnet]") {
    Bank bank(FeeRules{});
    bank.give(kA, 4'000'000);
    bank.give(kB, kCredit);
    const auto result = bank.run({pay(5)});
    CHECK_FALSE(std::get<EntryOutcome>(result).note);
    CHECK(bank.balance(kA) == 4'000'000 - 5 - kMost);
}

TEST_CASE("entry: an empty one is nothing, in every mode", "[devnet]") {
    Bank bank(kAfter);
    const auto result = bank.run(std::vector<Order>{});
    CHECK(std::get<EntryOutcome>(result).executions.empty());
}

TEST_CASE("fee rules: their text is read back, and nothing else is", "[devnet]") {
    for (const FeeRules& rules : {FeeRules{}, kBefore, kAfter, FeeRules{{}, reservations::Effect::Apply},
                                  FeeRules{7, reservations::Effect::Apply}})
        CHECK(parse_fee_rules(to_text(rules)).value() == rules);
    for (const char* text :
         {"", "from 7", "from , shadow", "from 7x, shadow", "never, perhaps", "ever, shadow"})
        CHECK_FALSE(parse_fee_rules(text));
    CHECK(kBefore.version_at(999'999) == 27);
    CHECK(kBefore.version_at(1'000'000) == 28);
    CHECK(FeeRules{}.version_at(~std::uint64_t{0}) == 27);
}
