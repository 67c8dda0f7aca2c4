#include "chain/reservations/gas.hpp"

#include <rapidcheck/catch.h>

using namespace dz;
using namespace dz::reservations;

namespace {

struct Row {
    GasUse use;
    Amount burn, over, penalty, tip, refund;
};

}  // namespace

TEST_CASE("gas: burns, tip, penalty and refund of the reference messages", "[reservations]") {
    const Row rows[] = {
        {{100, 110, 10, 11, 1}, 1000, 0, 0, 110, 100},
        {{100, 130, 10, 11, 1}, 1000, 60, 0, 130, 240},
        {{100, 110, 10, 10, 1}, 1000, 0, 0, 0, 100},
        {{100, 110, 10, 6, 1}, 600, 0, 400, 0, 60},
        {{500, 1000, 10, 1, 0}, 500, 450, 8550, 0, 50},
        {{600, 1000, 100, 150, 10}, 60'000, 22'600, 0, 10'000, 57'400},
        {{1000, 1000, 100, 150, 10}, 100'000, 0, 0, 10'000, 40'000},
        {{0, 1000, 100, 150, 10}, 0, 100'000, 0, 10'000, 40'000},
    };
    for (const Row& row : rows) {
        const auto out = gas_outputs(row.use);
        REQUIRE(out);
        CHECK((*out == GasOutputs{row.burn, row.over, row.penalty, row.tip, row.refund}));
    }
}

TEST_CASE("gas: unused gas is refunded or burnt by how far the limit was from the use", "[reservations]") {
    struct {
        std::uint64_t used, limit;
        OverEstimation want;
    } const rows[] = {{100, 200, {10, 90}},
                      {100, 150, {30, 20}},
                      {1000, 1300, {240, 60}},
                      {500, 700, {140, 60}},
                      {200, 200, {0, 0}},
                      {20'000, 21'000, {1000, 0}},
                      {0, 2000, {0, 2000}},
                      {500, 651, {121, 30}},
                      {500, 5000, {0, 4500}},
                      {7'499'000'000, 7'500'000'000, {1'000'000, 0}},
                      {3'750'000'000, 7'500'000'000, {375'000'000, 3'375'000'000}},
                      {1, 7'500'000'000, {0, 7'499'999'999}}};
    for (const auto& row : rows) CHECK(over_estimation(row.used, row.limit) == row.want);
}

TEST_CASE("gas: what does not add up is an error, and never a number", "[reservations]") {
    CHECK(gas_outputs({11, 10, 1, 1, 1}).error().kind == Kind::InvariantViolation);
    CHECK(gas_outputs({1, 10, 1, kMaxAmount, 1}).error().kind == Kind::InvariantViolation);
    CHECK(gas_outputs({10, 10, kMaxAmount, 1, 1}).error().kind == Kind::Overflow);
}

TEST_CASE("gas: the parts are always the whole", "[reservations]") {
    rc::prop(
        "burns, tip and refund sum up to the cost",
        [](std::uint32_t a, std::uint32_t b, std::uint32_t fee, std::uint32_t cap, std::uint32_t premium) {
            const GasUse use{std::min(a, b), std::max(a, b), fee, cap, premium};
            const auto out = gas_outputs(use);
            RC_ASSERT(out.has_value());
            RC_ASSERT(out->consumption() + out->refund == use.fee_cap * use.limit);
        });
}
