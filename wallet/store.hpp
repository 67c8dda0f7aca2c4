// wallet/store.hpp: wallets on disk: a folder each, with the sealed words and a pool for each chain in use.
//
//     <directory>/<wallet>/wallet.json    sealed words, 0600
//     <directory>/<wallet>/<chain>.json   addresses and who has them, 0600; no secrets
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.hpp"
#include "wallet/accounts.hpp"
#include "wallet/address_pool.hpp"
#include "wallet/wallet_file.hpp"

namespace dz::wallet {

/// What addresses are for, by name.
struct Chain {
    std::string_view name;
    std::string_view about;
    Account account;
};
/// solana, solana-deposits, dash, dash-change, platform, and Dash's on its test network.
std::span<const Chain> chains();
/// Errors: NotFound, with the names there are.
Result<const Chain*> find_chain(std::string_view name);

/// A pool of a wallet that no other process changes until this is destroyed.
class OpenPool {
  public:
    /// Reservations last: this pool's profile is Persistent.
    AddressPool pool;
    Result<> save() const;

  private:
    friend class WalletStore;
    OpenPool(AddressPool p, std::filesystem::path path, Descriptor lock)
        : pool(std::move(p)), path_(std::move(path)), lock_(std::move(lock)) {}

    std::filesystem::path path_;
    Descriptor lock_;
};

class WalletStore {
  public:
    explicit WalletStore(std::filesystem::path directory) : directory_(std::move(directory)) {}

    /// The folder is for its owner only. Errors: Exists (the old wallet is untouched), BadValue for a name
    /// that is none: 1 to 32 of a-z, 0-9, - and _; Io, Permission.
    Result<> create(std::string_view name, const SealedWallet& wallet) const;
    /// Errors: NotFound, Serialization, Permission.
    Result<SealedWallet> wallet(std::string_view name) const;
    /// In alphabetical order; none where the directory does not exist.
    Result<std::vector<std::string>> names() const;

    /// The pool as it is, or an empty one. Waits for other processes to let go of it. Errors: NotFound
    /// without such a wallet; Serialization, which names the file; Io, Permission.
    Result<OpenPool> open_pool(std::string_view name, const Chain& chain) const;
    /// As it was a moment ago; unset where it was never used.
    Result<std::optional<AddressPool>> read_pool(std::string_view name, const Chain& chain) const;

    std::filesystem::path wallet_path(std::string_view name) const;

  private:
    Result<std::filesystem::path> folder(std::string_view name) const;

    std::filesystem::path directory_;
};

}  // namespace dz::wallet
