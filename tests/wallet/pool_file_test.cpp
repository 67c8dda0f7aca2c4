#include <catch2/catch.hpp>
#include <functional>

#include "base/json.hpp"
#include "tests/wallet/pools.hpp"

using namespace dz;
using namespace dz::wallet;
using namespace dz::wallet::test;

namespace {

AddressPool loaded(const AddressPool& pool, Profile profile = Profile::Ephemeral) {
    return AddressPool::parse(pool.serialize(), {.profile = profile}).value();
}

/// `pool` with one thing in its text changed.
Result<AddressPool> altered(const AddressPool& pool, const std::function<void(json::Ordered&)>& change) {
    json::Ordered root = json::Ordered::parse(pool.serialize());
    change(root);
    return AddressPool::parse(root.dump());
}

AddressPool busy_pool() {
    AddressPool pool = pool_with(5, 4);
    pool.mark_index_used(1);
    pool.set_address_label(pool.info_at_index(2)->address, "rent");
    pool.add_address_metadata(pool.info_at_index(2)->address, "order", "7");
    pool.record_transaction(pool.info_at_index(1)->address, ~std::uint64_t{0}, 3);
    reserve(pool, 77);
    return pool;
}

}  // namespace

TEST_CASE("pool file: a pool reads back as it was, without its reservations", "[wallet]") {
    const AddressPool pool = busy_pool();
    const AddressPool again = loaded(pool);
    CHECK(again.serialize() == pool.serialize());
    CHECK(again.config() == pool.config());
    CHECK(again.key_fingerprint() == pool.key_fingerprint());
    CHECK(picture(again) == "AUAA");
    CHECK(again.info_at_index(2)->label == "rent");
    CHECK(again.info_at_index(2)->metadata.at("order") == "7");
    CHECK(again.script_pubkey_index(pool.info_at_index(3)->script_pubkey) == 3);
    CHECK(pool.serialize().find("reserved") == std::string::npos);
}

TEST_CASE("pool file: a hand-out and a peek leave the same text", "[wallet]") {
    AddressPool one = pool_with(5, 0);
    AddressPool two = one;
    reserve(one, 12345);
    CHECK(two.next_unused(receiving_source(), true));
    CHECK(one.serialize() == two.serialize());
}

TEST_CASE("pool file: after a restart a reserved address is free, or still held as was chosen", "[wallet]") {
    for (const Profile profile : {Profile::Ephemeral, Profile::Persistent}) {
        AddressPool pool = pool_with(5, 5, {.profile = profile});
        const auto held = reserve_several(pool, 3, 12345);
        AddressPool again = loaded(pool, profile);
        const Reservation next = reserve(again, 12346);
        if (profile == Profile::Ephemeral) {
            CHECK(next.address == held[0].address);
            CHECK(again.stats().reserved_count == 1);
            CHECK(again.entries().size() == 5);
        } else {
            CHECK(next.index == 3);
            CHECK(again.reservations()[2].at == at(12345));
            CHECK(again.info_at_index(0)->state == AddressState::Reserved);
        }
    }
}

TEST_CASE("pool file: the ephemeral profile reads no reservation even where there is one", "[wallet]") {
    AddressPool pool = pool_with(5, 3, {.profile = Profile::Persistent});
    reserve_several(pool, 2, 5);
    const AddressPool again = loaded(pool, Profile::Ephemeral);
    CHECK(picture(again) == "AAA");
    CHECK(again.stats().reserved_count == 0);
}

TEST_CASE("pool file: a payment to an address reserved before the restart is seen", "[wallet]") {
    AddressPool pool = pool_with(5, 0);
    const Reservation held = reserve(pool, 5);
    AddressPool again = loaded(pool);
    CHECK(again.mark_used(held.address));
}

TEST_CASE("pool file: Solana and platform pools read back", "[wallet]") {
    for (const Account& account : {solana_deposits(), solana_wallet(), dash_platform(Network::Testnet, 0),
                                   dash_platform_nodes(Network::Mainnet)}) {
        const auto pool = AddressPool::make(account.pool, {}, source_of(account)).value();
        CHECK(loaded(pool).serialize() == pool.serialize());
    }
}

TEST_CASE("pool file: an address taken from a bare script reads back without a key", "[wallet]") {
    const AddressPool pool = pool_with(5, 2);
    const auto again = altered(pool, [](json::Ordered& root) { root["addresses"][1].erase("public_key"); });
    REQUIRE(again);
    CHECK(again->info_at_index(1)->public_key == std::nullopt);
    CHECK(again->info_at_index(1)->address == pool.info_at_index(1)->address);
}

TEST_CASE("pool file: whatever does not add up is refused", "[wallet]") {
    using Change = std::function<void(json::Ordered&)>;
    const std::vector<std::pair<std::string, Change>> changes = {
        {"version", [](json::Ordered& root) { root["version"] = 2; }},
        {"format", [](json::Ordered& root) { root["format"] = "other"; }},
        {"an index out of its place", [](json::Ordered& root) { root["addresses"][2]["index"] = 7; }},
        {"a hole", [](json::Ordered& root) { root["addresses"].erase(1); }},
        {"the used list", [](json::Ordered& root) { root["used_indices"] = {0, 1}; }},
        {"a used index twice", [](json::Ordered& root) { root["used_indices"] = {1, 1}; }},
        {"a negative index", [](json::Ordered& root) { root["used_indices"] = {-1}; }},
        {"the highest used", [](json::Ordered& root) { root["highest_used"] = 3; }},
        {"the highest generated", [](json::Ordered& root) { root["highest_generated"] = nullptr; }},
        {"an address of another key",
         [](json::Ordered& root) { root["addresses"][0]["address"] = root["addresses"][1]["address"]; }},
        {"a script of another key",
         [](json::Ordered& root) { root["addresses"][0]["script_pubkey"] = "76a9"; }},
        {"the network", [](json::Ordered& root) { root["config"]["network"] = "mainnet"; }},
        {"an unknown type", [](json::Ordered& root) { root["config"]["type"] = "other"; }},
        {"a gap limit of zero", [](json::Ordered& root) { root["config"]["gap_limit"] = 0; }},
        {"no base path", [](json::Ordered& root) { root["config"]["base_path"] = "m"; }},
        {"a state", [](json::Ordered& root) { root["addresses"][0]["state"] = "lost"; }},
        {"addresses that are none", [](json::Ordered& root) { root["addresses"] = {1, 2}; }},
        {"no addresses", [](json::Ordered& root) { root.erase("addresses"); }},
        {"a short fingerprint", [](json::Ordered& root) { root["key_fingerprint"] = "00"; }},
    };
    const AddressPool pool = busy_pool();
    REQUIRE(altered(pool, [](json::Ordered&) {}));
    for (const auto& [what, change] : changes) {
        CAPTURE(what);
        const auto again = altered(pool, change);
        REQUIRE_FALSE(again);
        CHECK(fault_of(again.error()) == Fault::Serialization);
    }
    CHECK(fault_of(AddressPool::parse("").error()) == Fault::Serialization);
    CHECK(fault_of(AddressPool::parse("[]").error()) == Fault::Serialization);
}

TEST_CASE("pool file: after loading, another key than before is refused", "[wallet]") {
    AddressPool again = loaded(pool_with(5, 5));
    const KeySource other = source_of(dash_standard(Network::Testnet, 1));
    CHECK(fault_of(again.next_unused_and_reserve(other).error()) == Fault::InvalidParameter);
    CHECK(again.next_unused_and_reserve(receiving_source()));
}
