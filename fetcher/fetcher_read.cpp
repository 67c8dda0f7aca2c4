// When the fetcher reads, and whom it asks.
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <utility>
#include <variant>

#include "fetcher/fetcher.hpp"
#include "fetcher/read.hpp"

namespace dz::fetcher {

namespace {

using ledger::Scope;

/// With nothing to do, `run` sleeps until somebody wakes it.
constexpr Duration kLong = 24h;

}  // namespace

Task<> Fetcher::poll() {
    for (;;) {
        if (can_read() && is_due()) {
            co_await read_once();
        } else if (catalogue_is_due()) {
            co_await refresh_catalogue();
        }
        settle_catalogue();
        if (!read_asked_ || !can_read()) co_await wake_.wait_until(next_wake());
    }
}

bool Fetcher::is_due() const {
    return read_asked_ || (active_ && clock_.now() >= next_read_);
}

bool Fetcher::catalogue_is_due() const {
    return active_ && config_.scope == Scope::Mine && clock_.now() >= catalogue_.next_read(follower_.live());
}

TimePoint Fetcher::next_wake() const {
    const TimePoint later = clock_.now() + kLong;
    if (!active_) return later;
    const TimePoint next = std::min(can_read() ? next_read_ : later, catalogue_.next_settle());
    if (config_.scope == Scope::Catalogue) return next;
    return std::min(next, catalogue_.next_read(follower_.live()));
}

Task<> Fetcher::read_once() {
    read_asked_ = false;
    reading_ = true;
    const TimePoint start = clock_.now();
    const auto asked_for = client_ip_;
    auto answer = co_await read_anywhere(config_.scope, asked_for);
    if (!answer &&
        answer.error().code == Errc::Cancelled) {  // we are being stopped: no failure of the ledger's
        next_read_ = clock_.now() + poll_delay();
        reading_ = false;
        co_return;
    }
    const bool mine = config_.scope == Scope::Mine;
    std::optional<std::string> contradicted;
    if (answer && config_.agreement && mine) contradicted = co_await contradiction(*answer, *asked_for);
    metrics_.duration_seconds.Observe(std::chrono::duration<double>(clock_.now() - start).count());
    if (mine && asked_for != client_ip_) {
        reading_ = false;  // an answer to yesterday's question
        co_return;
    }
    if (contradicted) {
        metrics_.success.Increment();
        wonder({.verdict = Verdict::Wonder, .reason = *std::move(contradicted), .doubt = doubt_});
    } else {
        take(std::move(answer));
    }
    reads_while_live_ = follower_.live() ? reads_while_live_ + 1 : 0;
    next_read_ = clock_.now() + (doubted_ > 0 ? confirm_delay() : poll_delay());
    if (catalogue_is_due()) co_await refresh_catalogue();
    reading_ = false;
    if (read_asked_) co_return;  // whoever waits gets the next one
    for (const auto& waiter : std::exchange(waiters_, {})) waiter->wake.set();
}

Task<> Fetcher::refresh_catalogue() {
    catalogue_.reads(clock_.now());
    const auto answer = co_await read_anywhere(Scope::Catalogue, std::nullopt);
    if (!answer) {
        log_.debug("catalogue not read", {{"error", answer.error()}});
        co_return;
    }
    if (!catalogue_.wanted()) co_return;
    const auto outcome = catalogue_.take(*answer, clock_.now());
    if (outcome.doubt)
        log_.warn("catalogue not believed, keeping the last one", {{"reason", *outcome.doubt}});
    if (outcome.changed) notify();
}

void Fetcher::settle_catalogue() {
    if (clock_.now() < catalogue_.next_settle()) return;
    const auto outcome = catalogue_.settle(clock_.now());
    if (outcome.doubt) log_.warn("pushed catalogue not believed, reading it", {{"reason", *outcome.doubt}});
    if (outcome.changed) notify();
}

Task<Result<Answer>> Fetcher::read(std::size_t endpoint, Scope scope, std::optional<Ipv4> client_ip,
                                   Slot not_before) {
    ledger::Rpc& rpc = *sources_.endpoints[endpoint].rpc;
    if (scope == Scope::Catalogue) co_return co_await fetcher::read_catalogue(rpc, config_.program);
    auto known = references(snapshot_.get(), *client_ip, addresses_.global_config());
    known.insert(known.end(), hints_.begin(), hints_.end());
    std::ranges::sort(known);
    const auto repeated = std::ranges::unique(known);
    known.erase(repeated.begin(), repeated.end());
    co_return co_await read_mine(rpc, addresses_, *client_ip, std::move(known), not_before);
}

/// Each endpoint once, the preferred first. One whose answer is doubted is not asked to confirm it.
Task<Result<Answer>> Fetcher::read_anywhere(Scope scope, std::optional<Ipv4> client_ip) {
    asked_ = doubted_ > 0 ? endpoints_.choose_other(asked_, clock_.now()) : endpoints_.choose(clock_.now());
    for (std::size_t left = sources_.endpoints.size() - 1;; --left) {
        auto answer = co_await in_time(read(asked_, scope, client_ip, least_slot()));
        if (answer || answer.error().code == Errc::Cancelled) co_return answer;
        endpoints_.failed(asked_, clock_.now());
        if (left == 0) co_return answer;
        const std::size_t next = endpoints_.choose_other(asked_, clock_.now());
        metrics_.failovers.Increment();
        log_.debug("endpoint failed, asking the next one", {{"endpoint", sources_.endpoints[asked_].name},
                                                            {"next", sources_.endpoints[next].name},
                                                            {"error", answer.error()}});
        asked_ = next;
    }
}

Task<Result<Answer>> Fetcher::in_time(Task<Result<Answer>> work) {
    using namespace boost::asio::experimental::awaitable_operators;
    // A hung endpoint leaves time for the others.
    const TimePoint limit =
        clock_.now() + config_.rpc_timeout / static_cast<Duration::rep>(sources_.endpoints.size());
    auto first = co_await (std::move(work) || clock_.sleep_until(limit));
    if (auto* answer = std::get_if<Result<Answer>>(&first)) co_return std::move(*answer);
    if (clock_.now() < limit) co_return fail(Errc::Cancelled, "stopped");
    co_return fail(Errc::Timeout, "the ledger has not answered in time");
}

/// Why a second endpoint does not bear out where tunnels of ours are to lead; nothing when it does, or when
/// nothing of that is new.
Task<std::optional<std::string>> Fetcher::contradiction(const Answer& answer, Ipv4 client_ip) {
    const auto fresh = new_tunnel_ends(snapshot_.get(), *answer.snapshot, client_ip);
    if (fresh.empty()) co_return std::nullopt;
    const std::size_t first = asked_;
    const std::size_t other = endpoints_.choose_other(first, clock_.now());
    const std::string question =
        fmt::format("where the tunnel of user {} leads", fresh.front().user.to_string());
    if (other == first) co_return "there is no second endpoint to confirm " + question;
    const auto second = co_await in_time(read(other, Scope::Mine, client_ip, {}));
    const std::string& name = sources_.endpoints[other].name;
    if (!second) {
        endpoints_.failed(other, clock_.now());
        co_return fmt::format("{}, which is to confirm {}, fails: {}", name, question, second.error().text);
    }
    const auto ends = tunnel_ends(second->snapshot.get(), client_ip);
    for (const TunnelEnd& end : fresh) {
        if (std::ranges::find(ends, end) != ends.end()) continue;
        metrics_.disagreements.Increment();
        co_return fmt::format("{} and {} do not agree where the tunnel of user {} leads",
                              sources_.endpoints[first].name, name, end.user.to_string());
    }
    co_return std::nullopt;
}

bool Fetcher::gives_up_on_slots() const {
    return doubt_.older_since && clock_.now() - *doubt_.older_since >= config_.trust.refuse_older_for;
}

Slot Fetcher::least_slot() const {
    return gives_up_on_slots() ? Slot{} : asked_slot_;
}

/// While changes are pushed, reads only make good for what a server forgot to tell: soon after it began, then
/// ever more seldom.
Duration Fetcher::interval() const {
    const Duration longest = std::max(config_.poll_interval, config_.pushed_interval);
    if (!follower_.live()) return config_.poll_interval;
    Duration interval = config_.poll_interval;
    for (int i = 1; i < reads_while_live_ && interval < longest; ++i) interval *= 2;
    return std::min(interval, longest);
}

Duration Fetcher::poll_delay() {
    std::uniform_real_distribution<double> spread(1 - config_.jitter, 1 + config_.jitter);
    return std::chrono::duration_cast<Duration>(interval() * spread(random_));
}

/// Soon at first; an endpoint that stays behind is not asked at that pace for ever.
Duration Fetcher::confirm_delay() const {
    const int doublings = std::clamp(doubted_ - 1, 0, 10);
    return std::min(config_.confirm_after * (1 << doublings), config_.poll_interval);
}

}  // namespace dz::fetcher
