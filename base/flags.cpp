#include "base/flags.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>
#include <system_error>
#include <type_traits>
#include <utility>

namespace dz {

namespace {

struct Unit {
    std::string_view name;
    std::int64_t nanoseconds;
};
// Longer names first where one begins another.
constexpr Unit kUnits[] = {{"ns", 1},
                           {"us", 1'000},
                           {"\u00b5s", 1'000},
                           {"ms", 1'000'000},
                           {"s", 1'000'000'000},
                           {"m", 60'000'000'000},
                           {"h", 3'600'000'000'000}};

/// Cuts "1.5" off the front of `text`; nothing when there is no number.
std::optional<long double> take_number(std::string_view& text) {
    std::size_t length = 0;
    bool digits = false;
    for (bool point = false; length < text.size(); ++length) {
        const char c = text[length];
        if (c == '.' && !point) {
            point = true;
            continue;
        }
        if (c < '0' || c > '9') break;
        digits = true;
    }
    if (!digits) return std::nullopt;
    const std::string number(text.substr(0, length));
    text.remove_prefix(length);
    return std::strtold(number.c_str(), nullptr);
}

/// Cuts "ms" off the front of `text`: up to the next digit or point, as a whole.
const Unit* take_unit(std::string_view& text) {
    const std::string_view name = text.substr(0, text.find_first_of(".0123456789"));
    for (const Unit& unit : kUnits) {
        if (unit.name != name) continue;
        text.remove_prefix(name.size());
        return &unit;
    }
    return nullptr;
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
    const auto bad = [text] {
        return fail(Errc::BadValue, fmt::format("\"{}\" is not a duration such as 300ms, 1s or 1m30s", text));
    };
    std::string_view rest = text;
    const bool negative = rest.starts_with('-');
    if (negative || rest.starts_with('+')) rest.remove_prefix(1);
    if (rest == "0") return Duration::zero();
    if (rest.empty()) return bad();
    long double total = 0;
    while (!rest.empty()) {
        const auto number = take_number(rest);
        if (!number) return bad();
        const Unit* unit = take_unit(rest);
        if (unit == nullptr) return bad();
        total += *number * static_cast<long double>(unit->nanoseconds);
    }
    if (total > static_cast<long double>(std::numeric_limits<std::int64_t>::max())) return bad();
    const auto count = static_cast<std::int64_t>(std::round(total));
    return Duration(negative ? -count : count);
}

std::string to_string(Duration duration) {
    const std::int64_t count = duration.count();
    if (count == 0) return "0s";
    const std::string sign = count < 0 ? "-" : "";
    const std::uint64_t size =
        count < 0 ? 0 - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count);
    if (size < 1'000) return fmt::format("{}{}ns", sign, size);
    if (size < 1'000'000) return fmt::format("{}{:g}us", sign, static_cast<double>(size) / 1e3);
    if (size < 1'000'000'000) return fmt::format("{}{:g}ms", sign, static_cast<double>(size) / 1e6);
    const std::uint64_t minutes = size / 60'000'000'000U;
    const std::string seconds = fmt::format("{:.12g}s", static_cast<double>(size % 60'000'000'000U) / 1e9);
    if (minutes == 0) return sign + seconds;
    if (minutes < 60) return fmt::format("{}{}m{}", sign, minutes, seconds);
    return fmt::format("{}{}h{}m{}", sign, minutes / 60, minutes % 60, seconds);
}

namespace {

template <class T>
Result<T> parse_number(std::string_view text) {
    T value{};
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error == std::errc() && stop == end) return value;
    return fail(Errc::BadValue,
                fmt::format("\"{}\" is not a {}number{}", text, std::is_signed_v<T> ? "whole " : "natural ",
                            error == std::errc::result_out_of_range ? " in range" : ""));
}

Result<bool> parse_boolean(std::string_view text) {
    for (const std::string_view yes : {"true", "1", "t", "T", "TRUE", "True"})
        if (text == yes) return true;
    for (const std::string_view no : {"false", "0", "f", "F", "FALSE", "False"})
        if (text == no) return false;
    return fail(Errc::BadValue, fmt::format("\"{}\" is neither true nor false", text));
}

Result<> assign(bool* target, std::string_view text) {
    TRY(*target, parse_boolean(text));
    return {};
}
Result<> assign(std::string* target, std::string_view text) {
    *target = text;
    return {};
}
Result<> assign(std::int64_t* target, std::string_view text) {
    TRY(*target, parse_number<std::int64_t>(text));
    return {};
}
Result<> assign(std::uint64_t* target, std::string_view text) {
    TRY(*target, parse_number<std::uint64_t>(text));
    return {};
}
Result<> assign(Duration* target, std::string_view text) {
    TRY(*target, parse_duration(text));
    return {};
}

std::string show(const bool* value) {
    return *value ? "true" : "false";
}
std::string show(const std::string* value) {
    return *value;
}
std::string show(const std::int64_t* value) {
    return fmt::format("{}", *value);
}
std::string show(const std::uint64_t* value) {
    return fmt::format("{}", *value);
}
std::string show(const Duration* value) {
    return to_string(*value);
}

std::string_view kind(const FlagSet::Target& target) {
    constexpr std::string_view kKinds[] = {"", "text", "int", "uint", "duration"};
    return kKinds[target.index()];
}

}  // namespace

void FlagSet::add(std::string_view name, Target value, std::string_view help) {
    std::string fallback = std::visit([](const auto* target) { return show(target); }, value);
    const bool added = flags_.try_emplace(name, Flag{value, help, std::move(fallback)}).second;
    DZ_ASSERT(added);
}

void FlagSet::add_unavailable(std::string_view name, Target value, std::string_view help) {
    add(name, value, help);
    flags_.at(name).available = false;
}

Result<FlagSet::Outcome> FlagSet::parse(std::span<const std::string_view> arguments) {
    for (auto& [name, flag] : flags_) flag.given = false;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string_view argument = arguments[i];
        if (argument == "--" && i + 1 == arguments.size()) break;
        if (argument.size() < 2 || !argument.starts_with('-') || argument == "--")
            return fail(Errc::BadValue,
                        fmt::format("unexpected argument \"{}\" (a boolean is written -name=false)",
                                    argument == "--" ? arguments[i + 1] : argument));
        const std::string_view body = argument.substr(argument.starts_with("--") ? 2 : 1);
        const std::size_t equals = body.find('=');
        const std::string_view name = body.substr(0, equals);
        if (name.empty() || name.starts_with('-'))
            return fail(Errc::BadValue, fmt::format("bad flag \"{}\"", argument));
        const auto found = flags_.find(name);
        if (found == flags_.end()) {
            if (name == "h" || name == "help") return Outcome::Help;
            return fail(Errc::BadValue, fmt::format("unknown flag -{}", name));
        }
        Flag& flag = found->second;
        std::string_view value = "true";
        if (equals != std::string_view::npos) {
            value = body.substr(equals + 1);
        } else if (!std::holds_alternative<bool*>(flag.target)) {
            if (++i == arguments.size())
                return fail(Errc::BadValue, fmt::format("flag -{} needs a value", name));
            value = arguments[i];
        }
        if (auto done = set(name, value); !done)
            return wrap(std::move(done).error(), fmt::format("flag -{}", name));
    }
    return Outcome::Run;
}

Result<> FlagSet::set(std::string_view name, std::string_view value) {
    const auto found = flags_.find(name);
    if (found == flags_.end()) return fail(Errc::NotFound, fmt::format("there is no flag -{}", name));
    Flag& flag = found->second;
    TRY_OK(std::visit([value](auto* target) { return assign(target, value); }, flag.target));
    flag.given = true;
    return {};
}

bool FlagSet::is_given(std::string_view name) const {
    const auto found = flags_.find(name);
    return found != flags_.end() && found->second.given;
}

std::vector<std::string> FlagSet::unavailable() const {
    std::vector<std::string> names;
    for (const auto& [name, flag] : flags_) {
        const auto* const* const boolean = std::get_if<bool*>(&flag.target);
        const bool asks = flag.given && (boolean == nullptr || **boolean);
        if (!flag.available && asks) names.emplace_back(name);
    }
    return names;
}

std::map<std::string, std::string> FlagSet::values() const {
    std::map<std::string, std::string> values;
    for (const auto& [name, flag] : flags_)
        values.emplace(name, std::visit([](const auto* target) { return show(target); }, flag.target));
    return values;
}

std::string FlagSet::usage(std::string_view program) const {
    std::string out = fmt::format("Usage of {}:\n", program);
    for (const auto& [name, flag] : flags_) {
        const std::string_view value = kind(flag.target);
        out += fmt::format("  -{}{}{}\n      {}{}", name, value.empty() ? "" : " ", value, flag.help,
                           flag.available ? "" : " (not in this build)");
        const bool worth_telling = !flag.fallback.empty() && flag.fallback != "false";
        out += worth_telling ? fmt::format(" (default {})\n", flag.fallback) : "\n";
    }
    return out;
}

}  // namespace dz
