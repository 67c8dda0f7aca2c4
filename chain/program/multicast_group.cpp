#include "chain/program/entity.hpp"
#include "chain/program/processors.hpp"
#include "chain/program/resources.hpp"
#include "chain/program/text_rules.hpp"

namespace dz::program {

using ledger::BuiltinError;
using ledger::MulticastGroup;
using ledger::MulticastGroupStatus;
using ledger::ProgramError;

namespace {

constexpr auto kAuthority = {PermissionFlag::MulticastAdmin};

Expected<Allocator> open_group_block(Invocation& in, const AccountRef& account) {
    return open_allocator(in, account, in.deployment().multicast_group_block, "multicast group block");
}

Outcome change_address(Invocation& in, const AccountRef& block_account, Ipv4 wanted, MulticastGroup& group) {
    TRY(auto block, open_group_block(in, block_account));
    block.give_back(host_prefix(group.multicast_ip));
    TRY_OK(block.take(host_prefix(wanted)));
    group.multicast_ip = wanted;
    return {};
}

}  // namespace

Outcome process(Invocation& in, const ix::CreateMulticastGroup& args) {
    AccountRef account, state_account, block_account;
    TRY_OK(in.read(account, state_account, block_account));
    TRY_OK(in.read_payer());
    if (!args.use_onchain_allocation) return reject(ProgramError::InvalidArgument);
    TRY_OK(check_code(args.code));
    TRY(auto state, in.global_state(state_account));
    const ledger::Address address = in.addresses().multicast_group(next_index(state));
    TRY_OK(in.expect_key(account, address, "multicast group"));
    TRY_OK(in.authorize(state, kAuthority));
    if (!account.is_empty()) return reject(BuiltinError::AccountAlreadyInitialized);
    TRY(auto block, open_group_block(in, block_account));

    MulticastGroup group;
    group.owner = args.owner;
    group.index = ++state.account_index;
    group.bump = address.bump;
    TRY(group.multicast_ip, block.take_address());
    group.max_bandwidth = args.max_bandwidth;
    group.code = args.code;
    TRY_OK(in.create(account, group));
    return in.write(state_account, state);
}

Outcome process(Invocation& in, const ix::UpdateMulticastGroup& args) {
    AccountRef account, state_account, block_account;
    TRY_OK(in.read(account, state_account));
    if (args.use_onchain_allocation) TRY_OK(in.read(block_account));
    TRY_OK(in.read_payer());
    if (args.multicast_ip && !args.use_onchain_allocation) return reject(ProgramError::InvalidArgument);
    TRY(const auto state, in.global_state(state_account));
    TRY_OK(in.authorize(state, kAuthority));
    TRY(auto group, in.load<MulticastGroup>(account, "multicast group"));
    if (args.code) {
        TRY_OK(check_code(*args.code));
        group.code = *args.code;
    }
    if (args.multicast_ip) TRY_OK(change_address(in, block_account, *args.multicast_ip, group));
    set_if(group.max_bandwidth, args.max_bandwidth);
    set_if(group.publisher_count, args.publisher_count);
    set_if(group.subscriber_count, args.subscriber_count);
    set_if(group.owner, args.owner);
    return in.write(account, group);
}

Outcome process(Invocation& in, const ix::SuspendMulticastGroup&) {
    return update_entity<MulticastGroup>(in, kAuthority, [](MulticastGroup& group) {
        return change_status(group.status, MulticastGroupStatus::Activated, MulticastGroupStatus::Suspended);
    });
}

Outcome process(Invocation& in, const ix::ReactivateMulticastGroup&) {
    return update_entity<MulticastGroup>(in, kAuthority, [](MulticastGroup& group) {
        return change_status(group.status, MulticastGroupStatus::Suspended, MulticastGroupStatus::Activated);
    });
}

Outcome process(Invocation& in, const ix::DeleteMulticastGroup& args) {
    AccountRef account, state_account, block_account, owner;
    TRY_OK(in.read(account, state_account, block_account, owner));
    TRY_OK(in.read_payer());
    if (!args.use_onchain_deallocation) return reject(ProgramError::InvalidArgument);
    TRY(const auto state, in.global_state(state_account));
    TRY_OK(in.authorize(state, kAuthority));
    TRY(const auto group, in.load<MulticastGroup>(account, "multicast group"));
    if (group.status == MulticastGroupStatus::Deleting) return reject(ProgramError::InvalidStatus);
    if (group.publisher_count != 0 || group.subscriber_count != 0) {
        return reject(ProgramError::MulticastGroupNotEmpty);
    }
    if (owner.key() != group.owner) return reject(BuiltinError::InvalidAccountData, "not the group's owner");
    TRY(auto block, open_group_block(in, block_account));
    block.give_back(host_prefix(group.multicast_ip));
    return in.close(account, owner);
}

}  // namespace dz::program
