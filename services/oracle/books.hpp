// services/oracle/books.hpp: all reservations in memory, always as the journal has them.
//
// Whoever changes a record has its turn first, so that nothing else happens to it meanwhile; a change is in
// the journal before it is here. After a failure of the journal nothing changes any more.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "services/oracle/deposits.hpp"
#include "services/oracle/journal.hpp"
#include "services/oracle/metrics.hpp"
#include "services/oracle/reservation.hpp"

namespace dz::oracle {

/// A reservation, and what only this process knows of it.
struct Entry {
    Reservation record;
    bool gone = false;       ///< it never came to be
    int failures = 0;        ///< of its transactions, one after the other
    TimePoint not_before{};  ///< when the next one may be tried

  private:
    friend class Turn;
    bool taken_ = false;
    std::deque<Wake*> waiting_;
};
using EntryPointer = std::shared_ptr<Entry>;

/// The right to change one record, until it is destroyed.
class Turn {
  public:
    static Task<Turn> wait_for(EntryPointer entry, EventLoop& loop, Clock& clock);
    /// Nothing when somebody has it.
    static std::optional<Turn> try_take(const EntryPointer& entry);

    Turn(Turn&& other) noexcept = default;
    Turn& operator=(Turn&&) = delete;
    ~Turn();

    Entry& operator*() const { return *entry_; }
    Entry* operator->() const { return entry_.get(); }
    const EntryPointer& entry() const { return entry_; }

  private:
    explicit Turn(EntryPointer entry);
    EntryPointer entry_;
};

class Books {
  public:
    /// All references must outlive the books.
    Books(EventLoop& loop, Clock& clock, Journal& journal, Deposits& deposits, Metrics& metrics);

    /// Takes up what the journal holds. Errors: those of the journal; BadValue when it belongs to another
    /// seed.
    Result<> read();

    // Null when there is none.
    EntryPointer find(const std::string& id) const;
    EntryPointer live_at(const PublicKey& device, Ipv4 client_ip) const;
    EntryPointer by_request(const std::string& holder, const std::string& key) const;
    /// In order of their ids.
    const std::map<std::string, EntryPointer>& all() const { return entries_; }
    std::size_t live_of(const std::string& holder) const;
    std::size_t live() const { return live_.size(); }

    /// Has it at once, so that nobody else takes its place; it is in the journal when `keep` has returned.
    Turn add(Reservation record);
    Task<Result<>> keep(Entry& entry, Reservation next);
    /// It never came to be, and its address is free.
    Task<Result<>> forget(EntryPointer entry);

    /// The journal failed.
    const std::optional<Error>& failure() const { return failure_; }
    /// Returns when it has.
    Task<> failed();

  private:
    Task<Result<>> write(Change change);
    void index(const EntryPointer& entry);
    void unindex(const Entry& entry);
    void show(State state, int change);

    Journal& journal_;
    Deposits& deposits_;
    Metrics& metrics_;
    std::map<std::string, EntryPointer> entries_;
    std::map<std::pair<PublicKey, Ipv4>, EntryPointer> live_;
    std::map<std::pair<std::string, std::string>, EntryPointer> by_request_;
    std::map<std::string, std::size_t> live_of_;
    std::optional<Error> failure_;
    Wake failed_;
};

}  // namespace dz::oracle
