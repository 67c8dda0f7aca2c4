// UpdateDevice: many optional values, three optional groups of accounts.
#include <algorithm>

#include "chain/program/device_access.hpp"
#include "chain/program/entity.hpp"
#include "chain/program/processors.hpp"
#include "chain/program/resources.hpp"
#include "chain/program/text_rules.hpp"

namespace dz::program {

using ledger::Device;
using ledger::DeviceStatus;
using ledger::Location;
using ledger::ProgramError;
using ledger::ResourceKind;

namespace {

struct UpdateAccounts {
    DeviceAccess access;
    /// When the device moves.
    std::optional<AccountRef> location_old, location_new;
    /// When its prefixes change: the config, tunnel ids and one block for each prefix, old or new.
    std::optional<AccountRef> config;
    std::vector<AccountRef> resources;
};

/// Tells the optional groups apart by the number of accounts, which must fit exactly.
Outcome read_update_accounts(Invocation& in, std::uint64_t resource_count, UpdateAccounts& accounts) {
    std::vector<AccountRef> list;
    TRY_OK(in.read_until_payer(list));
    const std::size_t with_resources = resource_count == 0 ? 0 : 1 + resource_count;
    if (resource_count > list.size() ||
        (list.size() != 3 + with_resources && list.size() != 5 + with_resources)) {
        return reject(ProgramError::InvalidArgument, "the number of accounts does not fit");
    }
    if (resource_count == 1) return panic("tunnel ids without a prefix");
    auto next = list.begin();
    accounts.access.device_account = *next++;
    accounts.access.contributor_account = *next++;
    if (list.size() == 5 + with_resources) {
        accounts.location_old = *next++;
        accounts.location_new = *next++;
    }
    accounts.access.state_account = *next++;
    if (resource_count > 0) {
        accounts.config = *next++;
        accounts.resources.assign(next, list.end());
    }
    return {};
}

Outcome check_resource_addresses(Invocation& in, const UpdateAccounts& accounts) {
    const PublicKey device = accounts.access.device_account.key();
    for (std::size_t i = 0; i < accounts.resources.size(); ++i) {
        const PublicKey expected = i == 0 ? in.addresses().tunnel_ids(device).key
                                          : in.addresses().dz_prefix_block(device, i - 1).key;
        TRY_OK(in.expect_key(accounts.resources[i], expected, "resource"));
    }
    return {};
}

/// Replaces the prefixes and their allocators. Only for a device that has handed out no address: the one that
/// an allocator may hold is the device's own.
Outcome change_prefixes(Invocation& in, const UpdateAccounts& accounts, Device& device,
                        const std::vector<Prefix>& prefixes) {
    const std::size_t old_count = device.dz_prefixes.size();
    if (!accounts.config || accounts.resources.size() != 1 + std::max(old_count, prefixes.size())) {
        return reject(ProgramError::InvalidArgument, "allocators missing");
    }
    TRY(const auto config, in.global_config(*accounts.config));
    for (std::size_t i = 0; i < old_count; ++i) {
        const AccountRef& account = accounts.resources[1 + i];
        TRY_OK(in.expect_ours(account, "prefix block"));
        Bytes copy = account.data();
        TRY(const Allocator allocator, Allocator::open(copy));
        if (allocator.allocated_count() > 1) return panic("a prefix is in use");
    }
    device.dz_prefixes = prefixes;
    const PublicKey key = accounts.access.device_account.key();
    for (std::size_t i = 0; i < prefixes.size(); ++i) {
        const ledger::Resource resource{ResourceKind::DzPrefixBlock, key, i};
        TRY(const ResourceRange range, range_of(resource, config, &device));
        TRY_OK(create_resource(in, accounts.resources[1 + i], resource, range));
    }
    for (std::size_t i = prefixes.size(); i < old_count; ++i) {
        TRY_OK(in.close(accounts.resources[1 + i], in.payer()));
    }
    return {};
}

Outcome move_location(Invocation& in, const UpdateAccounts& accounts, Device& device) {
    if (!accounts.location_old || accounts.location_old->key() == accounts.location_new->key()) return {};
    if (device.location_pk != accounts.location_old->key())
        return reject(ProgramError::InvalidActualLocation);
    TRY(auto from, in.load<Location>(*accounts.location_old, "old location"));
    TRY(auto to, in.load<Location>(*accounts.location_new, "new location"));
    release(from.reference_count);
    TRY_OK(acquire(to.reference_count));
    device.location_pk = accounts.location_new->key();
    TRY_OK(in.write(*accounts.location_old, from));
    return in.write(*accounts.location_new, to);
}

/// A contributor may only drain the device and bring it back.
Outcome change_device_status(Device& device, DeviceStatus status, bool privileged) {
    const bool drains = device.status == DeviceStatus::Activated && status == DeviceStatus::Drained;
    const bool returns = device.status == DeviceStatus::Drained && status == DeviceStatus::Activated;
    if (!privileged && !drains && !returns) return reject(ProgramError::NotAllowed);
    device.status = status;
    return {};
}

/// A reserved seat is a promise: as long as there is one, users and seats go on fitting the device.
Outcome expect_room_for_reserved(const Invocation& in, const ix::UpdateDevice& args, const Device& device) {
    if (in.deployment().dialect == ledger::Dialect::Today || !args.max_users || device.reserved_seats == 0) {
        return {};
    }
    if (unsigned{device.users_count} + device.reserved_seats > device.max_users) {
        return reject(ProgramError::MaxUsersExceeded);
    }
    return {};
}

/// Values that whoever may update the device may set.
void set_plain_values(Device& device, const ix::UpdateDevice& args) {
    set_if(device.device_type, args.device_type);
    set_if(device.public_ip, args.public_ip);
    set_if(device.metrics_publisher_pk, args.metrics_publisher);
    set_if(device.mgmt_vrf, args.mgmt_vrf);
    set_if(device.max_users, args.max_users);
    set_if(device.desired_status, args.desired_status);
    set_if(device.max_unicast_users, args.max_unicast_users);
    set_if(device.max_multicast_subscribers, args.max_multicast_subscribers);
    set_if(device.max_multicast_publishers, args.max_multicast_publishers);
}

/// Values that are silently left alone for anybody but a network administrator.
void set_privileged_values(Device& device, const ix::UpdateDevice& args) {
    set_if(device.contributor_pk, args.contributor_pk);
    set_if(device.users_count, args.users_count);
    set_if(device.reference_count, args.reference_count);
    set_if(device.unicast_users_count, args.unicast_users_count);
    set_if(device.multicast_subscribers_count, args.multicast_subscribers_count);
    set_if(device.multicast_publishers_count, args.multicast_publishers_count);
}

}  // namespace

Outcome process(Invocation& in, const ix::UpdateDevice& args) {
    UpdateAccounts accounts;
    TRY_OK(read_update_accounts(in, args.resource_count, accounts));
    TRY_OK(check_resource_addresses(in, accounts));
    DeviceAccess& access = accounts.access;
    TRY_OK(open_device_access(in, ProgramError::NotAllowed, access));
    TRY(auto device, in.load<Device>(access.device_account, "device"));
    TRY_OK(expect_own_device(access, device));

    if (args.code) {
        TRY_OK(check_code(*args.code));
        device.code = to_lower(*args.code);
    }
    set_plain_values(device, args);
    if (access.privileged) set_privileged_values(device, args);
    if (args.dz_prefixes && *args.dz_prefixes != device.dz_prefixes) {
        TRY_OK(change_prefixes(in, accounts, device, *args.dz_prefixes));
    }
    TRY_OK(move_location(in, accounts, device));
    if (args.status) TRY_OK(change_device_status(device, *args.status, access.privileged));
    TRY_OK(expect_room_for_reserved(in, args, device));
    return in.write(access.device_account, device);
}

}  // namespace dz::program
