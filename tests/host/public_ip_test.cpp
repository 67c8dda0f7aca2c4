#include "host/public_ip.hpp"

#include <catch2/catch.hpp>

namespace dz::host {
namespace {

TEST_CASE("public ip: the answer is an address with blanks around it", "[host]") {
    CHECK(parse_public_ip(" 9.128.0.5\r\n") == parse_ipv4("9.128.0.5"));
}

TEST_CASE("public ip: an answer that is no address is refused", "[host]") {
    const auto* body = GENERATE("", "  \n", "<html>", "2001:db8::1", "9.128.0.5 and more", "9.128.0");
    CAPTURE(body);
    REQUIRE_FALSE(parse_public_ip(body));
    CHECK(parse_public_ip(body).error().code == Errc::BadValue);
}

}  // namespace
}  // namespace dz::host
