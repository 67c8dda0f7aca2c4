#include "chain/devnet/fees.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <set>

#include "chain/devnet/unit_costs.hpp"
#include "tests/program/world.hpp"

using namespace dz;
using namespace dz::devnet;
using namespace dz::test;
using ledger::ComputeBudget;

namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

TransactionInstruction transfer(World& world) {
    return ledger::system_transfer(world.pk("a"), world.pk("b"), Lamports{1});
}

ledger::Message message(World& world, const ComputeBudget& budget,
                        const std::vector<TransactionInstruction>& work) {
    std::vector<TransactionInstruction> all = ledger::encode(budget);
    all.insert(all.end(), work.begin(), work.end());
    return ledger::compile(world.pk("a"), all, {}).value();
}

}  // namespace

TEST_CASE("fees: priority is unit limit times price, rounded up to a lamport", "[devnet]") {
    World world;
    const auto fee = [&](std::uint32_t units, std::uint64_t price) {
        const auto asked = message(world, {.unit_limit = units, .unit_price = price, .heap_frame = {}}, {});
        return fee_of(asked, allowance_of(asked).value());
    };
    CHECK(fee(200'000, 0) == Fee{5000, 0});
    CHECK(fee(200'000, 1500) == Fee{5000, 300});
    CHECK(fee(1, 1) == Fee{5000, 1});
    CHECK(fee(1'000'000, 1) == Fee{5000, 1});
    CHECK(fee(1'000'001, 1) == Fee{5000, 2});
    CHECK(fee(0, kMost) == Fee{5000, 0});
    // Nobody gets more than the most, and nobody pays for it.
    CHECK(fee(2'000'000, 10) == Fee{5000, 14});
    CHECK(fee(kMaxUnits, kMost).priority == kMost);
    CHECK(fee(kMaxUnits, kMost).total() == kMost);
}

TEST_CASE("fees: every signature is paid for", "[devnet]") {
    World world;
    const TransactionInstruction both{
        world.addresses().program(), {ledger::signer(world.pk("b")), ledger::signer(world.pk("c"))}, {1}};
    const auto asked = message(world, {}, {both});
    CHECK(fee_of(asked, allowance_of(asked).value()) == Fee{15'000, 0});
}

TEST_CASE("fees: who asks for no limit gets one for each instruction", "[devnet]") {
    World world;
    const TransactionInstruction program{world.addresses().program(), {}, {1}};
    const auto units = [&](const ComputeBudget& budget, const std::vector<TransactionInstruction>& work) {
        return allowance_of(message(world, budget, work)).value().units;
    };
    CHECK(units({}, {program}) == 200'000);
    CHECK(units({}, {program, program}) == 400'000);
    CHECK(units({}, {transfer(world)}) == 3000);
    CHECK(units({.unit_limit = {}, .unit_price = 1, .heap_frame = {}}, {transfer(world), program}) ==
          206'000);
    CHECK(units({}, std::vector(8, program)) == kMaxUnits);
    CHECK(units({.unit_limit = 7, .unit_price = {}, .heap_frame = {}}, {program}) == 7);
}

TEST_CASE("fees: an allowance that nobody gets is an error", "[devnet]") {
    World world;
    auto twice = ledger::encode(ComputeBudget::generous());
    twice.push_back(twice.front());
    CHECK(allowance_of(ledger::compile(world.pk("a"), twice, {}).value()).error() ==
          ledger::TransactionError::whole("DuplicateInstruction", 2));
}

TEST_CASE("fees: the table of unit costs names each instruction once", "[devnet]") {
    std::set<std::uint8_t> seen;
    for (const UnitCost& cost : kUnitCosts) {
        CHECK(seen.insert(cost.instruction).second);
        CHECK(cost.units <= kMaxUnits);
    }
    CHECK(program_units(Bytes{ledger::ix::CreateUser::kNumber, 1}) == 60'000);
    CHECK(program_units(Bytes{250}) == kTypicalUnits);
    CHECK(program_units({}) == kTypicalUnits);
}
