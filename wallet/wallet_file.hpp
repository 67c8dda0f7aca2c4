// wallet/wallet_file.hpp: a wallet's secret at rest: a mnemonic under a password (Argon2id,
// XSalsa20-Poly1305).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "wallet/ed_key.hpp"
#include "wallet/extended_key.hpp"
#include "wallet/fault.hpp"
#include "wallet/key_source.hpp"
#include "wallet/mnemonic.hpp"
#include "wallet/pool_types.hpp"
#include "wallet/secret.hpp"

namespace dz::wallet {

/// What one guess at the password costs. Stored with the wallet.
struct PasswordCost {
    std::uint64_t passes = 3;
    std::size_t memory_bytes = std::size_t{256} << 20U;
    bool operator==(const PasswordCost&) const = default;
};

inline constexpr std::size_t kShortestPassword = 8;
inline constexpr std::size_t kLongestPassphrase = 256;
/// Of a wallet's text.
inline constexpr std::size_t kWalletFileBytes = 4096;

/// Everything that all keys of a wallet come from.
class WalletSecret {
  public:
    /// Errors: as `Mnemonic::seed`; InvalidParameter for a passphrase longer than `kLongestPassphrase`.
    static Result<WalletSecret> from(Mnemonic mnemonic, SecretBytes passphrase = {});

    const Mnemonic& mnemonic() const { return mnemonic_; }
    const SecretBytes& passphrase() const { return passphrase_; }

    Result<ExtendedPrivateKey> secp256k1(const Path& path) const;
    Result<EdPrivateKey> ed25519(const Path& path) const;
    /// The source for an account's pool, on the curve that its type and leaves need.
    Result<KeySource> source(const Path& account, const PoolConfig& pool) const;

  private:
    WalletSecret(Mnemonic mnemonic, SecretBytes passphrase, Secret<64> seed)
        : mnemonic_(std::move(mnemonic)), passphrase_(std::move(passphrase)), seed_(std::move(seed)) {}

    Mnemonic mnemonic_;
    SecretBytes passphrase_;
    Secret<64> seed_;
};

/// A wallet as it lies on disk. Shows nothing of the secret.
struct SealedWallet {
    PasswordCost cost;
    std::array<std::uint8_t, 16> salt{};
    std::array<std::uint8_t, 24> nonce{};
    Bytes content;
    bool operator==(const SealedWallet&) const = default;
};

/// Errors: InvalidParameter for a password shorter than `kShortestPassword`; LimitExceeded when there is no
/// memory for the cost.
Result<SealedWallet> seal(const WalletSecret& secret, const SecretBytes& password, PasswordCost cost = {});
/// Errors: Permission for a wrong password (or damaged content: the two look alike); LimitExceeded.
Result<WalletSecret> unseal(const SealedWallet& wallet, const SecretBytes& password);

/// The content of a wallet file: JSON.
std::string to_text(const SealedWallet& wallet);
/// Errors: Serialization; also for a cost that would keep this machine busy (more than 1 GiB or 16 passes).
Result<SealedWallet> parse_wallet(std::string_view text);

}  // namespace dz::wallet
