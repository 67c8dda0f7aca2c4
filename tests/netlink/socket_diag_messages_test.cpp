// Tests for the messages of sock_diag and rtnetlink: what is asked, and that no answer is misread.
#include "netlink/socket_diag_messages.hpp"

#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>

using namespace dz;
using namespace dz::netlink;
using namespace std::chrono_literals;

namespace {

constexpr std::uint16_t kSockDiag = 20;
constexpr std::uint8_t kEstablished = 1, kListen = 10;

Bytes address4(std::string_view text) {
    const auto ip = parse_ipv4(text)->to_bytes();
    Bytes out(ip.begin(), ip.end());
    out.resize(16);
    return out;
}

Bytes mapped(std::string_view text) {
    const auto ip = parse_ipv4(text)->to_bytes();
    Bytes out(16);
    out[10] = out[11] = 0xff;
    std::ranges::copy(ip, out.begin() + 12);
    return out;
}

Bytes info_with_rtt(std::uint32_t rtt, std::size_t size = 280) {
    bytes::Writer out;
    out.zeros(68).u32(rtt).u32(rtt / 2).zeros(280 - 76);
    Bytes info = out.take();
    info.resize(size);
    return info;
}

struct Socket {
    std::uint8_t family = 2;
    std::uint8_t state = kEstablished;
    std::uint16_t local_port = 179, remote_port = 40000;
    Bytes local = address4("169.254.0.0");
    Bytes remote = address4("169.254.0.1");
    Bytes info = info_with_rtt(1903);
};

Bytes body_of(const Socket& socket) {
    bytes::Writer out;
    out.u8(socket.family).u8(socket.state).zeros(2).be16(socket.local_port).be16(socket.remote_port);
    out.raw(socket.local).raw(socket.remote).zeros(32);
    // Another attribute first, of a length that needs padding.
    out.u16(5).u16(4).u8(1).zeros(3);
    out.u16(static_cast<std::uint16_t>(4 + socket.info.size())).u16(2).raw(socket.info);
    return out.take();
}

struct Dump {
    std::uint32_t sequence = 7, port = 99;
    bytes::Writer out{};

    Dump& message(std::uint16_t type, const Bytes& body, std::uint16_t flags = 2) {
        out.u32(static_cast<std::uint32_t>(16 + body.size())).u16(type).u16(flags).u32(sequence).u32(port);
        out.raw(body).zeros((4 - body.size() % 4) % 4);
        return *this;
    }
    Dump& done(std::uint32_t negative_errno = 0) {
        return message(MessageHeader::kDone, bytes::Writer().u32(negative_errno).take());
    }
};

struct Reading {
    Result<DumpReader::Progress> progress;
    std::vector<TcpSession> sessions;
};

Reading read(const Bytes& datagram) {
    Reading reading;
    DumpReader reader(7, 99);
    reading.progress = reader.feed(datagram, [&](ByteView body) -> Result<> {
        TRY(const auto session, decode_tcp_session(body));
        if (session) reading.sessions.push_back(*session);
        return {};
    });
    return reading;
}

}  // namespace

TEST_CASE("socket diag messages: the request asks for established sockets and their TCP_INFO only",
          "[netlink]") {
    const Bytes request = tcp_dump_request(Family::Ipv4, 7);
    CHECK(request.size() == 72);
    CHECK(to_hex(request).substr(0, 48) ==
          "48000000140001030700000000000000"
          "0206020002000000");
}

TEST_CASE(
    "socket diag messages: of a dump with a session, another port and a listener all but the listener are "
    "read",
    "[netlink]") {
    Socket other;
    other.local_port = 22;
    Socket listener;
    listener.state = kListen;
    const auto reading = read(Dump()
                                  .message(kSockDiag, body_of({}))
                                  .message(kSockDiag, body_of(other))
                                  .message(kSockDiag, body_of(listener))
                                  .done()
                                  .out.bytes());
    REQUIRE(reading.progress == DumpReader::Progress::Done);
    REQUIRE(reading.sessions.size() == 2);
    CHECK(reading.sessions[0] ==
          TcpSession{*parse_ipv4("169.254.0.0"), *parse_ipv4("169.254.0.1"), 179, 40000, 1903us});
    CHECK(reading.sessions[1].local_port == 22);
}

TEST_CASE("socket diag messages: a round-trip time is exact to the microsecond", "[netlink]") {
    CHECK(decode_rtt(info_with_rtt(1903)) == 1903us);
    CHECK(std::chrono::nanoseconds(*decode_rtt(info_with_rtt(1903))).count() == 1'903'000);
}

TEST_CASE("socket diag messages: a short TCP_INFO costs the round-trip time and not the session",
          "[netlink]") {
    CHECK(decode_rtt(info_with_rtt(5, 200)) == 5us);  // cut before bytes_sent
    CHECK(decode_rtt(info_with_rtt(5, 76)) == 5us);
    CHECK(decode_rtt(info_with_rtt(5, 75)) == std::nullopt);  // the variance is not all there
    CHECK(decode_rtt(info_with_rtt(5, 3)) == std::nullopt);
    CHECK(decode_rtt({}) == std::nullopt);
    Socket socket;
    socket.info = {};
    const auto session = decode_tcp_session(body_of(socket));
    REQUIRE(session);
    REQUIRE(*session);
    CHECK((*session)->rtt == std::nullopt);
}

TEST_CASE("socket diag messages: a broken attribute costs the round-trip time and not the session",
          "[netlink]") {
    Bytes body = body_of({});
    body.resize(72);
    body.insert(body.end(), {3, 0, 2, 0});  // shorter than its own header
    CHECK((*decode_tcp_session(body))->rtt == std::nullopt);
    body[72] = 200;  // longer than the message
    CHECK((*decode_tcp_session(body))->rtt == std::nullopt);
}

TEST_CASE("socket diag messages: an IPv4 address in an IPv6 socket counts as IPv4", "[netlink]") {
    Socket socket;
    socket.family = 10;
    socket.local = mapped("169.254.0.0");
    socket.remote = mapped("169.254.0.1");
    const auto session = decode_tcp_session(body_of(socket));
    REQUIRE(*session);
    CHECK((*session)->remote == *parse_ipv4("169.254.0.1"));
    socket.remote = Bytes(16, 0x20);
    CHECK_FALSE(*decode_tcp_session(body_of(socket)));
}

TEST_CASE("socket diag messages: a dump that was interrupted is asked for again", "[netlink]") {
    const auto interrupted =
        Dump().message(kSockDiag, body_of({}), MessageHeader::kDumpInterrupted | 2).done().out.bytes();
    CHECK(read(interrupted).progress == DumpReader::Progress::Again);
    const auto at_its_end =
        Dump()
            .message(MessageHeader::kDone, bytes::Writer().u32(0).take(), MessageHeader::kDumpInterrupted)
            .out.bytes();
    CHECK(read(at_its_end).progress == DumpReader::Progress::Again);
}

TEST_CASE("socket diag messages: messages of another dump are ignored", "[netlink]") {
    CHECK(read(Dump{.sequence = 8}.message(kSockDiag, body_of({})).done().out.bytes()).progress ==
          DumpReader::Progress::More);
    CHECK(read(Dump{.port = 98}.message(kSockDiag, body_of({})).out.bytes()).sessions.empty());
}

TEST_CASE("socket diag messages: the kernel's error ends the dump and keeps its number", "[netlink]") {
    const auto missing = Dump().message(MessageHeader::kError, bytes::Writer().u32(0U - 2U).take());
    const auto reading = read(missing.out.bytes());
    REQUIRE_FALSE(reading.progress);
    CHECK(reading.progress.error().detail == ENOENT);
    CHECK(read(Dump().done(0U - 12U).out.bytes()).progress.error().detail == ENOMEM);
}

TEST_CASE("socket diag messages: a datagram that ends early is an error", "[netlink]") {
    Bytes datagram = Dump().message(kSockDiag, body_of({})).out.take();
    datagram.resize(datagram.size() - 9);
    CHECK(read(datagram).progress.error().code == Errc::Truncated);
    CHECK(read({15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}).progress.error().code == Errc::BadValue);
}

TEST_CASE("socket diag messages: on a point-to-point link the local address counts", "[netlink]") {
    bytes::Writer out;
    out.u8(2).u8(31).zeros(6);
    out.u16(8).u16(1).raw(Bytes{169, 254, 0, 1});
    out.u16(8).u16(2).raw(Bytes{169, 254, 0, 0});
    CHECK(*decode_link_address(out.bytes()) == parse_prefix("169.254.0.0/31").value());
    const Bytes without_local(out.bytes().begin(), out.bytes().begin() + 16);
    CHECK(*decode_link_address(without_local) == parse_prefix("169.254.0.1/31").value());
}

TEST_CASE("socket diag messages: an IPv6 address is none of ours", "[netlink]") {
    CHECK(*decode_link_address(bytes::Writer().u8(10).u8(64).zeros(6).take()) == std::nullopt);
}

TEST_CASE("socket diag messages: any bytes give a value or an error", "[netlink]") {
    rc::prop("no decoder runs past its end", [](const Bytes& bytes) {
        (void)decode_tcp_session(bytes);
        (void)decode_link_address(bytes);
        (void)decode_rtt(bytes);
        (void)read(bytes);
    });
}
