#include "wallet/mnemonic.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <span>

#include "wallet/hash.hpp"

namespace dz::wallet {

namespace {

constexpr std::size_t kWords = 2048;
constexpr unsigned kBitsOfWord = 11;
constexpr std::size_t kMostWords = 24;
constexpr std::size_t kLongestWord = 8;
constexpr std::size_t kMostEntropy = 32;

constexpr std::string_view kText =
#include "wallet/english_words.inc"
    ;

constexpr std::array<std::string_view, kWords> split(std::string_view text) {
    std::array<std::string_view, kWords> out;
    for (std::string_view& word : out) {
        word = text.substr(0, text.find(' '));
        text.remove_prefix(word.size() + 1);
    }
    return out;
}

constexpr auto kEnglish = split(kText);
static_assert(std::ranges::is_sorted(kEnglish));

constexpr std::string_view kCounts = "12, 15, 18, 21 or 24";

bool is_count(std::size_t words) {
    return words >= 12 && words <= kMostWords && words % 3 == 0;
}

/// Of three words, 32 bits are entropy and one is checksum.
std::size_t entropy_bytes(std::size_t words) {
    return words / 3 * 4;
}

/// Entropy and the first bits of its hash, as far as words need them.
Secret<kMostEntropy + 1> with_checksum(ByteView entropy) {
    Secret<kMostEntropy + 1> out;
    std::ranges::copy(entropy, out.mutable_view().begin());
    out.mutable_view()[entropy.size()] = sha256(entropy)[0];
    return out;
}

/// The word at a place among bits: 11 of them, the most significant first.
std::size_t word_at(ByteView bits, std::size_t place) {
    std::size_t word = 0;
    for (std::size_t bit = place * kBitsOfWord; bit < (place + 1) * kBitsOfWord; ++bit)
        word = word << 1U | (bits[bit / 8] >> (7 - bit % 8) & 1U);
    return word;
}

void put_word(std::span<std::uint8_t> bits, std::size_t place, std::size_t word) {
    for (unsigned i = 0; i < kBitsOfWord; ++i) {
        const std::size_t bit = place * kBitsOfWord + i;
        const unsigned value = word >> (kBitsOfWord - 1 - i) & 1U;
        bits[bit / 8] = static_cast<std::uint8_t>(bits[bit / 8] | value << (7 - bit % 8));
    }
}

bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/// The next word of `text`, in lower case; its length, or 0 at the end. Too long a word is cut off, which
/// makes it no word of the list.
std::size_t take_word(std::string_view& text, std::span<char, kLongestWord + 1> out) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    std::size_t size = 0;
    for (; !text.empty() && !is_space(text.front()); text.remove_prefix(1)) {
        const char c = text.front();
        if (size < out.size()) out[size++] = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return size;
}

}  // namespace

Result<Mnemonic> Mnemonic::from_entropy(ByteView entropy) {
    const std::size_t words = entropy.size() / 4 * 3;
    if (entropy.size() % 4 != 0 || !is_count(words))
        return fail(Fault::InvalidMnemonic,
                    fmt::format("{} bytes are not the secret of {} words", entropy.size(), kCounts));
    const auto bits = with_checksum(entropy);
    std::size_t size = words - 1;
    for (std::size_t i = 0; i < words; ++i) size += kEnglish[word_at(bits.view(), i)].size();
    SecretBytes text(size);
    auto at = text.mutable_view().begin();
    for (std::size_t i = 0; i < words; ++i) {
        if (i > 0) *at++ = ' ';
        at = std::ranges::copy(kEnglish[word_at(bits.view(), i)], at).out;
    }
    return Mnemonic(std::move(text));
}

Result<Mnemonic> Mnemonic::generate(std::size_t words) {
    if (!is_count(words))
        return fail(Fault::InvalidMnemonic, fmt::format("{} words, not {}", words, kCounts));
    DZ_ASSERT(sodium_init() >= 0);
    Secret<kMostEntropy> entropy;
    const auto used = entropy.mutable_view().first(entropy_bytes(words));
    randombytes_buf(used.data(), used.size());
    return from_entropy(used);
}

Result<Mnemonic> Mnemonic::parse(std::string_view text) {
    Secret<kMostEntropy + 1> bits;
    std::array<char, kLongestWord + 1> word{};
    std::size_t count = 0;
    while (const std::size_t size = take_word(text, word)) {
        const auto* const found = std::ranges::lower_bound(kEnglish, std::string_view(word.data(), size));
        const bool known = found != kEnglish.end() && *found == std::string_view(word.data(), size);
        sodium_memzero(word.data(), word.size());
        if (count == kMostWords)
            return fail(Fault::InvalidMnemonic, fmt::format("more than {} words", kMostWords));
        if (!known)
            return fail(Fault::InvalidMnemonic,
                        fmt::format("word {} is not in the list; check its spelling", count + 1));
        put_word(bits.mutable_view(), count++, static_cast<std::size_t>(found - kEnglish.begin()));
    }
    if (!is_count(count))
        return fail(Fault::InvalidMnemonic, fmt::format("{} words, not {}", count, kCounts));

    const ByteView entropy = ByteView(bits.view()).first(entropy_bytes(count));
    const std::size_t checksum_bits = count / 3;
    const unsigned wrong = (sha256(entropy)[0] ^ bits.view()[entropy.size()]) >> (8 - checksum_bits);
    if (wrong != 0)
        return fail(Fault::InvalidMnemonic, "the checksum does not fit; a word is wrong or out of its place");
    return from_entropy(entropy);
}

std::size_t Mnemonic::word_count() const {
    return static_cast<std::size_t>(std::ranges::count(text(), ' ')) + 1;
}

Result<Secret<64>> Mnemonic::seed(std::string_view passphrase) const {
    constexpr std::string_view kSalt = "mnemonic";
    if (std::ranges::any_of(passphrase, [](char c) { return static_cast<unsigned char>(c) > 127; }))
        return fail(Fault::InvalidParameter, "a passphrase of other than ASCII characters is not supported");
    SecretBytes salt(kSalt.size() + passphrase.size());
    const auto rest = std::ranges::copy(kSalt, salt.mutable_view().begin()).out;
    std::ranges::copy(passphrase, rest);
    return stretch(text_.view(), salt.view());
}

}  // namespace dz::wallet
