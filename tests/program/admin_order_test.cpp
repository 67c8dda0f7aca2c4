// The order of checks on global settings, places, contributors and tenants: of two violated ones the earlier
// answers (ledger-processors.md 4 to 6).
#include <limits>

#include "tests/program/admin.hpp"

using namespace dz;
using namespace dz::test;

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
