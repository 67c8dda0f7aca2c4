// daemon/latency_view.hpp: which addresses of the network are probed, and what the answers mean for our
// tunnels. Pure.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "daemon/api/latency.hpp"
#include "daemon/api/status.hpp"
#include "ledger/snapshot.hpp"
#include "placement/placement.hpp"
#include "protocols/latency/metrics.hpp"
#include "protocols/latency/rounds.hpp"
#include "reconciler/desired.hpp"

namespace dz::daemon {

/// An address of a device that a tunnel may end at.
struct ProbedAddress {
    ledger::PublicKey device;
    std::string code;
    Ipv4 address;
    std::string interface;  ///< empty: the device's public address
    bool operator==(const ProbedAddress&) const = default;
};

/// The public address of every device, whatever its state, and with `endpoints` those of its interfaces that
/// user tunnels may end at; without the unspecified and the repeated. In order of code, then address.
std::vector<ProbedAddress> probed_addresses(const ledger::Snapshot& catalogue, bool endpoints);

/// What the prober is to be told: all of `addresses`; always those that `services` have their tunnels to, and
/// the others of the same devices.
latency::SetTargets targets_of(const std::vector<ProbedAddress>& addresses,
                               const std::vector<reconciler::Service>& services);

/// When something happened, as a person dates it.
struct Dating {
    TimePoint now;
    WallTime wall;
};

/// Rows of GET /latency: what has been measured, in order of the addresses. `recent`: with single echoes.
std::vector<api::LatencyResult> latency_rows(const std::vector<ProbedAddress>& addresses,
                                             const latency::Measurements& measurements, const Dating& dating,
                                             bool recent);

std::map<latency::Labels, latency::Measurement> latency_series(const std::vector<ProbedAddress>& addresses,
                                                               const latency::Measurements& measurements);

/// The addresses that answered, as `placement` takes them.
std::vector<placement::Latency> answers(const std::vector<ProbedAddress>& addresses,
                                        const latency::Measurements& measurements);

/// The best device for a tunnel, by the rules of `connect`: capacity counts, addresses of our other tunnels
/// are taken, and the device that the tunnel is on stays the best while it is near enough.
struct BestDevice {
    std::string code;
    Duration rtt{};         ///< smallest
    bool is_other = false;  ///< not the one that the tunnel is on, though that one answers too
    bool operator==(const BestDevice&) const = default;
};
/// None: no device that takes this user answers.
std::optional<BestDevice> best_device(const reconciler::Service& service,
                                      const std::vector<reconciler::Service>& all,
                                      const ledger::Snapshot& catalogue,
                                      const std::vector<placement::Latency>& answers);

/// Remembers for how many rounds in a row another device was better than the one a tunnel is on. A nearer
/// device of a moment is no reason to move.
class BetterDevices {
  public:
    /// After so many rounds it is worth telling.
    static constexpr unsigned kWorthTelling = 3;

    /// One round's verdict about a tunnel.
    void observe(const reconciler::Service& service, const std::optional<BestDevice>& best);
    /// Forgets tunnels that are none of `services`.
    void keep_only(const std::vector<reconciler::Service>& services);

    /// Set from `kWorthTelling` rounds on.
    std::optional<api::BetterDevice> worth_telling(const reconciler::Service& service) const;

  private:
    struct Run {
        ledger::PublicKey device;  ///< that the tunnel is on
        api::BetterDevice better;
    };
    std::map<reconciler::ServiceClass, Run> runs_;
};

}  // namespace dz::daemon
