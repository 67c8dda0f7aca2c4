#include "daemon/api/status.hpp"

#include <utility>

#include "daemon/api/read.hpp"

namespace dz::daemon::api {

json::Ordered to_json(const ServiceStatus& service) {
    return {
        {"tunnel_name", service.tunnel_name},
        {"tunnel_src", to_text_or_empty(service.tunnel_src)},
        {"tunnel_dst", to_text_or_empty(service.tunnel_dst)},
        {"doublezero_ip", to_text_or_empty(service.doublezero_ip)},
        {"doublezero_status",
         {{"session_status", service.session_status}, {"last_session_update", service.last_session_update}}},
        {"user_type", service.user_type}};
}

json::Ordered to_json(const std::vector<ServiceStatus>& services) {
    auto out = json::Ordered::array();
    for (const ServiceStatus& service : services) out.push_back(to_json(service));
    if (services.empty()) out.push_back({{"doublezero_status", {{"session_status", kDisconnected}}}});
    return out;
}

namespace {

json::Ordered to_json(const std::vector<std::string>& texts) {
    auto out = json::Ordered::array();
    for (const std::string& text : texts) out.push_back(text);
    return out;
}

json::Ordered to_json(const Subscription& subscription) {
    return {{"pubkey", subscription.pubkey},
            {"code", subscription.code},
            {"multicast_ip", to_text_or_empty(subscription.multicast_ip)},
            {"max_bandwidth", subscription.max_bandwidth},
            {"publisher", subscription.publisher},
            {"subscriber", subscription.subscriber}};
}

}  // namespace

json::Ordered to_json(const EnrichedService& enriched) {
    json::Ordered out = to_json(enriched.service);
    out["current_device"] = enriched.current_device;
    if (enriched.current_device_rtt_nanoseconds != 0)
        out["current_device_rtt_nanoseconds"] = enriched.current_device_rtt_nanoseconds;
    if (enriched.current_device_loss_percentage != 0)
        out["current_device_loss_percentage"] = enriched.current_device_loss_percentage;
    out["lowest_latency_device"] = enriched.lowest_latency_device;
    out["metro"] = enriched.metro;
    out["tenant"] = enriched.tenant;
    out["multicast_groups"]["publisher"] = to_json(enriched.multicast_groups.publisher);
    out["multicast_groups"]["subscriber"] = to_json(enriched.multicast_groups.subscriber);
    auto subscriptions = json::Ordered::array();
    for (const Subscription& subscription : enriched.subscriptions)
        subscriptions.push_back(to_json(subscription));
    out["subscriptions"] = std::move(subscriptions);
    out["state"] = enriched.state;
    out["reason"] = enriched.reason;
    out["since"] = enriched.since;
    out["next_action"] = enriched.next_action;
    if (enriched.data_age_seconds) out["data_age_seconds"] = *enriched.data_age_seconds;
    out["data_slot"] = enriched.data_slot;
    if (!enriched.last_error.empty()) out["last_error"] = enriched.last_error;
    out["routes_received"] = enriched.routes_received;
    out["routes_accepted"] = enriched.routes_accepted;
    if (const auto& better = enriched.better_device)
        out["better_device"] = {
            {"code", better->code}, {"rtt_nanoseconds", better->rtt.count()}, {"probes", better->probes}};
    return out;
}

json::Ordered to_json(const StatusV2& status) {
    auto services = json::Ordered::array();
    for (const EnrichedService& service : status.services) services.push_back(to_json(service));
    json::Ordered out = {{"reconciler_enabled", status.reconciler_enabled},
                         {"client_ip", to_text_or_empty(status.client_ip)},
                         {"network", status.network},
                         {"services", std::move(services)},
                         {"version", status.version}};
    if (status.snapshot_age_seconds) out["snapshot_age_seconds"] = *status.snapshot_age_seconds;
    if (!status.client_ip_method.empty()) out["client_ip_method"] = status.client_ip_method;
    if (status.behind_nat) out["behind_nat"] = true;
    auto problems = json::Ordered::array();
    for (const Problem& problem : status.problems)
        problems.push_back({{"text", problem.text}, {"remedy", problem.remedy}});
    out["problems"] = std::move(problems);
    return out;
}

Result<ServiceStatus> service_status_from_json(const json::Value& value) {
    ServiceStatus service;
    TRY(service.tunnel_name, json::string_or(value, "tunnel_name", ""));
    TRY(service.tunnel_src, read_address(value, "tunnel_src"));
    TRY(service.tunnel_dst, read_address(value, "tunnel_dst"));
    TRY(service.doublezero_ip, read_address(value, "doublezero_ip"));
    TRY(const json::Value* session, json::object(value, "doublezero_status"));
    TRY(service.session_status, json::string(*session, "session_status"));
    TRY(service.last_session_update, json::integer_or(*session, "last_session_update", 0));
    TRY(service.user_type, json::string_or(value, "user_type", ""));
    return service;
}

Result<std::vector<ServiceStatus>> service_statuses_from_json(const json::Value& value) {
    return read_list(value, "services", service_status_from_json);
}

namespace {

/// The array at `key` through `element`; empty where the key is missing or null.
template <class Element>
auto optional_list(const json::Value& object, std::string_view key, Element element)
    -> decltype(read_list(object, key, element)) {
    const auto found = object.find(key);
    if (found == object.end() || found->is_null()) return {};
    return read_list(*found, key, element);
}

Result<Subscription> subscription_from_json(const json::Value& value) {
    Subscription subscription;
    TRY(subscription.pubkey, json::string_or(value, "pubkey", ""));
    TRY(subscription.code, json::string_or(value, "code", ""));
    TRY(subscription.multicast_ip, read_address(value, "multicast_ip"));
    if (value.contains("max_bandwidth")) {
        TRY(subscription.max_bandwidth, json::natural(value, "max_bandwidth"));
    }
    TRY(subscription.publisher, json::boolean_or(value, "publisher", false));
    TRY(subscription.subscriber, json::boolean_or(value, "subscriber", false));
    return subscription;
}

Result<BetterDevice> better_device_from_json(const json::Value& value) {
    BetterDevice better;
    TRY(better.code, json::string(value, "code"));
    TRY(const std::int64_t rtt, json::integer(value, "rtt_nanoseconds"));
    better.rtt = std::chrono::nanoseconds(rtt);
    TRY(better.probes, json::integer_or(value, "probes", 0));
    return better;
}

Result<EnrichedService> enriched_from_json(const json::Value& value) {
    EnrichedService out;
    TRY(out.service, service_status_from_json(value));
    TRY(out.current_device, json::string_or(value, "current_device", ""));
    TRY(out.current_device_rtt_nanoseconds, json::integer_or(value, "current_device_rtt_nanoseconds", 0));
    TRY(out.current_device_loss_percentage, read_number_or_zero(value, "current_device_loss_percentage"));
    TRY(out.lowest_latency_device, json::string_or(value, "lowest_latency_device", ""));
    TRY(out.metro, json::string_or(value, "metro", ""));
    TRY(out.tenant, json::string_or(value, "tenant", ""));
    if (const auto groups = value.find("multicast_groups"); groups != value.end() && groups->is_object()) {
        TRY(out.multicast_groups.publisher, optional_list(*groups, "publisher", read_text));
        TRY(out.multicast_groups.subscriber, optional_list(*groups, "subscriber", read_text));
    }
    TRY(out.subscriptions, optional_list(value, "subscriptions", subscription_from_json));
    TRY(out.state, json::string_or(value, "state", ""));
    TRY(out.reason, json::string_or(value, "reason", ""));
    TRY(out.since, json::integer_or(value, "since", 0));
    TRY(out.next_action, json::string_or(value, "next_action", ""));
    if (value.contains("data_age_seconds")) {
        TRY(out.data_age_seconds, json::integer(value, "data_age_seconds"));
    }
    if (value.contains("data_slot")) {
        TRY(out.data_slot, json::natural(value, "data_slot"));
    }
    TRY(out.last_error, json::string_or(value, "last_error", ""));
    TRY(out.routes_received, json::integer_or(value, "routes_received", 0));
    TRY(out.routes_accepted, json::integer_or(value, "routes_accepted", 0));
    if (value.contains("better_device")) {
        TRY(out.better_device, better_device_from_json(value["better_device"]));
    }
    return out;
}

Result<Problem> problem_from_json(const json::Value& value) {
    Problem problem;
    TRY(problem.text, json::string_or(value, "text", ""));
    TRY(problem.remedy, json::string_or(value, "remedy", ""));
    return problem;
}

}  // namespace

Result<StatusV2> status_v2_from_json(const json::Value& value) {
    StatusV2 status;
    TRY(status.reconciler_enabled, json::boolean(value, "reconciler_enabled"));
    TRY(status.client_ip, read_address(value, "client_ip"));
    TRY(status.network, json::string_or(value, "network", ""));
    TRY(const json::Value* services, json::array(value, "services"));
    TRY(status.services, read_list(*services, "services", enriched_from_json));
    TRY(status.version, json::string_or(value, "version", ""));
    if (value.contains("snapshot_age_seconds")) {
        TRY(status.snapshot_age_seconds, json::integer(value, "snapshot_age_seconds"));
    }
    TRY(status.client_ip_method, json::string_or(value, "client_ip_method", ""));
    TRY(status.behind_nat, json::boolean_or(value, "behind_nat", false));
    TRY(status.problems, optional_list(value, "problems", problem_from_json));
    return status;
}

}  // namespace dz::daemon::api
