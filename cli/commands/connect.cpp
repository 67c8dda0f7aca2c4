// connect.cpp: connect ibrl: from an access pass to a working tunnel (cli.md 3).
#include <fmt/format.h>

#include <algorithm>

#include "cli/commands.hpp"
#include "cli/failure.hpp"
#include "cli/join_plan.hpp"
#include "cli/lookup.hpp"
#include "cli/text.hpp"
#include "ledger/enum_text.hpp"
#include "ledger/instruction_builder.hpp"

namespace dz::cli {

namespace {

using ledger::ProgramError;
using ledger::User;

constexpr Duration kStatusPoll = 250ms;

/// What to do when the ledger refused to create the user for a reason of its own.
std::string_view remedy_of(const Error& error) {
    if (error.code != Errc::Rejected || error.detail <= 0) return {};
    switch (static_cast<ProgramError>(error.detail)) {
        case ProgramError::MaxUsersExceeded:
        case ProgramError::MaxUnicastUsersExceeded:
        case ProgramError::AllocationFailed:
            return "choose another device with --device";
        case ProgramError::Unauthorized:
        case ProgramError::AccessPassUnauthorized:
        case ProgramError::TenantNotInAccessPassAllowlist:
        case ProgramError::AccessPassMaxUnicastUsersExceeded:
            return "see what your pass allows: doublezero access-pass list --user-payer KEY";
        default:
            return {};
    }
}

std::unexpected<Error> not_created(const Context& context, const Error& error) {
    const std::string_view remedy = remedy_of(error);
    if (remedy.empty()) return ledger_failure(context, "Error creating user", error);
    return failure("Error creating user", error, remedy);
}

/// Sends CreateUser and reads back what came of it.
Task<Result<>> create_account(const JoinPlan& plan, const JoinPlan::NewAccount& create, Context& context,
                              std::ostream& out) {
    const ledger::InstructionBuilder builder(context.addresses, plan.payer);
    const ledger::ix::CreateUser args{.user_type = plan.user_type,
                                      .cyoa_type = ledger::Cyoa::GreOverDia,
                                      .client_ip = plan.client_ip,
                                      .tunnel_endpoint = create.tunnel_endpoint,
                                      .dz_prefix_count = create.dz_prefix_count};
    std::optional<ledger::PublicKey> tenant;
    if (create.tenant) tenant = create.tenant->key;
    context.interrupt_note =
        "the account may be on the ledger already. `doublezero connect ibrl` goes on from there, "
        "`doublezero disconnect` removes it";
    std::vector<ledger::TransactionInstruction> instructions{
        builder.make(args, {.device = create.device, .access_pass = create.access_pass, .tenant = tenant})};
    const auto receipt = co_await context.submit(std::move(instructions));
    if (!receipt) co_return not_created(context, receipt.error());
    out << "    Signature: " << receipt->signature.to_string() << "\n";

    const auto created = co_await read_account<User>(context, plan.account);
    if (!created) co_return ledger_failure(context, "cannot read the new account back", created.error());
    if (!*created)
        co_return failure("the new account is not there", "although the ledger confirmed it",
                          "run the command again", Errc::NotFound);
    if ((*created)->status != ledger::UserStatus::Activated)
        co_return failure(fmt::format("user status unexpected: {}", ledger::to_text((*created)->status)),
                          "only an activated user gets a tunnel", "doublezero user list");
    co_return Result<>{};
}

/// The account of the plan is on the ledger afterwards.
Task<Result<>> ensure_account(const JoinPlan& plan, Context& context, Progress& progress, std::ostream& out) {
    if (!plan.create) {
        out << "    An account already exists: " << plan.account.to_string() << "\n";
    } else {
        out << "    Creating account...\n"
            << fmt::format("    Device selected: {} ({})\n", plan.create->device_code, plan.create->reason);
        if (const auto& tenant = plan.create->tenant)
            out << fmt::format("    Using tenant '{}' ({})\n", tenant->code, tenant->source);
        out << std::flush;
        progress.say("creating the account");
        const auto created = co_await create_account(plan, *plan.create, context, out);
        progress.clear();
        CO_TRY_OK(created);
    }
    context.interrupt_note = fmt::format(
        "account {} is on the ledger. The daemon goes on with the tunnel; `doublezero disconnect ibrl` "
        "removes both",
        plan.account.to_string());
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
    out << "    Session: " << tunnel.session_status << "\n";
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

Task<Result<>> wait_for_tunnel(ledger::UserType type, Duration timeout, Context& context, Progress& progress,
                               std::ostream& out) {
    progress.say("waiting for the tunnel");
    const TimePoint deadline = context.clock.now() + timeout;
    for (;;) {
        const auto status = co_await context.daemon.status_v2();
        const auto* const service = status ? service_of(*status, type) : nullptr;
        if (service != nullptr && service->service.session_status == daemon::api::kSessionUp) {
            progress.clear();
            print_tunnel(out, service->service);
            co_return Result<>{};
        }
        if (context.clock.now() >= deadline) {
            co_return failure("the account is active but the tunnel is not up yet", last_seen(status, type),
                              "doublezero status; the daemon goes on trying", Errc::Timeout);
        }
        if (service != nullptr) progress.say("waiting for the tunnel: " + service->service.session_status);
        co_await context.clock.sleep_for(kStatusPoll);
    }
}

}  // namespace

Task<Result<>> connect_ibrl(ConnectOptions options, Context& context, std::ostream& out) {
    Progress progress = context.progress();
    progress.say("checking key, balance, daemon and ledger");
    if (!options.reservation.empty()) {
        progress.say("taking the reserved seat");
        CO_TRY(const auto settled, co_await take_reserved_seat(options.oracle, options.reservation,
                                                               options.allocate_addr, context));
        progress.clear();
        if (settled) out << "    Reserved seat taken. Signature: " << settled->to_string() << "\n";
    }
    CO_TRY(const JoinPlan plan, co_await plan_join(options, context));
    progress.clear();
    if (options.dry_run) {
        print_plan(out, plan, options.style);
        co_return Result<>{};
    }
    out << fmt::format("⚡  Connecting to {}...\n    DoubleZero ID: {}\n⚡  Provisioning for IP: {}\n",
                       plan.network, plan.payer.to_string(), plan.client_ip);
    CO_TRY_OK(co_await ensure_account(plan, context, progress, out));

    if (const auto enabled = co_await context.daemon.enable(); !enabled)
        co_return daemon_failure(
            "the account is active but the daemon was not enabled (failed to enable reconciler)",
            enabled.error());
    if (options.no_wait) {
        out << "✅  User Provisioned; the daemon is building the tunnel\n";
        co_return Result<>{};
    }
    CO_TRY_OK(co_await wait_for_tunnel(plan.user_type, options.tunnel_timeout, context, progress, out));
    out << "✅  User Provisioned\n";
    co_return Result<>{};
}

}  // namespace dz::cli
