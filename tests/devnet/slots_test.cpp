#include "chain/devnet/slots.hpp"

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

using namespace dz;
using namespace dz::devnet;

namespace {

ledger::Signature signature(std::uint8_t number) {
    ledger::Signature made;
    made.bytes[0] = number;
    return made;
}

Blockhash genesis() {
    return genesis_hash({}, 1'700'000'000'000);
}

}  // namespace

TEST_CASE("slots: numbers follow the clock whatever happens in them", "[devnet]") {
    EventLoop loop;
    FakeClock clock(loop, 1'700'000'000s);
    const SlotClock slots(clock, {7, 1'700'000'000'000 - 1000, 400});
    CHECK(slots.slot() == 9);
    clock.advance(199ms);
    CHECK(slots.slot() == 9);
    clock.advance(1ms);
    CHECK(slots.slot() == 10);
    CHECK(slots.start_of(10) == clock.now());
    clock.advance(1h);
    CHECK(slots.slot() == 10 + 9000);
    CHECK(slots.unix_time() == 1'700'003'600);
    CHECK(slots.anchor().time_of(7) == 1'699'999'999);
}

TEST_CASE("blockhashes: every slot has its own, and it depends on what happened", "[devnet]") {
    Blockhashes quiet(genesis(), 0);
    Blockhashes busy(genesis(), 0);
    busy.record(1, signature(1), true);
    quiet.advance(3);
    busy.advance(3);
    CHECK(quiet.latest() == hash_empty_slot(genesis(), 2));
    CHECK(quiet.latest() != busy.latest());
    CHECK(busy.newest_at(1).second != quiet.newest_at(1).second);

    Blockhashes failed(genesis(), 0);
    failed.record(1, signature(1), false);
    failed.advance(3);
    CHECK(failed.latest() != busy.latest());
}

TEST_CASE("blockhashes: a hash is good for 150 slots and forgotten after 300", "[devnet]") {
    Blockhashes hashes(genesis(), 0);
    hashes.advance(11);
    const Blockhash hash = hashes.latest();
    CHECK(hashes.slot_of(hash) == 10);
    CHECK(hashes.is_recent(hash, 160));
    CHECK_FALSE(hashes.is_recent(hash, 161));
    hashes.advance(310);
    CHECK(hashes.slot_of(hash) == 10);
    hashes.advance(311);
    CHECK_FALSE(hashes.slot_of(hash));
    CHECK_FALSE(hashes.is_recent(Blockhash{}, 311));
}

TEST_CASE("blockhashes: a node that starts again knows the same ones", "[devnet]") {
    Blockhashes first(genesis(), 0);
    std::vector<std::pair<std::uint64_t, Blockhash>> stored = {{0, genesis()}};
    for (const std::uint64_t slot : {3U, 4U, 90U}) {
        first.advance(slot);
        first.record(slot, signature(static_cast<std::uint8_t>(slot)), true);
        stored.emplace_back(slot, first.hash_of_open(slot));
    }
    first.advance(120);
    Blockhashes again(stored.front().second, stored.front().first);
    for (std::size_t i = 1; i < stored.size(); ++i) again.restore(stored[i].first, stored[i].second);
    again.advance(120);
    for (std::uint64_t slot = 1; slot < 120; ++slot) CHECK(again.newest_at(slot) == first.newest_at(slot));
}

TEST_CASE("blockhashes: a long gap keeps the last slot with transactions as the root", "[devnet]") {
    Blockhashes hashes(genesis(), 0);
    hashes.record(1, signature(1), true);
    const Blockhash busy = hashes.hash_of_open(1);
    hashes.advance(1'000'000);
    CHECK(hashes.latest() == hash_empty_slot(busy, 999'999));
    CHECK(hashes.is_recent(hashes.newest_at(999'900).second, 1'000'000));
}
