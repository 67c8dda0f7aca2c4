#include "wallet/extended_key.hpp"

#include <fmt/format.h>
#include <secp256k1.h>
#include <sodium.h>

#include <algorithm>
#include <memory>
#include <optional>

namespace dz::wallet {

namespace {

struct DestroyContext {
    void operator()(secp256k1_context* context) const { secp256k1_context_destroy(context); }
};

/// The library's tables: made once, blinded against side channels, and only read from then on.
const secp256k1_context* curve() {
    static const std::unique_ptr<secp256k1_context, DestroyContext> context = [] {
        std::unique_ptr<secp256k1_context, DestroyContext> made(
            secp256k1_context_create(SECP256K1_CONTEXT_SIGN | SECP256K1_CONTEXT_VERIFY));
        Secret<32> blinding;
        randombytes_buf(blinding.mutable_view().data(), blinding.view().size());
        DZ_ASSERT(secp256k1_context_randomize(made.get(), blinding.view().data()) == 1);
        return made;
    }();
    return context.get();
}

CompressedKey compress(const secp256k1_pubkey& point) {
    CompressedKey out;
    std::size_t size = out.size();
    secp256k1_ec_pubkey_serialize(curve(), out.data(), &size, &point, SECP256K1_EC_COMPRESSED);
    return out;
}

std::optional<secp256k1_pubkey> point_of(const CompressedKey& key) {
    secp256k1_pubkey point;
    if (secp256k1_ec_pubkey_parse(curve(), &point, key.data(), key.size()) != 1) return std::nullopt;
    return point;
}

/// What is hashed for a child: its parent's key, then its number.
using StepData = Secret<33 + 32>;

std::size_t lay_out(StepData& data, std::span<const std::uint8_t> key, ByteView number) {
    const auto out = data.mutable_view();
    // A secret key is 32 bytes behind a zero.
    std::ranges::copy(key, out.begin() + static_cast<std::ptrdiff_t>(33 - key.size()));
    std::ranges::copy(number, out.begin() + 33);
    return 33 + number.size();
}

std::array<std::uint8_t, 4> big_endian(std::uint32_t value) {
    std::array<std::uint8_t, 4> out{};
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
    return out;
}

std::array<std::uint8_t, 32> chain_code_in(const Secret<64>& hashed) {
    std::array<std::uint8_t, 32> out{};
    std::ranges::copy(hashed.view().last<32>(), out.begin());
    return out;
}

std::unexpected<Error> no_such_key() {
    return fail(Fault::KeyError, "this child number has no key (that happens once in 2^127); take the next");
}

/// A number of DIP-14 below 2^32 means the child of BIP 32 with that raw number.
std::optional<ChildNumber> narrow(const WideChildNumber& number) {
    const auto front = std::span(number.index).first<28>();
    if (std::ranges::any_of(front, [](std::uint8_t byte) { return byte != 0; })) return std::nullopt;
    std::uint32_t low = 0;
    for (const std::uint8_t byte : std::span(number.index).last<4>()) low = low << 8U | byte;
    if (low > kLastIndex) return ChildNumber::from_raw(low);
    return ChildNumber{.index = low, .hardened = number.hardened};
}

Result<Origin> origin_below(const ExtendedPublicKey& parent,
                            std::variant<ChildNumber, WideChildNumber> child) {
    if (parent.origin().depth == 255) return fail(Fault::InvalidDerivationPath, "deeper than 255 steps");
    const Hash20 hash = hash160(parent.key());
    return Origin{.depth = static_cast<std::uint8_t>(parent.origin().depth + 1),
                  .parent = {hash[0], hash[1], hash[2], hash[3]},
                  .child = child};
}

Result<> check(ChildNumber number) {
    if (number.index <= kLastIndex) return {};
    return fail(Fault::InvalidChildNumber,
                fmt::format("child number {} is above {}", number.index, kLastIndex));
}

}  // namespace

// ---- Public keys

Result<ExtendedPublicKey> ExtendedPublicKey::from(const CompressedKey& key,
                                                  const std::array<std::uint8_t, 32>& chain_code,
                                                  Origin origin) {
    if (!point_of(key)) return fail(Fault::Secp256k1, "the public key is no point of the curve");
    ExtendedPublicKey out;
    out.key_ = key;
    out.chain_code_ = chain_code;
    out.origin_ = origin;
    return out;
}

Result<ExtendedPublicKey> ExtendedPublicKey::child(ByteView hashed_number, Origin origin) const {
    StepData data;
    const std::size_t size = lay_out(data, key_, hashed_number);
    const Secret<64> hashed = hmac_sha512(chain_code_, ByteView(data.view()).first(size));
    auto point = point_of(key_);
    DZ_ASSERT(point.has_value());  // as every key that was made
    if (secp256k1_ec_pubkey_tweak_add(curve(), &*point, hashed.view().data()) != 1) return no_such_key();
    ExtendedPublicKey out;
    out.key_ = compress(*point);
    out.chain_code_ = chain_code_in(hashed);
    out.origin_ = origin;
    return out;
}

Result<ExtendedPublicKey> ExtendedPublicKey::child(ChildNumber number) const {
    TRY_OK(check(number));
    if (number.hardened)
        return fail(
            Fault::CannotDeriveFromHardenedKey,
            fmt::format("child {}' is hardened, and a public key has no hardened children", number.index));
    TRY(const Origin origin, origin_below(*this, number));
    return child(big_endian(number.raw()), origin);
}

Result<ExtendedPublicKey> ExtendedPublicKey::child(const WideChildNumber& number) const {
    if (const auto small = narrow(number)) return child(*small);
    if (number.hardened)
        return fail(Fault::CannotDeriveFromHardenedKey, "a public key has no hardened children");
    TRY(const Origin origin, origin_below(*this, number));
    return child(number.index, origin);
}

Result<ExtendedPublicKey> ExtendedPublicKey::derive(std::span<const ChildNumber> path) const {
    ExtendedPublicKey at = *this;
    for (const ChildNumber step : path) {
        TRY(at, at.child(step));
    }
    return at;
}

// ---- Private keys

Result<ExtendedPrivateKey> ExtendedPrivateKey::make(Secret<32> secret,
                                                    const std::array<std::uint8_t, 32>& chain_code,
                                                    Origin origin) {
    secp256k1_pubkey point;
    if (secp256k1_ec_pubkey_create(curve(), &point, secret.view().data()) != 1)
        return fail(Fault::Secp256k1, "the secret key is zero or not below the order of the curve");
    ExtendedPrivateKey out;
    out.secret_ = std::move(secret);
    out.public_.key_ = compress(point);
    out.public_.chain_code_ = chain_code;
    out.public_.origin_ = origin;
    return out;
}

Result<ExtendedPrivateKey> ExtendedPrivateKey::from(std::span<const std::uint8_t, 32> secret,
                                                    const std::array<std::uint8_t, 32>& chain_code,
                                                    Origin origin) {
    return make(Secret<32>(secret), chain_code, origin);
}

Result<ExtendedPrivateKey> ExtendedPrivateKey::master(ByteView seed) {
    if (seed.size() < 16 || seed.size() > 64)
        return fail(Fault::InvalidSeedLength, fmt::format("a seed of {} bytes, not 16 to 64", seed.size()));
    const Secret<64> hashed = hmac_sha512(as_bytes("Bitcoin seed"), seed);
    auto key = make(Secret<32>(hashed.view().first<32>()), chain_code_in(hashed), {});
    if (!key) return fail(Fault::KeyError, "this seed has no master key (that happens once in 2^127)");
    return key;
}

Result<ExtendedPrivateKey> ExtendedPrivateKey::child(ByteView hashed_number, bool hardened,
                                                     Origin origin) const {
    StepData data;
    const std::size_t size =
        hardened ? lay_out(data, secret_.view(), hashed_number) : lay_out(data, public_.key(), hashed_number);
    const Secret<64> hashed = hmac_sha512(public_.chain_code(), ByteView(data.view()).first(size));
    Secret<32> secret = secret_.clone();
    if (secp256k1_ec_seckey_tweak_add(curve(), secret.mutable_view().data(), hashed.view().data()) != 1)
        return no_such_key();
    return make(std::move(secret), chain_code_in(hashed), origin);
}

Result<ExtendedPrivateKey> ExtendedPrivateKey::child(ChildNumber number) const {
    TRY_OK(check(number));
    TRY(const Origin origin, origin_below(public_, number));
    return child(big_endian(number.raw()), number.hardened, origin);
}

Result<ExtendedPrivateKey> ExtendedPrivateKey::child(const WideChildNumber& number) const {
    if (const auto small = narrow(number)) return child(*small);
    TRY(const Origin origin, origin_below(public_, number));
    return child(number.index, number.hardened, origin);
}

ExtendedPrivateKey ExtendedPrivateKey::clone() const {
    ExtendedPrivateKey out;
    out.secret_ = secret_.clone();
    out.public_ = public_;
    return out;
}

Result<ExtendedPrivateKey> ExtendedPrivateKey::derive(std::span<const ChildNumber> path) const {
    ExtendedPrivateKey at = clone();
    for (const ChildNumber step : path) {
        TRY(at, at.child(step));
    }
    return at;
}

}  // namespace dz::wallet
