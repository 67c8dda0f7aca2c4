#include "host/public_ip.hpp"

namespace dz::host {

namespace {
constexpr std::string_view kBlanks = " \t\r\n";
}  // namespace

Result<Ipv4> parse_public_ip(std::string_view body) {
    const auto first = body.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return fail(Errc::BadValue, "empty answer");
    const auto last = body.find_last_not_of(kBlanks);
    return parse_ipv4(body.substr(first, last - first + 1));
}

}  // namespace dz::host
