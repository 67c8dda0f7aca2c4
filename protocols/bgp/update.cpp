#include "protocols/bgp/update.hpp"

#include <bitset>
#include <utility>

// Attribute errors follow RFC 7606; the number before each rule is its section there, where no other is
// named.

namespace dz::bgp {
namespace {

// Type codes of path attributes.
constexpr std::uint8_t kOrigin = 1;
constexpr std::uint8_t kAsPath = 2;
constexpr std::uint8_t kNextHop = 3;
constexpr std::uint8_t kMed = 4;
constexpr std::uint8_t kLocalPref = 5;
constexpr std::uint8_t kAtomicAggregate = 6;
constexpr std::uint8_t kAggregator = 7;
constexpr std::uint8_t kCommunities = 8;
constexpr std::uint8_t kOriginatorId = 9;
constexpr std::uint8_t kClusterList = 10;
constexpr std::uint8_t kMpReach = 14;
constexpr std::uint8_t kMpUnreach = 15;
constexpr std::uint8_t kExtendedCommunities = 16;
constexpr std::uint8_t kAs4Path = 17;
constexpr std::uint8_t kAs4Aggregator = 18;
constexpr std::uint8_t kLargeCommunities = 32;

constexpr std::uint8_t kOptional = 0x80, kTransitive = 0x40, kExtended = 0x10;

std::unexpected<Notification> reset(std::uint8_t subcode, ByteView data = {}) {
    return std::unexpected(Notification{error::kUpdate, subcode, Bytes(data.begin(), data.end())});
}

// 5.3: prefixes that cannot be read leave no way to tell what they withdraw, so the session goes.
Decoded<> read_prefixes(ByteView input, std::uint8_t subcode, std::vector<Prefix>& out) {
    bytes::Reader in(input);
    while (!in.empty()) {
        const auto length = in.u8();
        if (!length || *length > 32) return reset(subcode);
        const auto bits = in.take((*length + 7U) / 8U);
        if (!bits) return reset(subcode);
        std::uint32_t address = 0;
        for (std::size_t i = 0; i < bits->size(); ++i) address |= std::uint32_t{(*bits)[i]} << (24U - 8U * i);
        out.push_back(Prefix{Ipv4(address), *length}.network());
    }
    return {};
}

/// What is known about the form of an attribute.
struct Form {
    std::uint8_t flags = 0;  // of Optional and Transitive
    std::size_t unit = 0;    // the value's length is a multiple of this, or exactly this when `exact`
    bool exact = false;
    Treatment on_error = Treatment::Withdraw;
};

std::optional<Form> form_of(std::uint8_t type) {
    switch (type) {
        case kOrigin:
            return Form{kTransitive, 1, true};  // 7.1
        case kAsPath:
            return Form{kTransitive, 1, false};  // 7.2
        case kNextHop:
            return Form{kTransitive, 4, true};  // 7.3
        case kMed:
            return Form{kOptional, 4, true};  // 7.4
        case kLocalPref:
            return Form{kTransitive, 4, true};  // 7.5
        case kAtomicAggregate:
            return Form{kTransitive, 0, true, Treatment::Discard};  // 7.6
        case kAggregator:
            return Form{kOptional | kTransitive, 8, true, Treatment::Discard};  // 7.7
        case kCommunities:
            return Form{kOptional | kTransitive, 4, false};  // 7.8
        case kOriginatorId:
            return Form{kOptional, 4, true};  // 7.9
        case kClusterList:
            return Form{kOptional, 4, false};  // 7.10
        case kMpReach:
        case kMpUnreach:
            return Form{kOptional, 1, false};  // 7.11, 7.12
        case kExtendedCommunities:
            return Form{kOptional | kTransitive, 8, false};  // 7.14
        case kAs4Path:
            return Form{kOptional | kTransitive, 1, false, Treatment::Discard};  // RFC 6793, 6
        case kAs4Aggregator:
            return Form{kOptional | kTransitive, 8, true, Treatment::Discard};
        case kLargeCommunities:
            return Form{kOptional | kTransitive, 12, false};  // RFC 8092, 6
        default:
            return std::nullopt;
    }
}

bool fits(const Form& form, std::size_t size, std::uint8_t type) {
    if (form.exact) return size == form.unit;
    if (type == kAsPath) return true;  // the path of a route from the peer's own AS may be empty
    return size != 0 && size % form.unit == 0;
}

/// Reads the attributes of one UPDATE into it.
class AttributeReader {
  public:
    AttributeReader(Update& update, bool external) : update_(update), external_(external) {}

    Decoded<> read(ByteView input) {
        bytes::Reader in(input);
        while (!in.empty()) {
            const auto flags = in.u8();
            const auto type = in.u8();
            if (!flags || !type) return overrun(0);
            std::size_t length = 0;
            if ((*flags & kExtended) != 0) {
                const auto wide = in.be16();
                if (!wide) return overrun(*type);
                length = *wide;
            } else {
                const auto narrow = in.u8();
                if (!narrow) return overrun(*type);
                length = *narrow;
            }
            const auto value = in.take(length);
            if (!value) return overrun(*type);
            TRY_OK(one(*flags, *type, *value));
        }
        return {};
    }

    bool has(std::uint8_t type) const { return seen_.test(type); }
    PathAttributes take() { return std::move(attributes_); }
    bool ipv4_unreach() const { return ipv4_unreach_; }
    /// 5.2: more than withdrawals was meant, but where are the prefixes?
    bool misses_prefixes() const { return announces_ && !has(kMpReach); }

    void note(Treatment treatment, std::uint8_t type, std::string_view what) {
        update_.findings.push_back({treatment, type, what});
    }

  private:
    // 4: the list can be no longer trusted, but the prefixes after it can.
    Decoded<> overrun(std::uint8_t type) {
        announces_ = true;
        note(Treatment::Withdraw, type, "attribute runs past the list");
        return {};
    }

    Decoded<> one(std::uint8_t flags, std::uint8_t type, ByteView value) {
        if (seen_.test(type)) {
            // 3 g
            if (type == kMpReach || type == kMpUnreach) return reset(error::kMalformedList);
            note(Treatment::Discard, type, "attribute occurs twice");
            return {};
        }
        seen_.set(type);
        if (type != kMpUnreach) announces_ = true;
        const auto form = form_of(type);
        if (!form) return unknown(flags, type, value);
        // 3 c
        if ((flags & (kOptional | kTransitive)) != form->flags) {
            // RFC 6793, 6: AS4_PATH and AS4_AGGREGATOR of such a speaker go, whatever they look like.
            const bool goes = type == kAs4Path || type == kAs4Aggregator;
            note(goes ? Treatment::Discard : Treatment::Withdraw, type, "attribute flags");
            // Its prefixes are still needed, to be withdrawn.
            if (type != kMpReach && type != kMpUnreach) return {};
        }
        if (external_ && (type == kLocalPref || type == kOriginatorId || type == kClusterList)) {
            note(Treatment::Discard, type, "attribute of an internal peer");
            return {};
        }
        if (type == kMpReach) return mp_reach(value);
        if (type == kMpUnreach) return mp_unreach(value);
        if (!fits(*form, value.size(), type)) {
            note(form->on_error, type, "attribute length");
        } else if (!known(type, value)) {
            note(form->on_error, type, "attribute value");
        }
        return {};
    }

    Decoded<> unknown(std::uint8_t flags, std::uint8_t type, ByteView value) {
        // RFC 4271, section 6.3: every speaker knows the well-known ones.
        if ((flags & kOptional) == 0) {
            bytes::Writer whole;
            whole.u8(flags | kExtended).u8(type).be16(static_cast<std::uint16_t>(value.size())).raw(value);
            return reset(error::kUnknownWellKnown, whole.bytes());
        }
        if ((flags & kTransitive) == 0) return {};
        const auto kept = static_cast<std::uint8_t>(flags & ~kExtended);
        attributes_.unknown.push_back({kept, type, Bytes(value.begin(), value.end())});
        return {};
    }

    /// False when the value is not acceptable. The length has been checked.
    bool known(std::uint8_t type, ByteView value) {
        bytes::Reader in(value);
        switch (type) {
            case kOrigin:
                return origin(value[0]);
            case kAsPath:
                return as_path(in);
            case kNextHop:
                return next_hop(in);
            case kMed:
                attributes_.med = in.be32().value_or(0);
                return true;
            case kLocalPref:
                attributes_.local_pref = in.be32().value_or(0);
                return true;
            case kAtomicAggregate:
                attributes_.atomic_aggregate = true;
                return true;
            case kAggregator:
                return aggregator(in);
            case kCommunities:
                while (!in.empty()) attributes_.communities.push_back(in.be32().value_or(0));
                return true;
            case kExtendedCommunities:
                while (!in.empty()) attributes_.extended_communities.push_back(in.be64().value_or(0));
                return true;
            case kLargeCommunities:
                while (!in.empty()) large_community(in);
                return true;
            // RFC 6793, section 6: they have no business between speakers of four octets.
            case kAs4Path:
            case kAs4Aggregator:
                return false;
            default:
                return true;
        }
    }

    bool origin(std::uint8_t value) {
        if (value > static_cast<std::uint8_t>(Origin::Incomplete)) return false;
        attributes_.origin = static_cast<Origin>(value);
        return true;
    }

    bool as_path(bytes::Reader in) {
        while (!in.empty()) {
            const auto kind = in.u8();
            const auto count = in.u8();
            if (!kind || !count || *count == 0 || *kind < 1 || *kind > 2) return false;
            AsSegment segment{static_cast<AsSegment::Kind>(*kind), {}};
            segment.asns.reserve(*count);
            for (int i = 0; i < *count; ++i) {
                const auto asn = in.be32();
                if (!asn || *asn == 0) return false;  // RFC 7607 forbids AS 0
                segment.asns.push_back({*asn});
            }
            attributes_.as_path.push_back(std::move(segment));
        }
        return true;
    }

    bool next_hop(bytes::Reader in) {
        attributes_.next_hop = Ipv4(in.be32().value_or(0));
        // RFC 4271, section 6.3: it has to be the address of a host.
        return !attributes_.next_hop.is_unspecified() && !attributes_.next_hop.is_multicast();
    }

    bool aggregator(bytes::Reader in) {
        const Asn asn{in.be32().value_or(0)};
        if (asn.value == 0) return false;
        attributes_.aggregator = Aggregator{asn, Ipv4(in.be32().value_or(0))};
        return true;
    }

    void large_community(bytes::Reader& in) {
        const auto global = in.be32().value_or(0);
        const auto local_1 = in.be32().value_or(0);
        attributes_.large_communities.push_back({global, local_1, in.be32().value_or(0)});
    }

    // 7.11: a next hop of the wrong length hides where the prefixes begin.
    Decoded<> mp_reach(ByteView value) {
        bytes::Reader in(value);
        const auto afi = in.be16();
        const auto safi = in.u8();
        const auto size = in.u8();
        if (!afi || !safi || !size) return reset(error::kBadAttribute);
        const auto hop = in.take(*size);
        const auto reserved = in.u8();
        if (!hop || !reserved) return reset(error::kBadAttribute);
        if (*afi != 1 || *safi != 1) return {};  // a family we did not agree on
        if (*size != 4) return reset(error::kBadAttribute);
        MpReach reach{Ipv4(bytes::Reader(*hop).be32().value_or(0)), {}};
        TRY_OK(read_prefixes(in.rest(), error::kBadAttribute, reach.prefixes));
        if (reach.next_hop.is_unspecified() || reach.next_hop.is_multicast()) {
            note(Treatment::Withdraw, kMpReach, "attribute value");
        }
        if (!reach.prefixes.empty()) update_.mp_reach = std::move(reach);
        return {};
    }

    // 7.12
    Decoded<> mp_unreach(ByteView value) {
        bytes::Reader in(value);
        const auto afi = in.be16();
        const auto safi = in.u8();
        if (!afi || !safi) return reset(error::kBadAttribute);
        if (*afi != 1 || *safi != 1) return {};
        ipv4_unreach_ = true;
        return read_prefixes(in.rest(), error::kBadAttribute, update_.withdrawn);
    }

    Update& update_;
    bool external_;
    PathAttributes attributes_;
    std::bitset<256> seen_;
    bool ipv4_unreach_ = false;
    bool announces_ = false;  ///< has attributes that describe a route
};

// 3 d: which attributes an announcement cannot do without.
void check_mandatory(AttributeReader& reader, const Update& update) {
    const auto require = [&](std::uint8_t type) {
        if (!reader.has(type)) reader.note(Treatment::Withdraw, type, "attribute missing");
    };
    if (!update.announced.empty() || update.mp_reach) {
        require(kOrigin);
        require(kAsPath);
    }
    if (!update.announced.empty()) require(kNextHop);
}

void turn_into_withdrawal(Update& update) {
    auto& gone = update.withdrawn;
    gone.insert(gone.end(), update.announced.begin(), update.announced.end());
    update.announced.clear();
    if (update.mp_reach)
        gone.insert(gone.end(), update.mp_reach->prefixes.begin(), update.mp_reach->prefixes.end());
    update.mp_reach.reset();
}

void write_prefixes(bytes::Writer& out, const std::vector<Prefix>& prefixes) {
    for (const Prefix& prefix : prefixes) {
        const auto bits = prefix.network().address.to_bytes();
        out.u8(prefix.length).raw(ByteView(bits).first((prefix.length + 7U) / 8U));
    }
}

void write_attribute(bytes::Writer& out, std::uint8_t flags, std::uint8_t type, const bytes::Writer& value) {
    const std::size_t size = value.size();
    if (size > 255) {
        out.u8(flags | kExtended).u8(type).be16(static_cast<std::uint16_t>(size));
    } else {
        out.u8(flags).u8(type).u8(static_cast<std::uint8_t>(size));
    }
    out.raw(value.bytes());
}

template <class Fill>
void attribute(bytes::Writer& out, std::uint8_t flags, std::uint8_t type, Fill fill) {
    bytes::Writer value;
    fill(value);
    write_attribute(out, flags, type, value);
}

void write_as_path(bytes::Writer& out, const std::vector<AsSegment>& path) {
    for (const auto& segment : path) {
        out.u8(static_cast<std::uint8_t>(segment.kind)).u8(static_cast<std::uint8_t>(segment.asns.size()));
        for (const Asn asn : segment.asns) out.be32(asn.value);
    }
}

void write_optional(bytes::Writer& out, const PathAttributes& from) {
    using W = bytes::Writer;
    constexpr std::uint8_t both = kOptional | kTransitive;
    if (from.med) attribute(out, kOptional, kMed, [&](W& w) { w.be32(*from.med); });
    if (from.local_pref) attribute(out, kTransitive, kLocalPref, [&](W& w) { w.be32(*from.local_pref); });
    if (from.atomic_aggregate) attribute(out, kTransitive, kAtomicAggregate, [](W&) {});
    if (from.aggregator) {
        attribute(out, both, kAggregator,
                  [&](W& w) { w.be32(from.aggregator->asn.value).be32(from.aggregator->address.to_uint()); });
    }
    if (!from.communities.empty()) {
        attribute(out, both, kCommunities, [&](W& w) {
            for (const auto community : from.communities) w.be32(community);
        });
    }
    if (!from.extended_communities.empty()) {
        attribute(out, both, kExtendedCommunities, [&](W& w) {
            for (const auto community : from.extended_communities) w.be64(community);
        });
    }
    if (!from.large_communities.empty()) {
        attribute(out, both, kLargeCommunities, [&](W& w) {
            for (const auto& c : from.large_communities) w.be32(c.global).be32(c.local_1).be32(c.local_2);
        });
    }
    for (const auto& other : from.unknown) {
        attribute(out, other.flags, other.type, [&](W& w) { w.raw(other.value); });
    }
}

}  // namespace

Decoded<Update> decode_update(ByteView body, bool external) {
    Update update;
    bytes::Reader in(body);
    const auto section = [&in]() -> Decoded<ByteView> {
        const auto length = in.be16();
        if (!length) return reset(error::kMalformedList);
        const auto content = in.take(*length);
        if (!content) return reset(error::kMalformedList);
        return *content;
    };
    TRY(const ByteView withdrawn, section());
    TRY(const ByteView attributes, section());
    const ByteView announced = in.rest();
    TRY_OK(read_prefixes(withdrawn, error::kBadNetwork, update.withdrawn));
    TRY_OK(read_prefixes(announced, error::kBadNetwork, update.announced));

    AttributeReader reader(update, external);
    TRY_OK(reader.read(attributes));
    check_mandatory(reader, update);
    const bool empty = update.withdrawn.empty() && update.announced.empty() && !update.mp_reach;
    update.end_of_rib = empty && update.findings.empty() && (attributes.empty() || reader.ipv4_unreach());
    if (update.treated_as_withdraw()) {
        if (update.announced.empty() && reader.misses_prefixes()) return reset(error::kMalformedList);
        turn_into_withdrawal(update);
    }
    if (!update.announced.empty() || update.mp_reach) update.attributes = reader.take();
    return update;
}

void write_update(bytes::Writer& out, const Update& update) {
    bytes::Writer withdrawn;
    write_prefixes(withdrawn, update.withdrawn);
    bytes::Writer attributes;
    if (update.attributes) {
        const PathAttributes& from = *update.attributes;
        using W = bytes::Writer;
        // NEXT_HOP before AS_PATH: the order in which the reference client writes them.
        attribute(attributes, kTransitive, kOrigin,
                  [&](W& w) { w.u8(static_cast<std::uint8_t>(from.origin)); });
        if (!from.next_hop.is_unspecified()) {
            attribute(attributes, kTransitive, kNextHop, [&](W& w) { w.be32(from.next_hop.to_uint()); });
        }
        attribute(attributes, kTransitive, kAsPath, [&](W& w) { write_as_path(w, from.as_path); });
        write_optional(attributes, from);
    }
    if (update.mp_reach) {
        attribute(attributes, kOptional, kMpReach, [&](bytes::Writer& w) {
            w.be16(1).u8(1).u8(4).be32(update.mp_reach->next_hop.to_uint()).u8(0);
            write_prefixes(w, update.mp_reach->prefixes);
        });
    }
    out.be16(static_cast<std::uint16_t>(withdrawn.size())).raw(withdrawn.bytes());
    out.be16(static_cast<std::uint16_t>(attributes.size())).raw(attributes.bytes());
    write_prefixes(out, update.announced);
}

}  // namespace dz::bgp
