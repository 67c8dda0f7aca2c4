// fetcher/follower.hpp: keeps subscriptions to a ledger alive: connects, subscribes, and starts over.
//
// One connection at a time. When it ends, the next place in the list is tried, later and later as long as
// none stays. Whoever listens has to read once it hears `live`: what changed before nobody tells.
#pragma once

#include <functional>
#include <optional>
#include <random>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/websocket.hpp"
#include "fetcher/metrics.hpp"
#include "ledger/subscriptions.hpp"

namespace dz::fetcher {

/// Opens a connection and returns when `handler` has, like `ws::dial`.
using Dial = std::function<Task<Result<>>(ws::Handler)>;

class Follower {
  public:
    struct Config {
        Duration first_retry = 1s;      ///< after a connection has ended; doubles up to `max_retry`
        Duration max_retry = 60s;       ///< each wait is a random part of its upper half
        Duration confirm_within = 10s;  ///< all subscriptions, or the connection is given up
        Duration steady_after = 30s;    ///< one that was live for so long is no failure when it ends
    };
    struct Listener {
        /// All that is wanted is subscribed to. `anew`: on a new connection, so anything may have been
        /// missed.
        std::function<void(bool anew)> live;
        std::function<void()> lost;
        std::function<void(const ledger::AccountChange&)> changed;
    };

    /// References must outlive it. Without places it does nothing.
    Follower(EventLoop& loop, Clock& clock, std::vector<Dial> places, Metrics& metrics, Log log,
             Config config);

    /// Before `run`.
    void listen(Listener listener) { listener_ = std::move(listener); }

    /// Replaces what is subscribed to. With nothing wanted there is no connection.
    void want(std::vector<ledger::Topic> topics);

    /// Every change of what is wanted is told, at most a moment late.
    bool live() const { return live_; }

    /// Until cancelled.
    Task<> run();

  private:
    Task<> visit(const Dial& dial);
    Task<> talk(ws::Connection& connection);
    Task<> hear(ws::Connection& connection);
    Task<> watch();
    void flush();
    void check_live();
    void ended();
    Duration retry_delay();

    Clock& clock_;
    std::vector<Dial> places_;
    Metrics& metrics_;
    Log log_;
    Config config_;
    Listener listener_;
    ledger::Subscriptions subscriptions_{ledger::Commitment::Confirmed};
    Wake wanted_changed_;
    std::minstd_rand random_;

    bool wanted_ = false;
    ws::Connection* connection_ = nullptr;  ///< while one is open
    std::optional<TimePoint> unconfirmed_since_;
    std::optional<TimePoint> live_since_;  ///< of this connection, its first time
    bool live_ = false;
    std::optional<Error> error_;  ///< what ended the last connection
    std::size_t place_ = 0;
    int failures_ = 0;  ///< in a row
};

}  // namespace dz::fetcher
