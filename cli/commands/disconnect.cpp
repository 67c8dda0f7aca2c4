// disconnect.cpp: deletes user accounts and waits until their tunnels are gone (cli.md 4).
#include <fmt/format.h>

#include <algorithm>

#include "cli/commands.hpp"
#include "cli/failure.hpp"
#include "cli/lookup.hpp"
#include "cli/text.hpp"
#include "cli/transaction_text.hpp"
#include "cli/user_removal.hpp"

namespace dz::cli {

namespace {

using ledger::Entry;
using ledger::User;
using Mode = DisconnectOptions::Mode;

constexpr Duration kStatusPoll = 250ms;

bool matches(Mode mode, ledger::UserType type) {
    if (mode == Mode::All) return true;
    return (type == ledger::UserType::Multicast) == (mode == Mode::Multicast);
}

/// An account of ours, and the transactions that delete it.
struct Leaving {
    Entry<User> user;
    std::vector<ledger::TransactionInstruction> steps;
};

/// What is about to be done. The same value is carried out, and printed by --dry-run.
struct LeavePlan {
    Ipv4 client_ip;
    ledger::PublicKey payer;
    std::vector<Leaving> leaving;
    std::vector<std::string> notes;  ///< accounts that are left alone, and why
    std::optional<Error> error;      ///< an account that cannot be deleted; the others are
};

/// Says whose account it is that we leave alone.
Task<std::string> whose(const Entry<User>& user, Context& context) {
    const auto state = co_await read_account<ledger::GlobalState>(context, context.addresses.global_state());
    const bool oracle = state && *state && (*state)->feed_authority_pk == user.value.owner;
    co_return fmt::format("account {} is left alone: it is managed by {}", user.key.to_string(),
                          oracle ? "the shred oracle (doublezero-solana shreds withdraw)"
                                 : "an external service, key " + user.value.owner.to_string());
}

std::unexpected<Error> not_deleted(const Context& context, const Entry<User>& user, const Error& error) {
    return ledger_failure(context, fmt::format("account {} was not deleted", user.key.to_string()), error);
}

Task<Result<Leaving>> plan_removal(Entry<User> user, ledger::PublicKey payer, Context& context) {
    CO_TRY(const auto device, co_await read_account<ledger::Device>(context, user.value.device_pk));
    if (!device)
        co_return fail(Errc::NotFound,
                       fmt::format("its device {} is not on the ledger", user.value.device_pk.to_string()));
    CO_TRY(const auto pass, co_await find_access_pass(context, user.value.client_ip, user.value.owner));
    // Without a pass the program's own refusal is the clearest answer there is.
    const ledger::PublicKey pass_key =
        pass ? pass->key : context.addresses.access_pass(user.value.client_ip, user.value.owner).key;
    const ledger::InstructionBuilder build(context.addresses, payer);
    co_return Leaving{user, user_removal(build, user, pass_key, device->dz_prefixes.size())};
}

Task<Result<LeavePlan>> plan_leave(Mode mode, Context& context) {
    LeavePlan plan;
    CO_TRY(plan.payer, context.payer());
    CO_TRY_OK(co_await require_balance(context));
    CO_TRY_OK(co_await require_daemon(context));
    CO_TRY(plan.client_ip, co_await client_ip_of_daemon(context));
    CO_TRY(const Catalogue users, co_await read_users_of(context, plan.client_ip));
    for (const auto& user : users->users()) {
        if (!matches(mode, user.value.user_type)) continue;
        if (user.value.owner != plan.payer) {
            plan.notes.push_back(co_await whose(user, context));
            continue;
        }
        auto leaving = co_await plan_removal(user, plan.payer, context);
        if (leaving) {
            plan.leaving.push_back(*std::move(leaving));
        } else if (!plan.error) {
            plan.error = not_deleted(context, user, leaving.error()).error();
        }
    }
    co_return plan;
}

void print_dry_run(const LeavePlan& plan, OutputStyle style, std::ostream& out) {
    std::vector<ledger::TransactionInstruction> all;
    json::Ordered accounts = json::Ordered::array();
    for (const Leaving& one : plan.leaving) {
        accounts.push_back(one.user.key.to_string());
        all.insert(all.end(), one.steps.begin(), one.steps.end());
    }
    if (!style.machine_readable()) return print_transactions(out, all);
    print_json(out,
               {{"client_ip", plan.client_ip.to_string()},
                {"payer", plan.payer.to_string()},
                {"accounts", accounts},
                {"transactions", transactions_json(all)},
                {"notes", plan.notes}},
               style);
}

/// Returns the signature of the last transaction.
Task<Result<std::string>> remove_user(Leaving leaving, Context& context, std::ostream& say) {
    say << "⚡  Removing account: " << leaving.user.key.to_string() << "\n" << std::flush;
    std::string signature;
    for (auto& instruction : leaving.steps) {
        std::vector<ledger::TransactionInstruction> one{std::move(instruction)};
        CO_TRY(const auto receipt, co_await context.submit(std::move(one)));
        signature = receipt.signature.to_string();
    }
    say << "    Account deleted. Signature: " << signature << "\n" << std::flush;
    co_return signature;
}

/// True when the daemon shows no tunnel of the removed types any more.
bool is_gone(const std::vector<daemon::api::ServiceStatus>& services,
             const std::vector<ledger::UserType>& removed) {
    return std::ranges::none_of(services, [&removed](const auto& service) {
        return std::ranges::any_of(removed,
                                   [&](auto type) { return user_type_text(type) == service.user_type; });
    });
}

/// Errors: Timeout.
Task<Result<>> wait_until_gone(Duration timeout, std::vector<ledger::UserType> removed, Context& context,
                               std::ostream& say) {
    Progress progress = context.progress();
    progress.say("waiting until the tunnel is gone");
    const TimePoint deadline = context.clock.now() + timeout;
    for (;;) {
        const auto services = co_await context.daemon.status();
        const bool stopped = !services && services.error().code == Errc::NotFound;
        if (stopped || (services && is_gone(*services, removed))) {
            progress.clear();
            say << (stopped ? "    The daemon does not run: there is no tunnel\n"
                            : "    Tunnel confirmed removed\n");
            co_return Result<>{};
        }
        if (context.clock.now() >= deadline) {
            progress.clear();
            co_return failure("the account is deleted but the tunnel is still there",
                              services ? "the daemon has not seen the change yet" : services.error().text,
                              "doublezero status; the daemon goes on", Errc::Timeout);
        }
        co_await context.clock.sleep_for(kStatusPoll);
    }
}

/// What became of the accounts of one address.
struct Removal {
    std::vector<ledger::UserType> removed;
    std::vector<std::string> accounts, signatures;
    std::optional<Error> error;  ///< the first one; others are printed when they happen
};

Task<Removal> remove_users(LeavePlan plan, Context& context, std::ostream& say) {
    Removal removal{.removed = {}, .accounts = {}, .signatures = {}, .error = plan.error};
    context.interrupt_note = "an account may be deleted already. `doublezero disconnect` does the rest";
    for (const Leaving& one : plan.leaving) {
        const auto done = co_await remove_user(one, context, say);
        if (done) {
            removal.removed.push_back(one.user.value.user_type);
            removal.accounts.push_back(one.user.key.to_string());
            removal.signatures.push_back(*done);
            continue;
        }
        const Error error = not_deleted(context, one.user, done.error()).error();
        if (removal.error) print_failure(context.err, error);
        if (!removal.error) removal.error = error;
    }
    co_return removal;
}

/// `out` is for the result; with --json everything else goes to stderr.
Task<Result<>> carry_out(LeavePlan plan, DisconnectOptions options, Context& context, std::ostream& out) {
    const bool json = options.style.machine_readable();
    std::ostream& say = json ? context.err : out;
    say << "⚡  Disconnecting...\n    Client IP: " << plan.client_ip.to_string() << "\n" << std::flush;
    const Removal removal = co_await remove_users(plan, context, say);
    const bool removed = !removal.removed.empty();
    if (removed && options.no_wait)
        say << "    The deletion is confirmed; the daemon is removing the tunnel\n";
    if (removed && !options.no_wait) {
        const auto gone = co_await wait_until_gone(options.tunnel_timeout, removal.removed, context, say);
        // An account that is still there matters more than a tunnel that is.
        if (!removal.error) CO_TRY_OK(gone);
    }
    if (removal.error) co_return std::unexpected(*removal.error);
    if (removed) say << "✅  Deprovisioning Complete\n";
    if (!removed)
        say << "✅  Nothing to remove: this key has no account for " << plan.client_ip.to_string() << "\n";
    if (json)
        print_json(out,
                   {{"client_ip", plan.client_ip.to_string()},
                    {"accounts", removal.accounts},
                    {"signatures", removal.signatures}},
                   options.style);
    co_return Result<>{};
}

}  // namespace

Task<Result<>> disconnect(DisconnectOptions options, Context& context, std::ostream& out) {
    CO_TRY(LeavePlan plan, co_await plan_leave(options.mode, context));
    for (const std::string& note : plan.notes) context.err << "Note: " << note << "\n";
    if (!options.dry_run) co_return co_await carry_out(std::move(plan), options, context, out);
    if (plan.error) co_return std::unexpected(*plan.error);
    print_dry_run(plan, options.style, out);
    co_return Result<>{};
}

}  // namespace dz::cli
