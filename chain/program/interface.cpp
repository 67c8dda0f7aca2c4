// Creating and deleting interfaces of a device. Updates: interface_update.cpp.
#include <algorithm>

#include "chain/program/device_access.hpp"
#include "chain/program/interfaces.hpp"
#include "chain/program/processors.hpp"
#include "chain/program/resources.hpp"
#include "chain/program/text_rules.hpp"

namespace dz::program {

using ledger::Cyoa;
using ledger::Device;
using ledger::Dia;
using ledger::Interface;
using ledger::InterfaceStatus;
using ledger::InterfaceType;
using ledger::LoopbackType;
using ledger::ProgramError;

namespace {

Outcome check_new_interface(const ix::CreateDeviceInterface& args, InterfaceType type) {
    const bool cyoa = args.interface_cyoa != Cyoa::None;
    const bool edge = cyoa || args.interface_dia != Dia::None;
    if (cyoa && type == InterfaceType::Loopback) return reject(ProgramError::CyoaRequiresPhysical);
    if (args.ip_net && !edge && !args.user_tunnel_endpoint) return reject(ProgramError::InvalidInterfaceIp);
    if (cyoa && !args.ip_net) return reject(ProgramError::InvalidInterfaceIp);
    if (edge) {
        if (args.mtu != ledger::kCustomerInterfaceMtu) return reject(ProgramError::InvalidMtu);
        if (args.bandwidth == 0) return reject(ProgramError::InvalidBandwidth);
    } else if (args.mtu != ledger::kInterfaceMtu) {
        return reject(ProgramError::InvalidMtu);
    }
    return {};
}

Interface new_interface(const ix::CreateDeviceInterface& args, std::string name, InterfaceType type) {
    Interface interface;
    interface.status =
        type == InterfaceType::Loopback ? InterfaceStatus::Activated : InterfaceStatus::Unlinked;
    interface.name = std::move(name);
    interface.interface_type = type;
    interface.interface_cyoa = args.interface_cyoa;
    interface.interface_dia = args.interface_dia;
    interface.loopback_type = args.loopback_type;
    interface.bandwidth = args.bandwidth;
    interface.cir = args.cir;
    interface.mtu = args.mtu;
    interface.routing_mode = args.routing_mode;
    interface.vlan_id = args.vlan_id;
    interface.ip_net = args.ip_net.value_or(Prefix{});
    interface.user_tunnel_endpoint = args.user_tunnel_endpoint;
    return interface;
}

struct InterfaceResources {
    AccountRef device_tunnel_block, segment_routing_ids;
    std::vector<AccountRef> topologies;
};

Outcome number_loopback(Invocation& in, const InterfaceResources& resources, Interface& loopback) {
    if (loopback.ip_net == Prefix{}) {
        TRY(auto block, open_allocator(in, resources.device_tunnel_block, in.deployment().device_tunnel_block,
                                       "device tunnel block"));
        TRY(loopback.ip_net, block.take_addresses(1));
    }
    if (loopback.loopback_type != LoopbackType::Vpnv4) return {};
    TRY(auto ids, open_allocator(in, resources.segment_routing_ids, in.deployment().segment_routing_ids,
                                 "segment routing ids"));
    TRY(loopback.node_segment_idx, ids.take_id());
    return add_topology_segments(in, resources.topologies, ids, loopback);
}

Outcome free_loopback(Invocation& in, const InterfaceResources& resources, const Interface& loopback) {
    TRY(auto block, open_allocator(in, resources.device_tunnel_block, in.deployment().device_tunnel_block,
                                   "device tunnel block"));
    block.give_back(loopback.ip_net);
    if (loopback.loopback_type != LoopbackType::Vpnv4 || loopback.node_segment_idx == 0) return {};
    TRY(auto ids, open_allocator(in, resources.segment_routing_ids, in.deployment().segment_routing_ids,
                                 "segment routing ids"));
    ids.give_back(loopback.node_segment_idx);
    for (const ledger::NodeSegment& segment : loopback.flex_algo_node_segments) {
        ids.give_back(segment.node_segment_idx);
    }
    return {};
}

}  // namespace

Interface* find_interface(Device& device, std::string_view name) {
    const auto found = std::ranges::find_if(device.interfaces, [&](const Interface& interface) {
        return same_interface_name(interface.name, name);
    });
    return found == device.interfaces.end() ? nullptr : &*found;
}

Interface* find_exact_interface(Device& device, std::string_view name) {
    const auto found = std::ranges::find(device.interfaces, name, &Interface::name);
    return found == device.interfaces.end() ? nullptr : &*found;
}

Outcome add_topology_segments(Invocation& in, const std::vector<AccountRef>& topologies, Allocator& ids,
                              Interface& loopback) {
    auto& segments = loopback.flex_algo_node_segments;
    for (const AccountRef& account : topologies) {
        TRY_OK(in.load<ledger::Topology>(account, "topology"));
        if (std::ranges::find(segments, account.key(), &ledger::NodeSegment::topology) != segments.end()) {
            return reject(ProgramError::InvalidArgument, "a topology is given twice");
        }
        TRY(const std::uint16_t id, ids.take_id());
        segments.push_back({account.key(), id});
    }
    return {};
}

Outcome process(Invocation& in, const ix::CreateDeviceInterface& args) {
    DeviceAccess access;
    InterfaceResources resources;
    TRY_OK(in.read(access.device_account, access.contributor_account, access.state_account,
                   resources.device_tunnel_block, resources.segment_routing_ids));
    TRY_OK(in.read_list(args.topology_count, resources.topologies));
    TRY_OK(in.read_payer());
    if (!args.use_onchain_allocation) return reject(ProgramError::InvalidArgument);
    TRY(std::string name, normalize_interface_name(args.name));
    TRY_OK(open_device_access(in, ProgramError::InvalidOwnerPubkey, access));
    const InterfaceType type = interface_type(name);
    TRY_OK(check_new_interface(args, type));
    TRY(auto device, in.load<Device>(access.device_account, "device"));
    TRY_OK(expect_own_device(access, device));
    if (find_interface(device, name) != nullptr) return reject(ProgramError::InterfaceAlreadyExists);

    Interface interface = new_interface(args, std::move(name), type);
    if (type == InterfaceType::Loopback) TRY_OK(number_loopback(in, resources, interface));
    device.interfaces.push_back(std::move(interface));
    return in.write(access.device_account, device);
}

Outcome process(Invocation& in, const ix::DeleteDeviceInterface& args) {
    DeviceAccess access;
    InterfaceResources resources;
    TRY_OK(in.read(access.device_account, access.contributor_account, access.state_account,
                   resources.device_tunnel_block, resources.segment_routing_ids));
    TRY_OK(in.read_payer());
    if (!args.use_onchain_deallocation) return reject(ProgramError::InvalidArgument);
    TRY_OK(open_device_access(in, ProgramError::NotAllowed, access));
    TRY(auto device, in.load<Device>(access.device_account, "device"));
    TRY_OK(expect_own_device(access, device));
    const Interface* interface = find_interface(device, args.name);
    if (interface == nullptr) return reject(ProgramError::InterfaceNotFound);
    if (interface->status != InterfaceStatus::Activated && interface->status != InterfaceStatus::Unlinked) {
        return reject(ProgramError::InvalidStatus);
    }
    if (interface->interface_type == InterfaceType::Loopback)
        TRY_OK(free_loopback(in, resources, *interface));
    device.interfaces.erase(device.interfaces.begin() + (interface - device.interfaces.data()));
    return in.write(access.device_account, device);
}

}  // namespace dz::program
