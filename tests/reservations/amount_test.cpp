#include "chain/reservations/amount.hpp"

#include <rapidcheck/catch.h>

using namespace dz;
using namespace dz::reservations;

TEST_CASE("amount: sums and products that do not fit are told", "[reservations]") {
    CHECK((add(kMaxAmount, 0) == kMaxAmount));
    CHECK_FALSE(add(kMaxAmount, 1));
    CHECK((multiply(kMaxAmount, 1) == kMaxAmount));
    CHECK_FALSE(multiply(kMaxAmount / 2 + 1, 2));
}

TEST_CASE("amount: a number's bytes have a sign and no leading zeros", "[reservations]") {
    CHECK(encode(Number(0)).empty());
    CHECK(to_hex(encode(Number(123))) == "007b");
    CHECK(to_hex(encode(Number(1'000'000'000'000'000'000U))) == "000de0b6b3a7640000");
    CHECK((decode_number({}).value().amount() == Amount{0}));
    CHECK(decode_number(Bytes{1, 5}).value().negative);
    CHECK_FALSE(decode_number(Bytes{1, 5}).value().amount());
    CHECK_FALSE(decode_number(Bytes{2, 5}));
    CHECK_FALSE(decode_number(Bytes{0}));
    CHECK_FALSE(decode_number(Bytes{0, 0, 5}));
    CHECK(decode_number(Bytes(128, 1)));
    CHECK(decode_number(Bytes(129, 1)).error().code == Errc::LimitExceeded);
    rc::prop("decode(encode(x)) == x", [](std::uint64_t high, std::uint64_t low) {
        const Amount value = Amount{high} << 64 | low;
        const Bytes bytes = encode(Number(value));
        RC_ASSERT(bytes.size() == encoded_size(value));
        RC_ASSERT(decode_number(bytes).value().amount() == value);
    });
}

TEST_CASE("L-11: a negative fee cap is a fault, one of 1,016 bits is what nobody can pay", "[reservations]") {
    Number negative(3);
    negative.negative = true;
    CHECK(gas_cost(10, negative).error() == CostError::Negative);
    Number huge;
    huge.magnitude.assign(127, 0xFF);
    CHECK(gas_cost(10, huge).error() == CostError::TooLarge);
    CHECK(gas_cost(2, Number(kMaxAmount)).error() == CostError::TooLarge);
    CHECK((gas_cost(1, Number(kMaxAmount)) == kMaxAmount));
    CHECK((gas_cost(1000, Number(150)) == Amount{150'000}));
    rc::prop("no fee cap of a message is ever an overflow of the node",
             [](Bytes magnitude, std::uint64_t limit) {
                 if (magnitude.size() > kMaxNumberBytes - 1) magnitude.resize(kMaxNumberBytes - 1);
                 Number cap;
                 cap.magnitude = std::move(magnitude);
                 const auto cost = gas_cost(limit, cap);
                 RC_ASSERT(cost || cost.error() == CostError::TooLarge);
             });
}
