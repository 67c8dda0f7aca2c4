#include "base/bytes.hpp"

#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>

using namespace dz;

TEST_CASE("reader: numbers are little-endian unless the name says otherwise", "[base]") {
    const Bytes input{0x01, 0x02, 0x03, 0x04, 0x01, 0x02, 0x03, 0x04};
    bytes::Reader little(input);
    CHECK(little.u8() == 0x01);
    CHECK(little.u16() == 0x0302);
    bytes::Reader big(input);
    CHECK(big.be16() == 0x0102);
    CHECK(big.be16() == 0x0304);
    CHECK(big.be32() == 0x01020304U);
    CHECK(big.empty());
}

TEST_CASE("reader: a read past the end is Truncated and consumes nothing", "[base]") {
    const Bytes input{1, 2, 3};
    bytes::Reader reader(input);
    const auto value = reader.u32();
    REQUIRE(!value);
    CHECK(value.error() == Error{Errc::Truncated, "4 bytes needed, 3 left"});
    CHECK(reader.remaining() == 3);
    CHECK(reader.u16() == 0x0201);
}

TEST_CASE("reader: a sub-reader ends where its part ends", "[base]") {
    const Bytes input{1, 2, 3};
    bytes::Reader reader(input);
    auto part = reader.sub(2);
    REQUIRE(part);
    CHECK(part->u16() == 0x0201);
    CHECK(part->u8().error().code == Errc::Truncated);
    CHECK(reader.u8() == 3);
}

TEST_CASE("reader: rest gives what is left, once", "[base]") {
    const Bytes input{1, 2, 3};
    bytes::Reader reader(input);
    REQUIRE(reader.u8());
    CHECK(reader.rest().size() == 2);
    CHECK(reader.empty());
}

TEST_CASE("reader: an array takes exactly its length", "[base]") {
    const Bytes input{1, 2, 3};
    bytes::Reader reader(input);
    CHECK(reader.array<2>() == std::array<std::uint8_t, 2>{1, 2});
    CHECK(reader.array<2>().error().code == Errc::Truncated);
}

TEST_CASE("writer: a length field can be filled in afterwards", "[base]") {
    bytes::Writer out;
    out.be16(0).u16(0).raw(as_bytes("abc"));
    out.patch_be16(0, 0x1234);
    out.patch_u16(2, 0x1234);
    CHECK(to_hex(out.bytes()) == "12343412616263");
}

TEST_CASE("bytes: what the writer wrote, the reader reads", "[base]") {
    rc::prop(
        "round trip", [](std::uint8_t a, std::uint16_t b, std::uint32_t c, std::uint64_t d, std::int64_t e) {
            bytes::Writer out;
            const u128 wide = u128{d} << 64U | c;
            out.u8(a).u16(b).u32(c).u64(d).u128_le(wide).i64(e).f64(0.1).be16(b).be32(c).be64(d).zeros(1);
            bytes::Reader in(out.bytes());
            RC_ASSERT(in.u8().value() == a);
            RC_ASSERT(in.u16().value() == b);
            RC_ASSERT(in.u32().value() == c);
            RC_ASSERT(in.u64().value() == d);
            RC_ASSERT((in.u128_le() == wide));
            RC_ASSERT(in.i64().value() == e);
            RC_ASSERT(in.f64().value() == 0.1);
            RC_ASSERT(in.be16().value() == b);
            RC_ASSERT(in.be32().value() == c);
            RC_ASSERT(in.be64().value() == d);
            RC_ASSERT(in.u8().value() == 0);
            RC_ASSERT(in.empty());
        });
}

TEST_CASE("hex: every byte string survives the round trip", "[base]") {
    rc::prop("round trip", [](const Bytes& bytes) { RC_ASSERT(from_hex(to_hex(bytes)).value() == bytes); });
}

TEST_CASE("hex: upper case is accepted, other characters and half a byte are not", "[base]") {
    CHECK(from_hex("0aFF") == Bytes{0x0a, 0xff});
    CHECK(from_hex("0g").error().code == Errc::BadValue);
    CHECK(from_hex("abc").error().code == Errc::BadValue);
}

TEST_CASE("u128: prints in decimal up to its largest value", "[base]") {
    CHECK(to_string(u128{0}) == "0");
    CHECK(to_string(u128{1'000'000'007}) == "1000000007");
    CHECK(to_string(~u128{0}) == "340282366920938463463374607431768211455");
}
