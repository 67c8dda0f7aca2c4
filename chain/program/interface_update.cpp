// UpdateDeviceInterface.
#include <algorithm>

#include "chain/program/device_access.hpp"
#include "chain/program/entity.hpp"
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

bool is_edge(const Interface& interface) {
    return interface.interface_cyoa != Cyoa::None || interface.interface_dia != Dia::None;
}

/// Checks that look at the interface as it is now.
Outcome check_update(const ix::UpdateDeviceInterface& args, const Interface& interface) {
    if (args.loopback_type == LoopbackType::None) return reject(ProgramError::InvalidLoopbackType);
    const bool becomes_edge = args.interface_cyoa.value_or(Cyoa::None) != Cyoa::None ||
                              args.interface_dia.value_or(Dia::None) != Dia::None;
    if (becomes_edge && interface.interface_type == InterfaceType::Physical &&
        interface.status == InterfaceStatus::Activated) {
        return reject(ProgramError::InterfaceHasEdgeAssignment);
    }
    return {};
}

void set_values(Interface& interface, const ix::UpdateDeviceInterface& args) {
    set_if(interface.loopback_type, args.loopback_type);
    set_if(interface.vlan_id, args.vlan_id);
    set_if(interface.user_tunnel_endpoint, args.user_tunnel_endpoint);
    set_if(interface.status, args.status);
    set_if(interface.interface_cyoa, args.interface_cyoa);
    set_if(interface.interface_dia, args.interface_dia);
    set_if(interface.bandwidth, args.bandwidth);
    set_if(interface.cir, args.cir);
    set_if(interface.mtu, args.mtu);
    set_if(interface.routing_mode, args.routing_mode);
}

/// Checks that look at what would be stored.
Outcome check_result(const ix::UpdateDeviceInterface& args, const Interface& interface) {
    if (interface.interface_cyoa != Cyoa::None && interface.ip_net == Prefix{}) {
        return reject(ProgramError::InvalidInterfaceIp);
    }
    const bool edge = is_edge(interface);
    if (interface.mtu != (edge ? ledger::kCustomerInterfaceMtu : ledger::kInterfaceMtu)) {
        return reject(ProgramError::InvalidMtu);
    }
    const bool touched = args.interface_cyoa || args.interface_dia || args.bandwidth;
    if (touched && edge && interface.bandwidth == 0) return reject(ProgramError::InvalidBandwidth);
    return validate(interface);
}

/// The segment id moves: privileged, and the new one must be free.
Outcome change_segment(Interface& interface, std::uint16_t id, bool privileged, Allocator* ids) {
    if (!privileged) return reject(ProgramError::NotAllowed);
    if (ids == nullptr) return reject(ProgramError::InvalidArgument, "segment routing ids missing");
    if (id == interface.node_segment_idx) return {};
    ids->give_back(interface.node_segment_idx);
    if (id != 0) TRY_OK(ids->take(id));
    interface.node_segment_idx = id;
    return {};
}

/// The loopback's topologies become exactly `topologies`.
Outcome change_topologies(Invocation& in, Interface& loopback, const std::vector<AccountRef>& topologies,
                          Allocator* ids) {
    if (loopback.loopback_type != LoopbackType::Vpnv4)
        return reject(ProgramError::InvalidArgument, "not vpnv4");
    if (ids == nullptr) return reject(ProgramError::InvalidArgument, "segment routing ids missing");
    std::vector<AccountRef> added;
    std::vector<PublicKey> wanted;
    auto& segments = loopback.flex_algo_node_segments;
    for (const AccountRef& topology : topologies) {
        if (std::ranges::find(wanted, topology.key()) != wanted.end()) {
            return reject(ProgramError::InvalidArgument, "a topology is given twice");
        }
        wanted.push_back(topology.key());
        const bool held =
            std::ranges::find(segments, topology.key(), &ledger::NodeSegment::topology) != segments.end();
        if (!held) added.push_back(topology);
    }
    std::erase_if(segments, [&](const ledger::NodeSegment& segment) {
        const bool dropped = std::ranges::find(wanted, segment.topology) == wanted.end();
        if (dropped) ids->give_back(segment.node_segment_idx);
        return dropped;
    });
    return add_topology_segments(in, added, *ids, loopback);
}

/// Behind device, contributor and state: nothing, or the segment ids and topologies.
struct SegmentAccounts {
    std::optional<AccountRef> ids;
    std::vector<AccountRef> topologies;
};

Outcome read_segment_accounts(Invocation& in, std::size_t topology_count, SegmentAccounts& accounts) {
    std::vector<AccountRef> list;
    TRY_OK(in.read_until_payer(list));
    if (list.size() != topology_count + (list.empty() ? 0 : 1)) {
        return reject(ProgramError::InvalidArgument, "the number of accounts does not fit");
    }
    if (list.empty()) return {};
    accounts.ids = list.front();
    accounts.topologies.assign(list.begin() + 1, list.end());
    return {};
}

}  // namespace

Outcome process(Invocation& in, const ix::UpdateDeviceInterface& args) {
    DeviceAccess access;
    SegmentAccounts segment_accounts;
    TRY_OK(in.read(access.device_account, access.contributor_account, access.state_account));
    TRY_OK(read_segment_accounts(in, args.topology_count, segment_accounts));
    TRY_OK(open_device_access(in, ProgramError::NotAllowed, access));
    TRY(auto device, in.load<Device>(access.device_account, "device"));
    TRY_OK(expect_own_device(access, device));
    Interface* const interface = find_interface(device, args.name);
    if (interface == nullptr) return reject(ProgramError::InterfaceNotFound);
    TRY_OK(check_update(args, *interface));

    std::optional<Allocator> ids;
    if (segment_accounts.ids) {
        TRY(ids, open_allocator(in, *segment_accounts.ids, in.deployment().segment_routing_ids,
                                "segment routing ids"));
    }
    Allocator* const segment_ids = ids ? &*ids : nullptr;
    set_values(*interface, args);
    if (args.ip_net) {
        if (!is_edge(*interface) && !interface->user_tunnel_endpoint) {
            return reject(ProgramError::InvalidInterfaceIp);
        }
        interface->ip_net = *args.ip_net;
    }
    if (args.node_segment_idx) {
        TRY_OK(change_segment(*interface, *args.node_segment_idx, access.privileged, segment_ids));
    }
    if (args.update_topologies) {
        TRY_OK(change_topologies(in, *interface, segment_accounts.topologies, segment_ids));
    }
    TRY_OK(check_result(args, *interface));
    return in.write(access.device_account, device);
}

}  // namespace dz::program
