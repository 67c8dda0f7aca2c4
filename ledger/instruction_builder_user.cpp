// Users, access passes, multicast groups and feeds (ledger-instructions.md 4.5 to 4.7).
#include "ledger/instruction_builder.hpp"

namespace dz::ledger {

TransactionInstruction InstructionBuilder::make(const ix::CreateUser& args,
                                                const CreateUserAccounts& accounts) const {
    std::vector<AccountMeta> list = {writable(addresses_.user(args.client_ip, args.user_type)),
                                     writable(accounts.device),
                                     writable(accounts.access_pass),
                                     writable(addresses_.global_state()),
                                     writable(addresses_.user_tunnel_block()),
                                     writable(addresses_.multicast_publisher_block()),
                                     writable(addresses_.tunnel_ids(accounts.device))};
    add_prefixes(list, accounts.device, args.dz_prefix_count);
    if (accounts.tenant) list.push_back(writable(*accounts.tenant));
    return with_accounts(args, std::move(list));
}

TransactionInstruction InstructionBuilder::make(const ix::CreateSubscribeUser& args,
                                                const CreateSubscribeUserAccounts& accounts) const {
    std::vector<AccountMeta> list = {writable(addresses_.user(args.client_ip, args.user_type)),
                                     writable(accounts.device),
                                     writable(accounts.multicast_group),
                                     writable(accounts.access_pass),
                                     writable(addresses_.global_state()),
                                     writable(addresses_.user_tunnel_block()),
                                     writable(addresses_.multicast_publisher_block()),
                                     writable(addresses_.tunnel_ids(accounts.device))};
    add_prefixes(list, accounts.device, args.dz_prefix_count);
    if (accounts.feed) list.push_back(read_only(*accounts.feed));
    return with_accounts(args, std::move(list));
}

TransactionInstruction InstructionBuilder::make(const ix::UpdateUser& args,
                                                const UpdateUserAccounts& accounts) const {
    std::vector<AccountMeta> list = {writable(accounts.user), writable(addresses_.global_state()),
                                     writable(addresses_.user_tunnel_block())};
    if (args.multicast_publisher_count > 0) list.push_back(writable(addresses_.multicast_publisher_block()));
    list.push_back(writable(addresses_.tunnel_ids(accounts.device)));
    add_prefixes(list, accounts.device, args.dz_prefix_count);
    if (accounts.tenant_old && accounts.tenant_new) {
        const PublicKey& old = *accounts.tenant_old;
        list.push_back(old.is_zero() ? read_only(old) : writable(old));
        list.push_back(writable(*accounts.tenant_new));
    }
    return with_accounts(args, std::move(list));
}

TransactionInstruction InstructionBuilder::make(const ix::DeleteUser& args,
                                                const DeleteUserAccounts& accounts) const {
    std::vector<AccountMeta> list = {writable(accounts.user), writable(accounts.access_pass),
                                     writable(addresses_.global_state()), writable(accounts.device),
                                     writable(addresses_.user_tunnel_block())};
    if (args.multicast_publisher_count > 0) list.push_back(writable(addresses_.multicast_publisher_block()));
    list.push_back(writable(addresses_.tunnel_ids(accounts.device)));
    add_prefixes(list, accounts.device, args.dz_prefix_count);
    if (accounts.tenant) list.push_back(writable(*accounts.tenant));
    list.push_back(writable(accounts.owner));
    return with_accounts(args, std::move(list));
}

TransactionInstruction InstructionBuilder::make(const ix::RequestBanUser& args,
                                                const UserAccounts& accounts) const {
    std::vector<AccountMeta> list = {writable(accounts.user), writable(addresses_.global_state()),
                                     writable(addresses_.user_tunnel_block())};
    if (args.multicast_publisher_count > 0) list.push_back(writable(addresses_.multicast_publisher_block()));
    list.push_back(writable(addresses_.tunnel_ids(accounts.device)));
    add_prefixes(list, accounts.device, args.dz_prefix_count);
    return with_accounts(args, std::move(list));
}

TransactionInstruction InstructionBuilder::make(const ix::CheckUserAccessPass& args, const PublicKey& user,
                                                const PublicKey& access_pass) const {
    return with_accounts(args, {writable(user), writable(access_pass), writable(addresses_.global_state())});
}

TransactionInstruction InstructionBuilder::make(const ix::SetUserBgpStatus& args,
                                                const UserAccounts& accounts) const {
    return with_accounts(args, {writable(accounts.user), read_only(accounts.device)});
}

TransactionInstruction InstructionBuilder::make(const ix::SetAccessPass& args,
                                                const SetAccessPassAccounts& accounts) const {
    std::vector<AccountMeta> list = {writable(addresses_.access_pass(args.client_ip, accounts.user_payer)),
                                     read_only(addresses_.global_state()), writable(accounts.user_payer)};
    if (accounts.tenant_remove && accounts.tenant_add) {
        list.push_back(writable(*accounts.tenant_remove));
        list.push_back(writable(*accounts.tenant_add));
    }
    return with_accounts(args, std::move(list));
}

TransactionInstruction InstructionBuilder::make(const ix::SetAccessPassFeeds& args,
                                                std::span<const PublicKey> feeds) const {
    std::vector<AccountMeta> list = {writable(addresses_.access_pass(args.client_ip, args.user_payer)),
                                     read_only(addresses_.global_state())};
    for (const PublicKey& feed : feeds) list.push_back(read_only(feed));
    return with_accounts(args, std::move(list));
}

TransactionInstruction InstructionBuilder::make(const ix::CreateMulticastGroup& args, u128 index) const {
    return with_accounts(args,
                         {writable(addresses_.multicast_group(index)), writable(addresses_.global_state()),
                          writable(addresses_.multicast_group_block())});
}

TransactionInstruction InstructionBuilder::make(const ix::UpdateMulticastGroup& args,
                                                const PublicKey& group) const {
    std::vector<AccountMeta> list = {writable(group), writable(addresses_.global_state())};
    if (args.use_onchain_allocation) list.push_back(writable(addresses_.multicast_group_block()));
    return with_accounts(args, std::move(list));
}

TransactionInstruction InstructionBuilder::make(const ix::DeleteMulticastGroup& args,
                                                const OwnedAccounts& group) const {
    return with_accounts(args, {writable(group.account), writable(addresses_.global_state()),
                                writable(addresses_.multicast_group_block()), writable(group.owner)});
}

namespace {

std::vector<AccountMeta> allowlist(const AllowlistAccounts& accounts, const PublicKey& global_state,
                                   bool adding) {
    std::vector<AccountMeta> list = {writable(accounts.multicast_group), writable(accounts.access_pass),
                                     writable(global_state)};
    if (adding && accounts.user_payer) list.push_back(writable(*accounts.user_payer));
    return list;
}

}  // namespace

TransactionInstruction InstructionBuilder::make(const ix::AddMulticastGroupPubAllowlist& args,
                                                const AllowlistAccounts& accounts) const {
    return with_accounts(args, allowlist(accounts, addresses_.global_state(), true));
}

TransactionInstruction InstructionBuilder::make(const ix::AddMulticastGroupSubAllowlist& args,
                                                const AllowlistAccounts& accounts) const {
    return with_accounts(args, allowlist(accounts, addresses_.global_state(), true));
}

TransactionInstruction InstructionBuilder::make(const ix::RemoveMulticastGroupPubAllowlist& args,
                                                const AllowlistAccounts& accounts) const {
    return with_accounts(args, allowlist(accounts, addresses_.global_state(), false));
}

TransactionInstruction InstructionBuilder::make(const ix::RemoveMulticastGroupSubAllowlist& args,
                                                const AllowlistAccounts& accounts) const {
    return with_accounts(args, allowlist(accounts, addresses_.global_state(), false));
}

TransactionInstruction InstructionBuilder::make(const ix::UpdateMulticastGroupRoles& args,
                                                const RolesAccounts& accounts) const {
    return with_accounts(
        args, {writable(accounts.multicast_group), writable(accounts.access_pass), writable(accounts.user),
               writable(addresses_.global_state()), writable(addresses_.multicast_publisher_block())});
}

TransactionInstruction InstructionBuilder::make(const ix::SubscribeFeed& args,
                                                const FeedSubscriptionAccounts& accounts) const {
    std::vector<AccountMeta> list = {writable(accounts.access_pass), writable(accounts.user),
                                     writable(addresses_.global_state()), read_only(accounts.device)};
    for (const PublicKey& feed : accounts.feeds) list.push_back(read_only(feed));
    for (const PublicKey& group : accounts.groups) list.push_back(writable(group));
    return with_accounts(args, std::move(list));
}

TransactionInstruction InstructionBuilder::make(const ix::UnsubscribeFeed& args,
                                                const FeedSubscriptionAccounts& accounts) const {
    std::vector<AccountMeta> list = {writable(accounts.access_pass), writable(accounts.user),
                                     writable(addresses_.global_state()), read_only(accounts.device)};
    for (const PublicKey& feed : accounts.feeds) list.push_back(read_only(feed));
    for (const PublicKey& feed : accounts.retained_feeds) list.push_back(read_only(feed));
    for (const PublicKey& group : accounts.groups) list.push_back(writable(group));
    return with_accounts(args, std::move(list));
}

}  // namespace dz::ledger
