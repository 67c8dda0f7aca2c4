// disconnect.cpp: deletes user accounts and waits until their tunnels are gone (cli.md 4).
#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/failure.hpp"
#include "cli/lookup.hpp"
#include "cli/text.hpp"
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

/// Says whose account it is that we leave alone.
Task<> print_skipped(const Entry<User>& user, Context& context) {
    const auto state = co_await read_account<ledger::GlobalState>(context, context.addresses.global_state());
    const bool oracle = state && *state && (*state)->feed_authority_pk == user.value.owner;
    context.err << fmt::format("Note: account {} is left alone: it is managed by {}\n", user.key.to_string(),
                               oracle ? "the shred oracle (doublezero-solana shreds withdraw)"
                                      : "an external service, key " + user.value.owner.to_string());
}

Task<Result<>> remove_user(const Entry<User>& user, Context& context, std::ostream& out) {
    out << "⚡  Removing account: " << user.key.to_string() << "\n";
    CO_TRY(const auto device, co_await read_account<ledger::Device>(context, user.value.device_pk));
    if (!device)
        co_return fail(Errc::NotFound,
                       fmt::format("its device {} is not on the ledger", user.value.device_pk.to_string()));
    CO_TRY(const auto pass, co_await find_access_pass(context, user.value.client_ip, user.value.owner));
    // Without a pass the program's own refusal is the clearest answer there is.
    const ledger::PublicKey pass_key =
        pass ? pass->key : context.addresses.access_pass(user.value.client_ip, user.value.owner).key;
    CO_TRY(const ledger::PublicKey payer, context.payer());
    const ledger::InstructionBuilder build(context.addresses, payer);
    std::string signature;
    for (auto& instruction : user_removal(build, user, pass_key, device->dz_prefixes.size())) {
        std::vector<ledger::TransactionInstruction> one{std::move(instruction)};
        CO_TRY(const auto receipt, co_await context.submit(std::move(one)));
        signature = receipt.signature.to_string();
    }
    out << "    Account deleted. Signature: " << signature << "\n";
    co_return Result<>{};
}

/// True when the daemon shows no tunnel of the removed types any more.
bool is_gone(const std::vector<daemon::api::ServiceStatus>& services,
             const std::vector<ledger::UserType>& removed) {
    return std::ranges::none_of(services, [&removed](const auto& service) {
        return std::ranges::any_of(removed,
                                   [&](auto type) { return user_type_text(type) == service.user_type; });
    });
}

Task<Result<>> wait_until_gone(const DisconnectOptions& options, const std::vector<ledger::UserType>& removed,
                               Context& context, std::ostream& out) {
    Progress progress = context.progress();
    progress.say("waiting until the tunnel is gone");
    const TimePoint deadline = context.clock.now() + options.tunnel_timeout;
    for (;;) {
        const auto services = co_await context.daemon.status();
        if (!services && services.error().code == Errc::NotFound) {
            progress.clear();
            out << "    The daemon does not run: there is no tunnel\n";
            co_return Result<>{};
        }
        if (services && is_gone(*services, removed)) {
            progress.clear();
            out << "    Tunnel confirmed removed\n";
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
    std::optional<Error> error;  ///< the first one; others are printed when they happen
};

Task<Result<Removal>> remove_users(Mode mode, ledger::PublicKey payer, const ledger::Snapshot& users,
                                   Context& context, std::ostream& out) {
    Removal removal;
    context.interrupt_note = "an account may be deleted already. `doublezero disconnect` does the rest";
    for (const auto& user : users.users()) {
        if (!matches(mode, user.value.user_type)) continue;
        if (user.value.owner != payer) {
            co_await print_skipped(user, context);
            continue;
        }
        const auto done = co_await remove_user(user, context, out);
        if (done) {
            removal.removed.push_back(user.value.user_type);
            continue;
        }
        const Error error =
            ledger_failure(context, fmt::format("account {} was not deleted", user.key.to_string()),
                           done.error())
                .error();
        if (removal.error) print_failure(context.err, error);
        if (!removal.error) removal.error = error;
    }
    co_return removal;
}

}  // namespace

Task<Result<>> disconnect(DisconnectOptions options, Context& context, std::ostream& out) {
    CO_TRY(const ledger::PublicKey payer, context.payer());
    CO_TRY_OK(co_await require_balance(context));
    CO_TRY_OK(co_await require_daemon(context));
    CO_TRY(const Ipv4 client_ip, co_await client_ip_of_daemon(context));
    CO_TRY(const Catalogue users, co_await read_users_of(context, client_ip));
    out << "⚡  Disconnecting...\n    Client IP: " << client_ip.to_string() << "\n";
    CO_TRY(const Removal removal, co_await remove_users(options.mode, payer, *users, context, out));
    if (removal.removed.empty() && !removal.error) {
        out << "✅  Nothing to remove: this key has no account for " << client_ip.to_string() << "\n";
        co_return Result<>{};
    }
    if (!removal.removed.empty() && options.no_wait)
        out << "    The deletion is confirmed; the daemon is removing the tunnel\n";
    if (!removal.removed.empty() && !options.no_wait) {
        const auto gone = co_await wait_until_gone(options, removal.removed, context, out);
        // An account that is still there matters more than a tunnel that is.
        if (!removal.error) CO_TRY_OK(gone);
    }
    if (removal.error) co_return std::unexpected(*removal.error);
    out << "✅  Deprovisioning Complete\n";
    co_return Result<>{};
}

}  // namespace dz::cli
