#include "chain/reservations/failure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace dz::reservations {

namespace {

struct Row {
    Kind kind;
    std::string_view name;
    Class fault;
    std::uint32_t status;  ///< 0 = none
};

constexpr std::array<Row, 10> kRows = {
    {{Kind::NotImplemented, "ErrReservationsNotImplemented", Class::Capability, 1},
     {Kind::InsufficientFunds, "ErrReservationsInsufficientFunds", Class::Reservation, 2},
     {Kind::SessionOpen, "ErrReservationsSessionOpen", Class::Node, 3},
     {Kind::SessionClosed, "ErrReservationsSessionClosed", Class::Node, 4},
     {Kind::NonZeroRemainder, "ErrReservationsNonZeroRemainder", Class::Node, 5},
     {Kind::PlanTooLarge, "ErrReservationsPlanTooLarge", Class::Reservation, 6},
     {Kind::Overflow, "ErrReservationsOverflow", Class::Node, 7},
     {Kind::InvariantViolation, "ErrReservationsInvariantViolation", Class::Node, 8},
     {Kind::SenderResolutionFailure, "SenderResolutionFailure", Class::Reservation, 0},
     {Kind::UnknownStatus, "unknown reservation status", Class::Node, 0}}};

const Row& row_of(Kind kind) {
    return *std::ranges::find(kRows, kind, &Row::kind);
}

}  // namespace

std::string_view name_of(Kind kind) {
    return row_of(kind).name;
}

Class class_of(Kind kind) {
    return row_of(kind).fault;
}

std::string Failure::to_string() const {
    std::string out(name_of(kind));
    if (kind == Kind::UnknownStatus) out += fmt::format(" {}", status);
    if (!text.empty()) out += ": " + text;
    return out;
}

std::optional<Failure> from_status(std::uint32_t status, std::string text) {
    if (status == 0) return std::nullopt;
    const auto* const row = std::ranges::find(kRows, status, &Row::status);
    if (row == kRows.end()) return Failure{Kind::UnknownStatus, std::move(text), std::nullopt, status};
    return Failure{row->kind, std::move(text)};
}

std::optional<std::uint32_t> status_of(Kind kind) {
    const std::uint32_t status = row_of(kind).status;
    return status == 0 ? std::nullopt : std::optional(status);
}

}  // namespace dz::reservations
