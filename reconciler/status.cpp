// reconciler/status.cpp: what the loop says about itself, and what it would do.
#include <fmt/format.h>

#include <algorithm>

#include "reconciler/core.hpp"

namespace dz::reconciler {

namespace {

Problem shadowed(const std::vector<netlink::Route>& theirs) {
    return {.code = ProblemCode::RoutesShadowed,
            .text = fmt::format("{} of our routes come after routes of others, such as: {}", theirs.size(),
                                to_string(theirs.front())),
            .remedy = "remove those where traffic shall go through the tunnel"};
}

}  // namespace

ServiceReport Loop::Core::report_on(const Service& service) const {
    const TimePoint now = clock_.now();
    ServiceReport report;
    report.service = service;
    const auto* tunnel = mirror_.tunnel(service.link());
    report.provisioned = tunnel && (tunnel->up || !config_.settings.persistent_interface);
    const auto peer = service.blocked() ? std::nullopt : speaker_.peer(service.peer);
    if (peer) {
        report.session = peer->status;
        report.session_since = peer->status_since;
        report.session_error = peer->last_error;
        report.routes_learned = peer->accepted;
    }
    const auto trouble = patience_.problem(service.link(), now);
    if (trouble) report.service.problems.push_back(*trouble);
    const Duration retry_in = patience_.retry_at(service.link(), now).value_or(now) - now;
    // A single route that cannot be written does not make the service one that is down.
    const bool whole = trouble && patience_.is_waiting(service.link(), now);
    auto explanation = explain(service, report.provisioned, peer, whole ? trouble : std::nullopt, retry_in);
    report.state = explanation.state;
    report.reason = std::move(explanation.reason);
    report.next_action = std::move(explanation.next_action);
    const auto standing = standings_.find(service.kind());
    const bool known = standing != standings_.end() && standing->second.state == report.state;
    report.since = known ? standing->second.since : clock_.wall();
    return report;
}

Report Loop::Core::report() const {
    Report report;
    report.enabled = enabled_.value_or(false);
    report.client_ip = finder_.current();
    report.behind_nat = facts_.behind_nat();
    report.problems = problems_;
    report.last_pass = last_pass_;
    report.last_change = last_change_;
    report.last_change_at = last_change_at_;
    report.counters = counters_;
    if (read_error_) {
        report.problems.push_back({.code = ProblemCode::StepFailed,
                                   .text = "the kernel's state cannot be read: " + read_error_->text,
                                   .remedy = "",
                                   .blocking = true});
    }
    const auto shadowing = mirror_.shadowing();
    for (const auto& service : services_) {
        report.services.push_back(report_on(service));
        auto& last = report.services.back();
        last.routes_installed = mirror_.routes_on(service.link());
        if (!shadowing.empty() && service.kind() == ServiceClass::Unicast) {
            last.service.problems.push_back(shadowed(shadowing));
        }
    }
    return report;
}

Task<Result<Plan>> Loop::Core::preview() {
    if (!enabled_) co_return Plan{};
    CO_TRY(const auto kernel, co_await kernel_.read(netlink::Parts::All));
    State there = ours(kernel, peers());
    owned_.narrow(there);
    co_return diff(desired_state(inputs(there)).state, there);
}

}  // namespace dz::reconciler
