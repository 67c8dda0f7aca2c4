#include "fetcher/follower.hpp"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <utility>

namespace dz::fetcher {

namespace {

/// Forgets the connection when the conversation ends, by cancellation too.
class Lease {
  public:
    Lease(ws::Connection*& slot, ws::Connection& connection) : slot_(slot) { slot_ = &connection; }
    ~Lease() { slot_ = nullptr; }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

  private:
    ws::Connection*& slot_;
};

}  // namespace

Follower::Follower(EventLoop& loop, Clock& clock, std::vector<Dial> places, Metrics& metrics, Log log,
                   Config config)
    : clock_(clock),
      places_(std::move(places)),
      metrics_(metrics),
      log_(std::move(log)),
      config_(config),
      wanted_changed_(loop, clock),
      random_(std::random_device{}()) {}

void Follower::want(std::vector<ledger::Topic> topics) {
    wanted_ = !topics.empty() && !places_.empty();
    subscriptions_.want(std::move(topics));
    if (connection_ != nullptr) {
        flush();
        check_live();
    }
    wanted_changed_.set();
}

Task<> Follower::run() {
    for (;;) {
        while (!wanted_) co_await wanted_changed_.wait_until(TimePoint::max());
        co_await visit(places_[place_]);
        if (!wanted_) continue;
        place_ = (place_ + 1) % places_.size();
        co_await clock_.sleep_for(retry_delay());
    }
}

Task<> Follower::visit(const Dial& dial) {
    error_.reset();
    auto opened = co_await dial([this](ws::Connection& connection) { return talk(connection); });
    if (!opened) error_ = std::move(opened).error();
    ended();
}

Task<> Follower::talk(ws::Connection& connection) {
    using namespace boost::asio::experimental::awaitable_operators;
    const Lease lease(connection_, connection);
    live_since_.reset();
    subscriptions_.restart();
    flush();
    check_live();
    co_await (hear(connection) || watch());
}

Task<> Follower::hear(ws::Connection& connection) {
    for (;;) {
        const auto message = co_await connection.receive();
        if (!message) {
            if (!error_) error_ = message.error();
            co_return;
        }
        const auto change = subscriptions_.on(*message);
        if (!change) {
            error_ = change.error();
            co_return;
        }
        flush();
        check_live();
        if (!*change) continue;
        metrics_.pushed.Increment();
        listener_.changed(**change);
    }
}

/// Ends the connection when nothing is wanted any more, or when the server does not confirm.
Task<> Follower::watch() {
    for (;;) {
        if (!wanted_) co_return;
        const TimePoint limit =
            unconfirmed_since_ ? *unconfirmed_since_ + config_.confirm_within : TimePoint::max();
        if (clock_.now() >= limit) {
            error_ = Error{.code = Errc::Timeout, .text = "subscriptions are not confirmed in time"};
            co_return;
        }
        co_await wanted_changed_.wait_until(limit);
    }
}

void Follower::flush() {
    for (std::string& request : subscriptions_.take_requests()) {
        // A connection that has ended says so to `hear`.
        if (!connection_->send(std::move(request))) return;
    }
}

void Follower::check_live() {
    if (!subscriptions_.complete()) {
        live_ = false;
        if (!unconfirmed_since_) {
            unconfirmed_since_ = clock_.now();
            wanted_changed_.set();
        }
        return;
    }
    unconfirmed_since_.reset();
    if (live_ || !wanted_) return;
    live_ = true;
    const bool anew = !live_since_;
    if (anew) {
        live_since_ = clock_.now();
        metrics_.push_connections.Increment();
        log_.info("ledger pushes changes", {{"place", place_ + 1}, {"subscriptions", subscriptions_.size()}});
    }
    metrics_.push_live.Set(1);
    listener_.live(anew);
}

void Follower::ended() {
    unconfirmed_since_.reset();
    metrics_.push_live.Set(0);
    const bool was_live = std::exchange(live_, false);
    const bool steady = live_since_ && clock_.now() >= *live_since_ + config_.steady_after;
    live_since_.reset();
    if (was_live) listener_.lost();
    if (!wanted_) return;
    failures_ = steady ? 0 : failures_ + 1;
    // One line for each outage; a ledger without subscriptions is no news every minute.
    if (was_live || failures_ == 1)
        log_.warn("ledger does not push changes, polling until it does",
                  {{"place", place_ + 1}, {"error", error_.value_or(Error{})}});
}

Duration Follower::retry_delay() {
    const int doublings = std::clamp(failures_ - 1, 0, 10);
    const Duration full = std::min(config_.first_retry * (1 << doublings), config_.max_retry);
    std::uniform_int_distribution<Duration::rep> upper_half(full.count() / 2, full.count());
    return Duration(upper_half(random_));
}

}  // namespace dz::fetcher
