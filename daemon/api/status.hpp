// daemon/api/status.hpp: what the daemon says about its tunnels: GET /status and GET /v2/status.
//
// Key order and omissions are a contract (daemon.md 2.2, 2.3). Fields of our own come last in their object,
// so that readers of the first version still find what they know. Reading is tolerant: only the session
// status is required, everything else may be missing.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.hpp"
#include "base/json.hpp"
#include "base/result.hpp"

namespace dz::daemon::api {

/// `session_status` of the row that stands for "no tunnel at all".
inline constexpr std::string_view kDisconnected = "disconnected";
/// `session_status` of a tunnel that carries traffic.
inline constexpr std::string_view kSessionUp = "BGP Session Up";

/// One tunnel, as both versions of the status show it. An unspecified address is the empty string in JSON.
struct ServiceStatus {
    std::string tunnel_name;
    Ipv4 tunnel_src;
    Ipv4 tunnel_dst;
    Ipv4 doublezero_ip;                    ///< unspecified for a multicast subscriber
    std::string session_status;            ///< "BGP Session Up", ... (daemon.md 2.1)
    std::int64_t last_session_update = 0;  ///< unix seconds; 0 = never
    std::string user_type;                 ///< "IBRL", ...; empty in the row that stands for "no tunnel"

    bool operator==(const ServiceStatus&) const = default;
};

struct MulticastGroups {
    std::vector<std::string> publisher;  ///< group codes
    std::vector<std::string> subscriber;
    bool operator==(const MulticastGroups&) const = default;
};

struct Subscription {
    std::string pubkey;
    std::string code;
    Ipv4 multicast_ip;
    std::uint64_t max_bandwidth = 0;  ///< bits per second
    bool publisher = false;
    bool subscriber = false;
    bool operator==(const Subscription&) const = default;
};

/// A device that has been nearer for some time than the one a tunnel is on.
struct BetterDevice {
    std::string code;
    std::chrono::nanoseconds rtt{};  ///< smallest round trip
    std::int64_t probes = 0;         ///< in a row that said so
    bool operator==(const BetterDevice&) const = default;
};

/// One tunnel with what the ledger knows about it. Empty text: unknown.
struct EnrichedService {
    ServiceStatus service;
    std::string current_device;                       ///< code
    std::int64_t current_device_rtt_nanoseconds = 0;  ///< mean; omitted when 0
    double current_device_loss_percentage = 0;        ///< 0..100; omitted when 0
    std::string lowest_latency_device;                ///< code
    std::string metro;                                ///< name of the device's exchange
    std::string tenant;                               ///< code
    MulticastGroups multicast_groups;
    std::vector<Subscription> subscriptions;
    // Ours.
    std::string state;        ///< "up", "connecting", "blocked", ... (reconciler/report.hpp)
    std::string reason;       ///< why it is in this state, one sentence
    std::int64_t since = 0;   ///< of the state; unix seconds
    std::string next_action;  ///< what happens next, or what to do
    /// Of the ledger's data that the tunnel is built from; omitted before the first answer.
    std::optional<std::int64_t> data_age_seconds;
    std::uint64_t data_slot = 0;                ///< slot at which those data were last seen true
    std::string last_error;                     ///< why the last session or attempt ended; omitted when empty
    std::int64_t routes_received = 0;           ///< announced by the device
    std::int64_t routes_accepted = 0;           ///< of those, wanted in the kernel
    std::optional<BetterDevice> better_device;  ///< omitted while there is none

    bool operator==(const EnrichedService&) const = default;
};

/// Something that keeps the daemon from doing its work, and what to do about it.
struct Problem {
    std::string text;
    std::string remedy;  ///< a command or a sentence; empty when time alone cures it
    bool operator==(const Problem&) const = default;
};

/// GET /v2/status
struct StatusV2 {
    bool reconciler_enabled = false;
    Ipv4 client_ip;       ///< unspecified until it is known
    std::string network;  ///< "testnet", ...
    std::vector<EnrichedService> services;
    // Ours.
    std::string version;  ///< of the daemon
    std::optional<std::int64_t>
        snapshot_age_seconds;      ///< of the ledger data in use; omitted before the first
    std::string client_ip_method;  ///< "explicit flag", "default route", ...; omitted when empty
    bool behind_nat = false;       ///< the client IP is no address of this machine; omitted when false
    std::vector<Problem> problems;

    bool operator==(const StatusV2&) const = default;
};

/// The array of GET /status, or the one row that says "disconnected" when there is no service.
json::Ordered to_json(const std::vector<ServiceStatus>& services);
json::Ordered to_json(const ServiceStatus& service);
json::Ordered to_json(const EnrichedService& service);
json::Ordered to_json(const StatusV2& status);

/// Errors: BadValue naming the key.
Result<std::vector<ServiceStatus>> service_statuses_from_json(const json::Value& value);
Result<ServiceStatus> service_status_from_json(const json::Value& value);
Result<StatusV2> status_v2_from_json(const json::Value& value);

}  // namespace dz::daemon::api
