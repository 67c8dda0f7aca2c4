// The scenarios of ledger.md 7 on users, as signed transactions.
#include <catch2/catch.hpp>

#include "tests/program/scenario.hpp"

using namespace dz;
using namespace dz::test;
using ledger::UserStatus;
using ledger::UserType;

namespace {

const Ipv4 kClient = ip(9, 128, 0, 100);

/// A network where "alice" has an unlimited pass for kClient.
struct Users : Network {
    explicit Users(std::shared_ptr<Witness> witness = {}) : Network(std::move(witness)) {
        REQUIRE(set_pass("alice", kClient) == "ok");
    }
};

}  // namespace

TEST_CASE("scenario 01: CreateUser ibrl activates the user and counts it everywhere", "[program]") {
    Users world(scenario());
    CHECK(world.create_user("alice", kClient) == "ok");

    const auto user = world.get_user(kClient);
    CHECK(user.status == UserStatus::Activated);
    CHECK(user.tunnel_id == 500);
    CHECK(user.tunnel_net.to_string() == "169.254.0.0/31");
    CHECK(user.dz_ip == kClient);
    CHECK(user.owner == world.pk("alice"));
    CHECK(user.index == 0);
    const auto device = world.get_device();
    CHECK(device.users_count == 1);
    CHECK(device.unicast_users_count == 1);
    CHECK(device.reference_count == 1);
    const auto pass = world.get<ledger::AccessPass>(world.pass("alice", kClient));
    CHECK(pass.connection_count == 1);
    CHECK(pass.status == ledger::AccessPassStatus::Connected);
    CHECK(world.balance(world.user(kClient)) == 2'324'640);
}

TEST_CASE("scenario 02: an allocated address is the prefix's first address plus one", "[program]") {
    Users world(scenario());
    CHECK(world.create_user("alice", kClient, UserType::IbrlWithAllocatedIp) == "ok");
    CHECK(world.get_user(kClient, UserType::IbrlWithAllocatedIp).dz_ip == ip(9, 128, 0, 137));
}

TEST_CASE("scenario 03: an identical CreateUser succeeds and changes nothing, even when the device is full",
          "[program]") {
    Users world(scenario());
    REQUIRE(world.create_user("alice", kClient) == "ok");
    ix::UpdateDevice full;
    full.max_users = 1;
    world.change_device(full);
    const auto before = world.accounts();
    CHECK(world.create_user("alice", kClient) == "ok");
    for (const auto& [key, state] : world.accounts()) {
        if (key != world.pk("alice")) CHECK(*before.at(key) == *state);
    }
}

TEST_CASE("scenario 04: an existing user of another device, tenant or owner is AccountAlreadyInitialized",
          "[program]") {
    Users world(scenario());
    REQUIRE(world.create_user("alice", kClient) == "ok");
    const PublicKey first = world.device;
    world.device = world.add_device("la2-dz01", 1, {Prefix{ip(9, 128, 1, 136), 29}});
    CHECK(world.create_user("alice", kClient) == "AccountAlreadyInitialized");
    world.device = first;
    const ix::CreateTenant tenant{"t", world.pk("foundation"), {}, false, false};
    REQUIRE(world.send("foundation", world.as("foundation").make(tenant).value()) == "ok");
    const ix::CreateUser same{UserType::Ibrl, ledger::Cyoa::GreOverDia, kClient, {}, 1};
    const ledger::CreateUserAccounts accounts{world.device, world.pass("alice", kClient),
                                              world.addresses().tenant("t")->key};
    CHECK(world.send("alice", world.as("alice").make(same, accounts)) == "AccountAlreadyInitialized");
    REQUIRE(world.set_pass("bob", kClient) == "ok");
    CHECK(world.create_user("bob", kClient) == "AccountAlreadyInitialized");
}

TEST_CASE("scenario 05: a banned user cannot be created again", "[program]") {
    Users world(scenario());
    REQUIRE(world.create_user("alice", kClient) == "ok");
    const auto ban =
        world.as("foundation").make(ix::RequestBanUser{1, 1}, {world.user(kClient), world.device});
    REQUIRE(world.send("foundation", ban) == "ok");
    CHECK(world.create_user("alice", kClient) == "7 InvalidStatus");
}

TEST_CASE("scenario 06: without prefix allocators every user instruction is 65", "[program]") {
    Users world(scenario());
    REQUIRE(world.create_user("alice", kClient) == "ok");
    const auto builder = world.as("alice");
    const PublicKey user = world.user(kClient);
    const PublicKey pass = world.pass("alice", kClient);
    ix::CreateUser create;
    create.client_ip = kClient;
    CHECK(world.send("alice", builder.make(create, {world.device, pass, {}})) == "65 InvalidArgument");
    CHECK(world.send("alice",
                     builder.make(ix::DeleteUser{0, 1}, {user, world.device, pass, world.pk("alice"), {}})) ==
          "65 InvalidArgument");
    CHECK(world.send("alice", builder.make(ix::RequestBanUser{0, 1}, {user, world.device})) ==
          "65 InvalidArgument");
    CHECK(world.send("alice", builder.make(ix::UpdateUser{}, {user, world.device, {}, {}})) ==
          "65 InvalidArgument");
}

TEST_CASE("scenario 07a: the pass must exist, be the payer's and be good for the address", "[program]") {
    Network world(scenario());
    CHECK(world.create_user("alice", kClient) == "53 AccessPassNotFound");
    REQUIRE(world.set_pass("bob", kClient) == "ok");
    // Of another payer: it does not even stand at an address of Alice's.
    CHECK(world.create_user("alice", kClient, UserType::Ibrl, world.pass("bob", kClient)) ==
          "ProgramFailedToComplete");
    REQUIRE(world.set_pass("alice", Ipv4{}) == "ok");
    CHECK(world.create_user("alice", kClient, UserType::Ibrl, world.pass("alice", Ipv4{})) == "ok");
}

TEST_CASE("scenario 07b: a pass that was bound to another address is 22", "[program]") {
    Network world(scenario());
    REQUIRE(world.set_pass("alice", Ipv4{}) == "ok");
    const PublicKey any = world.pass("alice", Ipv4{});
    auto pass = world.get<ledger::AccessPass>(any);
    pass.client_ip = ip(9, 128, 0, 110);
    world.set(any, pass);
    CHECK(world.create_user("alice", kClient, UserType::Ibrl, any) == "22 Unauthorized");
    pass.user_payer = world.pk("bob");
    world.set(any, pass);
    CHECK(world.create_user("alice", kClient, UserType::Ibrl, any) == "22 Unauthorized");
}

TEST_CASE("scenario 08: a pass with tenants demands one of them, a pass without refuses any", "[program]") {
    Users world(scenario());
    const auto make_tenant = [&](const std::string& code) {
        const auto creation =
            world.as("foundation").make(ix::CreateTenant{code, world.pk("foundation"), {}, false, false});
        REQUIRE(world.send("foundation", creation.value()) == "ok");
        return world.addresses().tenant(code)->key;
    };
    const PublicKey t = make_tenant("t");
    const PublicKey u = make_tenant("u");
    const auto create = [&](const std::string& payer, Ipv4 address, std::optional<PublicKey> tenant) {
        ix::CreateUser args{UserType::Ibrl, ledger::Cyoa::GreOverDia, address, {}, 1};
        const ledger::CreateUserAccounts accounts{world.device, world.pass(payer, address), tenant};
        return world.send(payer, world.as(payer).make(args, accounts));
    };
    CHECK(create("alice", kClient, t) == "79 TenantNotInAccessPassAllowlist");

    const Ipv4 other = ip(9, 128, 0, 110);
    ix::SetAccessPass args = Network::unlimited();
    args.client_ip = other;
    REQUIRE(world.send("foundation", world.as("foundation").make(args, {world.pk("bob"), PublicKey{}, t})) ==
            "ok");
    CHECK(world.get<ledger::Tenant>(t).reference_count == 1);
    CHECK(create("bob", other, std::nullopt) == "79 TenantNotInAccessPassAllowlist");
    CHECK(create("bob", other, u) == "79 TenantNotInAccessPassAllowlist");
    CHECK(create("bob", other, t) == "ok");
    CHECK(world.get<ledger::Tenant>(t).reference_count == 2);
    CHECK(world.create_user("bob", other, UserType::Multicast) == "ok");
}

TEST_CASE("scenario 09: an expired pass keeps unicast users out, and multicast users not", "[program]") {
    Network world(scenario());
    ix::SetAccessPass expiring;
    expiring.last_access_epoch = world.now.epoch;
    REQUIRE(world.set_pass("alice", kClient, expiring) == "ok");
    const PublicKey group = world.add_group("alpha");
    REQUIRE(world.allow("alice", kClient, group, false, true) == "ok");
    world.begin_epoch();
    CHECK(world.create_user("alice", kClient) == "25 AccessPassUnauthorized");
    CHECK(world.send("alice", world.subscribed_user_creation("alice", kClient, group, false, true)) == "ok");
}

TEST_CASE("scenario 10: max_users 0 locks the device for everybody but QA", "[program]") {
    Users world(scenario());
    ix::UpdateDevice lock;
    lock.max_users = 0;
    world.change_device(lock);
    CHECK(world.create_user("alice", kClient) == "20 MaxUsersExceeded");
    REQUIRE(world.send("foundation", world.as("foundation").make(ix::AddQaAllowlist{world.pk("alice")})) ==
            "ok");
    CHECK(world.create_user("alice", kClient) == "ok");
}

TEST_CASE("scenario 11: reserved seats count as taken", "[program]") {
    Users world(scenario());
    ix::UpdateDevice two;
    two.max_users = 2;
    two.users_count = 1;
    world.change_device(two);
    const Ipv4 reserved = ip(1, 2, 3, 4);
    const auto foundation = world.as("foundation");
    REQUIRE(world.send("foundation", foundation.make(ix::ReserveSeat{reserved}, world.device)) == "ok");
    CHECK(world.create_user("alice", kClient) == "20 MaxUsersExceeded");
    const PublicKey seat = world.addresses().seat_reservation(world.device, reserved);
    REQUIRE(world.send("foundation", foundation.make(ix::CloseReservation{}, seat, world.device)) == "ok");
    CHECK(world.create_user("alice", kClient) == "ok");
}

TEST_CASE("scenario 12: the limit of each type has its own error", "[program]") {
    Users world(scenario());
    REQUIRE(world.set_pass("bob", ip(9, 128, 0, 110)) == "ok");
    ix::UpdateDevice limits;
    limits.max_unicast_users = 1;
    limits.max_multicast_publishers = 1;
    limits.max_multicast_subscribers = 1;
    world.change_device(limits);
    REQUIRE(world.create_user("bob", ip(9, 128, 0, 110)) == "ok");
    CHECK(world.create_user("alice", kClient) == "81 MaxUnicastUsersExceeded");

    const PublicKey group = world.add_group("alpha");
    REQUIRE(world.allow("alice", kClient, group, true, true) == "ok");
    ix::UpdateDevice taken;
    taken.multicast_publishers_count = 1;
    taken.multicast_subscribers_count = 1;
    world.change_device(taken);
    CHECK(world.send("alice", world.subscribed_user_creation("alice", kClient, group, true, false)) ==
          "85 MaxMulticastPublishersExceeded");
    CHECK(world.send("alice", world.subscribed_user_creation("alice", kClient, group, false, true)) ==
          "82 MaxMulticastSubscribersExceeded");
}

TEST_CASE("scenario 13: DeleteUser gives everything back", "[program]") {
    Users world(scenario());
    REQUIRE(world.create_user("alice", kClient) == "ok");
    const std::uint64_t rent = world.balance(world.user(kClient));
    const std::uint64_t before = world.balance(world.pk("alice"));
    CHECK(world.delete_user("alice", kClient) == "ok");
    CHECK_FALSE(world.exists(world.user(kClient)));
    CHECK(world.balance(world.pk("alice")) == before + rent - devnet::kLamportsPerSignature);
    const auto device = world.get_device();
    CHECK(device.users_count == 0);
    CHECK(device.unicast_users_count == 0);
    CHECK(device.reference_count == 0);
    const auto pass = world.get<ledger::AccessPass>(world.pass("alice", kClient));
    CHECK(pass.connection_count == 0);
    CHECK(pass.status == ledger::AccessPassStatus::Disconnected);

    REQUIRE(world.create_user("alice", kClient) == "ok");
    CHECK(world.get_user(kClient).tunnel_id == 500);
    CHECK(world.get_user(kClient).tunnel_net.to_string() == "169.254.0.0/31");
}

TEST_CASE("scenario 14: a user in groups cannot be deleted, nor by a stranger", "[program]") {
    Users world(scenario());
    const PublicKey group = world.add_group("alpha");
    REQUIRE(world.allow("alice", kClient, group, false, true) == "ok");
    REQUIRE(world.send("alice", world.subscribed_user_creation("alice", kClient, group, false, true)) ==
            "ok");
    CHECK(world.delete_user("alice", kClient, UserType::Multicast) == "13 ReferenceCountNotZero");
    CHECK(world.set_roles("alice", kClient, group, false, false) == "ok");
    CHECK(world.get<ledger::MulticastGroup>(group).subscriber_count == 0);
    CHECK(world.delete_user("mallory", kClient, UserType::Multicast, "alice") == "8 NotAllowed");
    CHECK(world.delete_user("alice", kClient, UserType::Multicast) == "ok");
    CHECK(world.get_device().multicast_subscribers_count == 0);
}

TEST_CASE("scenario 15: a ban frees the numbers at once and the seat on deletion", "[program]") {
    Users world(scenario());
    REQUIRE(world.create_user("alice", kClient) == "ok");
    const auto ban =
        world.as("foundation").make(ix::RequestBanUser{1, 1}, {world.user(kClient), world.device});
    CHECK(world.send("mallory", world.as("mallory").make(ix::RequestBanUser{1, 1},
                                                         {world.user(kClient), world.device})) ==
          "8 NotAllowed");
    CHECK(world.send("foundation", ban) == "ok");
    const auto user = world.get_user(kClient);
    CHECK(user.status == UserStatus::Banned);
    CHECK(user.tunnel_id == 0);
    CHECK(user.tunnel_net == Prefix{});
    CHECK(user.dz_ip.is_unspecified());
    CHECK(world.get_device().users_count == 1);
    CHECK(world.send("foundation", ban) == "7 InvalidStatus");
    CHECK(world.delete_user("alice", kClient) == "ok");
    CHECK(world.get_device().users_count == 0);
}

TEST_CASE("scenario 16: UpdateUser moves to a particular tunnel id, unless it is taken", "[program]") {
    Users world(scenario());
    REQUIRE(world.create_user("alice", kClient) == "ok");
    ix::UpdateUser update;
    update.tunnel_id = 777;
    update.dz_prefix_count = 1;
    update.multicast_publisher_count = 1;
    const auto change = [&](Ipv4 address) {
        return world.send("foundation",
                          world.as("foundation").make(update, {world.user(address), world.device, {}, {}}));
    };
    CHECK(change(kClient) == "ok");
    CHECK(world.get_user(kClient).tunnel_id == 777);
    const Ipv4 other = ip(9, 128, 0, 110);
    REQUIRE(world.set_pass("bob", other) == "ok");
    REQUIRE(world.create_user("bob", other) == "ok");
    CHECK(world.get_user(other).tunnel_id == 500);
    CHECK(change(other) == "63 AllocationFailed");
}

TEST_CASE("scenario 17: a publisher has an address of the publisher block while it publishes", "[program]") {
    Users world(scenario());
    const PublicKey group = world.add_group("alpha");
    REQUIRE(world.allow("alice", kClient, group, true, false) == "ok");
    REQUIRE(world.send("alice", world.subscribed_user_creation("alice", kClient, group, true, false)) ==
            "ok");
    auto user = world.get_user(kClient, UserType::Multicast);
    CHECK(user.dz_ip == ip(148, 51, 120, 0));
    CHECK(user.tunnel_flags == 1);
    CHECK(world.get_device().multicast_publishers_count == 1);
    CHECK(world.set_roles("alice", kClient, group, false, false) == "ok");
    user = world.get_user(kClient, UserType::Multicast);
    CHECK(user.dz_ip == kClient);
    CHECK(world.delete_user("alice", kClient, UserType::Multicast) == "ok");
    CHECK(world.get_device().multicast_publishers_count == 0);
    CHECK(world.get_device().multicast_subscribers_count == 0);
}

TEST_CASE("scenario 18: groups must be active and on the pass; owners are overridden by authorities only",
          "[program]") {
    Users world(scenario());
    const PublicKey group = world.add_group("alpha");
    const auto creation = [&](const std::string& payer, Ipv4 address, const std::string& owner) {
        return world.subscribed_user_creation(payer, address, group, false, true, owner);
    };
    CHECK(world.send("alice", creation("alice", kClient, "")) == "8 NotAllowed");
    REQUIRE(world.allow("alice", kClient, group, false, true) == "ok");
    const auto builder = world.as("foundation");
    REQUIRE(world.send("foundation", builder.make(ix::SuspendMulticastGroup{}, group)) == "ok");
    CHECK(world.send("alice", creation("alice", kClient, "")) == "7 InvalidStatus");
    REQUIRE(world.send("foundation", builder.make(ix::ReactivateMulticastGroup{}, group)) == "ok");

    CHECK(world.send("mallory", creation("mallory", kClient, "alice")) == "8 NotAllowed");
    CHECK(world.send("foundation", creation("foundation", kClient, "alice")) == "ok");
    CHECK(world.get_user(kClient, UserType::Multicast).owner == world.pk("alice"));

    const Ipv4 bobs = ip(9, 128, 0, 101);
    REQUIRE(world.allow("bob", bobs, group, false, true) == "ok");
    REQUIRE(world.send("foundation", builder.make(ix::SetAuthority{{}, world.pk("sentinel"), {}, {}})) ==
            "ok");
    CHECK(world.send("sentinel", creation("sentinel", bobs, "bob")) == "ok");
    CHECK(world.get_user(bobs, UserType::Multicast).owner == world.pk("bob"));

    const Ipv4 carols = ip(9, 128, 0, 102);
    REQUIRE(world.allow("carol", carols, group, false, true) == "ok");
    const ix::CreatePermission grant{world.pk("admin"), permission_bit(ledger::PermissionFlag::UserAdmin)};
    REQUIRE(world.send("foundation", builder.make(grant)) == "ok");
    auto instruction = creation("admin", carols, "carol");
    instruction.accounts.push_back(ledger::read_only(world.addresses().permission(world.pk("admin"))));
    CHECK(world.send("admin", instruction) == "ok");
}

TEST_CASE("scenario 19: Migrate moves a user of the older scheme to today's address", "[program]") {
    Users world(scenario());
    auto creation = world.user_creation("alice", kClient, UserType::Ibrl);
    const PublicKey old_address = world.addresses().user_by_index(world.next_index());
    creation.accounts[0].key = old_address;
    REQUIRE(world.send("alice", creation) == "ok");
    auto before = world.get<ledger::User>(old_address);
    CHECK(before.index == world.state().account_index);

    const auto migrate = world.as("bob").make(ix::Migrate{}, old_address, world.user(kClient));
    CHECK(world.send("bob", migrate) == "ok");
    CHECK_FALSE(world.exists(old_address));
    const auto after = world.get_user(kClient);
    before.index = 0;
    before.bump = after.bump;
    CHECK(after == before);
}

TEST_CASE("scenario 20: the instructions of the activator era answer 67", "[program]") {
    Network world(scenario());
    for (const auto number : Bytes{37, 38, 40, 41, 43, 45}) {
        const TransactionInstruction retired{
            world.addresses().program(), {ledger::signer(world.pk("alice"))}, {number}};
        CHECK(world.send("alice", retired) == "67 Deprecated");
    }
}

TEST_CASE("user: of two violated checks the earlier one answers", "[program]") {
    Users world;
    ix::UpdateDevice lock;
    lock.max_users = 0;
    lock.status = ledger::DeviceStatus::Drained;
    lock.max_unicast_users = 1;
    lock.unicast_users_count = 1;
    world.change_device(lock);
    CHECK(world.create_user("alice", kClient) == "7 InvalidStatus");
    ix::UpdateDevice activate;
    activate.status = ledger::DeviceStatus::Activated;
    world.change_device(activate);
    CHECK(world.create_user("alice", kClient) == "20 MaxUsersExceeded");
    ix::UpdateDevice unlock;
    unlock.max_users = 10;
    world.change_device(unlock);
    CHECK(world.create_user("alice", kClient) == "81 MaxUnicastUsersExceeded");
    // A pass that has run out is noticed before the device is looked at.
    ix::SetAccessPass expiring;
    expiring.last_access_epoch = world.now.epoch;
    REQUIRE(world.set_pass("alice", kClient, expiring) == "ok");
    world.begin_epoch();
    CHECK(world.create_user("alice", kClient) == "25 AccessPassUnauthorized");
}

TEST_CASE("user: a failed transaction costs its fee and nothing else", "[program]") {
    Network world;
    world.key("alice");
    const u128 before = world.total_lamports();
    CHECK(world.create_user("alice", kClient) == "53 AccessPassNotFound");
    CHECK(world.balance(world.pk("alice")) == kStartBalance - devnet::kLamportsPerSignature);
    CHECK(world.total_lamports() == before - devnet::kLamportsPerSignature);
}

TEST_CASE("user: whoever deletes it, its owner gets the rent", "[program]") {
    Users world;
    REQUIRE(world.create_user("alice", kClient) == "ok");
    const std::uint64_t rent = world.balance(world.user(kClient));
    const std::uint64_t before = world.balance(world.pk("alice"));
    REQUIRE(world.delete_user("foundation", kClient, UserType::Ibrl, "alice") == "ok");
    CHECK(world.balance(world.pk("alice")) == before + rent);
}

TEST_CASE("user: a tunnel network that UpdateUser replaces is the next user's", "[program]") {
    Users world;
    REQUIRE(world.create_user("alice", kClient) == "ok");
    const Prefix first = world.get_user(kClient).tunnel_net;
    ix::UpdateUser update;
    update.tunnel_net = Prefix{ip(169, 254, 7, 0), 31};
    update.dz_prefix_count = 1;
    update.multicast_publisher_count = 1;
    const auto change = world.as("foundation").make(update, {world.user(kClient), world.device, {}, {}});
    REQUIRE(world.send("foundation", change) == "ok");
    CHECK(world.get_user(kClient).tunnel_net == *update.tunnel_net);
    const Ipv4 other = ip(9, 128, 0, 110);
    REQUIRE(world.set_pass("bob", other) == "ok");
    REQUIRE(world.create_user("bob", other) == "ok");
    CHECK(world.get_user(other).tunnel_net == first);
}
