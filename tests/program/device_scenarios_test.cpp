// The scenarios of ledger.md 7 on devices, interfaces and links, as signed transactions.
#include <catch2/catch.hpp>

#include "chain/program/allocator.hpp"
#include "ledger/limits.hpp"
#include "tests/program/scenario.hpp"

using namespace dz;
using namespace dz::test;
using ledger::DeviceStatus;

namespace {

ix::CreateDevice new_device(const std::string& code, Ipv4 address, std::vector<Prefix> prefixes) {
    ix::CreateDevice args;
    args.code = code;
    args.public_ip = address;
    args.resource_count = static_cast<std::uint8_t>(1 + prefixes.size());
    args.dz_prefixes = std::move(prefixes);
    args.mgmt_vrf = "mgmt";
    return args;
}

std::string create(Network& world, const ix::CreateDevice& args, const std::string& payer = "contributor") {
    return world.send(payer, world.as(payer).make(args, {world.next_index(), world.contributor,
                                                         world.location, world.exchange}));
}

std::string update(Network& world, const std::string& payer, const ix::UpdateDevice& args) {
    return world.send(payer, world.as(payer).make(args, {world.device, world.contributor, {}, {}}));
}

std::string remove_device(Network& world, std::uint8_t resources, const std::string& payer = "contributor") {
    const std::vector<PublicKey> owners(resources, world.pk("contributor"));
    return world.send(payer, world.as(payer).make(ix::DeleteDevice{resources},
                                                  {world.device, world.contributor, world.location,
                                                   world.exchange, world.pk("contributor"), owners}));
}

std::uint64_t allocated(const World& world, const PublicKey& allocator) {
    Bytes data = world.account(allocator).data;
    return program::Allocator::open(data)->allocated_count();
}

ix::CreateDeviceInterface plain_interface(const std::string& name) {
    ix::CreateDeviceInterface args;
    args.name = name;
    args.bandwidth = 100'000'000'000;
    args.mtu = 9000;
    args.use_onchain_allocation = true;
    return args;
}

std::string add_interface(Network& world, const PublicKey& device, const ix::CreateDeviceInterface& args,
                          const std::string& payer = "contributor") {
    return world.send(payer, world.as(payer).make(args, ledger::DeviceAccounts{device, world.contributor}));
}

}  // namespace

TEST_CASE("scenario 29: a new device is active, locked, counted and has its allocators", "[program]") {
    Network world(scenario());
    const auto before = world.get<ledger::Contributor>(world.contributor).reference_count;
    const PublicKey device = world.addresses().device(world.next_index());
    CHECK(create(world, new_device("LA2-dz01", ip(9, 128, 1, 8),
                                   {Prefix{ip(9, 128, 1, 136), 29}, Prefix{ip(9, 128, 2, 0), 29}})) == "ok");
    const auto made = world.get<ledger::Device>(device);
    CHECK(made.code == "la2-dz01");
    CHECK(made.status == DeviceStatus::Activated);
    CHECK(made.device_health == ledger::DeviceHealth::ReadyForUsers);
    CHECK(made.max_users == 0);
    CHECK(made.reference_count == 0);
    CHECK(world.get<ledger::Contributor>(world.contributor).reference_count == before + 1);
    CHECK(world.get<ledger::Location>(world.location).reference_count == 2);
    CHECK(world.get<ledger::Exchange>(world.exchange).reference_count == 2);
    CHECK(allocated(world, world.addresses().tunnel_ids(device)) == 0);
    CHECK(allocated(world, world.addresses().dz_prefix_block(device, 0)) == 1);
    CHECK(allocated(world, world.addresses().dz_prefix_block(device, 1)) == 1);
}

TEST_CASE("scenario 30: addresses, number of allocators and contributor are checked", "[program]") {
    Network world(scenario());
    const std::vector prefixes = {Prefix{ip(9, 128, 1, 136), 29}};
    CHECK(create(world, new_device("x", ip(9, 128, 1, 137), prefixes)) == "62 InvalidPublicIp");
    CHECK(create(world, new_device("x", ip(10, 0, 0, 1), prefixes)) == "62 InvalidPublicIp");
    auto args = new_device("x", ip(9, 128, 1, 8), prefixes);
    args.resource_count = 3;
    CHECK(create(world, args) == "65 InvalidArgument");
    CHECK(create(world, new_device("x", ip(9, 128, 1, 8), prefixes), "mallory") == "1 InvalidOwnerPubkey");
    CHECK(create(world, new_device("x y", ip(9, 128, 1, 8), prefixes), "mallory") == "19 InvalidAccountCode");
    CHECK(create(world, new_device("x", ip(9, 128, 1, 8), {})) == "35 NoDzPrefixes");
    CHECK(create(world, new_device("x", ip(9, 128, 1, 8), {Prefix{ip(10, 0, 0, 0), 29}})) ==
          "38 InvalidDzPrefix");
    CHECK(create(world, new_device("x", ip(9, 128, 1, 8), prefixes), "foundation") == "ok");
}

TEST_CASE("scenario 31: counters are the foundation's, drained and activated the contributor's",
          "[program]") {
    Network world(scenario());
    ix::UpdateDevice counters;
    counters.users_count = 7;
    counters.reference_count = 9;
    CHECK(update(world, "contributor", counters) == "ok");
    CHECK(world.get_device().users_count == 0);
    CHECK(update(world, "foundation", counters) == "ok");
    CHECK(world.get_device().users_count == 7);
    CHECK(world.get_device().reference_count == 9);

    const auto status = [](DeviceStatus wanted) {
        ix::UpdateDevice args;
        args.status = wanted;
        return args;
    };
    CHECK(update(world, "contributor", status(DeviceStatus::Deleting)) == "8 NotAllowed");
    CHECK(update(world, "contributor", status(DeviceStatus::Drained)) == "ok");
    CHECK(update(world, "contributor", status(DeviceStatus::LinkProvisioning)) == "8 NotAllowed");
    CHECK(update(world, "contributor", status(DeviceStatus::Drained)) == "8 NotAllowed");
    CHECK(update(world, "contributor", status(DeviceStatus::Activated)) == "ok");
    CHECK(update(world, "foundation", status(DeviceStatus::LinkProvisioning)) == "ok");
    CHECK(update(world, "mallory", status(DeviceStatus::Drained)) == "8 NotAllowed");
}

TEST_CASE("scenario 32a: a device leaves when it is drained, unused and bare", "[program]") {
    Network world(scenario());
    CHECK(remove_device(world, 2) == "7 InvalidStatus");
    ix::UpdateDevice drain;
    drain.status = DeviceStatus::Drained;
    drain.reference_count = 1;
    world.change_device(drain);
    CHECK(remove_device(world, 2) == "13 ReferenceCountNotZero");
    ix::UpdateDevice free;
    free.reference_count = 0;
    world.change_device(free);
    REQUIRE(add_interface(world, world.device, plain_interface("Ethernet1")) == "ok");
    CHECK(remove_device(world, 2) == "70 DeviceHasInterfaces");
    REQUIRE(world.send("contributor", world.as("contributor")
                                          .make(ix::DeleteDeviceInterface{"ETHERNET1", true},
                                                ledger::DeviceAccounts{world.device, world.contributor})) ==
            "ok");
    CHECK(remove_device(world, 2, "mallory") == "8 NotAllowed");
    CHECK(remove_device(world, 2) == "ok");
    CHECK_FALSE(world.exists(world.device));
    CHECK_FALSE(world.exists(world.addresses().tunnel_ids(world.device)));
    CHECK_FALSE(world.exists(world.addresses().dz_prefix_block(world.device, 0)));
    CHECK(world.get<ledger::Contributor>(world.contributor).reference_count == 0);
    CHECK(world.get<ledger::Location>(world.location).reference_count == 0);
    CHECK(world.get<ledger::Exchange>(world.exchange).reference_count == 0);
}

TEST_CASE("scenario 32b: without resources a deletion only marks the device", "[program]") {
    Network world(scenario());
    ix::UpdateDevice drain;
    drain.status = DeviceStatus::Drained;
    world.change_device(drain);
    CHECK(remove_device(world, 0) == "ok");
    CHECK(world.get_device().status == DeviceStatus::Deleting);
}

TEST_CASE("scenario 33: prefixes shrink while nobody has an address of them", "[program]") {
    Network world(scenario());
    const std::vector two = {Prefix{ip(9, 128, 1, 136), 29}, Prefix{ip(9, 128, 2, 136), 29}};
    world.device = world.add_device("la2-dz01", 1, two);
    ix::UpdateDevice shrink;
    shrink.dz_prefixes = std::vector{two[0]};
    CHECK(update(world, "contributor", shrink) == "65 InvalidArgument");
    shrink.resource_count = 3;
    const Ipv4 client = ip(9, 128, 0, 100);
    REQUIRE(world.set_pass("alice", client) == "ok");
    REQUIRE(world.create_user("alice", client, ledger::UserType::IbrlWithAllocatedIp) == "ok");
    CHECK(update(world, "contributor", shrink) == "ProgramFailedToComplete");
    REQUIRE(world.delete_user("alice", client, ledger::UserType::IbrlWithAllocatedIp) == "ok");
    CHECK(update(world, "contributor", shrink) == "ok");
    CHECK(world.get_device().dz_prefixes == std::vector{two[0]});
    CHECK_FALSE(world.exists(world.addresses().dz_prefix_block(world.device, 1)));
    CHECK(allocated(world, world.addresses().dz_prefix_block(world.device, 0)) == 1);
}

TEST_CASE("device: moving to another location moves the reference counts", "[program]") {
    Network world;
    const PublicKey lax = world.addresses().location(world.next_index());
    REQUIRE(world.send("foundation", world.as("foundation")
                                         .make(ix::CreateLocation{"lax", "Los Angeles", "US", 34, -118, 0},
                                               world.next_index())) == "ok");
    const auto move = [&](const PublicKey& from, const PublicKey& to) {
        return world.send(
            "contributor",
            world.as("contributor").make(ix::UpdateDevice{}, {world.device, world.contributor, from, to}));
    };
    CHECK(move(lax, world.location) == "60 InvalidActualLocation");
    CHECK(move(world.location, lax) == "ok");
    CHECK(world.get_device().location_pk == lax);
    CHECK(world.get<ledger::Location>(lax).reference_count == 1);
    CHECK(world.get<ledger::Location>(world.location).reference_count == 0);
}

TEST_CASE("device: health is the oracle's and changes nothing else", "[program]") {
    Network world;
    const auto set = [&](const std::string& payer) {
        return world.send(
            payer, world.as(payer).make(ix::SetDeviceHealth{ledger::DeviceHealth::Impaired}, world.device));
    };
    CHECK(set("contributor") == "8 NotAllowed");
    REQUIRE(world.send("foundation",
                       world.as("foundation").make(ix::SetAuthority{{}, {}, world.pk("oracle"), {}})) ==
            "ok");
    CHECK(set("oracle") == "ok");
    CHECK(world.get_device().device_health == ledger::DeviceHealth::Impaired);
    CHECK(world.get_device().status == DeviceStatus::Activated);
}

TEST_CASE("interface: a customer port has its rules", "[program]") {
    Network world;
    ix::CreateDeviceInterface port = plain_interface("et1/1");
    port.interface_cyoa = ledger::Cyoa::GreOverDia;
    port.mtu = 1500;
    CHECK(add_interface(world, world.device, port) == "47 InvalidInterfaceIp");
    port.ip_net = Prefix{Network::kDeviceIp, 24};
    port.mtu = 9000;
    CHECK(add_interface(world, world.device, port) == "46 InvalidMtu");
    port.mtu = 1500;
    port.bandwidth = 0;
    CHECK(add_interface(world, world.device, port) == "31 InvalidBandwidth");
    port.bandwidth = 1;
    CHECK(add_interface(world, world.device, port, "mallory") == "1 InvalidOwnerPubkey");
    CHECK(add_interface(world, world.device, port) == "ok");
    CHECK(world.get_device().interfaces[0].name == "Ethernet1/1");
    CHECK(world.get_device().interfaces[0].status == ledger::InterfaceStatus::Unlinked);
    CHECK(add_interface(world, world.device, port) == "56 InterfaceAlreadyExists");
    port.name = "Loopback1";
    CHECK(add_interface(world, world.device, port) == "69 CyoaRequiresPhysical");
    port.name = "Tunnel1";
    CHECK(add_interface(world, world.device, port) == "12 InvalidInterfaceName");
    port.use_onchain_allocation = false;
    CHECK(add_interface(world, world.device, port) == "65 InvalidArgument");
}

TEST_CASE("interface: a loopback is numbered and its numbers come back", "[program]") {
    Network world;
    auto loopback = plain_interface("lo255");
    loopback.loopback_type = ledger::LoopbackType::Vpnv4;
    CHECK(add_interface(world, world.device, loopback) == "ok");
    const auto made = world.get_device().interfaces[0];
    CHECK(made.status == ledger::InterfaceStatus::Activated);
    CHECK(made.ip_net.to_string() == "172.16.0.0/32");
    CHECK(made.node_segment_idx == 1);
    CHECK(allocated(world, world.addresses().segment_routing_ids()) == 1);
    const auto removal = world.as("contributor")
                             .make(ix::DeleteDeviceInterface{"Loopback255", true},
                                   ledger::DeviceAccounts{world.device, world.contributor});
    CHECK(world.send("contributor", removal) == "ok");
    CHECK(world.get_device().interfaces.empty());
    CHECK(allocated(world, world.addresses().segment_routing_ids()) == 0);
    CHECK(allocated(world, world.addresses().device_tunnel_block()) == 0);
    CHECK(world.send("contributor", removal) == "24 InterfaceNotFound");
}

TEST_CASE("scenario 60: a WAN link joins two interfaces and leaves no trace when it goes", "[program]") {
    Network world(scenario());
    const PublicKey far = world.add_device("la2-dz01", 1, {Prefix{ip(9, 128, 1, 136), 29}});
    REQUIRE(add_interface(world, world.device, plain_interface("Ethernet2")) == "ok");
    REQUIRE(add_interface(world, far, plain_interface("Ethernet3")) == "ok");
    const PublicKey link = world.addresses().link(world.next_index());
    ix::CreateLink args{"ny5:la2", ledger::LinkType::Wan, 10'000'000'000, 9000, 1'000'000,
                        100'000,   "Ethernet2",           "Ethernet3",    {},   true};
    const auto create_link = [&](const ix::CreateLink& wanted) {
        return world.send(
            "contributor",
            world.as("contributor").make(wanted, {world.next_index(), world.contributor, world.device, far}));
    };
    auto wrong = args;
    wrong.side_a_iface_name = "ethernet2";  // exact names only
    CHECK(create_link(wrong) == "12 InvalidInterfaceName");
    wrong = args;
    wrong.mtu = 1500;
    CHECK(create_link(wrong) == "46 InvalidMtu");
    CHECK(create_link(args) == "ok");

    const auto made = world.get<ledger::Link>(link);
    CHECK(made.status == ledger::LinkStatus::Activated);
    CHECK(made.tunnel_id == 0);
    CHECK(made.tunnel_net.to_string() == "172.16.0.0/31");
    CHECK(world.get_device().interfaces[0].ip_net.to_string() == "172.16.0.0/31");
    CHECK(world.get<ledger::Device>(far).interfaces[0].ip_net.to_string() == "172.16.0.1/31");
    CHECK(world.get<ledger::Device>(far).interfaces[0].status == ledger::InterfaceStatus::Activated);
    CHECK(world.get_device().reference_count == 1);
    CHECK(create_link(args) == "7 InvalidStatus");

    const ledger::DeleteLinkAccounts accounts{
        {link, world.contributor, world.device, far}, world.pk("contributor"), {}};
    const auto removal = world.as("contributor").make(ix::DeleteLink{true}, accounts);
    CHECK(world.send("contributor", removal) == "7 InvalidStatus");
    ix::UpdateLink drain;
    drain.status = ledger::LinkStatus::SoftDrained;
    REQUIRE(world.send("contributor",
                       world.as("contributor").make(drain, {link, world.contributor, {}, {}, {}, {}})) ==
            "ok");
    CHECK(world.send("contributor", removal) == "ok");
    CHECK_FALSE(world.exists(link));
    CHECK(world.get_device().interfaces[0].status == ledger::InterfaceStatus::Unlinked);
    CHECK(world.get_device().interfaces[0].ip_net == Prefix{});
    CHECK(world.get_device().reference_count == 0);
    CHECK(allocated(world, world.addresses().link_ids()) == 0);
    CHECK(allocated(world, world.addresses().device_tunnel_block()) == 0);
}

TEST_CASE("device: whoever removes it, its owner gets the rent", "[program]") {
    Network world;
    auto drained = world.get_device();
    drained.status = DeviceStatus::Drained;
    world.set(world.device, drained);
    const std::uint64_t rent = world.balance(world.device) +
                               world.balance(world.addresses().tunnel_ids(world.device)) +
                               world.balance(world.addresses().dz_prefix_block(world.device, 0));
    const std::uint64_t before = world.balance(world.pk("contributor"));
    const auto deletion = world.as("foundation")
                              .make(ix::DeleteDevice{2}, {world.device,
                                                          world.contributor,
                                                          world.location,
                                                          world.exchange,
                                                          world.pk("contributor"),
                                                          {2, world.pk("contributor")}});
    REQUIRE(world.send("foundation", deletion) == "ok");
    CHECK(world.balance(world.pk("contributor")) == before + rent);
}
