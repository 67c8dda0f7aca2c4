// daemon/api/messages.hpp: the smaller bodies of the local API: configuration, routes, errors.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.hpp"
#include "base/json.hpp"
#include "base/result.hpp"

namespace dz::daemon::api {

/// GET /config. The command line compares the program with its own before it sends anything.
struct Config {
    std::string program_id;  ///< base58
    std::string rpc_url;     ///< in effect
    bool operator==(const Config&) const = default;
};

/// What the liveness protocol knows about a route (daemon.md 2.5); absent while that subsystem is off.
struct RouteLiveness {
    std::string last_updated;           ///< RFC 3339, UTC, whole seconds
    std::string state;                  ///< "admin_down", "down", "init", "up"
    std::string reason;                 ///< only when the state is "down"; else empty and omitted
    std::string expected_kernel_state;  ///< "present", "absent", "unknown"
    std::string peer_mode;              ///< "active", "passive", "unknown"
    std::string peer_client_version;    ///< "0.0.0" until a packet was seen
    bool operator==(const RouteLiveness&) const = default;
};

/// What the device says of a route, and what became of it; absent in the answers of older daemons.
struct LearnedRoute {
    Prefix prefix;  ///< of which `peer_ip` is the address
    Ipv4 next_hop;
    /// "installed"; "kept": in the kernel, but not announced now; "pending": not written yet; "refused": the
    /// kernel did not take it; or the rule of the policy that leaves it out (docs/routes.md).
    std::string verdict;
    std::string why_not;  ///< one sentence; empty when installed, then omitted
    /// "igp", "egp", "incomplete"; empty when not announced now, and then this and what follows is omitted.
    std::string origin;
    std::string as_path;                   ///< "65342 65000"
    std::vector<std::string> communities;  ///< "21682:1200"
    std::int64_t age_seconds = 0;          ///< since it was announced like this
    bool stale = false;                    ///< the device has restarted and not announced it again yet

    bool operator==(const LearnedRoute&) const = default;
};

/// One element of GET /routes.
struct RouteRow {
    std::string network;       ///< "testnet", ...
    Ipv4 local_ip;             ///< preferred source of the route
    Ipv4 peer_ip;              ///< network address of the destination
    std::string kernel_state;  ///< "present", "absent", "unknown"
    std::optional<RouteLiveness> liveness;
    std::optional<LearnedRoute> learned;

    bool operator==(const RouteRow&) const = default;
};

/// The order of GET /routes: by network, local_ip, peer_ip, kernel state, liveness state, each as plain text.
bool before(const RouteRow& a, const RouteRow& b);

json::Ordered to_json(const Config& config);
json::Ordered to_json(const RouteRow& route);
json::Ordered to_json(const std::vector<RouteRow>& routes);

/// Errors: BadValue naming the key. Required keys are those of daemon.md, appendix D.
Result<Config> config_from_json(const json::Value& value);
Result<std::vector<RouteRow>> routes_from_json(const json::Value& value);

/// {"status":"error","description":"..."}
std::string error_body(std::string_view description);
/// The description, when `value` has that shape.
std::optional<std::string> description_of_error(const json::Value& value);

}  // namespace dz::daemon::api
