#include "protocols/bgp/attributes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/container_hash/hash.hpp>

namespace dz::bgp {
namespace {

// Types and subtypes of extended communities (RFC 4360, RFC 5668).
constexpr std::uint64_t kAsSpecific = 0, kAddressSpecific = 1, kLargeAsSpecific = 2;
constexpr std::uint64_t kTarget = 2, kOrigin = 3;

}  // namespace

std::size_t hash_value(const PathAttributes& attributes) {
    std::size_t seed = attributes.next_hop.to_uint();
    const auto mix = [&seed](auto value) { boost::hash_combine(seed, value); };
    mix(static_cast<int>(attributes.origin));
    for (const auto& segment : attributes.as_path) {
        mix(static_cast<int>(segment.kind));
        for (const Asn asn : segment.asns) mix(asn.value);
    }
    mix(attributes.med.value_or(0));
    mix(attributes.local_pref.value_or(0));
    if (attributes.aggregator) mix(attributes.aggregator->asn.value);
    for (const auto community : attributes.communities) mix(community);
    for (const auto community : attributes.extended_communities) mix(community);
    for (const auto& community : attributes.large_communities) mix(community.local_2);
    for (const auto& attribute : attributes.unknown) {
        mix(attribute.type);
        boost::hash_range(seed, attribute.value.begin(), attribute.value.end());
    }
    return seed;
}

std::string_view to_string(Origin origin) {
    switch (origin) {
        case Origin::Igp:
            return "igp";
        case Origin::Egp:
            return "egp";
        case Origin::Incomplete:
            return "incomplete";
    }
    return "unknown";
}

std::string to_string(const std::vector<AsSegment>& as_path) {
    std::string text;
    for (const auto& segment : as_path) {
        const bool set = segment.kind == AsSegment::Kind::Set;
        if (!text.empty()) text += ' ';
        if (set) text += '{';
        for (std::size_t i = 0; i < segment.asns.size(); ++i) {
            text += fmt::format("{}{}", i == 0 ? "" : " ", segment.asns[i].value);
        }
        if (set) text += '}';
    }
    return text;
}

std::string community_text(std::uint32_t community) {
    return fmt::format("{}:{}", community >> 16, community & 0xFFFF);
}

std::string extended_community_text(std::uint64_t community) {
    const std::uint64_t type = community >> 56, subtype = community >> 48 & 0xFF;
    const auto wide = static_cast<std::uint32_t>(community >> 16);
    if (type <= kLargeAsSpecific && (subtype == kTarget || subtype == kOrigin)) {
        const std::string_view name = subtype == kTarget ? "rt" : "ro";
        if (type == kAsSpecific)
            return fmt::format("{}:{}:{}", name, community >> 32 & 0xFFFF, community & 0xFFFFFFFF);
        if (type == kAddressSpecific)
            return fmt::format("{}:{}:{}", name, Ipv4(wide).to_string(), community & 0xFFFF);
        return fmt::format("{}:{}:{}", name, wide, community & 0xFFFF);
    }
    return fmt::format("0x{:016x}", community);
}

std::vector<std::string> community_texts(const PathAttributes& attributes) {
    std::vector<std::string> texts;
    texts.reserve(attributes.communities.size() + attributes.extended_communities.size() +
                  attributes.large_communities.size());
    for (const auto community : attributes.communities) texts.push_back(community_text(community));
    for (const auto one : attributes.extended_communities) texts.push_back(extended_community_text(one));
    for (const auto& one : attributes.large_communities) {
        texts.push_back(fmt::format("{}:{}:{}", one.global, one.local_1, one.local_2));
    }
    return texts;
}

}  // namespace dz::bgp
