#include "chain/reservations/selection.hpp"

#include <map>

#include <catch2/catch.hpp>
#include "tests/reservations/gas_ledger.hpp"

using namespace dz;
using namespace dz::test;

namespace {

std::uint8_t next_id = 0;

BlockMessage message(std::string_view sender, std::uint64_t limit, std::uint64_t cap) {
    return {{++next_id}, address(sender), Amount{limit} * cap};
}

const Resolve kAsIs = [](const Address& sender) { return std::optional(sender); };

using Sums = std::map<std::string, std::uint64_t>;
Sums plan_of(const std::vector<ProposedBlock>& blocks, Partitioning partitioning = Partitioning::On) {
    Sums sums;
    const Plan plan = Plan::of(charges_of(select_messages(blocks, partitioning, kAsIs))).value();
    for (const auto& entry : plan.entries())
        sums[std::string(as_text(entry.sender.view()))] = static_cast<std::uint64_t>(entry.amount);
    return sums;
}

ProposedBlock block(std::uint8_t ticket, std::vector<BlockMessage> individual) {
    return {{ticket}, {}, std::move(individual)};
}

}  // namespace

TEST_CASE("S-1 to S-6: a plan has each message once and each sender of the first block that has it",
          "[reservations]") {
    const auto t1 = message("t1", 1000, 10);
    CHECK(plan_of({block(1, {t1, message("t2", 2000, 10)})}) == Sums{{"t1", 10'000}, {"t2", 20'000}});
    CHECK(plan_of({block(1, {t1}), block(2, {message("t1", 5000, 10), message("t2", 2000, 10)})}) ==
          Sums{{"t1", 10'000}, {"t2", 20'000}});
    CHECK(plan_of({block(1, {t1}), block(2, {t1})}) == Sums{{"t1", 10'000}});
    CHECK(plan_of({block(1, {t1, message("t1", 1000, 10)})}) == Sums{{"t1", 20'000}});
    const auto small = [](std::string_view sender) { return message(sender, 100, 1); };
    CHECK(plan_of({block(1, {small("t1"), small("t2")}), block(2, {small("t1"), small("t3")}),
                   block(3, {small("t2"), small("t3")})}) == Sums{{"t1", 100}, {"t2", 100}, {"t3", 100}});
    CHECK(plan_of({block(1, {}), block(2, {})}).empty());
}

TEST_CASE(
    "S-7, S-8: with partitioning a later block's messages of the sender are ignored, without only doubles",
    "[reservations]") {
    const auto a = message("A", 10, 2);
    const auto c = message("C", 7, 4);
    const std::vector<ProposedBlock> blocks = {{{1}, {a}, {c}}, {{2}, {a, message("A", 5, 3)}, {c}}};
    CHECK(plan_of(blocks) == Sums{{"A", 20}, {"C", 28}});
    CHECK(plan_of(blocks, Partitioning::Off) == Sums{{"A", 35}, {"C", 28}});
}

TEST_CASE("selection: an ignored message is not executed, and the base fee counts it", "[reservations]") {
    const std::vector<ProposedBlock> blocks = {block(1, {message("A", 1, 1)}),
                                               block(2, {message("A", 2, 1), message("B", 3, 1)})};
    const Selection selection = select_messages(blocks, Partitioning::On, kAsIs);
    REQUIRE(selection.messages.size() == 2);
    CHECK(selection.messages[1].message == &blocks[1].individual[1]);
    CHECK(selection.unique == 3);
}

TEST_CASE("selection: the best ticket comes first, aggregate signatures before individual ones",
          "[reservations]") {
    const std::vector<ProposedBlock> blocks = {block(2, {message("A", 1, 1)}),
                                               {{1}, {message("B", 1, 1)}, {message("A", 2, 1)}}};
    const Selection selection = select_messages(blocks, Partitioning::On, kAsIs);
    REQUIRE(selection.messages.size() == 2);
    CHECK(selection.messages[0].message == blocks[1].aggregate.data());
    CHECK(selection.messages[1].message == blocks[1].individual.data());
    CHECK(selection.messages[1].block == 1);
}

TEST_CASE("selection: two forms of an address are one sender, an unknown one stands for itself",
          "[reservations]") {
    const std::vector<ProposedBlock> blocks = {block(1, {message("robust", 1, 1), message("unknown", 1, 1)}),
                                               block(2, {message("id", 1, 1), message("unknown", 2, 1)})};
    const Resolve resolve = [](const Address& sender) -> std::optional<Address> {
        if (sender == address("unknown")) return std::nullopt;
        return address("id");
    };
    CHECK(select_messages(blocks, Partitioning::On, resolve).messages.size() == 2);
    CHECK(select_messages(blocks, Partitioning::On, kAsIs).messages.size() == 3);
}
