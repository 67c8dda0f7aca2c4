#include "base/encoding.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include <fmt/format.h>

namespace dz {

namespace {

constexpr std::string_view kBase58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kForeign = 0xff;

/// Character to digit, `kForeign` for all that are not in the alphabet.
constexpr std::array<std::uint8_t, 256> digits_of(std::string_view alphabet) {
    std::array<std::uint8_t, 256> table{};
    table.fill(kForeign);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    return table;
}

constexpr auto kBase58Digits = digits_of(kBase58);
constexpr auto kBase64Digits = digits_of(kBase64);

/// `number` = `number` * `factor` + `carry`, little-endian digits of base `base`.
void multiply_add(Bytes& number, std::uint32_t factor, std::uint32_t base, std::uint32_t carry) {
    for (std::uint8_t& digit : number) {
        carry += factor * digit;
        digit = static_cast<std::uint8_t>(carry % base);
        carry /= base;
    }
    for (; carry != 0; carry /= base) number.push_back(static_cast<std::uint8_t>(carry % base));
}

/// 58^5: as many digits as one division by a 32-bit number yields.
constexpr std::uint32_t kFiveDigits = 58U * 58 * 58 * 58 * 58;

/// A big-endian number as 32-bit limbs, the most significant first.
std::vector<std::uint32_t> to_limbs(ByteView number) {
    std::vector<std::uint32_t> limbs((number.size() + 3) / 4);
    for (std::size_t i = 0; i < number.size(); ++i) {
        const std::size_t place = number.size() - 1 - i;
        limbs[limbs.size() - 1 - place / 4] |= std::uint32_t{number[i]} << place % 4 * 8;
    }
    return limbs;
}

/// Leaves the quotient in `number` and returns the remainder.
std::uint32_t divide(std::span<std::uint32_t> number, std::uint32_t divisor) {
    std::uint64_t remainder = 0;
    for (std::uint32_t& limb : number) {
        remainder = remainder << 32U | limb;
        limb = static_cast<std::uint32_t>(remainder / divisor);
        remainder %= divisor;
    }
    return static_cast<std::uint32_t>(remainder);
}

}  // namespace

std::string to_base58(ByteView bytes) {
    const auto first = std::ranges::find_if(bytes, [](std::uint8_t byte) { return byte != 0; });
    const auto zeros = static_cast<std::size_t>(first - bytes.begin());
    std::vector<std::uint32_t> limbs = to_limbs(bytes.subspan(zeros));
    std::string out;  // the last digit first
    out.reserve(zeros + limbs.size() * 6);
    for (std::span<std::uint32_t> number = limbs; !number.empty();) {
        std::uint32_t digits = divide(number, kFiveDigits);
        for (int i = 0; i < 5; ++i, digits /= 58) out += kBase58[digits % 58];
        if (number.front() == 0) number = number.subspan(1);
    }
    while (out.ends_with(kBase58[0])) out.pop_back();
    out.append(zeros, kBase58[0]);
    std::ranges::reverse(out);
    return out;
}

Result<Bytes> from_base58(std::string_view text) {
    return from_base58_long(text, 128);
}

Result<Bytes> from_base58_long(std::string_view text, std::size_t max_characters) {
    if (text.size() > max_characters)
        return fail(Errc::LimitExceeded,
                    fmt::format("base58 text of {} characters, at most {}", text.size(), max_characters));
    const std::size_t zeros = std::min(text.find_first_not_of(kBase58[0]), text.size());
    Bytes number;
    for (const char c : text.substr(zeros)) {
        const std::uint8_t digit = kBase58Digits[static_cast<unsigned char>(c)];
        if (digit == kForeign) return fail(Errc::BadValue, "not a base58 character");
        multiply_add(number, 58, 256, digit);
    }
    number.insert(number.end(), zeros, 0);
    std::ranges::reverse(number);
    return number;
}

void append_base64(ByteView bytes, std::string& out) {
    std::size_t at = out.size();
    out.resize(at + (bytes.size() + 2) / 3 * 4, '=');
    const auto put = [&](std::uint32_t group, unsigned characters) {
        for (unsigned i = 0; i < characters; ++i) out[at++] = kBase64[group >> (18 - 6 * i) & 63U];
    };
    for (; bytes.size() >= 3; bytes = bytes.subspan(3))
        put(std::uint32_t{bytes[0]} << 16U | std::uint32_t{bytes[1]} << 8U | bytes[2], 4);
    if (bytes.size() == 2) put(std::uint32_t{bytes[0]} << 16U | std::uint32_t{bytes[1]} << 8U, 3);
    if (bytes.size() == 1) put(std::uint32_t{bytes[0]} << 16U, 2);
}

std::string to_base64(ByteView bytes) {
    std::string out;
    append_base64(bytes, out);
    return out;
}

Result<Bytes> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) return fail(Errc::BadValue, "base64 text whose length is no multiple of 4");
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    text.remove_suffix(padding);
    Bytes out;
    out.reserve(text.size() / 4 * 3 + 2);
    std::uint32_t group = 0;
    unsigned bits = 0;
    for (const char c : text) {
        const std::uint8_t digit = kBase64Digits[static_cast<unsigned char>(c)];
        if (digit == kForeign) return fail(Errc::BadValue, "not a base64 character");
        group = group << 6U | digit;
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        out.push_back(static_cast<std::uint8_t>(group >> bits));
        group &= (1U << bits) - 1;
    }
    // One value, one text: bits that belong to no byte must be zero.
    if (group != 0) return fail(Errc::BadValue, "base64 text with bits after its end");
    return out;
}

}  // namespace dz
