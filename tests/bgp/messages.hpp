// tests/bgp/messages.hpp: short ways to write the messages and routes that the BGP tests speak of.
#pragma once

#include <initializer_list>
#include <string_view>
#include <vector>

#include "protocols/bgp/message.hpp"

namespace dz::bgp::test {

inline Ipv4 ip(std::string_view text) {
    return parse_ipv4(text).value();
}
inline Prefix prefix(std::string_view text) {
    return parse_prefix(text).value();
}
inline Bytes hex(std::string_view text) {
    std::string digits;
    for (const char c : text) {
        if (c != ' ') digits += c;
    }
    return from_hex(digits).value();
}

inline constexpr Asn kClientAs{65000}, kDeviceAs{65342};

/// As a device announces a route of another user.
inline PathAttributes device_attributes(std::string_view next_hop = "169.254.0.0") {
    PathAttributes attributes;
    attributes.as_path = {{AsSegment::Kind::Sequence, {kDeviceAs, kClientAs}}};
    attributes.next_hop = ip(next_hop);
    attributes.communities = {21682U << 16 | 1200};
    return attributes;
}

inline Update announcement(std::initializer_list<std::string_view> prefixes) {
    Update update;
    update.attributes = device_attributes();
    for (const auto text : prefixes) update.announced.push_back(prefix(text));
    return update;
}

inline Update withdrawal(std::initializer_list<std::string_view> prefixes) {
    Update update;
    for (const auto text : prefixes) update.withdrawn.push_back(prefix(text));
    return update;
}

/// An UPDATE's body from its three parts in hex.
inline Bytes update_body(std::string_view withdrawn, std::string_view attributes,
                         std::string_view announced) {
    bytes::Writer out;
    for (const auto part : {withdrawn, attributes}) {
        const Bytes content = hex(part);
        out.be16(static_cast<std::uint16_t>(content.size())).raw(content);
    }
    return out.raw(hex(announced)).take();
}

inline Open device_open(Asn asn = kDeviceAs, std::uint16_t hold_time = 3) {
    return {.asn = asn.value > 0xFFFF ? kAsTrans : static_cast<std::uint16_t>(asn.value),
            .hold_time = hold_time,
            .identifier = ip("10.0.0.1"),
            .capabilities = {capability::ipv4_unicast(), capability::four_octet_asn(asn)}};
}

}  // namespace dz::bgp::test
