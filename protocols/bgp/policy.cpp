#include "protocols/bgp/policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <string>

#include "base/json.hpp"

namespace dz::bgp {
namespace {

constexpr std::size_t kMaxExclusions = 10'000;

Prefix block(std::uint32_t address, std::uint8_t length) {
    return {Ipv4(address), length};
}

bool is_ipv6(const std::string& text) {
    boost::system::error_code error;
    if (text.find('/') == std::string::npos) {
        boost::asio::ip::make_address_v6(text, error);
    } else {
        boost::asio::ip::make_network_v6(text, error);
    }
    return !error;
}

Result<Prefix> parse_entry(const std::string& text) {
    if (text.find('/') != std::string::npos) return parse_prefix(text);
    TRY(const Ipv4 address, parse_ipv4(text));
    return host_prefix(address);
}

}  // namespace

std::string_view to_string(Verdict verdict) {
    switch (verdict) {
        case Verdict::Accepted:
            return "accepted";
        case Verdict::DefaultRoute:
            return "default_route";
        case Verdict::TooShort:
            return "too_short";
        case Verdict::Martian:
            return "martian";
        case Verdict::OwnAddress:
            return "own_address";
        case Verdict::CapturesTunnel:
            return "captures_tunnel";
        case Verdict::ForeignNextHop:
            return "foreign_next_hop";
        case Verdict::Excluded:
            return "excluded";
    }
    return "unknown";
}

const std::vector<Prefix>& default_martians() {
    static const std::vector<Prefix> kBlocks = {
        block(0x00000000, 8),   // this network
        block(0x0A000000, 8),   // private
        block(0x64400000, 10),  // shared by carriers
        block(0x7F000000, 8),   // loopback
        block(0xA9FE0000, 16),  // link-local, the overlay itself
        block(0xAC100000, 12),  // private
        block(0xC0000000, 24),  // protocol assignments
        block(0xC0000200, 24),  // documentation
        block(0xC0586300, 24),  // 6to4 relays, withdrawn
        block(0xC0A80000, 16),  // private
        block(0xC6336400, 24),  // documentation
        block(0xCB007100, 24),  // documentation
        block(0xE0000000, 4),   // multicast
        block(0xF0000000, 4),   // reserved, broadcast
    };
    return kBlocks;
}

Verdict judge(const Policy& policy, const Prefix& prefix, Ipv4 next_hop, Ipv4 neighbor) {
    using std::ranges::any_of;
    if (prefix.length == 0) return Verdict::DefaultRoute;
    const auto overlaps = [&](const Prefix& other) {
        return other.contains(prefix) || prefix.contains(other);
    };
    const auto covered = [&](Ipv4 address) { return prefix.contains(address); };
    const auto is_self = [&](Ipv4 address) { return prefix == host_prefix(address); };

    if (any_of(policy.own_addresses, is_self)) return Verdict::OwnAddress;
    if (any_of(policy.protected_addresses, covered)) return Verdict::CapturesTunnel;
    if (any_of(policy.martians, overlaps)) return Verdict::Martian;
    if (prefix.length < policy.shortest) return Verdict::TooShort;
    // A /31 has two addresses and one of them is ours, so any other gateway would be off the link (RFC 4271,
    // section 6.3).
    if (!policy.third_party_next_hop && next_hop != neighbor) return Verdict::ForeignNextHop;
    if (any_of(policy.excluded, [&](const Prefix& other) { return other.contains(prefix); })) {
        return Verdict::Excluded;
    }
    return Verdict::Accepted;
}

Result<std::vector<Prefix>> parse_exclusions(std::string_view text) {
    TRY(const auto document, json::parse(text, 4));
    TRY(const auto* entries, json::array(document, "exclude"));
    if (entries->size() > kMaxExclusions) {
        return fail(Errc::LimitExceeded,
                    fmt::format("{} exclusions, at most {}", entries->size(), kMaxExclusions));
    }
    std::vector<Prefix> excluded;
    for (const auto& entry : *entries) {
        if (!entry.is_string())
            return fail(Errc::BadValue, fmt::format("exclusion {} is not a text", entry.dump()));
        const auto& literal = entry.get_ref<const std::string&>();
        if (is_ipv6(literal)) continue;
        auto prefix = parse_entry(literal);
        if (!prefix) return wrap(std::move(prefix).error(), "exclusion");
        excluded.push_back(prefix->network());
    }
    return excluded;
}

}  // namespace dz::bgp
