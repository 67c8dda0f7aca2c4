// Tests for the flags: the forms that Go accepts, booleans, durations, and what is refused.
#include "base/flags.hpp"

#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>
#include <vector>

using namespace dz;

namespace {

struct Bound {
    bool on = true;
    bool off = false;
    std::string text = "default";
    std::int64_t count = 10;
    std::uint64_t natural = 3;
    Duration time = 1s;
    FlagSet flags;

    Bound() {
        flags.add("on", &on, "a switch");
        flags.add("off", &off, "another");
        flags.add("text", &text, "a text");
        flags.add("count", &count, "a number");
        flags.add("natural", &natural, "a natural number");
        flags.add("time", &time, "a time");
    }
    Result<FlagSet::Outcome> parse(std::vector<std::string_view> arguments) { return flags.parse(arguments); }
};

}  // namespace

TEST_CASE("flags: one or two dashes, value after a space or an equals sign", "[base]") {
    for (const std::vector<std::string_view>& line : std::vector<std::vector<std::string_view>>{
             {"-text", "x"}, {"--text", "x"}, {"-text=x"}, {"--text=x"}}) {
        Bound bound;
        REQUIRE(bound.parse(line) == FlagSet::Outcome::Run);
        CHECK(bound.text == "x");
    }
}

TEST_CASE("flags: a value may be empty, begin with a dash or contain an equals sign", "[base]") {
    Bound bound;
    REQUIRE(bound.parse({"-text="}));
    CHECK(bound.text.empty());
    REQUIRE(bound.parse({"-text", "-x"}));
    CHECK(bound.text == "-x");
    REQUIRE(bound.parse({"-text=a=b", "-count", "-5"}));
    CHECK(bound.text == "a=b");
    CHECK(bound.count == -5);
}

TEST_CASE("flags: the last of several wins", "[base]") {
    Bound bound;
    REQUIRE(bound.parse({"-count=1", "-count=2"}));
    CHECK(bound.count == 2);
}

TEST_CASE("flags: a boolean alone is true and takes a value only by an equals sign", "[base]") {
    Bound bound;
    REQUIRE(bound.parse({"-off", "-on=false"}));
    CHECK(bound.off);
    CHECK_FALSE(bound.on);
    for (const std::string_view yes : {"-off=1", "-off=t", "-off=T", "-off=TRUE", "-off=True", "-off=true"}) {
        bound.off = false;
        REQUIRE(bound.parse({yes}));
        CHECK(bound.off);
    }
    for (const std::string_view no : {"-on=0", "-on=f", "-on=F", "-on=FALSE", "-on=False"}) {
        bound.on = true;
        REQUIRE(bound.parse({no}));
        CHECK_FALSE(bound.on);
    }
    const auto separate = bound.parse({"-on", "false"});
    REQUIRE_FALSE(separate);
    CHECK_THAT(separate.error().text, Catch::Contains("\"false\"") && Catch::Contains("-name=false"));
}

TEST_CASE("flags: what is wrong is named", "[base]") {
    struct Case {
        std::vector<std::string_view> line;
        const char* mentions;
    };
    const std::vector<Case> cases = {
        {{"-nope"}, "unknown flag -nope"},
        {{"--nope=1"}, "unknown flag -nope"},
        {{"-text"}, "flag -text needs a value"},
        {{"-count=ten"}, "flag -count: \"ten\""},
        {{"-count=1.5"}, "flag -count"},
        {{"-count="}, "flag -count"},
        {{"-count=9223372036854775808"}, "range"},
        {{"-natural=-1"}, "flag -natural"},
        {{"-time=5"}, "flag -time: \"5\""},
        {{"-on=yes"}, "flag -on: \"yes\""},
        {{"-on="}, "flag -on"},
        {{"word"}, "\"word\""},
        {{"-"}, "\"-\""},
        {{"---text=x"}, "---text"},
        {{"-=x"}, "-=x"},
        {{"--", "-off"}, "\"-off\""},
    };
    for (const Case& c : cases) {
        CAPTURE(c.line);
        Bound bound;
        const auto parsed = bound.parse(c.line);
        REQUIRE_FALSE(parsed);
        CHECK(parsed.error().code == Errc::BadValue);
        CHECK_THAT(parsed.error().text, Catch::Contains(c.mentions));
    }
}

TEST_CASE("flags: help is asked for by -h and -help", "[base]") {
    for (const std::string_view word : {"-h", "--h", "-help", "--help"}) {
        Bound bound;
        CHECK(bound.parse({word, "-nope"}) == FlagSet::Outcome::Help);
    }
    Bound bound;
    CHECK_FALSE(bound.parse({"-nope", "-h"}));
}

TEST_CASE("flags: usage shows every flag with its default", "[base]") {
    Bound bound;
    CHECK(bound.flags.usage("program") ==
          "Usage of program:\n"
          "  -count int\n      a number (default 10)\n"
          "  -natural uint\n      a natural number (default 3)\n"
          "  -off\n      another\n"
          "  -on\n      a switch (default true)\n"
          "  -text text\n      a text (default default)\n"
          "  -time duration\n      a time (default 1s)\n");
}

TEST_CASE("flags: the given ones are known afterwards, until the next line", "[base]") {
    Bound bound;
    REQUIRE(bound.parse({"-time=1s"}));
    CHECK(bound.flags.is_given("time"));
    CHECK_FALSE(bound.flags.is_given("count"));
    CHECK_FALSE(bound.flags.is_given("nothing"));
    REQUIRE(bound.parse({}));
    CHECK_FALSE(bound.flags.is_given("time"));
}

TEST_CASE("flags: one can be set by name, by the rules of the line", "[base]") {
    Bound bound;
    REQUIRE(bound.flags.set("count", "7"));
    CHECK(bound.flags.is_given("count"));
    CHECK(bound.flags.values().at("count") == "7");
    CHECK(bound.flags.values().at("time") == "1s");
    CHECK(bound.flags.set("count", "many").error().code == Errc::BadValue);
    CHECK(bound.flags.set("nothing", "1").error().code == Errc::NotFound);
}

TEST_CASE("flags: those without their feature are reported when they ask for something", "[base]") {
    FlagSet flags;
    bool on = true, also_on = true;
    std::string name;
    flags.add_unavailable("on", &on, "a switch");
    flags.add_unavailable("also-on", &also_on, "another");
    flags.add_unavailable("name", &name, "a name");
    const auto given = [&flags](std::vector<std::string_view> words) {
        REQUIRE(flags.parse(words));
        return flags.unavailable();
    };
    CHECK(given({}).empty());
    CHECK(given({"-on=false"}).empty());
    CHECK(given({"-on", "-name", "x", "-also-on=false"}) == std::vector<std::string>{"name", "on"});
    CHECK_THAT(flags.usage("program"), Catch::Contains("a name (not in this build)"));
}

TEST_CASE("durations: the notation of Go", "[base]") {
    struct Case {
        std::string_view text;
        Duration value;
    };
    for (const Case& c :
         {Case{"0", 0s}, Case{"300ms", 300ms}, Case{"1s", 1s}, Case{"1m0s", 1min}, Case{"1h2m", 62min},
          Case{"1.5h", 90min}, Case{".5s", 500ms}, Case{"1.s", 1s}, Case{"-2s", -2s}, Case{"+2s", 2s},
          Case{"10us", 10us}, Case{"10\u00b5s", 10us}, Case{"7ns", 7ns}, Case{"1m1ms", 60'001ms}}) {
        CAPTURE(c.text);
        CHECK(parse_duration(c.text) == c.value);
    }
    for (const std::string_view text : {"", "5", "s", "1", "-", "1x", "1 s", "1s ", "1ss", ".s", "1e3s",
                                        "300y", "2562048h", "99999999999999999999s"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_duration(text));
    }
}

TEST_CASE("durations: printed as Go prints them", "[base]") {
    CHECK(to_string(Duration(0)) == "0s");
    CHECK(to_string(Duration(7ns)) == "7ns");
    CHECK(to_string(Duration(1500ns)) == "1.5us");
    CHECK(to_string(Duration(300ms)) == "300ms");
    CHECK(to_string(Duration(1s)) == "1s");
    CHECK(to_string(Duration(60s)) == "1m0s");
    CHECK(to_string(Duration(3600s)) == "1h0m0s");
    CHECK(to_string(Duration(-90min)) == "-1h30m0s");
}

TEST_CASE("durations: what is printed parses to the same", "[base]") {
    rc::prop("whole milliseconds survive", [](std::int32_t milliseconds) {
        const Duration duration = std::chrono::milliseconds(milliseconds);
        const auto again = parse_duration(to_string(duration));
        RC_ASSERT(again.has_value());
        RC_ASSERT(*again == duration);
    });
}
