#include "ledger/snapshot.hpp"

#include <catch2/catch.hpp>

#include "tests/ledger/samples.hpp"

using namespace dz;
using namespace dz::ledger;
using namespace dz::test;

namespace {

KeyedAccount keyed(std::uint8_t key, const Account& account) {
    return {sample_key(key), {encode(account), {}, {}, false, 0}};
}

KeyedAccount raw(std::uint8_t key, Bytes data) {
    return {sample_key(key), {std::move(data), {}, {}, false, 0}};
}

User user_at(std::uint32_t ip, UserType type) {
    User user = sample_user();
    user.client_ip = Ipv4{ip};
    user.user_type = type;
    return user;
}

}  // namespace

TEST_CASE("snapshot: accounts are found by their address", "[ledger]") {
    const std::vector accounts = {keyed(9, sample_device()), keyed(3, sample_user()),
                                  keyed(5, sample_global_config())};
    const Snapshot snapshot = Snapshot::from(accounts, Slot{77}, Scope::Catalogue);
    CHECK(snapshot.slot() == Slot{77});
    CHECK(snapshot.scope() == Scope::Catalogue);
    REQUIRE(snapshot.device(sample_key(9)));
    CHECK(*snapshot.device(sample_key(9)) == sample_device());
    CHECK(snapshot.device(sample_key(3)) == nullptr);
    CHECK(*snapshot.user(sample_key(3)) == sample_user());
    REQUIRE(snapshot.global_config());
    CHECK(snapshot.global_config()->local_asn == Asn{65000});
    CHECK(snapshot.global_state() == nullptr);
}

TEST_CASE("snapshot: every kind has its table", "[ledger]") {
    std::vector<KeyedAccount> accounts;
    std::uint8_t key = 0;
    for (const Account& account : sample_accounts()) accounts.push_back(keyed(++key, account));
    const Snapshot snapshot = Snapshot::from(accounts, {}, Scope::Catalogue);
    CHECK(snapshot.locations().size() == 1);
    CHECK(snapshot.resources().size() == 2);
    CHECK(snapshot.all<SeatReservation>().size() == 1);
    CHECK(snapshot.all<Index>().size() == 1);
    CHECK(snapshot.program_config()->version.to_string() == "0.34.0");
    CHECK(snapshot.unknown_accounts() == 0);
    CHECK(snapshot.undecodable_accounts() == 0);
}

TEST_CASE("snapshot: unknown and damaged accounts are left out and counted", "[ledger]") {
    const std::vector accounts = {raw(1, {}), raw(2, {99, 1, 2}), raw(3, Bytes(50, 14)),
                                  keyed(4, sample_user())};
    const Snapshot snapshot = Snapshot::from(accounts, {}, Scope::Mine);
    CHECK(snapshot.unknown_accounts() == 2);
    CHECK(snapshot.undecodable_accounts() == 1);
    CHECK(snapshot.users().size() == 1);
}

TEST_CASE("snapshot: of two accounts with one address the last one counts", "[ledger]") {
    User late = sample_user();
    late.tunnel_id = 999;
    const std::vector accounts = {keyed(4, sample_user()), keyed(1, sample_user()), keyed(4, late)};
    const Snapshot snapshot = Snapshot::from(accounts, {}, Scope::Mine);
    CHECK(snapshot.users().size() == 2);
    CHECK(snapshot.user(sample_key(4))->tunnel_id == 999);
}

TEST_CASE("snapshot: the users of a client address are found, in order of their accounts", "[ledger]") {
    const std::vector accounts = {keyed(7, user_at(0x01010101, UserType::Multicast)),
                                  keyed(2, user_at(0x02020202, UserType::Ibrl)),
                                  keyed(5, user_at(0x01010101, UserType::Ibrl))};
    const Snapshot snapshot = Snapshot::from(accounts, {}, Scope::Catalogue);
    const auto mine = snapshot.users_of(Ipv4{0x01010101});
    REQUIRE(mine.size() == 2);
    CHECK(mine[0]->key == sample_key(5));
    CHECK(mine[1]->key == sample_key(7));
    CHECK(snapshot.users_of(Ipv4{0x03030303}).empty());
}

TEST_CASE("snapshot: it may be moved without losing its index", "[ledger]") {
    const std::vector accounts = {keyed(7, user_at(0x01010101, UserType::Ibrl))};
    Snapshot first = Snapshot::from(accounts, {}, Scope::Catalogue);
    const Snapshot second = std::move(first);
    REQUIRE(second.users_of(Ipv4{0x01010101}).size() == 1);
    CHECK(&second.users_of(Ipv4{0x01010101})[0]->value == second.user(sample_key(7)));
}

TEST_CASE("snapshot: devices and groups are found by code in any case", "[ledger]") {
    MulticastGroup group;
    group.code = "Alpha";
    const std::vector accounts = {keyed(9, sample_device()), keyed(8, group)};
    const Snapshot snapshot = Snapshot::from(accounts, {}, Scope::Catalogue);
    REQUIRE(snapshot.device_by_code("FRA-dz001"));
    CHECK(snapshot.device_by_code("FRA-dz001")->key == sample_key(9));
    CHECK(snapshot.device_by_code("fra") == nullptr);
    CHECK(snapshot.multicast_group_by_code("alpha")->key == sample_key(8));
}
