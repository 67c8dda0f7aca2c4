#include "chain/devnet/store.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>

#include "base/json.hpp"

namespace dz::devnet {

namespace {

constexpr int kSchemaVersion = 1;

// `transactions.id` is the order in which they were executed.
constexpr const char* kSchema = R"(
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS accounts (
    address BLOB PRIMARY KEY, lamports INTEGER NOT NULL, owner BLOB NOT NULL, executable INTEGER NOT NULL,
    data BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS slots (slot INTEGER PRIMARY KEY, hash BLOB NOT NULL, unix_time INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS transactions (
    id INTEGER PRIMARY KEY, signature BLOB NOT NULL UNIQUE, slot INTEGER NOT NULL, unix_time INTEGER NOT NULL,
    error TEXT, fee INTEGER NOT NULL, units INTEGER NOT NULL, log TEXT NOT NULL, bytes BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS transactions_by_slot ON transactions (slot);
CREATE TABLE IF NOT EXISTS mentions (
    address BLOB NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (address, id)) WITHOUT ROWID;
)";

std::optional<ledger::TransactionError> parse_error(const std::optional<std::string>& text) {
    if (!text) return std::nullopt;
    const auto value = json::parse(*text);
    if (!value) return ledger::TransactionError{};
    auto error = ledger::parse_transaction_error(*value);
    return error ? *std::move(error) : ledger::TransactionError{};
}

std::string join_lines(const std::vector<std::string>& lines) {
    return fmt::format("{}", fmt::join(lines, "\n"));
}

std::vector<std::string> split_lines(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

template <class Key>
Result<Key> to_key(ByteView bytes) {
    Key key;
    if (bytes.size() != key.bytes.size()) return fail(Errc::BadValue, "the ledger's file is damaged");
    std::ranges::copy(bytes, key.bytes.begin());
    return key;
}

}  // namespace

/// A prepared statement; parameters and columns count from 1 and 0, as SQLite has them.
class Store::Statement {
  public:
    Statement(::sqlite3_stmt* statement, const Store& store) : statement_(statement), store_(&store) {}

    Statement& bind(int at, std::int64_t value) {
        ::sqlite3_bind_int64(statement_.get(), at, value);
        return *this;
    }
    Statement& bind(int at, std::uint64_t value) { return bind(at, static_cast<std::int64_t>(value)); }
    /// `bytes` must live until the statement has run.
    Statement& bind(int at, ByteView bytes) {
        // A null pointer would bind NULL.
        const void* start = bytes.empty() ? static_cast<const void*>("") : bytes.data();
        ::sqlite3_bind_blob64(statement_.get(), at, start, bytes.size(), SQLITE_STATIC);
        return *this;
    }
    Statement& bind(int at, const std::string& text) {
        ::sqlite3_bind_text64(statement_.get(), at, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
        return *this;
    }
    Statement& bind_null(int at) {
        ::sqlite3_bind_null(statement_.get(), at);
        return *this;
    }

    /// True while there is a row.
    Result<bool> step() {
        const int code = ::sqlite3_step(statement_.get());
        if (code == SQLITE_ROW) return true;
        if (code == SQLITE_DONE) return false;
        return store_->failed("step");
    }
    /// Runs a statement without rows and makes it ready for other parameters.
    Result<> run() {
        TRY_OK(step());
        ::sqlite3_reset(statement_.get());
        return {};
    }

    std::int64_t integer(int column) const { return ::sqlite3_column_int64(statement_.get(), column); }
    std::uint64_t natural(int column) const { return static_cast<std::uint64_t>(integer(column)); }
    ByteView blob(int column) const {
        const auto size = static_cast<std::size_t>(::sqlite3_column_bytes(statement_.get(), column));
        return {static_cast<const std::uint8_t*>(::sqlite3_column_blob(statement_.get(), column)), size};
    }
    std::string text(int column) const { return std::string(as_text(blob(column))); }
    std::optional<std::string> text_or_null(int column) const {
        if (::sqlite3_column_type(statement_.get(), column) == SQLITE_NULL) return std::nullopt;
        return text(column);
    }

  private:
    struct Finalize {
        void operator()(::sqlite3_stmt* statement) const { ::sqlite3_finalize(statement); }
    };
    std::unique_ptr<::sqlite3_stmt, Finalize> statement_;
    const Store* store_;
};

void Store::Close::operator()(::sqlite3* database) const {
    ::sqlite3_close(database);
}

Store::~Store() = default;

std::unexpected<Error> Store::failed(std::string_view doing) const {
    const int code = ::sqlite3_errcode(database_.get());
    const Errc errc = code == SQLITE_BUSY ? Errc::Exists : code == SQLITE_NOTADB ? Errc::BadValue : Errc::Io;
    return fail(errc, fmt::format("{}: {}", doing, ::sqlite3_errmsg(database_.get())), code);
}

Result<> Store::execute(const char* sql) {
    if (::sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK)
        return failed("execute");
    return {};
}

Result<Store::Statement> Store::prepare(const char* sql) {
    ::sqlite3_stmt* statement = nullptr;
    if (::sqlite3_prepare_v2(database_.get(), sql, -1, &statement, nullptr) != SQLITE_OK) {
        return failed("prepare");
    }
    return Statement(statement, *this);
}

Result<std::unique_ptr<Store>> Store::open(const std::filesystem::path& directory) {
    std::error_code code;
    std::filesystem::create_directories(directory, code);
    if (code) return fail_errno(code.value(), fmt::format("make {}", directory.string()));
    const std::string path = (directory / "ledger.db").string();
    ::sqlite3* raw = nullptr;
    const int opened = ::sqlite3_open_v2(
        path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    std::unique_ptr<Store> store(new Store(std::unique_ptr<::sqlite3, Close>(raw)));
    const auto wrapped = [&](Error error) {
        return wrap(std::move(error), fmt::format("ledger in {}", path));
    };
    if (opened != SQLITE_OK) return wrapped(store->failed("open").error());
    // Exclusive: a second node on the same ledger is refused, and the WAL index stays in memory.
    const auto prepared = store->execute(
        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
        "PRAGMA wal_autocheckpoint = 2000; BEGIN IMMEDIATE; COMMIT;");
    if (!prepared) return wrapped(prepared.error());
    if (const auto made = store->execute(kSchema); !made) return wrapped(made.error());
    const auto version = store->value("schema");
    if (!version) return wrapped(version.error());
    if (!*version) {
        TRY_OK(store->put_value("schema", std::to_string(kSchemaVersion)));
    } else if (**version != std::to_string(kSchemaVersion)) {
        return fail(Errc::BadValue, fmt::format("ledger in {} has format {}, this program writes {}", path,
                                                **version, kSchemaVersion));
    }
    return store;
}

Result<std::optional<std::string>> Store::value(const std::string& key) {
    TRY(auto query, prepare("SELECT value FROM meta WHERE key = ?1"));
    query.bind(1, key);
    TRY(const bool found, query.step());
    if (!found) return std::nullopt;
    return query.text(0);
}

Result<> Store::put_value(const std::string& key, const std::string& value) {
    TRY(auto statement, prepare("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)"));
    return statement.bind(1, key).bind(2, value).run();
}

Result<std::vector<AccountWrite>> Store::accounts() {
    TRY(auto query,
        prepare("SELECT address, lamports, owner, executable, data FROM accounts ORDER BY address"));
    std::vector<AccountWrite> accounts;
    for (;;) {
        TRY(const bool more, query.step());
        if (!more) return accounts;
        auto state = std::make_shared<AccountState>();
        TRY(const auto address, to_key<PublicKey>(query.blob(0)));
        state->lamports = query.natural(1);
        TRY(state->owner, to_key<PublicKey>(query.blob(2)));
        state->executable = query.integer(3) != 0;
        const ByteView data = query.blob(4);
        state->data.assign(data.begin(), data.end());
        accounts.emplace_back(address, std::move(state));
    }
}

Result<std::vector<std::pair<std::uint64_t, Blockhash>>> Store::slots(std::uint64_t first_slot) {
    TRY(auto query, prepare("SELECT slot, hash FROM slots WHERE slot >= ?1 OR slot = "
                            "(SELECT max(slot) FROM slots WHERE slot < ?1) ORDER BY slot"));
    query.bind(1, first_slot);
    std::vector<std::pair<std::uint64_t, Blockhash>> slots;
    for (;;) {
        TRY(const bool more, query.step());
        if (!more) return slots;
        TRY(const auto hash, to_key<Blockhash>(query.blob(1)));
        slots.emplace_back(query.natural(0), hash);
    }
}

Result<std::vector<Record>> Store::outcomes(std::uint64_t first_slot) {
    TRY(auto query, prepare("SELECT signature, slot, unix_time, error FROM transactions WHERE slot >= ?1"));
    query.bind(1, first_slot);
    std::vector<Record> records;
    for (;;) {
        TRY(const bool more, query.step());
        if (!more) return records;
        Record record;
        TRY(record.signature, to_key<Signature>(query.blob(0)));
        record.slot = query.natural(1);
        record.unix_time = query.integer(2);
        record.error = parse_error(query.text_or_null(3));
        records.push_back(std::move(record));
    }
}

Result<std::uint64_t> Store::transaction_count() {
    TRY(auto query, prepare("SELECT coalesce(max(id), 0) FROM transactions"));
    TRY_OK(query.step());
    return query.natural(0);
}

Result<> Store::commit(const Entry& entry) {
    TRY_OK(execute("BEGIN"));
    if (const auto written = write_entry(entry); !written) {
        static_cast<void>(execute("ROLLBACK"));
        return wrap(written.error(), fmt::format("commit slot {}", entry.slot));
    }
    return execute("COMMIT");
}

Result<> Store::write_entry(const Entry& entry) {
    TRY(auto slot, prepare("INSERT OR REPLACE INTO slots (slot, hash, unix_time) VALUES (?1, ?2, ?3)"));
    TRY_OK(slot.bind(1, entry.slot).bind(2, entry.hash.bytes).bind(3, entry.unix_time).run());
    TRY_OK(write_records(entry));
    return write_accounts(entry);
}

Result<> Store::write_records(const Entry& entry) {
    TRY(auto insert,
        prepare("INSERT INTO transactions (signature, slot, unix_time, error, fee, units, log, bytes) "
                "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"));
    TRY(auto mention, prepare("INSERT OR IGNORE INTO mentions (address, id) VALUES (?1, ?2)"));
    for (const Record& record : entry.records) {
        const std::string log = join_lines(record.log);
        const std::string error = record.error ? json::dump(ledger::to_json(*record.error)) : std::string();
        insert.bind(1, record.signature.bytes).bind(2, record.slot).bind(3, record.unix_time);
        if (record.error) {
            insert.bind(4, error);
        } else {
            insert.bind_null(4);
        }
        TRY_OK(
            insert.bind(5, record.fee).bind(6, record.units).bind(7, log).bind(8, record.transaction).run());
        const std::int64_t id = ::sqlite3_last_insert_rowid(database_.get());
        for (const PublicKey& address : record.addresses) {
            TRY_OK(mention.bind(1, address.bytes).bind(2, id).run());
        }
    }
    return {};
}

Result<> Store::write_accounts(const Entry& entry) {
    TRY(auto replace, prepare("INSERT OR REPLACE INTO accounts (address, lamports, owner, executable, data) "
                              "VALUES (?1, ?2, ?3, ?4, ?5)"));
    TRY(auto remove, prepare("DELETE FROM accounts WHERE address = ?1"));
    for (const auto& [address, state] : entry.writes) {
        if (state->lamports == 0) {
            TRY_OK(remove.bind(1, address.bytes).run());
            continue;
        }
        TRY_OK(replace.bind(1, address.bytes)
                   .bind(2, state->lamports)
                   .bind(3, state->owner.bytes)
                   .bind(4, std::int64_t{state->executable})
                   .bind(5, state->data)
                   .run());
    }
    return {};
}

Result<std::optional<Record>> Store::find(const Signature& signature) {
    TRY(auto query, prepare("SELECT slot, unix_time, error, fee, units, log, bytes FROM transactions "
                            "WHERE signature = ?1"));
    query.bind(1, signature.bytes);
    TRY(const bool found, query.step());
    if (!found) return std::nullopt;
    Record record;
    record.signature = signature;
    record.slot = query.natural(0);
    record.unix_time = query.integer(1);
    record.error = parse_error(query.text_or_null(2));
    record.fee = query.natural(3);
    record.units = query.natural(4);
    record.log = split_lines(query.text(5));
    const ByteView bytes = query.blob(6);
    record.transaction.assign(bytes.begin(), bytes.end());
    return record;
}

Result<std::vector<Record>> Store::history(const HistoryQuery& history) {
    TRY(auto query, prepare("SELECT t.signature, t.slot, t.unix_time, t.error FROM mentions m JOIN "
                            "transactions t ON t.id = m.id "
                            "WHERE m.address = ?1 AND t.slot <= ?2 "
                            "AND (?3 IS NULL OR t.id < (SELECT id FROM transactions WHERE signature = ?3)) "
                            "AND (?4 IS NULL OR t.id > (SELECT id FROM transactions WHERE signature = ?4)) "
                            "ORDER BY t.id DESC LIMIT ?5"));
    query.bind(1, history.address.bytes).bind(2, history.newest_slot);
    if (history.before) query.bind(3, history.before->bytes);
    if (history.until) query.bind(4, history.until->bytes);
    query.bind(5, std::uint64_t{history.limit});
    std::vector<Record> records;
    for (;;) {
        TRY(const bool more, query.step());
        if (!more) return records;
        Record record;
        TRY(record.signature, to_key<Signature>(query.blob(0)));
        record.slot = query.natural(1);
        record.unix_time = query.integer(2);
        record.error = parse_error(query.text_or_null(3));
        records.push_back(std::move(record));
    }
}

}  // namespace dz::devnet
