// chain/devnet/accounts.hpp: every account of the ledger in memory, now and some slots ago.
//
// Each transaction makes a version. The accounts as they are now stand in one map; what each one replaced
// is kept until nobody may ask for the time before it any more, so an older version is the present with a few
// accounts put back.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <ranges>
#include <vector>

#include "chain/devnet/executor.hpp"

namespace dz::devnet {

/// Counts applied transactions; 0 = the ledger as it was opened.
using Version = std::uint64_t;

class Accounts {
  public:
    /// What a ledger is opened with, as version 0: in order of addresses, before anything else.
    void restore(const PublicKey& key, AccountPointer state);

    /// As the newest version has it; null when absent.
    AccountPointer find(const PublicKey& key) const;
    /// As `version` had it. Versions older than what `forget_before` left read as the oldest one kept.
    AccountPointer find(const PublicKey& key, Version version) const;

    /// Makes the next version. An account without lamports is removed.
    Version apply(const std::vector<AccountWrite>& writes);
    /// Nobody will ask for anything older than `version`.
    void forget_before(Version version);
    Version newest() const { return newest_; }
    /// What the newest version replaced, as it was. Only after an `apply`.
    const std::vector<AccountWrite>& replaced_by_newest() const { return history_.back().before; }

    using Visit = std::function<void(const PublicKey&, const AccountState&)>;
    /// The accounts of `owner` as `version` had them, ordered by address. They live until the next change.
    void visit_owned(const PublicKey& owner, Version version, const Visit& visit) const;
    /// All of the newest version, ordered by address.
    void visit_all(const Visit& visit) const;

    std::size_t size() const { return present_.size(); }

  private:
    struct Replaced {
        Version version;  ///< that replaced them
        std::vector<AccountWrite> before;
    };
    using History = std::deque<Replaced>;
    /// In order of versions.
    std::ranges::subrange<History::const_iterator> history_after(Version version) const;
    void put(const PublicKey& key, const AccountPointer& state);
    /// What to put back to get from now to `version`.
    std::map<PublicKey, AccountPointer> changes_since(Version version) const;

    std::map<PublicKey, AccountPointer> present_;
    History history_;
    Version newest_ = 0;
};

}  // namespace dz::devnet
