#include "ledger/enum_text.hpp"

#include <algorithm>

namespace dz::ledger {
namespace {

constexpr auto kAccountType = std::to_array<EnumText>({
    {0, "none", "None"},
    {1, "globalstate", "GlobalState"},
    {2, "config", "GlobalConfig"},
    {3, "location", "Location"},
    {4, "exchange", "Exchange"},
    {5, "device", "Device"},
    {6, "tunnel", "Link"},  // the name of a link before it was called one
    {7, "user", "User"},
    {8, "multicastgroup", "MulticastGroup"},
    {9, "programconfig", "ProgramConfig"},
    {10, "contributor", "Contributor"},
    {11, "accesspass", "AccessPass"},
    {12, "resourceextension", "ResourceExtension"},
    {13, "tenant", "Tenant"},
    {14, "reservation", "Reservation"},
    {15, "permission", "Permission"},
    {16, "index", "Index"},
    {17, "topology", "Topology"},
    {18, "feed", "Feed"},
});

constexpr auto kPlaceStatus = std::to_array<EnumText>({
    {0, "pending (deprecated)", "PendingDeprecated"},
    {1, "activated", "Activated"},
    {2, "suspended", "Suspended"},
});

constexpr auto kContributorStatus = std::to_array<EnumText>({
    {0, "none", "None"},
    {1, "activated", "Activated"},
    {2, "suspended", "Suspended"},
    {3, "deleting", "Deleting"},
});

constexpr auto kDeviceType = std::to_array<EnumText>({
    {0, "hybrid", "Hybrid"},
    {1, "transit", "Transit"},
    {2, "edge", "Edge"},
});

constexpr auto kDeviceStatus = std::to_array<EnumText>({
    {0, "pending (deprecated)", "PendingDeprecated"},
    {1, "activated", "Activated"},
    {3, "deleting", "Deleting"},
    {4, "rejected (deprecated)", "RejectedDeprecated"},
    {5, "drained", "Drained"},
    {6, "device-provisioning", "DeviceProvisioning"},
    {7, "link-provisioning", "LinkProvisioning"},
});

constexpr auto kDeviceHealth = std::to_array<EnumText>({
    {0, "unknown", "Unknown"},
    {1, "pending", "Pending"},
    {2, "ready-for-links", "ReadyForLinks"},
    {3, "ready-for-users", "ReadyForUsers"},
    {4, "impaired", "Impaired"},
});

constexpr auto kDeviceDesiredStatus = std::to_array<EnumText>({
    {0, "pending", "Pending"},
    {1, "activated", "Activated"},
    {6, "drained", "Drained"},
});

constexpr auto kInterfaceStatus = std::to_array<EnumText>({
    {0, "invalid", "Invalid"},
    {1, "unmanaged", "Unmanaged"},
    {2, "pending", "Pending"},
    {3, "activated", "Activated"},
    {4, "deleting", "Deleting"},
    {5, "rejected", "Rejected"},
    {6, "unlinked", "Unlinked"},
});

constexpr auto kInterfaceType = std::to_array<EnumText>({
    {0, "invalid", "Invalid"},
    {1, "loopback", "Loopback"},
    {2, "physical", "Physical"},
});

constexpr auto kLoopbackType = std::to_array<EnumText>({
    {0, "none", "None"},
    {1, "vpnv4", "Vpnv4"},
    {2, "ipv4", "Ipv4"},
    {3, "pim_rp_addr", "PimRpAddr"},
    {4, "reserved", "Reserved"},
});

constexpr auto kCyoa = std::to_array<EnumText>({
    {0, "none", "None"},
    {1, "GREOverDIA", "GREOverDIA"},
    {2, "GREOverFabric", "GREOverFabric"},
    {3, "GREOverPrivatePeering", "GREOverPrivatePeering"},
    {4, "GREOverPublicPeering", "GREOverPublicPeering"},
    {5, "GREOverCable", "GREOverCable"},
});

constexpr auto kDia = std::to_array<EnumText>({
    {0, "none", "None"},
    {1, "dia", "DIA"},
});

constexpr auto kRoutingMode = std::to_array<EnumText>({
    {0, "static", "Static"},
    {1, "bgp", "BGP"},
});

constexpr auto kLinkType = std::to_array<EnumText>({
    {1, "WAN", "WAN"},
    {127, "DZX", "DZX"},
});

constexpr auto kLinkStatus = std::to_array<EnumText>({
    {0, "pending (deprecated)", "PendingDeprecated"},
    {1, "activated", "Activated"},
    {3, "deleting", "Deleting"},
    {4, "rejected (deprecated)", "RejectedDeprecated"},
    {5, "requested", "Requested"},
    {6, "hard-drained", "HardDrained"},
    {7, "soft-drained", "SoftDrained"},
    {8, "provisioning", "Provisioning"},
});

constexpr auto kLinkHealth = std::to_array<EnumText>({
    {0, "unknown", "Unknown"},
    {1, "pending", "Pending"},
    {2, "ready-for-service", "ReadyForService"},
    {3, "impaired", "Impaired"},
});

constexpr auto kLinkDesiredStatus = std::to_array<EnumText>({
    {0, "pending", "Pending"},
    {1, "activated", "Activated"},
    {6, "hard-drained", "HardDrained"},
    {7, "soft-drained", "SoftDrained"},
});

// People and programs know user types by these names in both vocabularies.
constexpr auto kUserType = std::to_array<EnumText>({
    {0, "IBRL", "IBRL"},
    {1, "IBRLWithAllocatedIP", "IBRLWithAllocatedIP"},
    {2, "EdgeFiltering", "EdgeFiltering"},
    {3, "Multicast", "Multicast"},
});

constexpr auto kUserStatus = std::to_array<EnumText>({
    {0, "pending (deprecated)", "PendingDeprecated"},
    {1, "activated", "Activated"},
    {2, "suspended (deprecated)", "SuspendedDeprecated"},
    {3, "deleting", "Deleting"},
    {4, "rejected (deprecated)", "RejectedDeprecated"},
    {5, "pending ban (deprecated)", "PendingBanDeprecated"},
    {6, "banned", "Banned"},
    {7, "updating (deprecated)", "UpdatingDeprecated"},
    {8, "out_of_credits", "OutOfCredits"},
});

constexpr auto kBgpStatus = std::to_array<EnumText>({
    {0, "unknown", "Unknown"},
    {1, "up", "Up"},
    {2, "down", "Down"},
});

constexpr auto kMulticastGroupStatus = std::to_array<EnumText>({
    {0, "pending (deprecated)", "PendingDeprecated"},
    {1, "activated", "Activated"},
    {2, "suspended", "Suspended"},
    {3, "deleting", "Deleting"},
    {4, "rejected (deprecated)", "RejectedDeprecated"},
});

constexpr auto kAccessPassStatus = std::to_array<EnumText>({
    {0, "requested", "Requested"},
    {1, "connected", "Connected"},
    {2, "disconnected", "Disconnected"},
    {3, "expired (deprecated)", "ExpiredDeprecated"},
});

constexpr auto kPaymentStatus = std::to_array<EnumText>({
    {0, "delinquent", "Delinquent"},
    {1, "paid", "Paid"},
});

constexpr auto kPermissionStatus = std::to_array<EnumText>({
    {0, "none", "None"},
    {1, "activated", "Activated"},
    {2, "suspended", "Suspended"},
});

constexpr auto kTopologyConstraint = std::to_array<EnumText>({
    {0, "include-any", "IncludeAny"},
    {1, "exclude", "Exclude"},
});

constexpr auto kPermissionFlag = std::to_array<EnumText>({
    {0, "foundation", "Foundation"},
    {1, "permission-admin", "PermissionAdmin"},
    {2, "infra-admin", "InfraAdmin"},
    {3, "network-admin", "NetworkAdmin"},
    {4, "tenant-admin", "TenantAdmin"},
    {5, "multicast-admin", "MulticastAdmin"},
    {6, "feed-authority", "FeedAuthority"},
    {7, "activator", "Activator"},
    {8, "sentinel", "Sentinel"},
    {9, "user-admin", "UserAdmin"},
    {10, "access-pass-admin", "AccessPassAdmin"},
    {11, "health-oracle", "HealthOracle"},
    {12, "qa", "Qa"},
    {13, "globalstate-admin", "GlobalstateAdmin"},
    {14, "contributor-admin", "ContributorAdmin"},
    {15, "topology-admin", "TopologyAdmin"},
    {16, "resource-admin", "ResourceAdmin"},
    {17, "index-admin", "IndexAdmin"},
});

constexpr auto kResourceKind = std::to_array<EnumText>({
    {0, "device-tunnel-block", "DeviceTunnelBlock"},
    {1, "user-tunnel-block", "UserTunnelBlock"},
    {2, "multicast-group-block", "MulticastGroupBlock"},
    {3, "multicast-publisher-block", "MulticastPublisherBlock"},
    {4, "dz-prefix-block", "DzPrefixBlock"},
    {5, "tunnel-ids", "TunnelIds"},
    {6, "link-ids", "LinkIds"},
    {7, "segment-routing-ids", "SegmentRoutingIds"},
    {8, "vrf-ids", "VrfIds"},
    {9, "admin-group-bits", "AdminGroupBits"},
});

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace

#define DZ_TEXTS(Enum)                             \
    template <>                                    \
    std::span<const EnumText> enum_texts<Enum>() { \
        return k##Enum;                            \
    }
DZ_TEXTS(AccountType)
DZ_TEXTS(PlaceStatus)
DZ_TEXTS(ContributorStatus)
DZ_TEXTS(DeviceType)
DZ_TEXTS(DeviceStatus)
DZ_TEXTS(DeviceHealth)
DZ_TEXTS(DeviceDesiredStatus)
DZ_TEXTS(InterfaceStatus)
DZ_TEXTS(InterfaceType)
DZ_TEXTS(LoopbackType)
DZ_TEXTS(Cyoa)
DZ_TEXTS(Dia)
DZ_TEXTS(RoutingMode)
DZ_TEXTS(LinkType)
DZ_TEXTS(LinkStatus)
DZ_TEXTS(LinkHealth)
DZ_TEXTS(LinkDesiredStatus)
DZ_TEXTS(UserType)
DZ_TEXTS(UserStatus)
DZ_TEXTS(BgpStatus)
DZ_TEXTS(MulticastGroupStatus)
DZ_TEXTS(AccessPassStatus)
DZ_TEXTS(PaymentStatus)
DZ_TEXTS(PermissionStatus)
DZ_TEXTS(TopologyConstraint)
DZ_TEXTS(PermissionFlag)
DZ_TEXTS(ResourceKind)
#undef DZ_TEXTS

const EnumText* find_text(std::span<const EnumText> table, std::uint8_t number) {
    const auto row = std::ranges::find(table, number, &EnumText::number);
    return row != table.end() ? &*row : nullptr;
}

const EnumText* find_number(std::span<const EnumText> table, std::string_view text_or_name) {
    const auto row = std::ranges::find_if(table, [&](const EnumText& candidate) {
        return equal_ignoring_case(candidate.text, text_or_name) ||
               equal_ignoring_case(candidate.name, text_or_name);
    });
    return row != table.end() ? &*row : nullptr;
}

std::string_view to_text(const AccessPassType& type) {
    struct Text {
        std::string_view operator()(const access::Prepaid&) const { return "prepaid"; }
        std::string_view operator()(const access::SolanaValidator&) const { return "solana_validator"; }
        std::string_view operator()(const access::SolanaRpc&) const { return "solana_rpc"; }
        std::string_view operator()(const access::Others& others) const { return others.type_name; }
        std::string_view operator()(const access::EdgeSeat&) const { return "edge_seat"; }
        std::string_view operator()(const access::Unknown&) const { return "unknown"; }
    };
    return std::visit(Text{}, type);
}

std::string Version::to_string() const {
    return std::to_string(major) + '.' + std::to_string(minor) + '.' + std::to_string(patch);
}

}  // namespace dz::ledger
