#include "protocols/bgp/filter.hpp"

#include <catch2/catch.hpp>

#include "tests/bgp/messages.hpp"

namespace dz::bgp {
namespace {

using namespace test;

RouteFilter filter(std::string_view json) {
    auto parsed = RouteFilter::parse(json);
    INFO(json);
    REQUIRE(parsed);
    return *parsed;
}

std::string error_of(std::string_view json) {
    const auto parsed = RouteFilter::parse(json);
    INFO(json);
    REQUIRE_FALSE(parsed);
    return parsed.error().text;
}

TEST_CASE("filter: a file of the reference's form excludes the hosts it names", "[bgp]") {
    const auto hosts = filter(R"({"exclude": ["198.51.100.7", "198.51.100.8"]})");
    CHECK(hosts.size() == 2);
    CHECK(hosts.excludes(prefix("198.51.100.7/32")));
    CHECK(hosts.excludes(prefix("198.51.100.8/32")));
    CHECK_FALSE(hosts.excludes(prefix("198.51.100.9/32")));
}

TEST_CASE("filter: a prefix excludes every route inside it, and none around it", "[bgp]") {
    const auto block = filter(R"({"exclude": ["4.4.0.0/16"]})");
    CHECK(block.excludes(prefix("4.4.4.4/32")));
    CHECK(block.excludes(prefix("4.4.4.0/24")));
    CHECK(block.excludes(prefix("4.4.0.0/16")));
    CHECK_FALSE(block.excludes(prefix("4.0.0.0/8")));
    CHECK_FALSE(block.excludes(prefix("4.5.0.0/32")));
}

TEST_CASE("filter: the longest entry around a route decides, whichever list it is in", "[bgp]") {
    const auto nested =
        filter(R"({"exclude": ["0.0.0.0/0", "4.4.4.4"], "include": ["4.4.0.0/16", "5.5.5.5"]})");
    CHECK(nested.excludes(prefix("8.8.8.8/32")));
    CHECK_FALSE(nested.excludes(prefix("4.4.4.5/32")));
    CHECK(nested.excludes(prefix("4.4.4.4/32")));
    CHECK_FALSE(nested.excludes(prefix("5.5.5.5/32")));
    CHECK(nested.excludes(prefix("5.5.5.0/24")));
    CHECK(nested.excludes(prefix("0.0.0.0/0")));
}

TEST_CASE("filter: without entries everything passes", "[bgp]") {
    CHECK(filter(R"({"exclude": []})") == RouteFilter());
    CHECK_FALSE(RouteFilter().excludes(prefix("198.51.100.7/32")));
    CHECK_FALSE(filter(R"({"exclude": [], "include": ["4.4.4.4"]})").excludes(prefix("5.5.5.5/32")));
}

TEST_CASE("filter: host bits are cleared, repetitions counted once, IPv6 and other keys ignored", "[bgp]") {
    const auto read = filter(
        R"({"comment": "ours", "exclude": ["198.51.100.9/24", "198.51.100.0/24", "2001:db8::1", "2001:db8::/32"]})");
    CHECK(read == RouteFilter::excluding({prefix("198.51.100.0/24")}));
    CHECK(read.size() == 1);
    CHECK_FALSE(read == RouteFilter::excluding({prefix("198.51.101.0/24")}));
    CHECK_FALSE(read == RouteFilter());
}

TEST_CASE("filter: garbage is an error that names the entry", "[bgp]") {
    for (const auto text :
         {R"({"exclude": ["198.51.100.7/33"]})", R"({"exclude": [7]})", R"({"exclude": "198.51.100.7"})",
          R"({"include": []})", R"({})", "", "[]", R"({"exclude": [], "include": 7})"}) {
        INFO(text);
        CHECK_FALSE(RouteFilter::parse(text));
    }
    CHECK_THAT(error_of(R"({"exclude": ["nonsense"]})"),
               Catch::Contains("exclude") && Catch::Contains("nonsense"));
    CHECK_THAT(error_of(R"({"exclude": ["4.4.4.4"], "include": ["4.4.4.4/32"]})"),
               Catch::Contains("4.4.4.4/32 is both excluded and included"));
    std::string many = R"({"exclude": [)";
    for (std::size_t i = 0; i <= kMaxFilterEntries; ++i) many += "\"4.4.4.4\",";
    many.back() = ']';
    CHECK_THAT(error_of(many + "}"), Catch::Contains("10001 entries"));
}

}  // namespace
}  // namespace dz::bgp
