// protocols/latency/echo.hpp: ICMP echo messages (RFC 792), as bytes and as values.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/ip.hpp"
#include "base/result.hpp"

namespace dz::latency {

/// Data of a request; with ICMP and IP headers 84 bytes on the wire, as of ping(8).
inline constexpr std::size_t kEchoData = 56;

/// What tells one echo from all others. A ping socket has the kernel choose `id`, so a reply is known by its
/// `cookie`: the first eight bytes of the data.
struct Echo {
    std::uint16_t id = 0;
    std::uint16_t sequence = 0;
    std::uint64_t cookie = 0;  ///< one for each process, random: others' pings are not ours
    bool operator==(const Echo&) const = default;
};

/// An ICMP echo request, checksum included.
Bytes encode_request(const Echo& echo);

/// An ICMP message, without IP header. Errors: Truncated; BadValue when it is no echo reply, its checksum is
/// wrong, or it has no room for a cookie.
Result<Echo> decode_reply(ByteView message);

/// What an IPv4 packet carries.
struct Carried {
    Ipv4 source;
    ByteView message;
};
/// A raw socket delivers whole packets. `message` points into `packet`. Errors: Truncated; BadValue when it
/// is no IPv4 packet with ICMP in it.
Result<Carried> unwrap(ByteView packet);

/// RFC 1071.
std::uint16_t internet_checksum(ByteView bytes);

}  // namespace dz::latency
