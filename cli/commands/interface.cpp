// interface.cpp: interfaces of devices (cli.md 1.3, 7.4).
#include <fmt/format.h>

#include <algorithm>

#include "cli/failure.hpp"
#include "cli/families.hpp"
#include "cli/interface_text.hpp"
#include "cli/text.hpp"

namespace dz::cli {

namespace {

using ledger::Device;
using ledger::Interface;
using ledger::Topology;
namespace ix = ledger::ix;

constexpr std::uint16_t kUserMtu = 1500;
constexpr std::uint16_t kCoreMtu = 9000;

/// A row of the listing; `device` is its code.
Record list_record(const std::string& device, const Interface& interface) {
    Record record;
    record.add("device", device);
    record.add("name", interface.name);
    record.add("interface_type", ledger::to_text(interface.interface_type));
    record.add("loopback_type", ledger::to_text(interface.loopback_type));
    record.add("interface_cyoa", ledger::to_text(interface.interface_cyoa));
    record.add("interface_dia", ledger::to_text(interface.interface_dia));
    record.add("bandwidth", interface.bandwidth, {.text = bandwidth_text(interface.bandwidth)});
    record.add("cir", interface.cir, {.text = bandwidth_text(interface.cir)});
    record.add("mtu", interface.mtu);
    record.add("routing_mode", ledger::to_text(interface.routing_mode));
    record.add("vlan_id", interface.vlan_id);
    record.add("ip_net", interface.ip_net.to_string());
    record.add("node_segment_idx", interface.node_segment_idx);
    record.add("user_tunnel_endpoint", interface.user_tunnel_endpoint);
    record.add("status", ledger::to_text(interface.status));
    return record;
}

/// "UNICAST-DEFAULT: 17, ..."
std::string segments_text(const Interface& interface, const ledger::Snapshot& all) {
    std::vector<std::string> texts;
    for (const auto& segment : interface.flex_algo_node_segments)
        texts.push_back(
            fmt::format("{}: {}", code_of(all.topologies(), segment.topology), segment.node_segment_idx));
    return join(texts, ", ");
}

Record get_record(const ledger::PublicKey& device, const Interface& interface, const ledger::Snapshot& all) {
    Record record;
    record.add("name", interface.name);
    record.add("status", ledger::to_text(interface.status));
    record.add("loopback_type", ledger::to_text(interface.loopback_type));
    record.add("interface_cyoa", ledger::to_text(interface.interface_cyoa));
    record.add("bandwidth", bandwidth_text(interface.bandwidth));
    record.add("cir", bandwidth_text(interface.cir));
    record.add("mtu", interface.mtu);
    record.add("routing_mode", ledger::to_text(interface.routing_mode));
    record.add("vlan_id", interface.vlan_id);
    record.add("ip_net", interface.ip_net.to_string());
    record.add("node_segment_idx", interface.node_segment_idx);
    record.add("user_tunnel_endpoint", interface.user_tunnel_endpoint);
    record.add("flex_algo_node_segments", segments_text(interface, all));
    record.add("device_pk", device.to_string());
    return record;
}

struct Filter {
    std::optional<std::string> device;
};

Task<Result<>> list(Filter filter, OutputStyle style, Context& context, std::ostream& out) {
    CO_TRY(const Catalogue all, co_await read_kinds(context, {Device::kType}));
    CO_TRY_OK(require_known(filter.device, all->devices()));
    std::vector<ledger::Entry<Device>> devices(all->devices().begin(), all->devices().end());
    std::ranges::sort(devices, {}, [](const auto& entry) { return std::tie(entry.value.code, entry.key); });
    std::vector<Record> records;
    for (const auto& [key, device] : devices) {
        if (!passes(filter.device, {device.code, key.to_string()})) continue;
        for (const Interface& interface : device.interfaces)
            records.push_back(list_record(device.code, interface));
    }
    print_list(out, style, list_record("", {}), records);
    co_return Result<>{};
}

/// One interface by its device's code or address and its name.
struct Which {
    std::string device, name;
};

/// The interface of this name, without regard to case. Errors: NotFound with where to look.
Result<const Interface*> find_interface(const ledger::Entry<Device>& device, const std::string& name) {
    const auto at = std::ranges::find_if(
        device.value.interfaces, [&](const Interface& interface) { return same_code(interface.name, name); });
    if (at != device.value.interfaces.end()) return &*at;
    return failure(fmt::format("device {} has no interface {}", device.value.code, name), "",
                   fmt::format("doublezero device interface list {}", device.value.code), Errc::NotFound);
}

Task<Result<>> get(Which which, OutputStyle style, Context& context, std::ostream& out) {
    CO_TRY(const Catalogue all, co_await read_kinds(context, {Device::kType, Topology::kType}));
    const auto* const device = find(all->devices(), which.device);
    if (device == nullptr) co_return not_found("device", which.device);
    CO_TRY(const Interface* const interface, find_interface(*device, which.name));
    print_one(out, style, get_record(device->key, *interface, *all));
    co_return Result<>{};
}

struct Create {
    Which which;
    ix::CreateDeviceInterface args;
    std::optional<std::uint16_t> mtu;
    std::optional<bool> user_tunnel_endpoint;
};

Task<Result<>> create(Create options, Draft& draft) {
    CO_TRY(const auto device, co_await draft.find<Device>(options.which.device));
    auto& args = options.args;
    const bool towards_users =
        args.interface_cyoa != ledger::Cyoa::None || args.interface_dia != ledger::Dia::None;
    args.name = options.which.name;
    args.mtu = options.mtu.value_or(towards_users ? kUserMtu : kCoreMtu);
    args.user_tunnel_endpoint = options.user_tunnel_endpoint.value_or(false);
    args.use_onchain_allocation = true;
    std::vector<ledger::PublicKey> topologies;
    // A loopback of this type gets a segment number in each topology.
    if (args.loopback_type == ledger::LoopbackType::Vpnv4) {
        CO_TRY(const Catalogue all, co_await read_kinds(draft.context(), {Topology::kType}));
        for (const auto& topology : all->topologies()) topologies.push_back(topology.key);
    }
    args.topology_count = static_cast<std::uint8_t>(topologies.size());
    draft.send(draft.build().make(args, {device.key, device.value.contributor_pk}, topologies));
    co_return Result<>{};
}

struct Update {
    Which which;
    ix::UpdateDeviceInterface args;
    std::optional<std::vector<std::string>> topologies;
};

Task<Result<>> update(Update options, Draft& draft) {
    CO_TRY(const auto device, co_await draft.find<Device>(options.which.device));
    CO_TRY(const Interface* const interface, find_interface(device, options.which.name));
    std::vector<ledger::PublicKey> topologies;
    if (options.topologies) {
        if (*options.topologies == std::vector<std::string>{"none"}) options.topologies->clear();
        CO_TRY(topologies, co_await draft.keys_of<Topology>(*options.topologies));
        options.args.update_topologies = true;
        options.args.topology_count = static_cast<std::uint8_t>(topologies.size());
    }
    options.args.name = interface->name;
    draft.send(draft.build().make(options.args, {device.key, device.value.contributor_pk}, topologies));
    co_return Result<>{};
}

Task<Result<>> remove(Which which, Draft& draft) {
    CO_TRY(const auto device, co_await draft.find<Device>(which.device));
    CO_TRY(const Interface* const interface, find_interface(device, which.name));
    draft.send(draft.build().make(ix::DeleteDeviceInterface{interface->name, true},
                                  ledger::DeviceAccounts{device.key, device.value.contributor_pk}));
    co_return Result<>{};
}

template <class O>
void add_which(Command<O>& command, Which& which) {
    command.need("DEVICE", which.device, "Device code or address");
    command.need("NAME", which.name, "Interface, for example Ethernet1 or Loopback0");
}

/// What can be said about an interface when it is made and later on.
template <class O, class Args>
void add_properties(Command<O>& command, Args& args) {
    command.take("--loopback-type", args.loopback_type, "What a loopback is for");
    command.take("--interface-cyoa", args.interface_cyoa, "How users reach this interface");
    command.take("--interface-dia", args.interface_dia, "Direct internet access");
    command.take("--ip-net", args.ip_net, "Address and length; the ledger chooses one for loopbacks");
    command.take("--bandwidth", args.bandwidth, "For example 10gbps", parse_bandwidth);
    command.take("--cir", args.cir, "Committed bandwidth, for example 1gbps", parse_bandwidth);
    command.take("--routing-mode", args.routing_mode, "How routes are learned");
    command.take("--vlan-id", args.vlan_id, "VLAN, 0 for none");
}

}  // namespace

Record device_interface_record(const Interface& interface) {
    Record record;
    record.add("name", interface.name);
    record.add("status", ledger::to_text(interface.status));
    record.add("interface_type", ledger::to_text(interface.interface_type));
    record.add("cyoa", ledger::to_text(interface.interface_cyoa));
    record.add("dia", ledger::to_text(interface.interface_dia));
    record.add("loopback", ledger::to_text(interface.loopback_type));
    record.add("ip_net", interface.ip_net.to_string());
    record.add("vlan_id", interface.vlan_id);
    record.add("bandwidth", bandwidth_text(interface.bandwidth));
    record.json_only("bandwidth_bps", interface.bandwidth);
    record.add("cir", bandwidth_text(interface.cir));
    record.json_only("cir_bps", interface.cir);
    record.add("mtu", interface.mtu);
    record.add("routing", ledger::to_text(interface.routing_mode));
    record.add("seg_idx", interface.node_segment_idx);
    record.add("tunnel_endpoint", interface.user_tunnel_endpoint);
    return record;
}

void add_interface(Group& device) {
    Group group = device.group("interface", "Interfaces of devices");
    auto all = group.command<Filter>("list", "List interfaces");
    all.take("DEVICE", all->device, "Of this device; of all when left out");
    all.reads(Output::List, list);
    auto one = group.command<Which>("get", "Show one interface");
    add_which(one, one.options());
    one.reads(Output::One, get);

    group.heading(kForAdministrators);
    auto make = group.command<Create>("create", "Add an interface");
    add_which(make, make->which);
    add_properties(make, make->args);
    make.take("--mtu", make->mtu, "1500 towards users, else 9000, which are the defaults");
    make.take("--user-tunnel-endpoint", make->user_tunnel_endpoint, "User tunnels may end here");
    make.writes_and_waits(create);

    auto change = group.command<Update>("update", "Change an interface");
    add_which(change, change->which);
    add_properties(change, change->args);
    change.take("--mtu", change->args.mtu, "1500 towards users, else 9000");
    change.take("--user-tunnel-endpoint", change->args.user_tunnel_endpoint, "User tunnels may end here");
    change.take("--status", change->args.status, "State");
    change.take("--node-segment-idx", change->args.node_segment_idx, "Segment number of a vpnv4 loopback");
    change.take("--topologies", change->topologies, "Topologies of a vpnv4 loopback, or none");
    change.wants_some();
    change.writes_and_waits(update);

    auto end = group.command<Which>("delete", "Remove an interface that no link uses");
    add_which(end, end.options());
    end.writes_and_waits(remove);
}

}  // namespace dz::cli
