#include "base/encoding.hpp"

#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>

using namespace dz;

TEST_CASE("base58: known texts", "[base]") {
    CHECK(to_base58(as_bytes("Hello World!")) == "2NEpo7TZRRrLZSi2U");
    CHECK(to_base58(from_hex("0000287fb4cd").value()) == "11233QC4");
    CHECK(from_base58("11233QC4") == from_hex("0000287fb4cd"));
    CHECK(to_base58({}).empty());
    CHECK(from_base58("")->empty());
}

TEST_CASE("base58: leading zero bytes are leading ones", "[base]") {
    const Bytes zeros(32, 0);
    CHECK(to_base58(zeros) == "11111111111111111111111111111111");
    CHECK(from_base58("11111111111111111111111111111111") == zeros);
}

TEST_CASE("base58: every byte string survives the round trip", "[base]") {
    rc::prop("round trip", [](const Bytes& bytes) {
        const auto text = to_base58(bytes);
        RC_ASSERT(from_base58_long(text, text.size()).value() == bytes);
    });
}

TEST_CASE("base58: foreign characters and overlong texts are refused", "[base]") {
    for (const char* text : {"0", "O", "I", "l", " 1", "1\n", "\xff"})
        CHECK(from_base58(text).error().code == Errc::BadValue);
    CHECK(from_base58(std::string(128, '2')));
    CHECK(from_base58(std::string(129, '2')).error().code == Errc::LimitExceeded);
    CHECK(from_base58_long(std::string(129, '2'), 200));
}

TEST_CASE("base64: the test vectors of RFC 4648", "[base]") {
    const std::pair<const char*, const char*> vectors[] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };
    for (const auto& [plain, coded] : vectors) {
        CHECK(to_base64(as_bytes(plain)) == coded);
        CHECK(as_text(from_base64(coded).value()) == plain);
    }
}

TEST_CASE("base64: every byte string survives the round trip", "[base]") {
    rc::prop("round trip",
             [](const Bytes& bytes) { RC_ASSERT(from_base64(to_base64(bytes)).value() == bytes); });
}

TEST_CASE("base64: what is appended leaves what was there", "[base]") {
    std::string text = "data:";
    append_base64(as_bytes("foob"), text);
    CHECK(text == "data:Zm9vYg==");
}

TEST_CASE("base64: wrong length, padding, characters and stray bits are refused", "[base]") {
    for (const char* text : {"Zg", "Zg=", "=", "====", "Z===", "Zg==Zg==", "Zm9\n", "Zm-_", "Zh=="})
        CHECK(from_base64(text).error().code == Errc::BadValue);
}
