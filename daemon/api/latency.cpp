#include "daemon/api/latency.hpp"

#include "daemon/api/read.hpp"

namespace dz::daemon::api {

namespace {

using Echo = std::optional<std::chrono::nanoseconds>;

Result<std::chrono::nanoseconds> read_nanoseconds(const json::Value& value, std::string_view key) {
    TRY(const std::int64_t count, json::integer(value, key));
    return std::chrono::nanoseconds(count);
}

Result<Echo> read_echo(const json::Value& value) {
    if (value.is_null()) return Echo();
    if (!value.is_number_integer())
        return fail(Errc::BadValue, fmt::format("expected nanoseconds, found {}", value.type_name()));
    return Echo(std::chrono::nanoseconds(value.get<std::int64_t>()));
}

Result<LatencyResult> result_from_json(const json::Value& value) {
    LatencyResult result;
    RoundTrip rtt;
    TRY(result.device_pk, json::string(value, "device_pk"));
    TRY(result.device_ip, read_address(value, "device_ip"));
    TRY(result.device_code, json::string(value, "device_code"));
    TRY(rtt.min, read_nanoseconds(value, "min_latency_ns"));
    TRY(rtt.max, read_nanoseconds(value, "max_latency_ns"));
    TRY(rtt.avg, read_nanoseconds(value, "avg_latency_ns"));
    TRY(result.loss_percentage, read_number_or_zero(value, "loss_percentage"));
    TRY(result.interface_name, json::string_or(value, "interface_name", ""));
    TRY(const bool reachable, json::boolean(value, "reachable"));
    // Nothing is zero nanoseconds away, whatever a daemon says.
    if (reachable && rtt.min.count() > 0) result.rtt = rtt;
    TRY(result.probed_at, json::integer_or(value, "probed_at", 0));
    if (value.contains("recent_ns")) {
        TRY(result.recent, read_list(value["recent_ns"], "recent_ns", read_echo));
    }
    return result;
}

}  // namespace

json::Ordered to_json(const LatencyResult& result) {
    const RoundTrip rtt = result.rtt.value_or(RoundTrip{});
    json::Ordered out = {{"device_pk", result.device_pk},
                         {"device_ip", to_text_or_empty(result.device_ip)},
                         {"device_code", result.device_code},
                         {"min_latency_ns", rtt.min.count()},
                         {"max_latency_ns", rtt.max.count()},
                         {"avg_latency_ns", rtt.avg.count()},
                         {"loss_percentage", result.loss_percentage}};
    if (!result.interface_name.empty()) out["interface_name"] = result.interface_name;
    out["reachable"] = result.reachable();
    if (result.probed_at != 0) out["probed_at"] = result.probed_at;
    if (result.recent.empty()) return out;
    json::Ordered recent = json::Ordered::array();
    for (const Echo& echo : result.recent)
        recent.push_back(echo ? json::Ordered(echo->count()) : json::Ordered(nullptr));
    out["recent_ns"] = std::move(recent);
    return out;
}

json::Ordered to_json(const std::vector<LatencyResult>& results) {
    auto out = json::Ordered::array();
    for (const LatencyResult& result : results) out.push_back(to_json(result));
    return out;
}

json::Ordered to_json(const Latencies& latencies) {
    return {
        {"ready", latencies.ready}, {"results", to_json(latencies.results)}, {"targets", latencies.targets}};
}

Result<Latencies> latencies_from_json(const json::Value& value) {
    Latencies latencies;
    TRY(latencies.ready, json::boolean(value, "ready"));
    TRY(const json::Value* results, json::array(value, "results"));
    TRY(latencies.results, read_list(*results, "results", result_from_json));
    TRY(latencies.targets, json::integer_or(value, "targets", 0));
    return latencies;
}

}  // namespace dz::daemon::api
