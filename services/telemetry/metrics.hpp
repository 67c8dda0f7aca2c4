// services/telemetry/metrics.hpp: metrics of the status reporter (telemetry.md 1.10).
#pragma once

#include <string>

#include "base/metrics.hpp"
#include "ledger/types.hpp"

namespace dz::telemetry {

/// How a tick ended, or why nothing was decided in it.
enum class TickResult { Success, NoLedgerData, NoNamespaces, NamespacesUnreadable };
/// Why a write never reached a worker.
enum class Drop { QueueFull, WrongPublisher };

/// Built once by the composition root.
class Metrics {
    // Built first: the series below belong to these families.
    prometheus::Family<prometheus::Counter>& submissions_;
    prometheus::Family<prometheus::Counter>& ticks_;
    prometheus::Family<prometheus::Counter>& drops_;
    prometheus::Family<prometheus::Counter>& namespace_failures_;
    prometheus::Family<prometheus::Gauge>& users_;

  public:
    /// Also sets doublezero_build_info.
    explicit Metrics(metrics::Registry& registry);

    /// doublezero_bgpstatus_submissions_total: one for each write, not for each attempt.
    prometheus::Counter& submission(ledger::BgpStatus status, bool ok);
    /// doublezero_bgpstatus_ticks_total
    prometheus::Counter& tick(TickResult result);
    /// doublezero_bgpstatus_dropped_total
    prometheus::Counter& drop(Drop reason);
    /// doublezero_bgpstatus_namespace_failures_total
    prometheus::Counter& namespace_failure(const std::string& name);

    prometheus::Histogram& submission_seconds;  ///< of successful attempts
    prometheus::Gauge& queue_length;
    prometheus::Gauge& last_tick;  ///< unix time of the last tick that decided
    prometheus::Gauge& tick_seconds;

    prometheus::Gauge& users_up;
    prometheus::Gauge& users_down;
    prometheus::Gauge& users_without_tunnel;
    prometheus::Gauge& users_hidden;
    prometheus::Gauge& users_unmappable;
};

}  // namespace dz::telemetry
