// Laws that hold whatever is sent: every counter is the number of the accounts it counts, no number is given
// out twice, no lamport appears or vanishes.
#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>

#include <set>

#include "chain/program/allocator.hpp"
#include "ledger/limits.hpp"
#include "tests/program/world.hpp"

using namespace dz;
using namespace dz::test;
using ledger::UserType;

namespace {

const std::vector<std::string> kPayers = {"alice", "bob", "carol"};

Ipv4 address_of(std::size_t payer) {
    return ip(9, 128, 0, 100 + static_cast<std::uint32_t>(payer));
}

/// A small network, and steps that often fail and sometimes succeed.
struct Playground : Network {
    Playground() {
        ix::UpdateDevice seats;
        seats.max_users = 5;
        seats.max_multicast_publishers = 2;
        change_device(seats);
        groups = {add_group("alpha"), add_group("beta")};
        for (std::size_t i = 0; i < kPayers.size(); ++i) {
            for (const PublicKey& group : groups)
                REQUIRE(allow(kPayers[i], address_of(i), group, true, true) == "ok");
            REQUIRE(set_pass(kPayers[i], address_of(i)) == "ok");
        }
        for (const auto* name : {"foundation", "mallory"}) key(name);
        lamports = total_lamports();
    }

    void step(std::uint8_t what, std::uint8_t who, bool flag) {
        const std::size_t i = who % kPayers.size();
        const std::string& payer = kPayers[i];
        const Ipv4 client = address_of(i);
        const PublicKey& group = groups[who / 16 % groups.size()];
        const UserType type =
            std::array{UserType::Ibrl, UserType::IbrlWithAllocatedIp, UserType::Multicast}[who / 32 % 3];
        const auto settle = [&](const std::string&) { lamports -= devnet::kLamportsPerSignature; };
        switch (what % 8) {
            case 0:
                return settle(create_user(payer, client, type));
            case 1:
                return settle(send(payer, subscribed_user_creation(payer, client, group, flag, !flag)));
            case 2:
                return settle(exists(user(client, type)) ? delete_user(payer, client, type) : nothing());
            case 3:
                return settle(exists(user(client, UserType::Multicast))
                                  ? set_roles(payer, client, group, flag, who % 2 == 0)
                                  : nothing());
            case 4: {
                const ix::RequestBanUser ban{1, 1};
                if (!exists(user(client, type))) return settle(nothing());
                return settle(send("foundation", as("foundation").make(ban, {user(client, type), device})));
            }
            case 5:
                return settle(send("foundation", as("foundation").make(ix::ReserveSeat{client}, device)));
            case 6: {
                const PublicKey seat = addresses().seat_reservation(device, client);
                return settle(
                    send("foundation", as("foundation").make(ix::CloseReservation{}, seat, device)));
            }
            default:
                return settle(delete_user("mallory", client, type, payer));
        }
    }
    std::string nothing() {
        return send("mallory", ledger::system_transfer(pk("mallory"), pk("mallory"), Lamports{1}));
    }

    template <class T>
    std::vector<T> all() const {
        std::vector<T> found;
        for (const auto& [address, state] : accounts()) {
            if (ledger::account_type(state->data) == T::kType && state->owner == addresses().program()) {
                found.push_back(ledger::decode<T>(state->data).value());
            }
        }
        return found;
    }
    std::uint64_t allocated(const PublicKey& allocator) const {
        Bytes data = account(allocator).data;
        return program::Allocator::open(data)->allocated_count();
    }

    std::vector<PublicKey> groups;
    u128 lamports = 0;
};

void check_counters(const Playground& world) {
    const auto users = world.all<ledger::User>();
    const auto device = world.get_device();
    std::size_t unicast = 0;
    for (const auto& user : users) unicast += user.user_type == UserType::Multicast ? 0 : 1;
    RC_ASSERT(device.users_count == users.size());
    RC_ASSERT(device.reference_count == users.size());
    RC_ASSERT(device.unicast_users_count == unicast);
    RC_ASSERT(device.multicast_publishers_count + device.multicast_subscribers_count ==
              users.size() - unicast);
    RC_ASSERT(device.reserved_seats == world.all<ledger::SeatReservation>().size());
    RC_ASSERT(device.users_count + device.reserved_seats <= device.max_users);
    for (const auto& pass : world.all<ledger::AccessPass>()) {
        const auto held = std::ranges::count(users, pass.user_payer, &ledger::User::owner);
        RC_ASSERT(pass.connection_count == held);
    }
    for (const PublicKey& key : world.groups) {
        const auto group = world.get<ledger::MulticastGroup>(key);
        std::size_t publishers = 0;
        std::size_t subscribers = 0;
        for (const auto& user : users) {
            publishers += static_cast<std::size_t>(std::ranges::count(user.publishers, key));
            subscribers += static_cast<std::size_t>(std::ranges::count(user.subscribers, key));
        }
        RC_ASSERT(group.publisher_count == publishers);
        RC_ASSERT(group.subscriber_count == subscribers);
    }
}

void check_allocations(const Playground& world) {
    std::set<std::uint16_t> ids;
    std::set<Prefix> networks;
    std::set<Ipv4> addresses;
    std::size_t living = 0;
    for (const auto& user : world.all<ledger::User>()) {
        if (user.status == ledger::UserStatus::Banned) continue;
        ++living;
        RC_ASSERT(ids.insert(user.tunnel_id).second);
        RC_ASSERT(networks.insert(user.tunnel_net).second);
        if (user.dz_ip != user.client_ip) RC_ASSERT(addresses.insert(user.dz_ip).second);
        // A publisher sends from an address of its own.
        if (user.user_type == UserType::Multicast)
            RC_ASSERT((user.dz_ip != user.client_ip) == !user.publishers.empty());
    }
    RC_ASSERT(world.allocated(world.addresses().tunnel_ids(world.device)) == living);
    RC_ASSERT(world.allocated(world.addresses().user_tunnel_block()) == 2 * living);
    const auto handed_out = world.allocated(world.addresses().dz_prefix_block(world.device, 0)) - 1 +
                            world.allocated(world.addresses().multicast_publisher_block());
    RC_ASSERT(handed_out == addresses.size());
}

void check_lamports(const Playground& world) {
    RC_ASSERT(world.total_lamports() == world.lamports);
    for (const auto& [address, state] : world.accounts()) {
        if (state->executable) continue;
        RC_ASSERT(state->lamports >= ledger::rent_exempt_lamports(state->data.size()));
    }
}

}  // namespace

TEST_CASE("program: counters, allocations and lamports add up after any steps", "[program]") {
    rc::prop("steps", [](const std::vector<std::tuple<std::uint8_t, std::uint8_t, bool>>& steps) {
        Playground world;
        for (const auto& [what, who, flag] : steps) {
            world.step(what, who, flag);
            check_counters(world);
            check_allocations(world);
            check_lamports(world);
        }
    });
}
