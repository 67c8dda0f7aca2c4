// daemon/metrics.hpp: the daemon's own metrics, and the endpoint that serves everybody's (daemon.md 11.1).
#pragma once

#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "base/http_server.hpp"
#include "base/metrics.hpp"
#include "netlink/kernel.hpp"

namespace dz::daemon {

/// Built once by the composition root.
class Metrics {
  public:
    /// Sets doublezero_build_info.
    explicit Metrics(metrics::Registry& registry);

    /// doublezero_bgp_routes_installed{src,next_hop}: counts routes of protocol bgp that have both.
    void count_routes(const std::vector<netlink::Route>& kernel);
    /// doublezero_config_reloads_total{status}
    void count_reload(bool good) { (good ? reloads_good_ : reloads_bad_).Increment(); }

  private:
    Metrics(metrics::Registry& registry, prometheus::Family<prometheus::Counter>& reloads);

    prometheus::Counter& reloads_good_;
    prometheus::Counter& reloads_bad_;
    prometheus::Family<prometheus::Gauge>& installed_;
    std::vector<prometheus::Gauge*> series_;
};

/// GET /metrics. Counts the kernel's routes when asked, but not more often than every 10 s.
class MetricsApi {
  public:
    /// All must outlive the API.
    MetricsApi(http::Router& router, metrics::Registry& registry, Metrics& metrics, netlink::Kernel& kernel,
               Clock& clock);
    MetricsApi(const MetricsApi&) = delete;
    MetricsApi& operator=(const MetricsApi&) = delete;

  private:
    Task<http::Response> answer();

    metrics::Registry& registry_;
    Metrics& metrics_;
    netlink::Kernel& kernel_;
    Clock& clock_;
    std::optional<TimePoint> counted_at_;
};

}  // namespace dz::daemon
