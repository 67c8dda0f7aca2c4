// wallet/path.hpp: derivation paths: "m/44'/501'/0'".
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "wallet/fault.hpp"

namespace dz::wallet {

/// The largest child number: the bit above it means "hardened".
inline constexpr std::uint32_t kLastIndex = 0x7fff'ffff;

/// One step of a path.
struct ChildNumber {
    std::uint32_t index = 0;  ///< 0 .. kLastIndex
    bool hardened = false;
    auto operator<=>(const ChildNumber&) const = default;

    /// As derivation hashes it and extended keys store it.
    std::uint32_t raw() const { return hardened ? index | ~kLastIndex : index; }
    static ChildNumber from_raw(std::uint32_t raw) { return {raw & kLastIndex, raw > kLastIndex}; }
};

constexpr ChildNumber hardened(std::uint32_t index) {
    return {.index = index, .hardened = true};
}
constexpr ChildNumber normal(std::uint32_t index) {
    return {.index = index, .hardened = false};
}

/// A step of DIP-14: 256 bits, big-endian, with hardening apart. Below 2^32 it is a step of BIP 32.
struct WideChildNumber {
    std::array<std::uint8_t, 32> index{};
    bool hardened = false;
    auto operator<=>(const WideChildNumber&) const = default;
};

using Path = std::vector<ChildNumber>;

/// "m" alone, or "m/44'/0": steps are decimal, hardened ones end in ' or h. At most 255 steps, as depth is a
/// byte. Errors: InvalidDerivationPath, InvalidChildNumber.
Result<Path> parse_path(std::string_view text);
/// With ' for hardened steps.
std::string to_string(const Path& path);

}  // namespace dz::wallet
