// ledger/instructions_network.hpp: arguments of the instructions on devices, interfaces and links
// (ledger-instructions.md 4.3, 4.4). Conventions: instructions_admin.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ip.hpp"
#include "ledger/fields.hpp"
#include "ledger/public_key.hpp"
#include "ledger/types.hpp"

namespace dz::ledger::ix {

// ---- Devices

struct CreateDevice {
    static constexpr std::uint8_t kNumber = 20;
    std::string code;
    DeviceType device_type{};
    Ipv4 public_ip;
    std::vector<Prefix> dz_prefixes;
    PublicKey metrics_publisher;
    std::string mgmt_vrf;
    std::optional<DeviceDesiredStatus> desired_status;
    std::uint8_t resource_count = 0;  ///< 1 + number of prefixes
    DZ_FIELDS(CreateDevice, code, device_type, public_ip, dz_prefixes, metrics_publisher, mgmt_vrf,
              desired_status, resource_count)
};
struct ActivateDevice {
    static constexpr std::uint8_t kNumber = 21;
    static constexpr bool kDeprecated = true;
    std::uint64_t resource_count = 0;
    DZ_FIELDS(ActivateDevice, resource_count)
};
struct RejectDevice {
    static constexpr std::uint8_t kNumber = 22;
    static constexpr bool kDeprecated = true;
    std::string reason;
    DZ_FIELDS(RejectDevice, reason)
};
struct UpdateDevice {
    static constexpr std::uint8_t kNumber = 23;
    std::optional<std::string> code;
    std::optional<DeviceType> device_type;
    std::optional<PublicKey> contributor_pk;
    std::optional<Ipv4> public_ip;
    std::optional<std::vector<Prefix>> dz_prefixes;
    std::optional<PublicKey> metrics_publisher;
    std::optional<std::string> mgmt_vrf;
    std::optional<std::uint16_t> max_users;
    std::optional<std::uint16_t> users_count;
    std::optional<DeviceStatus> status;
    std::optional<DeviceDesiredStatus> desired_status;
    std::uint64_t resource_count = 0;
    std::optional<std::uint32_t> reference_count;
    std::optional<std::uint16_t> max_unicast_users;
    std::optional<std::uint16_t> max_multicast_subscribers;
    std::optional<std::uint16_t> unicast_users_count;
    std::optional<std::uint16_t> max_multicast_publishers;
    std::optional<std::uint16_t> multicast_subscribers_count;
    std::optional<std::uint16_t> multicast_publishers_count;
    DZ_FIELDS(UpdateDevice, code, device_type, contributor_pk, public_ip, dz_prefixes, metrics_publisher,
              mgmt_vrf, max_users, users_count, status, desired_status, resource_count, reference_count,
              max_unicast_users, max_multicast_subscribers, unicast_users_count, max_multicast_publishers,
              multicast_subscribers_count, multicast_publishers_count)
};
struct SuspendDevice {
    static constexpr std::uint8_t kNumber = 24;
    static constexpr bool kDeprecated = true;
    DZ_FIELDS(SuspendDevice)
};
struct ResumeDevice {
    static constexpr std::uint8_t kNumber = 25;
    static constexpr bool kDeprecated = true;
    DZ_FIELDS(ResumeDevice)
};
struct DeleteDevice {
    static constexpr std::uint8_t kNumber = 26;
    std::uint8_t resource_count = 0;  ///< 0 = mark as deleting only
    DZ_FIELDS(DeleteDevice, resource_count)
};
struct CloseAccountDevice {
    static constexpr std::uint8_t kNumber = 27;
    static constexpr bool kDeprecated = true;
    std::uint64_t resource_count = 0;
    DZ_FIELDS(CloseAccountDevice, resource_count)
};
struct SetDeviceHealth {
    static constexpr std::uint8_t kNumber = 83;
    DeviceHealth health{};
    DZ_FIELDS(SetDeviceHealth, health)
};

// ---- Interfaces

struct ActivateDeviceInterface {
    static constexpr std::uint8_t kNumber = 72;
    static constexpr bool kDeprecated = true;
    std::string name;
    Prefix ip_net;
    std::uint16_t node_segment_idx = 0;
    DZ_FIELDS(ActivateDeviceInterface, name, ip_net, node_segment_idx)
};
struct CreateDeviceInterface {
    static constexpr std::uint8_t kNumber = 73;
    std::string name;
    LoopbackType loopback_type{};
    std::uint16_t vlan_id = 0;
    std::optional<Prefix> ip_net;
    bool user_tunnel_endpoint = false;
    Cyoa interface_cyoa{};
    Dia interface_dia{};
    std::uint64_t bandwidth = 0;
    std::uint64_t cir = 0;
    std::uint16_t mtu = 0;
    RoutingMode routing_mode{};
    bool use_onchain_allocation = false;  ///< must be true
    std::uint8_t topology_count = 0;
    DZ_FIELDS(CreateDeviceInterface, name, loopback_type, vlan_id, ip_net, user_tunnel_endpoint,
              interface_cyoa, interface_dia, bandwidth, cir, mtu, routing_mode, use_onchain_allocation,
              topology_count)
};
struct DeleteDeviceInterface {
    static constexpr std::uint8_t kNumber = 74;
    std::string name;
    bool use_onchain_deallocation = false;  ///< must be true
    DZ_FIELDS(DeleteDeviceInterface, name, use_onchain_deallocation)
};
struct RemoveDeviceInterface {
    static constexpr std::uint8_t kNumber = 75;
    static constexpr bool kDeprecated = true;
    std::string name;
    DZ_FIELDS(RemoveDeviceInterface, name)
};
struct UpdateDeviceInterface {
    static constexpr std::uint8_t kNumber = 76;
    std::string name;
    std::optional<LoopbackType> loopback_type;
    std::optional<std::uint16_t> vlan_id;
    std::optional<bool> user_tunnel_endpoint;
    std::optional<InterfaceStatus> status;
    std::optional<Prefix> ip_net;
    std::optional<std::uint16_t> node_segment_idx;
    std::optional<Cyoa> interface_cyoa;
    std::optional<Dia> interface_dia;
    std::optional<std::uint64_t> bandwidth;
    std::optional<std::uint64_t> cir;
    std::optional<std::uint16_t> mtu;
    std::optional<RoutingMode> routing_mode;
    std::uint8_t topology_count = 0;
    bool update_topologies = false;
    DZ_FIELDS(UpdateDeviceInterface, name, loopback_type, vlan_id, user_tunnel_endpoint, status, ip_net,
              node_segment_idx, interface_cyoa, interface_dia, bandwidth, cir, mtu, routing_mode,
              topology_count, update_topologies)
};
struct UnlinkDeviceInterface {
    static constexpr std::uint8_t kNumber = 77;
    static constexpr bool kDeprecated = true;
    std::string name;
    DZ_FIELDS(UnlinkDeviceInterface, name)
};
struct RejectDeviceInterface {
    static constexpr std::uint8_t kNumber = 78;
    static constexpr bool kDeprecated = true;
    std::string name;
    DZ_FIELDS(RejectDeviceInterface, name)
};

// ---- Links

struct CreateLink {
    static constexpr std::uint8_t kNumber = 28;
    std::string code;
    LinkType link_type{};
    std::uint64_t bandwidth = 0;
    std::uint32_t mtu = 0;
    std::uint64_t delay_ns = 0;
    std::uint64_t jitter_ns = 0;
    std::string side_a_iface_name;
    std::optional<std::string> side_z_iface_name;
    std::optional<LinkDesiredStatus> desired_status;
    bool use_onchain_allocation = false;  ///< must be true
    DZ_FIELDS(CreateLink, code, link_type, bandwidth, mtu, delay_ns, jitter_ns, side_a_iface_name,
              side_z_iface_name, desired_status, use_onchain_allocation)
};
struct ActivateLink {
    static constexpr std::uint8_t kNumber = 29;
    static constexpr bool kDeprecated = true;
    std::uint16_t tunnel_id = 0;
    Prefix tunnel_net;
    bool use_onchain_allocation = false;
    DZ_FIELDS(ActivateLink, tunnel_id, tunnel_net, use_onchain_allocation)
};
struct RejectLink {
    static constexpr std::uint8_t kNumber = 30;
    static constexpr bool kDeprecated = true;
    std::string reason;
    DZ_FIELDS(RejectLink, reason)
};
struct UpdateLink {
    static constexpr std::uint8_t kNumber = 31;
    std::optional<std::string> code;
    std::optional<PublicKey> contributor_pk;
    std::optional<LinkType> tunnel_type;
    std::optional<std::uint64_t> bandwidth;
    std::optional<std::uint32_t> mtu;
    std::optional<std::uint64_t> delay_ns;
    std::optional<std::uint64_t> jitter_ns;
    std::optional<LinkStatus> status;
    std::optional<std::uint64_t> delay_override_ns;
    std::optional<LinkDesiredStatus> desired_status;
    std::optional<std::uint16_t> tunnel_id;
    std::optional<Prefix> tunnel_net;
    bool use_onchain_allocation = false;
    std::optional<std::vector<PublicKey>> link_topologies;
    std::optional<bool> unicast_drained;
    DZ_FIELDS(UpdateLink, code, contributor_pk, tunnel_type, bandwidth, mtu, delay_ns, jitter_ns, status,
              delay_override_ns, desired_status, tunnel_id, tunnel_net, use_onchain_allocation,
              link_topologies, unicast_drained)
};
struct SuspendLink {
    static constexpr std::uint8_t kNumber = 32;
    static constexpr bool kDeprecated = true;
    DZ_FIELDS(SuspendLink)
};
struct ResumeLink {
    static constexpr std::uint8_t kNumber = 33;
    static constexpr bool kDeprecated = true;
    DZ_FIELDS(ResumeLink)
};
struct DeleteLink {
    static constexpr std::uint8_t kNumber = 34;
    bool use_onchain_deallocation = false;  ///< must be true
    DZ_FIELDS(DeleteLink, use_onchain_deallocation)
};
struct CloseAccountLink {
    static constexpr std::uint8_t kNumber = 35;
    static constexpr bool kDeprecated = true;
    bool use_onchain_deallocation = false;
    DZ_FIELDS(CloseAccountLink, use_onchain_deallocation)
};
struct AcceptLink {
    static constexpr std::uint8_t kNumber = 66;
    std::string side_z_iface_name;
    bool use_onchain_allocation = false;  ///< must be true
    DZ_FIELDS(AcceptLink, side_z_iface_name, use_onchain_allocation)
};
struct SetLinkHealth {
    static constexpr std::uint8_t kNumber = 84;
    LinkHealth health{};
    DZ_FIELDS(SetLinkHealth, health)
};

}  // namespace dz::ledger::ix
