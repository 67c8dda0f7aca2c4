#include "chain/reservations/prepack.hpp"

#include <rapidcheck/catch.h>

#include "tests/reservations/gas_ledger.hpp"

using namespace dz;
using namespace dz::test;

namespace {

const Journal kSilent(Log::none());
using Chains = std::vector<std::optional<Amount>>;

BalanceSource everybody(Amount balance) {
    return [balance](const Address&) { return Result<std::optional<Amount>>(balance); };
}

}  // namespace

TEST_CASE("prepack: a chain above the balance is rejected, and with it all that follow", "[reservations]") {
    PrePack poor(everybody(50), {}, kSilent);
    CHECK(admit_chains(poor, address("A"), Chains{Amount{110}}) == 0);
    CHECK((poor.reserved(address("A")) == 0));
    PrePack rich(everybody(1'000'000), {}, kSilent);
    CHECK(admit_chains(rich, address("A"), Chains{Amount{50}}) == 1);
    CHECK((rich.reserved(address("A")) == 50));
    CHECK(admit_chains(rich, address("A"), Chains{Amount{60}}) == 1);
    CHECK((rich.reserved(address("A")) == 110));
    PrePack pass(everybody(100), {}, kSilent);
    CHECK(admit_chains(pass, address("A"), Chains{Amount{60}, Amount{50}, Amount{10}}) == 1);
    // Cut to what fits, it is admitted when it is tried again.
    CHECK(admit_chains(pass, address("A"), Chains{Amount{40}}) == 1);
}

TEST_CASE("prepack: equality and zero are admitted", "[reservations]") {
    PrePack pass(everybody(50), {}, kSilent);
    CHECK(pass.admit(address("A"), Amount{50}));
    CHECK(pass.admit(address("A"), Amount{0}));
    CHECK_FALSE(pass.admit(address("A"), Amount{1}));
    CHECK_FALSE(pass.admit(address("B"), std::nullopt));
}

TEST_CASE("prepack: what fits is not booked before all other limits are checked", "[reservations]") {
    PrePack pass(everybody(50), {}, kSilent);
    CHECK(pass.fits(address("A"), Amount{50}));
    CHECK(pass.fits(address("A"), Amount{50}));
    pass.commit(address("A"), 50);
    CHECK_FALSE(pass.fits(address("A"), Amount{1}));
}

TEST_CASE("prepack: a failing lookup switches it off for the rest of the pass", "[reservations]") {
    std::vector<std::string> lines;
    const Journal journal(Log::to_lines(lines));
    int asked = 0;
    PrePack pass(
        [&](const Address& who) -> Result<std::optional<Amount>> {
            ++asked;
            if (who == address("B")) return fail(Errc::Io, "disk");
            return Amount{10};
        },
        {}, journal);
    CHECK(pass.admit(address("A"), Amount{5}));
    CHECK(pass.admit(address("A"), Amount{5}));
    CHECK(asked == 1);
    CHECK_FALSE(pass.admit(address("A"), Amount{1}));
    CHECK(pass.admit(address("B"), Amount{1000}));
    CHECK(pass.is_off());
    CHECK((pass.reserved(address("A")) == 0));
    CHECK(pass.admit(address("A"), Amount{1000}));
    CHECK(asked == 2);
    CHECK(lines.size() == 1);
}

TEST_CASE("prepack: senders that do not exist are skipped", "[reservations]") {
    PrePack pass([](const Address&) { return Result<std::optional<Amount>>(std::nullopt); }, {}, kSilent);
    CHECK_FALSE(pass.admit(address("A"), Amount{0}));
}

TEST_CASE("prepack: a producer keeps to its share of the network's bounds", "[reservations]") {
    CHECK(share_of({}, 15).max_senders == 4369);
    PrePack few(everybody(50), {2, 1000}, kSilent);
    CHECK(few.admit(address("A"), Amount{1}));
    CHECK(few.admit(address("B"), Amount{1}));
    CHECK_FALSE(few.admit(address("C"), Amount{1}));
    CHECK(few.admit(address("B"), Amount{1}));
    PrePack small(everybody(50), {10, 30}, kSilent);
    CHECK(small.admit(address("A"), Amount{1}));
    CHECK_FALSE(small.admit(address("B"), Amount{1}));
}

TEST_CASE("prepack: what it admits passes Begin", "[reservations]") {
    rc::prop("a block of admitted messages is affordable",
             [](const std::vector<std::pair<std::uint8_t, std::uint16_t>>& pool) {
                 PrePack pass(everybody(100'000), {}, kSilent);
                 std::vector<Charge> block;
                 for (const auto& [who, cost] : pool) {
                     const Charge charge{Address(Bytes{static_cast<std::uint8_t>(who % 8)}),
                                         Amount{cost} * 3};
                     if (pass.admit(charge.sender, charge.cost)) block.push_back(charge);
                 }
                 Session session;
                 RC_ASSERT(session.begin(Plan::of(block).value(),
                                         [](const Address& who) { return Account{who, 100'000}; }));
             });
}
