// base/units.hpp: quantities that are not interchangeable.
#pragma once

#include <compare>
#include <cstdint>

namespace dz {

/// Smallest unit of the ledger's currency; 1e9 make one credit.
struct Lamports {
    std::uint64_t value = 0;
    auto operator<=>(const Lamports&) const = default;
};

/// Autonomous system number (RFC 6793), 32 bits.
struct Asn {
    std::uint32_t value = 0;
    auto operator<=>(const Asn&) const = default;
};

/// Ledger slot.
struct Slot {
    std::uint64_t value = 0;
    auto operator<=>(const Slot&) const = default;
};

}  // namespace dz
