// fetcher/fetcher.hpp: follows the ledger and keeps the last believable snapshot at hand.
//
// One coroutine, `run`, does all the reading; everybody else looks at `view()`, which never waits, or asks
// for a fresh read by `refresh`. So one read is in flight at most, nobody's impatience ends it, and it ends
// by itself after `rpc_timeout`.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "fetcher/accept.hpp"
#include "fetcher/last_good.hpp"
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

    /// Reads now, or joins the read in flight, and gives the view afterwards. Works while inactive too, but
    /// needs `run`. Errors: what the read failed with; Timeout when `deadline` passes first (the read goes
    /// on); Unavailable while no client IP is known.
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

    /// What to go by when the first read after a start fails: data of another program or client IP are
    /// ignored. The view is stale then, until the ledger answers.
    void offer(LastGood last_good);
    /// Called with each accepted answer that differs from the one before (`Scope::Mine`): to be kept for the
    /// next start. Replaces an earlier one.
    void on_accepted(std::function<void(const LastGood&)> keep) { keep_ = std::move(keep); }

    /// Polls until cancelled.
    Task<> run();

  private:
    struct Waiter {
        Waiter(EventLoop& loop, Clock& clock) : wake(loop, clock) {}
        Wake wake;
    };

    Task<> read_once();
    Task<> read_catalogue_when_due();
    Task<Result<Answer>> read(ledger::Scope scope, std::optional<Ipv4> client_ip);
    Task<Result<Answer>> read_in_time(ledger::Scope scope, std::optional<Ipv4> client_ip);
    void take(Result<Answer> answer);
    void adopt(const Answer& answer);
    void failed(Error error);
    /// True when there was something to go by.
    bool fall_back();
    void wonder(Judgement judgement);
    void count_undecodable(const ledger::Snapshot& snapshot);
    bool can_read() const { return config_.scope == ledger::Scope::Catalogue || client_ip_.has_value(); }
    bool is_due() const;
    Duration poll_delay();
    Duration confirm_delay() const;
    std::optional<Duration> age() const;
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
    std::function<void(const LastGood&)> keep_;
    std::optional<LastGood> last_good_;
    std::minstd_rand random_;

    bool active_ = false;
    std::optional<Ipv4> client_ip_;
    TimePoint next_read_{};
    bool read_asked_ = false;  ///< read before `next_read_`, and even while inactive
    bool reading_ = false;
    std::vector<std::shared_ptr<Waiter>> waiters_;  ///< also those who gave up: forgotten with the next read

    std::shared_ptr<const ledger::Snapshot> snapshot_;
    Slot slot_;                         ///< newest at which `snapshot_` was true
    std::optional<TimePoint> read_at_;  ///< of the last accepted answer
    std::optional<Error> error_;
    std::string doubt_text_;
    Doubt doubt_;
    int doubted_ = 0;  ///< answers in a row
    std::size_t undecodable_ = 0;

    bool catalogue_wanted_ = false;
    std::shared_ptr<const ledger::Snapshot> catalogue_;
    std::optional<TimePoint> catalogue_read_at_;  ///< or tried
    Doubt catalogue_doubt_;
};

}  // namespace dz::fetcher
