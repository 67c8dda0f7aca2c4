// chain/reservations/amount.hpp: money as 128 bits, and what becomes of more.
//
// Every balance fits 128 bits, but a message may promise more: a fee cap has up to 1,016 bits. Such a promise
// cannot be kept by anybody, so a product or a sum that does not fit means "insufficient funds" and never an
// overflow, which would let strangers turn a message into a fault of the node.
#pragma once

#include <expected>
#include <optional>

#include "base/bytes.hpp"

namespace dz::reservations {

using Amount = u128;
inline constexpr Amount kMaxAmount = ~Amount{0};
/// Of a serialized number, its sign included.
inline constexpr std::size_t kMaxNumberBytes = 128;

/// nullopt: it does not fit.
std::optional<Amount> add(Amount a, Amount b);
std::optional<Amount> multiply(Amount a, Amount b);

/// A number as a message carries it: any sign, up to 1,016 bits.
struct Number {
    bool negative = false;
    Bytes magnitude;  ///< big-endian, without leading zeros; empty = 0

    Number() = default;
    explicit Number(Amount value);
    /// nullopt: negative, or it does not fit.
    std::optional<Amount> amount() const;
    bool operator==(const Number&) const = default;
};

/// Empty for 0; else a byte 0 (positive) or 1 (negative) and the magnitude. Errors: LimitExceeded; BadValue
/// for another first byte, a leading zero, or a sign without magnitude.
Result<Number> decode_number(ByteView bytes);
Bytes encode(const Number& number);
/// Bytes that `encode` makes of it.
std::size_t encoded_size(Amount value);

enum class CostError {
    Negative,  ///< no message that is well formed asks for that: a fault of the node
    TooLarge,  ///< nobody can pay it
};
/// gas_limit * gas_fee_cap.
std::expected<Amount, CostError> gas_cost(std::uint64_t gas_limit, const Number& fee_cap);

}  // namespace dz::reservations
