// daemon/api/latency.hpp: how far away the devices are: GET /latency and GET /v2/latency.
//
// In JSON an unreachable address has zeros for its three latencies, because readers of the first version ask
// for numbers there. Here it has none, so that no reader of ours takes it for the nearest of all.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ip.hpp"
#include "base/json.hpp"
#include "base/result.hpp"

namespace dz::daemon::api {

/// Of the echoes that came back; each more than zero.
struct RoundTrip {
    std::chrono::nanoseconds min{}, max{}, avg{};
    bool operator==(const RoundTrip&) const = default;
};

/// One probed address of one device.
struct LatencyResult {
    std::string device_pk;  ///< base58
    Ipv4 device_ip;         ///< the probed address
    std::string device_code;
    std::optional<RoundTrip> rtt;  ///< none: unreachable
    double loss_percentage = 0;    ///< 0..100
    std::string interface_name{};  ///< empty = the device's public address; then omitted
    // Ours.
    std::int64_t probed_at = 0;  ///< end of the measurement, unix seconds; omitted when 0
    /// The echoes of the last measurements, oldest first, null for one that was lost; only with `?recent`.
    std::vector<std::optional<std::chrono::nanoseconds>> recent{};

    bool reachable() const { return rtt.has_value(); }
    bool operator==(const LatencyResult&) const = default;
};

/// GET /v2/latency. Results come one by one; each stays until the next measurement of its address.
struct Latencies {
    bool ready = false;  ///< true from the end of the first full pass on
    std::vector<LatencyResult> results;
    // Ours.
    std::int64_t targets = 0;  ///< addresses to probe; fewer results: not all have been probed yet
    bool operator==(const Latencies&) const = default;
};

json::Ordered to_json(const LatencyResult& result);
/// GET /latency.
json::Ordered to_json(const std::vector<LatencyResult>& results);
json::Ordered to_json(const Latencies& latencies);

/// Errors: BadValue naming the key. Required keys are those of daemon.md, appendix D.
Result<Latencies> latencies_from_json(const json::Value& value);

}  // namespace dz::daemon::api
