// fetcher/fetcher.hpp: follows the ledger and keeps the last believable snapshot at hand.
//
// One coroutine, `run`, does all the reading; everybody else looks at `view()`, which never waits, or asks
// for a fresh read by `refresh`. So one read is in flight at most, nobody's impatience ends it, and it ends
// by itself after `rpc_timeout`.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "fetcher/accept.hpp"
#include "fetcher/metrics.hpp"
#include "ledger/address.hpp"
#include "ledger/rpc.hpp"

namespace dz::fetcher {

/// What is known of the ledger now. Cheap to copy; the snapshot never changes.
struct View {
    /// Null until the first accepted answer. Shared: two views of the same state hold the same pointer.
    std::shared_ptr<const ledger::Snapshot> snapshot;
    Slot slot;                   ///< of the last accepted answer
    Duration age{};              ///< since that answer; meaningless without a snapshot
    bool stale = false;          ///< the last read failed, or none was made for three intervals
    std::optional<Error> error;  ///< why the last read gave nothing; empty when it did
    /// Why the last answer is not believed yet: "user ... is missing from the answer".
    std::string doubt;
};

class Fetcher {
  public:
    struct Config {
        ledger::PublicKey program;
        /// `Mine` needs `follow`; `Catalogue` reads the whole program on each poll.
        ledger::Scope scope = ledger::Scope::Mine;
        Duration poll_interval = 10s;
        double jitter = 0.1;  ///< part of the interval by which polls are spread, either way; 0..1
        Duration rpc_timeout = 30s;
        Duration confirm_after = 500ms;  ///< when an answer is doubted
        /// How often `catalogue()` is read while wanted.
        Duration catalogue_interval = 60s;
        TrustRules trust;
    };

    /// All references must outlive the fetcher. Nothing is read before `run`.
    Fetcher(EventLoop& loop, Clock& clock, ledger::Rpc& rpc, Metrics& metrics, Log log, Config config);

    /// The last good data, however old. Never waits and never fails.
    View view() const;

    /// Reads now, or joins the read in flight, and gives the view afterwards. Works while inactive too.
    /// Errors: what the read failed with; Timeout when `deadline` passes first (the read goes on);
    /// Unavailable while no client IP is known.
    Task<Result<View>> refresh(TimePoint deadline);

    /// Reads now, without waiting: something has probably changed. Ignored while inactive.
    void poke();

    /// Whose users to read. Another client IP makes the old snapshot void. Nothing is read without one
    /// (`Scope::Mine`).
    void follow(std::optional<Ipv4> client_ip);

    /// While inactive nothing is read and the snapshot stays. Inactive at first; activation reads at once.
    void set_active(bool active);
    bool active() const { return active_; }

    /// The whole program, for those who need more than our own accounts; null until it was first read.
    /// In `Scope::Catalogue` the same as `view().snapshot`.
    std::shared_ptr<const ledger::Snapshot> catalogue() const;
    /// While wanted it is read beside our own accounts. Not wanted at first.
    void want_catalogue(bool wanted);

    /// Called when the snapshot, its catalogue, error or doubt has changed; not for an equal answer, which
    /// keeps the old pointer. Replaces an earlier one.
    void on_change(std::function<void()> notify) { notify_ = std::move(notify); }

    /// Polls until cancelled.
    Task<> run();

  private:
    struct Waiter {
        Wake wake;
        std::uint64_t after = 0;  ///< done when more reads than this are complete
    };

    Task<> read_once();
    Task<Result<Answer>> read(ledger::Scope scope);
    Task<Result<Answer>> read_before_timeout(ledger::Scope scope);
    Task<> read_catalogue_when_due();
    void take(Result<Answer> answer, std::optional<Ipv4> asked_for);
    void adopt(const Answer& answer);
    void failed(Error error);
    void complete();
    bool can_read() const;
    Duration next_poll();
    void notify() const;

    EventLoop& loop_;
    Clock& clock_;
    ledger::Rpc& rpc_;
    Metrics& metrics_;
    Log log_;
    Config config_;
    ledger::Addresses addresses_;
    Wake wake_;
    std::function<void()> notify_;

    bool active_ = false;
    bool read_asked_ = false;  ///< read before the interval is over
    bool reading_ = false;
    std::uint64_t reads_ = 0;  ///< complete
    std::list<Waiter*> waiters_;
    std::optional<Ipv4> client_ip_;

    std::shared_ptr<const ledger::Snapshot> snapshot_;
    std::optional<TimePoint> read_at_;  ///< of the last accepted answer
    std::optional<Error> error_;
    std::string doubt_text_;
    Doubt doubt_;

    bool catalogue_wanted_ = false;
    std::shared_ptr<const ledger::Snapshot> catalogue_;
    std::optional<TimePoint> catalogue_tried_at_;
    Doubt catalogue_doubt_;
};

}  // namespace dz::fetcher
