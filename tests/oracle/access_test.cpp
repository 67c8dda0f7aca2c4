// Who may ask, and how often.
#include <catch2/catch.hpp>

#include "services/oracle/rate_limit.hpp"
#include "services/oracle/tokens.hpp"

using namespace dz;
using namespace dz::oracle;

namespace {

const std::string kToken = "0123456789abcdef0123456789abcdef";

std::string error_of(std::string_view text) {
    const auto tokens = Tokens::parse(text);
    return tokens ? "" : tokens.error().text;
}

}  // namespace

TEST_CASE("tokens: each stands for a name, in one scheme only", "[oracle]") {
    const auto tokens = Tokens::parse("# clients\n\nacme " + kToken + "\n other\t" + kToken + "ff  \r\n");
    REQUIRE(tokens);
    CHECK(tokens->size() == 2);
    CHECK(tokens->holder("Bearer " + kToken) == "acme");
    CHECK(tokens->holder("Bearer " + kToken + "ff") == "other");
    CHECK_FALSE(tokens->holder("Bearer " + kToken + "f"));
    CHECK_FALSE(tokens->holder("Basic " + kToken));
    CHECK_FALSE(tokens->holder(kToken));
    CHECK_FALSE(tokens->holder(""));
}

TEST_CASE("tokens: what is wrong is told by line, and never with a token", "[oracle]") {
    CHECK(error_of("# nobody\n").starts_with("no token"));
    CHECK(error_of("acme\n") == "line 1: no token: a line is \"NAME TOKEN\"");
    CHECK(error_of("\nacme short\n") == "line 2: a token has at least 16 characters: openssl rand -hex 32");
    CHECK(error_of("a " + kToken + "\nb " + kToken) == "line 2: this token is there already");
    CHECK(error_of("a " + kToken + " " + kToken) == "line 1: a token has no blanks in it");
    CHECK(error_of(std::string(65, 'n') + " " + kToken).find(kToken) == std::string::npos);
}

TEST_CASE("rate limit: a burst at once, then one at a time", "[oracle]") {
    constexpr Rate kRate{.per_second = 2, .burst = 3};
    const TimePoint start{1000s};
    Bucket bucket(kRate, start);
    for (int i = 0; i < 3; ++i) CHECK(bucket.take(kRate, start) == 0s);
    CHECK(bucket.take(kRate, start) == 500ms);
    CHECK(bucket.take(kRate, start + 500ms) == 0s);
    CHECK(bucket.take(kRate, start + 500ms) > 0s);
    // A pause saves up no more than a burst.
    int taken = 0;
    while (bucket.take(kRate, start + 1h) == 0s) ++taken;
    CHECK(taken == 3);
}

TEST_CASE("rate limit: none is none", "[oracle]") {
    constexpr Rate kRate{.per_second = 0, .burst = 0};
    Bucket bucket(kRate, TimePoint{});
    for (int i = 0; i < 1000; ++i) CHECK(bucket.take(kRate, TimePoint{}) == 0s);
}
