#include "chain/reservations/plan.hpp"

#include <fmt/format.h>

#include <rapidcheck/catch.h>

#include "tests/reservations/gas_ledger.hpp"

using namespace dz;
using namespace dz::test;

namespace {

/// An ID address: protocol 0 and the id in LEB128.
Address id(std::uint64_t number) {
    Bytes bytes = {0};
    for (; number >= 0x80; number >>= 7) bytes.push_back(static_cast<std::uint8_t>(number | 0x80));
    bytes.push_back(static_cast<std::uint8_t>(number));
    return Address(bytes);
}

Plan plan(std::initializer_list<Charge> charges) {
    return Plan::of(std::vector(charges)).value();
}

Plan plan_of_senders(std::size_t count) {
    std::vector<Charge> charges;
    for (std::size_t i = 0; i < count; ++i) charges.push_back({id(i), Amount{1}});
    return Plan::of(charges).value();
}

Failure refusal(const std::string& hex) {
    const auto plan = decode_plan(from_hex(hex).value());
    REQUIRE_FALSE(plan);
    return plan.error();
}

}  // namespace

TEST_CASE("plan: it encodes to the reference bytes", "[reservations]") {
    CHECK(to_hex(encode(plan({{id(200), 456}, {id(100), 123}}))) == "828242006442007b824300c801430001c8");
    CHECK(to_hex(encode(plan({{id(1000), 500}}))) == "81824300e807430001f4");
    CHECK(to_hex(encode(plan({{id(1000), 0}}))) == "81824300e80740");
    CHECK(to_hex(encode(plan({{id(1000), Amount{1'000'000'000'000'000'000U}}}))) ==
          "81824300e80749000de0b6b3a7640000");
}

TEST_CASE("plan: senders are summed up, in order, also those that owe nothing", "[reservations]") {
    const Plan made = plan({{id(7), 5}, {id(3), 0}, {id(7), 6}});
    REQUIRE(made.senders() == 2);
    CHECK((made.entries()[0] == Plan::Entry{id(3), 0}));
    CHECK((made.entries()[1] == Plan::Entry{id(7), 11}));
    CHECK((made.total() == 11));
}

TEST_CASE("plan: who owes more than 128 bits has insufficient funds, and that is no overflow",
          "[reservations]") {
    const auto check = [](std::vector<Charge> charges) {
        const auto made = Plan::of(charges);
        REQUIRE_FALSE(made);
        CHECK(made.error().kind == Kind::InsufficientFunds);
        CHECK(made.error().account == id(7));
    };
    check({{id(3), 1}, {id(7), std::nullopt}});
    check({{id(7), kMaxAmount}, {id(7), 1}});
    // The total of several senders is for logs only.
    CHECK((plan({{id(3), kMaxAmount}, {id(7), kMaxAmount}}).total() == kMaxAmount));
}

TEST_CASE("L-4: 65,536 senders pass, one more does not", "[reservations]") {
    CHECK(plan_of_senders(65'536).check({}));
    CHECK(plan_of_senders(65'537).check({}).error().kind == Kind::PlanTooLarge);
    CHECK(decode_plan(encode(plan_of_senders(65'536))));
    CHECK(decode_plan(encode(plan_of_senders(65'537))).error().kind == Kind::PlanTooLarge);
}

TEST_CASE("L-5: a plan as long as the bound passes, one byte more does not", "[reservations]") {
    const Plan made = plan_of_senders(1000);
    const Bytes bytes = encode(made);
    CHECK(made.encoded_size() == bytes.size());
    const PlanLimits equal{65'536, bytes.size()};
    const PlanLimits less{65'536, bytes.size() - 1};
    CHECK(made.check(equal));
    CHECK(decode_plan(bytes, equal));
    CHECK(made.check(less).error().kind == Kind::PlanTooLarge);
    CHECK(decode_plan(bytes, less).error().kind == Kind::PlanTooLarge);
}

TEST_CASE("plan: bytes per entry, and how many entries a bound admits", "[reservations]") {
    const auto fits = [](std::size_t key, std::size_t bound) {
        const std::size_t entry = encoded_entry_size(Address(Bytes(key, 1)), Amount{1} << 95);
        const std::size_t head = bound / entry > 0xFFFF ? 5 : 3;
        return std::pair(entry, (bound - head) / entry);
    };
    CHECK(fits(5, 262'144) == std::pair(std::size_t{21}, std::size_t{12'482}));
    CHECK(fits(21, 262'144) == std::pair(std::size_t{37}, std::size_t{7084}));
    CHECK(fits(49, 262'144) == std::pair(std::size_t{66}, std::size_t{3971}));
    CHECK(fits(32, 262'144) == std::pair(std::size_t{49}, std::size_t{5349}));
    CHECK(fits(32, 8'388'608) == std::pair(std::size_t{49}, std::size_t{171'195}));
}

TEST_CASE("plan: malformed bytes are a fault of the host", "[reservations]") {
    for (const char* hex :
         {"", "a0", "9f", "81", "8180", "81834100404100", "8182410041", "818241004102", "8182410042000000",
          "82824100400082410040", "818241004000", "8182610040", "82824200644082420064420001"}) {
        INFO(hex);
        CHECK(refusal(hex).kind == Kind::InvariantViolation);
    }
    CHECK_THAT(refusal("82824200644082420064420001").text, Catch::Contains("named twice"));
    CHECK_THAT(refusal("818242006442017b").text, Catch::Contains("negative amount"));
    CHECK_THAT(refusal("81824200645200" + std::string(34, '1')).text, Catch::Contains("beyond 128 bits"));
    CHECK(decode_plan(from_hex("80").value()).value().empty());
}

TEST_CASE("plan: what is decoded encodes to the plan it was", "[reservations]") {
    rc::prop("decode(encode(plan)) == plan",
             [](const std::vector<std::pair<std::uint16_t, std::uint64_t>>& all) {
                 std::vector<Charge> charges;
                 for (const auto& [number, cost] : all) charges.push_back({id(number), Amount{cost}});
                 const Plan made = Plan::of(charges).value();
                 RC_ASSERT(decode_plan(encode(made)).value() == made);
                 RC_ASSERT(encode(made).size() == made.encoded_size());
             });
}
