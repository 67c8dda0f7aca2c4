#include "services/oracle/deposits.hpp"

#include <catch2/catch.hpp>

using namespace dz;
using namespace dz::oracle;

namespace {

// Of the mnemonic "abandon ... about", without a passphrase.
const char* const kSeed =
    "5eb00bbddcf069084889a8ab9155568165f5c453ccb85e70811aaed6f6da5fc1"
    "9a5ac40b389cd370d086206dec8aa6c43daea6690f20ad3d8d48b2d2ce9e38e4";

Deposits deposits() {
    return Deposits::make(from_hex(kSeed).value()).value();
}

}  // namespace

TEST_CASE("deposits: addresses are those of the published vectors, and their keys sign", "[oracle]") {
    Deposits pool = deposits();
    for (const std::string expected :
         {"GjJyeC1r2RgkuoCWMyPYkCWSGSGLcz266EaAkLA27AhL", "ANf3TEKFL6jPWjzkndo4CbnNdUNkBk4KHPggJs2nu8Xi",
          "Ag74i82rUZBTgMGLacCA1ZLnotvAca8CLscXcrG6Nwem"}) {
        const Lease lease = pool.lease().value();
        CHECK(lease.address.to_string() == expected);
        CHECK(pool.key(lease.index)->public_key() == lease.address);
    }
}

TEST_CASE("deposits: what was given back without being told is given out again, what is used is not",
          "[oracle]") {
    Deposits pool = deposits();
    const Lease first = pool.lease().value();
    const Lease second = pool.lease().value();
    pool.give_back(first.index);
    CHECK(pool.lease()->address == first.address);
    pool.mark_used(second.index);
    pool.give_back(second.index);
    CHECK(pool.lease()->index == 2);
}

TEST_CASE("deposits: after a restart nothing of the journal is given out", "[oracle]") {
    Reservation journaled;
    {
        Deposits before = deposits();
        (void)before.lease();
        const Lease lease = before.lease().value();
        journaled.index = lease.index;
        journaled.deposit = lease.address;
    }
    Deposits after = deposits();
    REQUIRE(after.attach(journaled));
    CHECK(after.lease()->index == 0);
    CHECK(after.lease()->index == 2);
}

TEST_CASE("deposits: a journal of another seed is refused", "[oracle]") {
    Reservation journaled;
    journaled.id = "00ff";
    journaled.deposit = deposits().lease()->address;
    Deposits other = Deposits::make(Bytes(32, 7)).value();
    const auto refused = other.attach(journaled);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().text.find("this journal belongs to another seed") != std::string::npos);
}
