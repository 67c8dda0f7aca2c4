// fetcher/holdings.hpp: accounts, each with the slot it was true at. Pure.
//
// Reads and notifications come by different ways and overtake each other. For every account the newer slot
// wins, so an answer that was long under way never undoes what a subscription told meanwhile.
#pragma once

#include <map>
#include <vector>

#include "ledger/subscriptions.hpp"

namespace dz::fetcher {

class Holdings {
  public:
    /// Takes what a subscription told. False when it is older than, or the same as, what is held.
    bool put(const ledger::AccountChange& change);

    /// Takes a complete read that was true at `slot`: what it lacks is gone, but for accounts that were told
    /// of at a later slot; true when there are such. Slot 0, a server that does not say, is later than
    /// everything.
    bool take(const std::vector<ledger::KeyedAccount>& read, Slot slot);

    /// Told or read of: also true of a closed account, until a later read forgets it.
    bool knows(const ledger::PublicKey& key) const { return held_.contains(key); }
    bool empty() const { return held_.empty(); }
    void clear() { held_.clear(); }

    /// Those that exist, by address.
    std::vector<ledger::KeyedAccount> accounts() const;

  private:
    struct Held {
        Slot slot;
        ledger::AccountInfo account;  ///< closed ones too: an older answer shall not bring them back
    };
    std::map<ledger::PublicKey, Held> held_;
};

}  // namespace dz::fetcher
