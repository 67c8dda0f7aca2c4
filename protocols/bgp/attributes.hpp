// protocols/bgp/attributes.hpp: what a BGP route carries besides its prefix (RFC 4271, section 4.3).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/ip.hpp"
#include "base/units.hpp"

namespace dz::bgp {

enum class Origin : std::uint8_t { Igp = 0, Egp = 1, Incomplete = 2 };

/// One segment of an AS path; every ASN has four octets (RFC 6793).
struct AsSegment {
    enum class Kind : std::uint8_t { Set = 1, Sequence = 2 };
    Kind kind = Kind::Sequence;
    std::vector<Asn> asns;
    bool operator==(const AsSegment&) const = default;
};

struct Aggregator {
    Asn asn;
    Ipv4 address;
    bool operator==(const Aggregator&) const = default;
};

/// RFC 8092.
struct LargeCommunity {
    std::uint32_t global = 0, local_1 = 0, local_2 = 0;
    bool operator==(const LargeCommunity&) const = default;
};

/// An optional transitive attribute that we do not know: kept as it came.
struct UnknownAttribute {
    std::uint8_t flags = 0, type = 0;
    Bytes value;
    bool operator==(const UnknownAttribute&) const = default;
};

/// The attributes that all prefixes of one UPDATE share. A value; the RIB stores each distinct one once.
struct PathAttributes {
    Origin origin = Origin::Igp;
    std::vector<AsSegment> as_path;
    Ipv4 next_hop;
    std::optional<std::uint32_t> med, local_pref;
    bool atomic_aggregate = false;
    std::optional<Aggregator> aggregator;
    std::vector<std::uint32_t> communities;           ///< RFC 1997, as ASN << 16 | value
    std::vector<std::uint64_t> extended_communities;  ///< RFC 4360
    std::vector<LargeCommunity> large_communities;
    std::vector<UnknownAttribute> unknown;

    bool operator==(const PathAttributes&) const = default;
};

/// Of the whole value, for interning.
std::size_t hash_value(const PathAttributes& attributes);

/// "igp", "egp", "incomplete"
std::string_view to_string(Origin origin);
/// "65342 65000 {64512 64513}"; empty for a route that the peer originates inside its own AS.
std::string to_string(const std::vector<AsSegment>& as_path);
/// "21682:1200"
std::string community_text(std::uint32_t community);
/// "rt:65000:100" for route targets, "ro:192.0.2.1:7" for route origins (RFC 4360), any other in hex.
std::string extended_community_text(std::uint64_t community);
/// Those of RFC 1997, RFC 4360 and RFC 8092: "21682:1200", "rt:65000:100", "4200000000:1:2".
std::vector<std::string> community_texts(const PathAttributes& attributes);

}  // namespace dz::bgp
