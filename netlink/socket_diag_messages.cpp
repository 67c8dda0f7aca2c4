#include "netlink/socket_diag_messages.hpp"

#include <linux/if_addr.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace dz::netlink {

namespace {

constexpr std::uint8_t kAllMatches = 0;
constexpr std::size_t kSocketIdSize = 48;
constexpr std::size_t kAfterSocketId = 20;  // expires, queues, uid, inode
constexpr std::size_t kRttOffset = 68;      // of tcp_info
constexpr std::size_t kAttributeHeader = 4;
/// What precedes an IPv4 address in its IPv6 form (RFC 4291, section 2.5.5.2).
constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

void write_header(bytes::Writer& out, std::size_t body, std::uint16_t type, std::uint32_t sequence) {
    out.u32(static_cast<std::uint32_t>(MessageHeader::kSize + body))
        .u16(type)
        .u16(NLM_F_REQUEST | NLM_F_DUMP)
        .u32(sequence)
        .u32(0);
}

constexpr std::size_t aligned(std::size_t size) {
    return (size + 3) & ~std::size_t{3};
}

/// The first attribute of a type. What follows a broken one is lost.
std::optional<ByteView> find_attribute(ByteView attributes, std::uint16_t wanted) {
    bytes::Reader in(attributes);
    while (in.remaining() >= kAttributeHeader) {
        const std::size_t length = *in.u16();
        const std::uint16_t type = *in.u16() & NLA_TYPE_MASK;
        if (length < kAttributeHeader || length - kAttributeHeader > in.remaining()) return std::nullopt;
        const std::size_t size = length - kAttributeHeader;
        const ByteView payload = *in.take(size);
        if (type == wanted) return payload;
        const std::size_t padding = std::min(aligned(size) - size, in.remaining());
        if (!in.take(padding)) return std::nullopt;
    }
    return std::nullopt;
}

std::optional<Ipv4> ipv4(ByteView bytes) {
    if (bytes.size() < 4) return std::nullopt;
    return Ipv4({bytes[0], bytes[1], bytes[2], bytes[3]});
}

/// 16 bytes as inet_diag has them for either family.
std::optional<Ipv4> socket_address(std::uint8_t family, ByteView bytes) {
    if (family == AF_INET) return ipv4(bytes);
    if (family != AF_INET6 || !std::ranges::equal(bytes.first(kMapped.size()), kMapped)) return std::nullopt;
    return ipv4(bytes.subspan(kMapped.size()));
}

}  // namespace

Bytes tcp_dump_request(Family family, std::uint32_t sequence) {
    bytes::Writer out;
    write_header(out, sizeof(inet_diag_req_v2), SOCK_DIAG_BY_FAMILY, sequence);
    // With thousands of other sockets on the machine, asking for one state and one attribute only saves most
    // of the answer.
    out.u8(static_cast<std::uint8_t>(family)).u8(IPPROTO_TCP).u8(1U << (INET_DIAG_INFO - 1)).u8(0);
    out.u32(1U << TCP_ESTABLISHED).zeros(kSocketIdSize);
    return out.take();
}

Bytes address_dump_request(std::uint32_t sequence) {
    bytes::Writer out;
    write_header(out, sizeof(ifaddrmsg), RTM_GETADDR, sequence);
    out.u8(AF_INET).u8(0).u8(0).u8(kAllMatches).u32(0);
    return out.take();
}

Result<Message> take_message(bytes::Reader& datagram) {
    Message message;
    TRY(const std::uint32_t length, datagram.u32());
    TRY(message.header.type, datagram.u16());
    TRY(message.header.flags, datagram.u16());
    TRY(message.header.sequence, datagram.u32());
    TRY(message.header.port, datagram.u32());
    if (length < MessageHeader::kSize) return fail(Errc::BadValue, "a netlink message without its header");
    const std::size_t size = length - MessageHeader::kSize;
    TRY(message.body, datagram.take(size));
    TRY_OK(datagram.take(std::min(aligned(size) - size, datagram.remaining())));
    return message;
}

Result<int> decode_errno(ByteView body) {
    bytes::Reader in(body);
    TRY(const std::uint32_t negative, in.u32());
    return static_cast<int>(0U - negative);
}

Result<> DumpReader::check_errno(ByteView body) {
    if (body.empty()) return {};  // old kernels end a dump without a verdict
    TRY(const int number, decode_errno(body));
    if (number != 0) return fail_errno(number, "dump");
    return {};
}

std::optional<std::chrono::microseconds> decode_rtt(ByteView tcp_info) {
    if (tcp_info.size() < kRttOffset) return std::nullopt;
    bytes::Reader in(tcp_info.subspan(kRttOffset));
    const auto rtt = in.u32();
    const auto variance = in.u32();
    if (!rtt || !variance) return std::nullopt;
    return std::chrono::microseconds(*rtt);
}

Result<std::optional<TcpSession>> decode_tcp_session(ByteView body) {
    bytes::Reader in(body);
    TRY(const std::uint8_t family, in.u8());
    TRY(const std::uint8_t state, in.u8());
    TRY_OK(in.take(2));  // timer, retransmissions
    TcpSession session;
    TRY(session.local_port, in.be16());
    TRY(session.remote_port, in.be16());
    TRY(const ByteView local, in.take(16));
    TRY(const ByteView remote, in.take(16));
    TRY_OK(in.take(12 + kAfterSocketId));  // interface, cookie, and what follows the id
    const auto local_address = socket_address(family, local);
    const auto remote_address = socket_address(family, remote);
    if (state != TCP_ESTABLISHED || !local_address || !remote_address) return std::nullopt;
    session.local = *local_address;
    session.remote = *remote_address;
    if (const auto info = find_attribute(in.rest(), INET_DIAG_INFO)) session.rtt = decode_rtt(*info);
    return session;
}

Result<std::optional<Prefix>> decode_link_address(ByteView body) {
    bytes::Reader in(body);
    TRY(const std::uint8_t family, in.u8());
    TRY(const std::uint8_t length, in.u8());
    TRY_OK(in.take(6));  // flags, scope, index
    if (family != AF_INET || length > 32) return std::nullopt;
    const ByteView attributes = in.rest();
    // On a point-to-point link IFA_ADDRESS is the other end.
    auto bytes = find_attribute(attributes, IFA_LOCAL);
    if (!bytes) bytes = find_attribute(attributes, IFA_ADDRESS);
    const auto address = bytes ? ipv4(*bytes) : std::nullopt;
    if (!address) return std::nullopt;
    return Prefix{*address, length};
}

}  // namespace dz::netlink
