#include "wallet/path.hpp"

#include <catch2/catch.hpp>

using namespace dz;
using namespace dz::wallet;

TEST_CASE("path: texts of both spellings are read", "[wallet]") {
    CHECK(parse_path("m") == Path{});
    CHECK(parse_path("m/44'/501h/0/2147483647'") ==
          Path{hardened(44), hardened(501), normal(0), hardened(kLastIndex)});
    CHECK(to_string(parse_path("m/44h/0").value()) == "m/44'/0");
}

TEST_CASE("path: a text that is none says what is wrong", "[wallet]") {
    for (const char* const text :
         {"", "44'", "/44", "m/", "m//1", "m/x", "m/1''", "m/-1", "m/ 1", "m/0x1", "m/1/"}) {
        CAPTURE(text);
        CHECK(fault_of(parse_path(text).error()) == Fault::InvalidDerivationPath);
    }
    CHECK(fault_of(parse_path("m/2147483648").error()) == Fault::InvalidChildNumber);
    CHECK(fault_of(parse_path("m/99999999999").error()) == Fault::InvalidChildNumber);
    CHECK(parse_path("m/x").error().text == "\"x\" is no step of a path; write a number, hardened as in 44'");
}

TEST_CASE("path: there are at most 255 steps", "[wallet]") {
    std::string text = "m";
    for (int i = 0; i < 255; ++i) text += "/1";
    CHECK(parse_path(text)->size() == 255);
    CHECK(fault_of(parse_path(text + "/1").error()) == Fault::InvalidDerivationPath);
}
