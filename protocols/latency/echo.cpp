#include "protocols/latency/echo.hpp"

#include <fmt/format.h>

namespace dz::latency {

namespace {

constexpr std::uint8_t kEchoReply = 0;
constexpr std::uint8_t kEchoRequest = 8;
constexpr std::size_t kChecksumOffset = 2;
constexpr std::uint8_t kIcmp = 1;
constexpr std::size_t kLeastIpHeader = 20;

}  // namespace

std::uint16_t internet_checksum(ByteView bytes) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        sum += i % 2 == 0 ? std::uint32_t{bytes[i]} << 8 : std::uint32_t{bytes[i]};
    while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
    return static_cast<std::uint16_t>(~sum);
}

Bytes encode_request(const Echo& echo) {
    bytes::Writer out;
    out.u8(kEchoRequest).u8(0).be16(0).be16(echo.id).be16(echo.sequence).be64(echo.cookie);
    out.zeros(kEchoData - sizeof echo.cookie);
    out.patch_be16(kChecksumOffset, internet_checksum(out.bytes()));
    return out.take();
}

Result<Echo> decode_reply(ByteView message) {
    bytes::Reader in(message);
    Echo echo;
    TRY(const std::uint8_t type, in.u8());
    TRY(const std::uint8_t code, in.u8());
    TRY_OK(in.be16());  // the checksum, which makes the sum of all zero
    TRY(echo.id, in.be16());
    TRY(echo.sequence, in.be16());
    if (type != kEchoReply || code != 0)
        return fail(Errc::BadValue, fmt::format("ICMP type {} code {} is no echo reply", type, code));
    TRY(echo.cookie, in.be64());
    if (internet_checksum(message) != 0) return fail(Errc::BadValue, "ICMP checksum is wrong");
    return echo;
}

Result<Carried> unwrap(ByteView packet) {
    bytes::Reader in(packet);
    TRY(const std::uint8_t first, in.u8());
    const std::size_t header = std::size_t{first & 0x0FU} * 4;
    if (first >> 4 != 4 || header < kLeastIpHeader) return fail(Errc::BadValue, "no IPv4 packet");
    TRY_OK(in.take(8));  // service, length, id, fragment, time to live
    TRY(const std::uint8_t protocol, in.u8());
    if (protocol != kIcmp) return fail(Errc::BadValue, fmt::format("protocol {} is not ICMP", protocol));
    TRY_OK(in.be16());
    TRY(const std::uint32_t source, in.be32());
    TRY_OK(in.be32());
    TRY_OK(in.take(header - kLeastIpHeader));
    return Carried{.source = Ipv4(source), .message = in.rest()};
}

}  // namespace dz::latency
