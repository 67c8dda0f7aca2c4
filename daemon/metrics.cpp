#include "daemon/metrics.hpp"

#include <map>
#include <string>
#include <utility>

#include "base/version.hpp"

namespace dz::daemon {

namespace {

constexpr Duration kCountEvery = 10s;

}  // namespace

Metrics::Metrics(metrics::Registry& registry)
    : Metrics(registry, prometheus::BuildCounter()
                            .Name("doublezero_config_reloads_total")
                            .Help("Configuration reloads by outcome.")
                            .Register(registry)) {}

Metrics::Metrics(metrics::Registry& registry, prometheus::Family<prometheus::Counter>& reloads)
    : reloads_good_(reloads.Add({{"status", "success"}})),
      reloads_bad_(reloads.Add({{"status", "error"}})),
      installed_(prometheus::BuildGauge()
                     .Name("doublezero_bgp_routes_installed")
                     .Help("Learned routes in the kernel, by source address and next hop.")
                     .Register(registry)) {
    prometheus::BuildGauge()
        .Name("doublezero_build_info")
        .Help("Always 1; what is running is in the labels.")
        .Register(registry)
        .Add({{"version", std::string(version_with_commit())},
              {"commit", std::string(commit())},
              {"date", std::string(commit_date())}})
        .Set(1);
}

void Metrics::count_routes(const std::vector<netlink::Route>& kernel) {
    std::map<std::pair<Ipv4, Ipv4>, std::size_t> counts;
    for (const netlink::Route& route : kernel)
        if (route.protocol == netlink::Protocol::Bgp && route.source && route.gateway)
            ++counts[{*route.source, *route.gateway}];
    for (prometheus::Gauge* gauge : std::exchange(series_, {})) installed_.Remove(gauge);
    for (const auto& [ends, count] : counts) {
        auto& gauge =
            installed_.Add({{"src", ends.first.to_string()}, {"next_hop", ends.second.to_string()}});
        gauge.Set(static_cast<double>(count));
        series_.push_back(&gauge);
    }
}

MetricsApi::MetricsApi(http::Router& router, metrics::Registry& registry, Metrics& metrics,
                       netlink::Kernel& kernel, Clock& clock)
    : registry_(registry), metrics_(metrics), kernel_(kernel), clock_(clock) {
    router.on("GET", "/metrics", [this](const http::Request&) { return answer(); });
}

Task<http::Response> MetricsApi::answer() {
    if (!counted_at_ || clock_.now() - *counted_at_ >= kCountEvery) {
        counted_at_ = clock_.now();
        // Where the kernel cannot be read the last count stays; the reconciler reports why.
        if (const auto kernel = co_await kernel_.read(netlink::Parts::Routes))
            metrics_.count_routes(kernel->routes);
    }
    co_return http::Response{.status = 200,
                             .body = metrics::expose(registry_) + metrics::expose_process(),
                             .content_type = std::string(metrics::kContentType),
                             .headers = {}};
}

}  // namespace dz::daemon
