// Topologies: classes of links, and the segment ids that loopbacks have in them.
#include <algorithm>

#include "chain/program/entity.hpp"
#include "chain/program/interfaces.hpp"
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

constexpr auto kAuthority = {PermissionFlag::TopologyAdmin};
constexpr std::uint8_t kFirstFlexAlgo = 128;

Expected<ledger::Address> topology_address(Invocation& in, const std::string& name) {
    const auto address = in.addresses().topology(name);
    if (!address) return panic(address.error().text);
    return *address;
}

/// For instructions on many accounts, which find payer and system program from the end.
Outcome read_signed_list(Invocation& in, std::vector<AccountRef>& list) {
    const auto outcome = in.read_until_payer(list);
    if (!outcome && in.payer().cell != nullptr && !in.payer().signer)
        return reject(ProgramError::Unauthorized);
    return outcome;
}

/// One id for each vpnv4 loopback that has none in this topology.
Outcome assign_segments(Device& device, const PublicKey& topology, Allocator& ids) {
    for (Interface& interface : device.interfaces) {
        auto& segments = interface.flex_algo_node_segments;
        if (interface.loopback_type != ledger::LoopbackType::Vpnv4) continue;
        if (std::ranges::find(segments, topology, &ledger::NodeSegment::topology) != segments.end()) continue;
        TRY(const std::uint16_t id, ids.take_id());
        segments.push_back({topology, id});
    }
    return {};
}

}  // namespace

Outcome process(Invocation& in, const ix::CreateTopology& args) {
    AccountRef account, bits_account, state_account;
    TRY_OK(in.read(account, bits_account, state_account));
    TRY_OK(in.read_payer());
    TRY(const auto state, in.global_state(state_account));
    TRY_OK(in.authorize(state, kAuthority));
    TRY(std::string name, normalize_topology_name(args.name));
    TRY(const ledger::Address address, topology_address(in, name));
    TRY_OK(expect_new(in, account, address, "topology"));
    TRY(auto bits, open_allocator(in, bits_account, in.deployment().admin_group_bits, "admin group bits"));
    TRY(const std::uint16_t bit, bits.take_id());

    Topology topology;
    topology.owner = in.payer().key();
    topology.bump = address.bump;
    topology.name = std::move(name);
    topology.admin_group_bit = static_cast<std::uint8_t>(bit);
    topology.flex_algo_number = static_cast<std::uint8_t>(kFirstFlexAlgo + bit);
    topology.constraint = args.constraint;
    return in.create(account, topology);
}

Outcome process(Invocation& in, const ix::DeleteTopology& args) {
    // The bit stays taken: devices may still carry it in their configuration.
    return delete_entity<Topology>(in, kAuthority, [&](const Topology& topology) -> Outcome {
        TRY(const std::string name, normalize_topology_name(args.name));
        if (topology.name != name) return panic("the topology has another name");
        return expect_unreferenced(topology);
    });
}

Outcome process(Invocation& in, const ix::ClearTopology& args) {
    AccountRef account, state_account;
    std::vector<AccountRef> links;
    TRY_OK(in.read(account, state_account));
    TRY_OK(read_signed_list(in, links));
    TRY(const auto state, in.global_state(state_account));
    TRY_OK(in.authorize(state, kAuthority));
    TRY(const std::string name, normalize_topology_name(args.name));
    TRY(const ledger::Address address, topology_address(in, name));
    TRY_OK(in.expect_key(account, address, "topology"));
    TRY(auto topology, in.load<Topology>(account, "topology"));
    for (const AccountRef& link_account : links) {
        TRY(auto link, in.load<Link>(link_account, "link"));
        if (std::erase(link.link_topologies, account.key()) == 0) continue;
        release(topology.reference_count);
        TRY_OK(in.write(link_account, link));
    }
    return in.write(account, topology);
}

Outcome process(Invocation& in, const ix::AssignTopologyNodeSegments& args) {
    AccountRef account, ids_account, state_account;
    std::vector<AccountRef> devices;
    TRY_OK(in.read(account, ids_account, state_account));
    TRY_OK(read_signed_list(in, devices));
    TRY(const auto state, in.global_state(state_account));
    TRY_OK(in.authorize(state, kAuthority));
    TRY(const std::string name, normalize_topology_name(args.name));
    TRY(const ledger::Address address, topology_address(in, name));
    TRY_OK(in.expect_key(account, address, "topology"));
    TRY_OK(in.load<Topology>(account, "topology"));
    TRY(auto ids,
        open_allocator(in, ids_account, in.deployment().segment_routing_ids, "segment routing ids"));
    for (const AccountRef& device_account : devices) {
        TRY(auto device, in.load<Device>(device_account, "device"));
        TRY_OK(assign_segments(device, account.key(), ids));
        TRY_OK(in.write(device_account, device));
    }
    return {};
}

}  // namespace dz::program
