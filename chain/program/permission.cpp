// Permission accounts: what single keys may do.
#include "chain/program/entity.hpp"
#include "chain/program/pass_rules.hpp"
#include "chain/program/processors.hpp"

namespace dz::program {

using ledger::BuiltinError;
using ledger::Permission;
using ledger::PermissionStatus;
using ledger::ProgramError;

namespace {

constexpr auto kAuthority = {PermissionFlag::PermissionAdmin};
constexpr u128 kKnownFlags = (permission_bit(PermissionFlag::IndexAdmin) << 1) - 1;

bool has_known_flag(u128 permissions) {
    return (permissions & kKnownFlags) != 0;
}

bool has_foundation_flag(u128 permissions) {
    return (permissions & permission_bit(PermissionFlag::Foundation)) != 0;
}

/// Only the foundation makes more of its kind.
Outcome check_grant(Invocation& in, const ledger::GlobalState& state, u128 granted) {
    if (!has_foundation_flag(granted)) return {};
    if (is_foundation(state, in.payer().key())) return {};
    TRY_OK(in.authorize(state, {PermissionFlag::Foundation}));
    return {};
}

Outcome expect_other(Invocation& in, const Permission& permission) {
    if (in.payer_is(permission.user_payer))
        return reject(ProgramError::InvalidArgument, "one's own permission");
    return {};
}

}  // namespace

Outcome process(Invocation& in, const ix::CreatePermission& args) {
    AccountRef account, state_account;
    TRY_OK(in.read(account, state_account));
    TRY_OK(in.read_payer());
    TRY(const auto state, in.global_state(state_account));
    const ledger::Address address = in.addresses().permission(args.user_payer);
    if (account.key() != address.key) return reject(BuiltinError::InvalidArgument, "permission address");
    if (!account.is_empty()) return reject(BuiltinError::AccountAlreadyInitialized);
    TRY_OK(in.authorize(state, kAuthority));
    TRY_OK(check_grant(in, state, args.permissions));
    if (!has_known_flag(args.permissions))
        return reject(ProgramError::InvalidArgument, "no known permission");
    return in.create(account, Permission{in.payer().key(), address.bump, PermissionStatus::Activated,
                                         args.user_payer, args.permissions});
}

Outcome process(Invocation& in, const ix::UpdatePermission& args) {
    AccountRef account, state_account;
    TRY_OK(in.read(account, state_account));
    TRY_OK(in.read_payer());
    TRY(const auto state, in.global_state(state_account));
    TRY_OK(in.expect_ours(account, "permission"));
    TRY_OK(in.authorize(state, kAuthority));
    TRY(auto permission, in.load<Permission>(account, "permission"));
    TRY_OK(expect_other(in, permission));
    if ((args.add & args.remove) != 0 || (args.add == 0 && args.remove == 0)) {
        return reject(ProgramError::InvalidArgument, "nothing to change, or both ways");
    }
    TRY_OK(check_grant(in, state, args.add));
    permission.permissions = (permission.permissions | args.add) & ~args.remove;
    if (!has_known_flag(permission.permissions)) return reject(ProgramError::InvalidArgument, "nothing left");
    return in.write(account, permission);
}

Outcome process(Invocation& in, const ix::SuspendPermission&) {
    return update_entity<Permission>(in, kAuthority, [&](Permission& permission) -> Outcome {
        TRY_OK(expect_other(in, permission));
        return change_status(permission.status, PermissionStatus::Activated, PermissionStatus::Suspended);
    });
}

Outcome process(Invocation& in, const ix::ResumePermission&) {
    return update_entity<Permission>(in, kAuthority, [](Permission& permission) {
        return change_status(permission.status, PermissionStatus::Suspended, PermissionStatus::Activated);
    });
}

Outcome process(Invocation& in, const ix::DeletePermission&) {
    return delete_entity<Permission>(
        in, kAuthority, [&](const Permission& permission) { return expect_other(in, permission); });
}

}  // namespace dz::program
