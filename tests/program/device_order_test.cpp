// The order of checks on devices, interfaces and links: of two violated ones the earlier answers
// (ledger-processors.md 7 and 8).
#include "tests/program/order.hpp"

using namespace dz;
using namespace dz::test;
using ledger::Device;
using ledger::DeviceStatus;
using ledger::Interface;
using ledger::InterfaceStatus;
using ledger::Link;
using ledger::LinkStatus;

namespace {

constexpr std::uint64_t kTenGigabit = 10'000'000'000;

/// The network's device and a second one, "far", both of "contributor"; "rival" is another contributor.
struct Devices : Attempt {
    Devices() {
        payer = "contributor";
        far = add_device("la2-dz01", 1, {Prefix{ip(9, 128, 1, 136), 29}});
        rivals = addresses().contributor(next_index());
        REQUIRE(send("foundation",
                     as("foundation").make(ix::CreateContributor{"co02"}, next_index(), pk("rival"))) ==
                "ok");
    }
    void spoil_device(const std::function<void(Device&)>& change) { spoil<Device>(device, change); }
    std::string add_interface(const PublicKey& at, const std::string& name,
                              ledger::LoopbackType type = ledger::LoopbackType::None) {
        ix::CreateDeviceInterface args;
        args.name = name;
        args.loopback_type = type;
        args.bandwidth = kTenGigabit;
        args.mtu = 9000;
        args.use_onchain_allocation = true;
        return send("contributor", as("contributor").make(args, ledger::DeviceAccounts{at, contributor}));
    }
    PublicKey far, rivals;
};

struct Creation : Devices {
    Creation() {
        args.code = "new";
        args.public_ip = ip(9, 128, 2, 8);
        args.dz_prefixes = {Prefix{ip(9, 128, 2, 136), 29}};
        args.mgmt_vrf = "mgmt";
        args.resource_count = 2;
    }
    ix::CreateDevice args;
    TransactionInstruction instruction() override {
        return as(payer).make(args, {next_index(), contributor, location, exchange});
    }
};

struct Update : Devices {
    Update() {
        lax = addresses().location(next_index());
        const ix::CreateLocation place{"lax", "Los Angeles", "US", 34, -118, 0};
        REQUIRE(send("foundation", as("foundation").make(place, next_index())) == "ok");
        to = lax;
    }
    ix::UpdateDevice args;
    PublicKey lax, from = location, to;
    PublicKey by = contributor;
    /// Another number of allocators than there are accounts for.
    std::optional<std::uint64_t> claimed;
    TransactionInstruction instruction() override {
        auto made = as(payer).make(args, {device, by, from, to});
        auto claim = args;
        claim.resource_count = claimed.value_or(args.resource_count);
        made.data = ledger::encode_instruction(claim);
        return made;
    }
};

struct Deletion : Devices {
    Deletion() {
        spoil_device([](Device& d) { d.status = DeviceStatus::Drained; });
    }
    ix::DeleteDevice args{2};
    PublicKey by = contributor;
    TransactionInstruction instruction() override {
        return as(payer).make(
            args,
            {device, by, location, exchange, pk("contributor"), {args.resource_count, pk("contributor")}});
    }
};

/// The instruction names a contributor that the device does not belong to.
template <class C>
Step<C> foreign_contributor() {
    return {{"10 InvalidContributorPubkey", "another contributor's device", [](C& c) {
                 c.by = c.rivals;
                 if (c.payer == "contributor") c.payer = "rival";
             }}};
}

}  // namespace

TEST_CASE("order: CreateDevice", "[program]") {
    using C = Creation;
    expect_order<C>(
        C{}, {unsigned_payer<C>(),
              {{"19 InvalidAccountCode", "a code with a blank", [](C& c) { c.args.code = "a b"; }}},
              {{kAbort, "a foreign contributor", [](C& c) { c.take_owner(c.contributor); }},
               {kAbort, "a foreign location", [](C& c) { c.take_owner(c.location); }},
               {kAbort, "a foreign exchange", [](C& c) { c.take_owner(c.exchange); }}},
              {{kOurs, "the device exists", [](C& c) { c.occupy(c.addresses().device(c.next_index())); }}},
              stranger<C>("1 InvalidOwnerPubkey"),
              {{kAbort, "another address", [](C& c) { c.replaced[0] = c.nothing(); }}},
              {{"62 InvalidPublicIp", "an address inside a prefix",
                [](C& c) { c.args.public_ip = ip(9, 128, 2, 137); }}},
              {{"65 InvalidArgument", "a resource too many", [](C& c) { c.args.resource_count = 3; }}},
              {{"34 CodeTooLong", "a long code", [](C& c) { c.args.code = std::string(33, 'x'); }}},
              {{"19 InvalidAccountCode", "a vrf with a blank", [](C& c) { c.args.mgmt_vrf = "a b"; }}},
              {{"62 InvalidPublicIp", "a private address", [](C& c) { c.args.public_ip = ip(10, 0, 0, 1); }}},
              {{"38 InvalidDzPrefix", "a private prefix",
                [](C& c) { c.args.dz_prefixes[0] = Prefix{ip(10, 0, 0, 0), 29}; }}}});
}

TEST_CASE("order: UpdateDevice", "[program]") {
    using C = Update;
    expect_order<C>(
        C{},
        {unsigned_payer<C>(),
         stranger<C>(),
         foreign_contributor<C>(),
         {{"19 InvalidAccountCode", "a code with a blank", [](C& c) { c.args.code = "a b"; }}},
         {{"65 InvalidArgument", "prefixes without their accounts",
           [](C& c) { c.args.dz_prefixes = std::vector{Prefix{ip(9, 128, 3, 136), 29}}; }}},
         {{"60 InvalidActualLocation", "not from there",
           [](C& c) { std::tie(c.from, c.to) = std::pair(c.lax, c.location); }}},
         {{"8 NotAllowed", "a status that is not the contributor's",
           [](C& c) { c.args.status = DeviceStatus::Deleting; }},
          {"8 NotAllowed", "the status it has", [](C& c) { c.args.status = DeviceStatus::Activated; }}},
         {{"62 InvalidPublicIp", "a private address", [](C& c) { c.args.public_ip = ip(10, 0, 0, 1); }}}});
}

TEST_CASE("order: UpdateDevice, its accounts", "[program]") {
    // A new prefix: the config, tunnel ids and one block.
    using C = Update;
    C valid;
    valid.args.dz_prefixes = std::vector{Prefix{ip(9, 128, 3, 136), 29}};
    valid.args.resource_count = 2;
    expect_order<C>(valid,
                    {unsigned_payer<C>(),
                     {{"65 InvalidArgument", "an allocator more than accounts", [](C& c) { c.claimed = 9; }}},
                     {{kAbort, "tunnel ids without a block", [](C& c) { c.args.resource_count = 1; }}},
                     {{kAbort, "other tunnel ids", [](C& c) { c.replaced[6] = c.nothing(); }}},
                     stranger<C>(),
                     foreign_contributor<C>()});
    expect_order<C>(valid,
                    {{{kAbort, "another block", [](C& c) { c.replaced[7] = c.nothing(); }}}, stranger<C>()});
}

TEST_CASE("order: DeleteDevice", "[program]") {
    using C = Deletion;
    expect_order<C>(
        C{}, {unsigned_payer<C>(),
              stranger<C>(),
              foreign_contributor<C>(),
              {{"7 InvalidStatus", "an active device",
                [](C& c) { c.spoil_device([](Device& d) { d.status = DeviceStatus::Activated; }); }},
               {"7 InvalidStatus", "a device on its way out",
                [](C& c) { c.spoil_device([](Device& d) { d.status = DeviceStatus::Deleting; }); }}},
              {{"13 ReferenceCountNotZero", "somebody is on it",
                [](C& c) { c.spoil_device([](Device& d) { d.reference_count = 1; }); }}},
              {{"70 DeviceHasInterfaces", "an interface",
                [](C& c) {
                    c.spoil_device([](Device& d) {
                        Interface port;
                        port.name = "Ethernet1";
                        d.interfaces.push_back(port);
                    });
                }}},
              {{"2 InvalidLocationPubkey", "another location", [](C& c) { c.replaced[3] = c.exchange; }}},
              {{"3 InvalidExchangePubkey", "another exchange", [](C& c) { c.replaced[4] = c.location; }}},
              {{"10 InvalidContributorPubkey", "another contributor",
                [](C& c) {
                    c.payer = "foundation";
                    c.by = c.rivals;
                }}},
              {{"1 InvalidOwnerPubkey", "another owner", [](C& c) { c.replaced[9] = c.pk("rival"); }}},
              {{"65 InvalidArgument", "an allocator is left behind", [](C& c) {
                    c.spoil_device([](Device& d) { d.dz_prefixes.push_back(Network::kPrefix); });
                }}}});
}

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

namespace {

/// Both devices have a free port "Ethernet2".
struct Links : Devices {
    Links() {
        REQUIRE(add_interface(device, "Ethernet2") == "ok");
        REQUIRE(add_interface(far, "Ethernet2") == "ok");
    }
    static ix::CreateLink plan(ledger::LinkType type) {
        ix::CreateLink made{"a:b", type, kTenGigabit, 9000, 1'000'000, 100'000, "Ethernet2", {}, {}, true};
        if (type == ledger::LinkType::Wan) made.side_z_iface_name = "Ethernet2";
        return made;
    }
    void make(ledger::LinkType type) {
        link = addresses().link(next_index());
        const auto creation = as("contributor").make(plan(type), {next_index(), contributor, device, far});
        REQUIRE(send("contributor", creation) == "ok");
    }
    void spoil_link(const std::function<void(Link&)>& change) { spoil<Link>(link, change); }
    void spoil_port(const PublicKey& at, const std::function<void(Interface&)>& change) {
        spoil<Device>(at, [&](Device& d) { change(d.interfaces.at(0)); });
    }
    PublicKey link;
    PublicKey by = contributor;
};

struct LinkCreation : Links {
    ix::CreateLink args = plan(ledger::LinkType::Wan);
    TransactionInstruction instruction() override {
        return as(payer).make(args, {next_index(), by, device, far});
    }
};

struct Acceptance : Links {
    Acceptance() {
        make(ledger::LinkType::Dzx);
        spoil<Device>(far, [&](Device& d) { d.contributor_pk = rivals; });
        payer = "rival";
        by = rivals;
    }
    ix::AcceptLink args{"Ethernet2", true};
    TransactionInstruction instruction() override {
        return as(payer).make(args, ledger::LinkAccounts{link, by, device, far});
    }
};

struct LinkUpdate : Links {
    LinkUpdate() { make(ledger::LinkType::Wan); }
    ix::UpdateLink args;
    std::optional<PublicKey> side_z;
    TransactionInstruction instruction() override {
        ledger::UpdateLinkAccounts accounts{link, by, side_z, {}, {}, {}};
        if (args.tunnel_net)
            std::tie(accounts.tunnel_side_a, accounts.tunnel_side_z) = std::pair(device, far);
        return as(payer).make(args, accounts);
    }
};

struct LinkDeletion : Links {
    LinkDeletion() {
        make(ledger::LinkType::Wan);
        spoil_link([](Link& l) { l.status = LinkStatus::SoftDrained; });
    }
    ix::DeleteLink args{true};
    TransactionInstruction instruction() override {
        return as(payer).make(args, {{link, by, device, far}, pk("contributor"), {}});
    }
};

/// Of the health oracle, not of the foundation: the last check of authority is of its key.
template <class Args>
struct Health : Links {
    Health() {
        make(ledger::LinkType::Wan);
        entity = std::is_same_v<Args, ix::SetLinkHealth> ? link : device;
        ix::SetAuthority change;
        change.health_oracle = pk("oracle");
        REQUIRE(send("foundation", as("foundation").make(change)) == "ok");
        payer = "oracle";
    }
    Args args{};
    PublicKey entity;
    TransactionInstruction instruction() override { return as(payer).make(args, entity); }
};

template <class Args>
void expect_health_order() {
    using C = Health<Args>;
    expect_order<C>(C{}, {unsigned_payer<C>(),
                          {{kAbort, "a foreign account", [](C& c) { c.take_owner(c.entity); }}},
                          stranger<C>(),
                          {{"InvalidAccountData", "another kind", [](C& c) { c.take_type(c.entity); }}}});
}

template <class C>
Violation<C> busy_port(const PublicKey C::* end) {
    return {"7 InvalidStatus", "a port in use",
            [=](C& c) { c.spoil_port(c.*end, [](Interface& i) { i.status = InterfaceStatus::Activated; }); }};
}
template <class C>
Violation<C> customer_port(const PublicKey C::* end) {
    return {"83 InterfaceHasEdgeAssignment", "a customer port",
            [=](C& c) { c.spoil_port(c.*end, [](Interface& i) { i.interface_dia = ledger::Dia::Dia; }); }};
}
template <class C>
Violation<C> narrow_port(const PublicKey C::* end) {
    return {"31 InvalidBandwidth", "a narrow port",
            [=](C& c) { c.spoil_port(c.*end, [](Interface& i) { i.bandwidth = kTenGigabit - 1; }); }};
}

}  // namespace

TEST_CASE("order: CreateLink", "[program]") {
    using C = LinkCreation;
    const Step<C> not_onchain = {
        {"65 InvalidArgument", "not onchain", [](C& c) { c.args.use_onchain_allocation = false; }}};
    const Step<C> mtu = {{"46 InvalidMtu", "the mtu of a customer port", [](C& c) { c.args.mtu = 1500; }}};
    expect_order<C>(
        C{}, {unsigned_payer<C>(),
              not_onchain,
              {{"19 InvalidAccountCode", "a code with a blank", [](C& c) { c.args.code = "a b"; }}},
              {{kOurs, "the link exists", [](C& c) { c.occupy(c.addresses().link(c.next_index())); }}},
              stranger<C>("1 InvalidOwnerPubkey"),
              {{kAbort, "another address", [](C& c) { c.replaced[0] = c.nothing(); }}},
              {{"14 InvalidContributor", "side A of others",
                [](C& c) { c.spoil_device([&](Device& d) { d.contributor_pk = c.rivals; }); }},
               {"14 InvalidContributor", "side Z of others",
                [](C& c) { c.spoil<Device>(c.far, [&](Device& d) { d.contributor_pk = c.rivals; }); }}},
              {{"12 InvalidInterfaceName", "no port on side A",
                [](C& c) { c.args.side_a_iface_name = "ethernet2"; }}},
              {{"12 InvalidInterfaceName", "no port on side Z",
                [](C& c) { c.args.side_z_iface_name = "ethernet2"; }}},
              mtu,
              {{"65 InvalidArgument", "another topology", [](C& c) { c.replaced[5] = c.nothing(); }}},
              {busy_port<C>(&C::device), busy_port<C>(&C::far)},
              {{"32 InvalidDelay", "no delay", [](C& c) { c.args.delay_ns = 0; }}},
              {{"33 InvalidJitter", "no jitter", [](C& c) { c.args.jitter_ns = 0; }}}});
    expect_order<C>(C{}, {{customer_port<C>(&C::device)},
                          {narrow_port<C>(&C::device)},
                          {customer_port<C>(&C::far)},
                          {narrow_port<C>(&C::far)},
                          mtu});
    C external;
    external.args = Links::plan(ledger::LinkType::Dzx);
    expect_order<C>(external, {{narrow_port<C>(&C::device)},
                               {{"15 InvalidInterfaceZForExternal", "a port of the other's choice",
                                 [](C& c) { c.args.side_z_iface_name = "Ethernet2"; }}},
                               mtu});
}

TEST_CASE("order: AcceptLink", "[program]") {
    using C = Acceptance;
    expect_order<C>(
        C{}, {unsigned_payer<C>(),
              {{"65 InvalidArgument", "not onchain", [](C& c) { c.args.use_onchain_allocation = false; }}},
              stranger<C>(),
              {{"7 InvalidStatus", "accepted already",
                [](C& c) { c.spoil_link([](Link& l) { l.status = LinkStatus::Activated; }); }}},
              {{"52 InvalidAccountOwner", "another side Z", [](C& c) { c.replaced[2] = c.device; }}},
              {{"8 NotAllowed", "side Z of others",
                [](C& c) { c.spoil<Device>(c.far, [&](Device& d) { d.contributor_pk = c.contributor; }); }}},
              {{"12 InvalidInterfaceName", "no port on side Z",
                [](C& c) { c.args.side_z_iface_name = "ethernet2"; }}},
              {{"InvalidAccountData", "another side A", [](C& c) { c.replaced[4] = c.far; }}},
              {busy_port<C>(&C::device), busy_port<C>(&C::far)},
              {customer_port<C>(&C::device), customer_port<C>(&C::far)},
              {narrow_port<C>(&C::device), narrow_port<C>(&C::far)}});
}

TEST_CASE("order: UpdateLink", "[program]") {
    using C = LinkUpdate;
    const Step<C> numbers = {{"8 NotAllowed", "an id, by the contributor", [](C& c) {
                                  c.args.tunnel_id = 7;
                                  c.args.use_onchain_allocation = true;
                              }}};
    const Step<C> topologies = {
        {"8 NotAllowed", "topologies, by the contributor", [](C& c) { c.args.link_topologies.emplace(); }}};
    expect_order<C>(
        C{}, {unsigned_payer<C>(),
              {{"65 InvalidArgument", "an id, not onchain", [](C& c) { c.args.tunnel_id = 7; }},
               {"65 InvalidArgument", "a topology twice",
                [](C& c) { c.args.link_topologies = std::vector(2, c.location); }},
               {"65 InvalidArgument", "nine topologies",
                [](C& c) {
                    c.args.link_topologies = std::vector{c.location, c.exchange, c.device,  c.far,    c.link,
                                                         c.rivals,   c.by,       c.pk("a"), c.pk("b")};
                }}},
              stranger<C>(),
              {{"8 NotAllowed", "a link of others",
                [](C& c) { c.spoil_link([&](Link& l) { l.contributor_pk = c.rivals; }); }}},
              {{"19 InvalidAccountCode", "a code with a blank", [](C& c) { c.args.code = "a b"; }}},
              {{"46 InvalidMtu", "the mtu of a customer port", [](C& c) { c.args.mtu = 1500; }}},
              numbers,
              topologies,
              {{"31 InvalidBandwidth", "too little bandwidth", [](C& c) { c.args.bandwidth = 1; }}},
              {{"32 InvalidDelay", "no delay", [](C& c) { c.args.delay_ns = 0; }}}});
    C by_z;
    by_z.side_z = by_z.far;
    expect_order<C>(
        by_z, {stranger<C>(),
               {{"52 InvalidAccountOwner", "another side Z", [](C& c) { c.side_z = c.device; }}},
               {{"8 NotAllowed", "side Z of others",
                 [](C& c) { c.spoil<Device>(c.far, [&](Device& d) { d.contributor_pk = c.rivals; }); }}},
               numbers,
               topologies,
               {{"8 NotAllowed", "drained, by contributor Z", [](C& c) { c.args.unicast_drained = true; }}}});
    C by_foundation;
    by_foundation.payer = "foundation";
    expect_order<C>(by_foundation,
                    {{{"46 InvalidMtu", "the mtu of a customer port", [](C& c) { c.args.mtu = 1500; }}},
                     {{"63 AllocationFailed", "a network outside",
                       [](C& c) {
                           c.args.tunnel_net = Prefix{ip(10, 0, 0, 0), 31};
                           c.args.use_onchain_allocation = true;
                       }}},
                     {{"65 InvalidArgument", "a topology whose account is missing",
                       [](C& c) { c.args.link_topologies = std::vector{c.location}; }}},
                     {{"31 InvalidBandwidth", "too little bandwidth", [](C& c) { c.args.bandwidth = 1; }}}});
}

TEST_CASE("order: DeleteLink", "[program]") {
    using C = LinkDeletion;
    expect_order<C>(
        C{}, {unsigned_payer<C>(),
              {{"65 InvalidArgument", "not onchain", [](C& c) { c.args.use_onchain_deallocation = false; }}},
              stranger<C>("1 InvalidOwnerPubkey"),
              {{"7 InvalidStatus", "an active link",
                [](C& c) { c.spoil_link([](Link& l) { l.status = LinkStatus::Activated; }); }}},
              {{"8 NotAllowed", "a link of others",
                [](C& c) { c.spoil_link([&](Link& l) { l.contributor_pk = c.rivals; }); }}},
              {{"InvalidAccountData", "another side", [](C& c) { c.replaced[3] = c.far; }},
               {"InvalidAccountData", "another owner", [](C& c) { c.replaced[7] = c.pk("rival"); }}},
              {{"65 InvalidArgument", "a topology is missing",
                [](C& c) { c.spoil_link([&](Link& l) { l.link_topologies = {c.location}; }); }}}});
}

TEST_CASE("order: SetDeviceHealth, SetLinkHealth", "[program]") {
    expect_health_order<ix::SetDeviceHealth>();
    expect_health_order<ix::SetLinkHealth>();
}
