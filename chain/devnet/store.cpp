#include "chain/devnet/store.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/files.hpp"
#include "base/json.hpp"

namespace dz::devnet {

namespace {

constexpr std::string_view kSchemaVersion = "4";
/// The same without entries, which it had none of.
constexpr std::string_view kOlderSchema = "3";
/// Where `StateRoot::sum` is kept.
constexpr const char* kStateKey = "state";

// `transactions.id` is the order in which they were executed.
constexpr const char* kSchema = R"(
CREATE TABLE IF NOT EXISTS accounts (
    address BLOB PRIMARY KEY, lamports INTEGER NOT NULL, owner BLOB NOT NULL, executable INTEGER NOT NULL,
    data BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS slots (
    slot INTEGER PRIMARY KEY, hash BLOB NOT NULL, unix_time INTEGER NOT NULL, epoch INTEGER NOT NULL,
    reservations INTEGER NOT NULL, state BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS transactions (
    id INTEGER PRIMARY KEY, signature BLOB NOT NULL UNIQUE, slot INTEGER NOT NULL, unix_time INTEGER NOT NULL,
    error TEXT, fee INTEGER NOT NULL, units INTEGER NOT NULL,
    balances BLOB NOT NULL, log TEXT NOT NULL, bytes BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS transactions_by_slot ON transactions (slot);
CREATE TABLE IF NOT EXISTS entries (
    slot INTEGER NOT NULL, number INTEGER NOT NULL, transactions INTEGER NOT NULL, mode INTEGER NOT NULL,
    outcome TEXT NOT NULL, payers INTEGER NOT NULL, total BLOB NOT NULL, PRIMARY KEY (slot, number)) WITHOUT ROWID;
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

/// Each account's two numbers in eight bytes each, little-endian.
Bytes encode(const Balances& balances) {
    bytes::Writer out;
    for (std::size_t i = 0; i < balances.before.size(); ++i)
        out.u64(balances.before[i]).u64(balances.after.at(i));
    return out.take();
}

Result<Balances> decode_balances(ByteView bytes) {
    bytes::Reader in(bytes);
    Balances balances;
    while (in.remaining() > 0) {
        TRY(balances.before.emplace_back(), in.u64());
        TRY(balances.after.emplace_back(), in.u64());
    }
    return balances;
}

template <class Key>
Result<Key> to_key(ByteView bytes) {
    Key key;
    if (bytes.size() != key.bytes.size()) return fail(Errc::BadValue, "the ledger's file is damaged");
    std::ranges::copy(bytes, key.bytes.begin());
    return key;
}

/// From the columns address, lamports, owner, executable, data.
Result<AccountWrite> read_account(const Statement& row) {
    auto state = std::make_shared<AccountState>();
    TRY(const auto address, to_key<PublicKey>(row.blob(0)));
    state->lamports = row.natural(1);
    TRY(state->owner, to_key<PublicKey>(row.blob(2)));
    state->executable = row.integer(3) != 0;
    const ByteView data = row.blob(4);
    state->data.assign(data.begin(), data.end());
    return AccountWrite(address, std::move(state));
}

/// From the columns slot, hash, unix_time, epoch, reservations, state.
Result<BlockHead> read_head(const Statement& row) {
    BlockHead head;
    head.slot = row.natural(0);
    TRY(head.hash, to_key<Blockhash>(row.blob(1)));
    head.unix_time = row.integer(2);
    head.epoch = row.natural(3);
    const auto form = static_cast<ledger::Dialect>(row.integer(4));
    const bool known =
        std::ranges::find(kReservationForms, form, &ReservationForm::second) != kReservationForms.end();
    if (!known) return fail(Errc::BadValue, "the ledger's file is damaged");
    head.reservations = form;
    TRY(head.state, to_key<Blockhash>(row.blob(5)));
    return head;
}

}  // namespace

Result<std::unique_ptr<Store>> Store::open(const std::filesystem::path& directory, StoreOptions options) {
    TRY_OK(files::make_directories(directory));
    const std::string path = (directory / "ledger.db").string();
    const auto wrapped = [&](Error error) {
        return wrap(std::move(error), fmt::format("ledger in {}", path));
    };
    auto database = Database::open(path, options.vfs);
    if (!database) return wrapped(database.error());
    std::unique_ptr<Store> store(new Store(*std::move(database)));
    if (const auto prepared = store->prepare_files(options); !prepared) return wrapped(prepared.error());
    return store;
}

Result<> Store::prepare_files(const StoreOptions& options) {
    // Exclusive: a second node on the same ledger is refused, and the WAL index stays in memory.
    TRY_OK(
        database_.execute("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;"
                          "PRAGMA synchronous = FULL; BEGIN IMMEDIATE; COMMIT;"));
    TRY_OK(
        database_.execute(fmt::format("PRAGMA wal_autocheckpoint = {}", options.checkpoint_pages).c_str()));
    TRY_OK(check_settings());
    TRY_OK(database_.execute("BEGIN IMMEDIATE"));
    TRY_OK(
        database_.execute("CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) "
                          "WITHOUT ROWID"));
    TRY_OK(check_version());
    TRY_OK(database_.execute(kSchema));
    TRY_OK(database_.execute("COMMIT"));
    TRY(const auto sum, value(kStateKey));
    if (!sum) return {};
    TRY(root_, StateRoot::from(as_bytes(*sum)));
    return {};
}

/// SQLite does not fail when it cannot do as it is told: it goes on with less.
Result<> Store::check_settings() {
    struct Setting {
        const char* name;
        const char* wanted;
        const char* reason;
    };
    constexpr Setting kWanted[] = {
        {"locking_mode", "exclusive", "a second node could write to it"},
        {"journal_mode", "wal", "its file system keeps no write-ahead log: use a directory on a local disk"},
        {"synchronous", "2", "what was confirmed could be lost with the power"}};
    for (const Setting& setting : kWanted) {
        TRY(const std::string found, database_.setting(setting.name));
        if (found == setting.wanted) continue;
        return fail(Errc::Unsupported, fmt::format("{} is {} and not {}: {}", setting.name, found,
                                                   setting.wanted, setting.reason));
    }
    return {};
}

Result<> Store::check_version() {
    TRY(const auto version, value("schema"));
    if (!version || *version == kOlderSchema) return put_value("schema", std::string(kSchemaVersion));
    if (*version == kSchemaVersion) return {};
    return fail(Errc::BadValue,
                fmt::format("it has format {}, this program writes {}; begin anew with --reset, or use the "
                            "version that wrote it",
                            *version, kSchemaVersion));
}

Result<std::optional<std::string>> Store::value(const std::string& key) {
    TRY(auto query, database_.prepare("SELECT value FROM meta WHERE key = ?1"));
    query.bind(1, key);
    TRY(const bool found, query.step());
    if (!found) return std::nullopt;
    return query.text(0);
}

Result<> Store::put_value(const std::string& key, const std::string& value) {
    TRY(auto statement, database_.prepare("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)"));
    return statement.bind(1, key).bind(2, value).run();
}

Result<> Store::visit_accounts(const std::function<void(const PublicKey&, AccountPointer)>& visit) {
    TRY(auto query, database_.prepare(
                        "SELECT address, lamports, owner, executable, data FROM accounts ORDER BY address"));
    for (;;) {
        TRY(const bool more, query.step());
        if (!more) return {};
        TRY(auto account, read_account(query));
        visit(account.first, std::move(account.second));
    }
}

Result<std::vector<std::pair<std::uint64_t, Blockhash>>> Store::slots(std::uint64_t first_slot) {
    TRY(auto query, database_.prepare("SELECT slot, hash FROM slots WHERE slot >= ?1 OR slot = "
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

Result<> Store::visit_outcomes(std::uint64_t first_slot, const std::function<void(const Record&)>& visit) {
    TRY(auto query, database_.prepare("SELECT signature, slot, error FROM transactions WHERE slot >= ?1"));
    query.bind(1, first_slot);
    Record record;
    for (;;) {
        TRY(const bool more, query.step());
        if (!more) return {};
        TRY(record.signature, to_key<Signature>(query.blob(0)));
        record.slot = query.natural(1);
        record.error = parse_error(query.text_or_null(2));
        visit(record);
    }
}

Result<std::uint64_t> Store::transaction_count() {
    TRY(auto query, database_.prepare("SELECT coalesce(max(id), 0) FROM transactions"));
    TRY_OK(query.step());
    return query.natural(0);
}

Result<> Store::commit(const Entry& entry, const Values& values) {
    const StateRoot before = root_;
    TRY_OK(database_.execute("BEGIN"));
    auto written = write_entry(entry, values);
    if (written) written = database_.execute("COMMIT");
    if (written) return {};
    root_ = before;
    // After some failures SQLite has done so already, which it calls an error.
    static_cast<void>(database_.execute("ROLLBACK"));
    return wrap(written.error(), fmt::format("commit slot {}", entry.slot));
}

Result<> Store::write_entry(const Entry& entry, const Values& values) {
    TRY_OK(write_records(entry));
    TRY_OK(write_accounts(entry));
    TRY_OK(write_head(entry));
    TRY_OK(write_notes(entry));
    for (const auto& [key, value] : values) TRY_OK(put_value(key, value));
    return {};
}

Result<> Store::write_head(const Entry& entry) {
    const Blockhash state = root_.hash();
    if (entry.state && *entry.state != state) {
        return fail(Errc::BadValue, fmt::format("the state of all accounts would be {} and not {}",
                                                state.to_string(), entry.state->to_string()));
    }
    TRY(auto slot,
        database_.prepare("INSERT OR REPLACE INTO slots (slot, hash, unix_time, epoch, reservations, state) "
                          "VALUES (?1, ?2, ?3, ?4, ?5, ?6)"));
    TRY_OK(slot.bind(1, entry.slot)
               .bind(2, entry.hash.bytes)
               .bind(3, entry.unix_time)
               .bind(4, entry.epoch)
               .bind(5, static_cast<std::int64_t>(entry.reservations))
               .bind(6, state.bytes)
               .run());
    TRY(auto sum, database_.prepare("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)"));
    const Bytes bytes = root_.sum();
    return sum.bind(1, std::string(kStateKey)).bind(2, bytes).run();
}

Result<> Store::write_records(const Entry& entry) {
    TRY(auto insert,
        database_.prepare(
            "INSERT INTO transactions (signature, slot, unix_time, error, fee, units, balances, log, bytes) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"));
    TRY(auto mention, database_.prepare("INSERT OR IGNORE INTO mentions (address, id) VALUES (?1, ?2)"));
    for (const Record& record : entry.records) {
        const std::string log = join_lines(record.log);
        const Bytes balances = encode(record.balances);
        const std::string error = record.error ? json::dump(ledger::to_json(*record.error)) : std::string();
        insert.bind(1, record.signature.bytes).bind(2, record.slot).bind(3, record.unix_time);
        if (record.error) {
            insert.bind(4, error);
        } else {
            insert.bind_null(4);
        }
        insert.bind(5, record.fee).bind(6, record.units).bind(7, balances).bind(8, log);
        insert.bind(9, record.transaction);
        if (const auto inserted = insert.run(); !inserted)
            return wrap(inserted.error(), fmt::format("transaction {}", record.signature.to_string()));
        const std::int64_t id = database_.last_id();
        for (const PublicKey& address : record.addresses) {
            TRY_OK(mention.bind(1, address.bytes).bind(2, id).run());
        }
    }
    return {};
}

Result<> Store::write_accounts(const Entry& entry) {
    TRY(auto old, database_.prepare("SELECT address, lamports, owner, executable, data FROM accounts "
                                    "WHERE address = ?1"));
    TRY(auto replace,
        database_.prepare("INSERT OR REPLACE INTO accounts (address, lamports, owner, executable, data) "
                          "VALUES (?1, ?2, ?3, ?4, ?5)"));
    TRY(auto remove, database_.prepare("DELETE FROM accounts WHERE address = ?1"));
    for (const auto& [address, state] : entry.writes) {
        // What is on disk leaves the sum, not what memory believes to be there.
        TRY(const bool replaces, old.bind(1, address.bytes).step());
        if (replaces) {
            TRY(const AccountWrite before, read_account(old));
            root_.remove(address, *before.second);
        }
        old.reset();
        if (state->lamports == 0) {
            TRY_OK(remove.bind(1, address.bytes).run());
            continue;
        }
        root_.add(address, *state);
        TRY_OK(replace.bind(1, address.bytes)
                   .bind(2, state->lamports)
                   .bind(3, state->owner.bytes)
                   .bind(4, std::int64_t{state->executable})
                   .bind(5, state->data)
                   .run());
    }
    return {};
}

Result<> Store::check_state() {
    StateRoot found;
    TRY_OK(visit_accounts(
        [&](const PublicKey& address, const AccountPointer& state) { found.add(address, *state); }));
    if (found == root_) return {};
    return fail(Errc::BadValue,
                fmt::format("the ledger's file is damaged: its accounts have the state {}, its "
                            "last entry left {}",
                            found.hash().to_string(), root_.hash().to_string()));
}

Result<std::optional<BlockHead>> Store::newest_head() {
    TRY(auto query, database_.prepare("SELECT slot, hash, unix_time, epoch, reservations, state FROM slots "
                                      "ORDER BY slot DESC LIMIT 1"));
    TRY(const bool found, query.step());
    if (!found) return std::nullopt;
    return read_head(query);
}

Result<std::optional<BlockHead>> Store::head(std::uint64_t slot) {
    TRY(auto query, database_.prepare("SELECT slot, hash, unix_time, epoch, reservations, state FROM slots "
                                      "WHERE slot = ?1"));
    TRY(const bool found, query.bind(1, slot).step());
    if (!found) return std::nullopt;
    return read_head(query);
}

Result<std::vector<std::pair<BlockHead, std::uint64_t>>> Store::heads(std::uint64_t first_slot,
                                                                      std::uint64_t last_slot) {
    TRY(auto query, database_.prepare("SELECT slot, hash, unix_time, epoch, reservations, state, "
                                      "(SELECT count(*) FROM transactions t WHERE t.slot = s.slot) "
                                      "FROM slots s WHERE slot >= ?1 AND slot <= ?2 ORDER BY slot"));
    query.bind(1, first_slot).bind(2, last_slot);
    std::vector<std::pair<BlockHead, std::uint64_t>> heads;
    for (;;) {
        TRY(const bool more, query.step());
        if (!more) return heads;
        TRY(const BlockHead head, read_head(query));
        heads.emplace_back(head, query.natural(6));
    }
}

Result<std::optional<Block>> Store::block_after(std::uint64_t slot) {
    TRY(auto next, database_.prepare("SELECT slot, hash, unix_time, epoch, reservations, state FROM slots "
                                     "WHERE slot > ?1 ORDER BY slot LIMIT 1"));
    TRY(const bool found, next.bind(1, slot).step());
    if (!found) return std::nullopt;
    Block block;
    TRY(block.head, read_head(next));
    TRY(auto parent,
        database_.prepare("SELECT slot, hash FROM slots WHERE slot < ?1 ORDER BY slot DESC LIMIT 1"));
    TRY(const bool has_parent, parent.bind(1, block.head.slot).step());
    if (has_parent) {
        block.parent_slot = parent.natural(0);
        TRY(block.parent_hash, to_key<Blockhash>(parent.blob(1)));
    }
    TRY(block.transactions, transactions_of(block.head.slot));
    TRY(block.entries, notes_of(block.head.slot));
    return block;
}

Result<std::vector<BlockTransaction>> Store::transactions_of(std::uint64_t slot) {
    TRY(auto query, database_.prepare("SELECT bytes, unix_time, fee, units, error FROM transactions "
                                      "WHERE slot = ?1 ORDER BY id"));
    query.bind(1, slot);
    std::vector<BlockTransaction> transactions;
    for (;;) {
        TRY(const bool more, query.step());
        if (!more) return transactions;
        const ByteView bytes = query.blob(0);
        transactions.push_back({Bytes(bytes.begin(), bytes.end()), query.integer(1), query.natural(2),
                                query.natural(3), parse_error(query.text_or_null(4))});
    }
}

Result<std::optional<Record>> Store::find(const Signature& signature) {
    TRY(auto query,
        database_.prepare("SELECT slot, unix_time, error, fee, units, balances, log, bytes FROM transactions "
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
    TRY(record.balances, decode_balances(query.blob(5)));
    record.log = split_lines(query.text(6));
    const ByteView bytes = query.blob(7);
    record.transaction.assign(bytes.begin(), bytes.end());
    return record;
}

Result<std::vector<Record>> Store::history(const HistoryQuery& history) {
    TRY(auto query,
        database_.prepare("SELECT t.signature, t.slot, t.unix_time, t.error FROM mentions m JOIN "
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
