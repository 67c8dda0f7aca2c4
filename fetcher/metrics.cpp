#include "fetcher/metrics.hpp"

namespace dz::fetcher {

namespace {

prometheus::Family<prometheus::Counter>& counters(metrics::Registry& registry, const std::string& name,
                                                  const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

prometheus::Counter& counter(metrics::Registry& registry, const std::string& name, const char* help) {
    return counters(registry, name, help).Add({});
}

prometheus::Gauge& gauge(metrics::Registry& registry, const std::string& name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

const prometheus::Histogram::BucketBoundaries kSeconds{0.1, 0.5, 1, 2, 5, 10, 30, 60, 120};

}  // namespace

Metrics::Metrics(metrics::Registry& registry, const std::string& prefix)
    : totals_(counters(registry, prefix + "_fetch_total", "Reads of the ledger by outcome.")),
      retries_(
          counters(registry, "doublezero_solana_rpc_retries_total", "Repeated ledger requests by method.")),
      exhausted_(counters(registry, "doublezero_solana_rpc_retries_exhausted_total",
                          "Ledger requests that failed in every attempt, by method.")),
      duration_seconds(prometheus::BuildHistogram()
                           .Name(prefix + "_fetch_duration_seconds")
                           .Help("Time one read of the ledger took, failed ones included.")
                           .Register(registry)
                           .Add({}, kSeconds)),
      success(totals_.Add({{"result", "success"}})),
      error_stale(totals_.Add({{"result", "error_stale"}})),
      error_no_cache(totals_.Add({{"result", "error_no_cache"}})),
      stale_age_seconds(gauge(registry, prefix + "_stale_cache_age_seconds",
                              "Age of the ledger data in use after a failed read; 0 after a good one.")),
      doubted(counter(registry, prefix + "_answers_doubted_total",
                      "Answers that lacked something and had to be confirmed.")),
      refused(counter(registry, prefix + "_answers_refused_total", "Answers that were not believed.")),
      undecodable_accounts(gauge(registry, prefix + "_undecodable_accounts",
                                 "Accounts in the last answer that could not be decoded.")),
      failovers(counter(registry, prefix + "_endpoint_failovers_total",
                        "Reads that went on to another endpoint because one failed.")),
      disagreements(counter(registry, prefix + "_endpoint_disagreements_total",
                            "Tunnel endpoints that a second endpoint did not confirm.")),
      push_live(gauge(registry, prefix + "_push_is_live",
                      "1 while every change of interest is pushed by the ledger, else 0.")),
      push_connections(counter(registry, prefix + "_push_connections_total",
                               "Connections on which all subscriptions were confirmed.")),
      pushed(counter(registry, prefix + "_push_changes_total", "Changes of accounts that were pushed.")),
      outdated(counter(registry, prefix + "_push_outdated_total",
                       "Pushed changes that were known already, or older than what was known.")) {}

void Metrics::retried(std::string_view method, const Error& /*error*/) {
    retries_.Add({{"method", std::string(method)}}).Increment();
}

void Metrics::gave_up(std::string_view method, const Error& /*error*/) {
    exhausted_.Add({{"method", std::string(method)}}).Increment();
}

}  // namespace dz::fetcher
