#include "chain/reservations/amount.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dz::reservations {

std::optional<Amount> add(Amount a, Amount b) {
    Amount sum = 0;
    if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
    return sum;
}

std::optional<Amount> multiply(Amount a, Amount b) {
    Amount product = 0;
    if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
    return product;
}

Number::Number(Amount value) {
    for (; value != 0; value >>= 8) magnitude.push_back(static_cast<std::uint8_t>(value));
    std::ranges::reverse(magnitude);
}

std::optional<Amount> Number::amount() const {
    if (negative || magnitude.size() > sizeof(Amount)) return std::nullopt;
    Amount value = 0;
    for (const std::uint8_t byte : magnitude) value = value << 8 | byte;
    return value;
}

Result<Number> decode_number(ByteView bytes) {
    Number number;
    if (bytes.empty()) return number;
    if (bytes.size() > kMaxNumberBytes)
        return fail(Errc::LimitExceeded, fmt::format("a number of {} bytes", bytes.size()));
    if (bytes[0] > 1) return fail(Errc::BadValue, fmt::format("{} is no sign", bytes[0]));
    if (bytes.size() == 1 || bytes[1] == 0) return fail(Errc::BadValue, "a number with leading zeros");
    number.negative = bytes[0] == 1;
    number.magnitude.assign(bytes.begin() + 1, bytes.end());
    return number;
}

Bytes encode(const Number& number) {
    if (number.magnitude.empty()) return {};
    Bytes bytes = {static_cast<std::uint8_t>(number.negative ? 1 : 0)};
    bytes.insert(bytes.end(), number.magnitude.begin(), number.magnitude.end());
    return bytes;
}

std::size_t encoded_size(Amount value) {
    std::size_t size = value == 0 ? 0 : 1;
    for (; value != 0; value >>= 8) ++size;
    return size;
}

std::expected<Amount, CostError> gas_cost(std::uint64_t gas_limit, const Number& fee_cap) {
    if (gas_limit == 0 || fee_cap.magnitude.empty()) return Amount{0};
    if (fee_cap.negative) return std::unexpected(CostError::Negative);
    const auto cap = fee_cap.amount();
    const auto cost = cap ? multiply(gas_limit, *cap) : std::nullopt;
    if (!cost) return std::unexpected(CostError::TooLarge);
    return *cost;
}

}  // namespace dz::reservations
