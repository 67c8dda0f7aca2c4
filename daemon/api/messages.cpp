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

json::Ordered to_json(const RouteRow& route) {
    json::Ordered out = {{"network", route.network},
                         {"local_ip", to_text_or_empty(route.local_ip)},
                         {"peer_ip", to_text_or_empty(route.peer_ip)},
                         {"kernel_state", route.kernel_state}};
    if (!route.liveness) return out;
    const RouteLiveness& liveness = *route.liveness;
    out["liveness_last_updated"] = liveness.last_updated;
    out["liveness_state"] = liveness.state;
    if (!liveness.reason.empty()) out["liveness_state_reason"] = liveness.reason;
    out["liveness_expected_kernel_state"] = liveness.expected_kernel_state;
    out["liveness_peer_mode"] = liveness.peer_mode;
    out["peer_client_version"] = liveness.peer_client_version;
    return out;
}

json::Ordered to_json(const std::vector<RouteRow>& routes) {
    auto out = json::Ordered::array();
    for (const RouteRow& route : routes) out.push_back(to_json(route));
    return out;
}

namespace {

Result<RouteRow> route_from_json(const json::Value& value) {
    RouteRow row;
    TRY(row.network, json::string(value, "network"));
    TRY(row.local_ip, read_address(value, "local_ip"));
    TRY(row.peer_ip, read_address(value, "peer_ip"));
    TRY(row.kernel_state, json::string(value, "kernel_state"));
    if (!value.contains("liveness_state")) return row;
    RouteLiveness liveness;
    TRY(liveness.last_updated, json::string_or(value, "liveness_last_updated", ""));
    TRY(liveness.state, json::string_or(value, "liveness_state", ""));
    TRY(liveness.reason, json::string_or(value, "liveness_state_reason", ""));
    TRY(liveness.expected_kernel_state, json::string_or(value, "liveness_expected_kernel_state", ""));
    TRY(liveness.peer_mode, json::string_or(value, "liveness_peer_mode", ""));
    TRY(liveness.peer_client_version, json::string_or(value, "peer_client_version", ""));
    row.liveness = std::move(liveness);
    return row;
}

Result<LatencyResult> latency_result_from_json(const json::Value& value) {
    LatencyResult result;
    TRY(result.device_pk, json::string(value, "device_pk"));
    TRY(result.device_ip, read_address(value, "device_ip"));
    TRY(result.device_code, json::string(value, "device_code"));
    TRY(result.min_latency_ns, json::integer(value, "min_latency_ns"));
    TRY(result.max_latency_ns, json::integer(value, "max_latency_ns"));
    TRY(result.avg_latency_ns, json::integer(value, "avg_latency_ns"));
    TRY(result.loss_percentage, read_number_or_zero(value, "loss_percentage"));
    TRY(result.interface_name, json::string_or(value, "interface_name", ""));
    TRY(result.reachable, json::boolean(value, "reachable"));
    return result;
}

}  // namespace

Result<std::vector<RouteRow>> routes_from_json(const json::Value& value) {
    return read_list(value, "routes", route_from_json);
}

json::Ordered to_json(const LatencyResult& result) {
    json::Ordered out = {{"device_pk", result.device_pk},
                         {"device_ip", to_text_or_empty(result.device_ip)},
                         {"device_code", result.device_code},
                         {"min_latency_ns", result.min_latency_ns},
                         {"max_latency_ns", result.max_latency_ns},
                         {"avg_latency_ns", result.avg_latency_ns},
                         {"loss_percentage", result.loss_percentage}};
    if (!result.interface_name.empty()) out["interface_name"] = result.interface_name;
    out["reachable"] = result.reachable;
    return out;
}

json::Ordered to_json(const Latencies& latencies) {
    auto results = json::Ordered::array();
    for (const LatencyResult& result : latencies.results) results.push_back(to_json(result));
    return {{"ready", latencies.ready}, {"results", std::move(results)}};
}

Result<Latencies> latencies_from_json(const json::Value& value) {
    Latencies latencies;
    TRY(latencies.ready, json::boolean(value, "ready"));
    TRY(const json::Value* results, json::array(value, "results"));
    TRY(latencies.results, read_list(*results, "results", latency_result_from_json));
    return latencies;
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
