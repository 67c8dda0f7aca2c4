// chain/reservations/journal.hpp: what operators hear of reservations: log lines and metrics.
//
// The texts "starting tipset reservations" and "skipping tipset reservations for empty plan" and the two
// vm_reservations_plan_* metrics are fixed: alerts and dashboards look for them.
#pragma once

#include <string>

#include "base/log.hpp"
#include "base/metrics.hpp"
#include "chain/reservations/mode.hpp"
#include "chain/reservations/session.hpp"

namespace dz::reservations {

class Metrics {
  public:
    /// `network` labels the two gauges of a plan.
    Metrics(metrics::Registry& registry, const std::string& network);

    /// Before Begin; also of an empty plan, so that the gauges do not keep what an earlier block had.
    void planned(std::size_t senders, Amount total);
    void judged(const Verdict& verdict);
    /// What an engine's telemetry has become.
    void told(const Telemetry& now);

    /// Of the gauge that stands for a signed 64-bit number.
    static constexpr Amount kMostTold = (Amount{1} << 63) - 1;

  private:
    prometheus::Gauge &senders_, &total_, &total_float_, &open_;
    prometheus::Counter& begin_failed_;
    prometheus::Family<prometheus::Counter>&settled_, &verdicts_;
    prometheus::Counter &burn_, &tip_, &over_burn_, &refund_;
    prometheus::Counter &proceed_, &fallback_, &invalid_, &node_error_;
};

/// The height that is executed, for the lines about it.
struct BlockContext {
    Mode mode = Mode::Legacy;
    std::uint32_t version = 0;
    std::uint64_t epoch = 0;  ///< height: slot or epoch
};

class Journal {
  public:
    /// `metrics` may be null and must outlive the journal.
    explicit Journal(Log log, Metrics* metrics = nullptr) : log_(std::move(log)), metrics_(metrics) {}

    void starting(const Plan& plan) const;
    void skipped_empty() const;
    /// What became of a Begin or an End. Node errors and refused blocks are errors, fallbacks are for those
    /// who debug.
    void judged(const BlockContext& block, Stage stage, const Verdict& verdict) const;
    /// A session was left open by an error that has been told already.
    void guard_failed(const Failure& failure) const;
    void prepack_off(std::uint64_t height, const Error& error) const;
    void prepack_off(const Address& from, const Error& error) const;
    void told(const Telemetry& now) const;

    const Log& log() const { return log_; }

  private:
    Log log_;
    Metrics* metrics_;
};

}  // namespace dz::reservations
