#include "base/ip.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>

namespace dz {

namespace {

std::uint32_t mask_of(std::uint8_t length) {
    return length == 0 ? 0 : ~std::uint32_t{0} << (32U - std::min<unsigned>(length, 32));
}

/// Decimal without sign or leading zero, at most `max`; takes what it reads from `text`.
std::optional<unsigned> take_number(std::string_view& text, unsigned max) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const auto length = static_cast<std::size_t>(end - text.data());
    if (error != std::errc{} || value > max || (length > 1 && text.front() == '0')) return std::nullopt;
    text.remove_prefix(length);
    return value;
}

struct Range {
    std::uint32_t network;
    std::uint8_t length;
    bool contains(Ipv4 address) const { return (address.to_uint() & mask_of(length)) == network; }
};

constexpr Range kThisNetwork{0x00000000, 8};
constexpr Range kLoopback{0x7f000000, 8};
constexpr Range kSharedSpace{0x64400000, 10};       // 100.64.0.0, RFC 6598
constexpr Range kProtocolSpace{0xc0000000, 24};     // 192.0.0.0, RFC 6890
constexpr Range kDocumentation1{0xc0000200, 24};    // 192.0.2.0
constexpr Range kDocumentation2{0xc6336400, 24};    // 198.51.100.0
constexpr Range kDocumentation3{0xcb007100, 24};    // 203.0.113.0
constexpr Range kMulticastAndAbove{0xe0000000, 3};  // 224.0.0.0 to 255.255.255.255
constexpr Range kLinkLocal{0xa9fe0000, 16};

constexpr std::array kPrivate{Range{0x0a000000, 8}, Range{0xac100000, 12}, Range{0xc0a80000, 16}};
constexpr std::array kNotGlobal{kThisNetwork,    kLoopback,          kSharedSpace,
                                kProtocolSpace,  kDocumentation1,    kDocumentation2,
                                kDocumentation3, kMulticastAndAbove, kLinkLocal};

bool in_any(std::span<const Range> ranges, Ipv4 address) {
    return std::ranges::any_of(ranges, [address](const Range& range) { return range.contains(address); });
}

}  // namespace

Ipv4 Prefix::netmask() const {
    return Ipv4(mask_of(length));
}

Prefix Prefix::network() const {
    return {Ipv4(address.to_uint() & mask_of(length)), length};
}

Ipv4 Prefix::last() const {
    return Ipv4(address.to_uint() | ~mask_of(length));
}

bool Prefix::contains(Ipv4 other) const {
    return ((address.to_uint() ^ other.to_uint()) & mask_of(length)) == 0;
}

bool Prefix::contains(const Prefix& other) const {
    return other.length >= length && contains(other.address);
}

std::string Prefix::to_string() const {
    return address.to_string() + "/" + std::to_string(length);
}

std::strong_ordering Prefix::operator<=>(const Prefix& other) const {
    if (const auto order = address.to_uint() <=> other.address.to_uint(); order != 0) return order;
    return length <=> other.length;
}

Result<Ipv4> parse_ipv4(std::string_view text) {
    std::string_view rest = text;
    std::uint32_t address = 0;
    for (int i = 0; i < 4; ++i) {
        const bool dot = i == 0 || (rest.starts_with('.') && (rest.remove_prefix(1), true));
        const auto octet = dot ? take_number(rest, 255) : std::nullopt;
        if (!octet) return fail(Errc::BadValue, "not an IPv4 address: " + std::string(text));
        address = address << 8U | *octet;
    }
    if (!rest.empty()) return fail(Errc::BadValue, "not an IPv4 address: " + std::string(text));
    return Ipv4(address);
}

Result<Prefix> parse_prefix(std::string_view text) {
    const auto slash = text.find('/');
    const auto bad = [text] { return fail(Errc::BadValue, "not an IPv4 prefix: " + std::string(text)); };
    if (slash == std::string_view::npos) return bad();
    const auto address = parse_ipv4(text.substr(0, slash));
    std::string_view rest = text.substr(slash + 1);
    const auto length = take_number(rest, 32);
    if (!address || !length || !rest.empty()) return bad();
    return Prefix{*address, static_cast<std::uint8_t>(*length)};
}

std::string to_text_or_empty(Ipv4 address) {
    return address.is_unspecified() ? std::string() : address.to_string();
}

Ipv4 plus(Ipv4 address, std::uint32_t offset) {
    return Ipv4(address.to_uint() + offset);
}

bool is_global(Ipv4 address) {
    return !is_private(address) && !in_any(kNotGlobal, address);
}

bool is_private(Ipv4 address) {
    return in_any(kPrivate, address);
}

bool is_link_local(Ipv4 address) {
    return kLinkLocal.contains(address);
}

}  // namespace dz
