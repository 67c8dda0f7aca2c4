// wallet/extended_key.hpp: extended keys on secp256k1 (BIP 32, with the 256-bit children of DIP-14).
//
// A private key derives hardened and normal children, a public key normal ones. Both give the same public
// keys. Const members may be called from several threads.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "wallet/fault.hpp"
#include "wallet/hash.hpp"
#include "wallet/network.hpp"
#include "wallet/path.hpp"
#include "wallet/secret.hpp"

namespace dz::wallet {

using CompressedKey = std::array<std::uint8_t, 33>;

/// Where in the tree a key stands.
struct Origin {
    std::uint8_t depth = 0;
    std::array<std::uint8_t, 4> parent{};  ///< first bytes of HASH160 of the parent's key; zero for a master
    std::variant<ChildNumber, WideChildNumber> child;
    bool operator==(const Origin&) const = default;
};

class ExtendedPublicKey {
  public:
    /// Errors: Secp256k1 unless `key` is a point of the curve.
    static Result<ExtendedPublicKey> from(const CompressedKey& key,
                                          const std::array<std::uint8_t, 32>& chain_code, Origin origin = {});

    /// Errors: CannotDeriveFromHardenedKey, InvalidChildNumber, KeyError.
    Result<ExtendedPublicKey> child(ChildNumber number) const;
    Result<ExtendedPublicKey> child(const WideChildNumber& number) const;
    Result<ExtendedPublicKey> derive(std::span<const ChildNumber> path) const;

    const CompressedKey& key() const { return key_; }
    const std::array<std::uint8_t, 32>& chain_code() const { return chain_code_; }
    const Origin& origin() const { return origin_; }
    /// "xpub...", "tpub...", or "dpmp...", "dptp..." for a node of DIP-14.
    std::string to_text(Network network) const;

    bool operator==(const ExtendedPublicKey&) const = default;

  private:
    friend class ExtendedPrivateKey;
    ExtendedPublicKey() = default;
    Result<ExtendedPublicKey> child(ByteView hashed_number, Origin origin) const;

    CompressedKey key_{};
    std::array<std::uint8_t, 32> chain_code_{};
    Origin origin_;
};

/// Owns a secret: moves only, wiped when destroyed.
class ExtendedPrivateKey {
  public:
    /// Errors: InvalidSeedLength unless `seed` has 16 to 64 bytes; KeyError.
    static Result<ExtendedPrivateKey> master(ByteView seed);
    /// Errors: Secp256k1 unless 0 < `secret` < n.
    static Result<ExtendedPrivateKey> from(std::span<const std::uint8_t, 32> secret,
                                           const std::array<std::uint8_t, 32>& chain_code,
                                           Origin origin = {});

    /// Errors: InvalidChildNumber, KeyError.
    Result<ExtendedPrivateKey> child(ChildNumber number) const;
    Result<ExtendedPrivateKey> child(const WideChildNumber& number) const;
    Result<ExtendedPrivateKey> derive(std::span<const ChildNumber> path) const;

    const Secret<32>& secret() const { return secret_; }
    const ExtendedPublicKey& to_public() const { return public_; }
    /// "xprv...", "tprv...", "dpms...", "dpts...".
    SecretBytes to_text(Network network) const;

  private:
    ExtendedPrivateKey() = default;
    static Result<ExtendedPrivateKey> make(Secret<32> secret, const std::array<std::uint8_t, 32>& chain_code,
                                           Origin origin);
    Result<ExtendedPrivateKey> child(ByteView hashed_number, bool hardened, Origin origin) const;
    ExtendedPrivateKey clone() const;

    Secret<32> secret_;
    ExtendedPublicKey public_;  ///< every child needs it
};

/// What an extended key's text holds. Test networks share their prefixes, so of them no more is known.
struct ParsedKey {
    bool mainnet = false;
    std::variant<ExtendedPublicKey, ExtendedPrivateKey> key;
};
/// Errors: Base58, WrongExtendedKeyLength, UnknownVersion, Secp256k1 (also: a key whose prefix does not fit
/// its version), InvalidParameter (a master key with a parent). No error shows a byte of the key.
Result<ParsedKey> parse_extended_key(std::string_view text);

}  // namespace dz::wallet
