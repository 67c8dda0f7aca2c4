// device.cpp: devices: list and get (cli.md 7.4). What changes them is in device_changes.cpp.
#include "cli/equipment.hpp"
#include "cli/families.hpp"
#include "cli/interface_text.hpp"
#include "cli/kind.hpp"
#include "cli/text.hpp"

namespace dz::cli {

namespace {

using ledger::AccountType;
using ledger::Device;
using ledger::Entry;

struct Filter {
    EquipmentFilter<Device> common;
    std::optional<std::string> exchange, location;
    std::optional<ledger::DeviceType> device_type;
};

/// A device and what other accounts say about it.
struct DeviceView {
    Entry<Device> device;
    std::string contributor, location_code, location, exchange_code, exchange;
};

DeviceView view_of(const Entry<Device>& entry, const ledger::Snapshot& catalogue) {
    DeviceView view;
    view.device = entry;
    view.contributor = code_of(catalogue.contributors(), entry.value.contributor_pk);
    view.location_code = code_of(catalogue.locations(), entry.value.location_pk);
    view.exchange_code = code_of(catalogue.exchanges(), entry.value.exchange_pk);
    if (const auto* const location = catalogue.location(entry.value.location_pk))
        view.location = location->name;
    if (const auto* const exchange = catalogue.exchange(entry.value.exchange_pk))
        view.exchange = exchange->name;
    return view;
}

bool keeps(const Filter& filter, const Entry<Device>& entry, const ledger::Snapshot& all) {
    const Device& device = entry.value;
    return filter.common.keeps(device, all) && refers(filter.exchange, all.exchanges(), device.exchange_pk) &&
           refers(filter.location, all.locations(), device.location_pk) &&
           is(filter.device_type, device.device_type);
}

Result<> check(const Filter& filter, const ledger::Snapshot& all) {
    TRY_OK(require_known(filter.common.contributor, all.contributors()));
    TRY_OK(require_known(filter.exchange, all.exchanges()));
    return require_known(filter.location, all.locations());
}

/// Networks of the interfaces that user tunnels may end at.
std::vector<std::string> endpoint_networks(const Device& device) {
    std::vector<std::string> out;
    for (const auto& interface : device.interfaces) {
        if (interface.user_tunnel_endpoint) out.push_back(interface.ip_net.to_string());
    }
    return out;
}

Record list_record(const Entry<Device>& entry, const ledger::Snapshot& all) {
    const DeviceView view = view_of(entry, all);
    const Device& device = view.device.value;
    const auto networks = endpoint_networks(device);
    Record record;
    record.add("account", view.device.key.to_string());
    record.add("code", device.code);
    record.json_only("bump_seed", device.bump);
    record.json_only("location_pk", device.location_pk.to_string());
    record.add("contributor_code", view.contributor, {.title = "contributor"});
    record.add("location_code", view.location_code, {.title = "location"});
    record.json_only("location_name", view.location);
    record.json_only("exchange_pk", device.exchange_pk.to_string());
    record.add("exchange_code", view.exchange_code, {.title = "exchange"});
    record.json_only("exchange_name", view.exchange);
    record.add_named("device_type", device.device_type);
    record.add("public_ip", device.public_ip.to_string());
    record.add("dz_prefixes", join(device.dz_prefixes), {.wide = true});
    record.add("cyoa_ips", networks, {.text = join(networks, ",")});
    record.add("users", device.users_count);
    record.add("max_users", device.max_users);
    record.json_only("unicast_users_count", device.unicast_users_count);
    record.json_only("max_unicast_users", device.max_unicast_users);
    record.json_only("multicast_subscribers_count", device.multicast_subscribers_count);
    record.json_only("max_multicast_subscribers", device.max_multicast_subscribers);
    record.json_only("multicast_publishers_count", device.multicast_publishers_count);
    record.json_only("max_multicast_publishers", device.max_multicast_publishers);
    record.add_named("status", device.status);
    record.add_named("health", device.device_health);
    record.json_only("desired_status", ledger::to_name(device.desired_status));
    record.add("mgmt_vrf", device.mgmt_vrf, {.wide = true});
    record.json_only("metrics_publisher_pk", device.metrics_publisher_pk.to_string());
    record.json_only("reference_count", device.reference_count);
    record.add("owner", device.owner.to_string(), {.wide = true});
    return record;
}

Record details_record(const Entry<Device>& entry, const ledger::Snapshot& all) {
    const DeviceView view = view_of(entry, all);
    const Device& device = view.device.value;
    const auto networks = endpoint_networks(device);
    json::Ordered interfaces = json::Ordered::array();
    for (const auto& interface : device.interfaces)
        interfaces.push_back(device_interface_record(interface).to_json());
    Record record;
    record.add("account", view.device.key.to_string());
    record.add("code", device.code);
    record.json_only("contributor_pk", device.contributor_pk.to_string());
    record.add("contributor", view.contributor);
    record.json_only("location_pk", device.location_pk.to_string());
    record.add("location", view.location_code);
    record.json_only("exchange_pk", device.exchange_pk.to_string());
    record.add("exchange", view.exchange_code);
    record.add("device_type", ledger::to_text(device.device_type));
    record.add("public_ip", device.public_ip.to_string());
    record.add("dz_prefixes", join(device.dz_prefixes));
    record.add("cyoa_ips", networks, {.text = join(networks, ",")});
    record.add("metrics_publisher", device.metrics_publisher_pk.to_string());
    record.add("mgmt_vrf", device.mgmt_vrf);
    record.json_only("interfaces", interfaces);
    record.add("max_users", device.max_users);
    record.add("users_count", device.users_count);
    record.add("reference_count", device.reference_count);
    record.add("max_unicast_users", device.max_unicast_users);
    record.add("unicast_users_count", device.unicast_users_count);
    record.add("max_multicast_subscribers", device.max_multicast_subscribers);
    record.add("multicast_subscribers_count", device.multicast_subscribers_count);
    record.add("max_multicast_publishers", device.max_multicast_publishers);
    record.add("multicast_publishers_count", device.multicast_publishers_count);
    record.add("reserved_seats", device.reserved_seats);
    record.add("desired_status", ledger::to_text(device.desired_status));
    record.add("status", ledger::to_text(device.status));
    record.add("health", ledger::to_text(device.device_health));
    record.add("owner", device.owner.to_string());
    return record;
}

Record record(const Entry<Device>& entry, const ledger::Snapshot& all, View view) {
    return view == View::List ? list_record(entry, all) : details_record(entry, all);
}

constexpr Kind<Device, Filter> kKind{
    .needs = {AccountType::Device, AccountType::Location, AccountType::Exchange, AccountType::Contributor},
    .show = record,
    .order =
        [](const auto& entry, const auto& all) {
            const auto* const exchange = all.exchange(entry.value.exchange_pk);
            return (exchange == nullptr ? "" : exchange->name) + '\0' + entry.value.code;
        },
    .keeps = keeps,
    .check = check};

/// The details, and its interfaces as a table of their own.
Task<Result<>> print_device(Named named, OutputStyle style, Context& context, std::ostream& out) {
    CO_TRY(const Catalogue all, co_await read_for(kKind, context));
    const Entry<Device>* const device = find(all->devices(), named.name);
    if (device == nullptr) co_return not_found("device", named.name);
    print_one(out, style, details_record(*device, *all));
    if (style.machine_readable() || device->value.interfaces.empty()) co_return Result<>{};
    std::vector<Record> interfaces;
    for (const auto& interface : device->value.interfaces)
        interfaces.push_back(device_interface_record(interface));
    out << "\n";
    print_list(out, style, device_interface_record({}), interfaces);
    co_return Result<>{};
}

}  // namespace

void add_device(Group& root) {
    Group device = root.group("device", "Routers that users connect to");
    auto list = add_list(device, "List devices", kKind, Output::WideList);
    list->common.add_to(list);
    list.take("--exchange", list->exchange, "At this exchange");
    list.take("--location", list->location, "At this location");
    list.take("--device-type", list->device_type, "Of this type");
    auto get = device.command<Named>("get", "Show one device and its interfaces");
    get.need("--code", get->name, "Code or address");
    get.reads(Output::One, print_device);
    add_interface(device);
    device.heading(kForAdministrators);
    add_device_changes(device);
    add_absent_device(device);
}

}  // namespace dz::cli
