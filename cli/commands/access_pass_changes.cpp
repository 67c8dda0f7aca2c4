// access_pass_changes.cpp: passes: set, close, lock and unlock (cli.md 1.3). Money is in
// access_pass_funds.cpp.
#include <fmt/format.h>

#include "cli/failure.hpp"
#include "cli/families.hpp"
#include "cli/kind.hpp"
#include "cli/pass_funds.hpp"

namespace dz::cli {

namespace {

using ledger::AccessPass;
namespace ix = ledger::ix;

enum class PassType { Prepaid, SolanaValidator, SolanaRpc, Others, EdgeSeat };

struct PassTypeName {
    PassType type;
    std::string_view name;
};
constexpr std::array kPassTypes{
    PassTypeName{PassType::Prepaid, "prepaid"}, PassTypeName{PassType::SolanaValidator, "solana-validator"},
    PassTypeName{PassType::SolanaRpc, "solana-rpc"}, PassTypeName{PassType::Others, "others"},
    PassTypeName{PassType::EdgeSeat, "edge-seat"}};

/// How long a pass lasts: a number of epochs from the current one on; unset: for ever.
struct Epochs {
    std::optional<std::uint64_t> count;
};

}  // namespace

template <>
struct Value<PassType> {
    static constexpr std::string_view kName = "KIND";
    static std::vector<std::string> choices() {
        std::vector<std::string> out;
        for (const PassTypeName& row : kPassTypes) out.emplace_back(row.name);
        return out;
    }
    static Result<PassType> parse(std::string_view text) {
        for (const PassTypeName& row : kPassTypes) {
            if (row.name == text) return row.type;
        }
        return fail(Errc::BadValue, "no such kind");
    }
};

template <>
struct Value<Epochs> {
    static constexpr std::string_view kName = "N|max";
    static Result<Epochs> parse(std::string_view text) {
        if (same_code(text, "max")) return Epochs{};
        const auto count = Value<std::uint64_t>::parse(text);
        if (count) return Epochs{*count};
        return fail(Errc::BadValue, "neither a whole number nor max");
    }
};

namespace {

struct Set {
    KeyOrMe user_payer;
    PassType type = PassType::Prepaid;
    Epochs epochs;
    ix::SetAccessPass args;
    std::optional<ledger::PublicKey> solana_validator;
    std::optional<std::string> others_name, others_key, tenant;
    bool locked = false;
};

Result<ledger::AccessPassType> pass_type(const Set& options) {
    switch (options.type) {
        case PassType::Prepaid:
            return ledger::access::Prepaid{};
        case PassType::EdgeSeat:
            return ledger::access::EdgeSeat{};
        case PassType::SolanaValidator:
        case PassType::SolanaRpc:
            if (!options.solana_validator)
                return failure("a validator's pass needs the validator's key", "",
                               "add --solana-validator KEY", Errc::BadValue);
            if (options.type == PassType::SolanaRpc)
                return ledger::access::SolanaRpc{*options.solana_validator};
            return ledger::access::SolanaValidator{*options.solana_validator};
        case PassType::Others:
            if (!options.others_name || !options.others_key)
                return failure("--accesspass-type others needs a name and a key", "",
                               "add --others-name NAME --others-key KEY", Errc::BadValue);
            return ledger::access::Others{*options.others_name, *options.others_key};
    }
    return fail(Errc::BadValue, "no such kind of pass");
}

/// The last epoch; 0 blocks the pass.
Task<Result<std::uint64_t>> last_epoch(Epochs epochs, Context& context) {
    if (!epochs.count) co_return AccessPass::kUnlimitedEpoch;
    if (*epochs.count == 0) co_return 0;
    const auto now = co_await context.rpc.epoch_info(ledger::Commitment::Confirmed);
    if (!now) co_return ledger_failure(context, "cannot read the epoch", now.error());
    const std::uint64_t room = AccessPass::kUnlimitedEpoch - now->epoch;
    co_return *epochs.count < room ? now->epoch + *epochs.count : AccessPass::kUnlimitedEpoch;
}

/// The first tenant that the pass is for; the zero key where there is none.
Task<Result<ledger::PublicKey>> tenant_of(ledger::PublicKey pass, Draft& draft) {
    const auto account = co_await read_account<AccessPass>(draft.context(), pass);
    if (!account) co_return ledger_failure(draft.context(), "cannot read the pass", account.error());
    if (!*account || (*account)->tenant_allowlist.empty()) co_return ledger::PublicKey{};
    co_return (*account)->tenant_allowlist.front();
}

Task<Result<>> set(Set options, Draft& draft) {
    auto& args = options.args;
    CO_TRY(args.accesspass_type, pass_type(options));
    CO_TRY(args.last_access_epoch, co_await last_epoch(options.epochs, draft.context()));
    const ledger::PublicKey user_payer = options.user_payer.or_payer(draft.payer());
    const ledger::PublicKey pass = draft.addresses().access_pass(args.client_ip, user_payer);
    ledger::SetAccessPassAccounts accounts{.user_payer = user_payer, .tenant_remove = {}, .tenant_add = {}};
    if (options.tenant) {
        CO_TRY(const ledger::PublicKey old, co_await tenant_of(pass, draft));
        CO_TRY(const ledger::PublicKey next, co_await draft.key_of<ledger::Tenant>(*options.tenant));
        if (old != next) {
            accounts.tenant_remove = old;
            accounts.tenant_add = next;
        }
    }
    draft.concerns<AccessPass>(pass);
    draft.send(draft.build().make(args, accounts));
    if (options.locked)
        draft.send(
            draft.build().make(ix::SetAccessPassFlags{.allow_multiple_ip = {}, .dzf_locked = true}, pass));
    co_return Result<>{};
}

struct Close {
    ledger::PublicKey pass;
};

Task<Result<>> close(Close options, Draft& draft) {
    draft.send(draft.build().make(ix::CloseAccessPass{}, options.pass));
    co_return Result<>{};
}

struct Lock {
    KeyOrMe user_payer;
    Ipv4 client_ip;
};

void add_set(Group& pass) {
    auto command = pass.command<Set>("set", "Give a pass, or change one");
    auto& args = command->args;
    command.need("--user-payer", command->user_payer, "Key that will connect");
    command.take("--accesspass-type", command->type, "What it is given for");
    command.take("--client-ip", args.client_ip, "Address it is for; for any when left out");
    command.take("--epochs", command->epochs,
                 "How many epochs it lasts, the current one included; max by default");
    command.take("--solana-validator", command->solana_validator, "Validator or RPC key");
    command.take("--others-name", command->others_name, "Name, for type others");
    command.take("--others-key", command->others_key, "Value, for type others");
    command.flag("--allow-multiple-ip", args.allow_multiple_ip, "Valid for several addresses at once");
    command.flag("--dzf-locked", command->locked, "Lock it for changes by others than the foundation");
    command.take("--tenant", command->tenant, "Tenant to connect to: code or address");
    command.take("--max-unicast-users", args.max_unicast_users, "Unicast users at once");
    command.take("--max-multicast-users", args.max_multicast_users, "Multicast users at once");
    command.writes_and_waits(set);
}

void add_lock(Group& pass, const std::string& name, const std::string& about,
              Task<Result<>> (*effect)(Lock, Draft&)) {
    auto command = pass.command<Lock>(name, about);
    command.need("--user-payer", command->user_payer, "Key of the pass");
    command.take("--client-ip", command->client_ip, "Address of the pass; that for any when left out");
    command.writes(effect);
}

template <bool locked>
Task<Result<>> set_lock(Lock options, Draft& draft) {
    const ledger::PublicKey pass =
        draft.addresses().access_pass(options.client_ip, options.user_payer.or_payer(draft.payer()));
    draft.concerns<AccessPass>(pass);
    draft.send(
        draft.build().make(ix::SetAccessPassFlags{.allow_multiple_ip = {}, .dzf_locked = locked}, pass));
    co_return Result<>{};
}

}  // namespace

void add_access_pass_changes(Group& pass) {
    add_set(pass);
    auto end = pass.command<Close>("close", "Take a pass back that nobody uses");
    end.need("--pubkey", end->pass, "Address of the pass");
    end.writes(close);
    add_lock(pass, "dzf-lock", "Lock a pass for changes by others than the foundation", set_lock<true>);
    add_lock(pass, "dzf-unlock", "Unlock a pass", set_lock<false>);
    add_access_pass_funds(pass);
}

}  // namespace dz::cli
