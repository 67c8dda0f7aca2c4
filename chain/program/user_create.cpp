// CreateUser and CreateSubscribeUser: one core, checked in the order of ledger-processors.md 9.1.
#include <algorithm>

#include "chain/program/entity.hpp"
#include "chain/program/pass_rules.hpp"
#include "chain/program/processors.hpp"
#include "chain/program/resources.hpp"

namespace dz::program {

using ledger::AccessPass;
using ledger::BuiltinError;
using ledger::Device;
using ledger::GlobalState;
using ledger::MulticastGroup;
using ledger::ProgramError;
using ledger::Tenant;
using ledger::User;
using ledger::UserStatus;
using ledger::UserType;

namespace {

/// What both instructions ask for.
struct Request {
    UserType user_type{};
    ledger::Cyoa cyoa_type{};
    Ipv4 client_ip;
    Ipv4 tunnel_endpoint;
    bool publisher = false;
    /// Zero = the payer.
    PublicKey owner;
    bool multicast() const { return user_type == UserType::Multicast; }
};

/// A user that is being created, with everything that counts it.
struct Creation {
    explicit Creation(const Request& what) : request(what) {}

    Request request;
    AccountRef user_account, device_account, pass_account, state_account;
    std::optional<AccountRef> tenant_account;
    UserResources resources;

    GlobalState state;
    Device device;
    AccessPass pass;
    Tenant tenant;
    User user;
    PublicKey owner;
    ledger::Address address;
    /// The address of the older scheme, which takes an index.
    bool by_index = false;

    PublicKey tenant_key() const { return tenant_account ? tenant_account->key() : PublicKey{}; }
};

Outcome load_tenant(Invocation& in, Creation& creation) {
    if (!creation.tenant_account) return {};
    const AccountRef& account = *creation.tenant_account;
    if (account.is_empty()) return reject(ProgramError::InvalidTenantPubkey);
    if (ledger::account_type(account.data()) != ledger::AccountType::Tenant) {
        return reject(ProgramError::InvalidAccountType);
    }
    TRY(creation.tenant, in.load<Tenant>(account, "tenant"));
    return {};
}

/// Only the sentinel and user administrators create users for others.
Outcome choose_owner(Invocation& in, Creation& creation) {
    creation.owner = in.payer().key();
    if (creation.request.owner.is_zero()) return {};
    if (!in.payer_is(creation.state.sentinel_authority_pk)) {
        TRY_OK(in.authorize(creation.state, {PermissionFlag::UserAdmin}));
    }
    creation.owner = creation.request.owner;
    return {};
}

Outcome choose_address(Invocation& in, Creation& creation) {
    const PublicKey& key = creation.user_account.key();
    creation.address = in.addresses().user(creation.request.client_ip, creation.request.user_type);
    if (key == creation.address.key) return {};
    creation.address = in.addresses().user_by_index(next_index(creation.state));
    creation.by_index = true;
    if (key != creation.address.key) return reject(ProgramError::InvalidUserPubkey);
    return {};
}

Outcome load_device(Invocation& in, Creation& creation) {
    const AccountRef& account = creation.device_account;
    if (ledger::account_type(account.data()) != ledger::AccountType::Device) {
        return reject(ProgramError::InvalidDevicePubkey);
    }
    if (account.state().owner != in.deployment().program()) return reject(BuiltinError::IncorrectProgramId);
    TRY(creation.device, in.parse<Device>(account, "device"));
    return {};
}

/// Steps 8 to 10.
Outcome load_pass(Invocation& in, Creation& creation) {
    const Ipv4 client_ip = creation.request.client_ip;
    TRY_OK(expect_pass_address(in, creation.pass_account, client_ip, creation.owner));
    TRY(creation.pass, in.load<AccessPass>(creation.pass_account, "access pass"));
    return expect_pass_fits(creation.pass, client_ip, creation.owner);
}

/// Whether the same user exists already: then nothing needs doing (step 11).
Expected<bool> exists_already(Invocation& in, const Creation& creation) {
    const AccountRef& account = creation.user_account;
    if (account.is_empty()) return false;
    if (account.state().owner != in.deployment().program()) return reject(BuiltinError::IncorrectProgramId);
    TRY(const auto user, in.parse<User>(account, "user"));
    if (user.owner != creation.owner || user.device_pk != creation.device_account.key() ||
        user.user_type != creation.request.user_type || user.tenant_pk != creation.tenant_key()) {
        return reject(BuiltinError::AccountAlreadyInitialized);
    }
    if (user.status == UserStatus::Banned) return reject(ProgramError::InvalidStatus);
    return true;
}

/// Steps 12 and 13. Multicast users have neither tenants nor epochs.
Outcome check_pass_terms(Invocation& in, const Creation& creation) {
    if (creation.request.multicast()) return {};
    const auto& allowed = creation.pass.tenant_allowlist;
    const bool restricted = std::ranges::any_of(allowed, [](const PublicKey& key) { return !key.is_zero(); });
    const bool named = creation.tenant_account.has_value();
    // A list may hold the zero key, which is no tenant.
    const bool fits = restricted ? named && contains(allowed, creation.tenant_key()) : !named;
    if (!fits) {
        return reject(ProgramError::TenantNotInAccessPassAllowlist);
    }
    if (creation.pass.last_access_epoch < in.now().epoch) return reject(ProgramError::AccessPassUnauthorized);
    return {};
}

/// Steps 14 to 16.
Outcome check_capacity(Invocation& in, const Creation& creation) {
    const Device& device = creation.device;
    const PublicKey& payer = in.payer().key();
    const bool qa = contains(creation.state.qa_allowlist, payer);
    if (device.status != ledger::DeviceStatus::Activated && !qa && !is_foundation(creation.state, payer)) {
        return reject(ProgramError::InvalidStatus);
    }
    if (qa) return {};
    const unsigned taken = unsigned{device.users_count} + device.reserved_seats;
    if (taken > 0xffff) return panic("a counter overflowed");
    if (taken >= device.max_users) return reject(ProgramError::MaxUsersExceeded);
    const auto reached = [](std::uint16_t count, std::uint16_t limit) { return limit > 0 && count >= limit; };
    if (!creation.request.multicast()) {
        if (reached(device.unicast_users_count, device.max_unicast_users)) {
            return reject(ProgramError::MaxUnicastUsersExceeded);
        }
    } else if (creation.request.publisher) {
        if (reached(device.multicast_publishers_count, device.max_multicast_publishers)) {
            return reject(ProgramError::MaxMulticastPublishersExceeded);
        }
    } else if (reached(device.multicast_subscribers_count, device.max_multicast_subscribers)) {
        return reject(ProgramError::MaxMulticastSubscribersExceeded);
    }
    return {};
}

/// In the later form of March 2026 a pass for any address belongs to the first one that uses it.
void bind_pass(const Invocation& in, Creation& creation) {
    AccessPass& pass = creation.pass;
    const bool dynamic = in.deployment().dialect == ledger::Dialect::Blocks && pass.locked();
    if (dynamic && pass.client_ip.is_unspecified()) pass.client_ip = creation.request.client_ip;
}

Outcome count_user(Creation& creation) {
    const Request& request = creation.request;
    TRY_OK(count_edge_seat_user(creation.pass, request.multicast()));
    TRY_OK(acquire(creation.pass.connection_count));
    creation.pass.status = ledger::AccessPassStatus::Connected;
    Device& device = creation.device;
    TRY_OK(acquire(device.reference_count));
    TRY_OK(acquire(device.users_count));
    if (!request.multicast()) return acquire(device.unicast_users_count);
    return acquire(request.publisher ? device.multicast_publishers_count
                                     : device.multicast_subscribers_count);
}

User new_user(const Creation& creation) {
    User user;
    user.owner = creation.owner;
    user.bump = creation.address.bump;
    user.index = creation.by_index ? next_index(creation.state) : 0;
    user.user_type = creation.request.user_type;
    user.tenant_pk = creation.tenant_key();
    user.device_pk = creation.device_account.key();
    user.cyoa_type = creation.request.cyoa_type;
    user.client_ip = creation.request.client_ip;
    user.tunnel_endpoint = creation.request.tunnel_endpoint;
    const auto* validator = std::get_if<ledger::access::SolanaValidator>(&creation.pass.accesspass_type);
    if (validator != nullptr) user.validator_pubkey = validator->key;
    return user;
}

/// Steps 3 to 17. True: the user exists already and nothing was changed.
Expected<bool> prepare(Invocation& in, Creation& creation) {
    if (creation.pass_account.is_empty()) return reject(ProgramError::AccessPassNotFound);
    TRY(creation.state, in.global_state(creation.state_account));
    TRY_OK(load_tenant(in, creation));
    TRY_OK(choose_owner(in, creation));
    TRY_OK(choose_address(in, creation));
    TRY_OK(load_device(in, creation));
    TRY_OK(load_pass(in, creation));
    TRY(const bool exists, exists_already(in, creation));
    if (exists) return true;
    TRY_OK(check_pass_terms(in, creation));
    TRY_OK(check_capacity(in, creation));
    TRY_OK(count_user(creation));
    bind_pass(in, creation);
    creation.user = new_user(creation);
    return false;
}

/// Allocates what the user needs and writes every account that changed.
Outcome finish(Invocation& in, Creation& creation) {
    TRY(auto allocators, UserAllocators::open(in, creation.resources, creation.device_account.key()));
    TRY_OK(allocators.take_missing(creation.user));
    TRY_OK(in.create(creation.user_account, creation.user));
    TRY_OK(in.write(creation.device_account, creation.device));
    TRY_OK(in.write(creation.pass_account, creation.pass));
    if (creation.tenant_account) {
        TRY_OK(acquire(creation.tenant.reference_count));
        TRY_OK(in.write(*creation.tenant_account, creation.tenant));
    }
    if (!creation.by_index) return {};
    ++creation.state.account_index;
    return in.write(creation.state_account, creation.state);
}

/// Adds the group to the user (ledger-processors.md 9.3).
Outcome join_group(Invocation& in, const ix::CreateSubscribeUser& args, const AccountRef& account,
                   const std::vector<AccountRef>& feed, Creation& creation) {
    TRY(auto group, in.load<MulticastGroup>(account, "multicast group"));
    const PublicKey& key = account.key();
    const bool gated = is_edge_seat(creation.pass) && creation.request.multicast();
    if (gated) {
        TRY_OK(check_feed(in, creation.pass, feed.empty() ? nullptr : feed.data(), creation.device, &key));
        TRY_OK(take_feed_seat(creation.pass, feed[0].key()));
        creation.user.feed_pks.push_back(feed[0].key());
    }
    if (args.publisher && !contains(creation.pass.mgroup_pub_allowlist, key)) {
        return reject(ProgramError::NotAllowed, "the group is not in the pass's publisher list");
    }
    if (args.subscriber && !gated && !contains(creation.pass.mgroup_sub_allowlist, key)) {
        return reject(ProgramError::NotAllowed, "the group is not in the pass's subscriber list");
    }
    if (group.status != ledger::MulticastGroupStatus::Activated) return reject(ProgramError::InvalidStatus);
    if (args.publisher) {
        TRY_OK(acquire(group.publisher_count));
        creation.user.publishers.push_back(key);
        creation.user.tunnel_flags |= User::kCreatedAsPublisher;
    }
    if (args.subscriber) {
        TRY_OK(acquire(group.subscriber_count));
        creation.user.subscribers.push_back(key);
    }
    return in.write(account, group);
}

}  // namespace

Outcome process(Invocation& in, const ix::CreateUser& args) {
    if (args.dz_prefix_count == 0) return reject(ProgramError::InvalidArgument, "no prefix allocators");
    Creation creation(
        Request{args.user_type, args.cyoa_type, args.client_ip, args.tunnel_endpoint, false, {}});
    TRY_OK(in.read(creation.user_account, creation.device_account, creation.pass_account,
                   creation.state_account));
    TRY_OK(read_user_resources(in, true, args.dz_prefix_count, creation.resources));
    // The number of accounts alone tells whether there is a tenant before payer and system program.
    if (in.remaining() >= 3) TRY_OK(in.read(creation.tenant_account.emplace()));
    TRY_OK(in.read_payer());
    TRY(const bool exists, prepare(in, creation));
    if (exists) return {};
    return finish(in, creation);
}

Outcome process(Invocation& in, const ix::CreateSubscribeUser& args) {
    if (args.dz_prefix_count == 0) return reject(ProgramError::InvalidArgument, "no prefix allocators");
    Creation creation(Request{args.user_type, args.cyoa_type, args.client_ip, args.tunnel_endpoint,
                              args.publisher, args.owner});
    AccountRef group;
    std::vector<AccountRef> feed;
    TRY_OK(in.read(creation.user_account, creation.device_account, group, creation.pass_account,
                   creation.state_account));
    TRY_OK(read_user_resources(in, true, args.dz_prefix_count, creation.resources));
    TRY_OK(in.read_until_payer(feed));
    if (feed.size() > 1) return reject(ProgramError::InvalidArgument, "too many accounts");
    TRY(const bool exists, prepare(in, creation));
    if (exists) return reject(BuiltinError::AccountAlreadyInitialized);
    TRY_OK(join_group(in, args, group, feed, creation));
    return finish(in, creation);
}

}  // namespace dz::program
