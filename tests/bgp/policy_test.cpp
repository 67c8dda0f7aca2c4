#include "protocols/bgp/policy.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "tests/bgp/messages.hpp"

namespace dz::bgp {
namespace {

using namespace test;

Policy any_length() {
    Policy policy;
    policy.shortest = 0;
    return policy;
}

std::string_view verdict(const Policy& policy, std::string_view route,
                         std::string_view next_hop = "169.254.0.0") {
    return to_string(judge(policy, prefix(route), ip(next_hop), ip("169.254.0.0")));
}

TEST_CASE("policy: every verdict has a name of its own, and all but one a reason", "[bgp]") {
    std::set<std::string_view> names, reasons;
    for (std::size_t i = 0; i < kVerdicts; ++i) {
        names.insert(to_string(static_cast<Verdict>(i)));
        reasons.insert(reason(static_cast<Verdict>(i)));
    }
    CHECK(names.size() == kVerdicts);
    CHECK(reasons.size() == kVerdicts);
    CHECK_FALSE(names.contains("unknown"));
    CHECK(reason(Verdict::Accepted).empty());
}

TEST_CASE("policy: a public host route by the neighbour is accepted", "[bgp]") {
    CHECK(verdict({}, "198.18.0.7/32") == "accepted");
    CHECK(verdict({}, "4.4.4.4/32") == "accepted");
}

TEST_CASE("policy: the default route is refused whatever the shortest length", "[bgp]") {
    CHECK(verdict(any_length(), "0.0.0.0/0") == "default_route");
}

TEST_CASE("policy: prefixes shorter than the limit are refused", "[bgp]") {
    CHECK(verdict({}, "4.4.4.0/24") == "too_short");
    Policy policy;
    policy.shortest = 24;
    CHECK(verdict(policy, "4.4.4.0/24") == "accepted");
    CHECK(verdict(policy, "4.4.4.0/23") == "too_short");
}

TEST_CASE("policy: blocks that are never routed are refused from inside and from around", "[bgp]") {
    for (const auto route :
         {"10.1.2.3/32", "127.0.0.1/32", "169.254.0.5/32", "172.31.255.1/32", "192.168.1.1/32",
          "100.64.0.1/32", "224.0.0.13/32", "255.255.255.255/32", "0.0.0.0/32", "192.0.2.1/32"}) {
        INFO(route);
        CHECK(verdict({}, route) == "martian");
    }
    CHECK(verdict(any_length(), "192.0.0.0/8") == "martian");
    CHECK(verdict(any_length(), "128.0.0.0/1") == "martian");
    CHECK(verdict(any_length(), "8.0.0.0/8") == "accepted");
}

TEST_CASE("policy: a host route to an address of ours is refused, a prefix around it is not", "[bgp]") {
    Policy policy = any_length();
    policy.own_addresses = {ip("198.18.0.5")};
    CHECK(verdict(policy, "198.18.0.5/32") == "own_address");
    CHECK(verdict(policy, "198.18.0.0/24") == "accepted");
}

TEST_CASE("policy: whatever covers an endpoint of the tunnel is refused", "[bgp]") {
    Policy policy = any_length();
    policy.protected_addresses = {ip("198.18.9.1")};
    CHECK(verdict(policy, "198.18.9.1/32") == "captures_tunnel");
    CHECK(verdict(policy, "198.18.0.0/16") == "captures_tunnel");
    CHECK(verdict(policy, "198.18.9.2/32") == "accepted");
}

TEST_CASE("policy: a next hop that is not the neighbour is refused unless third parties are allowed",
          "[bgp]") {
    CHECK(verdict({}, "4.4.4.4/32", "192.168.1.1") == "foreign_next_hop");
    Policy policy;
    policy.third_party_next_hop = true;
    CHECK(verdict(policy, "4.4.4.4/32", "192.168.1.1") == "accepted");
}

TEST_CASE("policy: what the operator's filter excludes is left out", "[bgp]") {
    Policy policy;
    policy.filter = RouteFilter::excluding({prefix("4.4.0.0/16"), prefix("5.5.5.5/32")});
    CHECK(verdict(policy, "4.4.4.4/32") == "excluded");
    CHECK(verdict(policy, "5.5.5.5/32") == "excluded");
    CHECK(verdict(policy, "5.5.5.6/32") == "accepted");
}

}  // namespace
}  // namespace dz::bgp
