#include "ledger/enum_text.hpp"

#include <catch2/catch.hpp>

using namespace dz::ledger;

TEST_CASE("enum text: tables and lists call a status by their own words", "[ledger]") {
    CHECK(to_text(DeviceHealth::ReadyForUsers) == "ready-for-users");
    CHECK(to_name(DeviceHealth::ReadyForUsers) == "ReadyForUsers");
    CHECK(to_text(UserStatus::PendingBan) == "pending ban (deprecated)");
    CHECK(to_name(UserStatus::PendingBan) == "PendingBanDeprecated");
    CHECK(to_text(AccessPassStatus::Expired) == "expired (deprecated)");
    CHECK(to_text(Cyoa::GreOverDia) == "GREOverDIA");
    CHECK(to_text(UserType::IbrlWithAllocatedIp) == "IBRLWithAllocatedIP");
    CHECK(to_name(LinkType::Dzx) == "DZX");
}

TEST_CASE("enum text: device states keep the numbers of the program", "[ledger]") {
    CHECK(to_text(static_cast<DeviceStatus>(2)) == "unknown");
    CHECK(to_text(static_cast<DeviceStatus>(3)) == "deleting");
    CHECK(to_text(static_cast<DeviceStatus>(5)) == "drained");
    CHECK(to_text(static_cast<DeviceStatus>(7)) == "link-provisioning");
}

TEST_CASE("enum text: a number without a meaning is unknown", "[ledger]") {
    CHECK(to_text(static_cast<UserType>(99)) == "unknown");
    CHECK(to_name(static_cast<UserType>(99)) == "Unknown");
}

TEST_CASE("enum text: both vocabularies lead back to the value", "[ledger]") {
    CHECK(parse_enum<DeviceStatus>("device-provisioning") == DeviceStatus::DeviceProvisioning);
    CHECK(parse_enum<DeviceStatus>("DeviceProvisioning") == DeviceStatus::DeviceProvisioning);
    CHECK(parse_enum<UserType>("ibrl") == UserType::Ibrl);
    CHECK_FALSE(parse_enum<UserType>("tunnel"));
}

TEST_CASE("enum text: kinds of access passes have names", "[ledger]") {
    CHECK(to_text(AccessPassType(access::Prepaid{})) == "prepaid");
    CHECK(to_text(AccessPassType(access::Others{"partner", "x"})) == "partner");
    CHECK(to_text(AccessPassType(access::EdgeSeat{})) == "edge_seat");
}
