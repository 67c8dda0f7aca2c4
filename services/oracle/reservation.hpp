// services/oracle/reservation.hpp: one reservation as the journal keeps it, and what becomes of it. Pure.
//
//     Opening -> Held -> Paid -> Ready -> Settled
//        |        |       |        |
//      (gone)     +---> Closing <--+  -> Closed
//
// A record changes in two ways only: by what the ledger shows (`observe`), and by the end of the one
// transaction that it may have under way (`landed`, `grounded`). The transaction is part of the
// record and is written down before it is sent, so whoever reads the record after a crash sends the same
// bytes again or learns what became of them, and nothing is ever done twice. Funds have no states of their
// own: what lies on the address of a reservation that is over belongs to the oracle once, if it was settled,
// and otherwise to the client.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ip.hpp"
#include "base/units.hpp"
#include "ledger/public_key.hpp"
#include "services/oracle/api/messages.hpp"

namespace dz::oracle {

using ledger::PublicKey;

/// The numbers are those of the journal.
enum class State : std::uint8_t {
    Opening = 0,  ///< the seat is being taken; the client knows nothing yet
    Held = 1,     ///< the seat is ours and waits for the payment
    Paid = 2,     ///< paid; the access pass is due
    Ready = 3,    ///< the user may settle
    Closing = 4,  ///< the seat is being given back
    Settled = 5,  ///< over: the user exists
    Closed = 6    ///< over: the seat is gone and there is no user
};

/// Why a seat was given back.
enum class Reason : std::uint8_t {
    None = 0,
    Expired = 1,    ///< not paid in time
    Cancelled = 2,  ///< by the client
    Unsettled = 3,  ///< paid, but not settled in time
    Lost = 4,       ///< somebody else closed it
    Joined = 5      ///< the user connected without it
};

enum class Purpose : std::uint8_t {
    Open = 0,    ///< ReserveConnection
    Grant = 1,   ///< SetAccessPass
    Close = 2,   ///< CloseReservation, and the pass withdrawn where money goes back
    Refund = 3,  ///< everything on the address to the client
    Collect = 4  ///< the price to the treasury, the rest to the client
};

std::string_view to_string(State state);
std::string_view to_string(Reason reason);
std::string_view to_string(Purpose purpose);

/// A transaction that was made, and perhaps sent.
struct Flight {
    Purpose purpose{};
    Bytes transaction;
    std::uint64_t last_valid_block_height = 0;
    Lamports to_client;  ///< that it moves

    bool operator==(const Flight&) const = default;
};

struct Reservation {
    std::string id;           ///< 32 hexadecimal digits
    std::uint32_t index = 0;  ///< of the deposit address
    PublicKey deposit;
    PublicKey device;
    Ipv4 client_ip;
    PublicKey user_payer;
    PublicKey refund_to;
    std::string holder;                      ///< the name of the client's token
    std::optional<std::string> request_key;  ///< its Idempotency-Key
    Lamports price;
    std::uint64_t expires_slot = 0;  ///< the last one in which a payment counts
    std::int64_t expires_at = 0;     ///< unix seconds when that slot is expected

    State state{};
    Reason reason{};
    std::uint64_t settle_slot = 0;   ///< the last one in which a paid seat is kept; 0: not paid
    std::uint64_t changed_slot = 0;  ///< views of the ledger up to it may lack our last transaction
    Lamports received;               ///< the most that was seen while it was held
    bool granted = false;            ///< an access pass was written for it
    bool collected = false;
    Lamports refunded;
    std::optional<Flight> flight;

    bool operator==(const Reservation&) const = default;

    bool is_over() const { return state == State::Settled || state == State::Closed; }
};

/// What one read of the ledger, at the commitment that money needs, shows of a reservation.
struct Sight {
    std::uint64_t slot = 0;
    Lamports deposit;
    bool seat = false;  ///< its account exists
    bool user = false;  ///< a user of the client's address and key on the device exists
};

struct Rules {
    /// How long a paid seat is kept for its user.
    std::uint64_t settle_slots = 216'000;  // a day of 400 ms
};

/// The record after a read, and the transaction that is due now. None is due while one is under way.
struct Step {
    Reservation next;
    std::optional<Purpose> due;
};
Step observe(Reservation now, const Sight& seen, const Rules& rules);

/// The transaction of `now.flight`, which must be there, succeeded in `slot`.
Reservation landed(Reservation now, std::uint64_t slot);

/// It failed, or can never succeed any more. Nothing: the reservation never came to be, and its address,
/// which nobody was told, is free again.
std::optional<Reservation> grounded(Reservation now);

/// The client does not want it any more. Unchanged when it is over or being closed.
Reservation cancelled(Reservation now);

/// As the client sees it.
api::ReservationView view_of(const Reservation& reservation);

}  // namespace dz::oracle
