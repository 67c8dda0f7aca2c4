#include "chain/devnet/mempool.hpp"

#include <rapidcheck/catch.h>

#include <algorithm>
#include <catch2/catch.hpp>

using namespace dz;
using namespace dz::devnet;

namespace {

/// A transaction that is only a name.
ledger::Transaction named(std::uint8_t name) {
    ledger::Transaction transaction;
    transaction.signatures.resize(1);
    transaction.signatures[0].bytes[0] = name;
    return transaction;
}

std::vector<int> drain(Mempool& pool) {
    std::vector<int> names;
    while (const auto next = pool.take()) names.push_back(next->id().bytes[0]);
    return names;
}

}  // namespace

TEST_CASE("mempool: the best paying comes first, of equals the first to come", "[devnet]") {
    Mempool pool(10);
    CHECK(pool.add(named(1), 0));
    CHECK(pool.add(named(2), 5));
    CHECK(pool.add(named(3), 0));
    CHECK(pool.add(named(4), 9));
    CHECK(pool.add(named(5), 5));
    CHECK(drain(pool) == std::vector{4, 2, 5, 1, 3});
    CHECK(pool.empty());
}

TEST_CASE("mempool: a full one takes only what pays better than its worst", "[devnet]") {
    Mempool pool(2);
    CHECK(pool.add(named(1), 3));
    CHECK(pool.add(named(2), 3));
    CHECK_FALSE(pool.add(named(3), 3));
    CHECK(pool.add(named(4), 4));
    CHECK_FALSE(pool.contains(named(2).id()));
    CHECK(pool.contains(named(1).id()));
    CHECK(drain(pool) == std::vector{4, 1});
    CHECK_FALSE(pool.contains(named(4).id()));
    // Who was pushed out may come again.
    CHECK(pool.add(named(2), 3));
}

TEST_CASE("mempool: with room for all it is a stable sort by price", "[devnet]") {
    rc::prop("any prices", [](const std::vector<std::uint8_t>& prices) {
        Mempool pool(256);
        std::vector<std::pair<int, int>> sorted;
        for (std::size_t i = 0; i < std::min<std::size_t>(prices.size(), 256); ++i) {
            RC_ASSERT(pool.add(named(static_cast<std::uint8_t>(i)), prices[i]));
            sorted.emplace_back(-prices[i], static_cast<int>(i));
        }
        std::ranges::sort(sorted);
        std::vector<int> names;
        for (const auto& [price, name] : sorted) names.push_back(name);
        RC_ASSERT(drain(pool) == names);
    });
}
