// Locations, exchanges, contributors, tenants and allocators, as signed transactions.
#include <catch2/catch.hpp>

#include "chain/program/allocator.hpp"
#include "ledger/limits.hpp"
#include "tests/program/world.hpp"

using namespace dz;
using namespace dz::test;
using ledger::PlaceStatus;
using ledger::Resource;
using ledger::ResourceKind;

namespace {

std::string create_location(Network& world, const ix::CreateLocation& args,
                            const std::string& payer = "foundation") {
    return world.send(payer, world.as(payer).make(args, world.next_index()));
}

std::uint64_t allocated(const World& world, const PublicKey& allocator) {
    Bytes data = world.account(allocator).data;
    return program::Allocator::open(data)->allocated_count();
}

}  // namespace

TEST_CASE("location: every field has its limits", "[program]") {
    Network world;
    const ix::CreateLocation good{"lax", "Los Angeles", "US", 34, -118, 7};
    auto args = good;
    args.code = std::string(33, 'a');
    CHECK(create_location(world, args) == "34 CodeTooLong");
    args.name = std::string(65, 'a');
    CHECK(create_location(world, args) == "34 CodeTooLong");
    args.code = "l a";
    CHECK(create_location(world, args) == "19 InvalidAccountCode");
    CHECK(create_location(world, args, "mallory") == "8 NotAllowed");
    args = good;
    args.name = std::string(65, 'a');
    CHECK(create_location(world, args) == "39 NameTooLong");
    args = good;
    args.country = "USA";
    CHECK(create_location(world, args) == "43 InvalidCountryCode");
    args = good;
    args.lat = 90.1;
    CHECK(create_location(world, args) == "40 InvalidLatitude");
    args.lat = std::numeric_limits<double>::quiet_NaN();
    CHECK(create_location(world, args) == "40 InvalidLatitude");
    args = good;
    args.lng = -180.1;
    CHECK(create_location(world, args) == "41 InvalidLongitude");
    CHECK(create_location(world, good) == "ok");
}

TEST_CASE("location: an index that somebody else took first is noticed", "[program]") {
    Network world;
    const auto late =
        world.as("foundation").make(ix::CreateLocation{"lax", "", "US", 0, 0, 0}, world.next_index());
    REQUIRE(create_location(world, {"fra", "", "DE", 0, 0, 0}) == "ok");
    CHECK(world.send("foundation", late) == "ProgramFailedToComplete");
}

TEST_CASE("location: suspended and resumed, deleted when nothing stands there", "[program]") {
    Network world;
    const auto builder = world.as("foundation");
    CHECK(world.send("foundation", builder.make(ix::ResumeLocation{}, world.location)) == "7 InvalidStatus");
    CHECK(world.send("foundation", builder.make(ix::SuspendLocation{}, world.location)) == "ok");
    CHECK(world.get<ledger::Location>(world.location).status == PlaceStatus::Suspended);
    CHECK(world.send("foundation", builder.make(ix::SuspendLocation{}, world.location)) == "7 InvalidStatus");
    CHECK(world.send("foundation", builder.make(ix::ResumeLocation{}, world.location)) == "ok");
    CHECK(world.send("foundation", builder.make(ix::DeleteLocation{}, world.location)) ==
          "13 ReferenceCountNotZero");
    const PublicKey empty = world.addresses().location(world.next_index());
    REQUIRE(create_location(world, {"lax", "", "US", 0, 0, 0}) == "ok");
    ix::UpdateLocation update;
    update.name = "Los Angeles";
    CHECK(world.send("foundation", builder.make(update, empty)) == "ok");
    CHECK(world.get<ledger::Location>(empty).name == "Los Angeles");
    CHECK(world.send("mallory", world.as("mallory").make(ix::DeleteLocation{}, empty)) == "8 NotAllowed");
    CHECK(world.send("foundation", builder.make(ix::DeleteLocation{}, empty)) == "ok");
    CHECK_FALSE(world.exists(empty));
    // An account of another kind is not taken for a location.
    CHECK(world.send("foundation", builder.make(ix::DeleteLocation{}, world.exchange)) ==
          "InvalidAccountData");
}

TEST_CASE("exchange: communities are handed out once", "[program]") {
    Network world;
    const auto builder = world.as("foundation");
    CHECK(world.get<ledger::Exchange>(world.exchange).bgp_community == 10000);
    ix::UpdateExchange fresh;
    fresh.bgp_community = 1;
    CHECK(world.send("foundation", builder.make(fresh, world.exchange)) == "ok");
    CHECK(world.get<ledger::Exchange>(world.exchange).bgp_community == 10001);
    CHECK(world.get<ledger::GlobalConfig>(world.addresses().global_config()).next_bgp_community == 10002);
    auto config = world.get<ledger::GlobalConfig>(world.addresses().global_config());
    config.next_bgp_community = 11000;
    world.set(world.addresses().global_config(), config);
    CHECK(world.send("foundation", builder.make(ix::CreateExchange{"x", "", 0, 0, 0}, world.next_index())) ==
          "55 InvalidBgpCommunity");
}

TEST_CASE("exchange: its two device slots hold and let go", "[program]") {
    Network world;
    const auto set = [&](std::uint8_t index, std::uint8_t option) {
        return world.send(
            "foundation",
            world.as("foundation").make(ix::SetDeviceExchange{index, option}, world.exchange, world.device));
    };
    CHECK(set(3, 1) == "16 InvalidIndex");
    CHECK(set(1, 2) == "18 DeviceNotSet");
    CHECK(set(1, 1) == "ok");
    CHECK(world.get_device().reference_count == 1);
    CHECK(set(1, 1) == "17 DeviceAlreadySet");
    CHECK(set(2, 1) == "6 InvalidDevicePubkey");
    CHECK(set(1, 2) == "ok");
    CHECK(world.get_device().reference_count == 0);
}

TEST_CASE("contributor: its owner gets an airdrop and may name an operations manager", "[program]") {
    Network world;
    const PublicKey owner = Keypair::generate().public_key();
    const PublicKey made = world.addresses().contributor(world.next_index());
    const auto builder = world.as("foundation");
    CHECK(world.send("foundation", builder.make(ix::CreateContributor{"co02"}, world.next_index(), owner)) ==
          "ok");
    CHECK(world.balance(owner) == ledger::rent_exempt_lamports(0) + kCredit);
    ix::UpdateContributor update;
    update.ops_manager = world.pk("ops");
    CHECK(world.send("contributor", world.as("contributor").make(update, world.contributor)) == "ok");
    CHECK(world.send("contributor", world.as("contributor").make(update, made)) == "8 NotAllowed");
    update.code = "mine";
    CHECK(world.send("contributor", world.as("contributor").make(update, world.contributor)) ==
          "8 NotAllowed");
    CHECK(world.send("foundation", builder.make(update, world.contributor)) == "ok");
    CHECK(world.send("foundation", builder.make(ix::DeleteContributor{}, world.contributor)) ==
          "13 ReferenceCountNotZero");
    CHECK(world.send("foundation", builder.make(ix::SuspendContributor{}, made)) == "ok");
    CHECK(world.send("foundation", builder.make(ix::ResumeContributor{}, made)) == "ok");
    CHECK(world.send("foundation", builder.make(ix::DeleteContributor{}, made)) == "ok");
}

TEST_CASE("tenant: takes a vrf id and gives it back", "[program]") {
    Network world;
    const auto builder = world.as("foundation");
    const PublicKey acme = world.addresses().tenant("acme")->key;
    const auto creation = builder.make(ix::CreateTenant{"acme", world.pk("boss"), {}, true, false}).value();
    CHECK(world.send("foundation", creation) == "ok");
    CHECK(world.get<ledger::Tenant>(acme).vrf_id == 1);
    CHECK(world.get<ledger::Tenant>(acme).metro_routing);
    CHECK(world.balance(acme) == ledger::rent_exempt_lamports(0) + kCredit);
    CHECK(world.send("foundation", creation) == "AccountAlreadyInitialized");
    CHECK(world.send("foundation", builder.make(ix::AddTenantAdministrator{world.pk("boss")}, acme)) ==
          "76 AdministratorAlreadyExists");
    CHECK(world.send("foundation", builder.make(ix::RemoveTenantAdministrator{world.pk("x")}, acme)) ==
          "77 AdministratorNotFound");
    CHECK(world.send("foundation", builder.make(ix::AddTenantAdministrator{world.pk("x")}, acme)) == "ok");
    CHECK(world.send("foundation", builder.make(ix::UpdatePaymentStatus{ledger::PaymentStatus{2}, {}},
                                                acme)) == "78 InvalidPaymentStatus");
    CHECK(world.send("foundation",
                     builder.make(ix::UpdatePaymentStatus{ledger::PaymentStatus::Paid, 9}, acme)) == "ok");
    CHECK(world.get<ledger::Tenant>(acme).billing.last_deduction_dz_epoch == 9);
    CHECK(allocated(world, world.addresses().vrf_ids()) == 1);
    CHECK(world.send("foundation", builder.make(ix::DeleteTenant{}, acme)) == "ok");
    CHECK(allocated(world, world.addresses().vrf_ids()) == 0);
}

TEST_CASE("resource: particular values are taken and given back directly", "[program]") {
    Network world;
    const auto builder = world.as("foundation");
    const Resource ids{ResourceKind::TunnelIds, world.device, 0};
    const auto take = [&](std::optional<ledger::IpOrId> value, const std::string& payer = "foundation") {
        return world.send(payer, world.as(payer).make(ix::AllocateResource{ids, value}));
    };
    CHECK(take(std::uint16_t{600}, "mallory") == "8 NotAllowed");
    CHECK(take(std::uint16_t{600}) == "ok");
    CHECK(take(std::uint16_t{600}) == "63 AllocationFailed");
    CHECK(take(Prefix{ip(10, 0, 0, 0), 32}) == "65 InvalidArgument");
    CHECK(take(std::nullopt) == "ok");
    CHECK(allocated(world, world.addresses().tunnel_ids(world.device)) == 2);
    CHECK(world.send("foundation", builder.make(ix::DeallocateResource{ids, std::uint16_t{600}})) == "ok");
    CHECK(world.send("foundation", builder.make(ix::DeallocateResource{ids, std::uint16_t{600}})) == "ok");
    CHECK(allocated(world, world.addresses().tunnel_ids(world.device)) == 1);
}

TEST_CASE("resource: an allocator is closed to the account given and made anew", "[program]") {
    Network world;
    const auto builder = world.as("foundation");
    const Resource vrf{ResourceKind::VrfIds, {}, 0};
    CHECK(world.send("foundation", builder.make(ix::CreateResource{vrf})) == "ProgramFailedToComplete");
    const PublicKey address = world.addresses().vrf_ids();
    const std::uint64_t rent = world.balance(address);
    const std::uint64_t before = world.balance(world.pk("bob"));
    CHECK(world.send("foundation", builder.make(ix::CloseResource{}, {world.device, world.pk("bob")})) ==
          "9 InvalidAccountType");
    CHECK(world.send("foundation", builder.make(ix::CloseResource{}, {address, world.pk("bob")})) == "ok");
    CHECK(world.balance(world.pk("bob")) == before + rent);
    CHECK(world.send("foundation", builder.make(ix::CreateResource{vrf})) == "ok");
    CHECK(world.get<ledger::ResourceExtension>(address).owner == world.pk("foundation"));
}

TEST_CASE("index: finds an entity by its lower-case code", "[program]") {
    Network world;
    const auto builder = world.as("foundation");
    const auto creation = builder.make(ix::CreateIndex{"device", "NY5-dz01"}, world.device).value();
    CHECK(world.send("foundation", creation) == "ok");
    CHECK(world.send("foundation", creation) == "AccountAlreadyInitialized");
    const PublicKey address = world.addresses().index("device", "ny5-DZ01")->key;
    const auto index = world.get<ledger::Index>(address);
    CHECK(index.key == "ny5-dz01");
    CHECK(index.pk == world.device);
    CHECK(index.entity_account_type == ledger::AccountType::Device);
    CHECK(world.send("foundation", builder.make(ix::DeleteIndex{}, address)) == "ok");
    CHECK(world.send("foundation", builder.make(ix::CreateIndex{"device", "a b"}, world.device).value()) ==
          "19 InvalidAccountCode");
}

TEST_CASE("tenant: an update sets what it names and leaves the rest", "[program]") {
    Network world;
    const auto builder = world.as("foundation");
    const ix::CreateTenant creation{"t", world.pk("boss"), {}, false, false};
    REQUIRE(world.send("foundation", builder.make(creation).value()) == "ok");
    const PublicKey key = world.addresses().tenant("t")->key;
    auto expected = world.get<ledger::Tenant>(key);
    ix::UpdateTenant args;
    args.token_account = expected.token_account = world.pk("token");
    args.route_liveness = expected.route_liveness = true;
    args.include_topologies = expected.include_topologies = std::vector{world.pk("topology")};
    REQUIRE(world.send("foundation", builder.make(args, key)) == "ok");
    CHECK(world.get<ledger::Tenant>(key) == expected);
    ix::UpdateTenant other;
    other.vrf_id = expected.vrf_id = 9;
    other.metro_routing = expected.metro_routing = true;
    REQUIRE(world.send("foundation", builder.make(other, key)) == "ok");
    CHECK(world.get<ledger::Tenant>(key) == expected);
}
