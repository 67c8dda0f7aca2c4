#include "wallet/path.hpp"

#include <fmt/format.h>

#include <charconv>

namespace dz::wallet {

namespace {

constexpr std::size_t kMostSteps = 255;

Result<ChildNumber> parse_step(std::string_view text) {
    ChildNumber step;
    if (text.ends_with('\'') || text.ends_with('h')) {
        step.hardened = true;
        text.remove_suffix(1);
    }
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, step.index);
    if (error == std::errc::invalid_argument || stop != end)
        return fail(Fault::InvalidDerivationPath,
                    fmt::format("\"{}\" is no step of a path; write a number, hardened as in 44'", text));
    if (error != std::errc{} || step.index > kLastIndex)
        return fail(Fault::InvalidChildNumber, fmt::format("child number {} is above {}", text, kLastIndex));
    return step;
}

}  // namespace

Result<Path> parse_path(std::string_view text) {
    if (text != "m" && !text.starts_with("m/"))
        return fail(Fault::InvalidDerivationPath, "a path starts with m, as in m/44'/501'");
    Path path;
    for (text.remove_prefix(1); !text.empty();) {
        text.remove_prefix(1);
        const std::string_view step = text.substr(0, text.find('/'));
        TRY(const ChildNumber child, parse_step(step));
        if (path.size() == kMostSteps)
            return fail(Fault::InvalidDerivationPath,
                        fmt::format("a path of more than {} steps", kMostSteps));
        path.push_back(child);
        text.remove_prefix(step.size());
    }
    return path;
}

std::string to_string(const Path& path) {
    std::string out = "m";
    for (const ChildNumber& step : path) out += fmt::format("/{}{}", step.index, step.hardened ? "'" : "");
    return out;
}

}  // namespace dz::wallet
