// devices.cpp: device list and get (cli.md 7.4).
#include <fmt/format.h>

#include <algorithm>

#include "cli/commands.hpp"
#include "cli/failure.hpp"
#include "cli/filter.hpp"
#include "cli/lookup.hpp"
#include "cli/record.hpp"
#include "cli/text.hpp"

namespace dz::cli {

namespace {

using ledger::AccountType;
using ledger::Device;
using ledger::Entry;

/// A device and what other accounts say about it.
struct DeviceView {
    Entry<Device> device;
    std::string contributor, location_code, location, exchange_code, exchange;

    auto order() const { return std::tuple(exchange, device.value.code); }
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

bool matches(const DeviceListOptions& options, const DeviceView& view) {
    const Device& device = view.device.value;
    const bool code = !options.code || device.code.find(*options.code) != std::string::npos;
    return code && passes(options.contributor, {view.contributor, device.contributor_pk.to_string()}) &&
           passes(options.exchange, {view.exchange_code, device.exchange_pk.to_string()}) &&
           passes(options.location, {view.location_code, device.location_pk.to_string()}) &&
           passes(options.device_type, {ledger::to_text(device.device_type)}) &&
           passes(options.status, {ledger::to_text(device.status), ledger::to_name(device.status)}) &&
           passes(options.health,
                  {ledger::to_text(device.device_health), ledger::to_name(device.device_health)}) &&
           passes(options.desired_status,
                  {ledger::to_text(device.desired_status), ledger::to_name(device.desired_status)});
}

/// Networks of the interfaces that user tunnels may end at.
std::vector<std::string> endpoint_networks(const Device& device) {
    std::vector<std::string> out;
    for (const auto& interface : device.interfaces) {
        if (interface.user_tunnel_endpoint) out.push_back(interface.ip_net.to_string());
    }
    return out;
}

Record list_record(const DeviceView& view) {
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
    record.add("dz_prefixes", join(device.dz_prefixes));
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
    record.add("mgmt_vrf", device.mgmt_vrf);
    record.json_only("metrics_publisher_pk", device.metrics_publisher_pk.to_string());
    record.json_only("reference_count", device.reference_count);
    record.add("owner", device.owner.to_string());
    return record;
}

Record interface_record(const ledger::Interface& interface) {
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

Record detail_record(const DeviceView& view) {
    const Device& device = view.device.value;
    const auto networks = endpoint_networks(device);
    json::Ordered interfaces = json::Ordered::array();
    for (const auto& interface : device.interfaces)
        interfaces.push_back(interface_record(interface).to_json());
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

Task<Result<Catalogue>> read_catalogue(Context& context) {
    return read_kinds(context, {AccountType::Device, AccountType::Location, AccountType::Exchange,
                                AccountType::Contributor});
}

}  // namespace

Task<Result<>> device_list(DeviceListOptions options, Context& context, std::ostream& out) {
    CO_TRY(const Catalogue catalogue, co_await read_catalogue(context));
    CO_TRY_OK(require_known(options.contributor, catalogue->contributors(), "contributor"));
    CO_TRY_OK(require_known(options.exchange, catalogue->exchanges(), "exchange"));
    CO_TRY_OK(require_known(options.location, catalogue->locations(), "location"));
    std::vector<DeviceView> devices;
    for (const auto& entry : catalogue->devices()) {
        DeviceView view = view_of(entry, *catalogue);
        if (matches(options, view)) devices.push_back(std::move(view));
    }
    std::ranges::sort(devices, {}, &DeviceView::order);
    std::vector<Record> records;
    for (const DeviceView& device : devices) records.push_back(list_record(device));
    print_list(out, options.style, list_record({}), records);
    co_return Result<>{};
}

Task<Result<>> device_get(GetOptions options, Context& context, std::ostream& out) {
    CO_TRY(const Catalogue catalogue, co_await read_catalogue(context));
    const Entry<Device>* const device = find(catalogue->devices(), options.name);
    if (device == nullptr) co_return not_found("device", options.name);
    print_one(out, options.style, detail_record(view_of(*device, *catalogue)));
    if (options.style.machine_readable() || device->value.interfaces.empty()) co_return Result<>{};
    std::vector<Record> interfaces;
    for (const auto& interface : device->value.interfaces) interfaces.push_back(interface_record(interface));
    out << "\n";
    print_list(out, options.style, interface_record({}), interfaces);
    co_return Result<>{};
}

}  // namespace dz::cli
