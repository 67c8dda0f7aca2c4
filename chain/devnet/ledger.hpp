// chain/devnet/ledger.hpp: the node behind its RPC front: mempool, block builder, commit, and the ledger as
// each commitment sees it.
//
// A transaction waits in the mempool until the builder is free, which takes what waits, the best paying
// first, executes it and writes it to disk as one entry of the running slot. The builder works on one entry
// at a time: while the disk syncs, the next entry gathers. So a lone transaction is settled within
// milliseconds, under load entries grow instead of queues, and slots keep to the clock all the while.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "chain/devnet/accounts.hpp"
#include "chain/devnet/commitments.hpp"
#include "chain/devnet/entry_selection.hpp"
#include "chain/devnet/executor.hpp"
#include "chain/devnet/mempool.hpp"
#include "chain/devnet/recent.hpp"
#include "chain/devnet/slots.hpp"
#include "chain/devnet/store.hpp"
#include "chain/devnet/watcher.hpp"
#include "chain/devnet/worker.hpp"
#include "ledger/transaction.hpp"

namespace dz::devnet {

struct LedgerOptions {
    std::filesystem::path directory;
    StoreOptions store;
    PublicKey program;
    ledger::Dialect reservations = ledger::Dialect::Seats;
    std::chrono::milliseconds slot{400};
    std::uint64_t slots_per_epoch = 432'000;
    // As on a cluster: the votes on a slot are in the next one, and 32 slots on nobody can take it back.
    std::uint64_t confirm_after = 1;    ///< slots
    std::uint64_t finalize_after = 32;  ///< slots
    std::size_t max_pending = 10'000;   ///< transactions that wait
    /// Of a new ledger; unset: one without reservations. An old ledger keeps what it has.
    std::optional<FeeRules> fees = std::nullopt;
    reservations::Features features = {};
    bool prepack = false;     ///< EnableReservationPrePack
    std::size_t threads = 1;  ///< that execute, the loop's own included
    bool trace_fees = false;
};

/// What became of a transaction.
struct Status {
    std::uint64_t slot = 0;
    std::optional<ledger::TransactionError> error;
    Commitment commitment = Commitment::Processed;
    /// Slots since its own; unset when finalized.
    std::optional<std::uint64_t> confirmations;
};

/// Owns everything of one ledger. Used from the loop's thread; must outlive `run`.
class Ledger {
  public:
    /// Opens the ledger in `options.directory` or begins a new one. Errors: those of `Store::open`; BadValue
    /// when the ledger belongs to another program, or has other epochs or fee rules than asked for.
    static Result<std::unique_ptr<Ledger>> open(
        EventLoop& loop, Clock& clock, LedgerOptions options,
        reservations::Journal journal = reservations::Journal(Log::none()));

    /// Works until `stop`. Errors: the disk failed, or reservations did, so that nothing more may be
    /// promised.
    Task<Result<>> run();
    /// What waits in the mempool is still decided; then `run` returns.
    void stop();

    /// One at most, which must outlive the ledger's work; null = none.
    void watch(Watcher* watcher) { watcher_ = watcher; }

    const LedgerOptions& options() const { return options_; }
    const program::Deployment& deployment() const { return deployment_; }

    // ---- The ledger at a commitment

    View view(Commitment commitment);
    AccountPointer account(const PublicKey& key, const View& view) const {
        return accounts_.find(key, view.version);
    }
    const Accounts& accounts() const { return accounts_; }
    std::uint64_t epoch_of(std::uint64_t slot) const { return slot / options_.slots_per_epoch; }
    const SlotClock& slots() const { return slots_; }
    /// Of the newest slot that is over.
    Blockhash latest_blockhash();
    /// Of the newest slot that is over and not later than `slot`, with that slot.
    std::pair<std::uint64_t, Blockhash> blockhash_at(std::uint64_t slot);
    bool is_recent(const Blockhash& hash);
    const Blockhash& genesis() const { return genesis_; }
    /// Transactions that ever landed.
    std::uint64_t transaction_count() const { return transaction_count_; }

    // ---- Transactions

    /// Why it could not land, as that commitment sees the ledger: unknown or old blockhash, seen before.
    std::optional<ledger::TransactionError> check(const ledger::Transaction& transaction,
                                                  Commitment commitment = Commitment::Processed);
    /// Runs it on the accounts of that commitment without a trace. Does not look at signatures and blockhash.
    Execution simulate(const ledger::Transaction& transaction, Commitment commitment);
    /// Queues a transaction whose signatures are good. One that waits already or was decided is not queued
    /// again, one with an unknown blockhash is dropped. Errors: LimitExceeded when too many wait that pay as
    /// well; Unavailable when the node is stopping.
    Result<> submit(ledger::Transaction transaction);
    /// Sends lamports from the faucet. Errors: as `submit`.
    Result<Signature> airdrop(const PublicKey& to, std::uint64_t lamports);

    /// Of a recent transaction; nullopt when it is not known (any more).
    std::optional<Status> status(const Signature& signature);
    /// The same from disk, for old ones too.
    Task<Result<std::optional<Status>>> stored_status(Signature signature);
    /// nullopt: not at this commitment (yet).
    Task<Result<std::optional<Record>>> record(Signature signature, Commitment commitment);
    Task<Result<std::vector<Record>>> history(HistoryQuery query);
    /// nullopt: the slot has no transactions on disk.
    Task<Result<std::optional<Block>>> block(std::uint64_t slot);
    /// The slots from `first` to `last` that have transactions.
    Task<Result<std::vector<std::uint64_t>>> slots_with_blocks(std::uint64_t first, std::uint64_t last);
    /// Waits until the transaction is on disk. False: not before `deadline`.
    Task<bool> stored(Signature signature, TimePoint deadline);

    /// Every account of the newest version as text, one a line: equal ledgers have equal dumps.
    std::string dump() const;

  private:
    struct Opened;
    Ledger(EventLoop& loop, Clock& clock, LedgerOptions options, Opened opened,
           reservations::Journal journal);

    Task<Result<>> produce();
    Task<> keep_slots();
    /// Brings everything that counts slots up to now. Called first by whatever looks at slots.
    void follow_clock();
    std::optional<ledger::TransactionError> obstacle(const ledger::Transaction& transaction,
                                                     const View& seen) const;
    std::vector<ledger::Transaction> choose(std::uint64_t slot);
    /// Executes what waits. The entry has no records when none of it landed. Errors: the node is at fault.
    Result<Entry> build_entry();
    void land(const ledger::Transaction& transaction, Execution execution, Entry& entry,
              std::map<PublicKey, AccountPointer>& writes);
    void settle(const Entry& entry);

    EventLoop& loop_;
    Clock& clock_;
    LedgerOptions options_;
    program::Deployment deployment_;
    std::unique_ptr<Store> store_;
    Worker worker_;
    Blockhash genesis_;
    std::uint64_t transaction_count_ = 0;
    ledger::Keypair faucet_;
    std::uint64_t airdrops_ = 0;

    SlotClock slots_;
    std::uint64_t open_slot_ = 0;
    Blockhashes hashes_;
    Accounts accounts_;
    Commitments commitments_;
    Recent recent_;

    Mempool mempool_;
    reservations::Journal journal_;
    Workers workers_;
    EntryRunner runner_;
    /// Who waits for which transaction.
    std::multimap<Signature, Wake*> waiters_;
    Watcher* watcher_ = nullptr;
    Wake work_;
    bool stopping_ = false;
};

}  // namespace dz::devnet
