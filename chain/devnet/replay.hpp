// chain/devnet/replay.hpp: executes the blocks of another ledger into a store.
//
// Nothing that can be worked out is believed: signatures, blockhashes, reservations, fees, outcomes, the
// block's hash and the state of all accounts are what this program makes of the transactions, or the block is
// refused. A block is one commit, so a replay that was killed goes on where it was.
#pragma once

#include <map>

#include "chain/devnet/accounts.hpp"
#include "chain/devnet/block_file.hpp"
#include "chain/devnet/entry_runner.hpp"
#include "chain/devnet/store.hpp"

namespace dz::devnet {

/// How this node executes what others built. Workers and journal must outlive the replay.
struct ReplayOptions {
    Workers& workers;
    const reservations::Journal& journal;
    reservations::Features features = {};
};

class Replay {
  public:
    /// Begins the ledger in `store` where there is none. `store` must outlive it. Errors: BadValue when the
    /// store holds a ledger with another genesis or other fee rules, or this program makes another genesis of
    /// the same program.
    static Result<Replay> open(Store& store, const BlockFileHeader& header, const ReplayOptions& options);

    /// True: executed and on disk; false: the ledger has it already. Errors: BadValue, naming slot and
    /// reason: the block differs from what is there, does not follow it, is not what its transactions come
    /// to, or reserves what its payers do not have; Internal when this node cannot tell, which says nothing
    /// of the block. Nothing of it is written then, and this object must not be used any more.
    Result<bool> apply(const Block& block);

  private:
    Replay(Store& store, const BlockFileHeader& header, Blockhashes hashes, const ReplayOptions& options)
        : store_(&store),
          program_(header.program),
          deployment_(header.program),
          hashes_(std::move(hashes)),
          workers_(&options.workers),
          runner_({.fees = header.fees, .features = options.features}, options.workers, options.journal) {}

    Result<> check_known(const Block& block);
    Result<> append(const Block& block);
    /// Decoded and, where they claim to be, signed.
    Result<std::vector<ledger::Transaction>> read_transactions(const Block& block) const;
    /// The entry that begins with the block's transaction number `first`.
    Result<> execute_entry(const Block& block, std::span<const ledger::Transaction> transactions,
                           std::size_t first, Entry& entry, std::map<PublicKey, AccountPointer>& writes);

    Store* store_;
    PublicKey program_;
    program::Deployment deployment_;
    BlockHead newest_;
    std::optional<std::uint64_t> slots_per_epoch_;
    Blockhashes hashes_;
    Accounts accounts_;
    Workers* workers_;
    EntryRunner runner_;
};

/// What `write_header` needs of a ledger. Errors: NotFound when the store is empty.
Result<BlockFileHeader> file_header(Store& store);

}  // namespace dz::devnet
