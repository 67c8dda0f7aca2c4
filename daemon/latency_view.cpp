#include "daemon/latency_view.hpp"

#include <algorithm>
#include <chrono>
#include <tuple>

namespace dz::daemon {

namespace {

/// The prefix length that interfaces without an address have.
constexpr std::uint8_t kNoAddress = 0;

placement::Use use_of(const reconciler::Service& service) {
    if (service.kind() == reconciler::ServiceClass::Unicast) return placement::Use::Unicast;
    return std::ranges::any_of(service.groups, &reconciler::Group::publisher) ? placement::Use::Publisher
                                                                              : placement::Use::Subscriber;
}

std::int64_t unix_seconds(TimePoint at, const Dating& dating) {
    const WallTime wall = dating.wall - (dating.now - at);
    return std::chrono::floor<std::chrono::seconds>(wall).time_since_epoch().count();
}

}  // namespace

std::vector<ProbedAddress> probed_addresses(const ledger::Snapshot& catalogue, bool endpoints) {
    std::vector<ProbedAddress> out;
    for (const auto& [key, device] : catalogue.devices()) {
        std::set<Ipv4> seen{Ipv4()};
        if (seen.insert(device.public_ip).second)
            out.push_back({.device = key, .code = device.code, .address = device.public_ip, .interface = {}});
        if (!endpoints) continue;
        for (const ledger::Interface& interface : device.interfaces) {
            if (!interface.user_tunnel_endpoint || interface.ip_net.length == kNoAddress) continue;
            if (seen.insert(interface.ip_net.address).second)
                out.push_back({.device = key,
                               .code = device.code,
                               .address = interface.ip_net.address,
                               .interface = interface.name});
        }
    }
    std::ranges::sort(out, {}, [](const ProbedAddress& one) { return std::tie(one.code, one.address); });
    return out;
}

latency::SetTargets targets_of(const std::vector<ProbedAddress>& addresses,
                               const std::vector<reconciler::Service>& services) {
    latency::SetTargets out;
    for (const ProbedAddress& one : addresses) {
        out.addresses.insert(one.address);
        const bool ours = std::ranges::any_of(services, [&one](const reconciler::Service& service) {
            return service.device == one.device || service.tunnel_dst == one.address;
        });
        if (ours) out.always.insert(one.address);
    }
    return out;
}

std::vector<api::LatencyResult> latency_rows(const std::vector<ProbedAddress>& addresses,
                                             const latency::Measurements& measurements, const Dating& dating,
                                             bool recent) {
    std::vector<api::LatencyResult> out;
    for (const ProbedAddress& one : addresses) {
        const auto found = measurements.find(one.address);
        if (found == measurements.end()) continue;
        const latency::Measurement& measured = found->second;
        api::LatencyResult row;
        row.device_pk = one.device.to_string();
        row.device_ip = one.address;
        row.device_code = one.code;
        if (const auto& rtt = measured.rtt)
            row.rtt = api::RoundTrip{.min = rtt->min, .max = rtt->max, .avg = rtt->avg};
        row.loss_percentage = measured.loss();
        row.interface_name = one.interface;
        row.probed_at = unix_seconds(measured.at, dating);
        if (recent) row.recent.assign(measured.recent.begin(), measured.recent.end());
        out.push_back(std::move(row));
    }
    return out;
}

std::map<latency::Labels, latency::Measurement> latency_series(const std::vector<ProbedAddress>& addresses,
                                                               const latency::Measurements& measurements) {
    std::map<latency::Labels, latency::Measurement> out;
    for (const ProbedAddress& one : addresses) {
        const auto found = measurements.find(one.address);
        if (found == measurements.end()) continue;
        latency::Labels labels{.device_pk = one.device.to_string(),
                               .device_code = one.code,
                               .device_ip = one.address.to_string()};
        out.emplace(std::move(labels), found->second);
    }
    return out;
}

std::vector<placement::Latency> answers(const std::vector<ProbedAddress>& addresses,
                                        const latency::Measurements& measurements) {
    std::vector<placement::Latency> out;
    for (const ProbedAddress& one : addresses) {
        const auto found = measurements.find(one.address);
        if (found == measurements.end() || !found->second.rtt) continue;
        out.push_back({.device = one.device,
                       .address = one.address,
                       .min = found->second.rtt->min,
                       .mean = found->second.rtt->avg});
    }
    return out;
}

std::optional<BestDevice> best_device(const reconciler::Service& service,
                                      const std::vector<reconciler::Service>& all,
                                      const ledger::Snapshot& catalogue,
                                      const std::vector<placement::Latency>& answers) {
    placement::Request request{.use = use_of(service), .current = service.device};
    for (const reconciler::Service& other : all)
        if (other.kind() != service.kind()) request.in_use.push_back(other.tunnel_dst);
    const auto ranked = placement::rank(catalogue, answers, request);
    if (ranked.empty() || !ranked.front().fits() || !ranked.front().latency) return {};
    const placement::Candidate& best = ranked.front();
    const bool current_answers = std::ranges::any_of(
        answers, [&service](const placement::Latency& one) { return one.device == service.device; });
    return BestDevice{.code = best.device->value.code,
                      .rtt = best.latency->min,
                      .is_other = current_answers && best.device->key != service.device};
}

void BetterDevices::observe(const reconciler::Service& service, const std::optional<BestDevice>& best) {
    if (!best || !best->is_other) {
        runs_.erase(service.kind());
        return;
    }
    Run& run = runs_[service.kind()];
    if (run.device != service.device) run = {.device = service.device, .better = {}};
    run.better.code = best->code;
    run.better.rtt = best->rtt;
    ++run.better.probes;
}

void BetterDevices::keep_only(const std::vector<reconciler::Service>& services) {
    std::erase_if(runs_, [&services](const auto& entry) {
        return std::ranges::find(services, entry.first, &reconciler::Service::kind) == services.end();
    });
}

std::optional<api::BetterDevice> BetterDevices::worth_telling(const reconciler::Service& service) const {
    const auto run = runs_.find(service.kind());
    if (run == runs_.end() || run->second.device != service.device) return {};
    if (run->second.better.probes < kWorthTelling) return {};
    return run->second.better;
}

}  // namespace dz::daemon
