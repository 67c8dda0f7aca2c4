// Creating, accepting and deleting links, and their health. Updates: link_update.cpp.
#include "chain/program/links.hpp"

#include <algorithm>
#include <array>

#include "chain/program/device_access.hpp"
#include "chain/program/entity.hpp"
#include "chain/program/interfaces.hpp"
#include "chain/program/pass_rules.hpp"
#include "chain/program/processors.hpp"
#include "chain/program/resources.hpp"
#include "chain/program/text_rules.hpp"

namespace dz::program {

using ledger::BuiltinError;
using ledger::Contributor;
using ledger::Cyoa;
using ledger::Device;
using ledger::Dia;
using ledger::Interface;
using ledger::InterfaceStatus;
using ledger::Link;
using ledger::LinkStatus;
using ledger::LinkType;
using ledger::ProgramError;
using ledger::Topology;

namespace {

/// Every link belongs to it unless told otherwise.
constexpr std::string_view kDefaultTopology = "unicast-default";

bool serves_customers(const Interface& interface) {
    return interface.interface_cyoa != Cyoa::None || interface.interface_dia != Dia::None;
}

/// Brings an unlinked interface up with its address of the link's network.
Outcome bring_up(LinkEnd& end, const Prefix& address) {
    Interface* const interface = find_exact_interface(end.device, end.interface);
    if (interface->status != InterfaceStatus::Unlinked) return reject(ProgramError::InvalidStatus);
    interface->status = InterfaceStatus::Activated;
    if (interface->ip_net == Prefix{}) interface->ip_net = address;
    return {};
}

/// For a link that is being accepted: each condition is asked of both ends before the next one.
Outcome check_free_ends(LinkEnd& a, LinkEnd& z, std::uint64_t bandwidth) {
    const std::array ends = {find_exact_interface(a.device, a.interface),
                             find_exact_interface(z.device, z.interface)};
    const auto any = [&](auto condition) { return std::ranges::any_of(ends, condition); };
    if (any([](const Interface* end) { return end == nullptr; })) {
        return reject(ProgramError::InvalidInterfaceName);
    }
    if (any([](const Interface* end) { return end->status != InterfaceStatus::Unlinked; })) {
        return reject(ProgramError::InvalidStatus);
    }
    if (any([](const Interface* end) { return serves_customers(*end); })) {
        return reject(ProgramError::InterfaceHasEdgeAssignment);
    }
    if (any([&](const Interface* end) { return end->bandwidth < bandwidth; })) {
        return reject(ProgramError::InvalidBandwidth);
    }
    return {};
}

void take_down(LinkEnd& end) {
    Interface* const interface = find_exact_interface(end.device, end.interface);
    if (interface == nullptr) return;
    interface->status = InterfaceStatus::Unlinked;
    if (!serves_customers(*interface)) interface->ip_net = {};
}

struct CreationAccounts {
    AccountRef link, contributor, state, topology, tunnel_block, link_ids;
    LinkEnd a, z;
};

/// Steps 6 to 10.
Outcome check_ends(const ix::CreateLink& args, CreationAccounts& accounts) {
    const PublicKey& contributor = accounts.contributor.key();
    const bool wan = args.link_type == LinkType::Wan;
    if (accounts.a.device.contributor_pk != contributor ||
        (wan && accounts.z.device.contributor_pk != contributor)) {
        return reject(ProgramError::InvalidContributor);
    }
    TRY_OK(check_link_end(accounts.a, args.bandwidth));
    if (args.side_z_iface_name || wan) TRY_OK(check_link_end(accounts.z, args.bandwidth));
    if (!wan && args.side_z_iface_name) return reject(ProgramError::InvalidInterfaceZForExternal);
    if (args.mtu != ledger::kLinkMtu) return reject(ProgramError::InvalidMtu);
    return {};
}

/// Tags the link with the default topology where there is one.
Outcome join_default_topology(Invocation& in, const AccountRef& account, Link& link) {
    const auto address = in.addresses().topology(kDefaultTopology);
    if (account.key() != address->key)
        return reject(ProgramError::InvalidArgument, "not the default topology");
    if (account.is_empty()) return {};
    TRY(auto topology, in.load<Topology>(account, "topology"));
    TRY_OK(acquire(topology.reference_count));
    link.link_topologies.push_back(account.key());
    return in.write(account, topology);
}

Link new_link(const ix::CreateLink& args, const CreationAccounts& accounts, const PublicKey& owner) {
    Link link;
    link.owner = owner;
    link.side_a_pk = accounts.a.account.key();
    link.side_z_pk = accounts.z.account.key();
    link.link_type = args.link_type;
    link.bandwidth = args.bandwidth;
    link.mtu = args.mtu;
    link.delay_ns = args.delay_ns;
    link.jitter_ns = args.jitter_ns;
    link.status = args.link_type == LinkType::Wan ? LinkStatus::Activated : LinkStatus::Requested;
    link.code = to_lower(args.code);
    link.contributor_pk = accounts.contributor.key();
    link.side_a_iface_name = args.side_a_iface_name;
    link.side_z_iface_name = args.side_z_iface_name.value_or("");
    link.link_health = ledger::LinkHealth::ReadyForService;
    link.desired_status = args.desired_status.value_or(ledger::LinkDesiredStatus::Activated);
    return link;
}

/// Takes the link out of its topologies. Error 65 when one of them was not passed.
Outcome leave_topologies(Invocation& in, const Link& link, const std::vector<AccountRef>& accounts) {
    for (const PublicKey& key : link.link_topologies) {
        const auto account = std::ranges::find(accounts, key, &AccountRef::key);
        if (account == accounts.end())
            return reject(ProgramError::InvalidArgument, "topology account missing");
        TRY(auto topology, in.load<Topology>(*account, "topology"));
        release(topology.reference_count);
        TRY_OK(in.write(*account, topology));
    }
    return {};
}

}  // namespace

Prefix end_address(const Prefix& network, std::uint32_t position) {
    return {plus(network.address, position), network.length};
}

Outcome check_link_end(LinkEnd& end, std::uint64_t bandwidth) {
    const Interface* const interface = find_exact_interface(end.device, end.interface);
    if (interface == nullptr) return reject(ProgramError::InvalidInterfaceName);
    if (serves_customers(*interface)) return reject(ProgramError::InterfaceHasEdgeAssignment);
    if (interface->bandwidth < bandwidth) return reject(ProgramError::InvalidBandwidth);
    return {};
}

Outcome connect_ends(Invocation& in, const AccountRef& tunnel_block, const AccountRef& link_ids, LinkEnd& a,
                     LinkEnd& z, Link& link) {
    const Deployment& deployment = in.deployment();
    TRY(auto block, open_allocator(in, tunnel_block, deployment.device_tunnel_block, "device tunnel block"));
    TRY(auto ids, open_allocator(in, link_ids, deployment.link_ids, "link ids"));
    TRY(link.tunnel_net, block.take_addresses(2));
    // 0 is also the first number that the allocator hands out.
    if (link.tunnel_id == 0) {
        TRY(link.tunnel_id, ids.take_id());
    }
    TRY_OK(bring_up(a, end_address(link.tunnel_net, 0)));
    return bring_up(z, end_address(link.tunnel_net, 1));
}

Outcome process(Invocation& in, const ix::CreateLink& args) {
    CreationAccounts accounts;
    TRY_OK(in.read(accounts.link, accounts.contributor, accounts.a.account, accounts.z.account,
                   accounts.state, accounts.topology, accounts.tunnel_block, accounts.link_ids));
    TRY_OK(in.read_payer());
    if (!args.use_onchain_allocation) return reject(ProgramError::InvalidArgument);
    TRY_OK(check_code(args.code));
    TRY(accounts.a.device, in.load<Device>(accounts.a.account, "side A"));
    TRY(accounts.z.device, in.load<Device>(accounts.z.account, "side Z"));
    if (!accounts.link.is_empty()) return reject(BuiltinError::AccountAlreadyInitialized);
    DeviceAccess access{{}, accounts.contributor, accounts.state, {}, {}, false};
    TRY_OK(open_device_access(in, ProgramError::InvalidOwnerPubkey, access));
    const ledger::Address address = in.addresses().link(next_index(access.state));
    TRY_OK(in.expect_key(accounts.link, address, "link"));
    accounts.a.interface = args.side_a_iface_name;
    accounts.z.interface = args.side_z_iface_name.value_or("");
    TRY_OK(check_ends(args, accounts));

    Link link = new_link(args, accounts, in.payer().key());
    link.index = ++access.state.account_index;
    link.bump = address.bump;
    TRY_OK(join_default_topology(in, accounts.topology, link));
    if (args.link_type == LinkType::Wan) {
        TRY_OK(connect_ends(in, accounts.tunnel_block, accounts.link_ids, accounts.a, accounts.z, link));
    }
    TRY_OK(in.create(accounts.link, link));
    TRY_OK(acquire(access.contributor.reference_count));
    TRY_OK(acquire(accounts.a.device.reference_count));
    TRY_OK(acquire(accounts.z.device.reference_count));
    TRY_OK(in.write(accounts.contributor, access.contributor));
    TRY_OK(in.write(accounts.a.account, accounts.a.device));
    TRY_OK(in.write(accounts.z.account, accounts.z.device));
    return in.write(accounts.state, access.state);
}

Outcome process(Invocation& in, const ix::AcceptLink& args) {
    AccountRef link_account, tunnel_block, link_ids;
    LinkEnd a, z;
    DeviceAccess access;
    TRY_OK(in.read(link_account, access.contributor_account, z.account, access.state_account, a.account,
                   tunnel_block, link_ids));
    TRY_OK(in.read_payer());
    if (!args.use_onchain_allocation) return reject(ProgramError::InvalidArgument);
    TRY_OK(open_device_access(in, ProgramError::NotAllowed, access));
    TRY(auto link, in.load<Link>(link_account, "link"));
    if (link.status != LinkStatus::Requested) return reject(ProgramError::InvalidStatus);
    if (link.side_z_pk != z.account.key()) return reject(ProgramError::InvalidAccountOwner);
    TRY(z.device, in.load<Device>(z.account, "side Z"));
    if (z.device.contributor_pk != access.contributor_account.key()) return reject(ProgramError::NotAllowed);
    z.interface = args.side_z_iface_name;
    if (find_exact_interface(z.device, z.interface) == nullptr)
        return reject(ProgramError::InvalidInterfaceName);
    if (link.side_a_pk != a.account.key())
        return reject(BuiltinError::InvalidAccountData, "not the link's side A");
    TRY(a.device, in.load<Device>(a.account, "side A"));
    a.interface = link.side_a_iface_name;
    TRY_OK(check_free_ends(a, z, link.bandwidth));
    TRY_OK(connect_ends(in, tunnel_block, link_ids, a, z, link));
    link.side_z_iface_name = args.side_z_iface_name;
    link.status = LinkStatus::Activated;
    TRY_OK(in.write(a.account, a.device));
    TRY_OK(in.write(z.account, z.device));
    return in.write(link_account, link);
}

Outcome process(Invocation& in, const ix::DeleteLink& args) {
    AccountRef link_account, tunnel_block, link_ids, owner;
    LinkEnd a, z;
    DeviceAccess access;
    std::vector<AccountRef> topologies;
    TRY_OK(in.read(link_account, access.contributor_account, access.state_account, a.account, z.account,
                   tunnel_block, link_ids, owner));
    TRY_OK(in.read_until_payer(topologies));
    if (!args.use_onchain_deallocation) return reject(ProgramError::InvalidArgument);
    TRY_OK(open_device_access(in, ProgramError::InvalidOwnerPubkey, access));
    TRY(const auto link, in.load<Link>(link_account, "link"));
    if (link.status == LinkStatus::Activated || link.status == LinkStatus::Deleting) {
        return reject(ProgramError::InvalidStatus);
    }
    if (!access.privileged && link.contributor_pk != access.contributor_account.key()) {
        return reject(ProgramError::NotAllowed);
    }
    if (owner.key() != link.owner || a.account.key() != link.side_a_pk || z.account.key() != link.side_z_pk) {
        return reject(BuiltinError::InvalidAccountData, "not the link's owner or sides");
    }
    TRY(a.device, in.load<Device>(a.account, "side A"));
    TRY(z.device, in.load<Device>(z.account, "side Z"));
    a.interface = link.side_a_iface_name;
    z.interface = link.side_z_iface_name;
    if (link.status != LinkStatus::Requested) {
        const Deployment& deployment = in.deployment();
        TRY(auto block,
            open_allocator(in, tunnel_block, deployment.device_tunnel_block, "device tunnel block"));
        TRY(auto ids, open_allocator(in, link_ids, deployment.link_ids, "link ids"));
        block.give_back(link.tunnel_net);
        ids.give_back(link.tunnel_id);
    }
    take_down(a);
    take_down(z);
    release(access.contributor.reference_count);
    release(a.device.reference_count);
    release(z.device.reference_count);
    TRY_OK(leave_topologies(in, link, topologies));
    TRY_OK(in.write(access.contributor_account, access.contributor));
    TRY_OK(in.write(a.account, a.device));
    TRY_OK(in.write(z.account, z.device));
    return in.close(link_account, owner);
}

Outcome process(Invocation& in, const ix::SetLinkHealth& args) {
    return update_entity<Link>(in, {PermissionFlag::HealthOracle, PermissionFlag::NetworkAdmin},
                               [&](Link& link) -> Outcome {
                                   link.link_health = args.health;
                                   return {};
                               });
}

}  // namespace dz::program
