// link_changes.cpp: lines between devices: create, accept, update, delete, set-health (cli.md 1.3).
#include <fmt/format.h>

#include <algorithm>

#include "cli/equipment.hpp"
#include "cli/families.hpp"

namespace dz::cli {

namespace {

using ledger::Contributor;
using ledger::Device;
using ledger::Link;
using ledger::Topology;
namespace ix = ledger::ix;

constexpr std::uint32_t kLinkMtu = 9000;

/// The name as the device has it: links want it letter by letter. One it does not have is left to the ledger.
std::string exact_name(const Device& device, const std::string& name) {
    const auto at = std::ranges::find_if(device.interfaces, [&](const ledger::Interface& interface) {
        return same_code(interface.name, name);
    });
    return at == device.interfaces.end() ? name : at->name;
}

struct Create {
    ix::CreateLink args;
    std::string contributor, side_a, side_z;
};

Task<Result<>> create(Create options, Draft& draft) {
    auto& args = options.args;
    CO_TRY(const ledger::PublicKey contributor, co_await draft.key_of<Contributor>(options.contributor));
    CO_TRY(const auto side_a, co_await draft.find<Device>(options.side_a));
    CO_TRY(const auto side_z, co_await draft.find<Device>(options.side_z));
    args.side_a_iface_name = exact_name(side_a.value, args.side_a_iface_name);
    if (args.side_z_iface_name) args.side_z_iface_name = exact_name(side_z.value, *args.side_z_iface_name);
    args.use_onchain_allocation = true;
    draft.concerns<Link>(draft.addresses().link(draft.next_index()));
    draft.send(draft.build().make(args, {.index = draft.next_index(),
                                         .contributor = contributor,
                                         .side_a = side_a.key,
                                         .side_z = side_z.key}));
    if (args.link_type == ledger::LinkType::Dzx)
        draft.note(
            fmt::format("the link waits for the other side: doublezero link accept --code {}", args.code));
    co_return Result<>{};
}

void add_create(Group& group, const std::string& name, const std::string& about, ledger::LinkType type) {
    auto command = group.command<Create>(name, about);
    auto& args = command->args;
    args.link_type = type;
    args.mtu = kLinkMtu;
    command.need("--code", args.code, "Short name, for example ny5-la2", parse_code);
    command.need("--contributor", command->contributor, "Who runs it: code or address");
    command.need("--side-a", command->side_a, "Device on side A: code or address");
    command.need("--side-a-interface", args.side_a_iface_name, "Its interface");
    command.need("--side-z", command->side_z, "Device on side Z: code or address");
    if (type == ledger::LinkType::Wan)
        command.need("--side-z-interface", args.side_z_iface_name, "Its interface");
    command.need("--bandwidth", args.bandwidth, "For example 10gbps", parse_bandwidth);
    command.take("--mtu", args.mtu, "Largest packet");
    command.need("--delay-ms", args.delay_ns, "One-way delay in milliseconds", parse_delay);
    command.need("--jitter-ms", args.jitter_ns, "Its variation", parse_delay);
    command.take("--desired-status", args.desired_status, "What it is meant to be");
    command.writes_and_waits(create);
}

struct Accept {
    std::string link, side_z_interface;
};

Task<Result<>> accept(Accept options, Draft& draft) {
    CO_TRY(const auto link, co_await draft.find<Link>(options.link));
    CO_TRY(const Device side_z, co_await draft.get<Device>(link.value.side_z_pk));
    draft.concerns<Link>(link.key);
    draft.send(draft.build().make(
        ix::AcceptLink{exact_name(side_z, options.side_z_interface), true},
        ledger::LinkAccounts{link.key, side_z.contributor_pk, link.value.side_a_pk, link.value.side_z_pk}));
    co_return Result<>{};
}

struct Update {
    std::string link;
    ix::UpdateLink args;
    std::optional<std::string> contributor;
    std::optional<std::vector<std::string>> topologies;
};

/// The contributor of side Z may change some things, and says so by naming its side.
Task<Result<ledger::UpdateLinkAccounts>> update_accounts(ledger::Entry<Link> link, Draft& draft) {
    ledger::UpdateLinkAccounts accounts{.link = link.key,
                                        .contributor = link.value.contributor_pk,
                                        .side_z = {},
                                        .tunnel_side_a = link.value.side_a_pk,
                                        .tunnel_side_z = link.value.side_z_pk,
                                        .topologies = {}};
    CO_TRY(const Device side_z, co_await draft.get<Device>(link.value.side_z_pk));
    if (side_z.contributor_pk == link.value.contributor_pk) co_return accounts;
    CO_TRY(const Contributor theirs, co_await draft.get<Contributor>(side_z.contributor_pk));
    if (theirs.owner != draft.payer()) co_return accounts;
    accounts.contributor = side_z.contributor_pk;
    accounts.side_z = link.value.side_z_pk;
    co_return accounts;
}

Task<Result<>> update(Update options, Draft& draft) {
    CO_TRY(const auto link, co_await draft.find<Link>(options.link));
    auto& args = options.args;
    CO_TRY(auto accounts, co_await update_accounts(link, draft));
    if (options.contributor) {
        CO_TRY(args.contributor_pk, co_await draft.key_of<Contributor>(*options.contributor));
    }
    if (options.topologies) {
        if (*options.topologies == std::vector<std::string>{"default"}) options.topologies->clear();
        CO_TRY(args.link_topologies, co_await draft.keys_of<Topology>(*options.topologies));
        // Those that are added and those that are taken away.
        accounts.topologies = *args.link_topologies;
        for (const ledger::PublicKey& key : link.value.link_topologies) {
            if (std::ranges::find(accounts.topologies, key) == accounts.topologies.end())
                accounts.topologies.push_back(key);
        }
    }
    args.use_onchain_allocation = args.tunnel_id || args.tunnel_net;
    draft.concerns<Link>(link.key);
    draft.send(draft.build().make(args, accounts));
    co_return Result<>{};
}

Task<Result<>> remove(Named named, Draft& draft) {
    CO_TRY(const auto link, co_await draft.find<Link>(named.name));
    const Link& value = link.value;
    CO_TRY_OK(check_drained(value, "hard-drained"));
    draft.send(draft.build().make(
        ix::DeleteLink{true},
        ledger::DeleteLinkAccounts{.link = {link.key, value.contributor_pk, value.side_a_pk, value.side_z_pk},
                                   .owner = value.owner,
                                   .topologies = value.link_topologies}));
    co_return Result<>{};
}

void add_update(Group& link) {
    auto command = link.command<Update>("update", "Change a link");
    auto& args = command->args;
    command.need("--pubkey", command->link, "Address or code");
    take_equipment_changes(command, args, command->contributor);
    command.take("--tunnel-type", args.tunnel_type, "Type");
    command.take("--bandwidth", args.bandwidth, "For example 10gbps", parse_bandwidth);
    command.take("--mtu", args.mtu, "Largest packet");
    command.take("--delay-ms", args.delay_ns, "One-way delay in milliseconds", parse_delay);
    command.take("--jitter-ms", args.jitter_ns, "Its variation", parse_delay);
    command.take("--delay-override-ms", args.delay_override_ns, "Delay to route by; 0: as it is",
                 parse_delay_or_zero);
    command.take("--tunnel-id", args.tunnel_id, "Its number");
    command.take("--tunnel-net", args.tunnel_net, "Its two addresses");
    command.take("--link-topology", command->topologies, "All its topologies, or default for none");
    command.take("--unicast-drained", args.unicast_drained, "Keep unicast traffic away");
    command.wants_some();
    command.writes_and_waits(update);
}

}  // namespace

void add_link_changes(Group& link) {
    Group make = link.group("create", "Add a link");
    add_create(make, "wan", "A link between two devices of one contributor", ledger::LinkType::Wan);
    add_create(make, "dzx", "A link to another contributor's device, who accepts it", ledger::LinkType::Dzx);
    auto other = link.command<Accept>("accept", "Agree to a link to a device of yours");
    other.need("--code", other->link, "Code or address of the link");
    other.need("--side-z-interface", other->side_z_interface, "Interface of your device");
    other.writes_and_waits(accept);
    add_update(link);
    add_end_and_health<Link, ix::SetLinkHealth>(link, "Remove a drained link", remove);
}

}  // namespace dz::cli
