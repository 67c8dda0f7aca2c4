#include "daemon/device_latency.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <utility>

#include "fetcher/devices.hpp"

namespace dz::daemon {

namespace {

/// How often somebody looks whether there are other tunnels.
constexpr Duration kLook = 1s;
/// Until the ledger has answered once.
constexpr Duration kFirstRetry = 5s;

latency::Pace pace_of(const LatencySettings& settings) {
    latency::Pace pace;
    pace.interval = settings.probe_interval;
    return pace;
}

/// Tunnels that are there, and those that are only wanted.
std::vector<reconciler::Service> services_of(const reconciler::Report& report) {
    std::vector<reconciler::Service> out;
    for (const reconciler::ServiceReport& one : report.services) out.push_back(one.service);
    return out;
}

}  // namespace

DeviceLatency::DeviceLatency(Modules modules, Log log, ledger::PublicKey program, LatencySettings settings,
                             std::function<reconciler::Report()> report)
    : modules_(modules),
      log_(std::move(log)),
      program_(program),
      settings_(settings),
      report_(std::move(report)),
      prober_(modules.loop, modules.clock, modules.socket, log_, pace_of(settings)),
      metrics_(settings.metrics ? std::make_unique<latency::Metrics>(modules.registry) : nullptr) {
    prober_.on_round([this] { round_ended(); });
}

Task<> DeviceLatency::run() {
    using namespace boost::asio::experimental::awaitable_operators;
    co_await (prober_.run() && follow_devices());
}

Task<> DeviceLatency::follow_devices() {
    for (TimePoint read_at = modules_.clock.now();;) {
        if (modules_.clock.now() >= read_at) {
            co_await read_devices();
            const Duration pause =
                devices_ ? settings_.refresh_interval : std::min(kFirstRetry, settings_.refresh_interval);
            read_at = modules_.clock.now() + pause;
        }
        aim();
        co_await modules_.clock.sleep_for(kLook);
    }
}

Task<> DeviceLatency::read_devices() {
    auto answer = co_await fetcher::read_devices(*modules_.ledger.endpoints[endpoint_].rpc, program_);
    if (answer && devices_ && !devices_->devices().empty() && answer->snapshot->devices().empty())
        answer = fail(Errc::BadValue, "the answer has no devices any more");
    if (!answer) {
        if (error_ != answer.error())
            log_.warn("list of devices not read, going on with the last one", {{"error", answer.error()}});
        error_ = std::move(answer).error();
        endpoint_ = (endpoint_ + 1) % modules_.ledger.endpoints.size();
        co_return;
    }
    error_.reset();
    if (devices_ && fetcher::same_accounts(*devices_, *answer->snapshot)) co_return;
    devices_ = answer->snapshot;
    addresses_ = probed_addresses(*devices_, settings_.endpoints);
}

/// Tunnels come and go between two reads of the devices.
void DeviceLatency::aim() {
    if (!devices_) return;
    auto services = services_of(report_());
    if (aimed_at_ == devices_ && services == services_) return;
    aimed_at_ = devices_;
    services_ = std::move(services);
    prober_.set_targets(targets_of(addresses_, services_));
}

void DeviceLatency::round_ended() {
    if (metrics_) metrics_->show(latency_series(addresses_, prober_.measurements()));
    judge_tunnels();
}

void DeviceLatency::judge_tunnels() {
    const auto services = services_of(report_());
    better_.keep_only(services);
    const auto answered = answers(addresses_, prober_.measurements());
    for (const reconciler::Service& service : services) {
        const bool was_told = better_.worth_telling(service).has_value();
        better_.observe(service, best_device(service, services, *devices_, answered));
        const auto better = better_.worth_telling(service);
        if (!better || was_told) continue;
        log_.info("another device is nearer", {{"tunnel", service.link()},
                                               {"device", service.device_code},
                                               {"nearer", better->code},
                                               {"nearer_rtt_ns", better->rtt.count()}});
    }
}

api::Latencies DeviceLatency::latencies(bool recent) const {
    const Dating dating{.now = modules_.clock.now(), .wall = modules_.clock.wall()};
    return {.ready = prober_.ready(),
            .results = latency_rows(addresses_, prober_.measurements(), dating, recent),
            .targets = static_cast<std::int64_t>(addresses_.size())};
}

void DeviceLatency::enrich(api::StatusV2& status, const reconciler::Report& report) const {
    if (prober_.trouble())
        status.problems.push_back(
            {.text = "latencies of devices cannot be measured: " + prober_.trouble()->text,
             .remedy = "start it by the packaged unit, or with -latency-probing=false"});
    if (!devices_) return;
    const auto services = services_of(report);
    const auto answered = answers(addresses_, prober_.measurements());
    for (api::EnrichedService& row : status.services) {
        const auto service = std::ranges::find(services, row.service.tunnel_name, &reconciler::Service::link);
        if (service == services.end()) continue;
        if (const auto found = prober_.measurements().find(service->tunnel_dst);
            found != prober_.measurements().end()) {
            row.current_device_loss_percentage = found->second.loss();
            if (found->second.rtt) row.current_device_rtt_nanoseconds = found->second.rtt->avg.count();
        }
        if (const auto best = best_device(*service, services, *devices_, answered))
            row.lowest_latency_device = best->code;
        row.better_device = better_.worth_telling(*service);
    }
}

}  // namespace dz::daemon
