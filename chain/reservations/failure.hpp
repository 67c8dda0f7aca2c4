// chain/reservations/failure.hpp: what may go wrong with a reservation, and whose fault that is.
//
// Three classes, never to be mixed up: the engine cannot do it; the block asks for what its senders do not
// have, or for too much, which is a verdict about the block; or this node is broken, which says nothing about
// the block.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "chain/reservations/address.hpp"

namespace dz::reservations {

enum class Kind : std::uint8_t {
    NotImplemented,
    InsufficientFunds,
    SessionOpen,
    SessionClosed,
    NonZeroRemainder,
    PlanTooLarge,
    Overflow,
    InvariantViolation,
    SenderResolutionFailure,  ///< found by the host before it asks the engine
    UnknownStatus,            ///< a number that no engine should answer
};

enum class Class { Capability, Reservation, Node };

struct Failure {
    Kind kind{};
    /// For logs; may be empty.
    std::string text = {};
    /// Whose funds do not suffice, or who is unknown.
    std::optional<Address> account = std::nullopt;
    /// Of UnknownStatus.
    std::uint32_t status = 0;

    /// "ErrReservationsInsufficientFunds: text".
    std::string to_string() const;
    bool operator==(const Failure&) const = default;
};

template <class T = void>
using Expected = std::expected<T, Failure>;

[[nodiscard]] inline std::unexpected<Failure> failed(Kind kind, std::string text = {}) {
    return std::unexpected(Failure{kind, std::move(text)});
}
[[nodiscard]] inline std::unexpected<Failure> failed(Kind kind, const Address& account, std::string text) {
    return std::unexpected(Failure{kind, std::move(text), account});
}

/// "ErrReservationsSessionOpen": how hosts name it, in logs and tests.
std::string_view name_of(Kind kind);
Class class_of(Kind kind);

/// Across a C boundary an engine answers with a number: 0 is success, and so `nullopt`.
std::optional<Failure> from_status(std::uint32_t status, std::string text);
/// 1 to 8; nullopt for what has no number.
std::optional<std::uint32_t> status_of(Kind kind);

}  // namespace dz::reservations
