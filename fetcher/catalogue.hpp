// fetcher/catalogue.hpp: the whole program, kept true by reads and by what is pushed in between. No I/O.
//
// Only some need it (edge filtering, latency), and it is megabytes, so it is read seldom while changes are
// pushed. Building a snapshot of it takes milliseconds: what is pushed within a moment is one snapshot.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "fetcher/accept.hpp"
#include "fetcher/holdings.hpp"

namespace dz::fetcher {

class Catalogue {
  public:
    struct Config {
        Duration polled_every = 60s;
        Duration read_every_while_pushed = 10min;
        Duration settle = 1s;  ///< from the first pushed change to the snapshot that has it
    };

    Catalogue(Config config, TrustRules trust) : config_(config), trust_(trust) {}

    /// Not wanted at first. Forgets everything when it changes.
    void want(bool wanted);
    bool wanted() const { return wanted_; }
    /// Null before the first believed read.
    std::shared_ptr<const ledger::Snapshot> snapshot() const { return snapshot_; }

    /// When to read next; TimePoint::max() while not wanted.
    TimePoint next_read(bool pushed) const;
    /// Changes are pushed from now on. What changed before is to be read, at once: on a connection that is
    /// new, or when the catalogue is wanted since the last one.
    void went_live(bool anew);
    /// A read begins. It counts as made, but not as good, until it is taken.
    void reads(TimePoint now);

    /// Takes what was read. Returns why it is not believed, else nothing. True in `changed`: there is
    /// another snapshot.
    struct Outcome {
        bool changed = false;
        std::optional<std::string> doubt;
    };
    Outcome take(const Answer& answer, TimePoint now);

    void put(const ledger::AccountChange& change, TimePoint now);
    /// When `settle` has something to do; TimePoint::max() = nothing was pushed.
    TimePoint next_settle() const;
    /// Builds the snapshot that has what was pushed. As `take`; what is not believed is to be read.
    Outcome settle(TimePoint now);

  private:
    Outcome judge(const Answer& answer, TimePoint now);

    Config config_;
    TrustRules trust_;
    bool wanted_ = false;
    Holdings holdings_;
    std::shared_ptr<const ledger::Snapshot> snapshot_;
    Slot slot_;                         ///< newest of what was pushed
    std::optional<TimePoint> read_at_;  ///< or tried
    bool good_ = false;                 ///< the last read was believed
    bool was_live_ = false;             ///< since it is wanted
    std::optional<TimePoint> pushed_at_;
    Doubt doubt_;
};

}  // namespace dz::fetcher
