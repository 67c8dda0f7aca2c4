#include "base/yaml.hpp"

#include <catch2/catch.hpp>

using namespace dz;
using Kind = yaml::Pair::Kind;

TEST_CASE("yaml: pairs come in order, with their lines and as they are written", "[yaml]") {
    const auto pairs = yaml::parse(
        "# a comment\n"
        "env: testnet\n"
        "\n"
        "reconciler-poll-interval: 010  # with a comment\n"
        "v: true\n"
        "client-ip: \"192.0.2.1\"\n"
        "bmp-server:\n"
        "list: [1, 2]\n");
    REQUIRE(pairs);
    CHECK(*pairs == std::vector<yaml::Pair>{
                        {.key = "env", .kind = Kind::Text, .text = "testnet", .line = 2},
                        {.key = "reconciler-poll-interval", .kind = Kind::Text, .text = "010", .line = 4},
                        {.key = "v", .kind = Kind::Text, .text = "true", .line = 5},
                        {.key = "client-ip", .kind = Kind::Text, .text = "192.0.2.1", .line = 6},
                        {.key = "bmp-server", .kind = Kind::Empty, .line = 7},
                        {.key = "list", .kind = Kind::Nested, .line = 8}});
}

TEST_CASE("yaml: a file of comments only says nothing, and that is fine", "[yaml]") {
    for (const char* text : {"", "\n", "# nothing\n#\n", "---\n"}) {
        CAPTURE(text);
        CHECK(yaml::parse(text) == std::vector<yaml::Pair>{});
    }
}

TEST_CASE("yaml: what is no mapping of names is an error that names the line", "[yaml]") {
    struct Case {
        const char* text;
        const char* error;
    };
    for (const auto& [text, error] :
         {Case{"a: [", "line 1"}, Case{"\n- 1\n- 2\n", "line 2: not a mapping"},
          Case{"only a text", "not a mapping"}, Case{"a: 1\n[b]: 2\n", "line 2: the key"},
          Case{"a: 1\nb: 2\na: 3\n", "line 3: a stands there twice"}, Case{"a: *nobody\n", "line 1"}}) {
        CAPTURE(text);
        const auto pairs = yaml::parse(text);
        REQUIRE_FALSE(pairs);
        CHECK(pairs.error().code == Errc::BadValue);
        CHECK_THAT(pairs.error().text, Catch::Contains(error));
    }
}

TEST_CASE("yaml: too long and too deep are errors, not a crash", "[yaml]") {
    const std::string longest = "#" + std::string(yaml::kMaxBytes - 1, 'x');
    CHECK(yaml::parse(longest));
    CHECK(yaml::parse(longest + "x").error().code == Errc::LimitExceeded);
    CHECK_FALSE(yaml::parse("a: " + std::string(yaml::kMaxBytes - 10, '[')));
}
