#include "daemon/view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <utility>

#include "base/version.hpp"

namespace dz::daemon {

namespace {

std::int64_t unix_seconds(WallTime time) {
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

api::ServiceStatus service_status(const reconciler::ServiceReport& report) {
    const reconciler::Service& service = report.service;
    return {.tunnel_name = std::string(service.link()),
            .tunnel_src = service.tunnel_src,
            .tunnel_dst = service.tunnel_dst,
            .doublezero_ip = service.dz_ip.value_or(Ipv4()),
            .session_status = std::string(bgp::to_string(report.session)),
            .last_session_update = unix_seconds(report.session_since),
            .user_type = std::string(user_type_text(service.user_type))};
}

/// Of the ledger's data in use: time since the answer that last confirmed them. None before the first.
std::optional<std::int64_t> age_of(const fetcher::View& ledger) {
    if (!ledger.snapshot) return {};
    return std::chrono::floor<std::chrono::seconds>(ledger.age).count();
}

api::EnrichedService enriched(const reconciler::ServiceReport& report, const fetcher::View& ledger) {
    const reconciler::Service& service = report.service;
    api::EnrichedService out;
    out.service = service_status(report);
    out.current_device = service.device_code;
    out.metro = service.metro;
    out.tenant = service.tenant;
    for (const reconciler::Group& group : service.groups) {
        if (group.publisher) out.multicast_groups.publisher.push_back(group.code);
        if (group.subscriber) out.multicast_groups.subscriber.push_back(group.code);
        out.subscriptions.push_back({.pubkey = group.key.to_string(),
                                     .code = group.code,
                                     .multicast_ip = group.address,
                                     .max_bandwidth = group.max_bandwidth,
                                     .publisher = group.publisher,
                                     .subscriber = group.subscriber});
    }
    out.state = reconciler::to_string(report.state);
    out.reason = report.reason;
    out.since = unix_seconds(report.since);
    out.next_action = report.next_action;
    out.data_age_seconds = age_of(ledger);
    out.data_slot = ledger.slot.value;
    out.last_error = report.session_error;
    out.routes_received = static_cast<std::int64_t>(report.routes_learned);
    out.routes_accepted = static_cast<std::int64_t>(report.routes_installed);
    return out;
}

/// What keeps the ledger's data from being fresh.
void add_ledger_problems(std::vector<api::Problem>& out, const fetcher::View& ledger,
                         std::string_view rpc_url) {
    if (ledger.error)
        out.push_back(
            {.text =
                 fmt::format("the ledger at {} cannot be read: {}", origin_of(rpc_url), ledger.error->text),
             .remedy =
                 "check that this host reaches it; -solana-rpc-endpoint or DZ_LEDGER_RPC_URL name another"});
    if (!ledger.doubt.empty())
        out.push_back({.text = "the ledger's last answer is not believed yet: " + ledger.doubt,
                       .remedy = "wait: the next answers decide"});
}

/// While enabled the reconciler says itself that it cannot go on without an address.
void add_client_ip_problem(std::vector<api::Problem>& out, const reconciler::Report& report) {
    const host::ClientIp& found = report.client_ip;
    if (found.reason.empty() || (report.enabled && !found.address)) return;
    out.push_back(
        {.text = found.address
                     ? fmt::format("the public address {} of this machine cannot be confirmed: {}",
                                   *found.address, found.reason)
                     : fmt::format("the public address of this machine is not known: {}", found.reason),
         .remedy = "wait for the network, or give the address with -client-ip"});
}

api::Problem shown(const reconciler::Problem& problem) {
    return {.text = problem.text, .remedy = problem.remedy};
}

}  // namespace

std::string_view origin_of(std::string_view url) {
    const std::size_t scheme = url.find("://");
    return url.substr(0, scheme == std::string_view::npos ? scheme : url.find_first_of("/?#", scheme + 3));
}

std::string_view user_type_text(ledger::UserType type) {
    switch (type) {
        case ledger::UserType::Ibrl:
            return "IBRL";
        case ledger::UserType::IbrlWithAllocatedIp:
            return "IBRLWithAllocatedIP";
        case ledger::UserType::EdgeFiltering:
            return "EdgeFiltering";
        case ledger::UserType::Multicast:
            return "Multicast";
    }
    return "Unknown";
}

std::vector<api::ServiceStatus> services(const reconciler::Report& report) {
    std::vector<api::ServiceStatus> out;
    for (const reconciler::ServiceReport& service : report.services)
        if (service.provisioned) out.push_back(service_status(service));
    return out;
}

api::StatusV2 status_v2(const reconciler::Report& report, const fetcher::View& ledger, const OwnProblems& own,
                        std::string_view network, std::string_view rpc_url) {
    api::StatusV2 out;
    out.reconciler_enabled = report.enabled;
    out.client_ip = report.client_ip.address.value_or(Ipv4());
    if (report.client_ip.address) out.client_ip_method = host::to_string(report.client_ip.method);
    out.behind_nat = report.behind_nat;
    out.network = network;
    out.version = version_with_commit();
    out.snapshot_age_seconds = age_of(ledger);
    for (const auto& [topic, problem] : own) out.problems.push_back(problem);
    add_client_ip_problem(out.problems, report);
    add_ledger_problems(out.problems, ledger, rpc_url);
    std::ranges::transform(report.problems, std::back_inserter(out.problems), shown);
    for (const reconciler::ServiceReport& service : report.services) {
        if (service.provisioned) out.services.push_back(enriched(service, ledger));
        std::ranges::transform(service.service.problems, std::back_inserter(out.problems), shown);
    }
    return out;
}

api::PlanView plan_view(bool enabled, const reconciler::Plan& plan) {
    api::PlanView out{.reconciler_enabled = enabled, .steps = {}};
    for (const reconciler::Step& step : plan.steps) out.steps.push_back(reconciler::to_string(step));
    return out;
}

api::Events event_rows(const std::vector<reconciler::Event>& events) {
    api::Events out;
    for (const reconciler::Event& event : events)
        out.events.push_back({.id = event.id,
                              .time = to_rfc3339(event.time, Fraction::Micros),
                              .cause = event.cause,
                              .text = event.text});
    return out;
}

std::string summary(const reconciler::Report& report) {
    if (!report.enabled) return "disabled";
    const auto up = std::ranges::count(report.services, bgp::Status::Up, &reconciler::ServiceReport::session);
    std::string out = report.services.empty()
                          ? "enabled, no user on the ledger"
                          : fmt::format("enabled, {} of {} sessions up", up, report.services.size());
    if (!report.problems.empty()) out += "; " + report.problems.front().text;
    return out;
}

}  // namespace dz::daemon
