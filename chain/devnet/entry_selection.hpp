// chain/devnet/entry_selection.hpp: which of the waiting transactions make up the next entry.
//
// Where reservations count, an entry whose payers cannot cover it would be refused by everybody, so none is
// built: with pre-pack by counting along, without by asking Begin and leaving out the last transaction of
// whoever falls short. What is left out waits for the next entry, when refunds have come back.
#pragma once

#include <functional>
#include <vector>

#include "chain/devnet/entry_runner.hpp"
#include "chain/devnet/mempool.hpp"

namespace dz::devnet {

struct SelectionRules {
    std::uint64_t slot = 0;
    std::size_t max_transactions = 0;
    bool prepack = false;
};

class EntrySelection {
  public:
    /// All must outlive it.
    EntrySelection(Mempool& mempool, const EntryRunner& runner, const reservations::Journal& journal)
        : mempool_(mempool), runner_(runner), journal_(journal) {}

    /// Whether a transaction may still run, besides what it pays.
    using Filter = std::function<bool(const ledger::Transaction&)>;
    /// False: what is not chosen yet waits.
    using HasTime = std::function<bool()>;
    /// Takes transactions out of the mempool until there are enough. What can never land is dropped; each
    /// call takes at least one away for good unless none waits.
    std::vector<ledger::Transaction> choose(const SelectionRules& rules, const AccountSource& accounts,
                                            const Filter& may_run, const HasTime& has_time);

  private:
    void keep_affordable(std::uint64_t slot, const AccountSource& accounts,
                         std::vector<ledger::Transaction>& chosen,
                         std::vector<ledger::Transaction>& later) const;

    Mempool& mempool_;
    const EntryRunner& runner_;
    const reservations::Journal& journal_;
};

}  // namespace dz::devnet
