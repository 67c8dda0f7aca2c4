// services/telemetry/writer.hpp: a bounded queue of writes and the workers that carry them out.
//
// Whoever offers a write never waits. A worker takes as many as fit a transaction, tries up to three times
// what may pass, and reports each write's end exactly once.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "services/telemetry/metrics.hpp"
#include "services/telemetry/sink.hpp"

namespace dz::telemetry {

class Writer {
  public:
    static constexpr std::size_t kCapacity = 256;
    static constexpr std::size_t kWorkers = 4;
    static constexpr int kAttempts = 3;
    static constexpr Duration kBackoff = 100ms;  ///< after the first attempt; then twice as long each time

    using Settled = std::function<void(const Write&, const Result<ledger::Receipt>&)>;

    /// All references must outlive the writer. Nothing is written before `run`.
    Writer(EventLoop& loop, Clock& clock, Sink& sink, Metrics& metrics, Log log);

    /// False when the queue is full: the write is forgotten.
    bool offer(const Write& write);
    /// Called when a write has succeeded or failed for good. Replaces an earlier one.
    void on_settled(Settled settled) { settled_ = std::move(settled); }

    /// Writes that wait, without those on their way.
    std::size_t waiting() const { return queue_.size(); }
    /// Nothing waits and nothing is on its way.
    bool is_idle() const { return queue_.empty() && busy_ == 0; }
    /// Returns as soon as it is. One waiter at a time.
    Task<> idle();

    /// Works until cancelled; what waits then is lost, and will be found again by who looks again.
    Task<> run();

  private:
    Task<> work(Wake& wake);
    Task<> carry_out(std::vector<Write> batch);
    std::vector<Write> take_batch();
    void settle(const Write& write, const Result<ledger::Receipt>& result);

    Clock& clock_;
    Sink& sink_;
    Metrics& metrics_;
    Log log_;
    Settled settled_;
    std::deque<Write> queue_;
    std::array<Wake, kWorkers> wakes_;
    std::size_t busy_ = 0;  ///< workers
    Wake idle_;
};

}  // namespace dz::telemetry
