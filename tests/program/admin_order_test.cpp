// The order of checks on global settings, places, contributors, tenants, permissions, look-up records,
// topologies and allocators: of two violated ones the earlier answers (ledger-processors.md 4 to 6 and 12).
#include <limits>

#include "tests/program/order.hpp"

using namespace dz;
using namespace dz::test;
using ledger::Permission;
using ledger::PermissionFlag;
using ledger::ResourceKind;

namespace {

/// An instruction that a function makes of the case.
template <class Args>
struct Admin : Attempt {
    Args args{};
};

/// Of the accounts, entity and global state.
template <class Args>
struct OnEntity : Admin<Args> {
    PublicKey entity = this->location;
    TransactionInstruction instruction() override { return this->as(this->payer).make(this->args, entity); }
};
template <class Args>
struct OnState : Admin<Args> {
    TransactionInstruction instruction() override { return this->as(this->payer).make(this->args); }
};

template <class C, class T>
Violation<C> spoilt(std::string error, std::string what, const PublicKey C::* at,
                    std::function<void(T&)> change) {
    return {std::move(error), std::move(what), [=](C& c) { c.template spoil<T>(c.*at, change); }};
}

/// Two steps that every change of an entity has in common, and its own last one.
template <class C>
void expect_entity_order(const C& valid, Step<C> last) {
    expect_order<C>(valid, {unsigned_payer<C>(),
                            {{kAbort, "a foreign entity", [](C& c) { c.take_owner(c.entity); }}},
                            stranger<C>(),
                            std::move(last)});
}

/// The last check of a change that has none of its own.
template <class C>
Step<C> another_kind() {
    return {{"InvalidAccountData", "another kind of account", [](C& c) { c.take_type(c.entity); }}};
}
template <class C>
Step<C> code_with_blank() {
    return {{"19 InvalidAccountCode", "a code with a blank", [](C& c) { c.args.code = "a b"; }}};
}
template <class C>
Step<C> elsewhere(std::size_t position = 0) {
    return {{kAbort, "another address", [=](C& c) { c.replaced[position] = c.nothing(); }}};
}
/// The address of the account to create is in use. Its position in the list.
template <class C>
Step<C> occupied() {
    return {{kOurs, "it exists", [](C& c) { c.occupy(c.instruction().accounts[0].key); }}};
}

}  // namespace

TEST_CASE("order: settings of the global state", "[program]") {
    using Add = OnState<ix::AddFoundationAllowlist>;
    Add add;
    add.args.pubkey = add.pk("oracle");
    expect_order<Add>(
        add, {unsigned_payer<Add>(), stranger<Add>(), {{"InvalidArgument", "listed already", [](Add& c) {
                                                            c.args.pubkey = c.pk("foundation");
                                                        }}}});
    using Remove = OnState<ix::RemoveFoundationAllowlist>;
    Remove remove;
    remove.args.pubkey = remove.pk("oracle");
    expect_order<Remove>(remove, {unsigned_payer<Remove>(),
                                  stranger<Remove>(),
                                  {{"66 InvalidFoundationAllowlist", "one's own key",
                                    [](Remove& c) { c.args.pubkey = c.pk("foundation"); }}}});
    using AddQa = OnState<ix::AddQaAllowlist>;
    AddQa qa;
    qa.args.pubkey = qa.pk("oracle");
    expect_order<AddQa>(
        qa, {unsigned_payer<AddQa>(), stranger<AddQa>(), {{"InvalidArgument", "listed already", [](AddQa& c) {
                                                               c.spoil<ledger::GlobalState>(
                                                                   c.addresses().global_state(),
                                                                   [&](ledger::GlobalState& s) {
                                                                       s.qa_allowlist = {c.pk("oracle")};
                                                                   });
                                                           }}}});
    using Version = OnState<ix::SetMinVersion>;
    Version version;
    version.args.min_compatible_version = {0, 31, 0};
    expect_order<Version>(version, {unsigned_payer<Version>(),
                                    elsewhere<Version>(),
                                    stranger<Version>(),
                                    {{"59 InvalidMinCompatibleVersion", "newer than the program",
                                      [](Version& c) { c.args.min_compatible_version = {0, 35, 0}; }}}});
    expect_order<OnState<ix::SetAuthority>>(
        {}, {unsigned_payer<OnState<ix::SetAuthority>>(), stranger<OnState<ix::SetAuthority>>()});
    expect_order<OnState<ix::SetAirdrop>>(
        {}, {unsigned_payer<OnState<ix::SetAirdrop>>(), stranger<OnState<ix::SetAirdrop>>()});
    expect_order<OnState<ix::SetFeatureFlags>>(
        {}, {unsigned_payer<OnState<ix::SetFeatureFlags>>(), stranger<OnState<ix::SetFeatureFlags>>()});
    expect_order<OnState<ix::RemoveQaAllowlist>>(
        {}, {unsigned_payer<OnState<ix::RemoveQaAllowlist>>(), stranger<OnState<ix::RemoveQaAllowlist>>()});
}

TEST_CASE("order: InitGlobalState", "[program]") {
    // Whoever comes may call it: all that can be wrong are the accounts.
    using C = OnState<ix::InitGlobalState>;
    C valid;
    valid.payer = "mallory";
    expect_order<C>(valid, {short_list<C>(),
                            unsigned_payer<C>(),
                            elsewhere<C>(),
                            elsewhere<C>(1),
                            {{kAbort, "a foreign program config",
                              [](C& c) { c.take_owner(c.addresses().program_config().key); }}}});
}

TEST_CASE("order: SetGlobalConfig", "[program]") {
    using C = OnState<ix::SetGlobalConfig>;
    C valid;
    const auto config = valid.get<ledger::GlobalConfig>(valid.addresses().global_config());
    valid.args = {config.local_asn,
                  config.remote_asn,
                  config.device_tunnel_block,
                  config.user_tunnel_block,
                  config.multicastgroup_block,
                  std::nullopt,
                  config.multicast_publisher_block};
    expect_order<C>(valid,
                    {unsigned_payer<C>(),
                     stranger<C>(),
                     {{"88 InvalidDeviceTunnelBlock", "a public block",
                       [](C& c) { c.args.device_tunnel_block = Prefix{ip(9, 0, 0, 0), 16}; }}},
                     {{"68 ImmutableField", "another user block",
                       [](C& c) { c.args.user_tunnel_block = Prefix{ip(169, 254, 0, 0), 17}; }},
                      {"68 ImmutableField", "another publisher block",
                       [](C& c) { c.args.multicast_publisher_block = Prefix{}; }}},
                     {{"44 InvalidLocalAsn", "no local AS", [](C& c) { c.args.local_asn = Asn{0}; }}},
                     {{"45 InvalidRemoteAsn", "no remote AS", [](C& c) { c.args.remote_asn = Asn{0}; }}}});
}

namespace {

struct LocationCreation : Admin<ix::CreateLocation> {
    LocationCreation() { args = {"lax", "Los Angeles", "US", 34, -118, 0}; }
    TransactionInstruction instruction() override { return as(payer).make(args, next_index()); }
};
struct ExchangeCreation : Admin<ix::CreateExchange> {
    ExchangeCreation() { args = {"xlax", "Los Angeles", 34, -118, 0}; }
    TransactionInstruction instruction() override { return as(payer).make(args, next_index()); }
};
struct ExchangeSlot : Admin<ix::SetDeviceExchange> {
    ExchangeSlot() { args = {1, ix::SetDeviceExchange::kSet}; }
    TransactionInstruction instruction() override { return as(payer).make(args, exchange, device); }
};
struct ContributorCreation : Admin<ix::CreateContributor> {
    ContributorCreation() { args.code = "co02"; }
    TransactionInstruction instruction() override { return as(payer).make(args, next_index(), pk("rival")); }
};

template <class C>
std::vector<Step<C>> place_limits() {
    return {{{"34 CodeTooLong", "a long code", [](C& c) { c.args.code = std::string(33, 'x'); }}},
            {{"39 NameTooLong", "a long name", [](C& c) { c.args.name = std::string(65, 'x'); }}}};
}
template <class C>
std::vector<Step<C>> coordinates() {
    return {{{"40 InvalidLatitude", "beyond the pole", [](C& c) { c.args.lat = 91; }}},
            {{"41 InvalidLongitude", "beyond the date line", [](C& c) { c.args.lng = 181; }}}};
}
template <class C>
std::vector<Step<C>> joined(std::vector<std::vector<Step<C>>> parts) {
    std::vector<Step<C>> all;
    for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
    return all;
}

/// An entity of kind T in a status that Args does not accept: error 7.
template <class Args, class T, class Status>
void expect_status_order(PublicKey Network::* entity, Status from, Status wrong) {
    using C = OnEntity<Args>;
    C valid;
    valid.entity = valid.*entity;
    valid.template spoil<T>(valid.entity, [=](T& e) { e.status = from; });
    expect_entity_order<C>(valid, {spoilt<C, T>("7 InvalidStatus", "the wrong status", &C::entity,
                                                [=](T& e) { e.status = wrong; })});
}

/// Deletion of an entity of kind T that nothing refers to.
template <class Args, class T>
void expect_deletion_order(PublicKey Network::* entity) {
    using C = OnEntity<Args>;
    C valid;
    valid.entity = valid.*entity;
    valid.template spoil<T>(valid.entity, [](T& e) { e.reference_count = 0; });
    expect_entity_order<C>(valid, {spoilt<C, T>("13 ReferenceCountNotZero", "something refers to it",
                                                &C::entity, [](T& e) { e.reference_count = 1; })});
}

}  // namespace

TEST_CASE("order: locations", "[program]") {
    using C = LocationCreation;
    expect_order<C>(C{},
                    joined<C>({{unsigned_payer<C>(), stranger<C>(), code_with_blank<C>(), elsewhere<C>()},
                               place_limits<C>(),
                               {{{"43 InvalidCountryCode", "no country", [](C& c) { c.args.country = ""; }}}},
                               coordinates<C>()}));
    expect_order<C>(C{}, {code_with_blank<C>(), occupied<C>(), {place_limits<C>()[1]}});
    using U = OnEntity<ix::UpdateLocation>;
    expect_entity_order<U>(U{}, code_with_blank<U>());
    expect_order<U>(U{}, joined<U>({{code_with_blank<U>(), {place_limits<U>()[1]}}, coordinates<U>()}));
    using ledger::PlaceStatus;
    expect_status_order<ix::SuspendLocation, ledger::Location>(&Network::location, PlaceStatus::Activated,
                                                               PlaceStatus::Suspended);
    expect_status_order<ix::ResumeLocation, ledger::Location>(&Network::location, PlaceStatus::Suspended,
                                                              PlaceStatus::Activated);
    expect_deletion_order<ix::DeleteLocation, ledger::Location>(&Network::location);
}

TEST_CASE("order: exchanges", "[program]") {
    using C = ExchangeCreation;
    expect_order<C>(C{},
                    joined<C>({{unsigned_payer<C>(), stranger<C>(), code_with_blank<C>(), elsewhere<C>()},
                               place_limits<C>(),
                               coordinates<C>()}));
    expect_order<C>(C{}, {code_with_blank<C>(), occupied<C>(), {place_limits<C>()[1]}});
    using U = OnEntity<ix::UpdateExchange>;
    U update;
    update.entity = update.exchange;
    update.args.bgp_community = 1;
    expect_order<U>(update,
                    joined<U>({{unsigned_payer<U>(),
                                stranger<U>(),
                                {{kAbort, "a foreign exchange", [](U& c) { c.take_owner(c.entity); }}},
                                code_with_blank<U>(),
                                elsewhere<U>(1)},
                               place_limits<U>(),
                               coordinates<U>()}));
    using ledger::PlaceStatus;
    expect_status_order<ix::SuspendExchange, ledger::Exchange>(&Network::exchange, PlaceStatus::Activated,
                                                               PlaceStatus::Suspended);
    expect_status_order<ix::ResumeExchange, ledger::Exchange>(&Network::exchange, PlaceStatus::Suspended,
                                                              PlaceStatus::Activated);
    expect_deletion_order<ix::DeleteExchange, ledger::Exchange>(&Network::exchange);

    using S = ExchangeSlot;
    const Step<S> index = {{"16 InvalidIndex", "a third slot", [](S& c) { c.args.index = 3; }}};
    expect_order<S>(S{}, {unsigned_payer<S>(),
                          stranger<S>(),
                          {{kAbort, "a foreign device", [](S& c) { c.take_owner(c.device); }}},
                          index});
    expect_order<S>(S{}, {stranger<S>(),
                          {{"17 DeviceAlreadySet", "an occupied slot",
                            [](S& c) {
                                c.spoil<ledger::Exchange>(
                                    c.exchange, [&](ledger::Exchange& e) { e.device1_pk = c.location; });
                            }},
                           {"18 DeviceNotSet", "an empty slot",
                            [](S& c) { c.args.option = ix::SetDeviceExchange::kRemove; }}}});
}

TEST_CASE("order: contributors", "[program]") {
    using C = ContributorCreation;
    const Step<C> too_long = {
        {"34 CodeTooLong", "a long code", [](C& c) { c.args.code = std::string(33, 'x'); }}};
    expect_order<C>(C{},
                    {unsigned_payer<C>(), stranger<C>(), code_with_blank<C>(), elsewhere<C>(), too_long});
    expect_order<C>(C{}, {code_with_blank<C>(), occupied<C>(), too_long});
    using U = OnEntity<ix::UpdateContributor>;
    U update;
    update.entity = update.contributor;
    expect_entity_order<U>(update, code_with_blank<U>());
    // Its own owner may name an operations manager and nothing else.
    update.payer = "contributor";
    update.args.ops_manager = update.pk("oracle");
    expect_order<U>(update, {{{"8 NotAllowed", "another owner", [](U& c) { c.args.owner = c.pk("oracle"); }}},
                             {{"8 NotAllowed", "a bad code", [](U& c) { c.args.code = "a b"; }}}});
    using ledger::Contributor;
    using ledger::ContributorStatus;
    expect_status_order<ix::SuspendContributor, Contributor>(
        &Network::contributor, ContributorStatus::Activated, ContributorStatus::Suspended);
    expect_status_order<ix::ResumeContributor, Contributor>(
        &Network::contributor, ContributorStatus::Suspended, ContributorStatus::Activated);
    using D = OnEntity<ix::DeleteContributor>;
    D deletion;
    deletion.entity = deletion.contributor;
    deletion.spoil<Contributor>(deletion.contributor, [](Contributor& c) { c.reference_count = 0; });
    expect_order<D>(deletion,
                    {unsigned_payer<D>(),
                     stranger<D>(),
                     {spoilt<D, Contributor>("7 InvalidStatus", "on its way out", &D::entity,
                                             [](Contributor& c) { c.status = ContributorStatus::Deleting; })},
                     {spoilt<D, Contributor>("13 ReferenceCountNotZero", "a device of its", &D::entity,
                                             [](Contributor& c) { c.reference_count = 1; })}});
}

namespace {

struct Tenants : Attempt {
    Tenants() {
        const ix::CreateTenant make{"t", pk("boss"), {}, false, false};
        REQUIRE(send("foundation", as("foundation").make(make).value()) == "ok");
        entity = addresses().tenant("t")->key;
    }
    PublicKey entity;
};
struct TenantCreation : Admin<ix::CreateTenant> {
    TenantCreation() {
        args.code = "new";
        args.administrator = pk("boss");
    }
    TransactionInstruction instruction() override { return as(payer).make(args).value(); }
};
template <class Args>
struct OnTenant : Tenants {
    Args args{};
    TransactionInstruction instruction() override { return as(payer).make(args, entity); }
};

}  // namespace

TEST_CASE("order: tenants", "[program]") {
    using C = TenantCreation;
    expect_order<C>(C{},
                    {unsigned_payer<C>(),
                     stranger<C>(),
                     code_with_blank<C>(),
                     {{kAbort, "another address", [](C& c) { c.replaced[0] = c.device; }}},
                     {{kOurs, "it exists", [](C& c) { c.occupy(c.addresses().tenant(c.args.code)->key); }}},
                     elsewhere<C>(2)});
    using D = OnTenant<ix::DeleteTenant>;
    expect_order<D>(D{}, {unsigned_payer<D>(),
                          stranger<D>(),
                          {spoilt<D, ledger::Tenant>("13 ReferenceCountNotZero", "a user of its", &D::entity,
                                                     [](ledger::Tenant& t) { t.reference_count = 1; })},
                          elsewhere<D>(2)});
    using U = OnTenant<ix::UpdateTenant>;
    expect_entity_order<U>(U{}, another_kind<U>());
    using A = OnTenant<ix::AddTenantAdministrator>;
    A add;
    add.args.administrator = add.pk("oracle");
    expect_entity_order<A>(add, {{"76 AdministratorAlreadyExists", "one already",
                                  [](A& c) { c.args.administrator = c.pk("boss"); }}});
    using R = OnTenant<ix::RemoveTenantAdministrator>;
    R remove;
    remove.args.administrator = remove.pk("boss");
    expect_entity_order<R>(remove, {{"77 AdministratorNotFound", "not one",
                                     [](R& c) { c.args.administrator = c.pk("oracle"); }}});
    using P = OnTenant<ix::UpdatePaymentStatus>;
    expect_entity_order<P>(P{}, {{"78 InvalidPaymentStatus", "a third status", [](P& c) {
                                      c.args.payment_status = static_cast<ledger::PaymentStatus>(2);
                                  }}});
}

namespace {

struct Permissions : Attempt {
    Permissions() {
        const ix::CreatePermission grant{pk("oracle"), permission_bit(PermissionFlag::UserAdmin)};
        REQUIRE(send("foundation", as("foundation").make(grant)) == "ok");
        entity = addresses().permission(pk("oracle"));
    }
    PublicKey entity;
};
struct Grant : Permissions {
    Grant() {
        args = {pk("alice"), permission_bit(PermissionFlag::UserAdmin)};
        // "rival" administrates permissions without being the foundation.
        const ix::CreatePermission grant{pk("rival"), permission_bit(PermissionFlag::PermissionAdmin)};
        REQUIRE(send("foundation", as("foundation").make(grant)) == "ok");
        payer = "rival";
    }
    ix::CreatePermission args;
    TransactionInstruction instruction() override {
        return payer == "rival" ? with_permission(payer).make(args) : as(payer).make(args);
    }
};
template <class Args>
struct OnPermission : Permissions {
    Args args{};
    TransactionInstruction instruction() override { return as(payer).make(args, entity); }
};
template <class C>
Step<C> own_permission() {
    return {spoilt<C, Permission>("65 InvalidArgument", "one's own", &C::entity,
                                  [key = C{}.pk("foundation")](Permission& p) { p.user_payer = key; })};
}

}  // namespace

TEST_CASE("order: permissions", "[program]") {
    using C = Grant;
    expect_order<C>(C{}, {unsigned_payer<C>(),
                          {{"InvalidArgument", "another address", [](C& c) { c.replaced[0] = c.nothing(); }}},
                          stranger<C>(),
                          {{"8 NotAllowed", "the foundation's rights, by another administrator",
                            [](C& c) { c.args.permissions = permission_bit(PermissionFlag::Foundation); }}},
                          {{"8 NotAllowed", "the same with an unknown one", [](C& c) {
                                c.args.permissions = permission_bit(PermissionFlag::Foundation) | u128{1}
                                                                                                      << 100;
                            }}}});
    expect_order<C>(
        C{}, {{{kOurs, "it exists", [](C& c) { c.args.user_payer = c.pk("oracle"); }}},
              stranger<C>(),
              {{"65 InvalidArgument", "no known right", [](C& c) { c.args.permissions = u128{1} << 100; }}}});
    using U = OnPermission<ix::UpdatePermission>;
    U update;
    update.args = {permission_bit(PermissionFlag::Qa), 0};
    expect_order<U>(update, {unsigned_payer<U>(),
                             {{kAbort, "a foreign account", [](U& c) { c.take_owner(c.entity); }}},
                             stranger<U>(),
                             own_permission<U>(),
                             {{"65 InvalidArgument", "the same right both ways",
                               [](U& c) { c.args.remove = permission_bit(PermissionFlag::Qa); }},
                              {"65 InvalidArgument", "nothing", [](U& c) { c.args = {}; }},
                              {"65 InvalidArgument", "nothing is left",
                               [](U& c) { c.args = {0, permission_bit(PermissionFlag::UserAdmin)}; }}}});
    using S = OnPermission<ix::SuspendPermission>;
    const auto status = [](ledger::PermissionStatus wrong) {
        return [=](Permission& p) { p.status = wrong; };
    };
    expect_order<S>(S{}, {unsigned_payer<S>(),
                          stranger<S>(),
                          own_permission<S>(),
                          {spoilt<S, Permission>("7 InvalidStatus", "suspended already", &S::entity,
                                                 status(ledger::PermissionStatus::Suspended))}});
    using R = OnPermission<ix::ResumePermission>;
    R suspended;
    suspended.spoil<Permission>(suspended.entity, status(ledger::PermissionStatus::Suspended));
    expect_entity_order<R>(suspended, {spoilt<R, Permission>("7 InvalidStatus", "active already", &R::entity,
                                                             status(ledger::PermissionStatus::Activated))});
    using D = OnPermission<ix::DeletePermission>;
    expect_entity_order<D>(D{}, own_permission<D>());
}

namespace {

struct IndexCreation : Admin<ix::CreateIndex> {
    IndexCreation() { args = {"device", "ny5"}; }
    TransactionInstruction instruction() override { return as(payer).make(args, device).value(); }
};
struct IndexDeletion : IndexCreation {
    IndexDeletion() {
        const auto creation = IndexCreation::instruction();
        REQUIRE(send(payer, creation) == "ok");
        entity = creation.accounts[0].key;
    }
    PublicKey entity;
    TransactionInstruction instruction() override { return as(payer).make(ix::DeleteIndex{}, entity); }
};
struct TopologyCreation : Admin<ix::CreateTopology> {
    TopologyCreation() { args.name = "FAST"; }
    TransactionInstruction instruction() override {
        // A name that is too long has no address.
        auto made = as(payer).make(ix::CreateTopology{args.name.substr(0, 32), args.constraint}).value();
        made.data = ledger::encode_instruction(ledger::Instruction(args));
        return made;
    }
};
struct Topologies : Attempt {
    Topologies() {
        REQUIRE(send("foundation", as("foundation").make(ix::CreateTopology{"FAST", {}}).value()) == "ok");
        entity = addresses().topology("FAST")->key;
    }
    PublicKey entity;
};
struct TopologyDeletion : Topologies {
    TransactionInstruction instruction() override {
        return as(payer).make(ix::DeleteTopology{"FAST"}).value();
    }
};
struct TopologyClearing : Topologies {
    TransactionInstruction instruction() override {
        return as(payer).make(ix::ClearTopology{"FAST"}, {}).value();
    }
};
struct SegmentAssignment : Topologies {
    TransactionInstruction instruction() override {
        return as(payer).make(ix::AssignTopologyNodeSegments{"FAST"}, std::span(&device, 1)).value();
    }
};

}  // namespace

TEST_CASE("order: look-up records", "[program]") {
    using C = IndexCreation;
    expect_order<C>(C{}, {unsigned_payer<C>(),
                          stranger<C>(),
                          {{"19 InvalidAccountCode", "a key with a blank", [](C& c) { c.args.key = "a b"; }}},
                          elsewhere<C>()});
    expect_order<C>(C{}, {stranger<C>(), occupied<C>()});
    using D = IndexDeletion;
    expect_entity_order<D>(D{}, another_kind<D>());
}

TEST_CASE("order: topologies", "[program]") {
    using C = TopologyCreation;
    expect_order<C>(C{}, {unsigned_payer<C>(), stranger<C>(), {{"39 NameTooLong", "a long name", [](C& c) {
                                                                    c.args.name = std::string(32, '1') + "x";
                                                                }}}});
    expect_order<C>(C{}, {stranger<C>(),
                          {{"87 InvalidName", "a digit first", [](C& c) { c.args.name = "1X"; }}},
                          elsewhere<C>(),
                          elsewhere<C>(1)});
    expect_order<C>(C{}, {stranger<C>(), occupied<C>(), elsewhere<C>(1)});
    using D = TopologyDeletion;
    expect_order<D>(D{},
                    {unsigned_payer<D>(),
                     stranger<D>(),
                     {spoilt<D, ledger::Topology>(kAbort, "another name", &D::entity,
                                                  [](ledger::Topology& t) { t.name = "SLOW"; })},
                     {spoilt<D, ledger::Topology>("13 ReferenceCountNotZero", "a link of its", &D::entity,
                                                  [](ledger::Topology& t) { t.reference_count = 1; })}});
    using L = TopologyClearing;
    const auto not_signed = []<class Any>(std::type_identity<Any>) -> Step<Any> {
        return {{"22 Unauthorized", "the payer did not sign", [](Any& c) { c.signs = false; }}};
    };
    expect_order<L>(L{}, {not_signed(std::type_identity<L>{}), stranger<L>(), elsewhere<L>()});
    using S = SegmentAssignment;
    expect_order<S>(S{},
                    {not_signed(std::type_identity<S>{}), stranger<S>(), elsewhere<S>(), elsewhere<S>(1)});
}

namespace {

template <class Args>
struct OnResource : Admin<Args> {
    OnResource() { this->args.resource = {ResourceKind::LinkIds, {}, 0}; }
    TransactionInstruction instruction() override { return this->as(this->payer).make(this->args); }
};
struct ResourceCreation : OnResource<ix::CreateResource> {
    ResourceCreation() { args.resource = {ResourceKind::TunnelIds, device, 1}; }
};
struct ResourceClosing : Attempt {
    PublicKey entity = addresses().link_ids();
    TransactionInstruction instruction() override {
        return as(payer).make(ix::CloseResource{}, {entity, pk("foundation")});
    }
};

}  // namespace

TEST_CASE("order: allocators", "[program]") {
    using A = OnResource<ix::AllocateResource>;
    A allocation;
    allocation.args.requested = std::uint16_t{7};
    expect_order<A>(allocation,
                    {unsigned_payer<A>(),
                     stranger<A>(),
                     elsewhere<A>(),
                     {{kAbort, "another associated account", [](A& c) { c.replaced[1] = c.device; }}},
                     {{"63 AllocationFailed", "out of range",
                       [](A& c) { c.args.requested = std::numeric_limits<std::uint16_t>::max(); }},
                      {"65 InvalidArgument", "an address of an allocator of numbers",
                       [](A& c) { c.args.requested = Prefix{ip(9, 9, 9, 9), 32}; }}}});
    using C = ResourceCreation;
    expect_order<C>(C{},
                    {unsigned_payer<C>(), stranger<C>(), elsewhere<C>(), {{kAbort, "it exists", [](C& c) {
                                                                               c.args.resource.index = 0;
                                                                           }}}});
    using D = OnResource<ix::DeallocateResource>;
    D giving;
    giving.args.value = std::uint16_t{7};
    expect_order<D>(giving, {unsigned_payer<D>(), stranger<D>(), elsewhere<D>()});
    using X = ResourceClosing;
    expect_order<X>(X{}, {unsigned_payer<X>(),
                          {{kAbort, "a foreign account", [](X& c) { c.take_owner(c.entity); }}},
                          stranger<X>(),
                          {{"9 InvalidAccountType", "no allocator", [](X& c) { c.take_type(c.entity); }}}});
}
