// Links between contributors, topologies and changes of interfaces, as signed transactions.
#include <catch2/catch.hpp>

#include "chain/program/allocator.hpp"
#include "tests/program/world.hpp"

using namespace dz;
using namespace dz::test;
using ledger::LinkStatus;

namespace {

/// Two devices with a port each; "rival" runs the second one.
struct Links : Network {
    Links() {
        far = add_device("la2-dz01", 1, {Prefix{ip(9, 128, 1, 136), 29}});
        other = addresses().contributor(next_index());
        REQUIRE(send("foundation",
                     as("foundation").make(ix::CreateContributor{"co02"}, next_index(), pk("rival"))) ==
                "ok");
        for (const PublicKey& end : {device, far}) {
            REQUIRE(add(end, "Ethernet2", ledger::LoopbackType::None) == "ok");
        }
    }
    std::string add(const PublicKey& end, const std::string& name, ledger::LoopbackType type,
                    const std::vector<PublicKey>& topologies = {}) {
        ix::CreateDeviceInterface args;
        args.name = name;
        args.loopback_type = type;
        args.bandwidth = 10'000'000'000;
        args.mtu = 9000;
        args.use_onchain_allocation = true;
        args.topology_count = static_cast<std::uint8_t>(topologies.size());
        return send("contributor",
                    as("contributor").make(args, ledger::DeviceAccounts{end, contributor}, topologies));
    }
    void give_far_to_rival() {
        auto moved = get<ledger::Device>(far);
        moved.contributor_pk = other;
        set(far, moved);
    }
    ix::CreateLink plan(ledger::LinkType type) const {
        ix::CreateLink args{"a:b", type, 10'000'000'000, 9000, 1'000'000, 100'000, "Ethernet2", {}, {}, true};
        if (type == ledger::LinkType::Wan) args.side_z_iface_name = "Ethernet2";
        return args;
    }
    std::string create(const ix::CreateLink& args) {
        link = addresses().link(next_index());
        return send("contributor", as("contributor").make(args, {next_index(), contributor, device, far}));
    }
    std::string update(const std::string& payer, const ix::UpdateLink& args,
                       ledger::UpdateLinkAccounts accounts) {
        return send(payer, as(payer).make(args, accounts));
    }
    ledger::Link get_link() const { return get<ledger::Link>(link); }

    PublicKey far, other, link;
};

PublicKey add_topology(Network& world, const std::string& name) {
    REQUIRE(world.send("foundation", world.as("foundation").make(ix::CreateTopology{name, {}}).value()) ==
            "ok");
    return world.addresses().topology(name)->key;
}

}  // namespace

TEST_CASE("link: between two contributors it is requested and accepted", "[program]") {
    Links world;
    world.give_far_to_rival();
    CHECK(world.create(world.plan(ledger::LinkType::Wan)) == "14 InvalidContributor");
    auto named = world.plan(ledger::LinkType::Dzx);
    named.side_z_iface_name = "Ethernet2";
    CHECK(world.create(named) == "15 InvalidInterfaceZForExternal");
    CHECK(world.create(world.plan(ledger::LinkType::Dzx)) == "ok");
    CHECK(world.get_link().status == LinkStatus::Requested);
    CHECK(world.get_link().tunnel_net == Prefix{});

    const auto accept = [&](const std::string& payer, const PublicKey& contributor, const std::string& port) {
        const ledger::LinkAccounts accounts{world.link, contributor, world.device, world.far};
        return world.send(payer, world.as(payer).make(ix::AcceptLink{port, true}, accounts));
    };
    CHECK(accept("contributor", world.contributor, "Ethernet2") == "8 NotAllowed");
    CHECK(accept("mallory", world.other, "Ethernet2") == "8 NotAllowed");
    CHECK(accept("rival", world.other, "Ethernet9") == "12 InvalidInterfaceName");
    CHECK(accept("rival", world.other, "Ethernet2") == "ok");
    CHECK(world.get_link().status == LinkStatus::Activated);
    CHECK(world.get_link().tunnel_net.to_string() == "172.16.0.0/31");
    CHECK(world.get<ledger::Device>(world.far).interfaces[0].ip_net.to_string() == "172.16.0.1/31");
    CHECK(accept("rival", world.other, "Ethernet2") == "7 InvalidStatus");
}

TEST_CASE("link: each contributor changes what is his", "[program]") {
    Links world;
    world.give_far_to_rival();
    REQUIRE(world.create(world.plan(ledger::LinkType::Dzx)) == "ok");
    ix::UpdateLink args;
    args.code = "NEW";
    args.delay_override_ns = 20'000;
    CHECK(world.update("contributor", args, {world.link, world.contributor, {}, {}, {}, {}}) == "ok");
    CHECK(world.get_link().code == "new");
    args.code = "theirs";
    args.delay_override_ns = 30'000;
    CHECK(world.update("rival", args, {world.link, world.other, {}, {}, {}, {}}) == "8 NotAllowed");
    CHECK(world.update("rival", args, {world.link, world.other, world.device, {}, {}, {}}) ==
          "52 InvalidAccountOwner");
    CHECK(world.update("rival", args, {world.link, world.other, world.far, {}, {}, {}}) == "ok");
    CHECK(world.get_link().code == "new");
    CHECK(world.get_link().delay_override_ns == 30'000);
    args.unicast_drained = true;
    CHECK(world.update("rival", args, {world.link, world.other, world.far, {}, {}, {}}) == "8 NotAllowed");
    args.delay_override_ns = 1;
    CHECK(world.update("contributor", args, {world.link, world.contributor, {}, {}, {}, {}}) ==
          "32 InvalidDelay");
}

TEST_CASE("link: administrators renumber it, and both interfaces follow", "[program]") {
    Links world;
    REQUIRE(world.create(world.plan(ledger::LinkType::Wan)) == "ok");
    ix::UpdateLink args;
    args.tunnel_net = Prefix{ip(172, 16, 0, 8), 31};
    args.tunnel_id = 9;
    const ledger::UpdateLinkAccounts accounts{world.link, world.contributor, {}, world.device, world.far, {}};
    args.use_onchain_allocation = true;
    CHECK(world.update("contributor", args, accounts) == "8 NotAllowed");
    CHECK(world.update("foundation", args, accounts) == "ok");
    CHECK(world.get_link().tunnel_id == 9);
    CHECK(world.get_device().interfaces[0].ip_net.to_string() == "172.16.0.8/31");
    CHECK(world.get<ledger::Device>(world.far).interfaces[0].ip_net.to_string() == "172.16.0.9/31");
    args.tunnel_net = Prefix{ip(172, 16, 0, 9), 31};
    CHECK(world.update("foundation", args, accounts) == "63 AllocationFailed");
    args.use_onchain_allocation = false;
    CHECK(world.update("foundation", args, accounts) == "65 InvalidArgument");
}

TEST_CASE("topology: the default one tags new links and is let go with them", "[program]") {
    Links world;
    const PublicKey common = add_topology(world, "unicast-default");
    const PublicKey fast = add_topology(world, "fast");
    CHECK(world.get<ledger::Topology>(common).admin_group_bit == 1);
    CHECK(world.get<ledger::Topology>(fast).flex_algo_number == 130);
    REQUIRE(world.create(world.plan(ledger::LinkType::Wan)) == "ok");
    CHECK(world.get_link().link_topologies == std::vector{common});
    CHECK(world.get<ledger::Topology>(common).reference_count == 1);
    const auto remove = world.as("foundation").make(ix::DeleteTopology{"unicast-default"}).value();
    CHECK(world.send("foundation", remove) == "13 ReferenceCountNotZero");

    ix::UpdateLink args;
    args.link_topologies = std::vector{fast};
    ledger::UpdateLinkAccounts accounts{world.link, world.contributor, {}, {}, {}, {fast}};
    CHECK(world.update("contributor", args, accounts) == "8 NotAllowed");
    CHECK(world.update("foundation", args, accounts) == "65 InvalidArgument");
    accounts.topologies = {fast, common};
    CHECK(world.update("foundation", args, accounts) == "ok");
    CHECK(world.get<ledger::Topology>(common).reference_count == 0);
    CHECK(world.get<ledger::Topology>(fast).reference_count == 1);
    const auto clear =
        world.as("foundation").make(ix::ClearTopology{"fast"}, std::vector{world.link}).value();
    CHECK(world.send("foundation", clear) == "ok");
    CHECK(world.get_link().link_topologies.empty());
    CHECK(world.get<ledger::Topology>(fast).reference_count == 0);
    CHECK(world.send("foundation", remove) == "ok");
}

TEST_CASE("topology: loopbacks get a segment id in each", "[program]") {
    Links world;
    const PublicKey fast = add_topology(world, "fast");
    REQUIRE(world.add(world.device, "Loopback255", ledger::LoopbackType::Vpnv4) == "ok");
    REQUIRE(world.add(world.far, "Loopback255", ledger::LoopbackType::Vpnv4, {fast}) == "ok");
    const auto segments = [&](const PublicKey& end) {
        return world.get<ledger::Device>(end).interfaces[1].flex_algo_node_segments;
    };
    CHECK(segments(world.device).empty());
    REQUIRE(segments(world.far).size() == 1);
    CHECK(segments(world.far)[0].node_segment_idx == 3);
    const auto assign =
        world.as("foundation")
            .make(ix::AssignTopologyNodeSegments{"fast"}, std::vector{world.device, world.far})
            .value();
    CHECK(world.send("foundation", assign) == "ok");
    CHECK(segments(world.device)[0].node_segment_idx == 4);
    CHECK(segments(world.far).size() == 1);
    CHECK(world.add(world.device, "Loopback254", ledger::LoopbackType::Vpnv4, {fast, fast}) ==
          "65 InvalidArgument");
    CHECK(world.send("foundation", world.as("foundation").make(ix::CreateTopology{"1fast", {}}).value()) ==
          "87 InvalidName");
}

TEST_CASE("interface: a change is checked against what it would make", "[program]") {
    Links world;
    const auto update = [&](const std::string& payer, const ix::UpdateDeviceInterface& args,
                            const std::vector<PublicKey>& topologies = {}) {
        return world.send(
            payer,
            world.as(payer).make(args, ledger::DeviceAccounts{world.device, world.contributor}, topologies));
    };
    ix::UpdateDeviceInterface args;
    args.name = "Ethernet7";
    CHECK(update("contributor", args) == "24 InterfaceNotFound");
    CHECK(update("mallory", args) == "8 NotAllowed");
    args.name = "ethernet2";
    args.loopback_type = ledger::LoopbackType::None;
    CHECK(update("contributor", args) == "58 InvalidLoopbackType");
    args = {};
    args.name = "Ethernet2";
    args.ip_net = Prefix{ip(9, 128, 0, 8), 24};
    CHECK(update("contributor", args) == "47 InvalidInterfaceIp");
    args.interface_cyoa = ledger::Cyoa::GreOverDia;
    CHECK(update("contributor", args) == "46 InvalidMtu");
    args.mtu = 1500;
    args.bandwidth = 0;
    CHECK(update("contributor", args) == "31 InvalidBandwidth");
    args.bandwidth = 1;
    CHECK(update("contributor", args) == "ok");
    args = {};
    args.name = "Ethernet2";
    args.status = ledger::InterfaceStatus::Activated;
    REQUIRE(update("contributor", args) == "ok");
    args.interface_cyoa = ledger::Cyoa::GreOverFabric;
    CHECK(update("contributor", args) == "83 InterfaceHasEdgeAssignment");
}

TEST_CASE("interface: segment ids move by administrators, topologies by whoever runs the device",
          "[program]") {
    Links world;
    const PublicKey fast = add_topology(world, "fast");
    REQUIRE(world.add(world.device, "Loopback255", ledger::LoopbackType::Vpnv4) == "ok");
    const auto loopback = [&] { return world.get_device().interfaces[1]; };
    const auto update = [&](const std::string& payer, ix::UpdateDeviceInterface args,
                            const std::vector<PublicKey>& topologies) {
        args.name = "Loopback255";
        args.topology_count = static_cast<std::uint8_t>(topologies.size());
        return world.send(
            payer,
            world.as(payer).make(args, ledger::DeviceAccounts{world.device, world.contributor}, topologies));
    };
    ix::UpdateDeviceInterface renumber;
    renumber.node_segment_idx = 77;
    CHECK(update("contributor", renumber, {}) == "8 NotAllowed");
    CHECK(update("foundation", renumber, {}) == "ok");
    CHECK(loopback().node_segment_idx == 77);
    ix::UpdateDeviceInterface topologies;
    topologies.update_topologies = true;
    CHECK(update("contributor", topologies, {fast, fast}) == "65 InvalidArgument");
    CHECK(update("contributor", topologies, {fast}) == "ok");
    REQUIRE(loopback().flex_algo_node_segments.size() == 1);
    CHECK(update("contributor", topologies, {}) == "ok");
    CHECK(loopback().flex_algo_node_segments.empty());
    Bytes data = world.account(world.addresses().segment_routing_ids()).data;
    CHECK(program::Allocator::open(data)->allocated_count() == 1);
}

TEST_CASE("link: whoever takes it down, its owner gets the rent", "[program]") {
    Links world;
    REQUIRE(world.create(world.plan(ledger::LinkType::Wan)) == "ok");
    auto drained = world.get_link();
    drained.status = LinkStatus::SoftDrained;
    world.set(world.link, drained);
    const std::uint64_t rent = world.balance(world.link);
    const std::uint64_t before = world.balance(world.pk("contributor"));
    const auto deletion =
        world.as("foundation")
            .make(ix::DeleteLink{true},
                  {{world.link, world.contributor, world.device, world.far}, world.pk("contributor"), {}});
    REQUIRE(world.send("foundation", deletion) == "ok");
    CHECK(world.balance(world.pk("contributor")) == before + rent);
}

TEST_CASE("link: health is the oracle's and changes nothing else", "[program]") {
    Links world;
    REQUIRE(world.create(world.plan(ledger::LinkType::Wan)) == "ok");
    auto expected = world.get_link();
    expected.link_health = ledger::LinkHealth::Impaired;
    const ix::SetAuthority oracle{{}, {}, world.pk("oracle"), {}};
    REQUIRE(world.send("foundation", world.as("foundation").make(oracle)) == "ok");
    const ix::SetLinkHealth args{ledger::LinkHealth::Impaired};
    CHECK(world.send("contributor", world.as("contributor").make(args, world.link)) == "8 NotAllowed");
    REQUIRE(world.send("oracle", world.as("oracle").make(args, world.link)) == "ok");
    CHECK(world.get_link() == expected);
}
