#include "cli/plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace dz::cli {

namespace {

constexpr std::array<std::string_view, 8> kLevels{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::string_view kLost = "×";
constexpr std::size_t kLongestBar = 40;

/// Upper bounds of bins, in milliseconds; what is farther away goes into the last bin.
constexpr std::array<int, 10> kBounds{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000};

std::size_t bin_of(RoundTripTime distance) {
    const auto* const bound = std::ranges::find_if(
        kBounds, [distance](int milliseconds) { return distance < std::chrono::milliseconds(milliseconds); });
    return static_cast<std::size_t>(bound - kBounds.begin());
}

std::string label_of(std::size_t bin) {
    if (bin == kBounds.size()) return fmt::format("over {} ms", kBounds.back());
    return fmt::format("{} - {} ms", bin == 0 ? 0 : kBounds[bin - 1], kBounds[bin]);
}

std::string bar(std::size_t count, std::size_t greatest) {
    std::string out;
    // Whoever is there at all is seen.
    const std::size_t length = count == 0 ? 0 : std::max<std::size_t>(count * kLongestBar / greatest, 1);
    for (std::size_t i = 0; i < length; ++i) out += kLevels.back();
    return out;
}

}  // namespace

std::string sparkline(std::span<const std::optional<RoundTripTime>> echoes) {
    RoundTripTime least = RoundTripTime::max(), greatest = RoundTripTime::min();
    for (const auto& echo : echoes) {
        if (!echo) continue;
        least = std::min(least, *echo);
        greatest = std::max(greatest, *echo);
    }
    std::string out;
    for (const auto& echo : echoes) {
        if (!echo) {
            out += kLost;
            continue;
        }
        const double part = greatest == least ? 0
                                              : static_cast<double>((*echo - least).count()) /
                                                    static_cast<double>((greatest - least).count());
        out += kLevels[std::min(static_cast<std::size_t>(part * kLevels.size()), kLevels.size() - 1)];
    }
    return out;
}

std::vector<Bin> histogram(std::span<const std::optional<RoundTripTime>> distances) {
    std::array<std::size_t, kBounds.size() + 1> counts{};
    std::size_t unreachable = 0, first = counts.size(), last = 0;
    for (const auto& distance : distances) {
        if (!distance) {
            ++unreachable;
            continue;
        }
        const std::size_t bin = bin_of(*distance);
        ++counts[bin];
        first = std::min(first, bin);
        last = std::max(last, bin);
    }
    const std::size_t greatest = std::max(unreachable, *std::ranges::max_element(counts));
    std::vector<Bin> out;
    for (std::size_t bin = first; bin <= last && bin < counts.size(); ++bin)
        out.push_back({.label = label_of(bin), .count = counts[bin], .bar = bar(counts[bin], greatest)});
    if (unreachable > 0)
        out.push_back({.label = "unreachable", .count = unreachable, .bar = bar(unreachable, greatest)});
    return out;
}

}  // namespace dz::cli
