#include "chain/program/text_rules.hpp"

#include <catch2/catch.hpp>

using namespace dz::program;

TEST_CASE("text: codes are letters and digits of any script and three signs", "[program]") {
    for (const auto* code : {"", "ny5-dz01", "A:b_c-9", "M\xc3\xbcnchen", "\xe6\x9d\xb1\xe4\xba\xac"}) {
        CHECK(check_code(code));
    }
    for (const auto* code : {"a b", "a.b", "a/b", "a\n", "a\xff", "\xe2\x82\xac", "\xc3"}) {
        const auto checked = check_code(code);
        REQUIRE_FALSE(checked);
        CHECK(checked.error().custom == 19);
    }
}

TEST_CASE("text: lower case of any script", "[program]") {
    CHECK(to_lower("NY5-DZ01") == "ny5-dz01");
    CHECK(to_lower("M\xc3\x9cNCHEN") == "m\xc3\xbcnchen");
    CHECK(to_lower("a\xff") == "a\xff");
}

TEST_CASE("text: interface names are expanded and written one way", "[program]") {
    CHECK(normalize_interface_name("Ethernet1") == "Ethernet1");
    CHECK(normalize_interface_name("eThErNeT1/2") == "Ethernet1/2");
    CHECK(normalize_interface_name("et1/2.30") == "Ethernet1/2.30");
    CHECK(normalize_interface_name("sw1/2/3") == "Switch1/2/3");
    CHECK(normalize_interface_name("LO255") == "Loopback255");
    CHECK(normalize_interface_name("po7") == "Port-channel7");
    CHECK(normalize_interface_name("PORT-CHANNEL7.1") == "Port-channel7.1");
    CHECK(normalize_interface_name("vl4000") == "Vlan4000");
}

TEST_CASE("text: other interface names are refused", "[program]") {
    for (const auto* name : {"", "Ethernet", "Ethernet1/", "Ethernet1/2/3", "sw1", "sw1/2", "lo", "lo1/1",
                             "et1.", "et1.2.3", "eth0", "Tunnel1", "et1 ", " et1", "et-1"}) {
        CAPTURE(name);
        const auto normal = normalize_interface_name(name);
        REQUIRE_FALSE(normal);
        CHECK(normal.error().custom == 12);
    }
}

TEST_CASE("text: topology names are upper case and begin with a letter", "[program]") {
    CHECK(normalize_topology_name("unicast-default") == "UNICAST-DEFAULT");
    CHECK(normalize_topology_name("").error().custom == 87);
    CHECK(normalize_topology_name("1a").error().custom == 87);
    CHECK(normalize_topology_name("a_b").error().custom == 87);
    CHECK(normalize_topology_name(std::string(33, 'a')).error().custom == 39);
}
