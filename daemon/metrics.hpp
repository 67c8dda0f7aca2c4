// daemon/metrics.hpp: the daemon's own metrics, and the endpoint that serves everybody's (daemon.md 11.1).
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/http_server.hpp"
#include "base/metrics.hpp"
#include "netlink/kernel.hpp"

namespace dz::daemon {

/// What an operator wants to be woken for.
struct Condition {
    bool enabled = false;
    bool client_ip_known = false;
    std::size_t problems = 0;  ///< as many as the status lists
};

/// Built once by the composition root.
class Metrics {
  public:
    /// Sets doublezero_build_info.
    explicit Metrics(metrics::Registry& registry);

    /// doublezero_bgp_routes_installed{src,next_hop}: counts routes of protocol bgp that have both.
    void count_routes(const std::vector<netlink::Route>& kernel);
    /// doublezero_config_reloads_total{status}
    void count_reload(bool good);
    /// doublezero_api_requests_total{path,code}: `path` is one that the API has.
    void count_request(const std::string& path, int code);
    /// doublezero_reconciler_enabled, doublezero_client_ip_known, doublezero_problems
    void show(const Condition& condition);

  private:
    prometheus::Family<prometheus::Counter>& reloads_;
    prometheus::Family<prometheus::Counter>& requests_;
    prometheus::Gauge& enabled_;
    prometheus::Gauge& client_ip_known_;
    prometheus::Gauge& problems_;
    prometheus::Family<prometheus::Gauge>& installed_;
    std::vector<prometheus::Gauge*> series_;
};

/// GET /metrics. Counts the kernel's routes when asked, but not more often than every 10 s.
class MetricsApi {
  public:
    /// All must outlive the API. `condition` is asked for each scrape.
    MetricsApi(http::Router& router, metrics::Registry& registry, Metrics& metrics, netlink::Kernel& kernel,
               Clock& clock, std::function<Condition()> condition);
    MetricsApi(const MetricsApi&) = delete;
    MetricsApi& operator=(const MetricsApi&) = delete;

  private:
    Task<http::Response> answer();

    metrics::Registry& registry_;
    Metrics& metrics_;
    netlink::Kernel& kernel_;
    Clock& clock_;
    std::function<Condition()> condition_;
    std::optional<TimePoint> counted_at_;
};

}  // namespace dz::daemon
