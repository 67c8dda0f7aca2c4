#include "base/ip.hpp"

#include <fmt/format.h>
#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>

using namespace dz;

namespace {

Prefix prefix(std::string_view text) {
    return parse_prefix(text).value();
}
Ipv4 address(std::string_view text) {
    return parse_ipv4(text).value();
}

}  // namespace

TEST_CASE("ip: a dotted quad is four decimal octets and nothing else", "[base]") {
    CHECK(address("192.0.2.1").to_uint() == 0xc0000201);
    CHECK(address("255.255.255.255").to_uint() == 0xffffffff);
    for (const char* text :
         {"", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", " 1.2.3.4", "1..3.4", "1.2.3.",
          ".1.2.3", "+1.2.3.4", "-1.2.3.4", "0x1.2.3.4", "::1", "1.2.3.99999999999"})
        CHECK(parse_ipv4(text).error().code == Errc::BadValue);
    CHECK(!parse_ipv4(std::string_view("1.2.3.4\0", 8)));
    CHECK(parse_ipv4("300.1.1.1").error().text == "not an IPv4 address: 300.1.1.1");
}

TEST_CASE("ip: a prefix is an address, a slash and a length up to 32", "[base]") {
    CHECK(prefix("192.0.2.77/24") == Prefix{address("192.0.2.77"), 24});
    for (const char* text : {"192.0.2.0", "192.0.2.0/", "192.0.2.0/33", "192.0.2.0/024", "192.0.2.0/-1",
                             "192.0.2.0/24/", "192.0.2/24", "/24"})
        CHECK(parse_prefix(text).error().code == Errc::BadValue);
}

TEST_CASE("ip: addresses and prefixes survive the round trip through text", "[base]") {
    rc::prop("round trip", [](std::uint32_t number) {
        const auto length = static_cast<std::uint8_t>(*rc::gen::inRange(0, 33));
        const Prefix original{Ipv4(number), length};
        RC_ASSERT(parse_ipv4(original.address.to_string()).value() == original.address);
        RC_ASSERT(parse_prefix(original.to_string()).value() == original);
    });
}

TEST_CASE("prefix: host bits stay until network() clears them", "[base]") {
    CHECK(prefix("10.1.2.3/8").to_string() == "10.1.2.3/8");
    CHECK(prefix("10.1.2.3/8").network() == prefix("10.0.0.0/8"));
    CHECK(prefix("10.1.2.3/8").first() == address("10.0.0.0"));
    CHECK(prefix("10.1.2.3/8").last() == address("10.255.255.255"));
    CHECK(prefix("10.1.2.3/8").netmask() == address("255.0.0.0"));
    CHECK(prefix("10.1.2.3/0").last() == address("255.255.255.255"));
    CHECK(host_prefix(address("10.1.2.3")).first() == address("10.1.2.3"));
}

TEST_CASE("prefix: contains addresses and longer prefixes inside it", "[base]") {
    CHECK(prefix("192.0.2.9/31").contains(address("192.0.2.8")));
    CHECK(!prefix("192.0.2.9/31").contains(address("192.0.2.10")));
    CHECK(prefix("0.0.0.0/0").contains(address("255.1.2.3")));
    CHECK(prefix("192.0.2.0/24").contains(prefix("192.0.2.128/25")));
    CHECK(prefix("192.0.2.0/24").contains(prefix("192.0.2.0/24")));
    CHECK(!prefix("192.0.2.0/24").contains(prefix("192.0.2.0/23")));
}

TEST_CASE("prefix: ordered by address, then length", "[base]") {
    CHECK(prefix("9.0.0.0/32") < prefix("10.0.0.0/8"));
    CHECK(prefix("10.0.0.0/8") < prefix("10.0.0.0/9"));
}

TEST_CASE("ip: the tables of addresses that are not global, at their edges", "[base]") {
    const std::pair<const char*, const char*> ranges[] = {
        {"0.0.0.0", "0.255.255.255"},       {"10.0.0.0", "10.255.255.255"},
        {"100.64.0.0", "100.127.255.255"},  {"127.0.0.0", "127.255.255.255"},
        {"169.254.0.0", "169.254.255.255"}, {"172.16.0.0", "172.31.255.255"},
        {"192.0.0.0", "192.0.0.255"},       {"192.0.2.0", "192.0.2.255"},
        {"192.168.0.0", "192.168.255.255"}, {"198.51.100.0", "198.51.100.255"},
        {"203.0.113.0", "203.0.113.255"},   {"224.0.0.0", "239.255.255.255"},
        {"240.0.0.0", "255.255.255.255"},
    };
    for (const auto& [first, last] : ranges) {
        CHECK(!is_global(address(first)));
        CHECK(!is_global(address(last)));
    }
    for (const char* text :
         {"1.0.0.0",         "9.255.255.255",   "11.0.0.0",        "100.63.255.255", "100.128.0.0",
          "126.255.255.255", "128.0.0.0",       "169.253.255.255", "169.255.0.0",    "172.15.255.255",
          "172.32.0.0",      "191.255.255.255", "192.0.1.0",       "192.0.3.0",      "192.167.255.255",
          "192.169.0.0",     "198.18.0.0",      "198.19.255.255",  "203.0.114.0",    "223.255.255.255"})
        CHECK(is_global(address(text)));
    CHECK(is_private(address("172.31.0.1")));
    CHECK(!is_private(address("100.64.0.1")));
    CHECK(is_link_local(address("169.254.7.7")));
}

TEST_CASE("ip: text forms for JSON and format strings", "[base]") {
    CHECK(to_text_or_empty(Ipv4()).empty());
    CHECK(to_text_or_empty(address("192.0.2.1")) == "192.0.2.1");
    CHECK(fmt::format("{} {:>14}", address("192.0.2.1"), prefix("10.0.0.0/8")) == "192.0.2.1     10.0.0.0/8");
    CHECK(plus(address("192.0.2.255"), 1) == address("192.0.3.0"));
    CHECK(plus(address("255.255.255.255"), 1) == address("0.0.0.0"));
}
