#include "cli/status_view.hpp"

#include <fmt/format.h>

#include "cli/table.hpp"
#include "cli/text.hpp"

namespace dz::cli {

namespace {

using daemon::api::EnrichedService;
using daemon::api::StatusV2;

constexpr std::string_view kUnknown = "N/A";

std::string or_unknown(const std::string& text) {
    return text.empty() ? std::string(kUnknown) : text;
}

std::string groups_text(const daemon::api::MulticastGroups& groups) {
    std::vector<std::string> marked;
    for (const auto& code : groups.publisher) marked.push_back("P:" + code);
    for (const auto& code : groups.subscriber) marked.push_back("S:" + code);
    return join(marked, ",");
}

/// The mark says whether the current device is the best one; only for a session that is up.
std::string lowest_latency_text(const EnrichedService& service) {
    const std::string text = or_unknown(service.lowest_latency_device);
    if (service.service.session_status != daemon::api::kSessionUp || service.lowest_latency_device.empty())
        return text;
    if (service.lowest_latency_device == service.current_device) return "✅ " + text;
    return service.current_device.empty() ? text : "⚠️ " + text;
}

json::Ordered text_or_null(const std::string& text) {
    return text.empty() ? json::Ordered(nullptr) : json::Ordered(text);
}

json::Ordered service_json(const EnrichedService& service, const StatusV2& status,
                           const std::string& network) {
    const auto& tunnel = service.service;
    const bool connected = !tunnel.user_type.empty();
    json::Ordered session{{"session_status", tunnel.session_status}};
    session["last_session_update"] =
        tunnel.last_session_update == 0 ? json::Ordered(nullptr) : json::Ordered(tunnel.last_session_update);
    const auto address = [connected](Ipv4 ip) {
        return connected ? json::Ordered(to_text_or_empty(ip)) : json::Ordered(nullptr);
    };
    json::Ordered subscriptions = json::Ordered::array();
    for (const auto& one : service.subscriptions) {
        subscriptions.push_back({{"pubkey", one.pubkey},
                                 {"code", one.code},
                                 {"multicast_ip", one.multicast_ip.to_string()},
                                 {"max_bandwidth", one.max_bandwidth},
                                 {"publisher", one.publisher},
                                 {"subscriber", one.subscriber}});
    }
    return {{"response",
             {{"doublezero_status", session},
              {"tunnel_name", text_or_null(tunnel.tunnel_name)},
              {"tunnel_src", address(tunnel.tunnel_src)},
              {"tunnel_dst", address(tunnel.tunnel_dst)},
              {"doublezero_ip", address(tunnel.doublezero_ip)},
              {"user_type", text_or_null(tunnel.user_type)}}},
            {"reconciler_enabled", status.reconciler_enabled},
            {"tenant", service.tenant},
            {"current_device", or_unknown(service.current_device)},
            {"lowest_latency_device", or_unknown(service.lowest_latency_device)},
            {"metro", or_unknown(service.metro)},
            {"network", network},
            {"multicast_groups", groups_text(service.multicast_groups)},
            {"subscriptions", subscriptions}};
}

std::vector<std::string> service_row(const EnrichedService& service, const StatusV2& status,
                                     const std::string& network) {
    const auto& tunnel = service.service;
    return {tunnel.session_status,
            tunnel.last_session_update == 0 ? "no session data" : utc_text(tunnel.last_session_update),
            tunnel.tunnel_name,
            to_text_or_empty(tunnel.tunnel_src),
            to_text_or_empty(tunnel.tunnel_dst),
            to_text_or_empty(tunnel.doublezero_ip),
            tunnel.user_type,
            status.reconciler_enabled ? "true" : "false",
            service.tenant,
            or_unknown(service.current_device),
            lowest_latency_text(service),
            or_unknown(service.metro),
            network,
            groups_text(service.multicast_groups)};
}

/// The keys that the reference does not have; null where the daemon says nothing.
void add_ours(json::Ordered& row, const EnrichedService& service) {
    const std::int64_t rtt = service.current_device_rtt_nanoseconds;
    const double loss = service.current_device_loss_percentage;
    row["current_device_rtt_nanoseconds"] = rtt == 0 ? json::Ordered(nullptr) : json::Ordered(rtt);
    row["current_device_loss_percentage"] =
        rtt == 0 && loss == 0 ? json::Ordered(nullptr) : json::Ordered(loss);
    row["better_device"] = nullptr;
    if (const auto& better = service.better_device)
        row["better_device"] = {
            {"code", better->code}, {"rtt_nanoseconds", better->rtt.count()}, {"probes", better->probes}};
    row["state"] = text_or_null(service.state);
    row["reason"] = text_or_null(service.reason);
    row["since"] = service.since == 0 ? json::Ordered(nullptr) : json::Ordered(service.since);
    row["next_action"] = text_or_null(service.next_action);
    row["last_error"] = text_or_null(service.last_error);
}

/// "67.20 ms"; "unknown" for a device that does not answer.
std::string milliseconds(std::int64_t nanoseconds) {
    return nanoseconds == 0 ? "unknown" : fmt::format("{:.2f} ms", static_cast<double>(nanoseconds) / 1e6);
}

std::string better_device_note(const EnrichedService& service) {
    const auto& better = *service.better_device;
    const std::string_view mode = service.service.user_type == "Multicast" ? "multicast" : "ibrl";
    return fmt::format(
        "Note: {}: {} has been nearer than {} for {} probes in a row: {} instead of {}\n"
        "Try: doublezero disconnect {}, then doublezero connect {} --device {}\n",
        service.service.tunnel_name, better.code, service.current_device, better.probes,
        milliseconds(better.rtt.count()), milliseconds(service.current_device_rtt_nanoseconds), mode, mode,
        better.code);
}

/// What there is to show: one row at least.
std::vector<EnrichedService> rows_of(const StatusV2& status) {
    if (!status.services.empty()) return status.services;
    EnrichedService none;
    none.service.session_status = daemon::api::kDisconnected;
    return {none};
}

}  // namespace

void print_status(const StatusV2& status, const std::string& network, OutputStyle style, std::ostream& out) {
    const std::string& shown = status.network.empty() ? network : status.network;
    if (style.machine_readable()) {
        json::Ordered rows = json::Ordered::array();
        for (const EnrichedService& service : rows_of(status)) {
            rows.push_back(service_json(service, status, shown));
            add_ours(rows.back(), service);
        }
        return print_json(out, rows, style);
    }
    Table table({"Tunnel Status", "Last Session Update", "Tunnel Name", "Tunnel Src", "Tunnel Dst",
                 "Doublezero IP", "User Type", "Reconciler", "Tenant", "Current Device",
                 "Lowest Latency Device", "Metro", "Network", "Multicast Groups"});
    for (const EnrichedService& service : rows_of(status)) table.add(service_row(service, status, shown));
    table.print(out);
}

std::string status_notes(const StatusV2& status) {
    std::string out;
    for (const auto& problem : status.problems) {
        out += fmt::format("Note: {}\n", problem.text);
        if (!problem.remedy.empty()) out += fmt::format("Try: {}\n", problem.remedy);
    }
    for (const EnrichedService& service : status.services) {
        if (service.better_device) out += better_device_note(service);
        if (service.service.session_status == daemon::api::kSessionUp) continue;
        const std::string& why = service.last_error.empty() ? service.reason : service.last_error;
        if (!why.empty()) out += fmt::format("Note: {}: {}\n", service.service.tunnel_name, why);
        if (!service.next_action.empty()) out += fmt::format("Next: {}\n", service.next_action);
    }
    return out;
}

}  // namespace dz::cli
