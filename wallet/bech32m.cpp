#include "wallet/bech32m.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ranges>

namespace dz::wallet {

namespace {

constexpr std::string_view kAlphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
constexpr std::size_t kMostCharacters = 90;
constexpr std::size_t kChecksumWords = 6;
constexpr std::uint32_t kBech32m = 0x2bc830a3;
constexpr std::uint32_t kOlderBech32 = 1;

/// The remainder of the code's polynomial; each word is one step.
class Checksum {
  public:
    explicit Checksum(std::string_view prefix) {
        for (const char c : prefix) add(static_cast<std::uint8_t>(c) >> 5U);
        add(0);
        for (const char c : prefix) add(static_cast<std::uint8_t>(c) & 31U);
    }
    void add(std::uint8_t word) {
        constexpr std::array<std::uint32_t, 5> kGenerator = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
                                                             0x2a1462b3};
        const std::uint32_t top = value_ >> 25U;
        value_ = (value_ & 0x1ffffffU) << 5U ^ word;
        for (std::size_t i = 0; i < kGenerator.size(); ++i) {
            if ((top >> i & 1U) != 0) value_ ^= kGenerator[i];
        }
    }
    std::uint32_t value() const { return value_; }

  private:
    std::uint32_t value_ = 1;
};

bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}
bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}
char lowered(char c) {
    return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
}

Result<Bytes> words_in(std::string_view text) {
    Bytes words;
    for (const char c : text) {
        const std::size_t word = kAlphabet.find(c);
        if (word == std::string_view::npos) return fail(Fault::Bech32, "not a bech32 character");
        words.push_back(static_cast<std::uint8_t>(word));
    }
    return words;
}

}  // namespace

std::string encode(const Bech32m& parts) {
    Checksum checksum(parts.prefix);
    std::string out = parts.prefix + "1";
    for (const std::uint8_t word : parts.words) {
        checksum.add(word);
        out += kAlphabet[word];
    }
    for (std::size_t i = 0; i < kChecksumWords; ++i) checksum.add(0);
    const std::uint32_t value = checksum.value() ^ kBech32m;
    for (std::size_t i = 0; i < kChecksumWords; ++i) out += kAlphabet[value >> (25 - 5 * i) & 31U];
    return out;
}

Result<Bech32m> parse_bech32m(std::string_view text) {
    if (text.size() > kMostCharacters)
        return fail(Fault::Bech32, fmt::format("{} characters, at most {}", text.size(), kMostCharacters));
    if (std::ranges::any_of(text, [](char c) { return c < 33 || c > 126; }))
        return fail(Fault::Bech32, "a character that is not printable ASCII");
    if (std::ranges::any_of(text, is_upper) && std::ranges::any_of(text, is_lower))
        return fail(Fault::Bech32, "upper and lower case are mixed");
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), lowered);
    const std::size_t separator = lower.rfind('1');
    if (separator == std::string::npos || separator == 0) return fail(Fault::Bech32, "no prefix before a 1");
    if (lower.size() - separator - 1 < kChecksumWords) return fail(Fault::Bech32, "too short for a checksum");

    TRY(Bytes words, words_in(std::string_view(lower).substr(separator + 1)));
    lower.resize(separator);
    Checksum checksum(lower);
    for (const std::uint8_t word : words) checksum.add(word);
    if (checksum.value() == kOlderBech32)
        return fail(Fault::Bech32, "the checksum is that of bech32, not of bech32m");
    if (checksum.value() != kBech32m)
        return fail(Fault::Bech32, "the checksum does not fit; a character is wrong or missing");
    words.resize(words.size() - kChecksumWords);
    return Bech32m{.prefix = std::move(lower), .words = std::move(words)};
}

Bytes to_words(ByteView bytes) {
    Bytes words;
    std::uint32_t group = 0;
    unsigned bits = 0;
    for (const std::uint8_t byte : bytes) {
        group = (group << 8U | byte) & 0xfffU;
        for (bits += 8; bits >= 5; bits -= 5) words.push_back(group >> (bits - 5) & 31U);
    }
    if (bits > 0) words.push_back(group << (5 - bits) & 31U);
    return words;
}

Result<Bytes> from_words(ByteView words) {
    Bytes bytes;
    std::uint32_t group = 0;
    unsigned bits = 0;
    for (const std::uint8_t word : words) {
        group = (group << 5U | word) & 0xfffU;
        bits += 5;
        if (bits < 8) continue;
        bits -= 8;
        bytes.push_back(static_cast<std::uint8_t>(group >> bits));
    }
    if (bits >= 5) return fail(Fault::Bech32, "a word more than the bytes need");
    if ((group & ((1U << bits) - 1)) != 0) return fail(Fault::Bech32, "padding that is not zero");
    return bytes;
}

}  // namespace dz::wallet
