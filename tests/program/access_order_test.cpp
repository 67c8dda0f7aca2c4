// The order of checks on access passes, multicast groups and feeds: of two violated ones the earlier answers
// (ledger-processors.md 10 and 11).
#include "tests/program/order.hpp"

using namespace dz;
using namespace dz::test;
using ledger::AccessPass;
using ledger::MulticastGroup;
using ledger::User;
using ledger::UserType;

namespace {

const Ipv4 kClient = ip(9, 128, 0, 100);

/// "alice" and "bob" have passes; "boss" runs the tenants "acme" and "old".
struct Passes : Attempt {
    Passes() {
        REQUIRE(set_pass("alice", kClient) == "ok");
        REQUIRE(set_pass("bob", kClient) == "ok");
        alices = pass("alice", kClient);
        acme = add_tenant("acme");
        old = add_tenant("old");
    }
    PublicKey add_tenant(const std::string& code) {
        const ix::CreateTenant args{code, pk("boss"), {}, false, false};
        REQUIRE(send("foundation", as("foundation").make(args).value()) == "ok");
        return addresses().tenant(code)->key;
    }
    void spoil_pass(const std::function<void(AccessPass&)>& change) { spoil<AccessPass>(alices, change); }
    PublicKey alices, acme, old;
};

struct Setting : Passes {
    Setting() {
        args.client_ip = kClient;
        args.last_access_epoch = now.epoch;
        payer = "boss";
    }
    ix::SetAccessPass args;
    PublicKey removed, added = acme;
    TransactionInstruction instruction() override {
        return as(payer).make(args, {pk("alice"), removed, added});
    }
};

/// Instructions on the pass that have no arguments of interest.
template <class Args>
struct OnPass : Passes {
    Args args{};
    TransactionInstruction instruction() override { return as(payer).make(args, alices); }
};

template <class C>
Step<C> foreign_feed_authority() {
    return {{"8 NotAllowed", "the feed authority, on a pass of others", [](C& c) { c.payer = "feeds"; }}};
}

}  // namespace

TEST_CASE("order: SetAccessPass", "[program]") {
    using C = Setting;
    const auto rival = [](C& c) {
        c.spoil<ledger::Tenant>(c.old, [&](ledger::Tenant& t) { t.administrators = {c.pk("rival")}; });
        c.removed = c.old;
    };
    expect_order<C>(Setting{},
                    {unsigned_payer<C>(),
                     {{kAbort, "a pass elsewhere", [](C& c) { c.replaced[0] = c.pass("bob", kClient); }}},
                     stranger<C>(),
                     {{"23 InvalidSolanaPubkey", "a validator without a key",
                       [](C& c) { c.args.accesspass_type = ledger::access::SolanaValidator{}; }}},
                     {{"21 InvalidLastAccessEpoch", "an epoch that is over",
                       [](C& c) { c.args.last_access_epoch = c.now.epoch - 1; }}},
                     foreign_feed_authority<C>(),
                     {{"8 NotAllowed", "taken from a tenant of others", rival}}});
    // Who may give passes of any tenant but this one may take them from any, so those two exclude each other.
    expect_order<C>(
        Setting{},
        {{{"21 InvalidLastAccessEpoch", "an epoch that is over",
           [](C& c) { c.args.last_access_epoch = c.now.epoch - 1; }}},
         {{"22 Unauthorized", "given to a tenant of others", [](C& c) { c.payer = "foundation"; }}}});
}

TEST_CASE("order: CloseAccessPass", "[program]") {
    using C = OnPass<ix::CloseAccessPass>;
    expect_order<C>(
        C{}, {unsigned_payer<C>(),
              {{"53 AccessPassNotFound", "no pass", [](C& c) { c.replaced[0] = c.nothing(); }}},
              stranger<C>(),
              {{"9 InvalidAccountType", "no pass but a location", [](C& c) { c.replaced[0] = c.location; }}},
              foreign_feed_authority<C>(),
              {{"72 AccessPassInUse", "a user is connected",
                [](C& c) { c.spoil_pass([](AccessPass& p) { p.connection_count = 1; }); }}}});
}

TEST_CASE("order: SetAccessPassFlags", "[program]") {
    using C = OnPass<ix::SetAccessPassFlags>;
    C valid;
    valid.args.dzf_locked = true;
    expect_order<C>(valid, {unsigned_payer<C>(),
                            {{"53 AccessPassNotFound", "no pass", [](C& c) { c.replaced[0] = c.nothing(); }}},
                            stranger<C>(),
                            {{"65 InvalidArgument", "no flag", [](C& c) { c.args.dzf_locked.reset(); }}},
                            foreign_feed_authority<C>()});
}

TEST_CASE("order: CheckStatusAccessPass", "[program]") {
    using C = OnPass<ix::CheckStatusAccessPass>;
    expect_order<C>(C{}, {unsigned_payer<C>(),
                          {{kAbort, "a foreign pass", [](C& c) { c.take_owner(c.alices); }}},
                          stranger<C>()});
}

namespace {

/// The group "alpha" on the pass of "alice", whose user subscribes to it.
struct Groups : Passes {
    Groups() {
        group = add_group("alpha");
        REQUIRE(allow("alice", kClient, group, true, true) == "ok");
        REQUIRE(send("alice", subscribed_user_creation("alice", kClient, group, false, true)) == "ok");
        alices_user = user(kClient, UserType::Multicast);
    }
    void spoil_group(const std::function<void(MulticastGroup&)>& change) {
        spoil<MulticastGroup>(group, change);
    }
    void spoil_user(const std::function<void(User&)>& change) { spoil<User>(alices_user, change); }
    PublicKey group, alices_user;
};

struct GroupCreation : Groups {
    ix::CreateMulticastGroup args{"beta", 1, pk("foundation"), true};
    TransactionInstruction instruction() override { return as(payer).make(args, next_index()); }
};

struct GroupUpdate : Groups {
    GroupUpdate() { args.use_onchain_allocation = true; }
    ix::UpdateMulticastGroup args;
    TransactionInstruction instruction() override { return as(payer).make(args, group); }
};

template <class Args>
struct OnGroup : Groups {
    TransactionInstruction instruction() override { return as(payer).make(Args{}, group); }
};

struct GroupDeletion : Groups {
    GroupDeletion() {
        spoil_group([](MulticastGroup& g) { g.subscriber_count = 0; });
    }
    ix::DeleteMulticastGroup args{true};
    TransactionInstruction instruction() override {
        return as(payer).make(args, ledger::OwnedAccounts{group, pk("foundation")});
    }
};

template <class Args>
struct Listing : Groups {
    Args args{kClient, pk("alice")};
    TransactionInstruction instruction() override {
        return as(payer).make(args, ledger::AllowlistAccounts{group, alices, {}});
    }
};

struct Roles : Groups {
    Roles() { payer = "alice"; }
    ix::UpdateMulticastGroupRoles args{kClient, true, true, true};
    TransactionInstruction instruction() override {
        return as(payer).make(args, {group, alices, alices_user});
    }
};

template <class C>
Step<C> in_status(ledger::MulticastGroupStatus status) {
    return {{"7 InvalidStatus", "the wrong status",
             [=](C& c) { c.spoil_group([=](MulticastGroup& g) { g.status = status; }); }}};
}

template <class C>
void expect_listing_order(bool removes) {
    std::vector<Step<C>> steps = {unsigned_payer<C>()};
    if (removes) {
        steps.push_back({{"53 AccessPassNotFound", "no pass", [](C& c) { c.replaced[1] = c.nothing(); }}});
    }
    const std::vector<Step<C>> rest = {
        stranger<C>(),
        {{kAbort, "a pass of somebody else", [](C& c) { c.args.user_payer = c.pk("bob"); }},
         {kAbort, "a pass for another address", [](C& c) { c.args.client_ip = ip(9, 128, 0, 101); }}},
        {{"8 NotAllowed", "the feed authority, on a pass of others", [](C& c) {
              c.spoil_group([&](MulticastGroup& g) { g.owner = c.pk("feeds"); });
              c.payer = "feeds";
          }}}};
    steps.insert(steps.end(), rest.begin(), rest.end());
    expect_order<C>(C{}, steps);
}

}  // namespace

TEST_CASE("order: CreateMulticastGroup", "[program]") {
    using C = GroupCreation;
    expect_order<C>(
        C{}, {unsigned_payer<C>(),
              {{"65 InvalidArgument", "not onchain", [](C& c) { c.args.use_onchain_allocation = false; }}},
              {{"19 InvalidAccountCode", "a code with a blank", [](C& c) { c.args.code = "a b"; }}},
              {{kAbort, "another address", [](C& c) { c.replaced[0] = c.nothing(); }}},
              stranger<C>(),
              {{kOurs, "the address is taken",
                [](C& c) { c.occupy(c.addresses().multicast_group(c.next_index())); }}},
              {{"50 InvalidMaxBandwidth", "no bandwidth", [](C& c) { c.args.max_bandwidth = 0; }}},
              {{"34 CodeTooLong", "a long code", [](C& c) { c.args.code = std::string(33, 'x'); }}}});
}

TEST_CASE("order: UpdateMulticastGroup", "[program]") {
    using C = GroupUpdate;
    expect_order<C>(
        C{}, {unsigned_payer<C>(),
              stranger<C>(),
              {{"19 InvalidAccountCode", "a code with a blank", [](C& c) { c.args.code = "a b"; }}},
              {{"63 AllocationFailed", "an address outside", [](C& c) { c.args.multicast_ip = kClient; }}},
              {{"50 InvalidMaxBandwidth", "no bandwidth", [](C& c) { c.args.max_bandwidth = 0; }}}});
    C without_block;
    without_block.args = {};
    expect_order<C>(without_block, {unsigned_payer<C>(),
                                    {{"65 InvalidArgument", "an address without the block",
                                      [](C& c) { c.args.multicast_ip = ip(233, 84, 178, 9); }}},
                                    stranger<C>()});
}

TEST_CASE("order: the status of a group and its deletion", "[program]") {
    using ledger::MulticastGroupStatus;
    using Suspension = OnGroup<ix::SuspendMulticastGroup>;
    expect_order<Suspension>(Suspension{}, {unsigned_payer<Suspension>(), stranger<Suspension>(),
                                            in_status<Suspension>(MulticastGroupStatus::Suspended)});
    using Return = OnGroup<ix::ReactivateMulticastGroup>;
    Return suspended;
    suspended.spoil_group([](MulticastGroup& g) { g.status = MulticastGroupStatus::Suspended; });
    expect_order<Return>(suspended, {unsigned_payer<Return>(), stranger<Return>(),
                                     in_status<Return>(MulticastGroupStatus::Activated)});
    using C = GroupDeletion;
    expect_order<C>(
        C{}, {unsigned_payer<C>(),
              {{"65 InvalidArgument", "not onchain", [](C& c) { c.args.use_onchain_deallocation = false; }}},
              stranger<C>(),
              in_status<C>(MulticastGroupStatus::Deleting),
              {{"71 MulticastGroupNotEmpty", "a publisher",
                [](C& c) { c.spoil_group([](MulticastGroup& g) { g.publisher_count = 1; }); }},
               {"71 MulticastGroupNotEmpty", "a subscriber",
                [](C& c) { c.spoil_group([](MulticastGroup& g) { g.subscriber_count = 1; }); }}},
              {{"InvalidAccountData", "another owner", [](C& c) { c.replaced[3] = c.pk("bob"); }}}});
}

TEST_CASE("order: allowlists", "[program]") {
    expect_listing_order<Listing<ix::AddMulticastGroupPubAllowlist>>(false);
    expect_listing_order<Listing<ix::AddMulticastGroupSubAllowlist>>(false);
    expect_listing_order<Listing<ix::RemoveMulticastGroupPubAllowlist>>(true);
    expect_listing_order<Listing<ix::RemoveMulticastGroupSubAllowlist>>(true);
}

TEST_CASE("order: UpdateMulticastGroupRoles", "[program]") {
    using C = Roles;
    const Step<C> group_status = in_status<C>(ledger::MulticastGroupStatus::Suspended);
    const Step<C> no_flag = {
        {"65 InvalidArgument", "not onchain", [](C& c) { c.args.use_onchain_allocation = false; }}};
    const Step<C> no_pass = {{"53 AccessPassNotFound", "no pass", [](C& c) { c.replaced[1] = c.nothing(); }}};
    const Step<C> elsewhere = {
        {kAbort, "a pass elsewhere", [](C& c) { c.replaced[1] = c.pass("bob", kClient); }}};
    expect_order<C>(C{},
                    {unsigned_payer<C>(),
                     no_flag,
                     no_pass,
                     {{"7 InvalidStatus", "a banned user",
                       [](C& c) { c.spoil_user([](User& u) { u.status = ledger::UserStatus::Banned; }); }}},
                     elsewhere,
                     stranger<C>("22 Unauthorized"),
                     {{"8 NotAllowed", "not on the publishers' list",
                       [](C& c) { c.spoil_pass([](AccessPass& p) { p.mgroup_pub_allowlist = {}; }); }},
                      {"8 NotAllowed", "not on the subscribers' list",
                       [](C& c) { c.spoil_pass([](AccessPass& p) { p.mgroup_sub_allowlist = {}; }); }}},
                     group_status});
    C leaving;
    leaving.args.publisher = leaving.args.subscriber = false;
    expect_order<C>(leaving, {unsigned_payer<C>(), no_flag, no_pass, elsewhere, stranger<C>(), group_status});
}

namespace {

/// Feeds "one" (alpha, held by alice's user) and "two" (beta), both on her pass by the seat.
struct Feeds : Groups {
    Feeds() {
        beta = add_group("beta");
        one = add_feed("one", group);
        two = add_feed("two", beta);
        spoil_pass([&](AccessPass& p) {
            p.accesspass_type =
                ledger::access::EdgeSeat{{{one, 1, 1, 1, 15, 0, 0}, {two, 1, 1, 0, 15, 0, 0}}};
        });
        spoil_user([&](User& u) { u.feed_pks = {one}; });
        payer = "alice";
    }
    PublicKey add_feed(const std::string& code, const PublicKey& member) {
        const ix::CreateFeed args{code, code, exchange, {member}};
        REQUIRE(send("foundation", as("foundation").make(args).value()) == "ok");
        return addresses().feed(code, exchange)->key;
    }
    PublicKey beta, one, two;
};

struct FeedCreation : Feeds {
    FeedCreation() { payer = "foundation"; }
    ix::CreateFeed args{"three", "three", exchange, {group}};
    TransactionInstruction instruction() override { return as(payer).make(args).value(); }
};

struct FeedUpdate : Feeds {
    FeedUpdate() { payer = "foundation"; }
    ix::UpdateFeed args;
    TransactionInstruction instruction() override { return as(payer).make(args, two); }
};

struct FeedDeletion : Feeds {
    FeedDeletion() { payer = "foundation"; }
    TransactionInstruction instruction() override { return as(payer).make(ix::DeleteFeed{}, two); }
};

struct Terms : Feeds {
    Terms() {
        payer = "foundation";
        const auto later = now.unix_time + 100;
        args = {kClient, pk("alice"), {{1, 1, 15, later, later}, {1, 1, 15, later, later}}};
    }
    ix::SetAccessPassFeeds args;
    std::vector<PublicKey> feeds = {one, two};
    TransactionInstruction instruction() override { return as(payer).make(args, feeds); }
    ix::FeedSeatTerms& terms() { return args.feeds[0]; }
};

struct Joining : Feeds {
    std::uint8_t feed_count = 1;
    std::vector<PublicKey> groups = {beta};
    TransactionInstruction instruction() override {
        return as(payer).make(ix::SubscribeFeed{feed_count},
                              {alices, alices_user, device, {two}, {}, groups});
    }
};

struct Leaving : Feeds {
    std::uint8_t feed_count = 1;
    std::vector<PublicKey> groups = {group};
    std::vector<PublicKey> retained;
    TransactionInstruction instruction() override {
        const ix::UnsubscribeFeed args{feed_count, static_cast<std::uint8_t>(retained.size())};
        return as(payer).make(args, {alices, alices_user, device, {one}, retained, groups});
    }
};

template <class C>
std::vector<Step<C>> subscription_steps() {
    return {unsigned_payer<C>(),
            {{"53 AccessPassNotFound", "no pass", [](C& c) { c.replaced[0] = c.nothing(); }}},
            {{"104 EdgeSeatIsMulticastOnly", "a unicast user",
              [](C& c) { c.spoil_user([](User& u) { u.user_type = UserType::Ibrl; }); }}},
            {{"102 UserDeviceMismatch", "a user of another device",
              [](C& c) { c.spoil_user([&](User& u) { u.device_pk = c.location; }); }}},
            {{kAbort, "a pass elsewhere", [](C& c) { c.replaced[0] = c.pass("bob", kClient); }}},
            {{"101 EdgeSeatRequired", "a pass without seats", [](C& c) {
                  c.spoil_pass([](AccessPass& p) { p.accesspass_type = ledger::access::Prepaid{}; });
              }}}};
}

template <class C>
std::vector<Step<C>> joined(std::vector<Step<C>> steps, const std::vector<Step<C>>& more) {
    steps.insert(steps.end(), more.begin(), more.end());
    return steps;
}

}  // namespace

TEST_CASE("order: feeds", "[program]") {
    using C = FeedCreation;
    expect_order<C>(
        C{}, {unsigned_payer<C>(),
              stranger<C>(),
              {{"39 NameTooLong", "a long name", [](C& c) { c.args.name = std::string(65, 'x'); }}},
              {{"65 InvalidArgument", "no group", [](C& c) { c.args.groups = {}; }},
               {"65 InvalidArgument", "a group twice", [](C& c) { c.args.groups = {c.group, c.group}; }},
               {"65 InvalidArgument", "no place", [](C& c) { c.args.exchange = {}; }}},
              {{"19 InvalidAccountCode", "a code with a blank", [](C& c) { c.args.code = "a b"; }}}});
    C taken;
    expect_order<C>(taken,
                    {{{"19 InvalidAccountCode", "a code with a blank", [](C& c) { c.args.code = "a b"; }}},
                     {{kAbort, "another address", [](C& c) { c.replaced[0] = c.nothing(); }}}});
    CHECK([&] {
        taken.args.code = "one";
        return taken.run();
    }() == kOurs);
    using U = FeedUpdate;
    expect_order<U>(U{},
                    {unsigned_payer<U>(),
                     stranger<U>(),
                     {{"39 NameTooLong", "a long name", [](U& c) { c.args.name = std::string(65, 'x'); }}},
                     {{"65 InvalidArgument", "no group", [](U& c) { c.args.groups.emplace(); }}}});
    using D = FeedDeletion;
    expect_order<D>(D{}, {unsigned_payer<D>(),
                          {{kAbort, "a foreign feed", [](D& c) { c.take_owner(c.two); }}},
                          stranger<D>(),
                          {{"InvalidAccountData", "no feed", [](D& c) { c.take_type(c.two); }}}});
}

TEST_CASE("order: SetAccessPassFeeds", "[program]") {
    using C = Terms;
    // More than 64 feeds do not fit a transaction.
    expect_order<C>(C{},
                    {unsigned_payer<C>(),
                     {{kAbort, "a pass elsewhere", [](C& c) { c.replaced[0] = c.pass("bob", kClient); }}},
                     stranger<C>(),
                     {{"65 InvalidArgument", "a pass without seats", [](C& c) {
                           c.spoil_pass([](AccessPass& p) { p.accesspass_type = ledger::access::Prepaid{}; });
                       }}}});
    expect_order<C>(
        C{}, {stranger<C>(),
              {{"96 FeedMaxUsersZero", "no user", [](C& c) { c.terms().max_users = 0; }}},
              {{"97 FeedMaxUsersBelowCurrentUsers", "fewer than there are",
                [](C& c) {
                    c.spoil_pass([](AccessPass& p) {
                        std::get<ledger::access::EdgeSeat>(p.accesspass_type).feed_seats[0].current_users = 2;
                    });
                }}},
              {{"98 FeedMaxFutureUsersBelowMaxUsers", "fewer in the future",
                [](C& c) { c.terms().max_future_users = 0; }}},
              {{"99 FeedInvalidAnniversaryDay", "day 0", [](C& c) { c.terms().anniversary_day = 0; }},
               {"99 FeedInvalidAnniversaryDay", "day 32", [](C& c) { c.terms().anniversary_day = 32; }}},
              {{"100 FeedInvalidBillingWindow", "a window that is over",
                [](C& c) { c.terms().window_end = c.now.unix_time; }},
               {"100 FeedInvalidBillingWindow", "a window past the end",
                [](C& c) { c.terms().window_end = c.terms().terminates_at + 1; }}},
              {{"65 InvalidArgument", "a feed twice", [](C& c) { c.feeds = {c.one, c.one}; }}}});
}

TEST_CASE("order: SubscribeFeed", "[program]") {
    using C = Joining;
    const auto spoil_seat = [](C& c, const std::function<void(ledger::access::FeedSeat&)>& change) {
        c.spoil_pass([&](AccessPass& p) {
            change(std::get<ledger::access::EdgeSeat>(p.accesspass_type).feed_seats.at(1));
        });
    };
    expect_order<C>(
        C{},
        joined<C>(subscription_steps<C>(),
                  {{{"7 InvalidStatus", "a banned user",
                     [](C& c) { c.spoil_user([](User& u) { u.status = ledger::UserStatus::Banned; }); }}},
                   stranger<C>("22 Unauthorized"),
                   {{"65 InvalidArgument", "no feed", [](C& c) { c.feed_count = 0; }}},
                   {{"92 FeedAccountRequired", "an empty feed", [](C& c) { c.replaced[4] = c.nothing(); }}},
                   {{"52 InvalidAccountOwner", "a foreign feed", [](C& c) { c.take_owner(c.two); }}},
                   {{"93 FeedNotOnAccessPass", "a feed without a seat",
                     [=](C& c) { spoil_seat(c, [](auto& seat) { seat.feed_key = {}; }); }}},
                   {{"91 MetroMismatch", "a feed of another place",
                     [](C& c) {
                         c.spoil<ledger::Feed>(c.two, [&](ledger::Feed& f) { f.exchange = c.location; });
                     }}},
                   {{"65 InvalidArgument", "a group is missing", [](C& c) { c.groups = {}; }},
                    {"65 InvalidArgument", "a group too many", [](C& c) { c.groups.push_back(c.group); }}},
                   {{"103 UserFeedLimitExceeded", "five feeds already",
                     [](C& c) {
                         c.spoil_user([&](User& u) {
                             u.feed_pks = {c.one, c.device, c.location, c.exchange, c.beta};
                         });
                     }}},
                   {{"95 FeedSeatFull", "a seat that is taken",
                     [=](C& c) { spoil_seat(c, [](auto& seat) { seat.current_users = 1; }); }}}}));
}

TEST_CASE("order: UnsubscribeFeed", "[program]") {
    using C = Leaving;
    expect_order<C>(C{},
                    joined<C>(subscription_steps<C>(),
                              {stranger<C>(),
                               {{"65 InvalidArgument", "no feed", [](C& c) { c.feed_count = 0; }}},
                               {{"92 FeedAccountRequired", "a held feed is missing",
                                 [](C& c) { c.spoil_user([&](User& u) { u.feed_pks.push_back(c.two); }); }}},
                               {{"65 InvalidArgument", "a group is missing", [](C& c) { c.groups = {}; }}}}));
}

TEST_CASE("feed: one that the user does not hold retains no group", "[program]") {
    Leaving leaving;
    leaving.spoil<ledger::Feed>(leaving.two, [&](ledger::Feed& f) { f.groups = {leaving.group}; });
    leaving.retained = {leaving.two};
    leaving.groups = {};
    CHECK(leaving.run() == "65 InvalidArgument");
    leaving.groups = {leaving.group};
    CHECK(leaving.run() == "ok");
}
