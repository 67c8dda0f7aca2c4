#include "protocols/latency/metrics.hpp"

namespace dz::latency {

namespace {

prometheus::Family<prometheus::Gauge>& family(metrics::Registry& registry, const char* name,
                                              const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

double nanoseconds(Duration duration) {
    return static_cast<double>(duration.count());
}

}  // namespace

Metrics::Metrics(metrics::Registry& registry)
    : min_(family(registry, "doublezero_latency_rtt_min_nanoseconds",
                  "Shortest round trip of the last measurement; none while unreachable.")),
      avg_(family(registry, "doublezero_latency_rtt_avg_nanoseconds",
                  "Mean round trip of the last measurement; none while unreachable.")),
      max_(family(registry, "doublezero_latency_rtt_max_nanoseconds",
                  "Longest round trip of the last measurement; none while unreachable.")),
      loss_(family(registry, "doublezero_latency_loss_percentage", "Echoes that did not come back.")),
      reachable_(family(registry, "doublezero_latency_reachable", "1 when any echo came back, else 0.")) {}

void Metrics::show(const std::map<Labels, Measurement>& now) {
    for (auto place = series_.begin(); place != series_.end();) {
        if (now.contains(place->first)) {
            ++place;
            continue;
        }
        remove_times(place->second);
        loss_.Remove(place->second.loss);
        reachable_.Remove(place->second.reachable);
        place = series_.erase(place);
    }
    for (const auto& [key, measurement] : now) {
        const prometheus::Labels labels{
            {"device_pk", key.device_pk}, {"device_code", key.device_code}, {"device_ip", key.device_ip}};
        auto [place, is_new] = series_.try_emplace(key);
        if (is_new) place->second = {.loss = &loss_.Add(labels), .reachable = &reachable_.Add(labels)};
        place->second.loss->Set(measurement.loss());
        place->second.reachable->Set(measurement.rtt ? 1 : 0);
        show(labels, place->second, measurement.rtt);
    }
}

void Metrics::show(const prometheus::Labels& labels, Gauges& gauges, const std::optional<RoundTrip>& rtt) {
    if (!rtt) return remove_times(gauges);
    if (gauges.min == nullptr) {
        gauges.min = &min_.Add(labels);
        gauges.avg = &avg_.Add(labels);
        gauges.max = &max_.Add(labels);
    }
    gauges.min->Set(nanoseconds(rtt->min));
    gauges.avg->Set(nanoseconds(rtt->avg));
    gauges.max->Set(nanoseconds(rtt->max));
}

/// A zero there would be the best of all values.
void Metrics::remove_times(Gauges& gauges) {
    if (gauges.min == nullptr) return;
    min_.Remove(gauges.min);
    avg_.Remove(gauges.avg);
    max_.Remove(gauges.max);
    gauges.min = gauges.avg = gauges.max = nullptr;
}

}  // namespace dz::latency
