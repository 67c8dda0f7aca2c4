// Who may publish to and subscribe to a multicast group: lists on the access pass.
#include <algorithm>

#include "chain/program/entity.hpp"
#include "chain/program/pass_rules.hpp"
#include "chain/program/processors.hpp"

namespace dz::program {

using ledger::AccessPass;
using ledger::GlobalState;
using ledger::MulticastGroup;
using ledger::ProgramError;

namespace {

/// The two lists of a pass, and who but the group's owner may change each.
struct List {
    std::vector<PublicKey> AccessPass::* keys;
    PermissionFlag authority;
};
constexpr List kPublishers{&AccessPass::mgroup_pub_allowlist, PermissionFlag::MulticastAdmin};
constexpr List kSubscribers{&AccessPass::mgroup_sub_allowlist, PermissionFlag::AccessPassAdmin};

struct ListAccounts {
    AccountRef group, pass, state;
    /// Nothing, or the user's own account, which is topped up.
    std::vector<AccountRef> user_payer;
};

Expected<GlobalState> open_list(Invocation& in, const List& list, ListAccounts& accounts) {
    TRY_OK(in.read(accounts.group, accounts.pass, accounts.state));
    TRY_OK(in.read_until_payer(accounts.user_payer));
    if (accounts.user_payer.size() > 1) return reject(ProgramError::InvalidArgument, "too many accounts");
    TRY(const auto state, in.global_state(accounts.state));
    TRY(const auto group, in.load<MulticastGroup>(accounts.group, "multicast group"));
    if (!in.payer_is(group.owner)) TRY_OK(in.authorize(state, {list.authority}));
    return state;
}

/// The existing pass, which must be the one that the arguments name.
Expected<AccessPass> load_named_pass(Invocation& in, const GlobalState& state, const AccountRef& account,
                                     Ipv4 client_ip, const PublicKey& user_payer) {
    TRY(auto pass, in.load<AccessPass>(account, "access pass"));
    const Ipv4 address_ip = pass.allow_multiple_ip() ? Ipv4{} : client_ip;
    const auto& addresses = in.addresses();
    if (account.key() != addresses.access_pass(client_ip, pass.user_payer).key) {
        TRY_OK(in.expect_key(account, addresses.access_pass(address_ip, pass.user_payer), "access pass"));
    }
    if (pass.client_ip != client_ip || pass.user_payer != user_payer) {
        return panic("the pass is for another address or payer");
    }
    TRY_OK(expect_own_pass(in, state, pass));
    return pass;
}

/// A pass that lets its holder into one group and nothing else.
AccessPass pass_for_group(Invocation& in, Ipv4 client_ip, const PublicKey& user_payer, std::uint8_t bump) {
    AccessPass pass;
    pass.owner = in.payer().key();
    pass.bump = bump;
    pass.client_ip = client_ip;
    pass.user_payer = user_payer;
    return pass;
}

Outcome add(Invocation& in, const List& list, Ipv4 client_ip, const PublicKey& user_payer) {
    ListAccounts accounts;
    TRY(const GlobalState state, open_list(in, list, accounts));
    const PublicKey& group = accounts.group.key();
    AccessPass pass;
    if (accounts.pass.is_empty()) {
        const ledger::Address address = in.addresses().access_pass(client_ip, user_payer);
        TRY_OK(in.expect_key(accounts.pass, address, "access pass"));
        pass = pass_for_group(in, client_ip, user_payer, address.bump);
        (pass.*list.keys).push_back(group);
        TRY_OK(in.create(accounts.pass, pass));
    } else {
        TRY(pass, load_named_pass(in, state, accounts.pass, client_ip, user_payer));
        if (!contains(pass.*list.keys, group)) (pass.*list.keys).push_back(group);
        TRY_OK(in.write(accounts.pass, pass));
    }
    if (accounts.user_payer.empty()) return {};
    TRY_OK(in.expect_key(accounts.user_payer[0], user_payer, "user payer"));
    return top_up_user_payer(in, state, pass, accounts.user_payer[0]);
}

Outcome remove(Invocation& in, const List& list, Ipv4 client_ip, const PublicKey& user_payer) {
    ListAccounts accounts;
    TRY_OK(in.read(accounts.group, accounts.pass, accounts.state));
    TRY_OK(in.read_payer());
    if (accounts.pass.is_empty()) return reject(ProgramError::AccessPassNotFound);
    TRY(const auto state, in.global_state(accounts.state));
    TRY(const auto group, in.load<MulticastGroup>(accounts.group, "multicast group"));
    if (!in.payer_is(group.owner)) TRY_OK(in.authorize(state, {list.authority}));
    TRY(auto pass, load_named_pass(in, state, accounts.pass, client_ip, user_payer));
    std::erase(pass.*list.keys, accounts.group.key());
    return in.write(accounts.pass, pass);
}

}  // namespace

Outcome process(Invocation& in, const ix::AddMulticastGroupPubAllowlist& args) {
    return add(in, kPublishers, args.client_ip, args.user_payer);
}

Outcome process(Invocation& in, const ix::AddMulticastGroupSubAllowlist& args) {
    return add(in, kSubscribers, args.client_ip, args.user_payer);
}

Outcome process(Invocation& in, const ix::RemoveMulticastGroupPubAllowlist& args) {
    return remove(in, kPublishers, args.client_ip, args.user_payer);
}

Outcome process(Invocation& in, const ix::RemoveMulticastGroupSubAllowlist& args) {
    return remove(in, kSubscribers, args.client_ip, args.user_payer);
}

}  // namespace dz::program
