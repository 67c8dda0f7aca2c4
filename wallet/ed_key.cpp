#include "wallet/ed_key.hpp"

#include <algorithm>

#include "wallet/hash.hpp"

namespace dz::wallet {

namespace {

std::array<std::uint8_t, 4> fingerprint_of(const ledger::PublicKey& key) {
    std::array<std::uint8_t, 33> marked{};
    std::ranges::copy(key.bytes, marked.begin() + 1);
    const Hash20 hash = hash160(marked);
    return {hash[0], hash[1], hash[2], hash[3]};
}

}  // namespace

EdPrivateKey::EdPrivateKey(const Secret<64>& hashed) : secret_(hashed.view().first<32>()) {
    std::ranges::copy(hashed.view().last<32>(), chain_code_.begin());
    public_key_ = keypair().public_key();
}

Result<EdPrivateKey> EdPrivateKey::master(ByteView seed) {
    if (seed.size() < 16 || seed.size() > 64)
        return fail(Fault::InvalidSeedLength, fmt::format("a seed of {} bytes, not 16 to 64", seed.size()));
    return EdPrivateKey(hmac_sha512(as_bytes("ed25519 seed"), seed));
}

Result<EdPrivateKey> EdPrivateKey::child(ChildNumber number) const {
    if (!number.hardened)
        return fail(
            Fault::NonHardenedNotSupported,
            fmt::format("child {} of an ed25519 key must be hardened ({}')", number.index, number.index));
    if (number.index > kLastIndex)
        return fail(Fault::InvalidChildNumber,
                    fmt::format("child number {} is above {}", number.index, kLastIndex));
    Secret<37> data;
    const auto out = data.mutable_view();
    std::ranges::copy(secret_.view(), out.begin() + 1);
    for (std::size_t i = 0; i < 4; ++i) out[33 + i] = static_cast<std::uint8_t>(number.raw() >> (24 - 8 * i));
    EdPrivateKey child(hmac_sha512(chain_code_, data.view()));
    child.parent_ = fingerprint_of(public_key_);
    return child;
}

Result<EdPrivateKey> EdPrivateKey::derive(std::span<const ChildNumber> path) const {
    EdPrivateKey at = clone();
    for (const ChildNumber step : path) {
        TRY(at, at.child(step));
    }
    return at;
}

EdPrivateKey EdPrivateKey::clone() const {
    EdPrivateKey out;
    out.secret_ = secret_.clone();
    out.chain_code_ = chain_code_;
    out.parent_ = parent_;
    out.public_key_ = public_key_;
    return out;
}

ledger::Keypair EdPrivateKey::keypair() const {
    return ledger::Keypair::from_seed(secret_.view());
}

}  // namespace dz::wallet
