// The order of checks on interfaces (ledger-processors.md 7): of two violated ones the earlier answers.
#include "tests/program/devices.hpp"

using namespace dz;
using namespace dz::test;
using ledger::Device;
using ledger::Interface;
using ledger::InterfaceStatus;

namespace {

struct NewInterface : Devices {
    NewInterface() {
        args.name = "Ethernet1";
        args.bandwidth = kTenGigabit;
        args.mtu = 1500;
        args.interface_cyoa = ledger::Cyoa::GreOverDia;
        args.ip_net = Prefix{kDeviceIp, 24};
        args.use_onchain_allocation = true;
    }
    ix::CreateDeviceInterface args;
    PublicKey by = contributor;
    TransactionInstruction instruction() override {
        return as(payer).make(args, ledger::DeviceAccounts{device, by});
    }
};

struct OldInterface : Devices {
    OldInterface() {
        REQUIRE(add_interface(device, "Ethernet1") == "ok");
        REQUIRE(add_interface(device, "Loopback1", ledger::LoopbackType::Vpnv4) == "ok");
    }
    void spoil_port(const std::function<void(Interface&)>& change) {
        spoil_device([&](Device& d) { change(d.interfaces.at(0)); });
    }
    PublicKey by = contributor;
};

struct InterfaceUpdate : OldInterface {
    InterfaceUpdate() {
        args.name = "Ethernet1";
        args.interface_dia = ledger::Dia::Dia;
        args.mtu = 1500;
        args.ip_net = Prefix{kDeviceIp, 24};
    }
    ix::UpdateDeviceInterface args;
    TransactionInstruction instruction() override {
        return as(payer).make(args, ledger::DeviceAccounts{device, by});
    }
};

struct InterfaceDeletion : OldInterface {
    ix::DeleteDeviceInterface args{"Ethernet1", true};
    TransactionInstruction instruction() override {
        return as(payer).make(args, ledger::DeviceAccounts{device, by});
    }
};

template <class C>
Step<C> unknown_interface() {
    return {{"24 InterfaceNotFound", "no such interface", [](C& c) { c.args.name = "Ethernet9"; }}};
}

}  // namespace

TEST_CASE("order: CreateDeviceInterface", "[program]") {
    using C = NewInterface;
    expect_order<C>(
        C{},
        {unsigned_payer<C>(),
         {{"65 InvalidArgument", "not onchain", [](C& c) { c.args.use_onchain_allocation = false; }}},
         {{"12 InvalidInterfaceName", "no name", [](C& c) { c.args.name = "Tunnel1"; }}},
         stranger<C>("1 InvalidOwnerPubkey"),
         {{"69 CyoaRequiresPhysical", "customers on a loopback", [](C& c) { c.args.name = "Loopback1"; }}},
         {{"47 InvalidInterfaceIp", "no address", [](C& c) { c.args.ip_net.reset(); }}},
         {{"46 InvalidMtu", "the mtu of a link", [](C& c) { c.args.mtu = 9000; }}},
         {{"31 InvalidBandwidth", "no bandwidth", [](C& c) { c.args.bandwidth = 0; }}},
         foreign_contributor<C>(),
         {{"56 InterfaceAlreadyExists", "the name is taken",
           [](C& c) {
               c.spoil_device([](Device& d) {
                   Interface port;
                   port.name = "ethernet1";
                   d.interfaces.push_back(port);
               });
           }}},
         {{"49 InvalidVlanId", "a vlan too high", [](C& c) { c.args.vlan_id = 4095; }}}});
    C link_port;
    link_port.args.interface_cyoa = ledger::Cyoa::None;
    link_port.args.ip_net.reset();
    link_port.args.mtu = 9000;
    expect_order<C>(link_port,
                    {stranger<C>("1 InvalidOwnerPubkey"),
                     {{"47 InvalidInterfaceIp", "an address",
                       [](C& c) { c.args.ip_net = Prefix{Network::kDeviceIp, 24}; }}},
                     {{"46 InvalidMtu", "the mtu of a customer port", [](C& c) { c.args.mtu = 1500; }}},
                     foreign_contributor<C>()});
}

TEST_CASE("order: UpdateDeviceInterface", "[program]") {
    using C = InterfaceUpdate;
    expect_order<C>(
        C{},
        {unsigned_payer<C>(),
         stranger<C>(),
         foreign_contributor<C>(),
         unknown_interface<C>(),
         {{"58 InvalidLoopbackType", "a loopback of no type",
           [](C& c) { c.args.loopback_type = ledger::LoopbackType::None; }}},
         {{"83 InterfaceHasEdgeAssignment", "customers on a port in use",
           [](C& c) { c.spoil_port([](Interface& i) { i.status = InterfaceStatus::Activated; }); }}},
         {{"8 NotAllowed", "a segment id, by the contributor", [](C& c) { c.args.node_segment_idx = 7; }}},
         {{"65 InvalidArgument", "topologies of a port", [](C& c) { c.args.update_topologies = true; }}},
         {{"46 InvalidMtu", "the mtu of a link", [](C& c) { c.args.mtu = 9000; }}},
         {{"31 InvalidBandwidth", "no bandwidth", [](C& c) { c.args.bandwidth = 0; }}},
         {{"49 InvalidVlanId", "a vlan too high", [](C& c) { c.args.vlan_id = 4095; }}}});
}

TEST_CASE("order: UpdateDeviceInterface, of a port that stays one of links", "[program]") {
    using C = InterfaceUpdate;
    expect_order<C>(
        C{},
        {{{"58 InvalidLoopbackType", "a loopback of no type",
           [](C& c) { c.args.loopback_type = ledger::LoopbackType::None; }}},
         {{"47 InvalidInterfaceIp", "an address on a port of links",
           [](C& c) { c.args.interface_dia.reset(); }}},
         {{"8 NotAllowed", "a segment id, by the contributor", [](C& c) { c.args.node_segment_idx = 7; }}}});
}

TEST_CASE("order: DeleteDeviceInterface", "[program]") {
    using C = InterfaceDeletion;
    expect_order<C>(
        C{}, {unsigned_payer<C>(),
              {{"65 InvalidArgument", "not onchain", [](C& c) { c.args.use_onchain_deallocation = false; }}},
              stranger<C>(),
              foreign_contributor<C>(),
              unknown_interface<C>(),
              {{"24 InterfaceNotFound", "it is gone",
                [](C& c) { c.spoil_device([](Device& d) { d.interfaces.clear(); }); }}}});
    expect_order<C>(C{}, {foreign_contributor<C>(), {{"7 InvalidStatus", "a pending port", [](C& c) {
                                                          c.spoil_port([](Interface& i) {
                                                              i.status = InterfaceStatus::Pending;
                                                          });
                                                      }}}});
}
