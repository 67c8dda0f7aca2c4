// reconciler/report.hpp: what the loop can say about itself: for the API, the metrics and people.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "host/facts.hpp"
#include "protocols/bgp/peer.hpp"
#include "reconciler/desired.hpp"

namespace dz::reconciler {

/// Where a service stands, from the outside.
enum class ServiceState : std::uint8_t {
    Blocked,     ///< cannot be built as things are: see its problems
    Building,    ///< the kernel is not yet as wanted
    Connecting,  ///< built; the session is not up yet
    Up,
    Down,      ///< the session was up and is not
    Failed,    ///< the session does not come up
    Retrying,  ///< a step failed and is tried again later
};
/// "blocked", "building", "connecting", "up", "down", "failed", "retrying"
std::string_view to_string(ServiceState state);

/// One service and how it is doing. Rows of `/status` are those with `provisioned`.
struct ServiceReport {
    Service service;           ///< its problems include those met while building it
    bool provisioned = false;  ///< its tunnel is there
    ServiceState state{};
    std::string reason;       ///< why it is in this state, one sentence
    std::string next_action;  ///< what happens next, or what to do
    WallTime since;           ///< of `state`
    bgp::Status session = bgp::Status::Pending;
    WallTime session_since;     ///< 0 = never
    std::string session_error;  ///< why the last connection ended; empty when none has
    std::size_t routes_learned = 0, routes_installed = 0;
};

struct Explanation {
    ServiceState state{};
    std::string reason;
    std::string next_action;
    bool operator==(const Explanation&) const = default;
};

/// Pure. `trouble` is why the service waits for another try, `retry_in` how long still.
Explanation explain(const Service& service, bool provisioned, const std::optional<bgp::PeerReport>& peer,
                    const std::optional<Problem>& trouble, Duration retry_in);

/// Something that happened, with its cause: `GET /v2/events`.
struct Event {
    std::uint64_t id = 0;  ///< counts up by one
    WallTime time;
    std::string
        cause;  ///< "start", "toggle", "ledger", "host", "settings", "session", "kernel", "retry", "audit"
    std::string text;  ///< one step, or what went wrong
};

struct Counters {
    std::uint64_t passes = 0;
    std::uint64_t passes_with_changes = 0;
    std::uint64_t passes_failed = 0;  ///< some step failed, or there was nothing to go by
    std::uint64_t repairs = 0;        ///< steps that undid what somebody else did
    std::uint64_t kernel_reads = 0;
};

struct Report {
    bool enabled = false;
    host::ClientIp client_ip;
    bool behind_nat = false;  ///< the address belongs to a box in front of this machine
    std::vector<ServiceReport> services;
    std::vector<Problem> problems;
    std::optional<WallTime> last_pass;
    std::string last_change;  ///< plan text of the last pass that changed something
    std::optional<WallTime> last_change_at;
    Counters counters;
};

}  // namespace dz::reconciler
