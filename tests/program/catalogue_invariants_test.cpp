// Laws of the catalogue, whatever is sent: a reference count is the number of accounts that refer, an
// allocator holds exactly the numbers that stand in accounts, no lamport appears or vanishes, every account
// pays its rent.
#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>

#include <algorithm>

#include "chain/program/allocator.hpp"
#include "ledger/limits.hpp"
#include "tests/program/world.hpp"

using namespace dz;
using namespace dz::test;
using ledger::LoopbackType;

namespace {

constexpr std::uint64_t kTenGigabit = 10'000'000'000;

/// A few devices, ports, loopbacks, links, topologies, tenants and groups that come and go. Most steps fail.
struct Catalogue : Network {
    Catalogue() {
        for (const auto* name : {"mallory", "boss"}) key(name);
        lamports = total_lamports();
    }

    void step(std::uint8_t what, std::uint8_t which, bool flag) {
        lamports -= devnet::kLamportsPerSignature;
        attempt(what, which, flag);
    }

    template <class T>
    std::vector<std::pair<PublicKey, T>> all() const {
        std::vector<std::pair<PublicKey, T>> found;
        for (const auto& [address, state] : accounts()) {
            if (state->owner == addresses().program() && ledger::account_type(state->data) == T::kType) {
                found.emplace_back(address, ledger::decode<T>(state->data).value());
            }
        }
        return found;
    }
    std::uint64_t allocated(const PublicKey& allocator) const {
        Bytes data = account(allocator).data;
        return program::Allocator::open(data)->allocated_count();
    }

    u128 lamports = 0;

  private:
    template <class T>
    std::optional<PublicKey> pick(std::uint8_t which) const {
        const auto list = all<T>();
        if (list.empty()) return std::nullopt;
        return list[which % list.size()].first;
    }
    std::string nothing() { return send("mallory", ledger::system_transfer(pk("mallory"), pk("boss"), {})); }

    std::string attempt(std::uint8_t what, std::uint8_t which, bool flag) {
        const auto some_device = pick<ledger::Device>(which).value_or(device);
        const std::string name = flag ? "Loopback1" : "Ethernet" + std::to_string(which % 2);
        switch (what % 10) {
            case 0:
                return make_device(which);
            case 1:
                return change_device_status(some_device, flag);
            case 2:
                return delete_device(some_device);
            case 3:
                return make_interface(some_device, name, flag);
            case 4:
                return send("contributor", as("contributor")
                                               .make(ix::DeleteDeviceInterface{name, true},
                                                     ledger::DeviceAccounts{some_device, contributor}));
            case 5:
                return make_link(which, flag);
            case 6:
                return drain_link(which);
            case 7:
                return delete_link(which);
            case 8:
                return change_tenants(which, flag);
            default:
                return change_topologies(which, flag);
        }
    }

    std::string make_device(std::uint8_t which) {
        const auto net = static_cast<std::uint8_t>(10 + which % 4);
        ix::CreateDevice args;
        args.code = "device";
        args.public_ip = ip(9, 128, net, 8);
        args.dz_prefixes = {Prefix{ip(9, 128, net, 136), 29}};
        args.resource_count = static_cast<std::uint8_t>(which % 8 == 0 ? 3 : 2);
        return send("contributor",
                    as("contributor").make(args, {next_index(), contributor, location, exchange}));
    }
    std::string change_device_status(const PublicKey& at, bool drains) {
        ix::UpdateDevice args;
        args.status = drains ? ledger::DeviceStatus::Drained : ledger::DeviceStatus::Activated;
        return send("contributor", as("contributor").make(args, {at, contributor, {}, {}}));
    }
    std::string delete_device(const PublicKey& at) {
        const PublicKey owner = pk("contributor");
        return send("contributor", as("contributor")
                                       .make(ix::DeleteDevice{2},
                                             {at, contributor, location, exchange, owner, {owner, owner}}));
    }
    std::string make_interface(const PublicKey& at, const std::string& name, bool loopback) {
        ix::CreateDeviceInterface args;
        args.name = name;
        if (loopback) args.loopback_type = LoopbackType::Vpnv4;
        args.bandwidth = kTenGigabit;
        args.mtu = 9000;
        args.use_onchain_allocation = true;
        std::vector<PublicKey> topologies;
        for (const auto& [key, topology] : all<ledger::Topology>()) topologies.push_back(key);
        if (!loopback) topologies.clear();
        args.topology_count = static_cast<std::uint8_t>(topologies.size());
        return send("contributor",
                    as("contributor").make(args, ledger::DeviceAccounts{at, contributor}, topologies));
    }
    std::string make_link(std::uint8_t which, bool wan) {
        const auto a = pick<ledger::Device>(which);
        const auto z = pick<ledger::Device>(static_cast<std::uint8_t>(which / 16));
        if (!a || !z) return nothing();
        ix::CreateLink args{"a:b",
                            ledger::LinkType::Wan,
                            kTenGigabit,
                            9000,
                            1'000'000,
                            100'000,
                            "Ethernet" + std::to_string(which % 2),
                            "Ethernet0",
                            {},
                            true};
        if (!wan) {
            args.link_type = ledger::LinkType::Dzx;
            args.side_z_iface_name.reset();
        }
        return send("contributor", as("contributor").make(args, {next_index(), contributor, *a, *z}));
    }
    std::string drain_link(std::uint8_t which) {
        const auto link = pick<ledger::Link>(which);
        if (!link) return nothing();
        ix::UpdateLink args;
        args.status = ledger::LinkStatus::SoftDrained;
        // A link that was never accepted holds no numbers.
        if (get<ledger::Link>(*link).status == ledger::LinkStatus::Requested) return nothing();
        return send("contributor", as("contributor").make(args, {*link, contributor, {}, {}, {}, {}}));
    }
    std::string delete_link(std::uint8_t which) {
        const auto at = pick<ledger::Link>(which);
        if (!at) return nothing();
        const auto link = get<ledger::Link>(*at);
        const ledger::LinkAccounts ends{*at, contributor, link.side_a_pk, link.side_z_pk};
        return send(
            "contributor",
            as("contributor").make(ix::DeleteLink{true}, {ends, pk("contributor"), link.link_topologies}));
    }
    std::string change_tenants(std::uint8_t which, bool creates) {
        const std::string code = "t" + std::to_string(which % 3);
        const auto foundation = as(which % 5 == 0 ? "mallory" : "foundation");
        const std::string payer = which % 5 == 0 ? "mallory" : "foundation";
        if (creates) {
            const ix::CreateTenant args{code, pk("boss"), {}, false, false};
            return send(payer, foundation.make(args).value());
        }
        return send(payer, foundation.make(ix::DeleteTenant{}, addresses().tenant(code)->key));
    }
    std::string change_topologies(std::uint8_t which, bool creates) {
        const std::string name = which % 2 == 0 ? "UNICAST-DEFAULT" : "FAST";
        const auto foundation = as("foundation");
        if (creates) return send("foundation", foundation.make(ix::CreateTopology{name, {}}).value());
        return send("foundation", foundation.make(ix::DeleteTopology{name}).value());
    }
};

void check_references(const Catalogue& world) {
    const auto devices = world.all<ledger::Device>();
    const auto links = world.all<ledger::Link>();
    const auto count = [](const auto& list, auto condition) {
        return static_cast<std::size_t>(
            std::ranges::count_if(list, [&](const auto& entry) { return condition(entry.second); }));
    };
    RC_ASSERT(world.get<ledger::Contributor>(world.contributor).reference_count ==
              devices.size() + links.size());
    RC_ASSERT(world.get<ledger::Location>(world.location).reference_count == devices.size());
    RC_ASSERT(world.get<ledger::Exchange>(world.exchange).reference_count == devices.size());
    for (const auto& [key, device] : devices) {
        const PublicKey& at = key;
        RC_ASSERT(device.reference_count ==
                  count(links, [&](const auto& link) { return link.side_a_pk == at; }) +
                      count(links, [&](const auto& link) { return link.side_z_pk == at; }));
    }
    for (const auto& [key, topology] : world.all<ledger::Topology>()) {
        const PublicKey& at = key;
        RC_ASSERT(topology.reference_count == count(links, [&](const auto& link) {
                      return std::ranges::find(link.link_topologies, at) != link.link_topologies.end();
                  }));
    }
}

void check_allocators(const Catalogue& world) {
    std::size_t loopbacks = 0;
    std::size_t segments = 0;
    for (const auto& [key, device] : world.all<ledger::Device>()) {
        for (const auto& interface : device.interfaces) {
            if (interface.interface_type == ledger::InterfaceType::Loopback) ++loopbacks;
            segments += (interface.node_segment_idx != 0 ? 1 : 0) + interface.flex_algo_node_segments.size();
        }
        RC_ASSERT(world.allocated(world.addresses().dz_prefix_block(key, 0)) == 1);
    }
    std::size_t numbered = 0;
    for (const auto& [key, link] : world.all<ledger::Link>()) numbered += link.tunnel_net == Prefix{} ? 0 : 1;
    RC_ASSERT(world.allocated(world.addresses().device_tunnel_block()) == 2 * numbered + loopbacks);
    RC_ASSERT(world.allocated(world.addresses().link_ids()) == numbered);
    RC_ASSERT(world.allocated(world.addresses().segment_routing_ids()) == segments);
    RC_ASSERT(world.allocated(world.addresses().vrf_ids()) == world.all<ledger::Tenant>().size());
}

void check_lamports(const Catalogue& world) {
    RC_ASSERT(world.total_lamports() == world.lamports);
    for (const auto& [address, state] : world.accounts()) {
        if (state->executable) continue;
        RC_ASSERT(state->lamports >= ledger::rent_exempt_lamports(state->data.size()));
    }
}

}  // namespace

TEST_CASE("program: references, allocators and lamports of the catalogue add up after any steps",
          "[program]") {
    const Catalogue start;
    rc::prop("steps", [&](const std::vector<std::tuple<std::uint8_t, std::uint8_t, bool>>& steps) {
        Catalogue world = start;
        for (const auto& [what, which, flag] : steps) {
            world.step(what, which, flag);
            check_references(world);
            check_allocators(world);
            check_lamports(world);
        }
    });
}
