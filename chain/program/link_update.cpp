// UpdateLink: what each of the two contributors, and what only an administrator may change.
#include <algorithm>
#include <set>

#include "chain/program/device_access.hpp"
#include "chain/program/entity.hpp"
#include "chain/program/interfaces.hpp"
#include "chain/program/links.hpp"
#include "chain/program/pass_rules.hpp"
#include "chain/program/processors.hpp"
#include "chain/program/resources.hpp"
#include "chain/program/text_rules.hpp"

namespace dz::program {

using ledger::Device;
using ledger::Interface;
using ledger::Link;
using ledger::ProgramError;
using ledger::Topology;

namespace {

struct UpdateAccounts {
    AccountRef link;
    DeviceAccess access;
    /// Set when the contributor of side Z asks.
    std::optional<AccountRef> side_z;
    /// When the network changes.
    LinkEnd tunnel_a, tunnel_z;
    AccountRef tunnel_block, link_ids;
    std::vector<AccountRef> topologies;
};

Outcome read_update_accounts(Invocation& in, const ix::UpdateLink& args, UpdateAccounts& accounts) {
    TRY_OK(in.read(accounts.link, accounts.access.contributor_account));
    // The global state's address tells whether side Z stands before it.
    if (in.peek() != nullptr && in.peek()->key() != in.deployment().global_state.key) {
        TRY_OK(in.read(accounts.side_z.emplace()));
    }
    TRY_OK(in.read(accounts.access.state_account));
    if (args.tunnel_net) TRY_OK(in.read(accounts.tunnel_a.account, accounts.tunnel_z.account));
    if (args.tunnel_net || args.tunnel_id) TRY_OK(in.read(accounts.tunnel_block, accounts.link_ids));
    return in.read_until_payer(accounts.topologies);
}

Outcome check_arguments(const ix::UpdateLink& args) {
    if ((args.tunnel_id || args.tunnel_net) && !args.use_onchain_allocation) {
        return reject(ProgramError::InvalidArgument);
    }
    if (!args.link_topologies) return {};
    const std::set<PublicKey> distinct(args.link_topologies->begin(), args.link_topologies->end());
    if (args.link_topologies->size() > ledger::kMaxLinkTopologies ||
        distinct.size() != args.link_topologies->size()) {
        return reject(ProgramError::InvalidArgument, "too many topologies, or one twice");
    }
    return {};
}

Outcome check_contributor(Invocation& in, const UpdateAccounts& accounts, const Link& link) {
    const PublicKey& contributor = accounts.access.contributor_account.key();
    if (!accounts.side_z) {
        if (link.contributor_pk != contributor) return reject(ProgramError::NotAllowed);
        return {};
    }
    if (link.side_z_pk != accounts.side_z->key()) return reject(ProgramError::InvalidAccountOwner);
    TRY(const auto side_z, in.load<Device>(*accounts.side_z, "side Z"));
    if (side_z.contributor_pk != contributor) return reject(ProgramError::NotAllowed);
    return {};
}

/// What contributor A alone decides; contributor Z's wishes are left alone.
Outcome set_values_of_side_a(const ix::UpdateLink& args, Link& link) {
    if (args.code) {
        TRY_OK(check_code(*args.code));
        link.code = to_lower(*args.code);
    }
    if (args.mtu && *args.mtu != ledger::kLinkMtu) return reject(ProgramError::InvalidMtu);
    set_if(link.contributor_pk, args.contributor_pk);
    set_if(link.link_type, args.tunnel_type);
    set_if(link.bandwidth, args.bandwidth);
    set_if(link.mtu, args.mtu);
    set_if(link.delay_ns, args.delay_ns);
    set_if(link.jitter_ns, args.jitter_ns);
    return {};
}

Outcome renumber_end(Invocation& in, LinkEnd& end, const PublicKey& expected,
                     const std::string& interface_name, const Prefix& address) {
    if (end.account.key() != expected)
        return reject(ledger::BuiltinError::InvalidAccountData, "not the link's side");
    TRY(end.device, in.load<Device>(end.account, "side"));
    Interface* const interface = find_exact_interface(end.device, interface_name);
    if (interface == nullptr) return {};
    interface->ip_net = address;
    return in.write(end.account, end.device);
}

Outcome renumber(Invocation& in, const ix::UpdateLink& args, UpdateAccounts& accounts, Link& link) {
    if (!args.tunnel_id && !args.tunnel_net) return {};
    if (!accounts.access.privileged) return reject(ProgramError::NotAllowed);
    const Deployment& deployment = in.deployment();
    TRY(auto block,
        open_allocator(in, accounts.tunnel_block, deployment.device_tunnel_block, "device tunnel block"));
    TRY(auto ids, open_allocator(in, accounts.link_ids, deployment.link_ids, "link ids"));
    if (args.tunnel_id) {
        ids.give_back(link.tunnel_id);
        TRY_OK(ids.take(*args.tunnel_id));
        link.tunnel_id = *args.tunnel_id;
    }
    if (!args.tunnel_net) return {};
    block.give_back(link.tunnel_net);
    TRY_OK(block.take(*args.tunnel_net));
    link.tunnel_net = *args.tunnel_net;
    TRY_OK(renumber_end(in, accounts.tunnel_a, link.side_a_pk, link.side_a_iface_name,
                        end_address(link.tunnel_net, 0)));
    return renumber_end(in, accounts.tunnel_z, link.side_z_pk, link.side_z_iface_name,
                        end_address(link.tunnel_net, 1));
}

/// Changes one topology's count of links. Error 65 when its account was not passed.
Outcome count_topology(Invocation& in, const std::vector<AccountRef>& accounts, const PublicKey& key,
                       bool joins) {
    const auto account = std::ranges::find(accounts, key, &AccountRef::key);
    if (account == accounts.end()) return reject(ProgramError::InvalidArgument, "topology account missing");
    TRY(auto topology, in.load<Topology>(*account, "topology"));
    if (joins) {
        TRY_OK(acquire(topology.reference_count));
    } else {
        release(topology.reference_count);
    }
    return in.write(*account, topology);
}

Outcome change_topologies(Invocation& in, const ix::UpdateLink& args, const UpdateAccounts& accounts,
                          Link& link) {
    if (!args.link_topologies) return {};
    if (!accounts.access.privileged) return reject(ProgramError::NotAllowed);
    for (const PublicKey& key : *args.link_topologies) {
        if (!contains(link.link_topologies, key)) TRY_OK(count_topology(in, accounts.topologies, key, true));
    }
    for (const PublicKey& key : link.link_topologies) {
        if (!contains(*args.link_topologies, key))
            TRY_OK(count_topology(in, accounts.topologies, key, false));
    }
    link.link_topologies = *args.link_topologies;
    return {};
}

Outcome change_unicast_drained(const ix::UpdateLink& args, const UpdateAccounts& accounts, Link& link) {
    if (!args.unicast_drained) return {};
    if (accounts.side_z && !accounts.access.privileged) return reject(ProgramError::NotAllowed);
    link.link_flags =
        (link.link_flags & ~Link::kUnicastDrained) | (*args.unicast_drained ? Link::kUnicastDrained : 0);
    return {};
}

}  // namespace

Outcome process(Invocation& in, const ix::UpdateLink& args) {
    UpdateAccounts accounts;
    TRY_OK(read_update_accounts(in, args, accounts));
    TRY_OK(check_arguments(args));
    TRY_OK(open_device_access(in, ProgramError::NotAllowed, accounts.access));
    TRY(auto link, in.load<Link>(accounts.link, "link"));
    TRY_OK(check_contributor(in, accounts, link));
    if (!accounts.side_z) TRY_OK(set_values_of_side_a(args, link));
    set_if(link.delay_override_ns, args.delay_override_ns);
    set_if(link.desired_status, args.desired_status);
    set_if(link.status, args.status);
    TRY_OK(renumber(in, args, accounts, link));
    TRY_OK(change_topologies(in, args, accounts, link));
    TRY_OK(change_unicast_drained(args, accounts, link));
    return in.write(accounts.link, link);
}

}  // namespace dz::program
