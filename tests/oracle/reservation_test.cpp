#include "services/oracle/reservation.hpp"

#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>

using namespace dz;
using namespace dz::oracle;

namespace {

constexpr Rules kRules{.settle_slots = 1000};
constexpr std::uint64_t kExpires = 500;
constexpr Lamports kPrice{1'000'000};

Reservation held() {
    Reservation r;
    r.price = kPrice;
    r.expires_slot = kExpires;
    r.changed_slot = 100;
    r.state = State::Held;
    return r;
}

Reservation in(State state) {
    Reservation r = held();
    r.state = state;
    if (state != State::Held) r.settle_slot = 1200;
    return r;
}

Reservation flying(Reservation r, Purpose purpose, std::uint64_t to_client = 0) {
    r.flight = Flight{purpose, {1}, 9, Lamports{to_client}};
    return r;
}

Sight sight(std::uint64_t slot, std::uint64_t deposit, bool seat = true, bool user = false) {
    return {slot, Lamports{deposit}, seat, user};
}

}  // namespace

TEST_CASE("reservation: the price makes it paid, in one payment or in several", "[oracle]") {
    Step step = observe(held(), sight(101, kPrice.value - 1), kRules);
    CHECK(step.next.state == State::Held);
    CHECK(step.next.received == Lamports{kPrice.value - 1});
    CHECK_FALSE(step.due);
    step = observe(step.next, sight(102, kPrice.value), kRules);
    CHECK(step.next.state == State::Paid);
    CHECK(step.next.settle_slot == 1102);
    CHECK(step.due == Purpose::Grant);
}

TEST_CASE("reservation: a payment in the slot of expiry counts, one slot later it comes too late",
          "[oracle]") {
    CHECK(observe(held(), sight(kExpires, kPrice.value), kRules).next.state == State::Paid);
    CHECK(observe(held(), sight(kExpires, 0), kRules).next.state == State::Held);
    const Step late = observe(held(), sight(kExpires + 1, kPrice.value - 1), kRules);
    CHECK(late.next.state == State::Closing);
    CHECK(late.next.reason == Reason::Expired);
    CHECK(late.due == Purpose::Close);
    // Seen only now, but the seat is still there: nobody is harmed by letting it count.
    CHECK(observe(held(), sight(kExpires + 1, kPrice.value), kRules).next.state == State::Paid);
}

TEST_CASE("reservation: views of the ledger from before its last change say nothing", "[oracle]") {
    const Step step = observe(held(), sight(100, 0, false), kRules);
    CHECK(step.next == held());
    CHECK_FALSE(step.due);
}

TEST_CASE("reservation: nothing is decided while a transaction is under way", "[oracle]") {
    const Reservation waiting = flying(in(State::Closing), Purpose::Close);
    const Step step = observe(waiting, sight(9999, kPrice.value, false, true), kRules);
    CHECK(step.next == waiting);
    CHECK_FALSE(step.due);
}

TEST_CASE("reservation: with the seat gone and the user there it is settled", "[oracle]") {
    for (const State state : {State::Paid, State::Ready, State::Closing}) {
        CHECK(observe(in(state), sight(101, kPrice.value, false, true), kRules).next.state == State::Settled);
    }
}

TEST_CASE("reservation: a seat that others gave back is lost, and what was paid goes back", "[oracle]") {
    for (const State state : {State::Held, State::Paid, State::Ready, State::Closing}) {
        const Step step = observe(in(state), sight(101, 5, false, false), kRules);
        CHECK(step.next.state == State::Closed);
        CHECK(step.next.reason == Reason::Lost);
        CHECK(step.due == Purpose::Refund);
    }
}

TEST_CASE("reservation: an unpaid one is never settled, whoever connects", "[oracle]") {
    CHECK(observe(held(), sight(101, 0, false, true), kRules).next.state == State::Closed);
}

TEST_CASE("reservation: who connects without the seat gives it back and pays all the same", "[oracle]") {
    const Step step = observe(in(State::Ready), sight(101, kPrice.value, true, true), kRules);
    CHECK(step.next.state == State::Closing);
    CHECK(step.due == Purpose::Close);
    CHECK(landed(flying(step.next, Purpose::Close), 102).state == State::Settled);
}

TEST_CASE("reservation: a paid seat waits for its user no longer than promised", "[oracle]") {
    CHECK(observe(in(State::Ready), sight(1200, kPrice.value), kRules).next.state == State::Ready);
    const Step step = observe(in(State::Ready), sight(1201, kPrice.value), kRules);
    CHECK(step.next.state == State::Closing);
    CHECK(step.next.reason == Reason::Unsettled);
    const Reservation closed = landed(flying(step.next, Purpose::Close), 1202);
    CHECK(closed.state == State::Closed);
    CHECK(observe(closed, sight(1203, kPrice.value, false), kRules).due == Purpose::Refund);
}

TEST_CASE("reservation: the price of a settled one is collected once, and what comes later goes back",
          "[oracle]") {
    const Reservation settled = in(State::Settled);
    CHECK(observe(settled, sight(101, kPrice.value + 7, false, true), kRules).due == Purpose::Collect);
    const Reservation collected = landed(flying(settled, Purpose::Collect, 7), 102);
    CHECK(collected.collected);
    CHECK(collected.refunded == Lamports{7});
    CHECK_FALSE(observe(collected, sight(103, 0, false, true), kRules).due);
    CHECK(observe(collected, sight(103, kPrice.value, false, true), kRules).due == Purpose::Refund);
}

TEST_CASE("reservation: a late payment goes back each time", "[oracle]") {
    Reservation closed = in(State::Closed);
    CHECK_FALSE(observe(closed, sight(101, 0, false), kRules).due);
    for (std::uint64_t slot = 200; slot < 203; ++slot) {
        CHECK(observe(closed, sight(slot, 5, false), kRules).due == Purpose::Refund);
        closed = landed(flying(closed, Purpose::Refund, 5), slot);
    }
    CHECK(closed.refunded == Lamports{15});
    CHECK(closed.state == State::Closed);
}

TEST_CASE("reservation: one that could not be opened never was", "[oracle]") {
    Reservation opening = held();
    opening.state = State::Opening;
    CHECK_FALSE(grounded(flying(opening, Purpose::Open)));
    CHECK(landed(flying(opening, Purpose::Open), 300).state == State::Held);
    const auto rest = grounded(flying(in(State::Closing), Purpose::Close));
    REQUIRE(rest);
    CHECK(*rest == in(State::Closing));
}

TEST_CASE("reservation: what is over cannot be cancelled", "[oracle]") {
    for (const State state : {State::Closing, State::Settled, State::Closed})
        CHECK(cancelled(in(state)) == in(state));
    for (const State state : {State::Held, State::Paid, State::Ready}) {
        CHECK(cancelled(in(state)).state == State::Closing);
        CHECK(cancelled(in(state)).reason == Reason::Cancelled);
    }
}

TEST_CASE("reservation: a pass that arrives after a cancellation does not bring it back", "[oracle]") {
    Reservation r = flying(in(State::Closing), Purpose::Grant);
    CHECK(landed(r, 300).state == State::Closing);
}

namespace {

/// A ledger of one seat, one address and perhaps one user, on which anything may happen.
struct Ledger {
    std::uint64_t slot = 101, deposit = 0, treasury = 0, returned = 0, paid = 0;
    bool seat = true, user = false;

    Sight sight() const { return {slot, Lamports{deposit}, seat, user}; }
    void happen(int what) {
        if (what == 0) pay(kPrice.value / 2);
        if (what == 1) pay(kPrice.value);
        if (what == 2) slot += 700;
    }
    void pay(std::uint64_t amount) {
        deposit += amount;
        paid += amount;
    }
    /// Gives the seat back and makes the user, in one.
    void settle() {
        if (!seat) return;
        seat = false;
        user = true;
    }
    bool execute(Purpose purpose, std::uint64_t amount) {
        switch (purpose) {
            case Purpose::Close:
                return std::exchange(seat, false);
            case Purpose::Collect:
                if (deposit < amount) return false;
                treasury += kPrice.value;
                returned += amount - kPrice.value;
                deposit -= amount;
                return true;
            case Purpose::Refund:
                if (deposit < amount) return false;
                returned += amount;
                deposit -= amount;
                return true;
            case Purpose::Open:
            case Purpose::Grant:
                return true;
        }
        return false;
    }
};

}  // namespace

TEST_CASE("reservation: whatever happens, it ends settled or refunded, and no lamport is lost", "[oracle]") {
    rc::prop("any order of payments, time, cancellation and settlement", [] {
        Ledger ledger;
        Reservation r = held();
        const auto turn = [&] {
            ++ledger.slot;
            Step step = observe(r, ledger.sight(), kRules);
            r = step.next;
            if (!step.due) return;
            const std::uint64_t amount = ledger.deposit;
            const std::uint64_t to_client = *step.due == Purpose::Collect ? amount - kPrice.value : amount;
            r = flying(r, *step.due, to_client);
            // The user may be faster than the transaction.
            if (r.settle_slot != 0 && *rc::gen::inRange(0, 4) == 0) ledger.settle();
            r = ledger.execute(*step.due, amount) ? landed(r, ledger.slot) : grounded(r).value();
        };
        const auto events = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 6));
        for (const int event : events) {
            ledger.happen(event);
            if (event == 3) r = cancelled(r);
            if (event == 4 && r.state == State::Ready) ledger.settle();
            if (event == 5) turn();
        }
        // Then time passes until all waits are over.
        for (int i = 0; i < 10; ++i) {
            if (i < 3) ledger.happen(2);
            turn();
        }

        RC_ASSERT(r.is_over());
        RC_ASSERT(!ledger.seat);
        RC_ASSERT(ledger.deposit == 0U);
        RC_ASSERT(ledger.user == (r.state == State::Settled));
        RC_ASSERT(ledger.treasury == (r.state == State::Settled ? kPrice.value : 0));
        RC_ASSERT(ledger.treasury + ledger.returned == ledger.paid);
        RC_ASSERT(r.refunded.value == ledger.returned);
    });
}
