// services/oracle/journal.hpp: the reservations on disk: what the oracle knows after a crash.
//
// Whatever has been written is there after the death of process and machine; what was being written is there
// wholly or not at all. Two things the file itself refuses: an address for two reservations, and two live
// reservations of one address on one device.
#pragma once

#include <deque>
#include <filesystem>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/sqlite.hpp"
#include "base/worker.hpp"
#include "services/oracle/reservation.hpp"

namespace dz::oracle {

struct Change {
    Reservation reservation;
    bool remove = false;  ///< it never came to be
};

/// Port. Used on the loop's thread.
class Journal {
  public:
    virtual ~Journal() = default;

    /// In the order in which they were made. To be called before the first `write`.
    virtual Result<std::vector<Reservation>> read() = 0;
    /// On disk when it returns. Errors: Io; Exists, see above. After an error nothing more may be promised to
    /// anybody.
    virtual Task<Result<>> write(Change change) = 0;
};

/// SQLite in WAL mode with a sync for each commit. Writes that wait for a commit under way share the next
/// one.
class SqliteJournal final : public Journal {
  public:
    /// Makes the file when there is none. Errors: Exists when another process has it; BadValue when it is
    /// another kind of file, or of a later version; Io, Permission.
    static Result<std::unique_ptr<SqliteJournal>> open(EventLoop& loop, Clock& clock,
                                                       const std::filesystem::path& path);
    ~SqliteJournal() override;

    Result<std::vector<Reservation>> read() override;
    Task<Result<>> write(Change change) override;

  private:
    /// A write that waits, in its caller's frame.
    struct Waiting;

    SqliteJournal(EventLoop& loop, Clock& clock, sqlite::Database database)
        : loop_(loop), clock_(clock), database_(std::move(database)), worker_(loop) {}
    Result<> prepare();
    Result<> commit(const std::vector<Change>& changes);
    Result<> apply(const Change& change);
    Task<> write_batch();

    EventLoop& loop_;
    Clock& clock_;
    sqlite::Database database_;
    std::deque<Waiting*> waiting_;
    bool writing_ = false;
    Worker worker_;  // last: its calls use the database
};

}  // namespace dz::oracle
