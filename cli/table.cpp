#include "cli/table.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/result.hpp"

namespace dz::cli {

namespace {

struct Range {
    char32_t first, last;
};

/// Wide by East Asian Width or by emoji presentation; the ranges that occur in practice.
constexpr std::array<Range, 12> kWide{{{0x1100, 0x115f},
                                       {0x26a1, 0x26a1},
                                       {0x2705, 0x2705},
                                       {0x274c, 0x274c},
                                       {0x2e80, 0x303e},
                                       {0x3041, 0xa4cf},
                                       {0xac00, 0xd7a3},
                                       {0xf900, 0xfaff},
                                       {0xfe30, 0xfe6f},
                                       {0xff00, 0xff60},
                                       {0x1f300, 0x1faff},
                                       {0x20000, 0x3fffd}}};
constexpr char32_t kEmojiPresentation = 0xfe0f;  ///< makes the character before it an emoji
constexpr char32_t kReplacement = 0xfffd;

/// Takes one character off the front; damaged bytes give U+FFFD one by one.
char32_t next_character(std::string_view& text) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const std::uint8_t lead = byte(0);
    const std::size_t length = lead < 0x80       ? 1
                               : lead >> 5 == 6  ? 2
                               : lead >> 4 == 14 ? 3
                               : lead >> 3 == 30 ? 4
                                                 : 0;
    if (length == 0 || length > text.size()) {
        text.remove_prefix(1);
        return kReplacement;
    }
    char32_t value = length == 1 ? lead : lead & (0xffU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if (byte(i) >> 6 != 2) {
            text.remove_prefix(i);
            return kReplacement;
        }
        value = value << 6 | (byte(i) & 0x3fU);
    }
    text.remove_prefix(length);
    return value;
}

bool is_wide(char32_t c) {
    return std::ranges::any_of(kWide,
                               [c](const Range& range) { return c >= range.first && c <= range.last; });
}

std::string padded(std::string_view text, std::size_t width) {
    std::string out(text);
    out.append(width - std::min(width, display_width(text)), ' ');
    return out;
}

}  // namespace

std::size_t display_width(std::string_view text) {
    std::size_t width = 0;
    std::size_t last = 0;
    while (!text.empty()) {
        const char32_t c = next_character(text);
        if (c == kEmojiPresentation) {
            width += 2 - last;
            last = 2;
            continue;
        }
        last = is_wide(c) ? 2 : 1;
        width += last;
    }
    return width;
}

Table::Table(std::vector<std::string> header) {
    rows_.push_back(std::move(header));
}

void Table::add(std::vector<std::string> cells) {
    DZ_ASSERT(cells.size() == rows_.front().size());
    rows_.push_back(std::move(cells));
}

void Table::print(std::ostream& out) const {
    std::vector<std::size_t> widths(rows_.front().size(), 0);
    for (const auto& row : rows_) {
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
    }
    for (const auto& row : rows_) {
        for (std::size_t i = 0; i < row.size(); ++i)
            out << (i == 0 ? " " : "| ") << padded(row[i], widths[i]) << " ";
        out << "\n";
    }
}

void print_boxed(std::ostream& out, std::string_view title, const std::vector<std::string>& cells) {
    std::size_t width = display_width(title);
    for (const std::string& cell : cells) width = std::max(width, display_width(cell));
    const std::string rule = "+" + std::string(width + 2, '-') + "+\n";
    out << rule << "| " << padded(title, width) << " |\n" << rule;
    for (const std::string& cell : cells) out << "| " << padded(cell, width) << " |\n";
    if (!cells.empty()) out << rule;
}

void print_details(std::ostream& out, const std::vector<std::pair<std::string, std::string>>& fields) {
    std::size_t width = 0;
    for (const auto& [name, value] : fields) width = std::max(width, display_width(name));
    for (const auto& [name, value] : fields) out << " " << padded(name, width) << " | " << value << "\n";
}

}  // namespace dz::cli
