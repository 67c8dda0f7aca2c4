// fetcher/fetcher.hpp: follows the ledger and keeps the last believable snapshot at hand.
//
// Changes are pushed by subscription where an endpoint offers that, and reads fill the gaps: at the start,
// after each new connection, now and then while pushes come, and every poll interval while they do not. One
// coroutine, `run`, does all of it; everybody else looks at `view()`, which never waits, or asks for a fresh
// read by `refresh`. So one read is in flight at most, nobody's impatience ends it, and it ends by itself
// after `rpc_timeout`.
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
#include "fetcher/catalogue.hpp"
#include "fetcher/endpoints.hpp"
#include "fetcher/follower.hpp"
#include "fetcher/holdings.hpp"
#include "fetcher/last_good.hpp"
#include "fetcher/metrics.hpp"
#include "ledger/address.hpp"
#include "ledger/rpc.hpp"

namespace dz::fetcher {

/// What is known of the ledger now. Cheap to copy; the snapshot never changes.
struct View {
    /// Null until the first accepted answer. Shared: two views of the same state hold the same pointer.
    std::shared_ptr<const ledger::Snapshot> snapshot;
    Slot slot;                   ///< of the last accepted answer or pushed change
    Duration age{};              ///< since that; meaningless without a snapshot
    bool stale = false;          ///< the last read failed, or none was made for three intervals
    bool pushed = false;         ///< changes come by subscription
    std::optional<Error> error;  ///< why the last read gave nothing; empty when it did
    /// Why the last answer is not believed yet: "user ... is missing from the answer".
    std::string doubt;
};

/// Where the ledger is. What these refer to must outlive the fetcher.
struct Sources {
    struct Endpoint {
        ledger::Rpc* rpc;
        std::string name;  ///< for logs and errors; not secret
    };
    std::vector<Endpoint> endpoints;  ///< at least one, the preferred first
    std::vector<Dial> push{};         ///< for subscriptions; none: polling only

    Sources(ledger::Rpc& only) : endpoints{{&only, "ledger"}} {}  // NOLINT: the usual case
    Sources(std::vector<Endpoint> all, std::vector<Dial> dials)
        : endpoints(std::move(all)), push(std::move(dials)) {}
};

class Fetcher {
  public:
    struct Config {
        ledger::PublicKey program;
        /// `Mine` needs `follow`; `Catalogue` reads the whole program on each poll.
        ledger::Scope scope = ledger::Scope::Mine;
        Duration poll_interval = 10s;
        /// While changes are pushed, reads become as rare as this, one after the other.
        Duration pushed_interval = 60s;
        double jitter = 0.1;  ///< part of the interval by which polls are spread, either way; 0..1
        Duration rpc_timeout = 30s;
        Duration confirm_after = 500ms;  ///< when an answer is doubted
        /// Where a tunnel of ours leads, or a new one, counts when two endpoints say so.
        bool agreement = false;
        Catalogue::Config catalogue{};
        TrustRules trust;
        Follower::Config follower{};
    };

    /// All references must outlive the fetcher. Nothing is read before `run`.
    Fetcher(EventLoop& loop, Clock& clock, Sources sources, Metrics& metrics, Log log, Config config);

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

    /// While inactive nothing is read or subscribed to, and the snapshot stays. Inactive at first; activation
    /// reads at once.
    void set_active(bool active);
    bool active() const { return active_; }

    /// The whole program, for those who need more than our own accounts; null until it was first read.
    /// In `Scope::Catalogue` the same as `view().snapshot`.
    std::shared_ptr<const ledger::Snapshot> catalogue() const;
    /// While wanted it is kept beside our own accounts. Not wanted at first.
    void want_catalogue(bool wanted);

    /// Called when the snapshot, its catalogue, error or doubt has changed; not for an equal answer, which
    /// keeps the old pointer. Replaces an earlier one.
    void on_change(std::function<void()> notify) { notify_ = std::move(notify); }

    /// What to go by when the first read after a start fails: data of another program or client IP are
    /// ignored. The view is stale then, until the ledger answers.
    void offer(LastGood last_good);
    /// Called with what is believed, each time it differs from before (`Scope::Mine`): to be kept for the
    /// next start. Replaces an earlier one.
    void on_accepted(std::function<void(const LastGood&)> keep) { keep_ = std::move(keep); }

    /// Follows the ledger until cancelled.
    Task<> run();

  private:
    struct Waiter {
        Waiter(EventLoop& loop, Clock& clock) : wake(loop, clock) {}
        Wake wake;
    };

    // Reading (fetcher_read.cpp).
    Task<> poll();
    Task<> read_once();
    Task<Result<Answer>> read(std::size_t endpoint, ledger::Scope scope, std::optional<Ipv4> client_ip,
                              Slot not_before);
    Task<Result<Answer>> read_anywhere(ledger::Scope scope, std::optional<Ipv4> client_ip);
    Task<Result<Answer>> in_time(Task<Result<Answer>> work);
    Task<> refresh_catalogue();
    bool catalogue_is_due() const;
    void settle_catalogue();
    Task<std::optional<std::string>> contradiction(const Answer& answer, Ipv4 client_ip);
    Slot least_slot() const;
    bool gives_up_on_slots() const;
    bool can_read() const { return config_.scope == ledger::Scope::Catalogue || client_ip_.has_value(); }
    bool is_due() const;
    TimePoint next_wake() const;
    Duration interval() const;
    Duration poll_delay();
    Duration confirm_delay() const;

    // Judging (fetcher.cpp).
    void take(Result<Answer> answer);
    /// True when it differs from what we had.
    bool adopt(const Answer& answer);
    void failed(Error error);
    void behind(std::string reason);
    /// True when there was something to go by.
    bool fall_back();
    void wonder(Judgement judgement);
    void forget_doubt();
    /// The endpoint of the last read is not to be trusted now. True when another one can be asked instead.
    bool turn_away();
    void count_undecodable(const ledger::Snapshot& snapshot);
    void keep(const Answer& answer);
    void notify() const;
    std::optional<Duration> age() const;

    // Pushes (fetcher_push.cpp).
    void listen();
    void subscribe();
    void went_live(bool anew);
    void went_dark();
    void pushed(const ledger::AccountChange& change);
    void take_push(const ledger::AccountChange& change);
    void judge_push(const ledger::AccountChange& change, const Answer& answer, Holdings held);
    bool concerns_us(const ledger::AccountChange& change) const;
    void ask_again(Slot not_before);

    EventLoop& loop_;
    Clock& clock_;
    Sources sources_;
    Metrics& metrics_;
    Log log_;
    Config config_;
    ledger::Addresses addresses_;
    Endpoints endpoints_;
    Follower follower_;
    Catalogue catalogue_;
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
    std::size_t asked_ = 0;                         ///< endpoint of the last read
    int reads_while_live_ = 0;                      ///< in a row
    std::vector<std::shared_ptr<Waiter>> waiters_;  ///< also those who gave up: forgotten with the next read

    Holdings holdings_;  ///< of `Scope::Mine`: what `snapshot_` was made from
    std::shared_ptr<const ledger::Snapshot> snapshot_;
    Slot slot_;        ///< newest at which `snapshot_` was true
    Slot read_slot_;   ///< of the last accepted read
    Slot asked_slot_;  ///< the next reads must not be older
    std::vector<ledger::PublicKey>
        hints_;                         ///< accounts that a push referred to, to be read in the same breath
    std::optional<TimePoint> read_at_;  ///< of the last accepted answer
    std::optional<Error> error_;
    std::string doubt_text_;
    Doubt doubt_;
    std::optional<std::size_t> doubter_;  ///< endpoint whose answer was doubted first
    int doubted_ = 0;                     ///< answers in a row
    std::size_t undecodable_ = 0;
};

}  // namespace dz::fetcher
