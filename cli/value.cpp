#include "cli/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

namespace dz::cli {

namespace {

bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}
bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}
char to_lower(char c) {
    return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
}

/// The whole of `text` as a finite number.
std::optional<double> number_of(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
        return std::nullopt;
    return value;
}

constexpr double kMinDelayMs = 0.01;
constexpr double kMaxDelayMs = 1000;
constexpr double kNanosecondsPerMs = 1e6;

}  // namespace

std::string kebab_case(std::string_view name) {
    std::string out;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const bool after_lower = i > 0 && is_lower(name[i - 1]);
        const bool before_lower = i + 1 < name.size() && is_lower(name[i + 1]);
        const bool after_letter = i > 0 && (is_lower(name[i - 1]) || is_upper(name[i - 1]));
        if (is_upper(name[i]) && (after_lower || (after_letter && before_lower))) out += '-';
        out += name[i] == '_' ? '-' : to_lower(name[i]);
    }
    return out;
}

Result<std::string> parse_code(std::string_view text) {
    const auto allowed = [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte >= 0x80 || std::isalnum(byte) != 0 || c == '_' || c == '-' || c == ':';
    };
    if (!text.empty() && std::ranges::all_of(text, allowed)) return std::string(text);
    return fail(Errc::BadValue, "a code has letters, digits, '-', '_' and ':' only");
}

Result<std::uint64_t> parse_bandwidth(std::string_view text) {
    struct Unit {
        std::string_view name;
        double factor;
    };
    static constexpr std::array kUnits{Unit{"kbps", 1e3}, Unit{"mbps", 1e6}, Unit{"gbps", 1e9},
                                       Unit{"bps", 1}};
    std::string plain;
    for (const char c : text) {
        if (c != ' ') plain += to_lower(c);
    }
    for (const Unit& unit : kUnits) {
        if (!plain.ends_with(unit.name)) continue;
        const auto number = number_of(std::string_view(plain).substr(0, plain.size() - unit.name.size()));
        if (!number || *number < 0 || *number * unit.factor > 1e18) break;
        return static_cast<std::uint64_t>(std::llround(*number * unit.factor));
    }
    return fail(Errc::BadValue, "a bandwidth is a number and bps, kbps, mbps or gbps, for example 10gbps");
}

Result<std::uint64_t> parse_delay(std::string_view text) {
    const auto number = number_of(text);
    if (!number || *number < kMinDelayMs || *number > kMaxDelayMs)
        return fail(Errc::BadValue, "not a number of milliseconds from 0.01 to 1000");
    return static_cast<std::uint64_t>(std::llround(*number * kNanosecondsPerMs));
}

Result<std::uint64_t> parse_delay_or_zero(std::string_view text) {
    if (number_of(text) == 0.0) return 0;
    return parse_delay(text);
}

Result<bool> Value<bool>::parse(std::string_view text) {
    if (text == "true") return true;
    if (text == "false") return false;
    return fail(Errc::BadValue, "neither true nor false");
}

Result<double> Value<double>::parse(std::string_view text) {
    if (const auto number = number_of(text)) return *number;
    return fail(Errc::BadValue, "not a number");
}

Result<Asn> Value<Asn>::parse(std::string_view text) {
    TRY(const auto number, Value<std::uint32_t>::parse(text));
    return Asn{number};
}

Result<KeyOrMe> Value<KeyOrMe>::parse(std::string_view text) {
    if (text == "me") return KeyOrMe{};
    TRY(const auto key, ledger::PublicKey::parse(text));
    return KeyOrMe{key};
}

Result<ledger::Version> Value<ledger::Version>::parse(std::string_view text) {
    std::array<std::uint32_t, 3> parts{};
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const std::size_t dot = i + 1 < parts.size() ? text.find('.') : text.size();
        if (dot == std::string_view::npos) return fail(Errc::BadValue, "not a version such as 0.30.0");
        TRY(parts[i], Value<std::uint32_t>::parse(text.substr(0, dot)));
        text.remove_prefix(std::min(dot + 1, text.size()));
    }
    return ledger::Version{parts[0], parts[1], parts[2]};
}

}  // namespace dz::cli
