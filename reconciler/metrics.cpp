#include "reconciler/metrics.hpp"

namespace dz::reconciler {

namespace {

prometheus::Family<prometheus::Counter>& counters(metrics::Registry& registry, const char* name,
                                                  const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

prometheus::Family<prometheus::Gauge>& gauges(metrics::Registry& registry, const char* name,
                                              const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

const prometheus::Histogram::BucketBoundaries kPassSeconds{0.0001, 0.0003, 0.001, 0.003, 0.01,
                                                           0.03,   0.1,    0.3,   1,     3};

/// "IBRLWithAllocatedIP", ...: the names of the API (daemon.md 2.1).
std::string_view api_name(ledger::UserType type) {
    switch (type) {
        case ledger::UserType::Ibrl:
            return "IBRL";
        case ledger::UserType::IbrlWithAllocatedIp:
            return "IBRLWithAllocatedIP";
        case ledger::UserType::EdgeFiltering:
            return "EdgeFiltering";
        case ledger::UserType::Multicast:
            return "Multicast";
    }
    return "Unknown";
}

}  // namespace

Metrics::Metrics(metrics::Registry& registry, std::string network)
    : polls_(counters(registry, "doublezero_reconciler_polls_total", "Reconcile polls by outcome.")),
      provisions_(
          counters(registry, "doublezero_reconciler_provisions_total", "Services set up, by outcome.")),
      removals_(
          counters(registry, "doublezero_reconciler_removals_total", "Services taken down, by outcome.")),
      updates_(counters(registry, "doublezero_reconciler_updates_total",
                        "Services changed in place, by outcome.")),
      matched_(gauges(registry, "doublezero_reconciler_matched_users",
                      "Users of the ledger that are this host's.")),
      info_(gauges(registry, "doublezero_connection_info", "1 for each service that is set up.")),
      network_(std::move(network)),
      polls_success(polls_.Add({{"status", "success"}})),
      polls_error(polls_.Add({{"status", "error"}})),
      passes(
          counters(registry, "doublezero_reconciler_passes_total", "Reconcile passes of any cause.").Add({})),
      repairs(counters(registry, "doublezero_reconciler_repairs_total",
                       "Steps that restored what somebody else had changed.")
                  .Add({})),
      steps_failed(
          counters(registry, "doublezero_reconciler_steps_failed_total", "Steps that the kernel refused.")
              .Add({})),
      pass_seconds(prometheus::BuildHistogram()
                       .Name("doublezero_reconciler_pass_seconds")
                       .Help("Time one reconcile pass took.")
                       .Register(registry)
                       .Add({}, kPassSeconds)) {}

void Metrics::count(Deed deed, ServiceClass kind, bool ok) {
    auto& family = deed == Deed::Provision ? provisions_ : deed == Deed::Removal ? removals_ : updates_;
    family.Add({{"service_type", std::string(to_string(kind))}, {"status", ok ? "success" : "error"}})
        .Increment();
}

void Metrics::matched(ServiceClass kind, bool matched) {
    matched_.Add({{"service_type", std::string(to_string(kind))}}).Set(matched ? 1 : 0);
}

void Metrics::connections(const std::vector<ServiceReport>& services) {
    std::vector<prometheus::Labels> wanted;
    for (const auto& report : services) {
        const auto& service = report.service;
        if (!report.provisioned) continue;
        wanted.push_back({{"user_type", std::string(api_name(service.user_type))},
                          {"network", network_},
                          {"current_device", service.device_code},
                          {"metro", service.metro},
                          {"tunnel_name", std::string(service.link())},
                          {"tunnel_src", service.tunnel_src.to_string()},
                          {"tunnel_dst", service.tunnel_dst.to_string()}});
    }
    if (wanted == labels_) return;
    for (auto* series : series_) info_.Remove(series);
    series_.clear();
    for (const auto& labels : wanted) {
        series_.push_back(&info_.Add(labels));
        series_.back()->Set(1);
    }
    labels_ = std::move(wanted);
}

}  // namespace dz::reconciler
