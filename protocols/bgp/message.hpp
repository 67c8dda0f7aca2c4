// protocols/bgp/message.hpp: the five BGP messages and their wire form (RFC 4271, section 4; RFC 2918).
//
// Decoders are total: any bytes give a value or the NOTIFICATION that the standard answers them with. An
// UPDATE with a bad attribute is neither refused nor believed but treated as RFC 7606 says, and keeps a list
// of what was wrong. AS numbers have four octets throughout: a peer without that capability is refused at its
// OPEN.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/ip.hpp"
#include "base/units.hpp"
#include "protocols/bgp/attributes.hpp"

namespace dz::bgp {

inline constexpr std::size_t kHeaderSize = 19;
inline constexpr std::size_t kMaxMessage = 4096;
/// Stands in the two-octet field for an ASN that does not fit (RFC 6793).
inline constexpr std::uint16_t kAsTrans = 23456;

enum class MessageType : std::uint8_t {
    Open = 1,
    Update = 2,
    Notification = 3,
    Keepalive = 4,
    RouteRefresh = 5
};

/// Error codes of NOTIFICATION, and the subcodes that we send or act on.
namespace error {
inline constexpr std::uint8_t kHeader = 1, kOpen = 2, kUpdate = 3, kHoldTimer = 4, kFsm = 5, kCease = 6;
// of kHeader
inline constexpr std::uint8_t kNotSynchronized = 1, kBadLength = 2, kBadType = 3;
// of kOpen
inline constexpr std::uint8_t kUnspecific = 0, kBadVersion = 1, kBadPeerAs = 2, kBadIdentifier = 3,
                              kBadParameter = 4, kBadHoldTime = 6, kBadCapability = 7;
// of kUpdate
inline constexpr std::uint8_t kMalformedList = 1, kUnknownWellKnown = 2, kBadAttribute = 9, kBadNetwork = 10;
// of kCease (RFC 4486)
inline constexpr std::uint8_t kMaxPrefixes = 1, kShutdown = 2, kDeconfigured = 3, kRejected = 5,
                              kConfigChange = 6, kCollision = 7;
}  // namespace error

struct Notification {
    std::uint8_t code = 0, subcode = 0;
    Bytes data;
    bool operator==(const Notification&) const = default;
};
/// "hold timer expired (4/0)", "cease: administrative shutdown (6/2)".
std::string to_string(const Notification& notification);

/// A value, or the NOTIFICATION that ends the session.
template <class T = void>
using Decoded = std::expected<T, Notification>;

/// RFC 5492. Kept as it came, known to us or not.
struct Capability {
    std::uint8_t code = 0;
    Bytes value;
    bool operator==(const Capability&) const = default;
};

/// What the peer says in capability 64 (RFC 4724), as far as IPv4 unicast goes.
struct GracefulRestart {
    bool restarted = false;        ///< the sender has just restarted
    std::uint16_t seconds = 0;     ///< how long it expects to be away; 0..4095
    bool ipv4_unicast = false;     ///< it can restart without losing IPv4 unicast
    bool forwarding_kept = false;  ///< it did forward while it was away
    bool operator==(const GracefulRestart&) const = default;
};

struct Open {
    std::uint16_t asn = 0;        ///< as in the two-octet field
    std::uint16_t hold_time = 0;  ///< seconds
    Ipv4 identifier;
    std::vector<Capability> capabilities;
    bool operator==(const Open&) const = default;

    /// The sender's ASN by capability 65; nothing when it has none.
    std::optional<Asn> four_octet_asn() const;
    /// IPv4 unicast is offered: by capability 1, or by having no capability 1 at all (RFC 4760, section 8).
    bool ipv4_unicast() const;
    bool route_refresh() const;
    std::optional<GracefulRestart> graceful_restart() const;
};

namespace capability {
inline constexpr std::uint8_t kMultiprotocol = 1, kRouteRefresh = 2, kGracefulRestart = 64,
                              kFourOctetAsn = 65;
Capability ipv4_unicast();
Capability route_refresh();
Capability four_octet_asn(Asn asn);
Capability graceful_restart(const GracefulRestart& value);
}  // namespace capability

/// What RFC 7606 has us do about a bad attribute, mildest first. A reset is no finding but a `Notification`.
enum class Treatment : std::uint8_t { Discard, Withdraw };
/// "discard", "withdraw": also in metrics.
std::string_view to_string(Treatment treatment);

struct Finding {
    Treatment treatment = Treatment::Discard;
    std::uint8_t attribute = 0;  ///< type code
    std::string_view what;       ///< static text
    bool operator==(const Finding&) const = default;
};

struct MpReach {
    Ipv4 next_hop;
    std::vector<Prefix> prefixes;
    bool operator==(const MpReach&) const = default;
};

struct Update {
    std::vector<Prefix> withdrawn;             ///< from the message's own field and from MP_UNREACH_NLRI
    std::optional<PathAttributes> attributes;  ///< of `announced` and `mp_reach`; present when they are
    std::vector<Prefix> announced;
    std::optional<MpReach> mp_reach;  ///< IPv4 unicast sent the multiprotocol way (RFC 4760)
    bool end_of_rib = false;          ///< RFC 4724, section 2: the initial routes are complete
    std::vector<Finding> findings;    ///< what was wrong on arrival; never sent
    bool operator==(const Update&) const = default;

    /// True when a finding turned the announcements into withdrawals.
    bool treated_as_withdraw() const;
};

struct Keepalive {
    bool operator==(const Keepalive&) const = default;
};

struct RouteRefresh {
    std::uint16_t afi = 1;
    std::uint8_t subtype = 0;  ///< RFC 7313; 0 = plain request
    std::uint8_t safi = 1;
    bool operator==(const RouteRefresh&) const = default;
};

using Message = std::variant<Open, Update, Notification, Keepalive, RouteRefresh>;
MessageType type_of(const Message& message);

/// The whole message, header included. It must fit into `kMaxMessage`.
Bytes encode(const Message& message);

/// One message without its header. `external`: the peer is in another AS, which decides about some
/// attributes.
Decoded<Message> decode(MessageType type, ByteView body, bool external);
Decoded<Open> decode_open(ByteView body);
Decoded<Update> decode_update(ByteView body, bool external);

/// Cuts a stream of bytes into messages, and checks each header (RFC 4271, section 6.1).
class Framer {
  public:
    struct Frame {
        MessageType type;
        ByteView body;  ///< valid until the next `feed`
    };

    void feed(ByteView bytes);
    /// The next complete message, or nothing when more bytes are needed. After an error the stream is lost.
    Decoded<std::optional<Frame>> next();
    /// Bytes held: less than `kMaxMessage` after `next` has returned nothing.
    std::size_t pending() const { return buffer_.size() - start_; }

  private:
    Bytes buffer_;
    std::size_t start_ = 0;
};

}  // namespace dz::bgp
