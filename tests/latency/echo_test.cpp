// Tests for ICMP echo messages.
#include "protocols/latency/echo.hpp"

#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>

using namespace dz;
using namespace dz::latency;

namespace {

constexpr Echo kEcho{.id = 0x1234, .sequence = 7, .cookie = 0x0102030405060708};

/// What a host answers to a request: the same with type 0, and its checksum.
Bytes reply_to(Bytes message) {
    message[0] = 0;
    message[2] = message[3] = 0;
    const std::uint16_t sum = internet_checksum(message);
    message[2] = static_cast<std::uint8_t>(sum >> 8);
    message[3] = static_cast<std::uint8_t>(sum & 0xFF);
    return message;
}

Bytes packet_from(Ipv4 source, const Bytes& message, std::uint8_t header_words = 5) {
    bytes::Writer out;
    out.u8(static_cast<std::uint8_t>(0x40 | header_words)).zeros(8).u8(1).be16(0);
    out.be32(source.to_uint()).be32(0).zeros((header_words - 5U) * 4U).raw(message);
    return out.take();
}

}  // namespace

TEST_CASE("echo: a request is 64 bytes whose checksum makes the sum zero", "[latency]") {
    const Bytes request = encode_request(kEcho);
    CHECK(request.size() == 64);
    CHECK(to_hex(ByteView(request).first(2)) == "0800");
    CHECK(to_hex(ByteView(request).subspan(4, 12)) == "123400070102030405060708");
    CHECK(internet_checksum(request) == 0);
}

TEST_CASE("echo: the checksum of the standard's example, and of an odd number of bytes", "[latency]") {
    CHECK(internet_checksum(*from_hex("0001f203f4f5f6f7")) == 0x220d);
    CHECK(internet_checksum(*from_hex("0001f203f4f5f6f7ab")) ==
          internet_checksum(*from_hex("0001f203f4f5f6f7ab00")));
    CHECK(internet_checksum({}) == 0xFFFF);
}

TEST_CASE("echo: whatever was sent is known by its reply", "[latency]") {
    rc::prop("decode(reply(encode(x))) == x",
             [](std::uint16_t id, std::uint16_t sequence, std::uint64_t cookie) {
                 const Echo echo{.id = id, .sequence = sequence, .cookie = cookie};
                 RC_ASSERT((decode_reply(reply_to(encode_request(echo))) == echo));
             });
}

TEST_CASE("echo: a request, a damaged reply, a short one and other messages are refused", "[latency]") {
    const Bytes reply = reply_to(encode_request(kEcho));
    CHECK(decode_reply(encode_request(kEcho)).error().code == Errc::BadValue);
    for (const std::size_t place : {2U, 4U, 20U, 63U}) {
        Bytes damaged = reply;
        damaged[place] ^= 1;
        CHECK(decode_reply(damaged).error().code == Errc::BadValue);
    }
    for (std::size_t size = 0; size < 16; ++size)
        CHECK(decode_reply(ByteView(reply).first(size)).error().code == Errc::Truncated);
    Bytes unreachable = reply;
    unreachable[0] = 3;
    CHECK_THAT(decode_reply(unreachable).error().text, Catch::Contains("type 3"));
}

TEST_CASE("echo: a packet gives its source and what it carries, with options in its header too",
          "[latency]") {
    const Bytes reply = reply_to(encode_request(kEcho));
    for (const auto words : std::initializer_list<std::uint8_t>{5, 6, 15}) {
        const Bytes packet = packet_from(*parse_ipv4("9.200.0.1"), reply, words);
        const auto carried = unwrap(packet);
        REQUIRE(carried);
        CHECK(carried->source == *parse_ipv4("9.200.0.1"));
        CHECK(decode_reply(carried->message) == kEcho);
    }
}

TEST_CASE("echo: packets of other protocols and versions, and cut ones, are refused", "[latency]") {
    const Bytes packet = packet_from(*parse_ipv4("9.200.0.1"), reply_to(encode_request(kEcho)), 6);
    for (std::size_t size = 0; size < 24; ++size) CHECK_FALSE(unwrap(ByteView(packet).first(size)));
    Bytes other = packet;
    other[9] = 17;
    CHECK_FALSE(unwrap(other));
    other = packet;
    other[0] = 0x65;
    CHECK_FALSE(unwrap(other));
    other[0] = 0x44;  // a header shorter than any
    CHECK_FALSE(unwrap(other));
}
