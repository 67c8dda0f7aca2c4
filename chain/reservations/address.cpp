#include "chain/reservations/address.hpp"

#include <algorithm>
#include <cstring>

namespace dz::reservations {

Address::Address(ByteView bytes) : size_(static_cast<std::uint8_t>(bytes.size())) {
    DZ_ASSERT(bytes.size() <= kMaxBytes);
    std::ranges::copy(bytes, bytes_.begin());
}

std::optional<Address> Address::from(ByteView bytes) {
    if (bytes.size() > kMaxBytes) return std::nullopt;
    return Address(bytes);
}

std::strong_ordering Address::operator<=>(const Address& other) const {
    const int order = std::memcmp(bytes_.data(), other.bytes_.data(), std::min(size_, other.size_));
    if (order != 0) return order <=> 0;
    return size_ <=> other.size_;
}

}  // namespace dz::reservations
