// chain/devnet/store.hpp: the ledger on disk: accounts, transactions and slots in SQLite.
//
// An entry is one SQLite transaction, in WAL mode with a sync before `commit` returns: what has been
// committed survives the process and the machine, and a half-written entry does not exist. With each entry
// stands the hash of all accounts after it. Blocking; the node calls it from its `Worker`. Not for use from
// several threads at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/sqlite.hpp"
#include "chain/devnet/block.hpp"
#include "chain/devnet/executor.hpp"
#include "chain/devnet/slots.hpp"
#include "chain/devnet/state_root.hpp"

namespace dz::devnet {

using ledger::Signature;
using sqlite::Database;
using sqlite::Statement;

/// A transaction that landed.
struct Record {
    Signature signature;
    std::uint64_t slot = 0;
    std::int64_t unix_time = 0;
    std::optional<ledger::TransactionError> error;
    std::uint64_t fee = 0;
    std::uint64_t units = 0;
    Balances balances;
    std::vector<std::string> log;
    Bytes transaction;                 ///< as it was sent
    std::vector<PublicKey> addresses;  ///< that it names: for histories
};

/// What is kept of a transaction: `bytes` as it was sent.
Record record_of(const ledger::Transaction& transaction, Execution execution, Bytes bytes, std::uint64_t slot,
                 std::int64_t unix_time);

/// Transactions that were executed together, in order, and what they changed.
struct Entry {
    std::uint64_t slot = 0;
    std::int64_t unix_time = 0;
    Blockhash hash;  ///< of the slot after this entry
    std::uint64_t epoch = 0;
    ledger::Dialect reservations = ledger::Dialect::Seats;
    std::vector<Record> records;
    /// Of all records, in their order.
    std::vector<AccountWrite> writes;
    /// What was executed together, in order; none where nobody asks.
    std::vector<EntryNote> notes = {};
    /// When set: the only state that may be the outcome, or nothing is written.
    std::optional<Blockhash> state;
};

/// Which part of an address's history.
struct HistoryQuery {
    PublicKey address;
    std::size_t limit = 1000;
    std::optional<Signature> before;
    std::optional<Signature> until;
    std::uint64_t newest_slot = 0;  ///< nothing later
};

/// For tests: where the files are kept, and how soon the log is folded into the main file.
struct StoreOptions {
    const char* vfs = nullptr;  ///< the file system that SQLite knows by this name; null = the real one
    int checkpoint_pages = 2000;
};

class Store {
  public:
    using Values = std::vector<std::pair<std::string, std::string>>;

    /// Makes the directory and an empty ledger when there is none. Errors: Io, Permission; Exists when
    /// another process has it open; BadValue when it is not a ledger of this version; Unsupported when the
    /// file system cannot keep what `commit` promises.
    static Result<std::unique_ptr<Store>> open(const std::filesystem::path& directory,
                                               StoreOptions options = {});

    /// What was put by `put_value` or `commit`.
    Result<std::optional<std::string>> value(const std::string& key);
    Result<> put_value(const std::string& key, const std::string& value);

    /// All accounts, in order of addresses.
    Result<> visit_accounts(const std::function<void(const PublicKey&, AccountPointer)>& visit);
    /// The slots with transactions from `first_slot` on and the one before, in order.
    Result<std::vector<std::pair<std::uint64_t, Blockhash>>> slots(std::uint64_t first_slot);
    /// Signature, slot and outcome of transactions from `first_slot` on: without what a duplicate check needs
    /// not.
    Result<> visit_outcomes(std::uint64_t first_slot, const std::function<void(const Record&)>& visit);

    /// Transactions that ever landed.
    Result<std::uint64_t> transaction_count();

    /// Entry and values are on disk when it returns, or nothing of them. Errors: Exists when a transaction is
    /// there already; BadValue when the state would not be the one that `entry` demands.
    Result<> commit(const Entry& entry, const Values& values = {});

    /// Of all accounts after the last entry.
    Blockhash state() const { return root_.hash(); }
    /// Reads all accounts. Errors: BadValue when they are not what the entries made of them.
    Result<> check_state();

    /// The newest slot with transactions, the genesis when there is none; nullopt in an empty store.
    Result<std::optional<BlockHead>> newest_head();
    Result<std::optional<BlockHead>> head(std::uint64_t slot);
    /// Heads from `first_slot` on and how many transactions each has.
    Result<std::vector<std::pair<BlockHead, std::uint64_t>>> heads(std::uint64_t first_slot,
                                                                   std::uint64_t last_slot);
    /// The first slot with transactions after `slot`; nullopt when there is none.
    Result<std::optional<Block>> block_after(std::uint64_t slot);

    Result<std::optional<Record>> find(const Signature& signature);
    /// Newest first, without logs and bytes.
    Result<std::vector<Record>> history(const HistoryQuery& query);

  private:
    explicit Store(Database database) : database_(std::move(database)) {}
    /// Settings, tables, version.
    Result<> prepare_files(const StoreOptions& options);
    Result<> check_settings();
    Result<> check_version();
    Result<> write_entry(const Entry& entry, const Values& values);
    Result<> write_head(const Entry& entry);
    Result<> write_records(const Entry& entry);
    Result<> write_notes(const Entry& entry);
    Result<> write_accounts(const Entry& entry);
    Result<std::vector<BlockTransaction>> transactions_of(std::uint64_t slot);
    Result<std::vector<EntryNote>> notes_of(std::uint64_t slot);

    Database database_;
    StateRoot root_;
};

}  // namespace dz::devnet
