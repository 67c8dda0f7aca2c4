// connect.cpp: connect ibrl and connect multicast: a plan is made, shown or carried out, and the tunnel
// awaited (cli.md 3).
#include <fmt/format.h>

#include <algorithm>

#include "cli/commands.hpp"
#include "cli/failure.hpp"
#include "cli/join_plan.hpp"
#include "cli/lookup.hpp"
#include "cli/remedies.hpp"
#include "cli/text.hpp"
#include "ledger/enum_text.hpp"

namespace dz::cli {

namespace {

using Half = JoinStep::Half;

constexpr Duration kStatusPoll = 250ms;

/// What came of a plan's transactions.
struct Sent {
    std::vector<std::string> signatures;
    std::optional<Error> leave_error, join_error;

    std::optional<Error>& error(Half half) { return half == Half::Leave ? leave_error : join_error; }
};

/// `connect` is killed at any time: this is what is left behind, and what to do about it.
std::string left_behind(const JoinPlan& plan, bool sent) {
    const std::string_view mode = plan.user_type == ledger::UserType::Multicast ? "multicast" : "ibrl";
    if (!sent)
        return fmt::format(
            "the account may be on the ledger already. The same command goes on from there, `doublezero "
            "disconnect {}` removes it",
            mode);
    return fmt::format(
        "account {} is on the ledger. The daemon goes on with the tunnel; `doublezero disconnect {}` removes "
        "both",
        plan.account.to_string(), mode);
}

void print_opening(const JoinPlan& plan, std::ostream& out) {
    out << fmt::format("⚡  Connecting to {}...\n    DoubleZero ID: {}\n⚡  Provisioning for IP: {}\n",
                       plan.network, plan.payer.to_string(), plan.client_ip);
    if (plan.create) {
        const std::string& from = plan.create->moves_from;
        out << (!from.empty()         ? fmt::format("    Moving the account from {}...\n", from)
                : plan.create->second ? "    Creating a second account beside the one of another type...\n"
                                      : "    Creating account...\n")
            << fmt::format("    Device selected: {} ({})\n", plan.create->device_code, plan.create->reason);
    } else if (plan.nothing.empty()) {
        out << "    An account already exists: " << plan.account.to_string() << "\n";
    }
    for (const std::string& fact : plan.facts) out << "    " << fact << "\n";
    out << std::flush;
}

/// Sends the steps in order. A half of which one step fails is not gone on with.
Task<Sent> send_steps(const JoinPlan& plan, Context& context, Progress& progress, std::ostream& out) {
    Sent sent;
    for (const JoinStep& step : plan.steps) {
        if (sent.error(step.half)) continue;
        progress.say(step.doing);
        if (sent.signatures.empty()) context.interrupt_note = left_behind(plan, false);
        std::vector<ledger::TransactionInstruction> one{step.instruction};
        const auto receipt = co_await context.submit(std::move(one));
        progress.clear();
        if (!receipt) {
            sent.error(step.half) = refused(context, step.failed, receipt.error(), Refused::Joining);
            continue;
        }
        context.interrupt_note = left_behind(plan, true);
        sent.signatures.push_back(receipt->signature.to_string());
        if (!step.done.empty()) out << "    " << step.done << "\n" << std::flush;
        out << "    Signature: " << sent.signatures.back() << "\n" << std::flush;
    }
    co_return sent;
}

/// The account is there and gets a tunnel.
Task<Result<>> check_account(const JoinPlan& plan, Context& context) {
    const auto account = co_await read_account<ledger::User>(context, plan.account);
    if (!account) co_return ledger_failure(context, "cannot read the account back", account.error());
    if (!*account)
        co_return failure("the new account is not there", "although the ledger confirmed it",
                          "run the command again", Errc::NotFound);
    if ((*account)->status != ledger::UserStatus::Activated)
        co_return failure(fmt::format("user status unexpected: {}", ledger::to_text((*account)->status)),
                          "only an activated user gets a tunnel", "doublezero user list");
    co_return Result<>{};
}

const daemon::api::EnrichedService* service_of(const daemon::api::StatusV2& status, ledger::UserType type) {
    const auto at = std::ranges::find(status.services, user_type_text(type), [](const auto& service) {
        return std::string_view(service.service.user_type);
    });
    return at == status.services.end() ? nullptr : &*at;
}

void print_tunnel(std::ostream& out, const daemon::api::ServiceStatus& tunnel) {
    const auto line = [&out](std::string_view name, Ipv4 ip) {
        if (!ip.is_unspecified()) out << "    " << name << ": " << ip.to_string() << "\n";
    };
    line("Tunnel Src", tunnel.tunnel_src);
    line("Tunnel Dst", tunnel.tunnel_dst);
    line("DoubleZero IP", tunnel.doublezero_ip);
    out << "    Session: " << tunnel.session_status << "\n" << std::flush;
}

/// What was last seen when the wait ran out.
std::string last_seen(const Result<daemon::api::StatusV2>& status, ledger::UserType type) {
    if (!status) return status.error().text;
    if (!status->problems.empty()) return status->problems.front().text;
    const auto* const service = service_of(*status, type);
    if (service == nullptr) return "the daemon has not built the tunnel";
    const std::string& why = service->last_error.empty() ? service->reason : service->last_error;
    return why.empty() ? service->service.session_status
                       : fmt::format("{}: {}", service->service.session_status, why);
}

/// The tunnel that the plan leads to is up; one of before does not count.
bool is_up(const daemon::api::EnrichedService* service, const JoinPlan& plan) {
    return service != nullptr && service->service.session_status == daemon::api::kSessionUp &&
           (!plan.create || service->service.tunnel_dst == plan.create->tunnel_endpoint);
}

Task<Result<daemon::api::ServiceStatus>> wait_for_tunnel(const JoinPlan& plan, Duration timeout,
                                                         Context& context, Progress& progress) {
    progress.say("waiting for the tunnel");
    const ledger::UserType type = plan.user_type;
    const TimePoint deadline = context.clock.now() + timeout;
    for (;;) {
        const auto status = co_await context.daemon.status_v2();
        const auto* const service = status ? service_of(*status, type) : nullptr;
        if (is_up(service, plan)) {
            progress.clear();
            co_return service->service;
        }
        if (context.clock.now() >= deadline) {
            co_return failure("the account is active but the tunnel is not up yet", last_seen(status, type),
                              "doublezero status; the daemon goes on trying", Errc::Timeout);
        }
        if (service != nullptr) progress.say("waiting for the tunnel: " + service->service.session_status);
        co_await context.clock.sleep_for(kStatusPoll);
    }
}

/// Where one half of a swap worked, the command for the other one.
Result<> end_of_halves(const JoinPlan& plan, const Sent& sent, Context& context) {
    if (!sent.leave_error && !sent.join_error) return {};
    if (sent.leave_error && sent.join_error) print_failure(context.err, *sent.leave_error);
    const bool alone = !sent.leave_error || !sent.join_error;
    const std::string& again = sent.join_error ? plan.join_again : plan.leave_again;
    if (alone && !again.empty()) context.err << "Note: the other half is done. Run again: " << again << "\n";
    return std::unexpected(sent.join_error ? *sent.join_error : *sent.leave_error);
}

/// The end of it, for scripts.
void print_joined(std::ostream& out, const JoinPlan& plan, const Sent& sent,
                  const std::optional<daemon::api::ServiceStatus>& tunnel, OutputStyle style) {
    json::Ordered object{{"account", plan.account.to_string()},
                         {"client_ip", plan.client_ip.to_string()},
                         {"user_type", user_type_text(plan.user_type)},
                         {"device", plan.create ? json::Ordered(plan.create->device_code) : json::Ordered()},
                         {"signatures", sent.signatures},
                         {"tunnel", tunnel ? daemon::api::to_json(*tunnel) : json::Ordered()}};
    print_json(out, object, style);
}

/// Enables the daemon and waits, as far as the options want it.
Task<Result<std::optional<daemon::api::ServiceStatus>>> bring_up(const JoinPlan& plan, ConnectOptions options,
                                                                 Context& context, Progress& progress) {
    using Tunnel = std::optional<daemon::api::ServiceStatus>;
    CO_TRY_OK(co_await check_account(plan, context));
    if (const auto enabled = co_await context.daemon.enable(); !enabled)
        co_return daemon_failure(
            "the account is active but the daemon was not enabled (failed to enable reconciler)",
            enabled.error());
    if (options.no_wait) co_return Tunnel();
    CO_TRY(const auto tunnel, co_await wait_for_tunnel(plan, options.tunnel_timeout, context, progress));
    co_return Tunnel(tunnel);
}

/// `out` is for the result; with --json everything else goes to stderr.
Task<Result<>> carry_out(JoinPlan plan, ConnectOptions options, Context& context, Progress& progress,
                         std::ostream& out) {
    const bool json = options.style.machine_readable();
    std::ostream& say = json ? context.err : out;
    print_opening(plan, say);
    Sent sent = co_await send_steps(plan, context, progress, say);
    std::optional<daemon::api::ServiceStatus> tunnel;
    if (plan.wants_tunnel && !sent.join_error) {
        CO_TRY(tunnel, co_await bring_up(plan, options, context, progress));
        if (tunnel) print_tunnel(say, *tunnel);
    }
    CO_TRY_OK(end_of_halves(plan, sent, context));
    if (!plan.nothing.empty()) say << "ℹ️  Nothing to join: " << plan.nothing << "\n";
    if (plan.wants_tunnel)
        say << (tunnel ? "✅  User Provisioned\n"
                       : "✅  User Provisioned; the daemon is building the tunnel\n");
    if (json) print_joined(out, plan, sent, tunnel, options.style);
    co_return Result<>{};
}

Task<Result<>> show_or_do(JoinPlan plan, ConnectOptions options, Context& context, Progress& progress,
                          std::ostream& out) {
    for (const std::string& note : plan.notes) context.err << "Note: " << note << "\n";
    if (!options.dry_run) co_return co_await carry_out(std::move(plan), options, context, progress, out);
    print_plan(out, plan, options.style);
    co_return Result<>{};
}

constexpr std::string_view kChecking = "checking key, balance, daemon and ledger";

}  // namespace

Task<Result<>> connect_ibrl(ConnectOptions options, Context& context, std::ostream& out) {
    Progress progress = context.progress();
    if (!options.reservation.empty()) {
        progress.say("taking the reserved seat");
        CO_TRY(const auto settled, co_await take_reserved_seat(options.oracle, options.reservation,
                                                               options.allocate_addr, context));
        progress.clear();
        if (settled)
            (options.style.machine_readable() ? context.err : out)
                << "    Reserved seat taken. Signature: " << settled->to_string() << "\n";
    }
    progress.say(kChecking);
    CO_TRY(JoinPlan plan, co_await plan_unicast(options, context, progress));
    progress.clear();
    co_return co_await show_or_do(std::move(plan), options, context, progress, out);
}

Task<Result<>> connect_multicast(MulticastChoice choice, ConnectOptions options, Context& context,
                                 std::ostream& out) {
    Progress progress = context.progress();
    progress.say(kChecking);
    const auto make = choice.feeds() ? plan_feeds : plan_groups;
    CO_TRY(JoinPlan plan, co_await make(options, choice, context, progress));
    progress.clear();
    co_return co_await show_or_do(std::move(plan), options, context, progress, out);
}

}  // namespace dz::cli
