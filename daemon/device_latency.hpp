// daemon/device_latency.hpp: keeps measuring how far away the devices are, for whoever asks.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "daemon/latency_view.hpp"
#include "daemon/options.hpp"
#include "fetcher/fetcher.hpp"
#include "ledger/rpc.hpp"
#include "protocols/latency/echo_socket.hpp"
#include "protocols/latency/prober.hpp"
#include "reconciler/report.hpp"

namespace dz::daemon {

/// Reads the list of devices by itself, also while the reconciler is off: who is about to connect wants to
/// know. A list that cannot be read, or has become empty all at once, leaves the last one in force.
class DeviceLatency {
  public:
    /// All must outlive it.
    struct Modules {
        EventLoop& loop;
        Clock& clock;
        latency::EchoSocket& socket;
        fetcher::Sources ledger;
        metrics::Registry& registry;
    };

    /// `report`: what the reconciler says now.
    DeviceLatency(Modules modules, Log log, ledger::PublicKey program, LatencySettings settings,
                  std::function<reconciler::Report()> report);
    DeviceLatency(const DeviceLatency&) = delete;
    DeviceLatency& operator=(const DeviceLatency&) = delete;

    /// Works until cancelled.
    Task<> run();

    /// GET /v2/latency.
    api::Latencies latencies(bool recent) const;
    /// Adds to the services of `status`, which were made of `report`, what is known of their devices.
    void enrich(api::StatusV2& status, const reconciler::Report& report) const;

  private:
    Task<> follow_devices();
    Task<> read_devices();
    void aim();
    void round_ended();
    void judge_tunnels();

    Modules modules_;
    Log log_;
    ledger::PublicKey program_;
    LatencySettings settings_;
    std::function<reconciler::Report()> report_;
    latency::Prober prober_;
    std::unique_ptr<latency::Metrics> metrics_;        ///< null: not asked for
    std::shared_ptr<const ledger::Snapshot> devices_;  ///< null until the first answer
    std::size_t endpoint_ = 0;                         ///< of the ledger's: the next to be asked
    std::optional<Error> error_;                       ///< of the last read
    std::vector<ProbedAddress> addresses_;
    /// What the targets were made of.
    std::shared_ptr<const ledger::Snapshot> aimed_at_;
    std::vector<reconciler::Service> services_;
    BetterDevices better_;
};

}  // namespace dz::daemon
