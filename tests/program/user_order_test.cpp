// The order of checks on users: of two violated ones the earlier answers (ledger-processors.md 9 and 13).
#include "tests/program/order.hpp"

using namespace dz;
using namespace dz::test;
using ledger::AccessPass;
using ledger::Device;
using ledger::User;
using ledger::UserStatus;
using ledger::UserType;

namespace {

const Ipv4 kClient = ip(9, 128, 0, 100);

/// "alice" and "bob" have passes, there is a tenant "t" and a group "alpha" that alice may publish to.
struct Users : Attempt {
    Users() {
        payer = "alice";
        REQUIRE(set_pass("alice", kClient) == "ok");
        REQUIRE(set_pass("bob", kClient) == "ok");
        const ix::CreateTenant args{"t", pk("foundation"), {}, false, false};
        REQUIRE(send("foundation", as("foundation").make(args).value()) == "ok");
        tenant = addresses().tenant("t")->key;
        group = add_group("alpha");
        alices = pass("alice", kClient);
        bobs = pass("bob", kClient);
    }
    void spoil_pass(const std::function<void(AccessPass&)>& change) { spoil<AccessPass>(alices, change); }
    void spoil_device(const std::function<void(Device&)>& change) { spoil<Device>(device, change); }
    PublicKey tenant, group, alices, bobs;
};

struct Creation : Users {
    ix::CreateUser args{UserType::Ibrl, ledger::Cyoa::GreOverDia, kClient, {}, 1};
    std::optional<PublicKey> with_tenant;
    TransactionInstruction instruction() override {
        return as(payer).make(args, {device, alices, with_tenant});
    }
    /// The user is there already, but differs.
    void place_user(const std::function<void(User&)>& change) {
        User other;
        other.owner = pk("alice");
        other.device_pk = device;
        other.user_type = args.user_type;
        other.tenant_pk = with_tenant.value_or(PublicKey{});
        change(other);
        const PublicKey at = user(kClient, args.user_type);
        put(at, {kCredit, addresses().program(), ledger::encode(other), false});
    }
};

}  // namespace

TEST_CASE("order: CreateUser", "[program]") {
    using C = Creation;
    expect_order<C>(
        Creation{},
        {{{"65 InvalidArgument", "no prefix", [](C& c) { c.args.dz_prefix_count = 0; }}},
         unsigned_payer<C>(),
         {{"53 AccessPassNotFound", "no pass", [](C& c) { c.replaced[2] = c.nothing(); }}},
         {{"73 InvalidTenantPubkey", "an empty tenant", [](C& c) { c.with_tenant = c.nothing(); }},
          {"9 InvalidAccountType", "a tenant that is none", [](C& c) { c.with_tenant = c.location; }}},
         {{"61 InvalidUserPubkey", "another user address", [](C& c) { c.replaced[0] = c.nothing(); }}},
         {{"6 InvalidDevicePubkey", "no device", [](C& c) { c.take_type(c.device); }}},
         {{"IncorrectProgramId", "a foreign device", [](C& c) { c.take_owner(c.device); }}},
         {{kAbort, "a pass elsewhere", [](C& c) { c.replaced[2] = c.bobs; }}},
         {{"22 Unauthorized", "a pass for another payer",
           [](C& c) { c.spoil_pass([&](AccessPass& p) { p.user_payer = c.pk("mallory"); }); }}},
         {{"22 Unauthorized", "a pass for another address",
           [](C& c) { c.spoil_pass([](AccessPass& p) { p.client_ip = ip(9, 128, 0, 101); }); }}},
         {{kOurs, "a user of another device",
           [](C& c) { c.place_user([&](User& u) { u.device_pk = c.location; }); }},
          {kOurs, "a user of another type",
           [](C& c) { c.place_user([](User& u) { u.user_type = UserType::EdgeFiltering; }); }},
          {kOurs, "a user of another owner",
           [](C& c) { c.place_user([&](User& u) { u.owner = c.pk("bob"); }); }},
          {"7 InvalidStatus", "a banned user",
           [](C& c) { c.place_user([](User& u) { u.status = UserStatus::Banned; }); }}},
         {{"79 TenantNotInAccessPassAllowlist", "a tenant without a list",
           [](C& c) { c.with_tenant = c.tenant; }},
          {"79 TenantNotInAccessPassAllowlist", "a list without the tenant",
           [](C& c) { c.spoil_pass([&](AccessPass& p) { p.tenant_allowlist = {PublicKey{}, c.tenant}; }); }}},
         {{"25 AccessPassUnauthorized", "a pass that has run out",
           [](C& c) { c.spoil_pass([&](AccessPass& p) { p.last_access_epoch = c.now.epoch - 1; }); }}},
         {{"7 InvalidStatus", "a drained device",
           [](C& c) { c.spoil_device([](Device& d) { d.status = ledger::DeviceStatus::Drained; }); }}},
         {{"20 MaxUsersExceeded", "a full device",
           [](C& c) { c.spoil_device([](Device& d) { d.reserved_seats = d.max_users; }); }}},
         {{"81 MaxUnicastUsersExceeded", "no unicast user more",
           [](C& c) { c.spoil_device([](Device& d) { d.max_unicast_users = d.unicast_users_count = 1; }); }}},
         {{"89 AccessPassMaxUnicastUsersExceeded", "no seat on the pass",
           [](C& c) {
               c.spoil_pass([](AccessPass& p) {
                   p.accesspass_type = ledger::access::EdgeSeat{};
                   p.max_unicast_users = 0;
               });
           }}},
         {{"80 InvalidTunnelEndpoint", "a private endpoint",
           [](C& c) { c.args.tunnel_endpoint = ip(10, 0, 0, 1); }}}});
}

namespace {

/// A publisher and subscriber by the seat: all gates at once.
struct Subscription : Users {
    Subscription() {
        const ix::CreateFeed make{"one", "one", exchange, {group}};
        REQUIRE(send("foundation", as("foundation").make(make).value()) == "ok");
        feed = addresses().feed("one", exchange)->key;
        spoil_pass([&](AccessPass& p) {
            p.accesspass_type = ledger::access::EdgeSeat{{{feed, 1, 1, 0, 1, 0, 0}}};
            p.mgroup_pub_allowlist = {group};
        });
    }
    ix::CreateSubscribeUser args{
        UserType::Multicast, ledger::Cyoa::GreOverDia, kClient, true, true, {}, 1, {}};
    TransactionInstruction instruction() override {
        return as(payer).make(args, {device, group, alices, with_feed ? std::optional(feed) : std::nullopt});
    }
    void spoil_seat(const std::function<void(ledger::access::FeedSeat&)>& change) {
        spoil_pass([&](AccessPass& p) {
            change(std::get<ledger::access::EdgeSeat>(p.accesspass_type).feed_seats.at(0));
        });
    }
    PublicKey feed;
    bool with_feed = true;
};

}  // namespace

TEST_CASE("order: CreateSubscribeUser", "[program]") {
    using C = Subscription;
    const auto spoil_feed = [](C& c, const std::function<void(ledger::Feed&)>& change) {
        c.spoil<ledger::Feed>(c.feed, change);
    };
    expect_order<C>(
        Subscription{},
        {{{"65 InvalidArgument", "no prefix", [](C& c) { c.args.dz_prefix_count = 0; }}},
         unsigned_payer<C>(),
         {{"53 AccessPassNotFound", "no pass", [](C& c) { c.replaced[3] = c.nothing(); }}},
         {{"8 NotAllowed", "for somebody else", [](C& c) { c.args.owner = c.pk("bob"); }}},
         {{"61 InvalidUserPubkey", "another user address", [](C& c) { c.replaced[0] = c.nothing(); }}},
         {{"6 InvalidDevicePubkey", "no device", [](C& c) { c.take_type(c.device); }}},
         {{"IncorrectProgramId", "a foreign device", [](C& c) { c.take_owner(c.device); }}},
         {{kAbort, "a pass elsewhere", [](C& c) { c.replaced[3] = c.bobs; }}},
         {{"22 Unauthorized", "a pass for another payer",
           [](C& c) { c.spoil_pass([&](AccessPass& p) { p.user_payer = c.pk("mallory"); }); }}},
         {{"22 Unauthorized", "a pass for another address",
           [](C& c) { c.spoil_pass([](AccessPass& p) { p.client_ip = ip(9, 128, 0, 101); }); }}},
         {{kOurs, "the user exists",
           [](C& c) {
               User same;
               same.owner = c.pk("alice");
               same.device_pk = c.device;
               same.user_type = UserType::Multicast;
               c.put(c.user(kClient, UserType::Multicast),
                     {kCredit, c.addresses().program(), ledger::encode(same), false});
           }}},
         {{"7 InvalidStatus", "a drained device",
           [](C& c) { c.spoil_device([](Device& d) { d.status = ledger::DeviceStatus::Drained; }); }}},
         {{"20 MaxUsersExceeded", "a full device",
           [](C& c) { c.spoil_device([](Device& d) { d.reserved_seats = d.max_users; }); }}},
         {{"85 MaxMulticastPublishersExceeded", "no publisher more",
           [](C& c) {
               c.spoil_device(
                   [](Device& d) { d.max_multicast_publishers = d.multicast_publishers_count = 1; });
           }}},
         {{"90 AccessPassMaxMulticastUsersExceeded", "no seat on the pass",
           [](C& c) { c.spoil_pass([](AccessPass& p) { p.max_multicast_users = 0; }); }}},
         {{"92 FeedAccountRequired", "no feed", [](C& c) { c.with_feed = false; }}},
         {{"52 InvalidAccountOwner", "a foreign feed", [](C& c) { c.take_owner(c.feed); }}},
         {{"93 FeedNotOnAccessPass", "a feed without a seat",
           [](C& c) { c.spoil_seat([](auto& seat) { seat.feed_key = {}; }); }}},
         {{"91 MetroMismatch", "a feed of another place",
           [=](C& c) { spoil_feed(c, [&](ledger::Feed& f) { f.exchange = c.location; }); }}},
         {{"94 GroupNotInFeed", "a feed without the group",
           [=](C& c) { spoil_feed(c, [&](ledger::Feed& f) { f.groups = {c.location}; }); }}},
         {{"95 FeedSeatFull", "a seat that is taken",
           [](C& c) { c.spoil_seat([](auto& seat) { seat.current_users = 1; }); }}},
         {{"8 NotAllowed", "not on the list",
           [](C& c) { c.spoil_pass([](AccessPass& p) { p.mgroup_pub_allowlist = {}; }); }}},
         {{"7 InvalidStatus", "a suspended group",
           [](C& c) {
               c.spoil<ledger::MulticastGroup>(c.group, [](ledger::MulticastGroup& g) {
                   g.status = ledger::MulticastGroupStatus::Suspended;
               });
           }}},
         {{"80 InvalidTunnelEndpoint", "a private endpoint",
           [](C& c) { c.args.tunnel_endpoint = ip(10, 0, 0, 1); }}}});
}

namespace {

/// Alice's user exists.
struct Existing : Users {
    Existing() {
        REQUIRE(create_user("alice", kClient) == "ok");
        account_key = user(kClient);
    }
    void spoil_user(const std::function<void(User&)>& change) { spoil<User>(account_key, change); }
    PublicKey account_key;
};

struct Deletion : Existing {
    ix::DeleteUser args{1, 1};
    TransactionInstruction instruction() override {
        return as(payer).make(args, {account_key, on_device, alices, owner, {}});
    }
    PublicKey on_device = device;
    PublicKey owner = pk("alice");
};

struct Ban : Existing {
    Ban() { payer = "foundation"; }
    ix::RequestBanUser args{1, 1};
    TransactionInstruction instruction() override { return as(payer).make(args, {account_key, device}); }
};

struct Update : Existing {
    Update() {
        payer = "foundation";
        args.tunnel_id = 777;
        args.dz_prefix_count = 1;
        args.multicast_publisher_count = 1;
        REQUIRE(create_user("bob", ip(9, 128, 0, 100), UserType::IbrlWithAllocatedIp) == "ok");
    }
    ix::UpdateUser args;
    bool one_tenant = false;
    TransactionInstruction instruction() override {
        auto made = as(payer).make(args, {account_key, device, {}, {}});
        if (one_tenant) made.accounts.insert(made.accounts.end() - 2, ledger::writable(tenant));
        return made;
    }
};

struct Check : Existing {
    Check() { payer = "foundation"; }
    TransactionInstruction instruction() override {
        return as(payer).make(ix::CheckUserAccessPass{}, account_key, alices);
    }
};

struct Migration : Users {
    Migration() {
        auto creation = user_creation("alice", kClient, UserType::Ibrl);
        old = addresses().user_by_index(next_index());
        creation.accounts[0].key = old;
        REQUIRE(send("alice", creation) == "ok");
        payer = "bob";
    }
    TransactionInstruction instruction() override {
        return as(payer).make(ix::Migrate{}, old, user(kClient));
    }
    PublicKey old;
};

struct Report : Existing {
    Report() { payer = "publisher"; }
    TransactionInstruction instruction() override {
        return as(payer).make(ix::SetUserBgpStatus{ledger::BgpStatus::Up, 1}, {account_key, device});
    }
};

template <class C>
Step<C> in_groups() {
    return {{"13 ReferenceCountNotZero", "a publisher",
             [](C& c) { c.spoil_user([&](User& u) { u.publishers = {c.group}; }); }},
            {"13 ReferenceCountNotZero", "a subscriber",
             [](C& c) { c.spoil_user([&](User& u) { u.subscribers = {c.group}; }); }}};
}

}  // namespace

TEST_CASE("order: DeleteUser", "[program]") {
    using C = Deletion;
    expect_order<C>(Deletion{},
                    {{{"65 InvalidArgument", "no prefix", [](C& c) { c.args.dz_prefix_count = 0; }}},
                     {{"53 AccessPassNotFound", "no pass", [](C& c) { c.replaced[1] = c.nothing(); }}},
                     stranger<C>(),
                     {{kAbort, "a pass elsewhere", [](C& c) { c.replaced[1] = c.bobs; }}},
                     {{"22 Unauthorized", "a pass for another payer",
                       [](C& c) { c.spoil_pass([&](AccessPass& p) { p.user_payer = c.pk("mallory"); }); }}},
                     {{"22 Unauthorized", "a pass for another address",
                       [](C& c) { c.spoil_pass([](AccessPass& p) { p.client_ip = ip(9, 128, 0, 101); }); }}},
                     in_groups<C>(),
                     {{"InvalidAccountData", "another device", [](C& c) { c.replaced[3] = c.location; }},
                      {"InvalidAccountData", "another owner", [](C& c) { c.owner = c.pk("bob"); }}}});
}

TEST_CASE("order: RequestBanUser", "[program]") {
    using C = Ban;
    expect_order<C>(Ban{}, {{{"65 InvalidArgument", "no prefix", [](C& c) { c.args.dz_prefix_count = 0; }}},
                            unsigned_payer<C>(),
                            stranger<C>(),
                            {{"7 InvalidStatus", "banned already",
                              [](C& c) { c.spoil_user([](User& u) { u.status = UserStatus::Banned; }); }}},
                            in_groups<C>()});
}

TEST_CASE("order: UpdateUser", "[program]") {
    using C = Update;
    expect_order<C>(
        Update{},
        {{{"65 InvalidArgument", "no prefix", [](C& c) { c.args.dz_prefix_count = 0; }}},
         unsigned_payer<C>(),
         stranger<C>(),
         {{"65 InvalidArgument", "one tenant", [](C& c) { c.one_tenant = true; }}},
         {{"63 AllocationFailed", "a tunnel id that is taken", [](C& c) { c.args.tunnel_id = 501; }},
          {"63 AllocationFailed", "a network that is taken",
           [](C& c) { c.args.tunnel_net = Prefix{ip(169, 254, 0, 2), 31}; }},
          {"63 AllocationFailed", "an address that is taken",
           [](C& c) { c.args.dz_ip = ip(9, 128, 0, 137); }}},
         {{"80 InvalidTunnelEndpoint", "a private endpoint",
           [](C& c) { c.args.tunnel_endpoint = ip(10, 0, 0, 1); }}}});
}

TEST_CASE("order: CheckUserAccessPass", "[program]") {
    using C = Check;
    expect_order<C>(Check{}, {unsigned_payer<C>(),
                              stranger<C>(),
                              {{kAbort, "a pass elsewhere", [](C& c) { c.replaced[1] = c.bobs; }}},
                              {{"7 InvalidStatus", "a banned user", [](C& c) {
                                    c.spoil_user([](User& u) { u.status = UserStatus::Banned; });
                                }}}});
}

TEST_CASE("order: Migrate", "[program]") {
    using C = Migration;
    expect_order<C>(Migration{},
                    {unsigned_payer<C>(),
                     {{kAbort, "a foreign account", [](C& c) { c.take_owner(c.old); }}},
                     {{"9 InvalidAccountType", "no user", [](C& c) { c.take_type(c.old); }}},
                     {{kAbort, "not at its old address",
                       [](C& c) { c.spoil<User>(c.old, [](User& u) { u.index += 1; }); }}},
                     {{kAbort, "not to its new address", [](C& c) { c.replaced[1] = c.nothing(); }}},
                     {{kOurs, "the new address is taken", [](C& c) { c.occupy(c.user(kClient)); }}}});
}

TEST_CASE("order: SetUserBGPStatus", "[program]") {
    using C = Report;
    expect_order<C>(Report{}, {unsigned_payer<C>(),
                               {{kAbort, "a foreign user", [](C& c) { c.take_owner(c.account_key); }},
                                {kAbort, "a foreign device", [](C& c) { c.take_owner(c.device); }},
                                {kAbort, "a user that is read only", [](C& c) { c.read_only.insert(0); }}},
                               stranger<C>(),
                               {{"8 NotAllowed", "a user of another device",
                                 [](C& c) { c.spoil_user([&](User& u) { u.device_pk = c.location; }); }}},
                               {{"27 InvalidDzIp", "a user without an address",
                                 [](C& c) { c.spoil_user([](User& u) { u.dz_ip = {}; }); }}}});
}
