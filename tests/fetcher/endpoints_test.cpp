#include "fetcher/endpoints.hpp"

#include <catch2/catch.hpp>

namespace dz::fetcher {
namespace {

constexpr TimePoint kNow{1000s};

TEST_CASE("endpoints: the first that is well is asked", "[fetcher]") {
    Endpoints endpoints(3);
    CHECK(endpoints.choose(kNow) == 0);
    endpoints.failed(0, kNow);
    CHECK(endpoints.choose(kNow) == 1);
    endpoints.failed(1, kNow);
    CHECK(endpoints.choose(kNow) == 2);
}

TEST_CASE("endpoints: one that failed is asked again after its rest, which grows", "[fetcher]") {
    Endpoints endpoints(2, {.first = 10s, .longest = 30s});
    endpoints.failed(0, kNow);
    CHECK(endpoints.choose(kNow + 9s) == 1);
    CHECK(endpoints.choose(kNow + 10s) == 0);
    endpoints.failed(0, kNow + 10s);
    CHECK(endpoints.choose(kNow + 29s) == 1);
    CHECK(endpoints.choose(kNow + 30s) == 0);
    for (int i = 0; i < 40; ++i) endpoints.failed(0, kNow);
    CHECK(endpoints.choose(kNow + 29s) == 1);
    CHECK(endpoints.choose(kNow + 30s) == 0);
}

TEST_CASE("endpoints: when all rest, the one whose rest ends first is asked", "[fetcher]") {
    Endpoints endpoints(2);
    endpoints.failed(0, kNow);
    endpoints.failed(1, kNow + 1s);
    CHECK_FALSE(endpoints.has_rested(kNow + 2s));
    CHECK(endpoints.choose(kNow + 2s) == 0);
    CHECK(endpoints.choose_other(0, kNow + 2s) == 1);
    CHECK(endpoints.has_rested(kNow + 10s));
}

TEST_CASE("endpoints: one that works is well again", "[fetcher]") {
    Endpoints endpoints(2);
    endpoints.failed(0, kNow);
    endpoints.worked(0);
    CHECK(endpoints.choose(kNow) == 0);
    CHECK(endpoints.well(0));
}

TEST_CASE("endpoints: the only one is its own alternative", "[fetcher]") {
    Endpoints endpoints(1);
    CHECK(endpoints.choose_other(0, kNow) == 0);
    endpoints.failed(0, kNow);
    CHECK(endpoints.choose(kNow) == 0);
}

}  // namespace
}  // namespace dz::fetcher
