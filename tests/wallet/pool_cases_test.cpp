// Handing out, giving back and paying, case by case: what each leaves behind.
#include <catch2/catch.hpp>

#include "tests/wallet/pools.hpp"

using namespace dz;
using namespace dz::wallet;
using namespace dz::wallet::test;

using namespace std::chrono_literals;

namespace {

const KeySource kNothing;

}  // namespace

TEST_CASE("pool: what was released is handed out again", "[wallet]") {
    AddressPool pool = pool_with(5, 0);
    const Reservation first = reserve(pool);
    CHECK(pool.release_reservation(first.index));
    CHECK(reserve(pool).address == first.address);
}

TEST_CASE("pool: the lowest free address is handed out first", "[wallet]") {
    AddressPool pool = pool_with(5, 0);
    const Reservation a = reserve(pool);
    const Reservation b = reserve(pool);
    CHECK(a.address != b.address);
    CHECK(pool.release_reservation(a.index));
    CHECK(reserve(pool).address == a.address);
    CHECK(reserve(pool).index == 2);
}

TEST_CASE("pool: a second release is false", "[wallet]") {
    AddressPool pool = pool_with(5, 0);
    const Reservation held = reserve(pool);
    CHECK(pool.release_reservation(held.index));
    CHECK_FALSE(pool.release_reservation(held.index));
    CHECK_FALSE(pool.release_reservation(held.index, held.token));
}

TEST_CASE("pool: releasing what was never reserved is false", "[wallet]") {
    AddressPool pool = pool_with(5, 5);
    CHECK_FALSE(pool.release_reservation(2));
    CHECK_FALSE(pool.release_reservation(9999));
    CHECK(picture(pool) == "AAAAA");
}

TEST_CASE("pool: a payment ends the reservation and the address is never handed out again", "[wallet]") {
    AddressPool pool = pool_with(5, 0);
    const Reservation held = reserve(pool);
    CHECK(pool.mark_used(held.address));
    CHECK(pool.info_at_index(0)->state == AddressState::Used);
    CHECK(pool.reservations().empty());
    CHECK_FALSE(pool.release_reservation(held.index));
    CHECK_FALSE(pool.release_reservation(held.index, held.token));
    CHECK(reserve(pool).index == 1);
    CHECK(pool.counters().late_payments == 0);
}

TEST_CASE("pool: a second payment marks nothing", "[wallet]") {
    AddressPool pool = pool_with(5, 5);
    CHECK(pool.mark_index_used(3));
    const PoolStats before = pool.stats();
    CHECK_FALSE(pool.mark_index_used(3));
    CHECK_FALSE(pool.mark_used(pool.info_at_index(3)->address));
    CHECK(pool.stats() == before);
    CHECK_FALSE(pool.mark_index_used(5));
    CHECK_FALSE(pool.mark_used("no address of this pool"));
}

TEST_CASE("pool: a sweep counts expired reservations and leaves used addresses alone", "[wallet]") {
    AddressPool pool = pool_with(5, 0);
    const auto held = reserve_several(pool, 4, 100);
    CHECK(pool.mark_used(held[1].address));
    CHECK(pool.sweep_expired_reservations(at(300), 100s) == 3);
    CHECK(picture(pool) == "AUAA");
    CHECK(pool.counters().swept == 3);
}

TEST_CASE("pool: a sweep takes what is old enough, never what was given without a clock", "[wallet]") {
    AddressPool pool = pool_with(5, 0);
    const Reservation first = reserve(pool, 100);
    reserve(pool, 200);
    reserve(pool, 0);
    CHECK(pool.sweep_expired_reservations(at(0), 100s) == 0);
    CHECK(pool.sweep_expired_reservations(at(250), 0s) == 0);
    const auto taken = pool.take_expired_reservations(at(250), 100s);
    REQUIRE(taken.size() == 1);
    CHECK(taken[0] == first);
    CHECK(pool.unused_addresses() == std::vector{first.address});
    CHECK(pool.reserved_addresses().size() == 2);
    CHECK(reserve(pool, 260).address == first.address);
}

TEST_CASE("pool: a reservation expires when it is exactly as old as the limit", "[wallet]") {
    AddressPool pool = pool_with(5, 0);
    reserve(pool, 100);
    CHECK(pool.sweep_expired_reservations(at(199), 100s) == 0);
    CHECK(pool.sweep_expired_reservations(at(200), 100s) == 1);
}

TEST_CASE("pool: a clock that went back expires nothing", "[wallet]") {
    AddressPool pool = pool_with(5, 0);
    reserve(pool, 1000);
    CHECK(pool.sweep_expired_reservations(at(10), 1s) == 0);
    CHECK(pool.sweep_expired_reservations(at(-5), 1s) == 0);
}

TEST_CASE("pool: the shorter forms ask the pool's clock", "[wallet]") {
    UnixTime now = at(500);
    AddressPool pool = pool_with(5, 5, {.clock = [&now] { return now; }});
    CHECK(pool.next_unused_and_reserve(receiving_source(), true)->at == at(500));
    now = at(560);
    CHECK(pool.sweep_expired_reservations(61s) == 0);
    CHECK(pool.sweep_expired_reservations(60s) == 1);
}

TEST_CASE("pool: without a key source a stored address is handed out", "[wallet]") {
    AddressPool pool = pool_with(5, 2);
    CHECK(pool.next_unused_and_reserve(kNothing)->index == 0);
    CHECK(pool.next_unused(kNothing, true) == pool.info_at_index(1)->address);
}

TEST_CASE("pool: without a key source and a free address nothing is handed out and nothing changes",
          "[wallet]") {
    AddressPool pool = pool_with(5, 2);
    reserve(pool);
    CHECK(pool.mark_index_used(1));
    const std::string before = picture(pool);
    const auto none = pool.next_unused_and_reserve(kNothing);
    REQUIRE_FALSE(none);
    CHECK(fault_of(none.error()) == Fault::NoKeySource);
    CHECK(picture(pool) == before);
    CHECK(pool.counters().no_key_source == 1);
    CHECK(fault_of(pool.next_unused(kNothing, true).error()) == Fault::NoKeySource);
}

TEST_CASE("pool: without a key source a released address is handed out again", "[wallet]") {
    AddressPool pool = pool_with(5, 2);
    const auto held = reserve_several(pool, 2);
    REQUIRE_FALSE(pool.next_unused_and_reserve(kNothing));
    CHECK(pool.release_reservation(1, held[1].token));
    CHECK(pool.next_unused_and_reserve(kNothing)->index == 1);
}

TEST_CASE("pool: a public key cannot feed a pool of hardened leaves, and no reservation stays", "[wallet]") {
    PoolConfig config = receiving(5);
    config.type = PoolType::AbsentHardened;
    AddressPool pool = AddressPool::make_empty(config).value();
    const KeySource open(abandon().secp256k1(config.base_path)->to_public());
    const auto none = pool.next_unused_and_reserve(open);
    REQUIRE_FALSE(none);
    CHECK(fault_of(none.error()) == Fault::CannotDeriveFromHardenedKey);
    CHECK(pool.reservations().empty());
    CHECK(pool.entries().empty());
    CHECK(pool.key_fingerprint() == std::nullopt);
}

TEST_CASE("pool: a public ed25519 key derives nothing", "[wallet]") {
    const Account account = solana_deposits();
    AddressPool pool = AddressPool::make_empty(account.pool).value();
    const KeySource open(abandon().ed25519(account.path)->to_public());
    CHECK(open.watch_only());
    CHECK(fault_of(pool.next_unused_and_reserve(open).error()) == Fault::InvalidParameter);
    CHECK(fault_of(open.signer({}).error()) == Fault::WatchOnly);
}

TEST_CASE("pool: a late payment to a swept address counts, and ends whoever holds it now", "[wallet]") {
    AddressPool pool = pool_with(5, 0);
    const Reservation a = reserve(pool, 100);
    CHECK(pool.sweep_expired_reservations(at(500), 100s) == 1);
    const Reservation b = reserve(pool, 500);
    REQUIRE(b.address == a.address);
    CHECK(pool.mark_used(a.address));
    CHECK(pool.counters().late_payments == 1);
    CHECK_FALSE(pool.release_reservation(b.index, b.token));
    CHECK(pool.info_at_index(0)->state == AddressState::Used);
}

TEST_CASE("pool: a reset makes everything available, or spares reservations", "[wallet]") {
    AddressPool pool = pool_with(5, 4);
    reserve_several(pool, 2);
    CHECK(pool.mark_index_used(0));
    CHECK(pool.record_transaction(pool.info_at_index(0)->address, 7, 3));
    AddressPool spared = pool;
    pool.reset_usage();
    CHECK(picture(pool) == "AAAA");
    CHECK(pool.highest_used() == std::nullopt);
    CHECK(pool.info_at_index(0)->tx_count == 0);
    CHECK(pool.info_at_index(0)->total_received == 0);
    spared.reset_usage(true);
    CHECK(picture(spared).starts_with("ARAA 1="));
}

TEST_CASE("pool: a peek passes over what is reserved", "[wallet]") {
    AddressPool pool = pool_with(5, 0);
    reserve_several(pool, 2);
    const auto info = pool.next_unused_with_info(receiving_source(), true);
    CHECK(info->index == 2);
    CHECK(pool.next_unused(receiving_source(), true) == info->address);
}

TEST_CASE("pool: the first hand-out of an empty pool is index 0", "[wallet]") {
    AddressPool pool = pool_with(5, 0);
    CHECK(reserve(pool).index == 0);
    CHECK(picture(pool).starts_with("R 0="));
    CHECK(pool.highest_generated() == 0);
}

TEST_CASE("pool: a gap limit of one is kept on an empty pool too", "[wallet]") {
    AddressPool pool = pool_with(1, 0);
    CHECK(pool.maintain_gap_limit(receiving_source())->size() == 1);
    CHECK(picture(pool) == "A");
}

TEST_CASE("pool: the gap limit stays between 1 and 1000", "[wallet]") {
    CHECK(pool_with(0, 0).config().gap_limit == 1);
    CHECK(pool_with(5000, 0).config().gap_limit == 1000);
    AddressPool pool = pool_with(5, 5);
    CHECK(pool.set_gap_limit(0, kNothing));
    CHECK(pool.config().gap_limit == 1);
    CHECK_FALSE(pool.set_gap_limit(5000, kNothing));
    CHECK(pool.config().gap_limit == 1);
    CHECK(pool.set_gap_limit(5000, receiving_source()));
    CHECK(pool.config().gap_limit == 1000);
}

TEST_CASE("pool: after the last index there is nothing, and nothing changes", "[wallet]") {
    AddressPool pool = pool_with(2, 0, {.last_index = 2});
    reserve_several(pool, 3);
    const std::string before = picture(pool);
    const auto none = pool.next_unused_and_reserve(receiving_source());
    CHECK(fault_of(none.error()) == Fault::InvalidChildNumber);
    CHECK(fault_of(pool.reserve_index(3, receiving_source()).error()) == Fault::InvalidChildNumber);
    CHECK(fault_of(pool.generate_address(kLastIndex + 1, receiving_source(), true).error()) ==
          Fault::InvalidChildNumber);
    CHECK(picture(pool) == before);
    CHECK(pool.maintain_gap_limit(receiving_source())->empty());
}

TEST_CASE("pool: a derivation that fails leaves the pool as it was", "[wallet]") {
    AddressPool pool = pool_with(5, 0);
    const std::string before = pool.serialize();
    // ed25519 has no normal children, which a receiving chain needs.
    const KeySource wrong(abandon().ed25519(solana_deposits().path).value());
    CHECK(fault_of(pool.next_unused_and_reserve(wrong).error()) == Fault::NonHardenedNotSupported);
    CHECK(fault_of(pool.reserve_index(3, wrong).error()) == Fault::NonHardenedNotSupported);
    CHECK(pool.serialize() == before);
    CHECK(pool.reservations().empty());
    AddressPool short_pool = pool_with(2, 1, {.last_index = 3});
    const std::string short_before = short_pool.serialize();
    CHECK_FALSE(short_pool.next_unused_multiple_and_reserve(receiving_source(), 5));
    CHECK(short_pool.serialize() == short_before);
    CHECK(short_pool.reservations().empty());
}

TEST_CASE("pool: dry hand-outs beyond the stored addresses store nothing and differ", "[wallet]") {
    AddressPool pool = pool_with(5, 2);
    reserve_several(pool, 2);
    std::set<std::string> seen;
    for (int i = 0; i < 3; ++i) seen.insert(pool.next_unused_and_reserve(receiving_source(), false)->address);
    CHECK(seen.size() == 3);
    CHECK(pool.highest_generated() == 1);
    CHECK(pool.highest_reserved() == 4);
    CHECK(pool.stats().unmaterialized_reserved == 3);
    CHECK_FALSE(pool.mark_used(*seen.begin()));
    // With a stored hand-out afterwards, the ones before it are stored as reserved.
    CHECK(reserve(pool).index == 5);
    CHECK(picture(pool).starts_with("RRRRRR "));
    CHECK(pool.stats().unmaterialized_reserved == 0);
    CHECK(pool.stats().reserved_count == 6);
}

TEST_CASE("pool: a dry hand-out of a stored address is a hand-out", "[wallet]") {
    AddressPool pool = pool_with(5, 2);
    const auto held = pool.next_unused_and_reserve(receiving_source(), false);
    CHECK(held->index == 0);
    CHECK(pool.info_at_index(0)->state == AddressState::Reserved);
    CHECK(pool.mark_used(held->address));
}

TEST_CASE("pool: a dry hand-out that is released is picked again", "[wallet]") {
    AddressPool pool = pool_with(5, 0);
    for (int i = 0; i < 4; ++i) CHECK(pool.next_unused_and_reserve(receiving_source(), false));
    CHECK(pool.release_reservation(1));
    CHECK(pool.next_unused_and_reserve(receiving_source(), false)->index == 1);
    CHECK(pool.next_unused_and_reserve(receiving_source(), false)->index == 4);
}

TEST_CASE("pool: the chains of an account know nothing of each other", "[wallet]") {
    const Account change = dash_standard(Network::Testnet, 0, PoolType::Internal);
    AddressPool in = pool_with(5, 0);
    AddressPool out = AddressPool::make_empty(change.pool).value();
    const Reservation a = reserve(in);
    const auto b = out.next_unused_and_reserve(source_of(change));
    CHECK(a.index == b->index);
    CHECK(a.address == "yRd4FhXfVGHXpsuZXPNkMrfD9GVj46pnjt");
    CHECK(b->address == "yNwHG9D2rnrJRQ8j7TG6xnWfbr8D634HeM");
    CHECK(out.stats().is_internal);
}

TEST_CASE("pool: pools on different keys have different addresses", "[wallet]") {
    const Account other = dash_standard(Network::Testnet, 1);
    AddressPool one = pool_with(5, 1);
    AddressPool two = AddressPool::make(other.pool, {}, source_of(other)).value();
    CHECK(one.info_at_index(0)->address != two.info_at_index(0)->address);
}

TEST_CASE("pool: another key than that of the stored addresses is refused", "[wallet]") {
    AddressPool pool = pool_with(5, 5);
    const std::string before = pool.serialize();
    const KeySource other = source_of(dash_standard(Network::Testnet, 1));
    CHECK(fault_of(pool.next_unused_and_reserve(other).error()) == Fault::InvalidParameter);
    CHECK(fault_of(pool.next_unused(other, true).error()) == Fault::InvalidParameter);
    CHECK(fault_of(pool.maintain_gap_limit(other).error()) == Fault::InvalidParameter);
    CHECK(fault_of(pool.set_gap_limit(9, other).error()) == Fault::InvalidParameter);
    CHECK(fault_of(pool.generate_addresses(1, other, false).error()) == Fault::InvalidParameter);
    CHECK(pool.next_unused_multiple(other, 9, true).size() == 5);
    CHECK(pool.serialize() == before);
}

TEST_CASE("pool: a stranger's token releases nothing", "[wallet]") {
    AddressPool pool = pool_with(5, 0);
    const Reservation a = reserve(pool, 100, "a");
    CHECK(pool.sweep_expired_reservations(at(900), 60s) == 1);
    const Reservation b = reserve(pool, 900, "b");
    REQUIRE(a.index == b.index);
    CHECK_FALSE(pool.release_reservation(a.index, a.token));
    CHECK(pool.reservations() == std::vector{b});
    CHECK(pool.counters().released_by_stranger == 1);
    CHECK(pool.release_reservation(b.index, b.token));
}

TEST_CASE("pool: a reservation is taken up again with its token after a restart", "[wallet]") {
    AddressPool pool = pool_with(5, 0);
    const Token token{1'000'000'007};
    const auto held = pool.reserve_index(3, receiving_source(), {.now = at(50), .holder = "x"}, token);
    REQUIRE(held);
    CHECK(held->token == token);
    CHECK(pool.reserve_index(3, receiving_source(), {}, token) == held);
    CHECK(fault_of(pool.reserve_index(3, receiving_source()).error()) == Fault::InvalidState);
    CHECK(fault_of(pool.reserve_index(3, receiving_source(), {}, Token{8}).error()) == Fault::InvalidState);
    CHECK(picture(pool) == "AAAR 3=1000000007@50");
    CHECK(reserve(pool).token > token);
    CHECK(pool.mark_index_used(1));
    CHECK(fault_of(pool.reserve_index(1, receiving_source()).error()) == Fault::InvalidState);
    CHECK(fault_of(pool.reserve_index(9, kNothing).error()) == Fault::NoKeySource);
}

TEST_CASE("pool: there are no more reservations than allowed", "[wallet]") {
    AddressPool pool = pool_with(5, 5, {.max_reservations = 2});
    const auto held = reserve_several(pool, 2);
    const auto third = pool.next_unused_and_reserve(receiving_source());
    REQUIRE_FALSE(third);
    CHECK(fault_of(third.error()) == Fault::ReservationLimit);
    CHECK(third.error().text == "2 of 2 reservations are taken; wait until one ends");
    CHECK(fault_of(pool.reserve_index(4, receiving_source()).error()) == Fault::ReservationLimit);
    CHECK(pool.mark_used(held[0].address));
    CHECK(pool.next_unused_and_reserve(receiving_source()));
}

TEST_CASE("pool: several are reserved at once or not at all", "[wallet]") {
    AddressPool pool = pool_with(5, 2, {.max_reservations = 4});
    const auto held = pool.next_unused_multiple_and_reserve(receiving_source(), 3);
    REQUIRE(held);
    CHECK(held->size() == 3);
    CHECK(held->back().index == 2);
    CHECK(fault_of(pool.next_unused_multiple_and_reserve(receiving_source(), 2).error()) ==
          Fault::ReservationLimit);
    CHECK(pool.reservations().size() == 3);
    AddressPool closed = pool_with(5, 2);
    CHECK(fault_of(closed.next_unused_multiple_and_reserve(kNothing, 3).error()) == Fault::NoKeySource);
    CHECK(picture(closed) == "AA");
}

TEST_CASE("pool: every reservation can be ended at once", "[wallet]") {
    AddressPool pool = pool_with(5, 0);
    reserve_several(pool, 3);
    CHECK(pool.release_all_reservations() == 3);
    CHECK(picture(pool) == "AAA");
    CHECK(pool.release_all_reservations() == 0);
}

TEST_CASE("pool: with deposits a given-back address is never handed out again", "[wallet]") {
    AddressPool pool = pool_with(2, 0, {.reuse = Reuse::Never});
    const auto held = reserve_several(pool, 3, 100);
    CHECK(pool.release_reservation(1, held[1].token));
    CHECK(pool.sweep_expired_reservations(at(500), 60s) == 2);
    CHECK(pool.stats().quarantined_count == 3);
    CHECK(reserve(pool).index == 3);
    CHECK(pool.release_all_reservations() == 1);
    // Whoever was given one may still pay: all of them stay inside the window.
    CHECK(pool.window_ceiling() == 5);
    CHECK(pool.prune_unused() == 0);
    CHECK(pool.mark_used(held[0].address));
    CHECK(pool.counters().late_payments == 1);
    pool.reset_usage();
    CHECK(reserve(pool).index == 4);
}

TEST_CASE("pool: an index that a journal says was given away is passed over", "[wallet]") {
    AddressPool pool = pool_with(2, 1);
    pool.quarantine(0);
    pool.quarantine(1);
    CHECK(reserve(pool).index == 2);
    CHECK(pool.next_unused_multiple(receiving_source(), 2, false).front().index == 3);
    CHECK(pool.stats().quarantined_count == 2);
    CHECK(pool.mark_index_used(0));
    CHECK(pool.counters().late_payments == 1);
}

TEST_CASE("pool: the revision rises when addresses go out or come back", "[wallet]") {
    AddressPool pool = pool_with(5, 5);
    reserve_several(pool, 2, 100);
    CHECK(pool.counters().revision == 2);
    CHECK(pool.release_reservation(1));
    CHECK(pool.counters().revision == 3);
    CHECK_FALSE(pool.release_reservation(1));
    CHECK(pool.sweep_expired_reservations(at(900), 1s) == 1);
    CHECK(pool.sweep_expired_reservations(at(900), 1s) == 0);
    CHECK(pool.counters().revision == 4);
}
