// link.cpp: lines between devices: list and get (cli.md 7.7). What changes them is in link_changes.cpp.
#include <fmt/format.h>

#include <algorithm>

#include "cli/equipment.hpp"
#include "cli/families.hpp"
#include "cli/kind.hpp"
#include "cli/text.hpp"

namespace dz::cli {

namespace {

using ledger::Device;
using ledger::Entry;
using ledger::Link;
using ledger::Topology;

/// "1.00ms"
std::string milliseconds(std::uint64_t nanoseconds) {
    return fmt::format("{:.2f}ms", static_cast<double>(nanoseconds) / 1e6);
}

/// "12ms", "0.5ms": shortest form.
std::string short_milliseconds(std::uint64_t nanoseconds) {
    return fmt::format("{}ms", static_cast<double>(nanoseconds) / 1e6);
}

std::string topologies_text(const Link& link, const ledger::Snapshot& all) {
    return join(codes_of(all.topologies(), link.link_topologies), ", ");
}

Record list_record(const Entry<Link>& entry, const ledger::Snapshot& all) {
    const Link& link = entry.value;
    Record record;
    record.add("account", entry.key.to_string());
    record.add("code", link.code);
    record.add("contributor_code", code_of(all.contributors(), link.contributor_pk),
               {.title = "contributor"});
    record.json_only("side_a_pk", link.side_a_pk.to_string());
    record.add("side_a_name", code_of(all.devices(), link.side_a_pk));
    record.add("side_a_iface_name", link.side_a_iface_name);
    record.json_only("side_z_pk", link.side_z_pk.to_string());
    record.add("side_z_name", code_of(all.devices(), link.side_z_pk));
    record.add("side_z_iface_name", link.side_z_iface_name);
    record.add_named("link_type", link.link_type);
    record.add("bandwidth", link.bandwidth, {.text = bandwidth_text(link.bandwidth)});
    record.add("mtu", link.mtu, {.wide = true});
    record.add("delay_ns", link.delay_ns, {.title = "delay_ms", .text = milliseconds(link.delay_ns)});
    record.add("jitter_ns", link.jitter_ns,
               {.title = "jitter_ms", .text = milliseconds(link.jitter_ns), .wide = true});
    record.add("delay_override_ns", link.delay_override_ns,
               {.title = "delay_override_ms", .text = milliseconds(link.delay_override_ns), .wide = true});
    record.add("tunnel_id", link.tunnel_id, {.wide = true});
    record.add("tunnel_net", link.tunnel_net.to_string());
    record.json_only("desired_status", ledger::to_name(link.desired_status));
    record.add_named("status", link.status);
    record.add_named("health", link.link_health);
    record.add("owner", link.owner.to_string(), {.wide = true});
    record.add("link_topologies", topologies_text(link, all), {.wide = true});
    record.add("unicast_drained", link.unicast_drained(), {.wide = true});
    return record;
}

Record details_record(const Entry<Link>& entry, const ledger::Snapshot& all) {
    const Link& link = entry.value;
    Record record;
    record.add("account", entry.key.to_string());
    record.add("code", link.code);
    record.json_only("contributor_pk", link.contributor_pk.to_string());
    record.add("contributor", code_of(all.contributors(), link.contributor_pk));
    record.json_only("side_a_pk", link.side_a_pk.to_string());
    record.add("side_a", code_of(all.devices(), link.side_a_pk));
    record.add("side_a_iface_name", link.side_a_iface_name);
    record.json_only("side_z_pk", link.side_z_pk.to_string());
    record.add("side_z", code_of(all.devices(), link.side_z_pk));
    record.add("side_z_iface_name", link.side_z_iface_name);
    record.add("tunnel_type", ledger::to_text(link.link_type));
    record.add("bandwidth", link.bandwidth);
    record.add("mtu", link.mtu);
    record.add("delay", short_milliseconds(link.delay_ns));
    record.add("jitter", short_milliseconds(link.jitter_ns));
    record.add("delay_override", short_milliseconds(link.delay_override_ns));
    record.add("tunnel_id", link.tunnel_id);
    record.add("tunnel_net", link.tunnel_net.to_string());
    record.add("desired_status", ledger::to_text(link.desired_status));
    record.add("status", ledger::to_text(link.status));
    record.add("health", ledger::to_text(link.link_health));
    record.add("owner", link.owner.to_string());
    record.add("link_topologies", topologies_text(link, all));
    record.add("unicast_drained", link.unicast_drained());
    return record;
}

struct Filter {
    EquipmentFilter<Link> common;
    std::optional<std::string> side_a, side_z, topology;
    std::optional<ledger::LinkType> link_type;
    bool wan = false, dzx = false;
};

/// Named "default", a link without a topology.
bool in_topology(const Filter& filter, const Link& link, const ledger::Snapshot& all) {
    if (!filter.topology) return true;
    if (same_code(*filter.topology, "default")) return link.link_topologies.empty();
    return std::ranges::any_of(link.link_topologies, [&](const ledger::PublicKey& key) {
        return refers(filter.topology, all.topologies(), key);
    });
}

bool keeps(const Filter& filter, const Entry<Link>& entry, const ledger::Snapshot& all) {
    const Link& link = entry.value;
    const bool any_type = !filter.wan && !filter.dzx;
    const bool type = any_type || (filter.wan && link.link_type == ledger::LinkType::Wan) ||
                      (filter.dzx && link.link_type == ledger::LinkType::Dzx);
    return type && filter.common.keeps(link, all) && refers(filter.side_a, all.devices(), link.side_a_pk) &&
           refers(filter.side_z, all.devices(), link.side_z_pk) && in_topology(filter, link, all) &&
           is(filter.link_type, link.link_type);
}

Result<> check(const Filter& filter, const ledger::Snapshot& all) {
    TRY_OK(require_known(filter.common.contributor, all.contributors()));
    TRY_OK(require_known(filter.side_a, all.devices()));
    TRY_OK(require_known(filter.side_z, all.devices()));
    if (filter.topology && same_code(*filter.topology, "default")) return {};
    return require_known(filter.topology, all.topologies());
}

Record record(const Entry<Link>& entry, const ledger::Snapshot& all, View view) {
    return view == View::List ? list_record(entry, all) : details_record(entry, all);
}

constexpr Kind<Link, Filter> kKind{
    .needs = {Link::kType, Device::kType, ledger::AccountType::Contributor, Topology::kType},
    .show = record,
    .order =
        [](const auto& entry, const auto& all) {
            return code_of(all.devices(), entry.value.side_a_pk) + '\0' +
                   code_of(all.devices(), entry.value.side_z_pk) + '\0' + entry.value.code;
        },
    .keeps = keeps,
    .check = check};

}  // namespace

void add_link(Group& root) {
    Group link = root.group("link", "Lines between devices");
    auto list = add_list(link, "List links", kKind, Output::WideList);
    list->common.add_to(list);
    list.take("--side-a", list->side_a, "Whose side A is this device");
    list.take("--side-z", list->side_z, "Whose side Z is this device");
    list.take("--link-type", list->link_type, "Of this type");
    list.flag("--wan", list->wan, "The same as --link-type wan");
    list.flag("--dzx", list->dzx, "The same as --link-type dzx");
    list.take("--topology", list->topology, "In this topology; default: in none");
    add_get(link, "Show one link", kKind);
    add_absent_link(link);
    add_topology(link);
    link.heading(kForAdministrators);
    add_link_changes(link);
}

}  // namespace dz::cli
