#include "services/telemetry/writer.hpp"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include "ledger/enum_text.hpp"

namespace dz::telemetry {

namespace {

double seconds(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

/// The writes whose attempt may be repeated; the others are settled.
struct Attempt {
    std::vector<Write> again;
    Error error;  ///< of the first of them
};

}  // namespace

Writer::Writer(EventLoop& loop, Clock& clock, Sink& sink, Metrics& metrics, Log log)
    : clock_(clock),
      sink_(sink),
      metrics_(metrics),
      log_(std::move(log)),
      wakes_{Wake(loop, clock), Wake(loop, clock), Wake(loop, clock), Wake(loop, clock)},
      idle_(loop, clock) {}

bool Writer::offer(const Write& write) {
    if (queue_.size() == kCapacity) return false;
    queue_.push_back(write);
    metrics_.queue_length.Set(static_cast<double>(queue_.size()));
    for (Wake& wake : wakes_) wake.set();
    return true;
}

Task<> Writer::idle() {
    while (!is_idle()) co_await idle_.wait_until(TimePoint::max());
}

Task<> Writer::run() {
    using namespace boost::asio::experimental::awaitable_operators;
    static_assert(kWorkers == 4);
    co_await (work(wakes_[0]) && work(wakes_[1]) && work(wakes_[2]) && work(wakes_[3]));
}

Task<> Writer::work(Wake& wake) {
    for (;;) {
        while (!queue_.empty()) {
            ++busy_;
            co_await carry_out(take_batch());
            --busy_;
        }
        if (is_idle()) idle_.set();
        co_await wake.wait_until(TimePoint::max());
    }
}

std::vector<Write> Writer::take_batch() {
    const auto count = static_cast<std::ptrdiff_t>(std::min(queue_.size(), Sink::kMaxBatch));
    std::vector<Write> batch(queue_.begin(), queue_.begin() + count);
    queue_.erase(queue_.begin(), queue_.begin() + count);
    metrics_.queue_length.Set(static_cast<double>(queue_.size()));
    return batch;
}

Task<> Writer::carry_out(std::vector<Write> batch) {
    Duration backoff = kBackoff;
    for (int attempt = 1;; ++attempt, backoff *= 2) {
        const TimePoint start = clock_.now();
        const auto results = co_await sink_.write(batch);
        const double took = seconds(clock_.now() - start);
        const bool last = attempt == kAttempts;
        Attempt rest;
        for (std::size_t i = 0; i < batch.size(); ++i) {
            const auto& result = results[i];
            if (result) metrics_.submission_seconds.Observe(took);
            if (result || !ledger::is_retryable(result.error()) || last) {
                settle(batch[i], result);
                continue;
            }
            if (rest.again.empty()) rest.error = result.error();
            rest.again.push_back(batch[i]);
        }
        if (rest.again.empty()) co_return;
        log_.debug("statuses not written, trying again",
                   {{"users", rest.again.size()}, {"attempt", attempt}, {"error", rest.error}});
        batch = std::move(rest.again);
        co_await clock_.sleep_for(backoff);
    }
}

void Writer::settle(const Write& write, const Result<ledger::Receipt>& result) {
    metrics_.submission(write.status, result.has_value()).Increment();
    if (result)
        log_.info("status written", {{"user", write.user.to_string()},
                                     {"status", ledger::to_text(write.status)},
                                     {"rtt_ns", write.rtt.count()},
                                     {"signature", result->signature.to_string()}});
    if (settled_) settled_(write, result);
}

}  // namespace dz::telemetry
