// status.cpp: status, enable, disable, routes (cli.md 5, 6).
#include <fmt/format.h>

#include <algorithm>

#include "cli/commands.hpp"
#include "cli/failure.hpp"
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
void add_learned(json::Ordered& row, const std::optional<daemon::api::LearnedRoute>& route) {
    const daemon::api::LearnedRoute learned = route.value_or(daemon::api::LearnedRoute{});
    const bool announced = !learned.origin.empty();
    row["prefix"] = route ? json::Ordered(learned.prefix.to_string()) : json::Ordered(nullptr);
    row["next_hop"] = text_or_null(to_text_or_empty(learned.next_hop));
    row["verdict"] = text_or_null(learned.verdict);
    row["why_not"] = text_or_null(learned.why_not);
    row["origin"] = text_or_null(learned.origin);
    row["as_path"] = announced ? json::Ordered(learned.as_path) : json::Ordered(nullptr);
    row["communities"] = announced ? json::Ordered(learned.communities) : json::Ordered(nullptr);
    row["age_seconds"] = announced ? json::Ordered(learned.age_seconds) : json::Ordered(nullptr);
    row["stale"] = announced ? json::Ordered(learned.stale) : json::Ordered(nullptr);
}

/// "59s", "12m", "3h", "4d".
std::string age_text(std::int64_t seconds) {
    if (seconds < 60) return fmt::format("{}s", seconds);
    if (seconds < 3600) return fmt::format("{}m", seconds / 60);
    if (seconds < 86'400) return fmt::format("{}h", seconds / 3600);
    return fmt::format("{}d", seconds / 86'400);
}

/// Reads the status, again after 0.5, 1 and 2 s when that fails for a reason that may pass.
Task<Result<StatusV2>> read_status(Context& context) {
    for (Duration wait = 500ms;; wait *= 2) {
        auto status = co_await context.daemon.status_v2();
        const bool may_pass =
            !status && status.error().code != Errc::NotFound && status.error().code != Errc::Permission;
        if (!may_pass || wait > 2s) co_return status;
        co_await context.clock.sleep_for(wait);
    }
}

/// What stands between the user and a tunnel, where the daemon says so.
void print_problems(std::ostream& err, const StatusV2& status) {
    for (const auto& problem : status.problems) {
        err << "Note: " << problem.text << "\n";
        if (!problem.remedy.empty()) err << "Try: " << problem.remedy << "\n";
    }
    for (const auto& service : status.services) {
        if (service.service.session_status == daemon::api::kSessionUp) continue;
        const std::string& why = service.last_error.empty() ? service.reason : service.last_error;
        if (!why.empty()) err << "Note: " << service.service.tunnel_name << ": " << why << "\n";
        if (!service.next_action.empty()) err << "Next: " << service.next_action << "\n";
    }
}

Task<Result<>> toggle(bool wanted, Context& context, std::ostream& out) {
    CO_TRY_OK(co_await require_daemon(context));
    const auto status = co_await context.daemon.status_v2();
    const std::string_view word = wanted ? "enabled" : "disabled";
    if (status && status->reconciler_enabled == wanted) {
        out << "Reconciler already " << word << "\n";
        co_return Result<>{};
    }
    const bool active = status && std::ranges::any_of(status->services, [](const EnrichedService& service) {
                            return !service.service.user_type.empty();
                        });
    if (!wanted && active) out << "Active tunnels will be removed\n";
    const auto done = wanted ? co_await context.daemon.enable() : co_await context.daemon.disable();
    if (!done) co_return daemon_failure(fmt::format("the reconciler was not {}", word), done.error());
    out << "Reconciler " << word << "\n";
    co_return Result<>{};
}

}  // namespace

Task<Result<>> status(OutputStyle style, Context& context, std::ostream& out) {
    CO_TRY_OK(co_await require_daemon(context));
    auto status = co_await read_status(context);
    if (!status) co_return daemon_failure("cannot read the daemon's status", status.error());
    const std::string network = status->network.empty() ? context.settings.network : status->network;
    std::vector<EnrichedService> services = status->services;
    if (services.empty()) {
        services.emplace_back();
        services.back().service.session_status = daemon::api::kDisconnected;
    }
    if (style.machine_readable()) {
        json::Ordered rows = json::Ordered::array();
        for (const auto& service : services) rows.push_back(service_json(service, *status, network));
        print_json(out, rows, style);
        co_return Result<>{};
    }
    Table table({"Tunnel Status", "Last Session Update", "Tunnel Name", "Tunnel Src", "Tunnel Dst",
                 "Doublezero IP", "User Type", "Reconciler", "Tenant", "Current Device",
                 "Lowest Latency Device", "Metro", "Network", "Multicast Groups"});
    for (const auto& service : services) table.add(service_row(service, *status, network));
    table.print(out);
    print_problems(context.err, *status);
    co_return Result<>{};
}

Task<Result<>> enable(Context& context, std::ostream& out) {
    co_return co_await toggle(true, context, out);
}

Task<Result<>> disable(Context& context, std::ostream& out) {
    co_return co_await toggle(false, context, out);
}

Task<Result<>> routes(OutputStyle style, Context& context, std::ostream& out) {
    CO_TRY_OK(co_await require_daemon(context));
    const auto routes = co_await context.daemon.routes();
    if (!routes) co_return daemon_failure("cannot read the daemon's routes", routes.error());
    if (style.machine_readable()) {
        json::Ordered rows = json::Ordered::array();
        for (const auto& route : *routes) {
            const auto& liveness = route.liveness;
            const auto text = [&liveness](const std::string daemon::api::RouteLiveness::* field) {
                return liveness ? text_or_null((*liveness).*field) : json::Ordered(nullptr);
            };
            using daemon::api::RouteLiveness;
            rows.push_back({{"network", route.network},
                            {"local_ip", route.local_ip.to_string()},
                            {"peer_ip", route.peer_ip.to_string()},
                            {"kernel_state", route.kernel_state},
                            {"liveness_last_updated", text(&RouteLiveness::last_updated)},
                            {"liveness_state", text(&RouteLiveness::state)},
                            {"liveness_state_reason", text(&RouteLiveness::reason)},
                            {"peer_client_version", text(&RouteLiveness::peer_client_version)}});
            add_learned(rows.back(), route.learned);
        }
        print_json(out, rows, style);
        co_return Result<>{};
    }
    if (routes->empty())
        co_return failure("No routes found", "the device has announced none yet", "doublezero status",
                          Errc::NotFound);
    Table table({"Network", "Local IP", "Peer IP", "Kernel State", "Liveness Last Updated", "Liveness State",
                 "Liveness State Reason", "Peer Client Version", "Prefix", "AS Path", "Communities", "Age",
                 "Verdict", "Why Not"});
    for (const auto& route : *routes) {
        const daemon::api::RouteLiveness liveness = route.liveness.value_or(daemon::api::RouteLiveness{});
        const daemon::api::LearnedRoute learned = route.learned.value_or(daemon::api::LearnedRoute{});
        table.add({route.network, route.local_ip.to_string(), route.peer_ip.to_string(), route.kernel_state,
                   liveness.last_updated, liveness.state, liveness.reason, liveness.peer_client_version,
                   route.learned ? route.learned->prefix.to_string() : "", learned.as_path,
                   join(learned.communities, " "),
                   learned.origin.empty() ? "" : age_text(learned.age_seconds), learned.verdict,
                   learned.why_not});
    }
    table.print(out);
    co_return Result<>{};
}

}  // namespace dz::cli
