// UpdateMulticastGroupRoles: an existing user joins and leaves a group.
#include <algorithm>

#include "chain/program/entity.hpp"
#include "chain/program/pass_rules.hpp"
#include "chain/program/processors.hpp"
#include "chain/program/resources.hpp"

namespace dz::program {

using ledger::AccessPass;
using ledger::MulticastGroup;
using ledger::ProgramError;
using ledger::User;

namespace {

struct RolesAccounts {
    AccountRef group, pass, user, state, publisher_block;
};

/// The pass's holder and the foundation may do both; administrators of users may remove, of passes grant.
Outcome check_caller(Invocation& in, const ledger::GlobalState& state, const AccessPass& pass, bool grants) {
    if (in.payer_is(pass.user_payer) || is_foundation(state, in.payer().key())) return {};
    TRY(const bool allowed,
        in.permits(state, {grants ? PermissionFlag::AccessPassAdmin : PermissionFlag::UserAdmin}));
    if (allowed) return {};
    return reject(grants ? ProgramError::Unauthorized : ProgramError::NotAllowed);
}

/// Brings the group's presence in `list` in line with `wanted` and counts it.
Outcome set_role(std::vector<PublicKey>& list, const PublicKey& group, bool wanted, std::uint32_t& count) {
    const bool held = contains(list, group);
    if (wanted && !held) {
        list.push_back(group);
        return acquire(count);
    }
    if (!wanted && held) {
        std::erase(list, group);
        release(count);
    }
    return {};
}

/// A publisher sends from an address of the publisher block, everybody else from the client address.
Outcome follow_publishing(Invocation& in, const AccountRef& block_account, bool published, User& user) {
    const bool publishes = !user.publishers.empty();
    if (publishes == published) return {};
    TRY(auto block,
        open_allocator(in, block_account, in.deployment().multicast_publisher_block, "publisher block"));
    if (!publishes) {
        block.give_back(host_prefix(user.dz_ip));
        user.dz_ip = user.client_ip;
    } else if (user.dz_ip.is_unspecified() || user.dz_ip == user.client_ip) {
        TRY(user.dz_ip, block.take_address());
    }
    return {};
}

}  // namespace

Outcome process(Invocation& in, const ix::UpdateMulticastGroupRoles& args) {
    RolesAccounts accounts;
    TRY_OK(in.read(accounts.group, accounts.pass, accounts.user, accounts.state, accounts.publisher_block));
    TRY_OK(in.read_payer());
    if (!args.use_onchain_allocation) return reject(ProgramError::InvalidArgument);
    if (accounts.pass.is_empty()) return reject(ProgramError::AccessPassNotFound);
    TRY(const auto state, in.global_state(accounts.state));
    TRY(auto user, in.load<User>(accounts.user, "user"));
    const bool grants = args.publisher || args.subscriber;
    if (grants && user.status != ledger::UserStatus::Activated) return reject(ProgramError::InvalidStatus);
    TRY_OK(expect_pass_address(in, accounts.pass, user.client_ip, user.owner));
    TRY(const auto pass, in.load<AccessPass>(accounts.pass, "access pass"));
    TRY_OK(check_caller(in, state, pass, grants));
    const PublicKey& key = accounts.group.key();
    if ((args.publisher && !contains(pass.mgroup_pub_allowlist, key)) ||
        (args.subscriber && !contains(pass.mgroup_sub_allowlist, key))) {
        return reject(ProgramError::NotAllowed, "the group is not in the pass's list");
    }
    TRY(auto group, in.load<MulticastGroup>(accounts.group, "multicast group"));
    if (group.status != ledger::MulticastGroupStatus::Activated) return reject(ProgramError::InvalidStatus);

    const bool published = !user.publishers.empty();
    TRY_OK(set_role(user.publishers, key, args.publisher, group.publisher_count));
    TRY_OK(set_role(user.subscribers, key, args.subscriber, group.subscriber_count));
    TRY_OK(follow_publishing(in, accounts.publisher_block, published, user));
    TRY_OK(in.write(accounts.group, group));
    return in.write(accounts.user, user);
}

}  // namespace dz::program
