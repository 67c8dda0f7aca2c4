#include "daemon/api/messages.hpp"

#include <tuple>
#include <utility>

#include "daemon/api/read.hpp"

namespace dz::daemon::api {

json::Ordered to_json(const Config& config) {
    return {{"program_id", config.program_id}, {"rpc_url", config.rpc_url}};
}

Result<Config> config_from_json(const json::Value& value) {
    Config config;
    TRY(config.program_id, json::string(value, "program_id"));
    TRY(config.rpc_url, json::string(value, "rpc_url"));
    return config;
}

bool before(const RouteRow& a, const RouteRow& b) {
    const auto key = [](const RouteRow& row) {
        return std::tuple(row.network, row.local_ip.to_string(), row.peer_ip.to_string(), row.kernel_state,
                          row.liveness ? row.liveness->state : std::string());
    };
    return key(a) < key(b);
}

namespace {

void write(json::Ordered& out, const RouteLiveness& liveness) {
    out["liveness_last_updated"] = liveness.last_updated;
    out["liveness_state"] = liveness.state;
    if (!liveness.reason.empty()) out["liveness_state_reason"] = liveness.reason;
    out["liveness_expected_kernel_state"] = liveness.expected_kernel_state;
    out["liveness_peer_mode"] = liveness.peer_mode;
    out["peer_client_version"] = liveness.peer_client_version;
}

void write(json::Ordered& out, const LearnedRoute& learned) {
    out["prefix"] = learned.prefix.to_string();
    out["next_hop"] = to_text_or_empty(learned.next_hop);
    out["verdict"] = learned.verdict;
    if (!learned.why_not.empty()) out["why_not"] = learned.why_not;
    if (learned.origin.empty()) return;
    out["origin"] = learned.origin;
    out["as_path"] = learned.as_path;
    out["communities"] = learned.communities;
    out["age_seconds"] = learned.age_seconds;
    out["stale"] = learned.stale;
}

}  // namespace

json::Ordered to_json(const RouteRow& route) {
    json::Ordered out = {{"network", route.network},
                         {"local_ip", to_text_or_empty(route.local_ip)},
                         {"peer_ip", to_text_or_empty(route.peer_ip)},
                         {"kernel_state", route.kernel_state}};
    if (route.liveness) write(out, *route.liveness);
    if (route.learned) write(out, *route.learned);
    return out;
}

json::Ordered to_json(const std::vector<RouteRow>& routes) {
    auto out = json::Ordered::array();
    for (const RouteRow& route : routes) out.push_back(to_json(route));
    return out;
}

namespace {

Result<RouteLiveness> liveness_from_json(const json::Value& value) {
    RouteLiveness liveness;
    TRY(liveness.last_updated, json::string_or(value, "liveness_last_updated", ""));
    TRY(liveness.state, json::string_or(value, "liveness_state", ""));
    TRY(liveness.reason, json::string_or(value, "liveness_state_reason", ""));
    TRY(liveness.expected_kernel_state, json::string_or(value, "liveness_expected_kernel_state", ""));
    TRY(liveness.peer_mode, json::string_or(value, "liveness_peer_mode", ""));
    TRY(liveness.peer_client_version, json::string_or(value, "peer_client_version", ""));
    return liveness;
}

Result<LearnedRoute> learned_from_json(const json::Value& value) {
    LearnedRoute learned;
    TRY(const std::string prefix, json::string(value, "prefix"));
    TRY(learned.prefix, parse_prefix(prefix));
    TRY(learned.next_hop, read_address(value, "next_hop"));
    TRY(learned.verdict, json::string(value, "verdict"));
    TRY(learned.why_not, json::string_or(value, "why_not", ""));
    TRY(learned.origin, json::string_or(value, "origin", ""));
    TRY(learned.as_path, json::string_or(value, "as_path", ""));
    if (value.contains("communities")) {
        TRY(learned.communities, read_list(value["communities"], "communities", read_text));
    }
    TRY(learned.age_seconds, json::integer_or(value, "age_seconds", 0));
    TRY(learned.stale, json::boolean_or(value, "stale", false));
    return learned;
}

Result<RouteRow> route_from_json(const json::Value& value) {
    RouteRow row;
    TRY(row.network, json::string(value, "network"));
    TRY(row.local_ip, read_address(value, "local_ip"));
    TRY(row.peer_ip, read_address(value, "peer_ip"));
    TRY(row.kernel_state, json::string(value, "kernel_state"));
    if (value.contains("liveness_state")) {
        TRY(row.liveness, liveness_from_json(value));
    }
    if (value.contains("prefix")) {
        TRY(row.learned, learned_from_json(value));
    }
    return row;
}

}  // namespace

Result<std::vector<RouteRow>> routes_from_json(const json::Value& value) {
    return read_list(value, "routes", route_from_json);
}

std::string error_body(std::string_view description) {
    return json::dump({{"status", "error"}, {"description", description}});
}

std::optional<std::string> description_of_error(const json::Value& value) {
    const auto status = json::string(value, "status");
    if (!status || *status != "error") return std::nullopt;
    auto description = json::string(value, "description");
    if (!description) return std::nullopt;
    return *std::move(description);
}

}  // namespace dz::daemon::api
