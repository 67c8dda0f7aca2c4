// chain/devnet/replay.hpp: executes the blocks of another ledger into a store.
//
// Nothing that can be worked out is believed: signatures, blockhashes, fees, outcomes, the block's hash and
// the state of all accounts are what this program makes of the transactions, or the block is refused. A block
// is one commit, so a replay that was killed goes on where it was.
#pragma once

#include <map>

#include "chain/devnet/accounts.hpp"
#include "chain/devnet/block_file.hpp"
#include "chain/devnet/store.hpp"

namespace dz::devnet {

class Replay {
  public:
    /// Begins the ledger in `store` where there is none. `store` must outlive it. Errors: BadValue when the
    /// store holds a ledger with another genesis, or this program makes another genesis of the same program.
    static Result<Replay> open(Store& store, const BlockFileHeader& header);

    /// True: executed and on disk; false: the ledger has it already. Errors: BadValue, naming slot and
    /// reason: the block differs from what is there, does not follow it, or is not what its transactions come
    /// to. Nothing of it is written then, and this object must not be used any more.
    Result<bool> apply(const Block& block);

  private:
    Replay(Store& store, const PublicKey& program, Blockhashes hashes)
        : store_(&store), program_(program), deployment_(program), hashes_(std::move(hashes)) {}

    Result<> check_known(const Block& block);
    Result<> append(const Block& block);
    Result<Record> execute_one(const Block& block, const BlockTransaction& transaction,
                               std::map<PublicKey, AccountPointer>& writes);

    Store* store_;
    PublicKey program_;
    program::Deployment deployment_;
    BlockHead newest_;
    std::optional<std::uint64_t> slots_per_epoch_;
    Blockhashes hashes_;
    Accounts accounts_;
};

/// What `write_header` needs of a ledger. Errors: NotFound when the store is empty.
Result<BlockFileHeader> file_header(Store& store);

}  // namespace dz::devnet
