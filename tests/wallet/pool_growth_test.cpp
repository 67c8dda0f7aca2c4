// Which addresses are stored and watched: generation, the gap, the window, pruning, scanning.
#include <catch2/catch.hpp>

#include "tests/wallet/pools.hpp"

using namespace dz;
using namespace dz::wallet;
using namespace dz::wallet::test;

namespace {

const KeySource kNothing;

AddressPool new_pool(std::uint32_t gap_limit, PoolOptions options = {}) {
    return AddressPool::make(receiving(gap_limit), std::move(options), receiving_source()).value();
}

std::vector<std::uint32_t> indexes(const std::vector<AddressInfo>& infos) {
    std::vector<std::uint32_t> out;
    for (const AddressInfo& info : infos) out.push_back(info.index);
    return out;
}

std::vector<std::uint32_t> maintained(AddressPool& pool) {
    return indexes(pool.maintain_gap_limit(receiving_source()).value());
}

using Indexes = std::vector<std::uint32_t>;

}  // namespace

TEST_CASE("pool: ten generated addresses are the indexes 0 to 9", "[wallet]") {
    AddressPool pool = pool_with(20, 0);
    CHECK(pool.generate_addresses(10, receiving_source(), true)->size() == 10);
    CHECK(pool.entries().size() == 10);
    CHECK(pool.highest_generated() == 9);
    CHECK(pool.address_index("yTMS4GQpdy28ta4SZysp1C7fnZy1oqyBzc") == 9);
}

TEST_CASE("pool: generating without storing gives the same addresses each time", "[wallet]") {
    AddressPool pool = pool_with(5, 2);
    const auto once = pool.generate_addresses(3, receiving_source(), false).value();
    CHECK(indexes(once) == Indexes{2, 3, 4});
    CHECK(pool.generate_addresses(3, receiving_source(), false) == once);
    CHECK(pool.entries().size() == 2);
}

TEST_CASE("pool: storing an index stores those before it; a stored one needs no key", "[wallet]") {
    AddressPool pool = pool_with(5, 1);
    CHECK(pool.generate_address(4, receiving_source(), true)->index == 4);
    CHECK(pool.entries().size() == 5);
    CHECK(pool.generate_address(3, kNothing, true)->index == 3);
    CHECK(fault_of(pool.generate_address(5, kNothing, true).error()) == Fault::NoKeySource);
}

TEST_CASE("pool: a range is generated where it is missing, index 0 included", "[wallet]") {
    AddressPool pool = pool_with(5, 0);
    const auto range = pool.address_range(0, 3, receiving_source()).value();
    CHECK(range == pool.all_addresses());
    CHECK(range.front() == "yRd4FhXfVGHXpsuZXPNkMrfD9GVj46pnjt");
    CHECK(pool.address_range(1, 3, kNothing)->size() == 2);
    CHECK(pool.address_range(3, 3, kNothing)->empty());
    CHECK(pool.address_range(5, 2, kNothing)->empty());
    CHECK(fault_of(pool.address_range(2, 4, kNothing).error()) == Fault::NoKeySource);
}

TEST_CASE("pool: a used address is listed as used", "[wallet]") {
    AddressPool pool = pool_with(5, 5);
    CHECK(pool.mark_index_used(0));
    CHECK(pool.stats().used_count == 1);
    CHECK(pool.highest_used() == 0);
    CHECK(pool.used_addresses() == std::vector{pool.info_at_index(0)->address});
}

TEST_CASE("pool: two peeks are equal, and differ once it is used", "[wallet]") {
    AddressPool pool = pool_with(5, 0);
    const auto first = pool.next_unused(receiving_source(), true).value();
    CHECK(pool.next_unused(receiving_source(), true) == first);
    CHECK(pool.mark_used(first));
    CHECK(pool.next_unused(receiving_source(), true) != first);
}

TEST_CASE("pool: the gap is refilled behind the highest used address", "[wallet]") {
    AddressPool pool = new_pool(5);
    CHECK(maintained(pool).empty());
    CHECK(pool.highest_generated() == 4);
    CHECK(pool.maintain_gap_limit(kNothing)->empty());
    CHECK(pool.mark_index_used(0));
    CHECK(fault_of(pool.maintain_gap_limit(kNothing).error()) == Fault::NoKeySource);
    CHECK(maintained(pool) == Indexes{5});
    CHECK(pool.mark_index_used(1));
    CHECK(pool.mark_index_used(2));
    CHECK(maintained(pool) == Indexes{6, 7});
    CHECK(pool.entries().size() == 8);
}

TEST_CASE("pool: a higher gap limit adds addresses, a lower one takes none away", "[wallet]") {
    AddressPool pool = new_pool(5);
    CHECK(pool.set_gap_limit(20, receiving_source())->size() == 15);
    CHECK(pool.highest_generated() == 19);
    CHECK(pool.set_gap_limit(3, receiving_source())->empty());
    CHECK(pool.entries().size() == 20);
    CHECK(pool.set_gap_limit(1500, receiving_source()));
    CHECK(pool.config().gap_limit == 1000);
    CHECK(pool.entries().size() == 1000);
    CHECK(pool.info_at_index(999)->address == "yixSvnzKNiU7maoJuAFzb1pf94BaQXKJJJ");
}

TEST_CASE("pool: a hand-out leaves the gap short until it is maintained", "[wallet]") {
    AddressPool pool = new_pool(5);
    CHECK_FALSE(pool.needs_more_addresses());
    reserve(pool);
    CHECK(pool.needs_more_addresses());
    CHECK(maintained(pool) == Indexes{5});
    CHECK_FALSE(pool.needs_more_addresses());
}

TEST_CASE("pool: with auto_maintain a hand-out refills the gap", "[wallet]") {
    AddressPool pool = new_pool(5, {.auto_maintain = true});
    reserve_several(pool, 2);
    CHECK(pool.entries().size() == 7);
    CHECK_FALSE(pool.needs_more_addresses());
}

TEST_CASE("pool: pruning takes free addresses from the top, down to the window", "[wallet]") {
    for (const Profile profile : {Profile::Ephemeral, Profile::Persistent}) {
        AddressPool pool = pool_with(5, 10, {.profile = profile});
        CHECK(pool.mark_index_used(0));
        for (std::int64_t now = 100; now < 107; ++now) reserve(pool, now);
        const bool persistent = profile == Profile::Persistent;
        CHECK(pool.window_ceiling() == (persistent ? 5 : 12));
        CHECK(pool.prune_unused() == (persistent ? 2 : 0));
        CHECK(pool.stats().reserved_count == 7);
        CHECK(pool.info_at_index(7)->state == AddressState::Reserved);
        if (persistent) continue;
        CHECK(pool.release_all_reservations() == 7);
        CHECK(pool.window_ceiling() == 5);
        CHECK(pool.prune_unused() == 4);
        CHECK(pool.highest_generated() == 5);
        CHECK_FALSE(pool.contains_address("yTMS4GQpdy28ta4SZysp1C7fnZy1oqyBzc"));
    }
}

TEST_CASE("pool: pruning stops at what is used or reserved, and at what was handed out where asked",
          "[wallet]") {
    AddressPool pool = pool_with(1, 8, {.profile = Profile::Persistent, .keep_handed_out = true});
    const auto held = pool.reserve_index(5, receiving_source());
    CHECK(pool.prune_unused() == 2);
    CHECK(pool.release_reservation(5, held->token));
    CHECK(pool.prune_unused() == 0);
    AddressPool careless = pool_with(1, 8, {.profile = Profile::Persistent});
    CHECK(careless.reserve_index(5, receiving_source()));
    CHECK(careless.release_reservation(5));
    CHECK(careless.prune_unused() == 7);
}

TEST_CASE("pool: pruned addresses come back as they were, with dry hand-outs in between", "[wallet]") {
    AddressPool pool = pool_with(1, 6);
    const std::vector<std::string> before = pool.all_addresses();
    CHECK(pool.prune_unused() == 5);
    reserve(pool);
    CHECK(pool.next_unused_and_reserve(receiving_source(), false)->address == before[1]);
    CHECK(pool.address_range(0, 6, receiving_source()) == before);
    CHECK(pool.info_at_index(1)->state == AddressState::Reserved);
}

TEST_CASE("pool: a scan marks what was paid, reserved addresses too", "[wallet]") {
    AddressPool pool = pool_with(5, 10);
    reserve_several(pool, 3);
    const auto found = pool.scan_for_usage(
        [](const AddressInfo& info) { return info.index == 2 || info.index == 5 || info.index == 7; });
    CHECK(found.size() == 3);
    CHECK(pool.highest_used() == 7);
    CHECK(picture(pool).starts_with("RRUAAUAUAA"));
    CHECK(pool.scan_for_usage([](const AddressInfo&) { return true; }).size() == 7);
}

TEST_CASE("pool: the window follows the highest used or reserved address", "[wallet]") {
    struct Row {
        std::vector<std::uint32_t> used, reserved;
        std::uint32_t ceiling;
    };
    const std::vector<Row> rows = {
        {{}, {}, 4}, {{}, {0}, 5}, {{}, {0, 1, 2, 3, 4, 5, 6}, 11}, {{2}, {0, 1, 3}, 8}, {{9}, {3}, 14},
    };
    for (const Row& row : rows) {
        AddressPool pool = pool_with(5, 0);
        for (const std::uint32_t index : row.reserved) CHECK(pool.reserve_index(index, receiving_source()));
        for (const std::uint32_t index : row.used) {
            CHECK(pool.generate_address(index, receiving_source(), true));
            CHECK(pool.mark_index_used(index));
        }
        CHECK(pool.window_ceiling() == row.ceiling);
        maintained(pool);
        CHECK(pool.highest_generated() == row.ceiling);
        pool.release_all_reservations();
        CHECK(pool.highest_generated() == row.ceiling);
        if (!row.used.empty()) CHECK(pool.window_ceiling() == row.used.front() + 5);
    }
}

TEST_CASE("pool: in the persistent profile the window follows used addresses alone", "[wallet]") {
    AddressPool pool = pool_with(5, 0, {.profile = Profile::Persistent});
    reserve_several(pool, 7);
    CHECK(pool.window_ceiling() == 4);
    CHECK(maintained(pool).empty());
    CHECK(pool.highest_generated() == 6);
    CHECK(pool.needs_more_addresses());
}

TEST_CASE("pool: known extended keys hand out the known addresses in order", "[wallet]") {
    const Account dash = dash_standard(Network::Mainnet, 0);
    const KeySource open(abandon().secp256k1(dash.path)->to_public());
    AddressPool pool = AddressPool::make(dash.pool, {}, open).value();
    CHECK(pool.next_unused_and_reserve(open)->address == "XoJA8qE3N2Y3jMLEtZ3vcN42qseZ8LvFf5");
    CHECK(pool.next_unused_and_reserve(open)->address == "XbctnEsgWTn5j1co3emZynemxSFPqkLRKZ");
    CHECK(pool.next_unused_and_reserve(open)->address == "XdD2biTJ3saZtcR6ravwJ9bvmkvmDq49Xg");

    const Account platform = dash_platform(Network::Mainnet, 0);
    const KeySource platform_key(abandon().secp256k1(platform.path)->to_public());
    AddressPool credits = AddressPool::make(platform.pool, {}, platform_key).value();
    CHECK(credits.entries().size() == 20);
    CHECK(credits.next_unused_and_reserve(platform_key)->address ==
          "dash1krma5z3ttj75la4m93xcndna9ullamq9y5e9n5rs");
    CHECK(credits.next_unused_and_reserve(platform_key)->address ==
          "dash1kzjl7qzxy9lar37j8r37z3kvt07epqe20ckxfezw");

    const Account solana = solana_deposits();
    const KeySource seed = source_of(solana);
    AddressPool deposits = AddressPool::make(solana.pool, {}, seed).value();
    for (const std::string_view address :
         {"GjJyeC1r2RgkuoCWMyPYkCWSGSGLcz266EaAkLA27AhL", "ANf3TEKFL6jPWjzkndo4CbnNdUNkBk4KHPggJs2nu8Xi",
          "Ag74i82rUZBTgMGLacCA1ZLnotvAca8CLscXcrG6Nwem", "weCFpgyyyrzum6nA8XdmJXjDGDTXmG5P2DdgHv59hgQ",
          "4w6V162fV7HJQNma7vZvxjunqmkie8hM2x1DqaFQqxqL"})
        CHECK(deposits.next_unused_and_reserve(seed)->address == address);
}

TEST_CASE("pool: figures add up", "[wallet]") {
    AddressPool pool = new_pool(5);
    const auto held = reserve_several(pool, 3, 70);
    CHECK(pool.mark_used(held[1].address));
    const PoolStats stats = pool.stats();
    CHECK(stats.used_count == 1);
    CHECK(stats.reserved_count == 2);
    CHECK(stats.unused_count == 2);
    CHECK(stats.total_generated == 5);
    CHECK(stats.highest_used == 1);
    CHECK(stats.highest_reserved == 2);
    CHECK(stats.oldest_reservation_at == at(70));
    CHECK(stats.window_ceiling == 7);
    CHECK_FALSE(stats.is_internal);
}

TEST_CASE("pool: several unused addresses come in index order, as many as there are", "[wallet]") {
    AddressPool pool = pool_with(5, 3);
    CHECK(pool.mark_index_used(1));
    CHECK(indexes(pool.next_unused_multiple(kNothing, 5, true)) == Indexes{0, 2});
    CHECK(fault_of(pool.unused_addresses_count(kNothing, 5, true).error()) == Fault::NoKeySource);
    CHECK(indexes(pool.next_unused_multiple(receiving_source(), 4, false)) == Indexes{0, 2, 3, 4});
    CHECK(pool.entries().size() == 3);
    CHECK(indexes(pool.unused_addresses_count(receiving_source(), 4, true).value()) == Indexes{0, 2, 3, 4});
    CHECK(pool.entries().size() == 5);
}

TEST_CASE("pool: the first positive balance marks an address used, for good", "[wallet]") {
    AddressPool pool = new_pool(5);
    const std::string address = pool.info_at_index(0)->address;
    CHECK(pool.record_balance(address, 0, receiving_source())->empty());
    CHECK(pool.used_addresses().empty());
    CHECK(indexes(pool.record_balance(address, 9, receiving_source()).value()) == Indexes{5});
    CHECK(pool.record_balance(address, 0, receiving_source())->empty());
    CHECK(pool.info_at_index(0)->state == AddressState::Used);
    CHECK(pool.info_at_index(0)->balance == 0);
    CHECK(pool.record_balance(pool.info_at_index(1)->address, 4, kNothing)->empty());
    CHECK(pool.info_at_index(1)->state == AddressState::Used);
    CHECK(fault_of(pool.record_balance("elsewhere", 4, kNothing).error()) == Fault::InvalidAddress);
}

TEST_CASE("pool: sums of payments stop at their largest value", "[wallet]") {
    AddressPool pool = new_pool(1);
    const std::string address = pool.info_at_index(0)->address;
    constexpr std::uint64_t kMost = ~std::uint64_t{0};
    CHECK(pool.record_transaction(address, kMost - 1, 5));
    CHECK(pool.record_transaction(address, 2, 5));
    CHECK(pool.info_at_index(0)->total_received == kMost);
    CHECK(pool.info_at_index(0)->total_sent == 10);
    CHECK(pool.info_at_index(0)->tx_count == 2);
    CHECK_FALSE(pool.record_transaction("elsewhere", 1, 1));
}

TEST_CASE("pool: scripts and labels belong to addresses", "[wallet]") {
    AddressPool pool = new_pool(2);
    const AddressInfo info = *pool.info_at_index(1);
    CHECK(pool.script_pubkey_index(info.script_pubkey) == 1);
    CHECK(pool.contains_script_pubkey(pool.all_script_pubkeys().front()));
    CHECK_FALSE(pool.contains_script_pubkey({}));
    CHECK(pool.set_address_label(info.address, "rent"));
    CHECK(pool.add_address_metadata(info.address, "order", "7"));
    CHECK(pool.address_info(info.address)->label == "rent");
    CHECK(pool.address_info(info.address)->metadata.at("order") == "7");
    CHECK_FALSE(pool.set_address_label("elsewhere", "x"));
    CHECK(pool.address_info("elsewhere") == nullptr);
    CHECK(pool.info_at_index(2) == nullptr);
}

TEST_CASE("pool: a pool without base path is refused", "[wallet]") {
    CHECK(fault_of(AddressPool::make_empty({}).error()) == Fault::InvalidParameter);
    CHECK(AddressPool::make(receiving(5), {}, kNothing)->entries().empty());
}
