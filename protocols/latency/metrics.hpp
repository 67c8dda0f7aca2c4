// protocols/latency/metrics.hpp: metrics of the measurements (daemon.md 11.6).
#pragma once

#include <compare>
#include <map>
#include <string>

#include "base/metrics.hpp"
#include "protocols/latency/rounds.hpp"

namespace dz::latency {

/// Labels of one address. There are as many as devices of the network have.
struct Labels {
    std::string device_pk, device_code, device_ip;
    auto operator<=>(const Labels&) const = default;
};

/// Built once by the composition root, and only where the operator asks for it.
class Metrics {
  public:
    explicit Metrics(metrics::Registry& registry);

    /// Series of addresses that are not in `now` any more are removed. An unreachable address has no times.
    void show(const std::map<Labels, Measurement>& now);

  private:
    struct Gauges {
        prometheus::Gauge *loss, *reachable;
        prometheus::Gauge *min = nullptr, *avg = nullptr, *max = nullptr;  ///< while reachable
    };
    void show(const prometheus::Labels& labels, Gauges& gauges, const std::optional<RoundTrip>& rtt);
    void remove_times(Gauges& gauges);

    prometheus::Family<prometheus::Gauge>&min_, &avg_, &max_, &loss_, &reachable_;
    std::map<Labels, Gauges> series_;
};

}  // namespace dz::latency
