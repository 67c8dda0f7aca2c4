// tests/ledger/samples.hpp: one account of each kind with every field set to something that is not its
// default.
#pragma once

#include <vector>

#include "ledger/accounts.hpp"

namespace dz::test {

inline ledger::PublicKey sample_key(std::uint8_t fill) {
    ledger::PublicKey key;
    key.bytes.fill(fill);
    return key;
}

inline Prefix sample_prefix(std::uint32_t address, std::uint8_t length) {
    return {Ipv4{address}, length};
}

inline ledger::GlobalState sample_global_state() {
    ledger::GlobalState state;
    state.bump = 254;
    state.account_index = u128{1} << 70;
    state.foundation_allowlist = {sample_key(1), sample_key(2)};
    state.device_allowlist = {sample_key(3)};
    state.user_allowlist = {};
    state.activator_authority_pk = sample_key(4);
    state.sentinel_authority_pk = sample_key(5);
    state.contributor_airdrop_lamports = 1'000'000'000;
    state.user_airdrop_lamports = 40'000;
    state.health_oracle_pk = sample_key(6);
    state.qa_allowlist = {sample_key(7)};
    state.feature_flags = 2;
    state.feed_authority_pk = sample_key(8);
    return state;
}

inline ledger::GlobalConfig sample_global_config() {
    ledger::GlobalConfig config;
    config.owner = sample_key(1);
    config.bump = 253;
    config.local_asn = {65000};
    config.remote_asn = {21682};
    config.device_tunnel_block = sample_prefix(0xac100000, 16);
    config.user_tunnel_block = sample_prefix(0xa9fe0000, 16);
    config.multicastgroup_block = sample_prefix(0xe9540000, 16);
    config.next_bgp_community = 10003;
    config.multicast_publisher_block = sample_prefix(0x94337800, 21);
    return config;
}

inline ledger::Device sample_device() {
    using namespace ledger;
    Device device;
    device.owner = sample_key(1);
    device.index = 7;
    device.bump = 250;
    device.location_pk = sample_key(2);
    device.exchange_pk = sample_key(3);
    device.device_type = DeviceType::Edge;
    device.public_ip = Ipv4{0xc6120001};
    device.status = DeviceStatus::Drained;
    device.code = "fra-dz001";
    device.dz_prefixes = {sample_prefix(0xc6120100, 29), sample_prefix(0xc6120200, 29)};
    device.metrics_publisher_pk = sample_key(4);
    device.contributor_pk = sample_key(5);
    device.mgmt_vrf = "mgmt";
    Interface loopback;
    loopback.status = InterfaceStatus::Activated;
    loopback.name = "Loopback100";
    loopback.interface_type = InterfaceType::Loopback;
    loopback.loopback_type = LoopbackType::Vpnv4;
    loopback.mtu = 9000;
    loopback.ip_net = sample_prefix(0xac100001, 32);
    loopback.node_segment_idx = 100;
    loopback.flex_algo_node_segments = {{sample_key(6), 300}};
    Interface port;
    port.status = InterfaceStatus::Unlinked;
    port.name = "Ethernet1/1";
    port.interface_type = InterfaceType::Physical;
    port.interface_cyoa = Cyoa::GreOverDia;
    port.interface_dia = Dia::Dia;
    port.bandwidth = 10'000'000'000;
    port.cir = 5'000'000'000;
    port.mtu = 1500;
    port.routing_mode = RoutingMode::Bgp;
    port.vlan_id = 100;
    port.ip_net = sample_prefix(0xc6120301, 30);
    port.user_tunnel_endpoint = true;
    device.interfaces = {loopback, port};
    device.reference_count = 12;
    device.users_count = 5;
    device.max_users = 100;
    device.device_health = DeviceHealth::ReadyForUsers;
    device.desired_status = DeviceDesiredStatus::Activated;
    device.unicast_users_count = 3;
    device.multicast_subscribers_count = 2;
    device.max_unicast_users = 50;
    device.max_multicast_subscribers = 51;
    device.reserved_seats = 4;
    device.multicast_publishers_count = 1;
    device.max_multicast_publishers = 10;
    return device;
}

inline ledger::User sample_user() {
    using namespace ledger;
    User user;
    user.owner = sample_key(1);
    user.index = 0;
    user.bump = 255;
    user.user_type = UserType::Multicast;
    user.tenant_pk = sample_key(2);
    user.device_pk = sample_key(3);
    user.cyoa_type = Cyoa::GreOverDia;
    user.client_ip = Ipv4{0xc612010a};
    user.dz_ip = Ipv4{0x94337801};
    user.tunnel_id = 501;
    user.tunnel_net = sample_prefix(0xa9fe0002, 31);
    user.status = UserStatus::Activated;
    user.publishers = {sample_key(4)};
    user.subscribers = {sample_key(4), sample_key(5)};
    user.validator_pubkey = sample_key(6);
    user.tunnel_endpoint = Ipv4{0xc6120009};
    user.tunnel_flags = User::kCreatedAsPublisher;
    user.bgp_status = BgpStatus::Up;
    user.last_bgp_up_at = 1'700'000'000;
    user.last_bgp_reported_at = 1'700'000'100;
    user.bgp_rtt_ns = 5'500'000;
    user.feed_pks = {sample_key(7)};
    return user;
}

inline ledger::AccessPass sample_access_pass() {
    using namespace ledger;
    AccessPass pass;
    pass.owner = sample_key(1);
    pass.bump = 244;
    pass.accesspass_type = access::EdgeSeat{{{sample_key(2), 7, 4, 3, 15, 1'800'000'000, 1'900'000'000}}};
    pass.client_ip = Ipv4{0xc612010a};
    pass.user_payer = sample_key(3);
    pass.last_access_epoch = AccessPass::kUnlimitedEpoch;
    pass.connection_count = 3;
    pass.status = AccessPassStatus::Connected;
    pass.mgroup_pub_allowlist = {sample_key(4)};
    pass.mgroup_sub_allowlist = {sample_key(5), sample_key(6)};
    pass.flags = AccessPass::kAllowMultipleIp;
    pass.tenant_allowlist = {sample_key(7)};
    pass.unicast_user_count = 2;
    pass.max_unicast_users = 4;
    pass.multicast_user_count = 1;
    pass.max_multicast_users = 3;
    return pass;
}

inline ledger::Feed sample_feed() {
    ledger::Feed feed;
    feed.owner = sample_key(1);
    feed.bump = 239;
    feed.code = "shreds";
    feed.name = "Block shreds";
    feed.exchange = sample_key(2);
    feed.groups = {sample_key(3), sample_key(4)};
    return feed;
}

inline ledger::Tenant sample_tenant() {
    using namespace ledger;
    Tenant tenant;
    tenant.owner = sample_key(1);
    tenant.bump = 240;
    tenant.code = "acme";
    tenant.vrf_id = 500;
    tenant.reference_count = 2;
    tenant.administrators = {sample_key(2)};
    tenant.payment_status = PaymentStatus::Paid;
    tenant.token_account = sample_key(3);
    tenant.metro_routing = true;
    tenant.route_liveness = true;
    tenant.billing = {0, 1'000, 42};
    tenant.include_topologies = {sample_key(4)};
    return tenant;
}

inline ledger::Link sample_link() {
    using namespace ledger;
    Link link;
    link.owner = sample_key(1);
    link.index = 99;
    link.bump = 249;
    link.side_a_pk = sample_key(2);
    link.side_z_pk = sample_key(3);
    link.link_type = LinkType::Dzx;
    link.bandwidth = 10'000'000'000;
    link.mtu = 9000;
    link.delay_ns = 5'000'000;
    link.jitter_ns = 100'000;
    link.tunnel_id = 3;
    link.tunnel_net = sample_prefix(0xac100100, 31);
    link.status = LinkStatus::SoftDrained;
    link.code = "fra-ams";
    link.contributor_pk = sample_key(4);
    link.side_a_iface_name = "Ethernet1/1";
    link.side_z_iface_name = "Ethernet2/1";
    link.delay_override_ns = 20'000;
    link.link_health = LinkHealth::ReadyForService;
    link.desired_status = LinkDesiredStatus::Activated;
    link.link_topologies = {sample_key(5)};
    link.link_flags = Link::kUnicastDrained;
    return link;
}

/// All kinds, with both forms of the allocator and of the reservation.
inline std::vector<ledger::Account> sample_accounts() {
    using namespace ledger;
    Location location{sample_key(1),          4,     252,         52.3676, 4.9041, 4818,
                      PlaceStatus::Suspended, "ams", "Amsterdam", "NL",    3};
    Exchange exchange{sample_key(1),          5,      251,         50.1, -8.7,          10100,        0,
                      PlaceStatus::Activated, "xfra", "Frankfurt", 5,    sample_key(2), sample_key(3)};
    Contributor contributor{sample_key(1), 6, 245, ContributorStatus::Activated, "co01", 7, sample_key(2)};
    MulticastGroup group{sample_key(1),
                         30,
                         247,
                         sample_key(2),
                         Ipv4{0xe9540001},
                         1'000'000'000,
                         MulticastGroupStatus::Suspended,
                         "alpha",
                         2,
                         10};
    ProgramConfig program{246, {0, 34, 0}, {0, 30, 0}};
    ResourceExtension ips{sample_key(1),
                          241,
                          sample_key(2),
                          IpRange{sample_prefix(0xc6120100, 29), 0},
                          {0x07, 0, 0, 0, 0, 0, 0, 0}};
    ResourceExtension ids{sample_key(1), 242, sample_key(2), IdRange{1, 127, 1}, Bytes(16, 0x80)};
    Permission permission{sample_key(1), 238, PermissionStatus::Activated, sample_key(2),
                          permission_bit(PermissionFlag::UserAdmin)};
    Index index{sample_key(1), AccountType::Device, "fra-dz001", 237};
    Topology topology{sample_key(1), 236, "UNICAST-DEFAULT", 1, 129, TopologyConstraint::Exclude, 8};
    SeatReservation seat{sample_key(1), 235, sample_key(2), Ipv4{0x01020304}};
    BlockReservation block{sample_key(1), 234, sample_key(2), 3};
    return {sample_global_state(),
            sample_global_config(),
            program,
            location,
            exchange,
            contributor,
            sample_device(),
            sample_link(),
            sample_user(),
            group,
            sample_access_pass(),
            ips,
            ids,
            sample_tenant(),
            seat,
            block,
            permission,
            index,
            topology,
            sample_feed()};
}

}  // namespace dz::test
