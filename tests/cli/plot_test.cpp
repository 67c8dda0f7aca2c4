// Tests for pictures made of characters.
#include "cli/plot.hpp"

#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>

#include "cli/table.hpp"

using namespace dz::cli;
using namespace std::chrono_literals;

namespace {

using Echoes = std::vector<std::optional<RoundTripTime>>;

}  // namespace

TEST_CASE("sparkline: from the least to the greatest, and a cross for what was lost", "[cli]") {
    CHECK(sparkline(Echoes{1ms, 2ms, std::nullopt, 9ms}) == "▁▂×█");
    CHECK(sparkline(Echoes{5ms, 5ms, 5ms}) == "▁▁▁");
    CHECK(sparkline(Echoes{std::nullopt}) == "×");
    CHECK(sparkline(Echoes{}).empty());
}

TEST_CASE("sparkline: one column for each echo", "[cli]") {
    rc::prop("as wide as there are echoes", [](const std::vector<std::uint32_t>& times) {
        Echoes echoes;
        for (const std::uint32_t time : times)
            echoes.push_back(time % 5 == 0 ? std::nullopt : std::optional(RoundTripTime(time)));
        RC_ASSERT(display_width(sparkline(echoes)) == echoes.size());
    });
}

TEST_CASE("histogram: bins from the nearest to the farthest, gaps included, then the unreachable", "[cli]") {
    const auto bins = histogram(Echoes{500us, 700us, 7ms, std::nullopt});
    REQUIRE(bins.size() == 5);
    CHECK(bins[0].label == "0 - 1 ms");
    CHECK(bins[0].count == 2);
    CHECK(display_width(bins[0].bar) == 40);
    CHECK(bins[1] == Bin{.label = "1 - 2 ms", .count = 0, .bar = ""});
    CHECK(bins[3].label == "5 - 10 ms");
    CHECK(display_width(bins[3].bar) == 20);
    CHECK(bins[4].label == "unreachable");
}

TEST_CASE("histogram: bounds, the far end, nothing but unreachable, and nothing at all", "[cli]") {
    CHECK(histogram(Echoes{1ms}).at(0).label == "1 - 2 ms");
    CHECK(histogram(Echoes{3s}).at(0).label == "over 1000 ms");
    CHECK(histogram(Echoes{std::nullopt}).size() == 1);
    CHECK(histogram(Echoes{}).empty());
}

TEST_CASE("histogram: one in a crowd is still seen", "[cli]") {
    Echoes many(1000, RoundTripTime(1ms));
    many.emplace_back(5ms);
    CHECK(display_width(histogram(many).back().bar) == 1);
}
