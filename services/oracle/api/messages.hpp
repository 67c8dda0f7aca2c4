// services/oracle/api/messages.hpp: the bodies of the oracle's HTTP API (docs/oracle.md), written and read.
//
// Keys are base58 texts of 32 bytes, money is whole lamports, times are RFC 3339 in UTC.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/ip.hpp"
#include "base/json.hpp"
#include "base/result.hpp"

namespace dz::oracle::api {

inline constexpr std::string_view kReservations = "/v1/reservations";
/// Longest body of a request.
inline constexpr std::size_t kMaxRequestBytes = 2048;
inline constexpr std::size_t kMaxIdempotencyKey = 128;

/// POST /v1/reservations: a seat on a device for one client address.
struct ReservationRequest {
    std::string device;      ///< its account
    Ipv4 client_ip;          ///< of the host that will connect
    std::string user_payer;  ///< the key that will own the user
    std::string refund_to;   ///< where money goes back to; the same key when it was left out

    bool operator==(const ReservationRequest&) const = default;
};

/// What a client sees of a reservation. It is over in the last four states; money that arrives after that is
/// returned.
enum class Phase {
    Waiting,    ///< for the payment, or for the rest of it
    Paid,       ///< the access pass is being written
    Ready,      ///< the user may settle
    Closing,    ///< the seat is being given back
    Settled,    ///< the user exists
    Expired,    ///< not paid in time, or paid and not settled in time
    Cancelled,  ///< by the client
    Lost        ///< somebody with the right to do so gave the seat back
};
std::string_view to_string(Phase phase);

struct ReservationView {
    std::string id;
    std::string device;
    Ipv4 client_ip;
    std::string user_payer;
    std::string refund_to;
    Phase phase{};
    std::string deposit_address;
    std::string deposit_check;       ///< `check_value` of the address
    std::uint64_t price = 0;         ///< lamports
    std::uint64_t received = 0;      ///< lamports seen on the address while the reservation waited
    std::uint64_t refunded = 0;      ///< lamports
    std::uint64_t expires_slot = 0;  ///< the last one in which a payment counts
    std::string expires_at;          ///< when that slot is expected

    bool operator==(const ReservationView&) const = default;
};

/// POST /v1/reservations/ID/settlement: give the seat back and create the user, in one transaction that the
/// oracle has signed and the user has not.
struct SettlementView {
    std::string transaction;  ///< base64
    std::string authority;    ///< the oracle's key, which signed
    std::uint64_t last_valid_block_height = 0;

    bool operator==(const SettlementView&) const = default;
};

/// Any answer that is an error. `code` is for programs: "no_seat", "unauthorized", ...
struct Problem {
    std::string code;
    std::string message;

    bool operator==(const Problem&) const = default;
};

/// First four bytes of the SHA-256 of the address's 32 bytes, in hex: an address has no checksum of its own.
/// Errors: BadValue when it is no address.
Result<std::string> check_value(std::string_view address);

/// Errors: BadValue naming the member; unknown members are refused, since they may be misspelt ones.
Result<ReservationRequest> parse_request(std::string_view body);
json::Ordered to_json(const ReservationRequest& request);

json::Ordered to_json(const ReservationView& view);
/// Errors: BadValue, also where the check value is not that of the address.
Result<ReservationView> reservation_from_json(const json::Value& value);

json::Ordered to_json(const SettlementView& view);
Result<SettlementView> settlement_from_json(const json::Value& value);

json::Ordered to_json(const Problem& problem);
Result<Problem> problem_from_json(const json::Value& value);

}  // namespace dz::oracle::api
