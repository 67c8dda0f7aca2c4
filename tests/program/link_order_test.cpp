// The order of checks on links (ledger-processors.md 8): of two violated ones the earlier answers.
#include "tests/program/devices.hpp"

using namespace dz;
using namespace dz::test;
using ledger::Device;
using ledger::DeviceStatus;
using ledger::Interface;
using ledger::InterfaceStatus;
using ledger::Link;
using ledger::LinkStatus;

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
