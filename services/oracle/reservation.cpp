#include "services/oracle/reservation.hpp"

#include <algorithm>
#include <array>

#include "base/clock.hpp"

namespace dz::oracle {

namespace {

using api::Phase;

Reservation closing(Reservation now, Reason reason) {
    now.state = State::Closing;
    now.reason = reason;
    return now;
}

Reservation closed(Reservation now, Reason reason) {
    now.state = State::Closed;
    now.reason = reason;
    return now;
}

/// Without its seat: settled where the user came to be by it.
Reservation without_seat(Reservation now, bool user) {
    const bool was_paid = now.settle_slot != 0;
    if (was_paid && user) {
        now.state = State::Settled;
        now.reason = Reason::None;
        return now;
    }
    return closed(now,
                  now.reason == Reason::None || now.reason == Reason::Joined ? Reason::Lost : now.reason);
}

Reservation held(Reservation now, const Sight& seen, const Rules& rules) {
    now.received = std::max(now.received, seen.deposit);
    if (!seen.seat) return closed(now, Reason::Lost);
    if (seen.deposit >= now.price) {
        now.state = State::Paid;
        now.settle_slot = seen.slot + rules.settle_slots;
        return now;
    }
    if (seen.slot > now.expires_slot) return closing(now, Reason::Expired);
    return now;
}

Reservation paid(Reservation now, const Sight& seen) {
    now.received = std::max(now.received, seen.deposit);
    if (!seen.seat) return without_seat(now, seen.user);
    if (seen.user) return closing(now, Reason::Joined);
    if (seen.slot > now.settle_slot) return closing(now, Reason::Unsettled);
    return now;
}

Reservation after(Reservation now, const Sight& seen, const Rules& rules) {
    switch (now.state) {
        case State::Held:
            return held(now, seen, rules);
        case State::Paid:
        case State::Ready:
            return paid(now, seen);
        case State::Closing:
            return seen.seat ? now : without_seat(now, seen.user);
        case State::Opening:
        case State::Settled:
        case State::Closed:
            return now;
    }
    return now;
}

std::optional<Purpose> due(const Reservation& now, const Sight& seen) {
    switch (now.state) {
        case State::Paid:
            return Purpose::Grant;
        case State::Closing:
            return Purpose::Close;
        case State::Settled:
            if (!now.collected && seen.deposit >= now.price) return Purpose::Collect;
            return seen.deposit.value > 0 && now.collected ? std::optional(Purpose::Refund) : std::nullopt;
        case State::Closed:
            return seen.deposit.value > 0 ? std::optional(Purpose::Refund) : std::nullopt;
        case State::Opening:
        case State::Held:
        case State::Ready:
            return std::nullopt;
    }
    return std::nullopt;
}

Phase phase_of(const Reservation& now) {
    switch (now.state) {
        case State::Opening:
        case State::Held:
            return Phase::Waiting;
        case State::Paid:
            return Phase::Paid;
        case State::Ready:
            return Phase::Ready;
        case State::Closing:
            return Phase::Closing;
        case State::Settled:
            return Phase::Settled;
        case State::Closed:
            break;
    }
    if (now.reason == Reason::Cancelled) return Phase::Cancelled;
    return now.reason == Reason::Lost ? Phase::Lost : Phase::Expired;
}

}  // namespace

std::string_view to_string(State state) {
    static constexpr std::array<std::string_view, 7> kTexts = {"opening", "held",    "paid",  "ready",
                                                               "closing", "settled", "closed"};
    return kTexts.at(static_cast<std::size_t>(state));
}

std::string_view to_string(Reason reason) {
    static constexpr std::array<std::string_view, 6> kTexts = {"none",      "expired", "cancelled",
                                                               "unsettled", "lost",    "joined"};
    return kTexts.at(static_cast<std::size_t>(reason));
}

std::string_view to_string(Purpose purpose) {
    static constexpr std::array<std::string_view, 5> kTexts = {"open", "grant", "close", "refund", "collect"};
    return kTexts.at(static_cast<std::size_t>(purpose));
}

Step observe(Reservation now, const Sight& seen, const Rules& rules) {
    if (seen.slot <= now.changed_slot || now.flight) return {std::move(now), std::nullopt};
    Reservation next = after(std::move(now), seen, rules);
    const auto purpose = due(next, seen);
    return {std::move(next), purpose};
}

Reservation landed(Reservation now, std::uint64_t slot) {
    const Flight& flight = now.flight.value();
    switch (flight.purpose) {
        case Purpose::Open:
            now.state = State::Held;
            break;
        case Purpose::Grant:
            now.granted = true;
            if (now.state == State::Paid) now.state = State::Ready;
            break;
        case Purpose::Close:
            now.state = now.reason == Reason::Joined ? State::Settled : State::Closed;
            break;
        case Purpose::Collect:
            now.collected = true;
            now.refunded.value += flight.to_client.value;
            break;
        case Purpose::Refund:
            now.refunded.value += flight.to_client.value;
            break;
    }
    now.changed_slot = std::max(now.changed_slot, slot);
    now.flight.reset();
    return now;
}

std::optional<Reservation> grounded(Reservation now) {
    if (now.flight && now.flight->purpose == Purpose::Open) return std::nullopt;
    now.flight.reset();
    return now;
}

Reservation cancelled(Reservation now) {
    const bool open = now.state == State::Held || now.state == State::Paid || now.state == State::Ready;
    return open ? closing(std::move(now), Reason::Cancelled) : now;
}

api::ReservationView view_of(const Reservation& now) {
    api::ReservationView view;
    view.id = now.id;
    view.device = now.device.to_string();
    view.client_ip = now.client_ip;
    view.user_payer = now.user_payer.to_string();
    view.refund_to = now.refund_to.to_string();
    view.phase = phase_of(now);
    view.deposit_address = now.deposit.to_string();
    view.deposit_check = api::check_value(view.deposit_address).value();
    view.price = now.price.value;
    view.received = now.received.value;
    view.refunded = now.refunded.value;
    view.expires_slot = now.expires_slot;
    view.expires_at = to_rfc3339(WallTime(std::chrono::seconds(now.expires_at)), Fraction::None);
    return view;
}

}  // namespace dz::oracle
