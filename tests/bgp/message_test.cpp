#include "protocols/bgp/message.hpp"

#include <catch2/catch.hpp>

#include "tests/bgp/messages.hpp"

namespace dz::bgp {
namespace {

using namespace test;

constexpr std::string_view kMarker = "ffffffffffffffffffffffffffffffff";

Bytes wire(std::string_view rest) {
    return hex(std::string(kMarker) + std::string(rest));
}

/// What the framer says of exactly these bytes.
std::string framed(const Bytes& bytes) {
    Framer framer;
    framer.feed(bytes);
    const auto frame = framer.next();
    if (!frame) return to_string(frame.error());
    return *frame ? "message" : "incomplete";
}

Decoded<Open> opened(std::string_view body) {
    return decode_open(hex(body));
}

TEST_CASE("open: the reference's capability list has the reference's bytes", "[bgp]") {
    const Open open{.asn = 65000,
                    .hold_time = 90,
                    .identifier = ip("1.1.1.1"),
                    .capabilities = {capability::four_octet_asn({65000}), capability::ipv4_unicast()}};
    const Bytes expected = wire("002b01 04fde8005a01010101 0e 020c 41040000fde8 010400010001");
    CHECK(to_hex(encode(open)) == to_hex(expected));
    CHECK(decode_open(ByteView(expected).subspan(kHeaderSize)) == open);
}

TEST_CASE("update: one host route has the reference's bytes", "[bgp]") {
    Update update;
    update.attributes.emplace();
    update.attributes->as_path = {{AsSegment::Kind::Sequence, {{65000}}}};
    update.attributes->next_hop = ip("169.254.0.1");
    update.announced = {prefix("203.0.114.7/32")};
    const Bytes expected = wire("003002 0000 0014 40010100 400304a9fe0001 40020602010000fde8 20cb007207");
    CHECK(to_hex(encode(update)) == to_hex(expected));
    CHECK(decode_update(ByteView(expected).subspan(kHeaderSize), true) == update);
}

TEST_CASE("open: a version other than 4 is answered with 2/1 and the version we speak", "[bgp]") {
    CHECK(opened("03fde8005a0101010100").error() == Notification{2, 1, {0, 4}});
}

TEST_CASE("open: parameters that do not fill their length are answered with 2/0", "[bgp]") {
    CHECK(opened("04fde8005a0101010105 020641").error() == Notification{2, 0, {}});
    CHECK(opened("04fde8005a0101010103 020141").error() == Notification{2, 0, {}});
    CHECK(opened("04fde8005a0101010100 00").error() == Notification{2, 0, {}});
}

TEST_CASE("open: a parameter that is not the list of capabilities is answered with 2/4", "[bgp]") {
    CHECK(opened("04fde8005a0101010102 0100").error() == Notification{2, 4, {}});
}

TEST_CASE("open: capabilities may be spread over several parameters", "[bgp]") {
    const auto open = opened("04fde8005a01010101 0e 020641040000fde8 020401020001");
    REQUIRE(open);
    CHECK(open->capabilities.size() == 2);
    CHECK(open->four_octet_asn() == Asn{65000});
}

TEST_CASE("open: the extended length form of RFC 9072 is read, and written when needed", "[bgp]") {
    const auto open = opened("04fde8005a01010101 ff ff 0009 02 0006 41040000fde8");
    REQUIRE(open);
    CHECK(open->four_octet_asn() == Asn{65000});

    Open long_one{.asn = 65000, .hold_time = 90, .identifier = ip("1.1.1.1"), .capabilities = {}};
    for (std::uint8_t i = 0; i < 4; ++i)
        long_one.capabilities.push_back({static_cast<std::uint8_t>(128 + i), Bytes(100)});
    CHECK(decode_open(ByteView(encode(long_one)).subspan(kHeaderSize)) == long_one);
}

TEST_CASE("open: a peer without any multiprotocol capability speaks IPv4 unicast", "[bgp]") {
    Open open;
    CHECK(open.ipv4_unicast());
    open.capabilities = {{capability::kMultiprotocol, {0, 2, 0, 1}}};
    CHECK_FALSE(open.ipv4_unicast());
    open.capabilities.push_back(capability::ipv4_unicast());
    CHECK(open.ipv4_unicast());
}

TEST_CASE("open: graceful restart survives its wire form", "[bgp]") {
    const GracefulRestart said{
        .restarted = true, .seconds = 4095, .ipv4_unicast = true, .forwarding_kept = true};
    Open open;
    CHECK(open.graceful_restart() == std::nullopt);
    open.capabilities = {capability::graceful_restart(said)};
    CHECK(open.graceful_restart() == said);
    open.capabilities = {{capability::kGracefulRestart, {0}}};
    CHECK(open.graceful_restart() == std::nullopt);
}

TEST_CASE("header: what is wrong with it decides about the answer", "[bgp]") {
    CHECK(framed(hex("fffffffffffffffffffffffffffffffe001304")) ==
          "message header error: not synchronized (1/1)");
    CHECK(framed(wire("001204")) == "message header error: bad length (1/2)");
    CHECK(framed(wire("100102")) == "message header error: bad length (1/2)");
    CHECK(framed(wire("001404")) == "message header error: bad length (1/2)");
    CHECK(framed(wire("001c01")) == "message header error: bad length (1/2)");
    CHECK(framed(wire("001602")) == "message header error: bad length (1/2)");
    CHECK(framed(wire("001403")) == "message header error: bad length (1/2)");
    CHECK(framed(wire("001605")) == "message header error: bad length (1/2)");
    CHECK(framed(wire("001300")) == "message header error: bad type (1/3)");
    CHECK(framed(wire("001306")) == "message header error: bad type (1/3)");
    CHECK(framed(wire("001304")) == "message");
    CHECK(framed(wire("0013")) == "incomplete");
}

TEST_CASE("framer: messages come out whole however the stream is cut", "[bgp]") {
    Bytes stream;
    for (const Message& message :
         {Message(Keepalive{}), Message(announcement({"198.18.0.1/32"})), Message(Keepalive{})}) {
        const Bytes one = encode(message);
        stream.insert(stream.end(), one.begin(), one.end());
    }
    for (std::size_t step = 1; step <= stream.size(); ++step) {
        Framer framer;
        std::vector<MessageType> types;
        for (std::size_t at = 0; at < stream.size(); at += step) {
            framer.feed(ByteView(stream).subspan(at, std::min(step, stream.size() - at)));
            for (auto frame = framer.next(); frame && *frame; frame = framer.next())
                types.push_back((*frame)->type);
        }
        CHECK(types == std::vector{MessageType::Keepalive, MessageType::Update, MessageType::Keepalive});
        CHECK(framer.pending() == 0);
    }
}

TEST_CASE("notification: its text names code and subcode", "[bgp]") {
    CHECK(to_string(Notification{4, 0, {}}) == "hold timer expired (4/0)");
    CHECK(to_string(Notification{6, 2, {}}) == "cease: administrative shutdown (6/2)");
    CHECK(to_string(Notification{99, 250, {}}) == "unknown error (99/250)");
}

TEST_CASE("messages: the short ones survive their wire form", "[bgp]") {
    for (const Message& message :
         {Message(Notification{6, 4, {1, 2, 3}}), Message(Keepalive{}), Message(RouteRefresh{2, 1, 128})}) {
        const Bytes bytes = encode(message);
        CHECK(decode(type_of(message), ByteView(bytes).subspan(kHeaderSize), true) == message);
    }
}

}  // namespace
}  // namespace dz::bgp
