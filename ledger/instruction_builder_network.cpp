// Devices, interfaces and links (ledger-instructions.md 4.3, 4.4).
#include "ledger/instruction_builder.hpp"

namespace dz::ledger {
namespace {

constexpr std::string_view kDefaultTopology = "unicast-default";

}  // namespace

TransactionInstruction InstructionBuilder::make(const ix::CreateDevice& args,
                                                const CreateDeviceAccounts& accounts) const {
    const PublicKey device = addresses_.device(accounts.index);
    std::vector<AccountMeta> list = {writable(device),
                                     writable(accounts.contributor),
                                     writable(accounts.location),
                                     writable(accounts.exchange),
                                     writable(addresses_.global_state()),
                                     writable(addresses_.global_config()),
                                     writable(addresses_.tunnel_ids(device))};
    add_prefixes(list, device, args.dz_prefixes.size());
    return with_accounts(args, std::move(list));
}

TransactionInstruction InstructionBuilder::make(const ix::UpdateDevice& args,
                                                const UpdateDeviceAccounts& accounts) const {
    std::vector<AccountMeta> list = {writable(accounts.device), writable(accounts.contributor)};
    if (accounts.location_old && accounts.location_new) {
        list.push_back(writable(*accounts.location_old));
        list.push_back(writable(*accounts.location_new));
    }
    list.push_back(writable(addresses_.global_state()));
    if (args.resource_count > 0) {
        list.push_back(writable(addresses_.global_config()));
        list.push_back(writable(addresses_.tunnel_ids(accounts.device)));
        add_prefixes(list, accounts.device, args.resource_count - 1);
    }
    return with_accounts(args, std::move(list));
}

TransactionInstruction InstructionBuilder::make(const ix::DeleteDevice& args,
                                                const DeleteDeviceAccounts& accounts) const {
    std::vector<AccountMeta> list = {writable(accounts.device), writable(accounts.contributor),
                                     writable(addresses_.global_state())};
    if (args.resource_count > 0) {
        list.push_back(writable(accounts.location));
        list.push_back(writable(accounts.exchange));
        list.push_back(writable(addresses_.tunnel_ids(accounts.device)));
        add_prefixes(list, accounts.device, args.resource_count - 1U);
        for (const PublicKey& owner : accounts.resource_owners) list.push_back(writable(owner));
        list.push_back(writable(accounts.device_owner));
    }
    return with_accounts(args, std::move(list));
}

TransactionInstruction InstructionBuilder::make(const ix::CreateDeviceInterface& args,
                                                const DeviceAccounts& accounts,
                                                std::span<const PublicKey> topologies) const {
    std::vector<AccountMeta> list = {
        writable(accounts.device), writable(accounts.contributor), writable(addresses_.global_state()),
        writable(addresses_.device_tunnel_block()), writable(addresses_.segment_routing_ids())};
    for (const PublicKey& topology : topologies) list.push_back(read_only(topology));
    return with_accounts(args, std::move(list));
}

TransactionInstruction InstructionBuilder::make(const ix::UpdateDeviceInterface& args,
                                                const DeviceAccounts& accounts,
                                                std::span<const PublicKey> topologies) const {
    std::vector<AccountMeta> list = {writable(accounts.device), writable(accounts.contributor),
                                     writable(addresses_.global_state())};
    if (args.node_segment_idx || args.update_topologies)
        list.push_back(writable(addresses_.segment_routing_ids()));
    for (const PublicKey& topology : topologies) list.push_back(read_only(topology));
    return with_accounts(args, std::move(list));
}

TransactionInstruction InstructionBuilder::make(const ix::DeleteDeviceInterface& args,
                                                const DeviceAccounts& accounts) const {
    return with_accounts(
        args, {writable(accounts.device), writable(accounts.contributor), writable(addresses_.global_state()),
               writable(addresses_.device_tunnel_block()), writable(addresses_.segment_routing_ids())});
}

TransactionInstruction InstructionBuilder::make(const ix::CreateLink& args,
                                                const CreateLinkAccounts& accounts) const {
    const auto topology = addresses_.topology(kDefaultTopology);
    DZ_ASSERT(topology);
    return with_accounts(args, {writable(addresses_.link(accounts.index)), writable(accounts.contributor),
                                writable(accounts.side_a), writable(accounts.side_z),
                                writable(addresses_.global_state()), writable(*topology),
                                writable(addresses_.device_tunnel_block()), writable(addresses_.link_ids())});
}

TransactionInstruction InstructionBuilder::make(const ix::UpdateLink& args,
                                                const UpdateLinkAccounts& accounts) const {
    std::vector<AccountMeta> list = {writable(accounts.link), writable(accounts.contributor)};
    if (accounts.side_z) list.push_back(writable(*accounts.side_z));
    list.push_back(writable(addresses_.global_state()));
    if (args.tunnel_net && accounts.tunnel_side_a && accounts.tunnel_side_z) {
        list.push_back(writable(*accounts.tunnel_side_a));
        list.push_back(writable(*accounts.tunnel_side_z));
    }
    if (args.tunnel_id || args.tunnel_net) {
        list.push_back(writable(addresses_.device_tunnel_block()));
        list.push_back(writable(addresses_.link_ids()));
    }
    for (const PublicKey& topology : accounts.topologies) list.push_back(writable(topology));
    return with_accounts(args, std::move(list));
}

TransactionInstruction InstructionBuilder::make(const ix::DeleteLink& args,
                                                const DeleteLinkAccounts& accounts) const {
    std::vector<AccountMeta> list = {
        writable(accounts.link.link),        writable(accounts.link.contributor),
        writable(addresses_.global_state()), writable(accounts.link.side_a),
        writable(accounts.link.side_z),      writable(addresses_.device_tunnel_block()),
        writable(addresses_.link_ids()),     writable(accounts.owner)};
    for (const PublicKey& topology : accounts.topologies) list.push_back(writable(topology));
    return with_accounts(args, std::move(list));
}

TransactionInstruction InstructionBuilder::make(const ix::AcceptLink& args,
                                                const LinkAccounts& accounts) const {
    return with_accounts(args,
                         {writable(accounts.link), writable(accounts.contributor), writable(accounts.side_z),
                          writable(addresses_.global_state()), writable(accounts.side_a),
                          writable(addresses_.device_tunnel_block()), writable(addresses_.link_ids())});
}

}  // namespace dz::ledger
