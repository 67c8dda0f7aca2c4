#include "ledger/public_key.hpp"

#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>
#include <unordered_set>

using namespace dz;
using namespace dz::ledger;

TEST_CASE("public key: the zero key is the system program", "[ledger]") {
    CHECK(PublicKey{}.to_string() == "11111111111111111111111111111111");
    CHECK(PublicKey{}.is_zero());
    CHECK(kSystemProgram == PublicKey{});
}

TEST_CASE("public key: a literal and a parsed text give the same key", "[ledger]") {
    constexpr PublicKey literal = "ser2VaTMAcYTaauMrTSfSrxBaUDq7BLNs2xfUugTAGv"_key;
    CHECK(PublicKey::parse("ser2VaTMAcYTaauMrTSfSrxBaUDq7BLNs2xfUugTAGv") == literal);
    CHECK(literal.to_string() == "ser2VaTMAcYTaauMrTSfSrxBaUDq7BLNs2xfUugTAGv");
}

TEST_CASE("public key: text that is not 32 bytes of base58 is refused", "[ledger]") {
    for (const std::string_view text : {"", "1", "0OIl", "4vJ9JU1bJJE96FWSJKvHsmmFADCg4gpZQff4P3bkLK",
                                        "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"}) {
        CAPTURE(text);
        CHECK(PublicKey::parse(text).error().code == Errc::BadValue);
    }
    CHECK_FALSE(PublicKey::parse(std::string(1000, '1')));
}

TEST_CASE("public key: the largest key has a text", "[ledger]") {
    PublicKey key;
    key.bytes.fill(0xff);
    CHECK(key.to_string() == "JEKNVnkbo3jma5nREBBJCDoXFVeKkD56V3xKrvRmWxFG");
    CHECK(PublicKey::parse(key.to_string()) == key);
}

TEST_CASE("public key: text and back is the identity", "[ledger]") {
    rc::prop("for any key", [](const std::array<std::uint8_t, 32>& bytes) {
        const PublicKey key{bytes};
        RC_ASSERT(PublicKey::parse(key.to_string()).value() == key);
    });
}

TEST_CASE("signature: text and back is the identity", "[ledger]") {
    rc::prop("for any signature", [](const std::array<std::uint8_t, 64>& bytes) {
        const Signature signature{bytes};
        RC_ASSERT(Signature::parse(signature.to_string()).value() == signature);
    });
}

TEST_CASE("public key: a point outside the prime-order subgroup is on the curve", "[ledger]") {
    // Order 8: libsodium's own validity test refuses it, the ledger does not.
    const auto bytes = from_hex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a").value();
    CHECK(on_curve(PublicKey::from(bytes).value()));
}

TEST_CASE("public key: the base point is on the curve and a program address is not", "[ledger]") {
    const auto base = from_hex("5866666666666666666666666666666666666666666666666666666666666666").value();
    CHECK(on_curve(PublicKey::from(base).value()));
    CHECK_FALSE(on_curve("9krR83okkMCRqtmtJ2uLVmgfXyGfD1h7tEo2Q2wsqXjs"_key));
}

TEST_CASE("public key: keys that differ in one end hash apart", "[ledger]") {
    std::unordered_set<std::size_t> hashes;
    for (std::uint8_t i = 0; i < 100; ++i) {
        PublicKey key;
        key.bytes.back() = i;
        hashes.insert(std::hash<PublicKey>{}(key));
    }
    CHECK(hashes.size() == 100);
}
