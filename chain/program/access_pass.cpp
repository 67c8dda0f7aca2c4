// Setting, closing and checking access passes. Their feeds: feed.cpp; rules shared with users:
// pass_rules.cpp.
#include <algorithm>

#include "chain/program/entity.hpp"
#include "chain/program/pass_rules.hpp"
#include "chain/program/processors.hpp"

namespace dz::program {

using ledger::AccessPass;
using ledger::AccessPassStatus;
using ledger::GlobalState;
using ledger::ProgramError;
using ledger::Tenant;

namespace {

constexpr auto kAuthority = {PermissionFlag::AccessPassAdmin};

struct PassAccounts {
    AccountRef pass, state, user_payer;
    /// Both or neither; the zero key stands for no tenant on one side.
    std::optional<AccountRef> tenant_remove, tenant_add;
};

Outcome read_pass_accounts(Invocation& in, PassAccounts& accounts) {
    TRY_OK(in.read(accounts.pass, accounts.state, accounts.user_payer));
    if (in.account_count() >= 7) {
        TRY_OK(in.read(accounts.tenant_remove.emplace(), accounts.tenant_add.emplace()));
    }
    return in.read_payer();
}

/// The tenant in `account`; nullopt when there is none.
Expected<std::optional<Tenant>> load_tenant(Invocation& in, const std::optional<AccountRef>& account) {
    if (!account || account->key().is_zero()) return std::nullopt;
    TRY(auto tenant, in.load<Tenant>(*account, "tenant"));
    return std::optional(std::move(tenant));
}

Outcome check_terms(Invocation& in, const ix::SetAccessPass& args) {
    const auto* validator = std::get_if<ledger::access::SolanaValidator>(&args.accesspass_type);
    if (validator != nullptr && validator->key.is_zero()) return reject(ProgramError::InvalidSolanaPubkey);
    // 0 withdraws unicast access, so it is no mistake.
    if (args.last_access_epoch > 0 && args.last_access_epoch < in.now().epoch) {
        return reject(ProgramError::InvalidLastAccessEpoch);
    }
    return {};
}

void set_multiple_ip(AccessPass& pass, bool allowed) {
    pass.flags = static_cast<std::uint8_t>((pass.flags & ~AccessPass::kAllowMultipleIp) |
                                           (allowed ? AccessPass::kAllowMultipleIp : 0));
}

AccessPass new_pass(Invocation& in, const ix::SetAccessPass& args, const PassAccounts& accounts) {
    const PublicKey& user_payer = accounts.user_payer.key();
    AccessPass pass;
    pass.owner = in.payer().key();
    pass.bump = in.addresses().access_pass(args.client_ip, user_payer).bump;
    pass.client_ip = args.client_ip;
    pass.user_payer = user_payer;
    if (accounts.tenant_add) pass.tenant_allowlist = {accounts.tenant_add->key()};
    return pass;
}

void change_tenant_list(AccessPass& pass, const PassAccounts& accounts) {
    if (accounts.tenant_remove) std::erase(pass.tenant_allowlist, accounts.tenant_remove->key());
    if (!accounts.tenant_add) return;
    const PublicKey& added = accounts.tenant_add->key();
    if (!added.is_zero() && !contains(pass.tenant_allowlist, added)) pass.tenant_allowlist.push_back(added);
}

void set_terms(const Invocation& in, AccessPass& pass, const ix::SetAccessPass& args) {
    const bool keeps_seats =
        is_edge_seat(pass) && std::holds_alternative<ledger::access::EdgeSeat>(args.accesspass_type);
    if (!keeps_seats) pass.accesspass_type = args.accesspass_type;
    pass.last_access_epoch = args.last_access_epoch;
    pass.max_unicast_users = args.max_unicast_users;
    pass.max_multicast_users = args.max_multicast_users;
    // The later form of March 2026 writes the whole byte: its lower bit says that the pass binds itself.
    if (in.deployment().dialect == ledger::Dialect::Blocks) {
        pass.flags = args.client_ip.is_unspecified() ? AccessPass::kLocked : std::uint8_t{0};
    }
    set_multiple_ip(pass, args.allow_multiple_ip);
}

/// Reference counts of both tenants, each changed by its administrator only.
Outcome move_tenants(Invocation& in, const PassAccounts& accounts, bool privileged,
                     std::optional<Tenant>& removed, std::optional<Tenant>& added) {
    const PublicKey& payer = in.payer().key();
    if (removed) {
        if (!privileged && !contains(removed->administrators, payer)) return reject(ProgramError::NotAllowed);
        release(removed->reference_count);
        TRY_OK(in.write(*accounts.tenant_remove, *removed));
    }
    if (added) {
        if (!contains(added->administrators, payer)) return reject(ProgramError::Unauthorized);
        TRY_OK(acquire(added->reference_count));
        TRY_OK(in.write(*accounts.tenant_add, *added));
    }
    return {};
}

/// Pass, state, payer: for an existing pass and somebody who may change it.
struct OpenPass {
    AccountRef account;
    GlobalState state;
    AccessPass pass;
};
Expected<OpenPass> open_pass(Invocation& in) {
    OpenPass open;
    AccountRef state_account;
    TRY_OK(in.read(open.account, state_account));
    TRY_OK(in.read_payer());
    if (open.account.is_empty()) return reject(ProgramError::AccessPassNotFound);
    TRY(open.state, in.global_state(state_account));
    TRY_OK(in.expect_ours(open.account, "access pass"));
    TRY_OK(in.authorize(open.state, kAuthority));
    if (ledger::account_type(open.account.data()) != ledger::AccountType::AccessPass) {
        return reject(ProgramError::InvalidAccountType);
    }
    TRY(open.pass, in.parse<AccessPass>(open.account, "access pass"));
    return open;
}

}  // namespace

Outcome process(Invocation& in, const ix::SetAccessPass& args) {
    PassAccounts accounts;
    TRY_OK(read_pass_accounts(in, accounts));
    if (std::holds_alternative<ledger::access::Unknown>(args.accesspass_type))
        return panic("unknown pass type");
    const PublicKey& user_payer = accounts.user_payer.key();
    TRY_OK(
        in.expect_key(accounts.pass, in.addresses().access_pass(args.client_ip, user_payer), "access pass"));
    TRY(const GlobalState state, in.global_state(accounts.state));
    TRY(auto removed, load_tenant(in, accounts.tenant_remove));
    TRY(auto added, load_tenant(in, accounts.tenant_add));
    TRY(const bool privileged, in.permits(state, kAuthority));
    const bool administrates = added && contains(added->administrators, in.payer().key());
    if (!privileged && !administrates) return reject(ProgramError::NotAllowed);
    TRY_OK(check_terms(in, args));

    const bool fresh = accounts.pass.state().owner == ledger::kSystemProgram;
    AccessPass pass;
    if (fresh) {
        pass = new_pass(in, args, accounts);
    } else {
        TRY(pass, in.load<AccessPass>(accounts.pass, "access pass"));
        TRY_OK(expect_own_pass(in, state, pass));
        change_tenant_list(pass, accounts);
    }
    set_terms(in, pass, args);
    TRY_OK(fresh ? in.create(accounts.pass, pass) : in.write(accounts.pass, pass));
    TRY_OK(move_tenants(in, accounts, privileged, removed, added));
    return top_up_user_payer(in, state, pass, accounts.user_payer);
}

Outcome process(Invocation& in, const ix::CloseAccessPass&) {
    TRY(const OpenPass open, open_pass(in));
    TRY_OK(expect_own_pass(in, open.state, open.pass));
    if (open.pass.connection_count != 0) return reject(ProgramError::AccessPassInUse);
    return in.close(open.account, in.payer());
}

Outcome process(Invocation& in, const ix::CheckStatusAccessPass&) {
    return update_entity<AccessPass>(
        in, {PermissionFlag::Activator, PermissionFlag::UserAdmin}, [](AccessPass& pass) -> Outcome {
            pass.status =
                pass.connection_count > 0 ? AccessPassStatus::Connected : AccessPassStatus::Requested;
            return {};
        });
}

Outcome process(Invocation& in, const ix::SetAccessPassFlags& args) {
    TRY(OpenPass open, open_pass(in));
    if (!args.allow_multiple_ip && !args.dzf_locked)
        return reject(ProgramError::InvalidArgument, "no flag given");
    TRY_OK(expect_own_pass(in, open.state, open.pass));
    if (args.allow_multiple_ip) set_multiple_ip(open.pass, *args.allow_multiple_ip);
    if (args.dzf_locked) {
        open.pass.flags = static_cast<std::uint8_t>((open.pass.flags & ~AccessPass::kLocked) |
                                                    (*args.dzf_locked ? AccessPass::kLocked : 0));
    }
    return in.write(open.account, open.pass);
}

}  // namespace dz::program
