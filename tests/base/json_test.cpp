#include "base/json.hpp"

#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>

using namespace dz;

namespace {

json::Value parsed(std::string_view text) {
    return json::parse(text).value();
}

}  // namespace

TEST_CASE("json: a text that is not JSON is an error with its position", "[base]") {
    const auto value = json::parse("{\"a\": }");
    REQUIRE(!value);
    CHECK(value.error().code == Errc::BadValue);
    CHECK(value.error().text.starts_with("parse error at line 1, column 7"));
    for (const char* text : {"", "{", "1 2", "\xff", "\"\xff\"", "1e999", "nul", "[1,]"})
        CHECK(json::parse(text).error().code == Errc::BadValue);
}

TEST_CASE("json: nesting is limited, and brackets inside strings do not count", "[base]") {
    CHECK(json::parse(std::string(64, '[') + std::string(64, ']')));
    CHECK(json::parse(std::string(65, '[') + std::string(65, ']')).error().code == Errc::LimitExceeded);
    CHECK(json::parse(std::string(10'000'000, '[')).error().code == Errc::LimitExceeded);
    CHECK(json::parse(R"(["[[[[\"[[["])", 1));
    CHECK(json::parse("[[],[],[]]", 2));
}

TEST_CASE("json: getters return the value of the right type", "[base]") {
    const auto value = parsed(R"({"s":"x","i":-3,"n":18446744073709551615,"d":0.5,"b":true,"a":[1],"o":{}})");
    CHECK(json::string(value, "s") == "x");
    CHECK(json::integer(value, "i") == -3);
    CHECK(json::natural(value, "n") == 18446744073709551615U);
    CHECK(json::number(value, "d") == 0.5);
    CHECK(json::number(value, "i") == -3);
    CHECK(json::boolean(value, "b") == true);
    CHECK((*json::array(value, "a"))->size() == 1);
    CHECK((*json::object(value, "o"))->empty());
}

TEST_CASE("json: errors name the key, what was expected and what was found", "[base]") {
    const auto value = parsed(R"({"s":"x","i":-3,"n":18446744073709551615})");
    CHECK(json::integer(value, "s").error().text == "\"s\": expected an integer, found string");
    CHECK(json::string(value, "t").error().text == "\"t\": missing");
    CHECK(json::natural(value, "i").error().text == "\"i\": -3 is negative");
    CHECK(json::integer(value, "n").error().text == "\"n\": 18446744073709551615 is too large");
    CHECK(json::string(parsed("[]"), "s").error().text == "\"s\": expected an object around it, found array");
}

TEST_CASE("json: a default stands in for an absent or null key, not for a wrong type", "[base]") {
    const auto value = parsed(R"({"null":null,"s":"x","i":1,"b":false})");
    CHECK(json::string_or(value, "absent", "d") == "d");
    CHECK(json::string_or(value, "null", "d") == "d");
    CHECK(json::string_or(value, "s", "d") == "x");
    CHECK(json::integer_or(value, "null", 7) == 7);
    CHECK(json::integer_or(value, "s", 7).error().code == Errc::BadValue);
    CHECK(json::boolean_or(value, "b", true) == false);
    CHECK(json::boolean_or(value, "i", true).error().code == Errc::BadValue);
}

TEST_CASE("json: output keeps the order of keys and replaces invalid UTF-8", "[base]") {
    json::Ordered value;
    value["b"] = 1;
    value["a"] = "x\xff";
    CHECK(json::dump(value) == "{\"b\":1,\"a\":\"x\xef\xbf\xbd\"}");
    CHECK(json::dump_pretty(value) == "{\n  \"b\": 1,\n  \"a\": \"x\xef\xbf\xbd\"\n}");
}

TEST_CASE("json: any text written as a string can be parsed back", "[base]") {
    rc::prop("round trip", [](const std::string& text) {
        const auto line = json::dump(json::Ordered{{"k", text}});
        const auto back = json::parse(line);
        RC_ASSERT(back.has_value());
        RC_ASSERT(json::dump(json::Ordered{{"k", json::string(*back, "k").value()}}) == line);
    });
}
