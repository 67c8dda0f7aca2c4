#include "services/oracle/journal.hpp"

#include <fmt/format.h>

#include <optional>

#include "base/files.hpp"

namespace dz::oracle {

using sqlite::Statement;

namespace {

constexpr int kVersion = 1;
/// Marks the file as ours ("DZor").
constexpr int kApplication = 0x445a6f72;

constexpr const char* kSchema = R"(
CREATE TABLE IF NOT EXISTS reservations (
    id TEXT PRIMARY KEY, number INTEGER NOT NULL UNIQUE, deposit BLOB NOT NULL UNIQUE, device BLOB NOT NULL,
    client_ip INTEGER NOT NULL, user_payer BLOB NOT NULL, refund_to BLOB NOT NULL, holder TEXT NOT NULL,
    request_key TEXT, price INTEGER NOT NULL, expires_slot INTEGER NOT NULL, expires_at INTEGER NOT NULL,
    state INTEGER NOT NULL, reason INTEGER NOT NULL, settle_slot INTEGER NOT NULL,
    changed_slot INTEGER NOT NULL, received INTEGER NOT NULL, collected INTEGER NOT NULL,
    refunded INTEGER NOT NULL, flight_purpose INTEGER, flight_transaction BLOB, flight_height INTEGER,
    flight_amount INTEGER, granted INTEGER NOT NULL) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS live_seats ON reservations (device, client_ip) WHERE state < 5;
CREATE UNIQUE INDEX IF NOT EXISTS requests ON reservations (holder, request_key) WHERE request_key IS NOT NULL;
)";

constexpr const char* kUpsert = R"(
INSERT INTO reservations VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
    ?19, ?20, ?21, ?22, ?23, ?24)
ON CONFLICT (id) DO UPDATE SET state = ?13, reason = ?14, settle_slot = ?15, changed_slot = ?16, received = ?17,
    collected = ?18, refunded = ?19, flight_purpose = ?20, flight_transaction = ?21, flight_height = ?22,
    flight_amount = ?23, granted = ?24
)";

void bind(Statement& row, const Reservation& r) {
    row.bind(1, r.id).bind(2, std::int64_t{r.index}).bind(3, r.deposit.view()).bind(4, r.device.view());
    row.bind(5, std::int64_t{r.client_ip.to_uint()}).bind(6, r.user_payer.view()).bind(7, r.refund_to.view());
    row.bind(8, r.holder);
    r.request_key ? row.bind(9, *r.request_key) : row.bind_null(9);
    row.bind(10, r.price.value).bind(11, r.expires_slot).bind(12, r.expires_at);
    row.bind(13, static_cast<std::int64_t>(r.state)).bind(14, static_cast<std::int64_t>(r.reason));
    row.bind(15, r.settle_slot).bind(16, r.changed_slot).bind(17, r.received.value);
    row.bind(18, std::int64_t{r.collected}).bind(19, r.refunded.value);
    row.bind(24, std::int64_t{r.granted});
    if (r.flight) {
        row.bind(20, static_cast<std::int64_t>(r.flight->purpose)).bind(21, ByteView(r.flight->transaction));
        row.bind(22, r.flight->last_valid_block_height).bind(23, r.flight->to_client.value);
    } else {
        row.bind_null(20).bind_null(21).bind_null(22).bind_null(23);
    }
}

Result<std::uint8_t> number_of(const Statement& row, int column, std::uint8_t last, std::string_view what) {
    const std::uint64_t number = row.natural(column);
    if (number > last)
        return fail(Errc::BadValue, fmt::format("{} {} of reservation {}", what, number, row.text(0)));
    return static_cast<std::uint8_t>(number);
}

Result<std::optional<Flight>> read_flight(const Statement& row) {
    const ByteView transaction = row.blob(20);
    if (transaction.empty()) return std::nullopt;
    TRY(const auto purpose, number_of(row, 19, static_cast<std::uint8_t>(Purpose::Collect), "purpose"));
    return Flight{static_cast<Purpose>(purpose), Bytes(transaction.begin(), transaction.end()),
                  row.natural(21), Lamports{row.natural(22)}};
}

Result<Reservation> read_row(const Statement& row) {
    Reservation r;
    r.id = row.text(0);
    r.index = static_cast<std::uint32_t>(row.integer(1));
    TRY(r.deposit, PublicKey::from(row.blob(2)));
    TRY(r.device, PublicKey::from(row.blob(3)));
    r.client_ip = Ipv4(static_cast<std::uint32_t>(row.integer(4)));
    TRY(r.user_payer, PublicKey::from(row.blob(5)));
    TRY(r.refund_to, PublicKey::from(row.blob(6)));
    r.holder = row.text(7);
    r.request_key = row.text_or_null(8);
    r.price = {row.natural(9)};
    r.expires_slot = row.natural(10);
    r.expires_at = row.integer(11);
    TRY(const auto state, number_of(row, 12, static_cast<std::uint8_t>(State::Closed), "state"));
    r.state = static_cast<State>(state);
    TRY(const auto reason, number_of(row, 13, static_cast<std::uint8_t>(Reason::Joined), "reason"));
    r.reason = static_cast<Reason>(reason);
    r.settle_slot = row.natural(14);
    r.changed_slot = row.natural(15);
    r.received = {row.natural(16)};
    r.collected = row.integer(17) != 0;
    r.refunded = {row.natural(18)};
    r.granted = row.integer(23) != 0;
    TRY(r.flight, read_flight(row));
    return r;
}

}  // namespace

struct SqliteJournal::Waiting {
    Change change;
    Wake turn;  ///< it is written, or now it is this one's turn to write
    bool written = false;
    Result<> outcome;
};

Result<std::unique_ptr<SqliteJournal>> SqliteJournal::open(EventLoop& loop, Clock& clock,
                                                           const std::filesystem::path& path) {
    if (path.has_parent_path()) TRY_OK(files::make_directories(path.parent_path()));
    auto database = sqlite::Database::open(path.string(), nullptr);
    if (!database) return wrap(database.error(), path.string());
    std::unique_ptr<SqliteJournal> journal(new SqliteJournal(loop, clock, *std::move(database)));
    if (const auto ready = journal->prepare(); !ready) return wrap(ready.error(), path.string());
    return journal;
}

SqliteJournal::~SqliteJournal() = default;

/// Exclusive from the first transaction on: two oracles on one journal would give one address to two clients.
Result<> SqliteJournal::prepare() {
    TRY_OK(database_.execute(
        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"));
    TRY(const std::string application, database_.setting("application_id"));
    TRY(const std::string version, database_.setting("user_version"));
    const bool fresh = application == "0" && version == "0";
    if (!fresh && application != std::to_string(kApplication))
        return fail(Errc::BadValue, "this is a database of something else: give -journal another path");
    if (!fresh && version != std::to_string(kVersion))
        return fail(Errc::BadValue,
                    fmt::format("version {} of the journal is not known to this build", version));
    TRY_OK(database_.execute("BEGIN EXCLUSIVE"));
    TRY_OK(database_.execute(kSchema));
    const std::string marks =
        fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {};", kApplication, kVersion);
    TRY_OK(database_.execute(marks.c_str()));
    return database_.execute("COMMIT");
}

Result<std::vector<Reservation>> SqliteJournal::read() {
    TRY(auto rows, database_.prepare("SELECT * FROM reservations ORDER BY number"));
    std::vector<Reservation> all;
    for (;;) {
        TRY(const bool more, rows.step());
        if (!more) return all;
        TRY(all.emplace_back(), read_row(rows));
    }
}

/// One at a time writes for all who wait, and then the next one's turn comes: no coroutine of its own is
/// needed, and nobody writes for others for long.
Task<Result<>> SqliteJournal::write(Change change) {
    Waiting waiting{.change = std::move(change), .turn = Wake(loop_, clock_), .outcome = {}};
    waiting_.push_back(&waiting);
    if (std::exchange(writing_, true)) co_await waiting.turn.wait_until(TimePoint::max());
    if (waiting.written) co_return std::move(waiting.outcome);
    co_await write_batch();
    writing_ = !waiting_.empty();
    if (writing_) waiting_.front()->turn.set();
    co_return std::move(waiting.outcome);
}

Task<> SqliteJournal::write_batch() {
    const std::deque<Waiting*> batch = std::exchange(waiting_, {});
    std::vector<Change> changes;
    changes.reserve(batch.size());
    for (Waiting* one : batch) changes.push_back(std::move(one->change));
    const Result<> outcome =
        co_await worker_.run([this, changes = std::move(changes)] { return commit(changes); });
    for (Waiting* one : batch) {
        one->outcome = outcome;
        one->written = true;
        one->turn.set();
    }
}

Result<> SqliteJournal::commit(const std::vector<Change>& changes) {
    TRY_OK(database_.execute("BEGIN"));
    for (const Change& change : changes) {
        if (auto done = apply(change); !done) {
            TRY_OK(database_.execute("ROLLBACK"));
            return done;
        }
    }
    return database_.execute("COMMIT");
}

Result<> SqliteJournal::apply(const Change& change) {
    const Reservation& r = change.reservation;
    if (change.remove) {
        TRY(auto remove, database_.prepare("DELETE FROM reservations WHERE id = ?1"));
        return remove.bind(1, r.id).run();
    }
    TRY(auto upsert, database_.prepare(kUpsert));
    bind(upsert, r);
    return upsert.run();
}

}  // namespace dz::oracle
