#include "wallet/address_pool.hpp"

#include <catch2/catch.hpp>

#include "wallet/accounts.hpp"

using namespace dz;
using namespace dz::wallet;

namespace {

/// Of the mnemonic "abandon" eleven times and "about".
KeySource solana_source() {
    const Bytes seed =
        from_hex(
            "5eb00bbddcf069084889a8ab9155568165f5c453ccb85e70811aaed6f6da5fc19a5ac40b389cd370d0"
            "86206dec8aa6c43daea6690f20ad3d8d48b2d2ce9e38e4")
            .value();
    return KeySource(EdPrivateKey::master(seed).value().derive(solana_deposits().path).value());
}

}  // namespace

TEST_CASE("pool: Solana deposits are handed out in the order of the published addresses", "[wallet]") {
    const KeySource source = solana_source();
    AddressPool pool = AddressPool::make(solana_deposits().pool, {}, source).value();
    CHECK(pool.next_unused_and_reserve(source)->address == "GjJyeC1r2RgkuoCWMyPYkCWSGSGLcz266EaAkLA27AhL");
    CHECK(pool.next_unused_and_reserve(source)->address == "ANf3TEKFL6jPWjzkndo4CbnNdUNkBk4KHPggJs2nu8Xi");
    CHECK(pool.next_unused_and_reserve(source)->address == "Ag74i82rUZBTgMGLacCA1ZLnotvAca8CLscXcrG6Nwem");
    const AddressPool again = AddressPool::parse(pool.serialize()).value();
    CHECK(again.stats().reserved_count == 0);
    CHECK(again.serialize() == pool.serialize());
}
