#include "ledger/public_key.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>

#include "base/encoding.hpp"

namespace dz::ledger {
namespace {

constexpr std::string_view kAlphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
constexpr std::uint8_t kForeign = 0xff;

constexpr auto kDigits = [] {
    std::array<std::uint8_t, 256> digits{};
    digits.fill(kForeign);
    for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
        digits[static_cast<std::uint8_t>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
    }
    return digits;
}();

/// Exactly N bytes from base58. An answer of getProgramAccounts has tens of thousands of keys, hence a form
/// for a known size: five digits at a time into 32-bit limbs, without allocation.
template <std::size_t N>
Result<std::array<std::uint8_t, N>> parse_base58(std::string_view text, std::string_view what) {
    const auto refused = [&] {
        return fail(Errc::BadValue, fmt::format("{}: not the base58 form of {} bytes", what, N));
    };
    if (text.size() > N * 2) return refused();
    std::array<std::uint32_t, N / 4> limbs{};  // the most significant first
    for (std::size_t at = 0; at < text.size();) {
        std::uint64_t scale = 1;
        std::uint64_t carry = 0;
        for (std::size_t end = std::min(at + 5, text.size()); at < end; ++at, scale *= 58) {
            const std::uint8_t digit = kDigits[static_cast<std::uint8_t>(text[at])];
            if (digit == kForeign) return refused();
            carry = carry * 58 + digit;
        }
        for (std::size_t i = limbs.size(); i-- > 0; carry >>= 32) {
            carry += limbs[i] * scale;
            limbs[i] = static_cast<std::uint32_t>(carry);
        }
        if (carry != 0) return refused();
    }
    std::array<std::uint8_t, N> out;
    for (std::size_t i = 0; i < N; ++i) out[i] = static_cast<std::uint8_t>(limbs[i / 4] >> (24 - i % 4 * 8));
    // Every leading zero byte is written as a one.
    const auto ones =
        static_cast<std::size_t>(std::ranges::find_if(text, [](char c) { return c != '1'; }) - text.begin());
    const auto zeros =
        static_cast<std::size_t>(std::ranges::find_if(out, [](auto b) { return b != 0; }) - out.begin());
    if (ones != zeros) return refused();
    return out;
}

}  // namespace

std::string PublicKey::to_string() const {
    return to_base58(bytes);
}
std::string Blockhash::to_string() const {
    return to_base58(bytes);
}
std::string Signature::to_string() const {
    return to_base58(bytes);
}

Result<PublicKey> PublicKey::parse(std::string_view text) {
    TRY(const auto bytes, parse_base58<kSize>(text, "public key"));
    return PublicKey{bytes};
}

Result<PublicKey> PublicKey::from(ByteView view) {
    if (view.size() != kSize) return fail(Errc::BadValue, fmt::format("public key of {} bytes", view.size()));
    PublicKey key;
    std::ranges::copy(view, key.bytes.begin());
    return key;
}

Result<Blockhash> Blockhash::parse(std::string_view text) {
    TRY(const auto bytes, parse_base58<32>(text, "blockhash"));
    return Blockhash{bytes};
}

Result<Signature> Signature::parse(std::string_view text) {
    TRY(const auto bytes, parse_base58<kSize>(text, "signature"));
    return Signature{bytes};
}

bool on_curve(const PublicKey& key) {
    static constexpr std::array<std::uint8_t, 32> kBasePoint = {
        0x58, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
        0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66};
    // Point addition accepts every point on the curve. crypto_core_ed25519_is_valid_point() also demands the
    // prime-order subgroup, which the ledger does not, so it calls most curve points invalid and would let us
    // derive wrong program addresses.
    std::array<std::uint8_t, 32> sum;
    return crypto_core_ed25519_add(sum.data(), key.bytes.data(), kBasePoint.data()) == 0;
}

}  // namespace dz::ledger
