// Tests for the encoders of BMP: each message byte by byte, as RFC 7854 lays it out.
#include "protocols/bgp/bmp.hpp"

#include <catch2/catch.hpp>

#include "tests/bgp/messages.hpp"

namespace dz::bgp::bmp {
namespace {

using namespace test;

const Peer kPeer{.address = ip("169.254.0.0"), .asn = kDeviceAs, .identifier = ip("10.0.0.1")};
constexpr WallTime kWhen{1'700'000'000s + 123'456us};

/// Section 4.2: type, flags, distinguisher, address, AS, identifier, seconds, microseconds.
const std::string kAboutPeer =
    "00 00 0000000000000000 000000000000000000000000a9fe0000 0000ff3e 0a000001 6553f100 0001e240";
const std::string kMarker = "ffffffffffffffffffffffffffffffff";

TEST_CASE("bmp: Initiation names the system (RFC 7854, sections 4.3 and 4.4)", "[bgp]") {
    CHECK(initiation("host7", "doublezerod 0.34") == hex("03 00000023 04"
                                                         "0001 0010 646f75626c657a65726f6420302e3334"
                                                         "0002 0005 686f737437"));
    CHECK(initiation("", std::string(70'000, 'x')).size() == 6 + 4 + 0xFFFF + 4);
}

TEST_CASE("bmp: Termination says that the session was closed on purpose (section 4.5)", "[bgp]") {
    CHECK(termination() == hex("03 0000000c 05 0001 0002 0000"));
}

TEST_CASE("bmp: Peer Up carries both OPENs (section 4.10)", "[bgp]") {
    const Open sent{.asn = 65000,
                    .hold_time = 90,
                    .identifier = ip("1.1.1.1"),
                    .capabilities = {capability::four_octet_asn(kClientAs)}};
    const Open received{.asn = 65342,
                        .hold_time = 3,
                        .identifier = ip("10.0.0.1"),
                        .capabilities = {capability::ipv4_unicast()}};
    const PeerUp up{.local_address = ip("169.254.0.1"),
                    .local_port = 40000,
                    .remote_port = 179,
                    .sent = sent,
                    .received = received};
    CHECK(peer_up(kPeer, kWhen, up) ==
          hex("03 0000008e 03" + kAboutPeer + "000000000000000000000000a9fe0001 9c40 00b3" +  //
              kMarker + "0025 01 04 fde8 005a 01010101 08 0206 4104 0000fde8" + kMarker +
              "0025 01 04 ff3e 0003 0a000001 08 0206 0104 00010001"));
}

TEST_CASE("bmp: Peer Down says who ended the session, and how (section 4.9)", "[bgp]") {
    const Notification shutdown{error::kCease, error::kShutdown, {}};
    const std::string cease = kMarker + "0015 03 06 02";
    CHECK(peer_down(kPeer, kWhen, {DownReason::LocalNotification, shutdown}) ==
          hex("03 00000046 02" + kAboutPeer + "01" + cease));
    CHECK(peer_down(kPeer, kWhen, {DownReason::LocalSilence, {}}) ==
          hex("03 00000033 02" + kAboutPeer + "02 0002"));
    CHECK(peer_down(kPeer, kWhen, {DownReason::RemoteNotification, shutdown}) ==
          hex("03 00000046 02" + kAboutPeer + "03" + cease));
    CHECK(peer_down(kPeer, kWhen, {DownReason::RemoteSilence, {}}) ==
          hex("03 00000031 02" + kAboutPeer + "04"));
}

TEST_CASE("bmp: Route Monitoring wraps an UPDATE (section 4.6)", "[bgp]") {
    CHECK(route_monitoring(kPeer, kWhen, withdrawal({"198.18.0.7/32"})) ==
          hex("03 0000004c 00" + kAboutPeer + kMarker + "001c 02 0005 20c6120007 0000"));

    Update update;
    update.attributes.emplace();
    update.attributes->next_hop = kPeer.address;
    update.attributes->as_path = {{AsSegment::Kind::Sequence, {kDeviceAs}}};
    update.announced = {prefix("198.18.0.7/32")};
    CHECK(route_monitoring(kPeer, kWhen, update) ==
          hex("03 00000060 00" + kAboutPeer + kMarker +
              "0030 02 0000 0014 40010100 400304a9fe0000 400206 0201 0000ff3e 20c6120007"));

    Update mark;
    mark.end_of_rib = true;
    CHECK(route_monitoring(kPeer, kWhen, mark) ==
          hex("03 00000047 00" + kAboutPeer + kMarker + "0017 02 0000 0000"));
}

TEST_CASE("bmp: an UPDATE of which nothing is left is no End-of-RIB", "[bgp]") {
    Update update;
    CHECK(route_monitoring(kPeer, kWhen, update) == std::nullopt);
    update.attributes.emplace();
    CHECK(route_monitoring(kPeer, kWhen, update) == std::nullopt);
}

TEST_CASE("bmp: Stats Report counts routes and withdrawn UPDATEs (section 4.8)", "[bgp]") {
    CHECK(statistics(kPeer, kWhen, {.routes = 3, .treated_as_withdraw = 2}) ==
          hex("03 00000048 01" + kAboutPeer + "00000002 0007 0008 0000000000000003 000b 0004 00000002"));
}

TEST_CASE("bmp: routes that share attributes fill UPDATEs up to what a message may be", "[bgp]") {
    std::vector<Prefix> prefixes;
    for (std::uint32_t i = 0; i < 2000; ++i) prefixes.push_back({Ipv4(0xC6120000 + i), 32});
    const auto updates = pack(device_attributes(), prefixes);
    REQUIRE(updates.size() == 3);
    std::vector<Prefix> found;
    for (const Update& update : updates) {
        CHECK(encode(update).size() <= kMaxMessage);
        CHECK(update.attributes == device_attributes());
        found.insert(found.end(), update.announced.begin(), update.announced.end());
    }
    CHECK(encode(updates.front()).size() > kMaxMessage - 5);
    CHECK(found == prefixes);
    CHECK(pack(device_attributes(), {}).empty());
}

TEST_CASE("bmp: the address of a station is a name or an address, and a port", "[bgp]") {
    CHECK(parse_station("bmp.example.net:11019") == Station{"bmp.example.net", 11019});
    CHECK(parse_station("192.0.2.1:5000") == Station{"192.0.2.1", 5000});
    CHECK(parse_station("[2001:db8::1]:5000") == Station{"2001:db8::1", 5000});
    for (const auto* bad : {"", "host", ":5000", "host:", "host:0", "host:65536", "host:5x", "2001:db8::1:5",
                            "[]:5", "a b:5", "http://host:5"}) {
        INFO(bad);
        CHECK_FALSE(parse_station(bad));
    }
}

}  // namespace
}  // namespace dz::bgp::bmp
