#include "fetcher/fetcher.hpp"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <utility>
#include <variant>

#include "fetcher/read.hpp"

namespace dz::fetcher {

namespace {

using ledger::Scope;

/// Data is stale when this many polls in a row have not renewed it.
constexpr int kStaleAfterPolls = 3;
/// With nothing to do, `run` sleeps until somebody wakes it.
constexpr Duration kLong = 24h;

double seconds(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

}  // namespace

Fetcher::Fetcher(EventLoop& loop, Clock& clock, ledger::Rpc& rpc, Metrics& metrics, Log log, Config config)
    : loop_(loop),
      clock_(clock),
      rpc_(rpc),
      metrics_(metrics),
      log_(std::move(log)),
      config_(std::move(config)),
      addresses_(config_.program),
      wake_(loop, clock),
      random_(std::random_device{}()) {}

View Fetcher::view() const {
    const auto since = age();
    return {.snapshot = snapshot_,
            .slot = slot_,
            .age = since.value_or(Duration{}),
            .stale = snapshot_ && (error_ || *since > kStaleAfterPolls * config_.poll_interval),
            .error = error_,
            .doubt = doubt_text_};
}

Task<Result<View>> Fetcher::refresh(TimePoint deadline) {
    if (!can_read()) co_return fail(Errc::Unavailable, "the client ip is not known, so no users can be read");
    if (!reading_) {
        read_asked_ = true;
        wake_.set();
    }
    // Shared, because a cancelled caller leaves its place in the list behind.
    const auto waiter = std::make_shared<Waiter>(loop_, clock_);
    waiters_.push_back(waiter);
    if (!co_await waiter->wake.wait_until(deadline))
        co_return fail(Errc::Timeout, "the ledger has not answered in time");
    if (error_) co_return std::unexpected(*error_);
    co_return view();
}

void Fetcher::poke() {
    if (!active_) return;
    read_asked_ = true;
    wake_.set();
}

void Fetcher::follow(std::optional<Ipv4> client_ip) {
    if (client_ip == client_ip_) return;
    client_ip_ = client_ip;
    doubt_ = {};
    if (config_.scope == Scope::Mine) {
        snapshot_.reset();
        read_at_.reset();
        error_.reset();
        doubt_text_.clear();
        slot_ = {};
        notify();
    }
    next_read_ = clock_.now();
    wake_.set();
}

void Fetcher::set_active(bool active) {
    if (active == std::exchange(active_, active)) return;
    next_read_ = clock_.now();
    wake_.set();
}

std::shared_ptr<const ledger::Snapshot> Fetcher::catalogue() const {
    return config_.scope == Scope::Catalogue ? snapshot_ : catalogue_;
}

void Fetcher::want_catalogue(bool wanted) {
    if (wanted == std::exchange(catalogue_wanted_, wanted)) return;
    catalogue_read_at_.reset();
    if (!wanted) catalogue_.reset();
    poke();
}

Task<> Fetcher::run() {
    for (;;) {
        if (can_read() && is_due()) co_await read_once();
        const TimePoint next = active_ && can_read() ? next_read_ : clock_.now() + kLong;
        if (!read_asked_ || !can_read()) co_await wake_.wait_until(next);
    }
}

bool Fetcher::is_due() const {
    return read_asked_ || (active_ && clock_.now() >= next_read_);
}

Task<> Fetcher::read_once() {
    read_asked_ = false;
    reading_ = true;
    const TimePoint start = clock_.now();
    const auto asked_for = client_ip_;
    auto answer = co_await read_in_time(config_.scope, asked_for);
    if (!answer &&
        answer.error().code == Errc::Cancelled) {  // we are being stopped: no failure of the ledger's
        next_read_ = clock_.now() + poll_delay();
        reading_ = false;
        co_return;
    }
    metrics_.duration_seconds.Observe(seconds(clock_.now() - start));
    if (config_.scope == Scope::Mine && asked_for != client_ip_) {
        reading_ = false;  // an answer to yesterday's question
        co_return;
    }
    take(std::move(answer));
    next_read_ = clock_.now() + (doubted_ > 0 ? confirm_delay() : poll_delay());
    co_await read_catalogue_when_due();
    reading_ = false;
    for (const auto& waiter : std::exchange(waiters_, {})) waiter->wake.set();
}

Task<> Fetcher::read_catalogue_when_due() {
    if (!catalogue_wanted_ || config_.scope == Scope::Catalogue) co_return;
    if (catalogue_read_at_ && clock_.now() < *catalogue_read_at_ + config_.catalogue_interval) co_return;
    catalogue_read_at_ = clock_.now();
    auto answer = co_await read_in_time(Scope::Catalogue, std::nullopt);
    if (!answer) {
        log_.debug("catalogue not read", {{"error", answer.error()}});
        co_return;
    }
    const Known known{catalogue_.get(), catalogue_ ? catalogue_->slot() : Slot{}};
    auto judgement = accept(known, *answer, std::nullopt, catalogue_doubt_, config_.trust, clock_.now());
    catalogue_doubt_ = judgement.doubt;
    if (judgement.verdict != Verdict::Accept) {
        log_.warn("catalogue not believed, keeping the last one", {{"reason", judgement.reason}});
        co_return;
    }
    if (catalogue_ && same_accounts(*catalogue_, *answer->snapshot)) co_return;
    catalogue_ = answer->snapshot;
    notify();
}

Task<Result<Answer>> Fetcher::read(Scope scope, std::optional<Ipv4> client_ip) {
    if (scope == Scope::Catalogue) co_return co_await read_catalogue(rpc_, config_.program);
    auto known = references(snapshot_.get(), *client_ip, addresses_.global_config());
    co_return co_await read_mine(rpc_, addresses_, *client_ip, std::move(known));
}

Task<Result<Answer>> Fetcher::read_in_time(Scope scope, std::optional<Ipv4> client_ip) {
    using namespace boost::asio::experimental::awaitable_operators;
    const TimePoint limit = clock_.now() + config_.rpc_timeout;
    auto first = co_await (read(scope, client_ip) || clock_.sleep_until(limit));
    if (auto* answer = std::get_if<Result<Answer>>(&first)) co_return std::move(*answer);
    if (clock_.now() < limit) co_return fail(Errc::Cancelled, "stopped");
    co_return fail(Errc::Timeout, "the ledger has not answered in time");
}

void Fetcher::take(Result<Answer> answer) {
    if (!answer) return failed(std::move(answer).error());
    count_undecodable(*answer->snapshot);
    auto judgement =
        accept({snapshot_.get(), slot_}, *answer, client_ip_, doubt_, config_.trust, clock_.now());
    doubt_ = judgement.doubt;
    switch (judgement.verdict) {
        case Verdict::Accept:
            return adopt(*answer);
        case Verdict::Wonder:
            return wonder(std::move(judgement));
        case Verdict::Refuse:
            metrics_.refused.Increment();
            return failed({.code = Errc::BadValue, .text = std::move(judgement.reason)});
    }
}

void Fetcher::adopt(const Answer& answer) {
    metrics_.success.Increment();
    metrics_.stale_age_seconds.Set(0);
    if (error_) log_.info("ledger read again", {{"slot", answer.snapshot->slot().value}});
    const bool was_troubled = error_.has_value() || !doubt_text_.empty();
    error_.reset();
    doubt_text_.clear();
    doubted_ = 0;
    read_at_ = clock_.now();
    slot_ = answer.snapshot->slot();
    const bool news = !snapshot_ || !same_accounts(*snapshot_, *answer.snapshot);
    if (news) snapshot_ = answer.snapshot;
    last_good_.reset();
    if (news && keep_ && config_.scope == Scope::Mine) {
        keep_({.program = config_.program,
               .client_ip = *client_ip_,
               .slot = slot_,
               .read_at = clock_.wall(),
               .accounts = answer.accounts});
    }
    if (news || was_troubled) notify();
}

void Fetcher::offer(LastGood last_good) {
    last_good_ = std::move(last_good);
}

bool Fetcher::fall_back() {
    if (snapshot_ || !last_good_ || last_good_->program != config_.program) return false;
    if (config_.scope != Scope::Mine || last_good_->client_ip != client_ip_) return false;
    const auto answer = make_answer(std::move(last_good_->accounts), last_good_->slot, Scope::Mine);
    const auto age = std::max<Duration>(clock_.wall() - last_good_->read_at, Duration{});
    last_good_.reset();
    snapshot_ = answer.snapshot;
    read_at_ = clock_.now() - age;
    // The slot is not taken over: a ledger that was reset meanwhile must not be refused for being older.
    log_.warn("ledger not read, going by what was kept from before the restart",
              {{"age_seconds", seconds(age)}});
    return true;
}

void Fetcher::failed(Error error) {
    doubted_ = 0;
    const bool fell_back = fall_back();
    if (snapshot_) {
        metrics_.error_stale.Increment();
        metrics_.stale_age_seconds.Set(seconds(*age()));
    } else {
        metrics_.error_no_cache.Increment();
    }
    if (error_ == error && !fell_back) return;
    log_.warn(snapshot_ ? "ledger not read, going on with the last answer" : "ledger not read, trying again",
              {{"error", error}, {"age_seconds", seconds(age().value_or(Duration{}))}});
    error_ = std::move(error);
    notify();
}

void Fetcher::wonder(Judgement judgement) {
    metrics_.success.Increment();
    metrics_.doubted.Increment();
    error_.reset();
    ++doubted_;
    doubt_text_ = std::move(judgement.reason);
    if (doubted_ > 1) return;
    log_.warn("ledger answer doubted, asking again", {{"reason", doubt_text_}});
    notify();
}

void Fetcher::count_undecodable(const ledger::Snapshot& snapshot) {
    const std::size_t count = snapshot.undecodable_accounts();
    metrics_.undecodable_accounts.Set(static_cast<double>(count));
    if (count > undecodable_) log_.warn("accounts cannot be decoded, skipping them", {{"count", count}});
    undecodable_ = count;
}

Duration Fetcher::poll_delay() {
    std::uniform_real_distribution<double> spread(1 - config_.jitter, 1 + config_.jitter);
    return std::chrono::duration_cast<Duration>(config_.poll_interval * spread(random_));
}

/// Soon at first; an endpoint that stays behind is not asked at that pace for ever.
Duration Fetcher::confirm_delay() const {
    const int doublings = std::clamp(doubted_ - 1, 0, 10);
    return std::min(config_.confirm_after * (1 << doublings), config_.poll_interval);
}

std::optional<Duration> Fetcher::age() const {
    if (!read_at_) return std::nullopt;
    return clock_.now() - *read_at_;
}

void Fetcher::notify() const {
    if (notify_) notify_();
}

}  // namespace dz::fetcher
