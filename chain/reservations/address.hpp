// chain/reservations/address.hpp: who pays: the bytes of an address or of an account's id.
//
// Chains name accounts by 5 to 66 bytes; none of them means anything here. Kept in place, so that a plan of
// ten thousand senders is one allocation.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/bytes.hpp"

namespace dz::reservations {

class Address {
  public:
    static constexpr std::size_t kMaxBytes = 71;

    Address() = default;
    /// nullopt: more than `kMaxBytes`.
    static std::optional<Address> from(ByteView bytes);
    /// At most `kMaxBytes`, or it aborts: for keys of a fixed size.
    explicit Address(ByteView bytes);

    ByteView view() const { return {bytes_.data(), size_}; }
    std::size_t size() const { return size_; }
    std::string to_hex() const { return dz::to_hex(view()); }

    /// By bytes, a shorter one before what it begins.
    std::strong_ordering operator<=>(const Address& other) const;
    bool operator==(const Address& other) const { return (*this <=> other) == 0; }

  private:
    std::uint8_t size_ = 0;
    std::array<std::uint8_t, kMaxBytes> bytes_{};
};

struct AddressHash {
    std::size_t operator()(const Address& address) const noexcept {
        return std::hash<std::string_view>()(as_text(address.view()));
    }
};

}  // namespace dz::reservations
