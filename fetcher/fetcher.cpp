// What the fetcher shows, and what it makes of an answer.
#include "fetcher/fetcher.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>
#include <exception>
#include <utility>

#include "fetcher/read.hpp"

namespace dz::fetcher {

namespace {

using ledger::Scope;

/// Data is stale when this many reads in a row have not renewed it.
constexpr int kStaleAfterReads = 3;

double seconds(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

/// Ends without an exception when it is cancelled. A conversation is several coroutines, each of which throws
/// then, and of what two coroutines throw at a time nobody could tell the cancellation from a defect.
Task<> until_cancelled(Task<> work) {
    std::exception_ptr failure;
    try {
        co_await std::move(work);
    } catch (...) {
        failure = std::current_exception();
    }
    const auto state = co_await boost::asio::this_coro::cancellation_state;
    if (failure && state.cancelled() == boost::asio::cancellation_type::none) std::rethrow_exception(failure);
}

}  // namespace

Fetcher::Fetcher(EventLoop& loop, Clock& clock, Sources sources, Metrics& metrics, Log log, Config config)
    : loop_(loop),
      clock_(clock),
      sources_(std::move(sources)),
      metrics_(metrics),
      log_(std::move(log)),
      config_(std::move(config)),
      addresses_(config_.program),
      endpoints_(sources_.endpoints.size()),
      follower_(loop, clock, sources_.push, metrics, log_, config_.follower),
      catalogue_(config_.catalogue, config_.trust),
      wake_(loop, clock),
      random_(std::random_device{}()) {
    DZ_ASSERT(!sources_.endpoints.empty());
    listen();
}

View Fetcher::view() const {
    const auto since = age();
    const Duration longest =
        follower_.live() ? std::max(config_.poll_interval, config_.pushed_interval) : config_.poll_interval;
    return {.snapshot = snapshot_,
            .slot = slot_,
            .age = since.value_or(Duration{}),
            .stale = snapshot_ && (error_ || *since > kStaleAfterReads * longest),
            .pushed = follower_.live(),
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
        holdings_.clear();
        hints_.clear();
        snapshot_.reset();
        read_at_.reset();
        error_.reset();
        doubt_text_.clear();
        slot_ = read_slot_ = asked_slot_ = {};
        notify();
    }
    subscribe();
    next_read_ = clock_.now();
    wake_.set();
}

void Fetcher::set_active(bool active) {
    if (active == std::exchange(active_, active)) return;
    subscribe();
    next_read_ = clock_.now();
    wake_.set();
}

std::shared_ptr<const ledger::Snapshot> Fetcher::catalogue() const {
    return config_.scope == Scope::Catalogue ? snapshot_ : catalogue_.snapshot();
}

void Fetcher::want_catalogue(bool wanted) {
    if (wanted == catalogue_.wanted()) return;
    catalogue_.want(wanted);
    subscribe();
    poke();
}

Task<> Fetcher::run() {
    using namespace boost::asio::experimental::awaitable_operators;
    co_await (poll() && until_cancelled(follower_.run()));
}

void Fetcher::take(Result<Answer> answer) {
    if (!answer && ledger::is_behind(answer.error())) {
        return behind(fmt::format("{} has not reached slot {} yet", sources_.endpoints[asked_].name,
                                  least_slot().value));
    }
    if (!answer) return failed(std::move(answer).error());
    const Slot slot = answer->snapshot->slot();
    const bool says_slot = slot.value != 0;
    if (says_slot && slot < least_slot()) {
        return behind(
            fmt::format("the answer is of slot {}, {} is known already", slot.value, least_slot().value));
    }
    // Such an answer is believed when the ledger began anew: then nothing of before counts.
    const bool older = says_slot && slot < read_slot_;
    Holdings merged = older ? Holdings() : holdings_;
    if (config_.scope == Scope::Mine && merged.take(answer->accounts, slot))
        answer = make_answer(merged.accounts(), slot, Scope::Mine);
    count_undecodable(*answer->snapshot);
    auto judgement =
        accept({snapshot_.get(), read_slot_}, *answer, client_ip_, doubt_, config_.trust, clock_.now());
    doubt_ = judgement.doubt;
    switch (judgement.verdict) {
        case Verdict::Accept:
            break;
        case Verdict::Wonder:
            metrics_.success.Increment();
            if (older && turn_away()) return;
            if (!doubter_) doubter_ = asked_;
            return wonder(std::move(judgement));
        case Verdict::Refuse:
            metrics_.refused.Increment();
            if (turn_away()) return;
            return failed({.code = Errc::BadValue, .text = std::move(judgement.reason)});
    }
    endpoints_.worked(asked_);
    // It said that something of ours is gone, and another endpoint that it is not.
    if (doubter_ && *doubter_ != asked_ && !judgement.confirmed) endpoints_.failed(*doubter_, clock_.now());
    metrics_.success.Increment();
    metrics_.stale_age_seconds.Set(0);
    if (error_) log_.info("ledger read again", {{"slot", slot.value}});
    const bool was_troubled = error_.has_value() || !doubt_text_.empty();
    error_.reset();
    forget_doubt();
    if (older) slot_ = {};
    if (config_.scope == Scope::Mine) holdings_ = std::move(merged);
    read_slot_ = slot;
    asked_slot_ = {};
    hints_.clear();
    if (adopt(*answer) || was_troubled) notify();
}

bool Fetcher::adopt(const Answer& answer) {
    read_at_ = clock_.now();
    slot_ = std::max(slot_, answer.snapshot->slot());
    last_good_.reset();
    const bool news = !snapshot_ || !same_accounts(*snapshot_, *answer.snapshot);
    if (!news) return false;
    snapshot_ = answer.snapshot;
    keep(answer);
    subscribe();
    return true;
}

void Fetcher::keep(const Answer& answer) {
    if (!keep_ || config_.scope != Scope::Mine) return;
    keep_({.program = config_.program,
           .client_ip = *client_ip_,
           .slot = slot_,
           .read_at = clock_.wall(),
           .accounts = answer.accounts});
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
    subscribe();
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

/// An endpoint that lags is asked again soon; one that does for long has begun anew (`TrustRules`).
void Fetcher::behind(std::string reason) {
    metrics_.success.Increment();
    if (turn_away()) return;
    Doubt doubt = doubt_;
    if (!doubt.older_since) doubt.older_since = clock_.now();
    wonder({.verdict = Verdict::Wonder, .reason = std::move(reason), .doubt = doubt});
}

void Fetcher::wonder(Judgement judgement) {
    doubt_ = judgement.doubt;
    metrics_.doubted.Increment();
    error_.reset();
    ++doubted_;
    doubt_text_ = std::move(judgement.reason);
    if (doubted_ > 1) return;
    log_.warn("ledger answer doubted, asking again", {{"reason", doubt_text_}});
    notify();
}

void Fetcher::forget_doubt() {
    doubt_text_.clear();
    doubted_ = 0;
    doubter_.reset();
}

bool Fetcher::turn_away() {
    endpoints_.failed(asked_, clock_.now());
    if (!endpoints_.has_rested(clock_.now())) return false;
    metrics_.failovers.Increment();
    log_.debug("endpoint turned away, asking another", {{"endpoint", sources_.endpoints[asked_].name}});
    read_asked_ = true;
    return true;
}

void Fetcher::count_undecodable(const ledger::Snapshot& snapshot) {
    const std::size_t count = snapshot.undecodable_accounts();
    metrics_.undecodable_accounts.Set(static_cast<double>(count));
    if (count > undecodable_) log_.warn("accounts cannot be decoded, skipping them", {{"count", count}});
    undecodable_ = count;
}

std::optional<Duration> Fetcher::age() const {
    if (!read_at_) return std::nullopt;
    return clock_.now() - *read_at_;
}

void Fetcher::notify() const {
    if (notify_) notify_();
}

}  // namespace dz::fetcher
