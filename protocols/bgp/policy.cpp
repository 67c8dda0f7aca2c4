#include "protocols/bgp/policy.hpp"

#include <algorithm>

namespace dz::bgp {
namespace {

Prefix block(std::uint32_t address, std::uint8_t length) {
    return {Ipv4(address), length};
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

std::string_view reason(Verdict verdict) {
    switch (verdict) {
        case Verdict::Accepted:
            return "";
        case Verdict::DefaultRoute:
            return "a default route would send everything into the tunnel";
        case Verdict::TooShort:
            return "only routes to single hosts are taken";
        case Verdict::Martian:
            return "it is inside or around a block that is never routed";
        case Verdict::OwnAddress:
            return "it is an address of this machine";
        case Verdict::CapturesTunnel:
            return "it covers an end of the tunnel, which would run into itself";
        case Verdict::ForeignNextHop:
            return "its next hop is not the device";
        case Verdict::Excluded:
            return "the filter file excludes it (-route-config)";
    }
    return "unknown";
}

const std::vector<Prefix>& default_martians() {
    static const std::vector<Prefix> blocks = {
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
    return blocks;
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
    if (policy.filter.excludes(prefix)) return Verdict::Excluded;
    return Verdict::Accepted;
}

}  // namespace dz::bgp
