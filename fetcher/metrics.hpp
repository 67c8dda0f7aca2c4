// fetcher/metrics.hpp: metrics of reading the ledger (daemon.md 11.2).
#pragma once

#include <string>

#include "base/metrics.hpp"
#include "ledger/http_rpc.hpp"

namespace dz::fetcher {

/// Built once by the composition root, which also hands it to `HttpRpc` as its observer.
class Metrics final : public ledger::RpcObserver {
    // Built first: the series below belong to these families.
    prometheus::Family<prometheus::Counter>& totals_;
    prometheus::Family<prometheus::Counter>& retries_;
    prometheus::Family<prometheus::Counter>& exhausted_;

  public:
    /// Names begin with `prefix`, which is another one for each kind of program.
    explicit Metrics(metrics::Registry& registry, const std::string& prefix = "doublezero_onchain");

    prometheus::Histogram& duration_seconds;  ///< *_fetch_duration_seconds
    prometheus::Counter& success;             ///< *_fetch_total{result="success"}
    prometheus::Counter& error_stale;         ///< *_fetch_total{result="error_stale"}
    prometheus::Counter& error_no_cache;      ///< *_fetch_total{result="error_no_cache"}
    prometheus::Gauge& stale_age_seconds;     ///< *_stale_cache_age_seconds
    prometheus::Counter& doubted;             ///< *_answers_doubted_total
    prometheus::Counter& refused;             ///< *_answers_refused_total
    prometheus::Gauge& undecodable_accounts;  ///< *_undecodable_accounts
    prometheus::Counter& failovers;           ///< *_endpoint_failovers_total
    prometheus::Counter& disagreements;       ///< *_endpoint_disagreements_total
    prometheus::Gauge& push_live;             ///< *_push_is_live
    prometheus::Counter& push_connections;    ///< *_push_connections_total
    prometheus::Counter& pushed;              ///< *_push_changes_total
    prometheus::Counter& outdated;            ///< *_push_outdated_total

    void retried(std::string_view method, const Error& error) override;
    void gave_up(std::string_view method, const Error& error) override;
};

}  // namespace dz::fetcher
