// Creating and deleting devices, and their health. Updates: device_update.cpp.
#include <algorithm>

#include "chain/program/device_access.hpp"
#include "chain/program/entity.hpp"
#include "chain/program/processors.hpp"
#include "chain/program/resources.hpp"
#include "chain/program/text_rules.hpp"

namespace dz::program {

using ledger::BuiltinError;
using ledger::Contributor;
using ledger::Device;
using ledger::DeviceStatus;
using ledger::Exchange;
using ledger::Location;
using ledger::ProgramError;
using ledger::ResourceKind;

namespace {

bool inside_prefixes(Ipv4 address, const std::vector<Prefix>& prefixes) {
    return std::ranges::any_of(prefixes, [&](const Prefix& prefix) { return prefix.contains(address); });
}

Outcome check_prefixes(const ix::CreateDevice& args, std::size_t resources) {
    if (inside_prefixes(args.public_ip, args.dz_prefixes)) return reject(ProgramError::InvalidPublicIp);
    if (args.resource_count != 1 + args.dz_prefixes.size() || args.resource_count != resources) {
        return reject(ProgramError::InvalidArgument, "resource_count is not 1 + the number of prefixes");
    }
    return {};
}

Device new_device(const ix::CreateDevice& args, const PublicKey& owner, const PublicKey& contributor,
                  const PublicKey& location, const PublicKey& exchange) {
    Device device;
    device.owner = owner;
    device.location_pk = location;
    device.exchange_pk = exchange;
    device.device_type = args.device_type;
    device.public_ip = args.public_ip;
    device.code = to_lower(args.code);
    device.dz_prefixes = args.dz_prefixes;
    device.metrics_publisher_pk = args.metrics_publisher;
    device.contributor_pk = contributor;
    device.mgmt_vrf = args.mgmt_vrf;
    device.device_health = ledger::DeviceHealth::ReadyForUsers;
    device.desired_status = args.desired_status.value_or(ledger::DeviceDesiredStatus::Activated);
    return device;
}

/// Tunnel ids first, then one block for each prefix.
Outcome create_device_resources(Invocation& in, const std::vector<AccountRef>& accounts, const PublicKey& key,
                                const Device& device) {
    const ledger::GlobalConfig unused;
    for (std::size_t i = 0; i < accounts.size(); ++i) {
        const ledger::Resource resource = i == 0 ? ledger::Resource{ResourceKind::TunnelIds, key, 0}
                                                 : ledger::Resource{ResourceKind::DzPrefixBlock, key, i - 1};
        TRY(const ResourceRange range, range_of(resource, unused, &device));
        TRY_OK(create_resource(in, accounts[i], resource, range));
    }
    return {};
}

/// What DeleteDevice needs to take the device off the ledger at once.
struct DeviceRemoval {
    AccountRef location_account, exchange_account, device_owner;
    std::vector<AccountRef> resources, resource_owners;
};

Outcome remove_device(Invocation& in, DeviceAccess& access, const Device& device,
                      const DeviceRemoval& removal) {
    if (device.location_pk != removal.location_account.key())
        return reject(ProgramError::InvalidLocationPubkey);
    if (device.exchange_pk != removal.exchange_account.key())
        return reject(ProgramError::InvalidExchangePubkey);
    if (device.contributor_pk != access.contributor_account.key()) {
        return reject(ProgramError::InvalidContributorPubkey);
    }
    if (device.owner != removal.device_owner.key()) return reject(ProgramError::InvalidOwnerPubkey);
    // Fewer would leave allocators behind that belong to nothing.
    if (removal.resources.size() != 1 + device.dz_prefixes.size()) {
        return reject(ProgramError::InvalidArgument, "not all allocators of the device");
    }

    TRY(auto location, in.load<Location>(removal.location_account, "location"));
    TRY(auto exchange, in.load<Exchange>(removal.exchange_account, "exchange"));
    release(access.contributor.reference_count);
    release(location.reference_count);
    release(exchange.reference_count);
    TRY_OK(in.write(access.contributor_account, access.contributor));
    TRY_OK(in.write(removal.location_account, location));
    TRY_OK(in.write(removal.exchange_account, exchange));

    const PublicKey device_key = access.device_account.key();
    for (std::size_t i = 0; i < removal.resources.size(); ++i) {
        const AccountRef& resource = removal.resources[i];
        const PublicKey expected = i == 0 ? in.addresses().tunnel_ids(device_key).key
                                          : in.addresses().dz_prefix_block(device_key, i - 1).key;
        TRY_OK(in.expect_key(resource, expected, "resource"));
        TRY(const auto content, in.load<ledger::ResourceExtension>(resource, "resource"));
        if (content.owner != removal.resource_owners[i].key()) {
            return reject(BuiltinError::InvalidAccountData, "resource owner");
        }
        TRY_OK(in.close(resource, removal.resource_owners[i]));
    }
    return in.close(access.device_account, removal.device_owner);
}

}  // namespace

Outcome process(Invocation& in, const ix::CreateDevice& args) {
    DeviceAccess access;
    AccountRef location_account, exchange_account, config;
    std::vector<AccountRef> resources;
    TRY_OK(in.read(access.device_account, access.contributor_account, location_account, exchange_account,
                   access.state_account, config));
    TRY_OK(in.read_until_payer(resources));
    TRY_OK(check_code(args.code));
    TRY_OK(in.expect_ours(access.contributor_account, "contributor"));
    TRY(auto location, in.load<Location>(location_account, "location"));
    TRY(auto exchange, in.load<Exchange>(exchange_account, "exchange"));
    TRY_OK(in.global_state(access.state_account));
    if (!access.device_account.is_empty()) return reject(BuiltinError::AccountAlreadyInitialized);
    TRY_OK(open_device_access(in, ProgramError::InvalidOwnerPubkey, access));
    const ledger::Address address = in.addresses().device(next_index(access.state));
    TRY_OK(in.expect_key(access.device_account, address, "device"));
    TRY_OK(check_prefixes(args, resources.size()));

    Device device = new_device(args, in.payer().key(), access.contributor_account.key(),
                               location_account.key(), exchange_account.key());
    device.index = ++access.state.account_index;
    device.bump = address.bump;
    TRY_OK(in.create(access.device_account, device));
    TRY_OK(in.global_config(config));
    TRY_OK(create_device_resources(in, resources, address.key, device));

    TRY_OK(acquire(access.contributor.reference_count));
    TRY_OK(acquire(location.reference_count));
    TRY_OK(acquire(exchange.reference_count));
    TRY_OK(in.write(access.contributor_account, access.contributor));
    TRY_OK(in.write(location_account, location));
    TRY_OK(in.write(exchange_account, exchange));
    return in.write(access.state_account, access.state);
}

Outcome process(Invocation& in, const ix::DeleteDevice& args) {
    DeviceAccess access;
    DeviceRemoval removal;
    TRY_OK(in.read(access.device_account, access.contributor_account, access.state_account));
    if (args.resource_count > 0) {
        TRY_OK(in.read(removal.location_account, removal.exchange_account));
        TRY_OK(in.read_list(args.resource_count, removal.resources));
        TRY_OK(in.read_list(args.resource_count, removal.resource_owners));
        TRY_OK(in.read(removal.device_owner));
    }
    TRY_OK(in.read_payer());
    TRY_OK(open_device_access(in, ProgramError::NotAllowed, access));
    TRY(auto device, in.load<Device>(access.device_account, "device"));
    TRY_OK(expect_own_device(access, device));
    if (device.status == DeviceStatus::Activated || device.status == DeviceStatus::Deleting) {
        return reject(ProgramError::InvalidStatus);
    }
    TRY_OK(expect_unreferenced(device));
    if (!device.interfaces.empty()) return reject(ProgramError::DeviceHasInterfaces);
    if (args.resource_count > 0) return remove_device(in, access, device, removal);
    device.status = DeviceStatus::Deleting;
    return in.write(access.device_account, device);
}

Outcome process(Invocation& in, const ix::SetDeviceHealth& args) {
    return update_entity<Device>(in, {PermissionFlag::HealthOracle, PermissionFlag::NetworkAdmin},
                                 [&](Device& device) -> Outcome {
                                     device.device_health = args.health;
                                     return {};
                                 });
}

}  // namespace dz::program
