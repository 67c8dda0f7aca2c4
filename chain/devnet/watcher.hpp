// chain/devnet/watcher.hpp: who wants to hear from the ledger as it moves on: the port of subscriptions.
#pragma once

#include <vector>

#include "chain/devnet/accounts.hpp"
#include "chain/devnet/store.hpp"

namespace dz::devnet {

/// Called on the loop's thread in the midst of the ledger's work: may read the ledger, not submit to it.
class Watcher {
  public:
    virtual ~Watcher() = default;

    /// A transaction waits to be executed.
    virtual void received(const Signature& signature) = 0;
    /// A transaction was executed and made `version`. `before`: the accounts that it changed, as they were.
    virtual void executed(const Record& record, Version version, const std::vector<AccountWrite>& before) = 0;
    /// A commitment may see more than it did: an entry was executed or is on disk, or a slot began.
    virtual void moved() = 0;
};

}  // namespace dz::devnet
