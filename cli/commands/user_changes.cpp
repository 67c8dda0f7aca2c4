// user_changes.cpp: user accounts: create, subscribe, update, delete, request-ban (cli.md 1.3).
//
// `connect` and `disconnect` are what a user needs; these work from anywhere and for others' accounts.
#include <fmt/format.h>

#include <algorithm>

#include "cli/failure.hpp"
#include "cli/families.hpp"
#include "cli/group_roles.hpp"
#include "cli/kind.hpp"
#include "cli/user_removal.hpp"

namespace dz::cli {

namespace {

using ledger::Device;
using ledger::MulticastGroup;
using ledger::Tenant;
using ledger::User;
namespace ix = ledger::ix;

/// The pass of this address and key. Where there is none the ledger's own refusal is the clearest answer.
Task<Result<ledger::PublicKey>> pass_key(Ipv4 client_ip, ledger::PublicKey owner, Draft& draft) {
    CO_TRY(const auto pass, co_await find_access_pass(draft.context(), client_ip, owner));
    co_return pass ? pass->key : draft.addresses().access_pass(client_ip, owner).key;
}

std::uint8_t prefix_count(const Device& device) {
    return static_cast<std::uint8_t>(device.dz_prefixes.size());
}

struct Create {
    ledger::UserType user_type = ledger::UserType::Ibrl;
    ledger::Cyoa cyoa_type = ledger::Cyoa::GreOverDia;
    std::string device;
    Ipv4 client_ip, tunnel_endpoint;
    std::optional<std::string> tenant;
};

template <class O>
void add_creation(Command<O>& command, Create& options) {
    command.take("--user-type", options.user_type, "What the tunnel is for");
    command.take("--cyoa-type", options.cyoa_type, "How the device is reached");
    command.need("--device", options.device, "Device code or address");
    command.need("--client-ip", options.client_ip, "Address that the user connects from");
    command.take("--tunnel-endpoint", options.tunnel_endpoint,
                 "Address of the device that the tunnel ends at; its public one when left out");
}

Task<Result<>> create(Create options, Draft& draft) {
    CO_TRY(const auto device, co_await draft.find<Device>(options.device));
    CO_TRY(const ledger::PublicKey pass, co_await pass_key(options.client_ip, draft.payer(), draft));
    ledger::CreateUserAccounts accounts{.device = device.key, .access_pass = pass, .tenant = {}};
    if (options.tenant) {
        CO_TRY(accounts.tenant, co_await draft.key_of<Tenant>(*options.tenant));
    }
    draft.concerns<User>(draft.addresses().user(options.client_ip, options.user_type));
    draft.send(draft.build().make(ix::CreateUser{.user_type = options.user_type,
                                                 .cyoa_type = options.cyoa_type,
                                                 .client_ip = options.client_ip,
                                                 .tunnel_endpoint = options.tunnel_endpoint,
                                                 .dz_prefix_count = prefix_count(device.value)},
                                  accounts));
    co_return Result<>{};
}

struct CreateSubscribe {
    Create user;
    std::optional<std::string> publisher, subscriber, feed;
    std::optional<KeyOrMe> owner;
};

Task<Result<>> create_subscribe(CreateSubscribe options, Draft& draft) {
    if (!options.publisher && !options.subscriber)
        co_return failure("which group?", "", "give --publisher GROUP or --subscriber GROUP", Errc::BadValue);
    if (options.publisher && options.subscriber && !same_code(*options.publisher, *options.subscriber))
        co_return failure("a user is created in one group", "",
                          "name the same group twice, or join the other one with doublezero user subscribe",
                          Errc::BadValue);
    CO_TRY(const auto device, co_await draft.find<Device>(options.user.device));
    CO_TRY(const ledger::PublicKey group, co_await draft.key_of<MulticastGroup>(
                                              options.publisher ? *options.publisher : *options.subscriber));
    const ledger::PublicKey owner = options.owner ? options.owner->or_payer(draft.payer()) : draft.payer();
    CO_TRY(const ledger::PublicKey pass, co_await pass_key(options.user.client_ip, owner, draft));
    ledger::CreateSubscribeUserAccounts accounts{
        .device = device.key, .multicast_group = group, .access_pass = pass, .feed = {}};
    if (options.feed) {
        CO_TRY(accounts.feed, co_await draft.key_of<ledger::Feed>(*options.feed));
    }
    draft.concerns<User>(draft.addresses().user(options.user.client_ip, options.user.user_type));
    draft.send(draft.build().make(
        ix::CreateSubscribeUser{.user_type = options.user.user_type,
                                .cyoa_type = options.user.cyoa_type,
                                .client_ip = options.user.client_ip,
                                .publisher = options.publisher.has_value(),
                                .subscriber = options.subscriber.has_value(),
                                .tunnel_endpoint = options.user.tunnel_endpoint,
                                .dz_prefix_count = prefix_count(device.value),
                                .owner = owner == draft.payer() ? ledger::PublicKey{} : owner},
        accounts));
    co_return Result<>{};
}

struct Subscribe {
    ledger::PublicKey user;
    std::vector<std::string> groups;
    std::optional<bool> publisher, subscriber;
};

/// One transaction for each group. A role that is not mentioned stays as it is.
Task<Result<>> subscribe(Subscribe options, Draft& draft) {
    CO_TRY(const User user, co_await draft.get<User>(options.user));
    CO_TRY(const auto groups, co_await draft.keys_of<MulticastGroup>(options.groups));
    CO_TRY(const ledger::PublicKey pass, co_await pass_key(user.client_ip, user.owner, draft));
    for (const ledger::PublicKey& group : groups) {
        const Roles has = roles_in(user, group);
        const Roles wanted{options.publisher.value_or(has.publisher),
                           options.subscriber.value_or(has.subscriber)};
        draft.send(set_roles(draft.build(), {user.client_ip, options.user, pass}, group, wanted));
    }
    draft.concerns<User>(options.user);
    co_return Result<>{};
}

struct Update {
    ledger::PublicKey user;
    ix::UpdateUser args;
    std::optional<std::string> tenant;
};

Task<Result<>> update(Update options, Draft& draft) {
    CO_TRY(const User user, co_await draft.get<User>(options.user));
    CO_TRY(const Device device, co_await draft.get<Device>(user.device_pk));
    ledger::UpdateUserAccounts accounts{
        .user = options.user, .device = user.device_pk, .tenant_old = {}, .tenant_new = {}};
    if (options.tenant) {
        CO_TRY(const ledger::PublicKey tenant, co_await draft.key_of<Tenant>(*options.tenant));
        options.args.tenant_pk = tenant;
        accounts.tenant_old = user.tenant_pk;
        accounts.tenant_new = tenant;
    }
    options.args.dz_prefix_count = prefix_count(device);
    options.args.multicast_publisher_count = 1;
    draft.concerns<User>(options.user);
    draft.send(draft.build().make(options.args, accounts));
    co_return Result<>{};
}

struct Which {
    ledger::PublicKey user;
};

Task<Result<>> remove(Which which, Draft& draft) {
    CO_TRY(const User user, co_await draft.get<User>(which.user));
    CO_TRY(const Device device, co_await draft.get<Device>(user.device_pk));
    CO_TRY(const ledger::PublicKey pass, co_await pass_key(user.client_ip, user.owner, draft));
    for (auto& instruction : user_removal(draft.build(), {which.user, user}, pass, device.dz_prefixes.size()))
        draft.send(std::move(instruction));
    co_return Result<>{};
}

Task<Result<>> request_ban(Which which, Draft& draft) {
    CO_TRY(const User user, co_await draft.get<User>(which.user));
    CO_TRY(const Device device, co_await draft.get<Device>(user.device_pk));
    draft.concerns<User>(which.user);
    draft.send(draft.build().make(ix::RequestBanUser{prefix_count(device), 1},
                                  ledger::UserAccounts{which.user, user.device_pk}));
    co_return Result<>{};
}

void add_update(Group& user) {
    auto command = user.command<Update>("update", "Change a user account");
    auto& args = command->args;
    command.need("--pubkey", command->user, "Address");
    command.take("--user-type", args.user_type, "What the tunnel is for");
    command.take("--cyoa-type", args.cyoa_type, "How the device is reached");
    command.take("--dz-ip", args.dz_ip, "DoubleZero address");
    command.take("--tunnel-id", args.tunnel_id, "Number of the tunnel on the device");
    command.take("--tunnel-net", args.tunnel_net, "The tunnel's two addresses");
    command.take("--tunnel-endpoint", args.tunnel_endpoint, "Address of the device that the tunnel ends at");
    command.take("--validator-pubkey", args.validator_pubkey, "Validator that the user belongs to");
    command.take("--tenant", command->tenant, "Tenant code or address");
    command.wants_some();
    command.writes_and_waits(update);
}

}  // namespace

void add_user_changes(Group& user) {
    auto make = user.command<Create>("create", "Create a unicast account for the signer");
    add_creation(make, make.options());
    make.take("--tenant", make->tenant, "Tenant code or address");
    make.writes_and_waits(create);

    auto both = user.command<CreateSubscribe>("create-subscribe", "Create a multicast account in a group");
    both->user.user_type = ledger::UserType::Multicast;
    add_creation(both, both->user);
    both.take("--publisher", both->publisher, "Group to send to");
    both.take("--subscriber", both->subscriber, "Group to receive");
    both.take("--owner", both->owner, "Key that will own the account; you by default");
    both.take("--feed", both->feed, "Feed whose seat is used");
    both.writes_and_waits(create_subscribe);

    auto roles = user.command<Subscribe>("subscribe", "Change what a user sends to and receives");
    roles.need("--user", roles->user, "Address of the account");
    roles.need("--group", roles->groups, "Group codes or addresses");
    roles.take("--publisher", roles->publisher, "Whether it sends; unchanged when left out");
    roles.take("--subscriber", roles->subscriber, "Whether it receives; unchanged when left out");
    roles.writes_and_waits(subscribe);

    add_update(user);
    auto end = user.command<Which>("delete", "Delete an account");
    end.need("--pubkey", end->user, "Address");
    end.writes(remove);
    auto ban = user.command<Which>("request-ban", "Ban a user: its tunnel goes and it cannot come back");
    ban.need("--pubkey", ban->user, "Address");
    ban.writes_and_waits(request_ban);
}

}  // namespace dz::cli
