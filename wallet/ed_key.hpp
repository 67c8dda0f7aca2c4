// wallet/ed_key.hpp: extended keys on ed25519 (SLIP-0010): what Solana addresses are derived from.
//
// Only hardened children exist, so only a private key has any. The child secret is the seed of the key pair
// (RFC 8032).
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "ledger/keypair.hpp"
#include "ledger/public_key.hpp"
#include "wallet/fault.hpp"
#include "wallet/path.hpp"
#include "wallet/secret.hpp"

namespace dz::wallet {

/// The public half of a node. Nothing can be derived from it.
struct EdPublicKey {
    ledger::PublicKey key;
    std::array<std::uint8_t, 32> chain_code{};
    bool operator==(const EdPublicKey&) const = default;
};

/// Owns a secret: moves only, wiped when destroyed. Const members may be called from several threads.
class EdPrivateKey {
  public:
    /// Errors: InvalidSeedLength unless `seed` has 16 to 64 bytes.
    static Result<EdPrivateKey> master(ByteView seed);

    /// Errors: NonHardenedNotSupported, InvalidChildNumber.
    Result<EdPrivateKey> child(ChildNumber number) const;
    /// Child after child; of an empty path, a second copy.
    Result<EdPrivateKey> derive(std::span<const ChildNumber> path) const;

    const ledger::PublicKey& public_key() const { return public_key_; }
    EdPublicKey to_public() const { return {public_key_, chain_code_}; }
    /// To sign with.
    ledger::Keypair keypair() const;

    const std::array<std::uint8_t, 32>& chain_code() const { return chain_code_; }
    /// First four bytes of HASH160(00 + public key) of the parent; zero for a master key.
    const std::array<std::uint8_t, 4>& parent_fingerprint() const { return parent_; }
    const Secret<32>& secret() const { return secret_; }

  private:
    explicit EdPrivateKey(const Secret<64>& hashed);
    EdPrivateKey clone() const;

    EdPrivateKey() = default;

    Secret<32> secret_;
    std::array<std::uint8_t, 32> chain_code_{};
    std::array<std::uint8_t, 4> parent_{};
    ledger::PublicKey public_key_;
};

}  // namespace dz::wallet
