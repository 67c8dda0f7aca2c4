// Users that take a seat from a block reserved for them: the later form of March 2026
// (ledger-processors.md 14.5).
#include <algorithm>

#include "chain/program/entity.hpp"
#include "chain/program/pass_rules.hpp"
#include "chain/program/processors.hpp"
#include "chain/program/reservations.hpp"
#include "chain/program/resources.hpp"

namespace dz::program {

using ledger::BlockReservation;
using ledger::BuiltinError;
using ledger::Device;
using ledger::MulticastGroup;
using ledger::ProgramError;
using ledger::User;
using ledger::UserType;

namespace {

struct ReservedAccounts {
    AccountRef user, device, group, reservation, state;
    std::optional<UserResources> resources;
    AccountRef owner;
};

bool allocates_onchain(const ledger::GlobalState& state) {
    return ((state.feature_flags >> ledger::feature::kOnchainAllocationBit) & 1) != 0;
}

Outcome take_seat(BlockReservation& reservation, Device& device, const ReservedAccounts& accounts,
                  const PublicKey& payer) {
    if (reservation.device_pk != accounts.device.key()) return reject(ProgramError::InvalidDevicePubkey);
    if (reservation.owner != payer) return reject(ProgramError::NotAllowed);
    if (reservation.reserved_count == 0) return reject(ProgramError::MaxUsersExceeded);
    --reservation.reserved_count;
    if (device.reserved_seats == 0) return reject(ProgramError::InvalidArgument);
    --device.reserved_seats;
    return {};
}

Outcome join_device(Device& device) {
    if (device.max_multicast_subscribers > 0 &&
        device.multicast_subscribers_count >= device.max_multicast_subscribers) {
        return reject(ProgramError::MaxMulticastSubscribersExceeded);
    }
    TRY_OK(acquire(device.reference_count));
    TRY_OK(acquire(device.users_count));
    return acquire(device.multicast_subscribers_count);
}

User new_user(const ix::CreateReservedSubscribeUser& args, const ReservedAccounts& accounts,
              const PublicKey& owner, std::uint8_t bump) {
    User user;
    user.owner = owner;
    user.bump = bump;
    user.user_type = args.user_type;
    user.device_pk = accounts.device.key();
    user.cyoa_type = args.cyoa_type;
    user.client_ip = args.client_ip;
    user.tunnel_endpoint = args.tunnel_endpoint;
    user.subscribers = {accounts.group.key()};
    user.status = ledger::UserStatus::Pending;
    return user;
}

/// A pending user has neither tunnel nor DZ address yet, so only what it does have is checked.
Outcome create_user(Invocation& in, const AccountRef& account, const User& user) {
    if (user.status != ledger::UserStatus::Pending) return in.create(account, user);
    if (!is_global(user.client_ip)) return reject(ProgramError::InvalidClientIp);
    return in.create_bytes(account, ledger::encode(user));
}

}  // namespace

Outcome process(Invocation& in, const ix::CreateReservedSubscribeUser& args) {
    ReservedAccounts accounts;
    TRY_OK(in.read(accounts.user, accounts.device, accounts.group, accounts.reservation, accounts.state));
    if (args.dz_prefix_count > 0) {
        TRY_OK(read_user_resources(in, true, args.dz_prefix_count, accounts.resources.emplace()));
    }
    TRY_OK(in.read_payer());
    if (!accounts.user.is_empty()) return reject(BuiltinError::AccountAlreadyInitialized);
    if (ledger::account_type(accounts.device.data()) != ledger::AccountType::Device) {
        return reject(ProgramError::InvalidDevicePubkey);
    }
    TRY(auto device, in.load<Device>(accounts.device, "device"));
    TRY(auto reservation, in.load<BlockReservation>(accounts.reservation, "reservation"));
    TRY(const auto state, in.global_state(accounts.state));
    TRY_OK(authorize_reservations(in, state));
    const PublicKey& payer = in.payer().key();
    if (device.status != ledger::DeviceStatus::Activated && !is_foundation(state, payer)) {
        return reject(ProgramError::InvalidStatus);
    }
    TRY_OK(take_seat(reservation, device, accounts, payer));
    if (args.user_type != UserType::Multicast) return reject(ProgramError::InvalidArgument);
    TRY_OK(join_device(device));
    const ledger::Address address = in.addresses().user(args.client_ip, args.user_type);
    TRY_OK(in.expect_key(accounts.user, address, "user"));
    TRY(auto group, in.load<MulticastGroup>(accounts.group, "multicast group"));
    if (group.status != ledger::MulticastGroupStatus::Activated) return reject(ProgramError::InvalidStatus);
    TRY_OK(acquire(group.subscriber_count));

    User user = new_user(args, accounts, payer, address.bump);
    if (accounts.resources) {
        if (!allocates_onchain(state)) return reject(ProgramError::FeatureNotEnabled);
        TRY(auto allocators, UserAllocators::open(in, *accounts.resources, accounts.device.key()));
        TRY_OK(allocators.take_missing(user));
        user.status = ledger::UserStatus::Activated;
    }
    TRY_OK(create_user(in, accounts.user, user));
    TRY_OK(in.write(accounts.device, device));
    TRY_OK(in.write(accounts.reservation, reservation));
    return in.write(accounts.group, group);
}

Outcome process(Invocation& in, const ix::DeleteReservedSubscribeUser& args) {
    ReservedAccounts accounts;
    TRY_OK(in.read(accounts.user, accounts.device, accounts.group, accounts.state));
    if (args.dz_prefix_count > 0) {
        TRY_OK(read_user_resources(in, args.multicast_publisher_count > 0, args.dz_prefix_count,
                                   accounts.resources.emplace()));
    }
    TRY_OK(in.read(accounts.owner));
    TRY_OK(in.read_payer());
    TRY(auto user, in.load<User>(accounts.user, "user"));
    TRY(auto device, in.load<Device>(accounts.device, "device"));
    TRY(auto group, in.load<MulticastGroup>(accounts.group, "multicast group"));
    TRY(const auto state, in.global_state(accounts.state));
    TRY_OK(authorize_reservations(in, state));
    if (user.device_pk != accounts.device.key()) return reject(ProgramError::InvalidDevicePubkey);
    if (user.owner != accounts.owner.key()) return reject(ProgramError::NotAllowed);

    const PublicKey& key = accounts.group.key();
    if (std::erase(user.publishers, key) > 0) release(group.publisher_count);
    if (std::erase(user.subscribers, key) > 0) release(group.subscriber_count);
    if (accounts.resources) {
        TRY(auto allocators, UserAllocators::open(in, *accounts.resources, user.device_pk));
        allocators.give_back(user);
    }
    if (!user.publishers.empty()) return reject(ProgramError::InvalidArgument);
    release(device.reference_count);
    release(device.users_count);
    release(device.multicast_subscribers_count);
    TRY_OK(in.write(accounts.device, device));
    TRY_OK(in.write(accounts.group, group));
    return in.close(accounts.user, accounts.owner);
}

}  // namespace dz::program
