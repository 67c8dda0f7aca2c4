// chain/devnet/store.hpp: the ledger on disk: accounts, transactions and slots in SQLite.
//
// An entry is one SQLite transaction, in WAL mode with a sync before `commit` returns: what has been
// committed survives the process and the machine, and a half-written entry does not exist. Blocking; the node
// calls it from its `Worker`. Not for use from several threads at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "chain/devnet/executor.hpp"
#include "chain/devnet/slots.hpp"

struct sqlite3;

namespace dz::devnet {

using ledger::Signature;

/// A transaction that landed.
struct Record {
    Signature signature;
    std::uint64_t slot = 0;
    std::int64_t unix_time = 0;
    std::optional<ledger::TransactionError> error;
    std::uint64_t fee = 0;
    std::uint64_t units = 0;
    std::vector<std::string> log;
    Bytes transaction;                 ///< as it was sent
    std::vector<PublicKey> addresses;  ///< that it names: for histories
};

/// Transactions that were executed together, in order, and what they changed.
struct Entry {
    std::uint64_t slot = 0;
    std::int64_t unix_time = 0;
    Blockhash hash;  ///< of the slot after this entry
    std::vector<Record> records;
    /// Of all records, in their order.
    std::vector<AccountWrite> writes;
};

/// Which part of an address's history.
struct HistoryQuery {
    PublicKey address;
    std::size_t limit = 1000;
    std::optional<Signature> before;
    std::optional<Signature> until;
    std::uint64_t newest_slot = 0;  ///< nothing later
};

class Store {
  public:
    /// Makes the directory and an empty ledger when there is none. Errors: Io, Permission; Exists when
    /// another process has it open; BadValue when it is not a ledger of this version.
    static Result<std::unique_ptr<Store>> open(const std::filesystem::path& directory);
    ~Store();

    /// What was put by `put_value`.
    Result<std::optional<std::string>> value(const std::string& key);
    Result<> put_value(const std::string& key, const std::string& value);

    /// All accounts, in order of addresses.
    Result<std::vector<AccountWrite>> accounts();
    /// The slots with transactions from `first_slot` on and the one before, in order.
    Result<std::vector<std::pair<std::uint64_t, Blockhash>>> slots(std::uint64_t first_slot);
    /// Signature, slot and outcome of transactions from `first_slot` on: without what a duplicate check needs
    /// not.
    Result<std::vector<Record>> outcomes(std::uint64_t first_slot);

    /// Transactions that ever landed.
    Result<std::uint64_t> transaction_count();

    /// On disk when it returns.
    Result<> commit(const Entry& entry);

    Result<std::optional<Record>> find(const Signature& signature);
    /// Newest first, without logs and bytes.
    Result<std::vector<Record>> history(const HistoryQuery& query);

  private:
    struct Close {
        void operator()(::sqlite3* database) const;
    };
    class Statement;

    explicit Store(std::unique_ptr<::sqlite3, Close> database) : database_(std::move(database)) {}
    Result<> execute(const char* sql);
    Result<Statement> prepare(const char* sql);
    Result<> write_entry(const Entry& entry);
    Result<> write_records(const Entry& entry);
    Result<> write_accounts(const Entry& entry);
    std::unexpected<Error> failed(std::string_view doing) const;

    std::unique_ptr<::sqlite3, Close> database_;
};

}  // namespace dz::devnet
