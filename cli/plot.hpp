// cli/plot.hpp: round-trip times as pictures made of characters. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace dz::cli {

using RoundTripTime = std::chrono::nanoseconds;

/// "▁▁▃▁×█": one character for each echo, from the least of them to the greatest; × for one that was lost.
/// Equal ones are all at the bottom.
std::string sparkline(std::span<const std::optional<RoundTripTime>> echoes);

/// One line of a histogram.
struct Bin {
    std::string label;  ///< "2 - 5 ms", "unreachable"
    std::size_t count = 0;
    std::string bar;  ///< as long as `count` is large, compared with the other bins
    bool operator==(const Bin&) const = default;
};
/// How many addresses are how far away: bounds of 1, 2, 5, 10, 20, 50, ... ms from the nearest to the
/// farthest, empty ones in between included; then the unreachable, where there are any.
std::vector<Bin> histogram(std::span<const std::optional<RoundTripTime>> distances);

}  // namespace dz::cli
