#include "daemon/metrics.hpp"

#include <map>
#include <string>
#include <utility>

#include "base/version.hpp"

namespace dz::daemon {

namespace {

constexpr Duration kCountEvery = 10s;

prometheus::Family<prometheus::Counter>& counters(metrics::Registry& registry, const std::string& name,
                                                  const std::string& help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

prometheus::Family<prometheus::Gauge>& gauges(metrics::Registry& registry, const std::string& name,
                                              const std::string& help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

}  // namespace

Metrics::Metrics(metrics::Registry& registry)
    : reloads_(counters(registry, "doublezero_config_reloads_total", "Configuration reloads by outcome.")),
      requests_(counters(registry, "doublezero_api_requests_total", "Requests by path and status code.")),
      enabled_(gauges(registry, "doublezero_reconciler_enabled", "1 when tunnels shall be there.").Add({})),
      client_ip_known_(
          gauges(registry, "doublezero_client_ip_known", "1 when the public address of this host is known.")
              .Add({})),
      problems_(gauges(registry, "doublezero_problems", "Problems that the status lists.").Add({})),
      installed_(gauges(registry, "doublezero_bgp_routes_installed",
                        "Learned routes in the kernel, by source address and next hop.")) {
    for (const char* status : {"success", "error"}) reloads_.Add({{"status", status}});
    prometheus::BuildGauge()
        .Name("doublezero_build_info")
        .Help("Always 1; what is running is in the labels.")
        .Register(registry)
        .Add({{"version", std::string(version_with_commit())},
              {"commit", std::string(commit())},
              {"date", std::string(commit_date())}})
        .Set(1);
}

void Metrics::count_reload(bool good) {
    reloads_.Add({{"status", good ? "success" : "error"}}).Increment();
}

void Metrics::count_request(const std::string& path, int code) {
    requests_.Add({{"path", path}, {"code", std::to_string(code)}}).Increment();
}

void Metrics::show(const Condition& condition) {
    enabled_.Set(condition.enabled ? 1 : 0);
    client_ip_known_.Set(condition.client_ip_known ? 1 : 0);
    problems_.Set(static_cast<double>(condition.problems));
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
                       netlink::Kernel& kernel, Clock& clock, std::function<Condition()> condition)
    : registry_(registry),
      metrics_(metrics),
      kernel_(kernel),
      clock_(clock),
      condition_(std::move(condition)) {
    router.on("GET", "/metrics", [this](const http::Request&) { return answer(); });
}

Task<http::Response> MetricsApi::answer() {
    if (!counted_at_ || clock_.now() - *counted_at_ >= kCountEvery) {
        counted_at_ = clock_.now();
        // Where the kernel cannot be read the last count stays; the reconciler reports why.
        if (const auto kernel = co_await kernel_.read(netlink::Parts::Routes))
            metrics_.count_routes(kernel->routes);
    }
    metrics_.show(condition_());
    co_return http::Response{.status = 200,
                             .body = metrics::expose(registry_) + metrics::expose_process(),
                             .content_type = std::string(metrics::kContentType),
                             .headers = {}};
}

}  // namespace dz::daemon
