#include "chain/program/text_rules.hpp"

#include <locale.h>
#include <wctype.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "ledger/limits.hpp"

namespace dz::program {

using ledger::ProgramError;

namespace {

/// Character classes of all scripts, whatever the process's own locale is.
::locale_t unicode() {
    static const ::locale_t locale = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return locale;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
char ascii_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
char ascii_upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

struct CodePoint {
    char32_t value;
    std::size_t size;
};

/// The first code point of `text`, which must not be empty; nullopt when it is not UTF-8.
std::optional<CodePoint> first_code_point(std::string_view text) {
    const auto lead = static_cast<std::uint8_t>(text[0]);
    if (lead < 0x80) return CodePoint{lead, 1};
    const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return std::nullopt;
    char32_t value = lead & (0xffU >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) {
        const auto next = static_cast<std::uint8_t>(text[i]);
        if ((next & 0xc0) != 0x80) return std::nullopt;
        value = (value << 6) | (next & 0x3fU);
    }
    return CodePoint{value, size};
}

void append_utf8(std::string& out, char32_t value) {
    const auto tail = [&](unsigned shift) {
        out.push_back(static_cast<char>(0x80 | ((value >> shift) & 0x3f)));
    };
    if (value < 0x80) {
        out.push_back(static_cast<char>(value));
    } else if (value < 0x800) {
        out.push_back(static_cast<char>(0xc0 | (value >> 6)));
        tail(0);
    } else if (value < 0x10000) {
        out.push_back(static_cast<char>(0xe0 | (value >> 12)));
        tail(6);
        tail(0);
    } else {
        out.push_back(static_cast<char>(0xf0 | (value >> 18)));
        tail(12);
        tail(6);
        tail(0);
    }
}

bool is_code_character(char32_t c) {
    if (c == ':' || c == '_' || c == '-') return true;
    return ::iswalnum_l(static_cast<::wint_t>(c), unicode()) != 0;
}

/// Takes `count` numbers separated by '/' off the front of `text`.
bool take_numbers(std::string_view& text, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        if (i > 0) {
            if (text.empty() || text.front() != '/') return false;
            text.remove_prefix(1);
        }
        const auto digits = static_cast<std::size_t>(std::ranges::find_if_not(text, is_digit) - text.begin());
        if (digits == 0) return false;
        text.remove_prefix(digits);
    }
    return true;
}

struct InterfaceKind {
    std::string_view shorthand;
    std::string_view name;
    std::size_t min_numbers;
    std::size_t max_numbers;
};
constexpr std::array kInterfaceKinds = {
    InterfaceKind{"et", "ethernet", 1, 2}, InterfaceKind{"sw", "switch", 3, 3},
    InterfaceKind{"lo", "loopback", 1, 1}, InterfaceKind{"po", "port-channel", 1, 1},
    InterfaceKind{"vl", "vlan", 1, 1},
};

/// What stands behind the kind's name: numbers, then perhaps ".number".
bool is_position(std::string_view text, const InterfaceKind& kind) {
    const auto slashes = static_cast<std::size_t>(std::ranges::count(text, '/'));
    const std::size_t numbers = slashes + 1;
    if (numbers < kind.min_numbers || numbers > kind.max_numbers || !take_numbers(text, numbers))
        return false;
    if (text.empty()) return true;
    if (text.front() != '.') return false;
    text.remove_prefix(1);
    return take_numbers(text, 1) && text.empty();
}

}  // namespace

Outcome check_code(std::string_view code) {
    while (!code.empty()) {
        const auto next = first_code_point(code);
        if (!next || !is_code_character(next->value)) return reject(ProgramError::InvalidAccountCode);
        code.remove_prefix(next->size);
    }
    return {};
}

std::string to_lower(std::string_view text) {
    std::string lower;
    lower.reserve(text.size());
    while (!text.empty()) {
        const auto next = first_code_point(text);
        if (!next) {
            lower.push_back(text.front());
            text.remove_prefix(1);
            continue;
        }
        append_utf8(lower,
                    static_cast<char32_t>(::towlower_l(static_cast<::wint_t>(next->value), unicode())));
        text.remove_prefix(next->size);
    }
    return lower;
}

Expected<std::string> normalize_interface_name(std::string_view name) {
    std::string lower(name);
    std::ranges::transform(lower, lower.begin(), ascii_lower);
    for (const InterfaceKind& kind : kInterfaceKinds) {
        for (const std::string_view prefix : {kind.name, kind.shorthand}) {
            if (!lower.starts_with(prefix)) continue;
            const std::string position = lower.substr(prefix.size());
            if (!is_position(position, kind)) continue;
            std::string normal(kind.name);
            normal.front() = ascii_upper(normal.front());
            return normal + position;
        }
    }
    return reject(ProgramError::InvalidInterfaceName);
}

ledger::InterfaceType interface_type(std::string_view name) {
    return name.starts_with("Loopback") ? ledger::InterfaceType::Loopback : ledger::InterfaceType::Physical;
}

bool same_interface_name(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, {}, ascii_lower, ascii_lower);
}

Expected<std::string> normalize_topology_name(std::string_view name) {
    if (name.size() > ledger::kMaxTopologyNameBytes) return reject(ProgramError::NameTooLong);
    std::string upper(name);
    std::ranges::transform(upper, upper.begin(), ascii_upper);
    const auto is_letter = [](char c) { return c >= 'A' && c <= 'Z'; };
    if (upper.empty() || !is_letter(upper.front())) return reject(ProgramError::InvalidName);
    if (!std::ranges::all_of(upper, [&](char c) { return is_letter(c) || is_digit(c) || c == '-'; })) {
        return reject(ProgramError::InvalidName);
    }
    return upper;
}

}  // namespace dz::program
