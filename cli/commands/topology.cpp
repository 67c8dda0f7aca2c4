// topology.cpp: classes of links that traffic may be bound to (cli.md 1.3, 7.7).
#include <fmt/format.h>

#include <algorithm>

#include "cli/families.hpp"
#include "cli/kind.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"

namespace dz::cli {

namespace {

using ledger::Device;
using ledger::Link;
using ledger::Topology;
namespace ix = ledger::ix;

// What fits one transaction.
constexpr std::size_t kLinksAtOnce = 16;
constexpr std::size_t kDevicesAtOnce = 4;

/// The colour that routers mark routes of this topology with.
unsigned color_of(const Topology& topology) {
    return topology.admin_group_bit + 1U;
}

std::vector<ledger::PublicKey> links_in(const ledger::PublicKey& topology, const ledger::Snapshot& all) {
    std::vector<ledger::PublicKey> keys;
    for (const auto& [key, link] : all.links()) {
        if (std::ranges::find(link.link_topologies, topology) != link.link_topologies.end())
            keys.push_back(key);
    }
    return keys;
}

Record record(const ledger::Entry<Topology>& entry, const ledger::Snapshot& all, View) {
    const Topology& topology = entry.value;
    Record record;
    record.add("name", topology.name, {.title = "NAME"});
    record.add("bit", topology.admin_group_bit, {.title = "BIT"});
    record.add("algo", topology.flex_algo_number, {.title = "ALGO"});
    record.add("color", color_of(topology), {.title = "COLOR"});
    record.json_only("constraint", ledger::to_text(topology.constraint));
    record.add("links", links_in(entry.key, all).size(), {.title = "LINKS"});
    record.add("constraint", ledger::to_text(topology.constraint), {.title = "CONSTRAINT"});
    return record;
}

constexpr Kind<Topology> kKind{.needs = {Topology::kType, Link::kType},
                               .show = record,
                               .order = [](const auto& entry, const auto&) { return entry.value.name; }};

struct OnTopology {
    std::string name;
};

Task<Result<>> create(ix::CreateTopology args, Draft& draft) {
    CO_TRY(auto instruction, draft.build().make(args));
    CO_TRY(const auto address, draft.addresses().topology(args.name));
    draft.concerns<Topology>(address);
    draft.send(std::move(instruction));
    co_return Result<>{};
}

Task<Result<>> remove(OnTopology options, Draft& draft) {
    CO_TRY(const auto topology, co_await draft.find<Topology>(options.name));
    CO_TRY(auto instruction, draft.build().make(ix::DeleteTopology{topology.value.name}));
    draft.send(std::move(instruction));
    co_return Result<>{};
}

/// One instruction for each `at_once` of `keys`.
template <class Args>
Result<> send_in_parts(const Args& args, std::span<const ledger::PublicKey> keys, std::size_t at_once,
                       Draft& draft) {
    while (!keys.empty()) {
        const std::size_t count = std::min(at_once, keys.size());
        TRY(auto instruction, draft.build().make(args, keys.first(count)));
        draft.send(std::move(instruction));
        keys = keys.subspan(count);
    }
    return {};
}

Task<Result<>> clear(OnTopology options, Draft& draft) {
    CO_TRY(const auto topology, co_await draft.find<Topology>(options.name));
    CO_TRY(const Catalogue all, co_await read_kinds(draft.context(), {Link::kType}));
    const auto links = links_in(topology.key, *all);
    if (links.empty()) draft.note("no link is in this topology");
    co_return send_in_parts(ix::ClearTopology{topology.value.name}, links, kLinksAtOnce, draft);
}

/// Devices with a loopback that has no number in this topology yet.
std::vector<ledger::PublicKey> devices_without(const ledger::PublicKey& topology,
                                               const ledger::Snapshot& all) {
    const auto lacks = [&](const ledger::Interface& interface) {
        return interface.loopback_type == ledger::LoopbackType::Vpnv4 &&
               std::ranges::find(interface.flex_algo_node_segments, topology,
                                 &ledger::NodeSegment::topology) == interface.flex_algo_node_segments.end();
    };
    std::vector<ledger::PublicKey> keys;
    for (const auto& [key, device] : all.devices()) {
        if (std::ranges::any_of(device.interfaces, lacks)) keys.push_back(key);
    }
    return keys;
}

Task<Result<>> assign(OnTopology options, Draft& draft) {
    CO_TRY(const auto topology, co_await draft.find<Topology>(options.name));
    CO_TRY(const Catalogue all, co_await read_kinds(draft.context(), {Device::kType}));
    const auto devices = devices_without(topology.key, *all);
    if (devices.empty()) draft.note("every vpnv4 loopback has a segment number in this topology");
    co_return send_in_parts(ix::AssignTopologyNodeSegments{topology.value.name}, devices, kDevicesAtOnce,
                            draft);
}

}  // namespace

void add_topology(Group& link) {
    Group topology = link.group("topology", "Classes of links that traffic may be bound to");
    add_list(topology, "List topologies", kKind);

    topology.heading(kForAdministrators);
    auto make = topology.command<ix::CreateTopology>("create", "Add a topology");
    make.need("--name", make->name, "Its name; upper and lower case are the same");
    make.take("--constraint", make->constraint, "Whether links with its mark are used or avoided");
    make.writes(create);
    const auto on = [&topology](const std::string& name, const std::string& about,
                                Task<Result<>> (*effect)(OnTopology, Draft&)) {
        auto command = topology.command<OnTopology>(name, about);
        command.need("--name", command->name, "Name or address");
        command.writes(effect);
    };
    on("delete", "Remove a topology that no link is in", remove);
    on("clear", "Take all links out of a topology", clear);
    on("assign-node-segments", "Give loopbacks without one a segment number", assign);
}

}  // namespace dz::cli
