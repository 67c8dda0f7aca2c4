#include "services/oracle/api/messages.hpp"

#include <catch2/catch.hpp>

using namespace dz;
using namespace dz::oracle::api;

namespace {

const std::string kDevice = "GjJyeC1r2RgkuoCWMyPYkCWSGSGLcz266EaAkLA27AhL";
const std::string kPayer = "ANf3TEKFL6jPWjzkndo4CbnNdUNkBk4KHPggJs2nu8Xi";

std::string error_of(std::string_view body) {
    const auto request = parse_request(body);
    return request ? "" : request.error().text;
}

std::string body_with(std::string_view name, std::string_view value) {
    json::Ordered body = {{"device", kDevice}, {"client_ip", "9.9.9.9"}, {"user_payer", kPayer}};
    body[std::string(name)] = value;
    return json::dump(body);
}

}  // namespace

TEST_CASE("oracle request: what is left out of it goes back to who pays for the user", "[oracle_api]") {
    const auto request = parse_request(R"({"device":")" + kDevice +
                                       R"(","client_ip":"9.9.9.9","user_payer":")" + kPayer + R"("})");
    REQUIRE(request);
    CHECK(request->refund_to == kPayer);
    CHECK(parse_request(json::dump(to_json(*request))) == *request);
}

TEST_CASE("oracle request: what is wrong is named", "[oracle_api]") {
    CHECK(error_of("[]") == "not an object");
    CHECK(error_of(body_with("device", "shorty")) == "device: \"shorty\" is not a key (base58 of 32 bytes)");
    CHECK(error_of(body_with("client_ip", "9.9.9")).starts_with("client_ip: "));
    CHECK(error_of(body_with("refund_too", kPayer)) ==
          "unknown member \"refund_too\"; known are device, client_ip, user_payer, refund_to");
    CHECK(error_of(R"({"client_ip":"9.9.9.9","user_payer":")" + kPayer + R"("})").find("device") !=
          std::string::npos);
    CHECK(error_of(std::string(kMaxRequestBytes + 1, ' ')) == "more than 2048 bytes");
    CHECK_FALSE(error_of(std::string(100, '[')).empty());
}

TEST_CASE("oracle reservation: is written and read", "[oracle_api]") {
    ReservationView view;
    view.id = "00ff";
    view.device = kDevice;
    view.client_ip = Ipv4{0x09090909};
    view.user_payer = view.refund_to = kPayer;
    view.phase = Phase::Ready;
    view.deposit_address = kDevice;
    view.deposit_check = check_value(kDevice).value();
    view.price = 18'000'000'000'000'000'000U;
    view.received = 2;
    view.refunded = 3;
    view.expires_slot = 4;
    view.expires_at = "2026-03-04T05:06:07Z";
    const auto read = reservation_from_json(json::parse(json::dump(to_json(view))).value());
    REQUIRE(read);
    CHECK(*read == view);
}

TEST_CASE("oracle reservation: an address that was damaged on its way is noticed", "[oracle_api]") {
    ReservationView view;
    view.device = view.user_payer = view.refund_to = kPayer;
    view.deposit_address = kPayer;
    view.deposit_check = check_value(kDevice).value();
    const auto read = reservation_from_json(json::parse(json::dump(to_json(view))).value());
    REQUIRE_FALSE(read);
    CHECK(read.error().text.find("was damaged on its way") != std::string::npos);
}

TEST_CASE("oracle check value: is the start of the hash of the address's bytes", "[oracle_api]") {
    // sha256 of 32 zero bytes begins with 66687aad.
    CHECK(check_value("11111111111111111111111111111111") == "66687aad");
    CHECK_FALSE(check_value("1111"));
}

TEST_CASE("oracle settlement and problem: are written and read", "[oracle_api]") {
    const SettlementView settlement{"AQID", kPayer, 77};
    CHECK(settlement_from_json(json::parse(json::dump(to_json(settlement))).value()) == settlement);
    const Problem problem{"no_seat", "none is free"};
    CHECK(problem_from_json(json::parse(json::dump(to_json(problem))).value()) == problem);
}
