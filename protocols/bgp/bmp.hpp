// protocols/bgp/bmp.hpp: the messages of the BGP Monitoring Protocol, version 3 (RFC 7854, section 4).
//
// What a router tells a monitoring station about its sessions: who they are with, what each peer announces
// before policy, and why a session ended. Encoders only: a station never answers.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/ip.hpp"
#include "base/result.hpp"
#include "base/units.hpp"
#include "protocols/bgp/message.hpp"

namespace dz::bgp::bmp {

inline constexpr std::uint8_t kVersion = 3;

/// Where a station listens.
struct Station {
    std::string host;  ///< a name or an address
    std::uint16_t port = 0;
    bool operator==(const Station&) const = default;
};
/// "host:port", "[2001:db8::1]:11019". Errors: BadValue.
Result<Station> parse_station(std::string_view text);

enum class MessageType : std::uint8_t {
    RouteMonitoring = 0,
    StatisticsReport = 1,
    PeerDown = 2,
    PeerUp = 3,
    Initiation = 4,
    Termination = 5
};

/// Whom a message is about: a global instance peer (section 4.2) over IPv4, whose AS paths have four octets.
struct Peer {
    Ipv4 address;
    Asn asn;
    Ipv4 identifier;  ///< from its OPEN
    bool operator==(const Peer&) const = default;
};

/// A session that came up (section 4.10). The OPENs are encoded anew: capabilities are as they were sent, all
/// in one optional parameter.
struct PeerUp {
    Ipv4 local_address;
    std::uint16_t local_port = 0, remote_port = 0;
    Open sent, received;
    bool operator==(const PeerUp&) const = default;
};

/// Section 4.9. `De-configured` is not among them: a peer that is removed is told so by a NOTIFICATION.
enum class DownReason : std::uint8_t {
    LocalNotification = 1,   ///< we ended the session, by a NOTIFICATION
    LocalSilence = 2,        ///< we ended it without one
    RemoteNotification = 3,  ///< the peer ended it, by a NOTIFICATION
    RemoteSilence = 4,       ///< the connection ended without one
};
struct PeerDown {
    DownReason reason = DownReason::RemoteSilence;
    Notification notification;  ///< of the two reasons that have one
    bool operator==(const PeerDown&) const = default;
};

/// Section 4.8. Those we keep: type 7, routes in the Adj-RIB-In, and type 11, UPDATEs that were treated as
/// withdrawals.
struct Statistics {
    std::uint64_t routes = 0;
    std::uint32_t treated_as_withdraw = 0;
    bool operator==(const Statistics&) const = default;
};

/// Section 4.3: the first message. Texts beyond 65,535 bytes are cut.
Bytes initiation(std::string_view system_name, std::string_view description);
/// Section 4.5: the last one; "session administratively closed".
Bytes termination();
Bytes peer_up(const Peer& peer, WallTime when, const PeerUp& up);
Bytes peer_down(const Peer& peer, WallTime when, const PeerDown& down);
/// Section 4.6: what `peer` announced at `when`, before policy. Nothing for an UPDATE of which nothing is
/// left after RFC 7606: on the wire it would be an End-of-RIB.
std::optional<Bytes> route_monitoring(const Peer& peer, WallTime when, const Update& update);
Bytes statistics(const Peer& peer, WallTime when, const Statistics& numbers);

/// Routes that share their attributes, in as few UPDATEs as hold them.
std::vector<Update> pack(const PathAttributes& attributes, std::span<const Prefix> prefixes);

}  // namespace dz::bgp::bmp
