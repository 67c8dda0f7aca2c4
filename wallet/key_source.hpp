// wallet/key_source.hpp: what a pool derives its addresses from.
//
// A source stands at an account's path ("m/44'/501'"); the pool knows the rest of the way.
#pragma once

#include <optional>
#include <span>
#include <variant>

#include "ledger/keypair.hpp"
#include "wallet/address.hpp"
#include "wallet/ed_key.hpp"
#include "wallet/extended_key.hpp"
#include "wallet/fault.hpp"
#include "wallet/path.hpp"

namespace dz::wallet {

/// Private: derives all children of its curve. Public: secp256k1 derives normal children, ed25519 none.
/// None: nothing; the pool can only hand out what it has. Moves only; const members may be called from
/// several threads.
class KeySource {
  public:
    /// None.
    KeySource() = default;
    explicit KeySource(ExtendedPrivateKey key);
    explicit KeySource(ExtendedPublicKey key);
    explicit KeySource(EdPrivateKey key);
    explicit KeySource(EdPublicKey key);

    /// False for None alone; a public ed25519 key is asked, and refuses.
    bool can_derive() const { return !std::holds_alternative<std::monostate>(key_); }
    /// A public key: it may derive, but not spend.
    bool watch_only() const;
    /// HASH160 of the public key at the account's path; unset for None. Tells sources apart.
    const std::optional<Hash20>& fingerprint() const { return fingerprint_; }

    /// Errors: NoKeySource, CannotDeriveFromHardenedKey, NonHardenedNotSupported, InvalidChildNumber,
    /// KeyError, InvalidParameter for a public ed25519 key.
    Result<KeyBytes> derive(std::span<const ChildNumber> path) const;

    /// The ed25519 key that signs for the address at `path`. Errors: WatchOnly, NoKeySource, InvalidParameter
    /// for a secp256k1 source; as `derive`.
    Result<ledger::Keypair> signer(std::span<const ChildNumber> path) const;

  private:
    std::variant<std::monostate, ExtendedPrivateKey, ExtendedPublicKey, EdPrivateKey, EdPublicKey> key_;
    std::optional<Hash20> fingerprint_;
};

}  // namespace dz::wallet
