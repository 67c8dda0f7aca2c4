// base/ip.hpp: IPv4 addresses and prefixes, and the tables of addresses that are not public.
//
// DoubleZero carries IPv4 only. Prefixes keep their host bits as written; `network()` masks them.
#pragma once

#include <fmt/core.h>
#include <boost/asio/ip/address_v4.hpp>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace dz {

using Ipv4 = boost::asio::ip::address_v4;

/// Address and prefix length, 0..32. Ordered by address, then length.
struct Prefix {
    Ipv4 address;
    std::uint8_t length = 0;

    Ipv4 netmask() const;
    /// The same prefix with host bits cleared.
    Prefix network() const;
    Ipv4 first() const { return network().address; }
    Ipv4 last() const;
    bool contains(Ipv4 other) const;
    bool contains(const Prefix& other) const;
    /// "192.0.2.0/24"
    std::string to_string() const;

    bool operator==(const Prefix&) const = default;
    std::strong_ordering operator<=>(const Prefix& other) const;
};

inline Prefix host_prefix(Ipv4 address) {
    return {address, 32};
}

/// Errors: BadValue with the offending text.
Result<Ipv4> parse_ipv4(std::string_view text);
Result<Prefix> parse_prefix(std::string_view text);

/// An absent address is the empty string in every JSON of ours (daemon.md 2).
std::string to_text_or_empty(Ipv4 address);

/// `address + offset`, wrapping at 2^32.
Ipv4 plus(Ipv4 address, std::uint32_t offset);

/// Acceptable to the serviceability program as a public address (ledger-accounts.md 7.5). 198.18.0.0/15 is.
bool is_global(Ipv4 address);
/// RFC 1918.
bool is_private(Ipv4 address);
/// 169.254.0.0/16.
bool is_link_local(Ipv4 address);

}  // namespace dz

/// fmt::format("{}", prefix) and fmt::format("{:<18}", address), with the options of a string.
template <>
struct fmt::formatter<dz::Ipv4> : fmt::formatter<std::string_view> {
    auto format(dz::Ipv4 address, fmt::format_context& context) const {
        return fmt::formatter<std::string_view>::format(address.to_string(), context);
    }
};
template <>
struct fmt::formatter<dz::Prefix> : fmt::formatter<std::string_view> {
    auto format(const dz::Prefix& prefix, fmt::format_context& context) const {
        return fmt::formatter<std::string_view>::format(prefix.to_string(), context);
    }
};
