// reconciler/metrics.hpp: metrics of the reconciler (daemon.md 11.3, and a few of our own).
#pragma once

#include <string>
#include <vector>

#include "base/metrics.hpp"
#include "reconciler/plan.hpp"
#include "reconciler/report.hpp"

namespace dz::reconciler {

/// Built once by the composition root; must outlive the loop.
class Metrics {
    // Built first: the series below belong to these families.
    prometheus::Family<prometheus::Counter>& polls_;
    prometheus::Family<prometheus::Counter>& provisions_;
    prometheus::Family<prometheus::Counter>& removals_;
    prometheus::Family<prometheus::Counter>& updates_;
    prometheus::Family<prometheus::Gauge>& matched_;
    prometheus::Family<prometheus::Gauge>& info_;
    std::string network_;
    std::vector<prometheus::Labels> labels_;  ///< of `series_`
    std::vector<prometheus::Gauge*> series_;

  public:
    /// `network` is the moniker of the environment, for `doublezero_connection_info`.
    Metrics(metrics::Registry& registry, std::string network);

    prometheus::Counter& polls_success;   ///< doublezero_reconciler_polls_total{status="success"}
    prometheus::Counter& polls_error;     ///< doublezero_reconciler_polls_total{status="error"}
    prometheus::Counter& passes;          ///< doublezero_reconciler_passes_total
    prometheus::Counter& repairs;         ///< doublezero_reconciler_repairs_total
    prometheus::Counter& steps_failed;    ///< doublezero_reconciler_steps_failed_total
    prometheus::Histogram& pass_seconds;  ///< doublezero_reconciler_pass_seconds

    enum class Deed { Provision, Removal, Update };
    /// doublezero_reconciler_{provisions,removals,updates}_total{service_type,status}
    void count(Deed deed, ServiceClass kind, bool ok);
    /// doublezero_reconciler_matched_users{service_type}
    void matched(ServiceClass kind, bool matched);
    /// doublezero_connection_info: one series of value 1 for each provisioned service.
    void connections(const std::vector<ServiceReport>& services);
};

}  // namespace dz::reconciler
