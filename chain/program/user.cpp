// Everything on users but their creation (user_create.cpp) and BGP status (bgp_status.cpp).
#include <algorithm>

#include "chain/program/entity.hpp"
#include "chain/program/pass_rules.hpp"
#include "chain/program/processors.hpp"
#include "chain/program/resources.hpp"

namespace dz::program {

using ledger::AccessPass;
using ledger::AccessPassStatus;
using ledger::BuiltinError;
using ledger::Device;
using ledger::ProgramError;
using ledger::Tenant;
using ledger::User;
using ledger::UserStatus;
using ledger::UserType;

namespace {

struct DeletionAccounts {
    AccountRef user, pass, state, device;
    UserResources resources;
    std::optional<AccountRef> tenant;
    AccountRef owner;
};

/// The tenant stands in the list exactly when the user has one, so the user is read on the way.
Expected<User> read_deletion_accounts(Invocation& in, const ix::DeleteUser& args,
                                      DeletionAccounts& accounts) {
    TRY_OK(in.read(accounts.user, accounts.pass, accounts.state, accounts.device));
    TRY_OK(read_user_resources(in, args.multicast_publisher_count > 0, args.dz_prefix_count,
                               accounts.resources));
    if (accounts.pass.is_empty()) return reject(ProgramError::AccessPassNotFound);
    TRY(const auto user, in.load<User>(accounts.user, "user"));
    if (!user.tenant_pk.is_zero()) TRY_OK(in.read(accounts.tenant.emplace()));
    TRY_OK(in.read(accounts.owner));
    TRY_OK(in.read_payer());
    return user;
}

/// Steps 3 to 7 of ledger-processors.md 9.4.
Expected<AccessPass> check_deletion(Invocation& in, const DeletionAccounts& accounts, const User& user) {
    TRY(const auto state, in.global_state(accounts.state));
    if (!in.payer_is(user.owner)) TRY_OK(in.authorize(state, {PermissionFlag::UserAdmin}));
    TRY_OK(expect_pass_address(in, accounts.pass, user.client_ip, user.owner));
    TRY(auto pass, in.load<AccessPass>(accounts.pass, "access pass"));
    TRY_OK(expect_pass_fits(pass, user.client_ip, user.owner));
    if (!user.publishers.empty() || !user.subscribers.empty())
        return reject(ProgramError::ReferenceCountNotZero);
    if (accounts.device.key() != user.device_pk || accounts.owner.key() != user.owner) {
        return reject(BuiltinError::InvalidAccountData, "not the user's device or owner");
    }
    if (accounts.tenant && accounts.tenant->key() != user.tenant_pk) {
        return reject(BuiltinError::InvalidAccountData, "not the user's tenant");
    }
    return pass;
}

void leave_pass(AccessPass& pass, const User& user) {
    release(pass.connection_count);
    uncount_edge_seat_user(pass, user.user_type == UserType::Multicast);
    for (const PublicKey& feed : user.feed_pks) give_back_feed_seat(pass, feed);
    pass.status = pass.connection_count > 0 ? AccessPassStatus::Connected : AccessPassStatus::Disconnected;
    if (pass.connection_count == 0 && pass.allow_multiple_ip()) pass.client_ip = Ipv4{};
}

void leave_device(Device& device, const User& user) {
    release(device.reference_count);
    release(device.users_count);
    if (user.user_type != UserType::Multicast) {
        release(device.unicast_users_count);
    } else {
        release(user.created_as_publisher() ? device.multicast_publishers_count
                                            : device.multicast_subscribers_count);
    }
}

/// User, state, allocators and what stands before the payer: for updates and bans.
struct ChangeAccounts {
    AccountRef user, state;
    UserResources resources;
    std::vector<AccountRef> tenants;
};

Expected<User> read_change(Invocation& in, std::uint8_t prefix_count, std::uint8_t publisher_count,
                           ChangeAccounts& accounts) {
    if (prefix_count == 0) return reject(ProgramError::InvalidArgument, "no prefix allocators");
    TRY_OK(in.read(accounts.user, accounts.state));
    TRY_OK(read_user_resources(in, publisher_count > 0, prefix_count, accounts.resources));
    TRY_OK(in.read_until_payer(accounts.tenants));
    TRY(const auto state, in.global_state(accounts.state));
    TRY_OK(in.expect_ours(accounts.user, "user"));
    TRY_OK(in.authorize(state, {PermissionFlag::UserAdmin}));
    return in.load<User>(accounts.user, "user");
}

/// A particular address from wherever it may come from.
Outcome take_dz_ip(UserAllocators& allocators, Ipv4 address) {
    const Prefix wanted = host_prefix(address);
    if (allocators.publisher_block && allocators.publisher_block->take(wanted)) return {};
    for (Allocator& prefix : allocators.prefixes) {
        if (prefix.take(wanted)) return {};
    }
    return reject(ProgramError::AllocationFailed, "the address is not free");
}

Outcome change_numbers(UserAllocators& allocators, const ix::UpdateUser& args, User& user) {
    if (args.tunnel_id) {
        allocators.tunnel_ids.give_back(user.tunnel_id);
        TRY_OK(allocators.tunnel_ids.take(*args.tunnel_id));
        user.tunnel_id = *args.tunnel_id;
    }
    if (args.tunnel_net) {
        allocators.tunnel_block.give_back(user.tunnel_net);
        TRY_OK(allocators.tunnel_block.take(*args.tunnel_net));
        user.tunnel_net = *args.tunnel_net;
    }
    if (args.dz_ip) {
        allocators.give_back_dz_ip(user);
        if (!args.dz_ip->is_unspecified() && *args.dz_ip != user.client_ip) {
            TRY_OK(take_dz_ip(allocators, *args.dz_ip));
        }
        user.dz_ip = *args.dz_ip;
    }
    return {};
}

Outcome move_tenant_reference(Invocation& in, const AccountRef& account, const PublicKey& expected,
                              bool adds) {
    if (account.key() != expected) return reject(ProgramError::InvalidTenantPubkey);
    if (expected.is_zero()) return {};
    TRY(auto tenant, in.load<Tenant>(account, "tenant"));
    if (adds) {
        TRY_OK(acquire(tenant.reference_count));
    } else {
        release(tenant.reference_count);
    }
    return in.write(account, tenant);
}

Outcome change_tenant(Invocation& in, const std::vector<AccountRef>& tenants, const PublicKey& wanted,
                      User& user) {
    if (wanted == user.tenant_pk) return {};
    if (tenants.empty()) return reject(ProgramError::InvalidArgument, "tenant accounts missing");
    TRY_OK(move_tenant_reference(in, tenants[0], user.tenant_pk, false));
    TRY_OK(move_tenant_reference(in, tenants[1], wanted, true));
    user.tenant_pk = wanted;
    return {};
}

}  // namespace

Outcome process(Invocation& in, const ix::DeleteUser& args) {
    if (args.dz_prefix_count == 0) return reject(ProgramError::InvalidArgument, "no prefix allocators");
    DeletionAccounts accounts;
    TRY(const User user, read_deletion_accounts(in, args, accounts));
    TRY(auto pass, check_deletion(in, accounts, user));
    TRY(auto device, in.load<Device>(accounts.device, "device"));
    TRY(auto allocators, UserAllocators::open(in, accounts.resources, user.device_pk));

    leave_pass(pass, user);
    leave_device(device, user);
    allocators.give_back(user);
    TRY_OK(in.write(accounts.pass, pass));
    TRY_OK(in.write(accounts.device, device));
    if (accounts.tenant) TRY_OK(move_tenant_reference(in, *accounts.tenant, user.tenant_pk, false));
    return in.close(accounts.user, accounts.owner);
}

Outcome process(Invocation& in, const ix::RequestBanUser& args) {
    ChangeAccounts accounts;
    TRY(User user, read_change(in, args.dz_prefix_count, args.multicast_publisher_count, accounts));
    if (user.status != UserStatus::Activated && user.status != UserStatus::Suspended) {
        return reject(ProgramError::InvalidStatus);
    }
    if (!user.publishers.empty() || !user.subscribers.empty())
        return reject(ProgramError::ReferenceCountNotZero);
    TRY(auto allocators, UserAllocators::open(in, accounts.resources, user.device_pk));
    allocators.give_back(user);
    user.tunnel_net = {};
    user.tunnel_id = 0;
    user.dz_ip = {};
    user.status = UserStatus::Banned;
    return in.write(accounts.user, user);
}

Outcome process(Invocation& in, const ix::UpdateUser& args) {
    ChangeAccounts accounts;
    TRY(User user, read_change(in, args.dz_prefix_count, args.multicast_publisher_count, accounts));
    if (!accounts.tenants.empty() && accounts.tenants.size() != 2) {
        return reject(ProgramError::InvalidArgument, "one tenant account");
    }
    TRY(auto allocators, UserAllocators::open(in, accounts.resources, user.device_pk));
    TRY_OK(change_numbers(allocators, args, user));
    set_if(user.user_type, args.user_type);
    set_if(user.cyoa_type, args.cyoa_type);
    set_if(user.validator_pubkey, args.validator_pubkey);
    set_if(user.tunnel_endpoint, args.tunnel_endpoint);
    if (args.tenant_pk) TRY_OK(change_tenant(in, accounts.tenants, *args.tenant_pk, user));
    return in.write(accounts.user, user);
}

Outcome process(Invocation& in, const ix::CheckUserAccessPass&) {
    AccountRef user_account, pass_account, state_account;
    TRY_OK(in.read(user_account, pass_account, state_account));
    TRY_OK(in.read_payer());
    TRY(const auto state, in.global_state(state_account));
    TRY_OK(in.authorize(state, {PermissionFlag::Activator}));
    TRY(auto user, in.load<User>(user_account, "user"));
    TRY_OK(
        in.expect_key(pass_account, in.addresses().access_pass(user.client_ip, user.owner), "access pass"));
    TRY(auto pass, in.load<AccessPass>(pass_account, "access pass"));
    pass.status = pass.connection_count > 0 ? AccessPassStatus::Connected : AccessPassStatus::Disconnected;
    if (user.status != UserStatus::Activated && user.status != UserStatus::OutOfCredits) {
        return reject(ProgramError::InvalidStatus);
    }
    user.status = UserStatus::Activated;
    TRY_OK(in.write(pass_account, pass));
    return in.write(user_account, user);
}

Outcome process(Invocation& in, const ix::Migrate&) {
    AccountRef old_account, new_account;
    TRY_OK(in.read(old_account, new_account));
    TRY_OK(in.read_payer());
    TRY_OK(in.expect_ours(old_account, "user"));
    if (ledger::account_type(old_account.data()) != ledger::AccountType::User) {
        return reject(ProgramError::InvalidAccountType);
    }
    TRY(auto user, in.parse<User>(old_account, "user"));
    TRY_OK(in.expect_key(old_account, in.addresses().user_by_index(user.index), "old user"));
    const ledger::Address address = in.addresses().user(user.client_ip, user.user_type);
    TRY_OK(expect_new(in, new_account, address, "new user"));
    user.index = 0;
    user.bump = address.bump;
    TRY_OK(in.create(new_account, user));
    return in.close(old_account, in.payer());
}

}  // namespace dz::program
