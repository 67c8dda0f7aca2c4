// ledger/accounts_network.hpp: the catalogue of the network: places, contributors, devices and links.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ip.hpp"
#include "ledger/fields.hpp"
#include "ledger/public_key.hpp"
#include "ledger/types.hpp"

namespace dz::ledger {

/// A data centre.
struct Location {
    static constexpr AccountType kType = AccountType::Location;
    PublicKey owner;
    u128 index = 0;
    std::uint8_t bump = 0;
    double lat = 0;  ///< degrees, north positive
    double lng = 0;  ///< degrees, east positive
    std::uint32_t loc_id = 0;
    PlaceStatus status = PlaceStatus::Activated;
    std::string code;
    std::string name;
    std::string country;  ///< two letters
    std::uint32_t reference_count = 0;

    DZ_FIELDS(Location, owner, index, bump, lat, lng, loc_id, status, code, name, country, reference_count)
};

/// A metropolitan area where devices meet.
struct Exchange {
    static constexpr AccountType kType = AccountType::Exchange;
    PublicKey owner;
    u128 index = 0;
    std::uint8_t bump = 0;
    double lat = 0;
    double lng = 0;
    std::uint16_t bgp_community = 0;
    std::uint16_t unused = 0;
    PlaceStatus status = PlaceStatus::Activated;
    std::string code;
    std::string name;
    std::uint32_t reference_count = 0;
    PublicKey device1_pk;
    PublicKey device2_pk;

    DZ_FIELDS(Exchange, owner, index, bump, lat, lng, bgp_community, unused, status, code, name,
              reference_count, device1_pk, device2_pk)
};

/// Who runs devices. `owner` is the contributor's own key.
struct Contributor {
    static constexpr AccountType kType = AccountType::Contributor;
    PublicKey owner;
    u128 index = 0;
    std::uint8_t bump = 0;
    ContributorStatus status{};
    std::string code;
    std::uint32_t reference_count = 0;
    PublicKey ops_manager_pk;

    DZ_FIELDS(Contributor, owner, index, bump, status, code, reference_count, ops_manager_pk)
};

/// Segment id of a loopback in one topology.
struct NodeSegment {
    PublicKey topology;
    std::uint16_t node_segment_idx = 0;
    DZ_FIELDS(NodeSegment, topology, node_segment_idx)
};

/// One interface of a device. Members and defaults are today's; DZ_FIELDS is the body of the sized form.
struct Interface {
    /// Version that today's program writes.
    static constexpr std::uint8_t kVersion = 4;
    /// As read, for display; always written as `kVersion`, since fields of a later version are not kept.
    std::uint8_t version = kVersion;
    InterfaceStatus status{};
    std::string name;
    InterfaceType interface_type{};
    Cyoa interface_cyoa{};
    Dia interface_dia{};
    LoopbackType loopback_type{};
    std::uint64_t bandwidth = 0;  ///< bit/s
    std::uint64_t cir = 0;        ///< committed bit/s
    std::uint16_t mtu = 0;
    RoutingMode routing_mode{};
    std::uint16_t vlan_id = 0;
    Prefix ip_net;
    std::uint16_t node_segment_idx = 0;
    bool user_tunnel_endpoint = false;
    std::vector<NodeSegment> flex_algo_node_segments;

    DZ_FIELDS(Interface, status, name, interface_type, interface_cyoa, interface_dia, loopback_type,
              bandwidth, cir, mtu, routing_mode, vlan_id, ip_net, node_segment_idx, user_tunnel_endpoint,
              flex_algo_node_segments)
};

/// The wire has the interfaces twice: an older list in the middle of the account and today's sized list at
/// its end. These mark the two places for the visitors of codec.hpp.
template <class Interfaces>
struct LegacySlot {
    Interfaces& interfaces;
};
template <class Interfaces>
struct SizedSlot {
    Interfaces& interfaces;
};

/// A router of the network that users connect to.
struct Device {
    static constexpr AccountType kType = AccountType::Device;
    PublicKey owner;
    u128 index = 0;
    std::uint8_t bump = 0;
    PublicKey location_pk;
    PublicKey exchange_pk;
    DeviceType device_type{};
    Ipv4 public_ip;
    DeviceStatus status = DeviceStatus::Activated;
    std::string code;
    std::vector<Prefix> dz_prefixes;
    /// May write telemetry and users' BGP status.
    PublicKey metrics_publisher_pk;
    PublicKey contributor_pk;
    std::string mgmt_vrf;
    /// The sized list when the account has one, else rebuilt from the older list.
    std::vector<Interface> interfaces;
    std::uint32_t reference_count = 0;
    std::uint16_t users_count = 0;
    std::uint16_t max_users = 0;  ///< 0 = locked
    DeviceHealth device_health = DeviceHealth::Pending;
    DeviceDesiredStatus desired_status{};
    std::uint16_t unicast_users_count = 0;
    std::uint16_t multicast_subscribers_count = 0;  ///< in early March 2026: publishers too
    std::uint16_t max_unicast_users = 0;            ///< 0 = no limit, here and in the two below
    std::uint16_t max_multicast_subscribers = 0;
    std::uint16_t reserved_seats = 0;
    std::uint16_t multicast_publishers_count = 0;
    std::uint16_t max_multicast_publishers = 0;

    /// Seats that nobody uses or has reserved. 0 for a locked device.
    std::uint32_t free_seats() const {
        const std::uint32_t taken = std::uint32_t{users_count} + reserved_seats;
        return taken < max_users ? max_users - taken : 0;
    }

    static constexpr bool kDescribed = true;
    static void fields(auto& self, auto& visit) {
        visit("owner", self.owner);
        visit("index", self.index);
        visit("bump", self.bump);
        visit("location_pk", self.location_pk);
        visit("exchange_pk", self.exchange_pk);
        visit("device_type", self.device_type);
        visit("public_ip", self.public_ip);
        visit("status", self.status);
        visit("code", self.code);
        visit("dz_prefixes", self.dz_prefixes);
        visit("metrics_publisher_pk", self.metrics_publisher_pk);
        visit("contributor_pk", self.contributor_pk);
        visit("mgmt_vrf", self.mgmt_vrf);
        visit("legacy_interfaces", LegacySlot{self.interfaces});
        visit("reference_count", self.reference_count);
        visit("users_count", self.users_count);
        visit("max_users", self.max_users);
        visit("device_health", self.device_health);
        visit("desired_status", self.desired_status);
        visit("unicast_users_count", self.unicast_users_count);
        visit("multicast_subscribers_count", self.multicast_subscribers_count);
        visit("max_unicast_users", self.max_unicast_users);
        visit("max_multicast_subscribers", self.max_multicast_subscribers);
        visit("reserved_seats", self.reserved_seats);
        visit("multicast_publishers_count", self.multicast_publishers_count);
        visit("max_multicast_publishers", self.max_multicast_publishers);
        visit("interfaces", SizedSlot{self.interfaces});
    }
    bool operator==(const Device&) const = default;
};

/// A private line between two devices.
struct Link {
    static constexpr AccountType kType = AccountType::Link;
    PublicKey owner;
    u128 index = 0;
    std::uint8_t bump = 0;
    PublicKey side_a_pk;
    PublicKey side_z_pk;
    LinkType link_type = LinkType::Wan;
    std::uint64_t bandwidth = 0;  ///< bit/s
    std::uint32_t mtu = 0;
    std::uint64_t delay_ns = 0;
    std::uint64_t jitter_ns = 0;
    std::uint16_t tunnel_id = 0;
    Prefix tunnel_net;
    LinkStatus status = LinkStatus::Activated;
    std::string code;
    PublicKey contributor_pk;
    std::string side_a_iface_name;
    std::string side_z_iface_name;  ///< empty while a DZX link is requested
    std::uint64_t delay_override_ns = 0;
    LinkHealth link_health = LinkHealth::Pending;
    LinkDesiredStatus desired_status{};
    std::vector<PublicKey> link_topologies;
    std::uint32_t link_flags = 0;

    static constexpr std::uint32_t kUnicastDrained = 1;
    bool unicast_drained() const { return (link_flags & kUnicastDrained) != 0; }

    DZ_FIELDS(Link, owner, index, bump, side_a_pk, side_z_pk, link_type, bandwidth, mtu, delay_ns, jitter_ns,
              tunnel_id, tunnel_net, status, code, contributor_pk, side_a_iface_name, side_z_iface_name,
              delay_override_ns, link_health, desired_status, link_topologies, link_flags)
};

}  // namespace dz::ledger
