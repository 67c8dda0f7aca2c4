#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>

#include "tests/bgp/messages.hpp"

namespace dz::bgp {
namespace {

using namespace test;

constexpr std::string_view kGoodOrigin = "40010100";
constexpr std::string_view kGoodPath = "40020602010000ff3e";
constexpr std::string_view kGoodHop = "400304a9fe0000";

/// What became of 198.18.0.1/32 in an UPDATE with these attributes.
std::string outcome(const std::string& attributes, bool external = true) {
    const auto update = decode_update(update_body("", attributes, "20c6120001"), external);
    if (!update) return "reset " + to_string(update.error());
    if (update->announced.empty()) return "withdraw";
    return update->findings.empty() ? "accept" : "discard";
}

struct Row {
    const char* clause;
    const char* what;
    std::string attributes;
    const char* expected;
};

std::string with(std::string_view extra) {
    return std::string(kGoodOrigin) + std::string(kGoodPath) + std::string(kGoodHop) + std::string(extra);
}

std::vector<Row> rows() {
    const std::string origin(kGoodOrigin), path(kGoodPath), hop(kGoodHop);
    return {
        {"4271 5", "the three mandatory attributes", with(""), "accept"},
        {"7606 3c", "ORIGIN with the optional bit", "c0010100" + path + hop, "withdraw"},
        {"7606 3c", "MULTI_EXIT_DISC as well-known", with("40040400000001"), "withdraw"},
        {"7606 3c", "COMMUNITIES without the transitive bit", with("80080454b204b0"), "withdraw"},
        {"7606 3c", "the partial bit is no conflict", with("e0080454b204b0"), "accept"},
        {"7606 3c", "ATOMIC_AGGREGATE with the optional bit", with("c00600"), "withdraw"},
        {"7606 3c", "AGGREGATOR as well-known", with("4007080000ff3e0a000001"), "withdraw"},
        {"7606 3c", "MP_UNREACH_NLRI with the transitive bit", with("c00f03000101"), "withdraw"},
        {"7606 3d", "ORIGIN is missing", path + hop, "withdraw"},
        {"7606 3d", "AS_PATH is missing", origin + hop, "withdraw"},
        {"7606 3d", "NEXT_HOP is missing", origin + path, "withdraw"},
        {"7606 3g", "MULTI_EXIT_DISC occurs twice", with("80040400000001 80040400000002"), "discard"},
        {"7606 3g", "MP_REACH_NLRI occurs twice",
         with("800e0e00010104a9fe00000020c6120002 800e0e00010104a9fe00000020c6120003"),
         "reset update message error: malformed attribute list (3/1)"},
        {"7606 3h", "one bad attribute withdraws, another is discarded", with("40060101 c0080554b204b000"),
         "withdraw"},
        {"7606 3g", "MP_UNREACH_NLRI occurs twice", with("800f03000101 800f03000101"),
         "reset update message error: malformed attribute list (3/1)"},
        {"7606 4", "an attribute runs past the list", with("c00808000001"), "withdraw"},
        {"7606 4", "two bytes are left over", with("4001"), "withdraw"},
        {"7606 4", "an extended length of one byte", with("d00801"), "withdraw"},
        {"7606 7.1", "ORIGIN of two bytes", "4001020000" + path + hop, "withdraw"},
        {"7606 7.1", "ORIGIN with the value 3", "40010103" + path + hop, "withdraw"},
        {"7606 7.2", "AS_PATH segment of unknown kind", origin + "40020603010000ff3e" + hop, "withdraw"},
        {"7606 7.2", "AS_PATH segment overruns", origin + "40020602020000ff3e" + hop, "withdraw"},
        {"7606 7.2", "AS_PATH segment without an AS", origin + "4002020200" + hop, "withdraw"},
        {"7606 7.2", "AS_PATH with one byte left over", origin + "40020702010000ff3e02" + hop, "withdraw"},
        {"7607 2", "AS 0 in the path", origin + "400206020100000000" + hop, "withdraw"},
        {"4271 5.1.2", "an empty AS_PATH", origin + "400200" + hop, "accept"},
        {"7606 7.3", "NEXT_HOP of three bytes", origin + path + "400303a9fe00", "withdraw"},
        {"4271 6.3", "NEXT_HOP 0.0.0.0", origin + path + "40030400000000", "withdraw"},
        {"4271 6.3", "NEXT_HOP of a group", origin + path + "400304e0000005", "withdraw"},
        {"7606 7.4", "MULTI_EXIT_DISC of three bytes", with("800403000001"), "withdraw"},
        {"7606 7.5", "LOCAL_PREF from outside", with("40050400000064"), "discard"},
        {"7606 7.6", "ATOMIC_AGGREGATE with a value", with("40060101"), "discard"},
        {"7606 7.6", "ATOMIC_AGGREGATE", with("400600"), "accept"},
        {"7606 7.7", "AGGREGATOR of six bytes", with("c00706ff3e0a000001"), "discard"},
        {"7606 7.7", "AGGREGATOR", with("c007080000ff3e0a000001"), "accept"},
        {"7606 7.8", "COMMUNITIES of five bytes", with("c0080554b204b000"), "withdraw"},
        {"7606 7.8", "COMMUNITIES without a community", with("c00800"), "withdraw"},
        {"7606 7.9", "ORIGINATOR_ID from outside", with("8009040a000001"), "discard"},
        {"7606 7.10", "CLUSTER_LIST from outside", with("800a040a000001"), "discard"},
        {"7606 7.11", "MP_REACH_NLRI with a next hop of five bytes", with("800e0a000101050000000000 00"),
         "reset update message error: optional attribute (3/9)"},
        {"7606 5.3", "MP_REACH_NLRI with a prefix of 33 bits", with("800e0f00010104a9fe000000 21c612000100"),
         "reset update message error: optional attribute (3/9)"},
        {"7606 7.11", "MP_REACH_NLRI of nothing", with("800e00"),
         "reset update message error: optional attribute (3/9)"},
        {"4271 6.3", "MP_REACH_NLRI with a next hop of a group", with("800e0e00010104e000000500 20c6120002"),
         "withdraw"},
        {"7606 5.3", "MP_UNREACH_NLRI with a prefix of 33 bits", with("800f09000101 21c612000100"),
         "reset update message error: optional attribute (3/9)"},
        {"7606 7.12", "MP_UNREACH_NLRI of two bytes", with("800f020001"),
         "reset update message error: optional attribute (3/9)"},
        {"4760 3", "MP_REACH_NLRI of a family we did not agree on", with("800e0900020104a9fe000000"),
         "accept"},
        {"7606 7.14", "EXTENDED_COMMUNITIES of seven bytes", with("c0100700020000000000"), "withdraw"},
        {"6793 6", "AS4_PATH from a speaker of four octets", with("c0110602010000ff3e"), "discard"},
        {"6793 6", "AS4_PATH as well-known", with("401106020100 00ff3e"), "discard"},
        {"7606 7.14", "EXTENDED_COMMUNITIES without a community", with("c01000"), "withdraw"},
        {"8092 6", "LARGE_COMMUNITY without a community", with("c02000"), "withdraw"},
        {"6793 6", "AS4_AGGREGATOR from a speaker of four octets", with("c012080000ff3e0a000001"), "discard"},
        {"8092 6", "LARGE_COMMUNITY of eight bytes", with("c020080000000100000002"), "withdraw"},
        {"8092 3", "LARGE_COMMUNITY", with("c0200c000000010000000200000003"), "accept"},
        {"4271 6.3", "an unknown well-known attribute", with("40630101"),
         "reset update message error: unrecognized well-known attribute (3/2)"},
        {"4271 5", "an unknown optional transitive attribute", with("c0630101"), "accept"},
        {"4271 5", "an unknown optional attribute", with("80630101"), "accept"},
    };
}

TEST_CASE("update: a bad attribute is discarded, withdraws the routes or resets the session by its clause",
          "[bgp]") {
    for (const Row& row : rows()) {
        INFO(row.clause << ": " << row.what);
        CHECK(outcome(row.attributes) == row.expected);
    }
}

/// The same without a prefix of the message's own.
std::string outcome_alone(const std::string& attributes) {
    const auto update = decode_update(update_body("20c6120009", attributes, ""), true);
    if (!update) return "reset " + to_string(update.error());
    return update->findings.empty() ? "accept" : std::string(to_string(update->findings.front().treatment));
}

TEST_CASE("update: an error resets the session where no prefix says what it is about (RFC 7606, 5.2)",
          "[bgp]") {
    constexpr auto kReset = "reset update message error: malformed attribute list (3/1)";
    CHECK(outcome_alone("40010103") == kReset);
    CHECK(outcome_alone("40010100 c00808000001") == kReset);
    CHECK(outcome_alone("400304e0000005") == kReset);
    // What is only discarded harms nobody.
    CHECK(outcome_alone("40060101") == "discard");
    CHECK(outcome_alone("40010100") == "accept");
    // Withdrawals alone need no attributes, and MP_REACH_NLRI has prefixes, be they of another family.
    CHECK(outcome_alone("c00f03000101") == "withdraw");
    CHECK(outcome_alone("40010103 800e0900020104a9fe000000") == "withdraw");
}

TEST_CASE("update: attributes of an internal peer are checked instead of discarded", "[bgp]") {
    CHECK(outcome(with("40050400000064"), false) == "accept");
    CHECK(outcome(with("400503000064"), false) == "withdraw");
    CHECK(outcome(with("8009030a0000"), false) == "withdraw");
    CHECK(outcome(with("800a00"), false) == "withdraw");
}

TEST_CASE("update: lengths that contradict the message reset the session with 3/1", "[bgp]") {
    for (const auto body : {"", "00", "0000", "000000", "0005200102", "00000001"}) {
        const auto update = decode_update(hex(body), true);
        INFO(body);
        REQUIRE_FALSE(update);
        CHECK(update.error() == Notification{3, 1, {}});
    }
}

TEST_CASE("update: a prefix that cannot be read resets the session with 3/10", "[bgp]") {
    CHECK(decode_update(update_body("21c6120001", "", ""), true).error() == Notification{3, 10, {}});
    CHECK(decode_update(update_body("20c61200", "", ""), true).error() == Notification{3, 10, {}});
    CHECK(decode_update(update_body("", with(""), "21c6120001"), true).error() == Notification{3, 10, {}});
    CHECK(decode_update(update_body("", with(""), "20c61200"), true).error() == Notification{3, 10, {}});
}

TEST_CASE("update: treated as withdraw, it withdraws what it announces by either way", "[bgp]") {
    const auto update = decode_update(
        update_body("20c6120009",
                    "40010103 40020602010000ff3e 400304a9fe0000 800e0e00010104a9fe00000020c6120002",
                    "20c6120001"),
        true);
    REQUIRE(update);
    CHECK(update->withdrawn ==
          std::vector{prefix("198.18.0.9/32"), prefix("198.18.0.1/32"), prefix("198.18.0.2/32")});
    CHECK(update->announced.empty());
    CHECK_FALSE(update->mp_reach);
    CHECK(update->findings == std::vector<Finding>{{Treatment::Withdraw, 1, "attribute value"}});
}

TEST_CASE("update: IPv4 unicast by MP_REACH and MP_UNREACH is understood", "[bgp]") {
    const auto update = decode_update(
        update_body(
            "", "40010100 40020602010000ff3e 800e0e00010104a9fe00000020c6120002 800f08000101 20c6120003", ""),
        true);
    REQUIRE(update);
    CHECK(update->withdrawn == std::vector{prefix("198.18.0.3/32")});
    CHECK(update->mp_reach == MpReach{ip("169.254.0.0"), {prefix("198.18.0.2/32")}});
    CHECK(update->findings.empty());
}

TEST_CASE("update: communities of all three kinds have texts", "[bgp]") {
    PathAttributes attributes;
    attributes.communities = {21682U << 16 | 1200};
    attributes.extended_communities = {0x0002'FDE8'0000'0064, 0x0103'C000'0201'0007, 0x0202'FA56'EA00'0001,
                                       0x4002'FDE8'0000'0064, 0x800600000000'0000};
    attributes.large_communities = {{4200000000, 1, 2}};
    CHECK(community_texts(attributes) ==
          std::vector<std::string>{"21682:1200", "rt:65000:100", "ro:192.0.2.1:7", "rt:4200000000:1",
                                   "0x4002fde800000064", "0x8006000000000000", "4200000000:1:2"});
}

TEST_CASE("update: communities, aggregator and unknown transitive attributes stay with the route", "[bgp]") {
    const auto update = decode_update(
        update_body("",
                    with("c0080854b204b054b20514 c010080002000100000002 c0200c000000010000000200000003 "
                         "c007080000ff3e0a000001 e0630401020304"),
                    "20c6120001"),
        true);
    REQUIRE(update);
    REQUIRE(update->attributes);
    CHECK(community_text(update->attributes->communities.at(0)) == "21682:1200");
    CHECK(community_text(update->attributes->communities.at(1)) == "21682:1300");
    CHECK(update->attributes->extended_communities == std::vector<std::uint64_t>{0x0002000100000002});
    CHECK(update->attributes->large_communities == std::vector<LargeCommunity>{{1, 2, 3}});
    CHECK(update->attributes->aggregator == Aggregator{kDeviceAs, ip("10.0.0.1")});
    CHECK(update->attributes->unknown == std::vector<UnknownAttribute>{{0xE0, 99, {1, 2, 3, 4}}});
}

TEST_CASE("update: host bits of a prefix are cleared", "[bgp]") {
    const auto update = decode_update(update_body("0affff", "", ""), true);
    REQUIRE(update);
    CHECK(update->withdrawn == std::vector{prefix("255.192.0.0/10")});
}

TEST_CASE("update: an empty one ends the initial routes", "[bgp]") {
    CHECK(decode_update(update_body("", "", ""), true)->end_of_rib);
    CHECK(decode_update(update_body("", "800f03000101", ""), true)->end_of_rib);
    CHECK_FALSE(decode_update(update_body("", "800f03000201", ""), true)->end_of_rib);
    CHECK_FALSE(decode_update(update_body("20c6120001", "", ""), true)->end_of_rib);
    CHECK_FALSE(decode_update(update_body("", with(""), ""), true)->end_of_rib);
}

// --- properties ---

rc::Gen<Prefix> any_prefix() {
    return rc::gen::map(
        rc::gen::pair(rc::gen::arbitrary<std::uint32_t>(), rc::gen::inRange(0, 33)),
        [](auto pair) { return Prefix{Ipv4(pair.first), static_cast<std::uint8_t>(pair.second)}.network(); });
}

rc::Gen<Asn> any_asn() {
    return rc::gen::map(rc::gen::inRange<std::uint32_t>(1, 0xFFFFFFFF),
                        [](auto value) { return Asn{value}; });
}

PathAttributes any_attributes() {
    PathAttributes a;
    a.origin = static_cast<Origin>(*rc::gen::inRange(0, 3));
    a.next_hop = Ipv4(*rc::gen::inRange<std::uint32_t>(1, 0xE0000000));
    for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
        const auto kind = *rc::gen::element(AsSegment::Kind::Set, AsSegment::Kind::Sequence);
        a.as_path.push_back({kind, *rc::gen::nonEmpty(rc::gen::container<std::vector<Asn>>(any_asn()))});
    }
    if (*rc::gen::arbitrary<bool>()) a.med = *rc::gen::arbitrary<std::uint32_t>();
    if (*rc::gen::arbitrary<bool>()) a.local_pref = *rc::gen::arbitrary<std::uint32_t>();
    a.atomic_aggregate = *rc::gen::arbitrary<bool>();
    if (*rc::gen::arbitrary<bool>())
        a.aggregator = Aggregator{*any_asn(), Ipv4(*rc::gen::arbitrary<std::uint32_t>())};
    a.communities = *rc::gen::arbitrary<std::vector<std::uint32_t>>();
    a.extended_communities = *rc::gen::arbitrary<std::vector<std::uint64_t>>();
    if (*rc::gen::arbitrary<bool>()) a.large_communities = {{1, 2, 3}};
    if (*rc::gen::arbitrary<bool>()) a.unknown = {{0xC0, 99, *rc::gen::arbitrary<Bytes>()}};
    return a;
}

TEST_CASE("update: every one that fits a message survives its wire form", "[bgp]") {
    rc::prop("round trip", [] {
        Update update;
        const auto prefixes = rc::gen::container<std::vector<Prefix>>(any_prefix());
        update.withdrawn = *prefixes;
        update.announced = *prefixes;
        if (*rc::gen::arbitrary<bool>()) {
            const auto some = *rc::gen::nonEmpty(prefixes);
            update.mp_reach = MpReach{ip("169.254.0.0"), some};
        }
        if (!update.announced.empty() || update.mp_reach) update.attributes = any_attributes();
        update.end_of_rib = update.withdrawn.empty() && !update.attributes;
        const Bytes bytes = encode(update);
        const auto again = decode_update(ByteView(bytes).subspan(kHeaderSize), false);
        RC_ASSERT(again.has_value());
        RC_ASSERT(*again == update);
    });
}

TEST_CASE("decoders: arbitrary bytes give a value or a notification", "[bgp]") {
    rc::prop("total", [](const Bytes& body, std::uint8_t type, bool external) {
        const auto message = decode(static_cast<MessageType>(type), body, external);
        if (!message) RC_ASSERT(message.error().code >= 1 && message.error().code <= 3);
    });
}

}  // namespace
}  // namespace dz::bgp
