#include "cli/value.hpp"

#include <catch2/catch.hpp>

namespace dz::cli {
namespace {

TEST_CASE("value: a bandwidth is a number with a unit, in any case and spacing", "[cli]") {
    CHECK(parse_bandwidth("10gbps") == 10'000'000'000U);
    CHECK(parse_bandwidth("1.5 Mbps") == 1'500'000U);
    CHECK(parse_bandwidth("7KBPS") == 7'000U);
    CHECK(parse_bandwidth("12 bps") == 12U);
    for (const std::string_view text :
         {"", "10", "gbps", "-1gbps", "1e30gbps", "nangbps", "10 gb", "1 2xbps"}) {
        INFO(text);
        CHECK_FALSE(parse_bandwidth(text));
    }
}

TEST_CASE("value: a delay has from 0.01 to 1000 milliseconds", "[cli]") {
    CHECK(parse_delay("1.5") == 1'500'000U);
    CHECK(parse_delay("0.01") == 10'000U);
    CHECK(parse_delay("1000") == 1'000'000'000U);
    for (const std::string_view text : {"", "0", "0.009", "1001", "-1", "nan", "inf", "1ms"}) {
        INFO(text);
        CHECK_FALSE(parse_delay(text));
    }
    CHECK(parse_delay_or_zero("0") == 0U);
    CHECK_FALSE(parse_delay_or_zero("0.001"));
}

TEST_CASE("value: kinds are typed in kebab-case; the program's own texts are understood", "[cli]") {
    CHECK(kebab_case("GREOverDIA") == "gre-over-dia");
    CHECK(kebab_case("IBRLWithAllocatedIP") == "ibrl-with-allocated-ip");
    CHECK(kebab_case("PimRpAddr") == "pim-rp-addr");
    CHECK(kebab_case("Vpnv4") == "vpnv4");
    CHECK(Value<ledger::Cyoa>::parse("gre-over-dia") == ledger::Cyoa::GreOverDia);
    CHECK(Value<ledger::Cyoa>::parse("GREOverDIA") == ledger::Cyoa::GreOverDia);
    CHECK(Value<ledger::UserStatus>::parse("out_of_credits") == ledger::UserStatus::OutOfCredits);
    CHECK(Value<ledger::LinkType>::parse("WAN") == ledger::LinkType::Wan);
    CHECK_FALSE(Value<ledger::Cyoa>::parse("gre"));
    CHECK(Value<ledger::DeviceStatus>::choices() == std::vector<std::string>{"activated", "deleting",
                                                                             "drained", "device-provisioning",
                                                                             "link-provisioning"});
}

TEST_CASE("value: codes, versions, numbers and keys refuse what is not quite one", "[cli]") {
    CHECK(parse_code("ny5-dz01:a_b") == "ny5-dz01:a_b");
    CHECK_FALSE(parse_code("new york"));
    CHECK_FALSE(parse_code(""));
    CHECK(Value<ledger::Version>::parse("0.30.1") == ledger::Version{0, 30, 1});
    for (const std::string_view text : {"0.30", "0.30.1.2", "a.b.c", "0..1", ""})
        CHECK_FALSE(Value<ledger::Version>::parse(text));
    CHECK(Value<std::uint16_t>::parse("65535") == 65535);
    CHECK_FALSE(Value<std::uint16_t>::parse("65536"));
    CHECK_FALSE(Value<std::uint16_t>::parse("-1"));
    CHECK_FALSE(Value<double>::parse("nan"));
    CHECK_FALSE(Value<KeyOrMe>::parse("me")->key);
    CHECK_FALSE(Value<KeyOrMe>::parse("you"));
}

}  // namespace
}  // namespace dz::cli
