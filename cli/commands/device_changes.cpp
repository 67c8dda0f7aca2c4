// device_changes.cpp: devices: create, update, delete, set-health (cli.md 1.3).
#include <fmt/format.h>

#include "cli/equipment.hpp"
#include "cli/families.hpp"

namespace dz::cli {

namespace {

using ledger::Contributor;
using ledger::Device;
using ledger::Exchange;
using ledger::Location;
namespace ix = ledger::ix;

/// The device's tunnel numbers and its prefixes have an allocator each.
template <class Count>
Count resource_count(std::size_t prefixes) {
    return static_cast<Count>(prefixes + 1);
}

struct Create {
    ix::CreateDevice args;
    std::string contributor, location, exchange;
    std::optional<KeyOrMe> metrics_publisher;
};

Task<Result<>> create(Create options, Draft& draft) {
    auto& args = options.args;
    CO_TRY(const ledger::PublicKey contributor, co_await draft.key_of<Contributor>(options.contributor));
    CO_TRY(const ledger::PublicKey location, co_await draft.key_of<Location>(options.location));
    CO_TRY(const ledger::PublicKey exchange, co_await draft.key_of<Exchange>(options.exchange));
    if (options.metrics_publisher)
        args.metrics_publisher = options.metrics_publisher->or_payer(draft.payer());
    args.resource_count = resource_count<std::uint8_t>(args.dz_prefixes.size());
    draft.concerns<Device>(draft.addresses().device(draft.next_index()));
    draft.send(draft.build().make(args, {.index = draft.next_index(),
                                         .contributor = contributor,
                                         .location = location,
                                         .exchange = exchange}));
    draft.note(fmt::format(
        "the device admits nobody until: doublezero device update --pubkey {} --max-users N", args.code));
    co_return Result<>{};
}

struct Update {
    std::string device;
    ix::UpdateDevice args;
    std::optional<std::string> contributor, location;
};

Task<Result<>> update(Update options, Draft& draft) {
    CO_TRY(const auto device, co_await draft.find<Device>(options.device));
    auto& args = options.args;
    ledger::UpdateDeviceAccounts accounts{.device = device.key,
                                          .contributor = device.value.contributor_pk,
                                          .location_old = {},
                                          .location_new = {}};
    if (options.contributor) {
        CO_TRY(args.contributor_pk, co_await draft.key_of<Contributor>(*options.contributor));
    }
    if (options.location) {
        CO_TRY(const ledger::PublicKey location, co_await draft.key_of<Location>(*options.location));
        if (location != device.value.location_pk) {
            accounts.location_old = device.value.location_pk;
            accounts.location_new = location;
        }
    }
    // Prefixes that go and prefixes that come have their allocators closed and made.
    if (args.dz_prefixes)
        args.resource_count = resource_count<std::uint64_t>(
            std::max(args.dz_prefixes->size(), device.value.dz_prefixes.size()));
    draft.concerns<Device>(device.key);
    draft.send(draft.build().make(args, accounts));
    co_return Result<>{};
}

Task<Result<>> remove(Named named, Draft& draft) {
    CO_TRY(const auto device, co_await draft.find<Device>(named.name));
    const Device& value = device.value;
    CO_TRY_OK(check_drained(value, "drained"));
    ledger::DeleteDeviceAccounts accounts{.device = device.key,
                                          .contributor = value.contributor_pk,
                                          .location = value.location_pk,
                                          .exchange = value.exchange_pk,
                                          .device_owner = value.owner,
                                          .resource_owners = {}};
    std::vector<ledger::PublicKey> resources{draft.addresses().tunnel_ids(device.key)};
    for (std::size_t i = 0; i < value.dz_prefixes.size(); ++i)
        resources.push_back(draft.addresses().dz_prefix_block(device.key, i));
    for (const ledger::PublicKey& key : resources) {
        CO_TRY(const auto resource, co_await draft.get<ledger::ResourceExtension>(key));
        accounts.resource_owners.push_back(resource.owner);
    }
    draft.send(draft.build().make(ix::DeleteDevice{static_cast<std::uint8_t>(resources.size())}, accounts));
    co_return Result<>{};
}

void add_create(Group& device) {
    auto command = device.command<Create>("create", "Add a device");
    auto& args = command->args;
    args.mgmt_vrf = "default";
    command.need("--code", args.code, "Short name, for example ny5-dz01", parse_code);
    command.need("--contributor", command->contributor, "Who runs it: code or address");
    command.need("--location", command->location, "Where it stands: code or address");
    command.need("--exchange", command->exchange, "Where it meets others: code or address");
    command.need("--public-ip", args.public_ip, "Address that user tunnels end at");
    command.need("--dz-prefixes", args.dz_prefixes, "Addresses it gives to users; without --public-ip");
    command.take("--device-type", args.device_type, "What it is for");
    command.take("--metrics-publisher", command->metrics_publisher, "Key that reports for it");
    command.take("--mgmt-vrf", args.mgmt_vrf, "Its management VRF");
    command.take("--desired-status", args.desired_status, "What it is meant to be");
    command.writes_and_waits(create);
}

void add_update(Group& device) {
    auto command = device.command<Update>("update", "Change a device");
    auto& args = command->args;
    command.need("--pubkey", command->device, "Address or code");
    take_equipment_changes(command, args, command->contributor);
    command.take("--public-ip", args.public_ip, "Address that user tunnels end at");
    command.take("--dz-prefixes", args.dz_prefixes, "Addresses it gives to users; all, not only new ones");
    command.take("--device-type", args.device_type, "What it is for");
    command.take("--metrics-publisher", args.metrics_publisher, "Key that reports for it");
    command.take("--location", command->location, "Where it stands");
    command.take("--mgmt-vrf", args.mgmt_vrf, "Its management VRF");
    command.take("--max-users", args.max_users, "Users at once; 0 admits nobody");
    command.take("--max-unicast-users", args.max_unicast_users, "Unicast users at once; 0 for no limit");
    command.take("--max-multicast-subscribers", args.max_multicast_subscribers, "0 for no limit");
    command.take("--max-multicast-publishers", args.max_multicast_publishers, "0 for no limit");
    command.take("--users-count", args.users_count, "Repair a counter");
    command.take("--unicast-users-count", args.unicast_users_count, "Repair a counter");
    command.take("--multicast-subscribers-count", args.multicast_subscribers_count, "Repair a counter");
    command.take("--multicast-publishers-count", args.multicast_publishers_count, "Repair a counter");
    command.take("--reference-count", args.reference_count, "Repair a counter");
    command.wants_some();
    command.writes_and_waits(update);
}

}  // namespace

void add_device_changes(Group& device) {
    add_create(device);
    add_update(device);
    add_end_and_health<Device, ix::SetDeviceHealth>(
        device, "Remove a drained device that has no users and interfaces", remove);
}

}  // namespace dz::cli
