#include "wallet/shared_address_pool.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <random>
#include <set>
#include <thread>

#include "tests/wallet/pools.hpp"

using namespace dz;
using namespace dz::wallet;
using namespace dz::wallet::test;

using namespace std::chrono_literals;

namespace {

constexpr int kThreads = 16;

/// `tasks` calls of `task(thread, number)`, spread over all threads, which start together.
void race(int tasks, const std::function<void(int, int)>& task) {
    std::barrier start(kThreads);
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
        threads.emplace_back([&, thread] {
            start.arrive_and_wait();
            for (int number = thread; number < tasks; number += kThreads) task(thread, number);
        });
    }
}

/// What 16 threads got, one result for each task.
std::vector<Result<Reservation>> reserve_all(SharedAddressPool& pool, const KeySource& source, int tasks) {
    std::vector<Result<Reservation>> out(static_cast<std::size_t>(tasks));
    race(tasks, [&](int, int number) {
        out[static_cast<std::size_t>(number)] = pool.next_unused_and_reserve(source);
    });
    return out;
}

std::set<std::string> addresses_in(const std::vector<Result<Reservation>>& results) {
    std::set<std::string> out;
    for (const auto& result : results) {
        if (result) out.insert(result->address);
    }
    return out;
}

void check_all_distinct(const Account& account, int tasks, std::string_view last) {
    const auto count = static_cast<std::size_t>(tasks);
    SharedAddressPool pool(AddressPool::make_empty(account.pool).value());
    const auto results = reserve_all(pool, source_of(account), tasks);
    CHECK(addresses_in(results).size() == count);
    const AddressPool end = pool.snapshot();
    CHECK(end.entries().size() == count);
    CHECK(end.stats().reserved_count == count);
    CHECK(end.stats().used_count == 0);
    CHECK(end.highest_reserved() == tasks - 1);
    CHECK(end.entries().back().address == last);
}

}  // namespace

TEST_CASE("shared pool: 1,000 tasks on 16 threads get 1,000 addresses", "[wallet]") {
    check_all_distinct(dash_standard(Network::Testnet, 0), 1000, "yixSvnzKNiU7maoJuAFzb1pf94BaQXKJJJ");
}

TEST_CASE("shared pool: 10,000 tasks on 16 threads get 10,000 addresses", "[wallet]") {
    check_all_distinct(dash_standard(Network::Testnet, 0), 10'000, "yhggZApNjnfB3YsnFQV9nfQhSqkDonJDMQ");
}

TEST_CASE("shared pool: 10,000 tasks get 10,000 Solana addresses", "[wallet]") {
    check_all_distinct(solana_deposits(), 10'000, "5J5Ye9aSdsQ6PKfN63GnuZX29b8xvH69YhbSFJLnMhf4");
}

TEST_CASE("shared pool: 10,000 stored addresses without a key serve all of 10,001 tasks but one",
          "[wallet]") {
    const Account account = dash_platform(Network::Testnet, 0);
    AddressPool stored = AddressPool::make_empty(account.pool).value();
    REQUIRE(stored.generate_addresses(10'000, source_of(account), true));
    SharedAddressPool pool(std::move(stored));
    const KeySource none;
    const auto results = reserve_all(pool, none, 10'001);
    CHECK(addresses_in(results).size() == 10'000);
    const auto failed = std::ranges::find_if(results, [](const auto& result) { return !result; });
    REQUIRE(failed != results.end());
    CHECK(fault_of(failed->error()) == Fault::NoKeySource);
    CHECK(pool.counters().no_key_source == 1);
}

TEST_CASE("shared pool: with hand-outs, returns, sweeps and payments racing no address has two holders",
          "[wallet]") {
    constexpr int kTasks = 10'000;
    const Account account = solana_deposits();
    const KeySource source = source_of(account);
    SharedAddressPool pool(AddressPool::make_empty(account.pool).value());
    // Who holds an index now, as the holders see it: 0 nobody. Sweeps end reservations behind their backs, so
    // only what is given with the time 0, which no sweep takes, is entered here.
    std::vector<std::atomic<std::uint64_t>> holder(kTasks);
    std::vector<std::atomic<bool>> used(kTasks);
    std::atomic<int> twice = 0;
    std::atomic<int> after_use = 0;
    std::atomic<int> unequal = 0;

    std::vector<std::vector<Reservation>> held(kThreads);
    std::vector<std::minstd_rand> random;
    for (unsigned i = 0; i < kThreads; ++i) random.emplace_back(i + 1);
    race(kTasks, [&](int thread, int number) {
        auto& mine = held[static_cast<std::size_t>(thread)];
        const auto choice = random[static_cast<std::size_t>(thread)]() % 10;
        if (choice < 4 || mine.empty()) {
            const bool swept = number % 5 == 0;
            const auto got = pool.next_unused_and_reserve(source, {.now = at(swept ? 100 + number : 0)});
            if (!got) return;
            if (used[got->index]) ++after_use;
            if (swept) return;
            if (holder[got->index].exchange(got->token.value) != 0) ++twice;
            mine.push_back(*got);
            return;
        }
        const Reservation last = mine.back();
        if (choice < 6) {
            mine.pop_back();
            // Before the release: afterwards the index may be somebody else's at once.
            holder[last.index] = 0;
            if (!pool.release_reservation(last.index, last.token)) ++unequal;
        } else if (choice == 6) {
            mine.pop_back();
            if (!pool.mark_used(last.address)) ++unequal;
            used[last.index] = true;
        } else if (choice == 7) {
            pool.sweep_expired_reservations(at(100 + number), 50s);
        } else if (choice == 8) {
            static_cast<void>(pool.next_unused(source, true));
            if (number % 7 == 0) static_cast<void>(pool.maintain_gap_limit(source));
        } else {
            const PoolStats stats = pool.stats();
            if (stats.used_count + stats.reserved_count + stats.unused_count != stats.total_generated)
                ++unequal;
        }
    });
    CHECK(twice == 0);
    CHECK(after_use == 0);
    CHECK(unequal == 0);

    // The books balance: what the threads still hold is reserved, what they paid is used.
    const AddressPool end = pool.snapshot();
    std::set<std::uint32_t> kept;
    for (const auto& mine : held) {
        for (const Reservation& reservation : mine) kept.insert(reservation.index);
    }
    std::set<std::uint32_t> reserved;
    for (const Reservation& reservation : end.reservations()) {
        if (reservation.at == UnixTime{}) reserved.insert(reservation.index);
    }
    CHECK(kept == reserved);
    for (std::uint32_t i = 0; i < end.entries().size(); ++i)
        CHECK((end.entries()[i].state == AddressState::Used) == used[i]);
}

TEST_CASE("shared pool: a scan asks without holding the lock", "[wallet]") {
    SharedAddressPool pool(pool_with(5, 5));
    const auto marked = pool.scan_for_usage([&pool](const AddressInfo& info) {
        // It may use the pool; under the lock this would never return.
        return pool.stats().total_generated == 5 && info.index == 3;
    });
    CHECK(marked == std::vector{pool.snapshot().info_at_index(3)->address});
}

TEST_CASE("shared pool: several steps can be one", "[wallet]") {
    SharedAddressPool pool(pool_with(5, 5));
    const bool done = pool.with([](AddressPool& alone) {
        const Reservation held = reserve(alone);
        return alone.release_reservation(held.index, held.token);
    });
    CHECK(done);
    CHECK(pool.serialize() == pool_with(5, 5).serialize());
}

TEST_CASE("shared pool: a held reservation is given back unless it is kept", "[wallet]") {
    SharedAddressPool pool(pool_with(5, 5));
    const auto held = [&pool] {
        return HeldReservation(pool, pool.next_unused_and_reserve(receiving_source()).value());
    };
    {
        const HeldReservation dropped = held();
        CHECK(dropped->index == 0);
        CHECK(pool.stats().reserved_count == 1);
    }
    CHECK(pool.stats().reserved_count == 0);
    {
        HeldReservation first = held();
        HeldReservation moved(std::move(first));
        CHECK((*moved).index == 0);
        moved.commit();
    }
    CHECK(pool.stats().reserved_count == 1);
}
