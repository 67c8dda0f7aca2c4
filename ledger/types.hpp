// ledger/types.hpp: enumerations and small values that accounts and instructions share (ledger-accounts.md).
//
// An enumeration holds whatever number the ledger holds: a value outside the named ones is legal, prints as
// "unknown" (enum_text.hpp) and survives decoding and encoding.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/ip.hpp"
#include "ledger/fields.hpp"
#include "ledger/public_key.hpp"

namespace dz::ledger {

/// Byte 0 of every account.
enum class AccountType : std::uint8_t {
    None = 0,
    GlobalState = 1,
    GlobalConfig = 2,
    Location = 3,
    Exchange = 4,
    Device = 5,
    Link = 6,
    User = 7,
    MulticastGroup = 8,
    ProgramConfig = 9,
    Contributor = 10,
    AccessPass = 11,
    ResourceExtension = 12,
    Tenant = 13,
    Reservation = 14,
    Permission = 15,
    Index = 16,
    Topology = 17,
    Feed = 18,
};

/// Of a location or an exchange. "Pending" here and below is a state of the time before May 2026.
enum class PlaceStatus : std::uint8_t { Pending = 0, Activated = 1, Suspended = 2 };
enum class ContributorStatus : std::uint8_t { None = 0, Activated = 1, Suspended = 2, Deleting = 3 };

enum class DeviceType : std::uint8_t { Hybrid = 0, Transit = 1, Edge = 2 };
enum class DeviceStatus : std::uint8_t {
    Pending = 0,
    Activated = 1,
    Deleting = 3,
    Rejected = 4,
    Drained = 5,
    DeviceProvisioning = 6,
    LinkProvisioning = 7,
};
enum class DeviceHealth : std::uint8_t {
    Unknown = 0,
    Pending = 1,
    ReadyForLinks = 2,
    ReadyForUsers = 3,
    Impaired = 4
};
enum class DeviceDesiredStatus : std::uint8_t { Pending = 0, Activated = 1, Drained = 6 };

enum class InterfaceStatus : std::uint8_t {
    Invalid = 0,
    Unmanaged = 1,
    Pending = 2,
    Activated = 3,
    Deleting = 4,
    Rejected = 5,
    Unlinked = 6,
};
enum class InterfaceType : std::uint8_t { Invalid = 0, Loopback = 1, Physical = 2 };
enum class LoopbackType : std::uint8_t { None = 0, Vpnv4 = 1, Ipv4 = 2, PimRpAddr = 3, Reserved = 4 };
/// How customer traffic reaches a device ("choose your own adventure"): of a device interface and of a user.
enum class Cyoa : std::uint8_t {
    None = 0,
    GreOverDia = 1,
    GreOverFabric = 2,
    GreOverPrivatePeering = 3,
    GreOverPublicPeering = 4,
    GreOverCable = 5,
};
/// Direct internet access.
enum class Dia : std::uint8_t { None = 0, Dia = 1 };
enum class RoutingMode : std::uint8_t { Static = 0, Bgp = 1 };

enum class LinkType : std::uint8_t { Wan = 1, Dzx = 127 };
enum class LinkStatus : std::uint8_t {
    Pending = 0,
    Activated = 1,
    Deleting = 3,
    Rejected = 4,
    Requested = 5,
    HardDrained = 6,
    SoftDrained = 7,
    Provisioning = 8,
};
enum class LinkHealth : std::uint8_t { Unknown = 0, Pending = 1, ReadyForService = 2, Impaired = 3 };
enum class LinkDesiredStatus : std::uint8_t { Pending = 0, Activated = 1, HardDrained = 6, SoftDrained = 7 };

enum class UserType : std::uint8_t { Ibrl = 0, IbrlWithAllocatedIp = 1, EdgeFiltering = 2, Multicast = 3 };
enum class UserStatus : std::uint8_t {
    Pending = 0,
    Activated = 1,
    Suspended = 2,
    Deleting = 3,
    Rejected = 4,
    PendingBan = 5,
    Banned = 6,
    Updating = 7,
    OutOfCredits = 8,
};
enum class BgpStatus : std::uint8_t { Unknown = 0, Up = 1, Down = 2 };
enum class MulticastGroupStatus : std::uint8_t {
    Pending = 0,
    Activated = 1,
    Suspended = 2,
    Deleting = 3,
    Rejected = 4
};

enum class AccessPassStatus : std::uint8_t { Requested = 0, Connected = 1, Disconnected = 2, Expired = 3 };
enum class PaymentStatus : std::uint8_t { Delinquent = 0, Paid = 1 };
enum class PermissionStatus : std::uint8_t { None = 0, Activated = 1, Suspended = 2 };
enum class TopologyConstraint : std::uint8_t { IncludeAny = 0, Exclude = 1 };

/// What an access pass was given for; an enumeration with a payload on the wire.
namespace access {
struct Prepaid {
    DZ_FIELDS(Prepaid)
};
struct SolanaValidator {
    PublicKey key;
    DZ_FIELDS(SolanaValidator, key)
};
struct SolanaRpc {
    PublicKey key;
    DZ_FIELDS(SolanaRpc, key)
};
struct Others {
    std::string type_name;
    std::string value;
    DZ_FIELDS(Others, type_name, value)
};
/// A number of seats on one feed, renewed monthly. Times are unix seconds.
struct FeedSeat {
    PublicKey feed_key;
    std::uint8_t max_users = 0;
    std::uint8_t max_future_users = 0;  ///< from the next window on
    std::uint8_t current_users = 0;
    std::uint8_t anniversary_day = 0;  ///< 1..31
    std::int64_t window_end = 0;
    std::int64_t terminates_at = 0;
    DZ_FIELDS(FeedSeat, feed_key, max_users, max_future_users, current_users, anniversary_day, window_end,
              terminates_at)
};
struct EdgeSeat {
    std::vector<FeedSeat> feed_seats;
    DZ_FIELDS(EdgeSeat, feed_seats)
};
/// A kind this build does not know. Its payload has an unknown length, so in an account every later field
/// reads as its default; it cannot be written back.
struct Unknown {
    std::uint8_t number = 0;
    DZ_FIELDS(Unknown, number)
};
}  // namespace access

/// The alternative's index is the number on the wire; `Unknown` has none.
using AccessPassType = std::variant<access::Prepaid, access::SolanaValidator, access::SolanaRpc,
                                    access::Others, access::EdgeSeat, access::Unknown>;

/// How a tenant pays. One kind exists: a flat rate each epoch.
struct Billing {
    std::uint8_t kind = 0;  ///< 0 = flat per epoch
    std::uint64_t rate = 0;
    std::uint64_t last_deduction_dz_epoch = 0;
    DZ_FIELDS(Billing, kind, rate, last_deduction_dz_epoch)
};

/// major.minor.patch
struct Version {
    std::uint32_t major = 0;
    std::uint32_t minor = 0;
    std::uint32_t patch = 0;
    DZ_FIELDS(Version, major, minor, patch)
    auto operator<=>(const Version&) const = default;
    std::string to_string() const;
};

/// The bitmap allocators of the program.
enum class ResourceKind : std::uint8_t {
    DeviceTunnelBlock = 0,
    UserTunnelBlock = 1,
    MulticastGroupBlock = 2,
    MulticastPublisherBlock = 3,
    DzPrefixBlock = 4,
    TunnelIds = 5,
    LinkIds = 6,
    SegmentRoutingIds = 7,
    VrfIds = 8,
    AdminGroupBits = 9,
};

/// Names one allocator. `device` and `index` count for DzPrefixBlock and TunnelIds only, and are on the wire
/// for those only.
struct Resource {
    ResourceKind kind{};
    PublicKey device;
    std::uint64_t index = 0;

    bool per_device() const { return kind == ResourceKind::DzPrefixBlock || kind == ResourceKind::TunnelIds; }
    bool operator==(const Resource&) const = default;
};

/// What an allocator hands out: 0 = addresses, 1 = a number.
using IpOrId = std::variant<Prefix, std::uint16_t>;

}  // namespace dz::ledger
