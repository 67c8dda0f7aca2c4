#include "ledger/public_key.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>

#include "base/encoding.hpp"

namespace dz::ledger {
namespace {

template <std::size_t N>
Result<std::array<std::uint8_t, N>> parse_base58(std::string_view text, std::string_view what) {
    auto bytes = from_base58(text);
    if (!bytes) return wrap(std::move(bytes).error(), what);
    if (bytes->size() != N) {
        return fail(Errc::BadValue, fmt::format("{}: {} bytes instead of {}", what, bytes->size(), N));
    }
    std::array<std::uint8_t, N> out;
    std::ranges::copy(*bytes, out.begin());
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
