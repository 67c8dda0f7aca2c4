#include "chain/program/validate.hpp"

#include <algorithm>
#include <set>

#include "base/ip.hpp"
#include "chain/program/text_rules.hpp"
#include "ledger/limits.hpp"

namespace dz::program {

using ledger::ProgramError;

namespace {

Outcome require(bool condition, ProgramError error) {
    if (!condition) return reject(error);
    return {};
}

bool is_coordinate(double value, double limit) {
    return value >= -limit && value <= limit;  // false for NaN
}

bool is_asn(Asn asn) {
    return asn.value >= 1 && asn.value <= 4'294'967'294;
}

bool is_delay(std::uint64_t ns) {
    return ns >= ledger::kMinLinkDelayNs && ns <= ledger::kMaxLinkDelayNs;
}

bool is_vrf_name(std::string_view text) {
    return check_code(text).has_value();
}

}  // namespace

Outcome validate(const ledger::GlobalState& state) {
    return require(!state.foundation_allowlist.empty(), ProgramError::InvalidFoundationAllowlist);
}

Outcome validate(const ledger::GlobalConfig& config) {
    TRY_OK(require(is_asn(config.local_asn), ProgramError::InvalidLocalAsn));
    return require(is_asn(config.remote_asn), ProgramError::InvalidRemoteAsn);
}

Outcome validate(const ledger::Location& location) {
    TRY_OK(require(location.code.size() <= ledger::kMaxCodeBytes, ProgramError::CodeTooLong));
    TRY_OK(require(location.name.size() <= ledger::kMaxNameBytes, ProgramError::NameTooLong));
    TRY_OK(require(location.country.size() == ledger::kCountryBytes, ProgramError::InvalidCountryCode));
    TRY_OK(require(is_coordinate(location.lat, 90), ProgramError::InvalidLatitude));
    return require(is_coordinate(location.lng, 180), ProgramError::InvalidLongitude);
}

Outcome validate(const ledger::Exchange& exchange) {
    TRY_OK(require(exchange.code.size() <= ledger::kMaxCodeBytes, ProgramError::CodeTooLong));
    TRY_OK(require(exchange.name.size() <= ledger::kMaxNameBytes, ProgramError::NameTooLong));
    TRY_OK(require(is_coordinate(exchange.lat, 90), ProgramError::InvalidLatitude));
    TRY_OK(require(is_coordinate(exchange.lng, 180), ProgramError::InvalidLongitude));
    TRY_OK(require(exchange.bgp_community == 0 || (exchange.bgp_community >= ledger::kFirstBgpCommunity &&
                                                   exchange.bgp_community <= ledger::kLastBgpCommunity),
                   ProgramError::InvalidBgpCommunity));
    return require(exchange.device1_pk.is_zero() || exchange.device1_pk != exchange.device2_pk,
                   ProgramError::InvalidDevicePubkey);
}

Outcome validate(const ledger::Contributor& contributor) {
    return require(contributor.code.size() <= ledger::kMaxCodeBytes, ProgramError::CodeTooLong);
}

Outcome validate(const ledger::Device& device) {
    TRY_OK(require(device.code.size() <= ledger::kMaxCodeBytes, ProgramError::CodeTooLong));
    TRY_OK(require(is_vrf_name(device.mgmt_vrf), ProgramError::InvalidAccountCode));
    TRY_OK(require(device.mgmt_vrf.size() <= ledger::kMaxCodeBytes, ProgramError::CodeTooLong));
    TRY_OK(require(!device.location_pk.is_zero(), ProgramError::InvalidLocation));
    TRY_OK(require(!device.exchange_pk.is_zero(), ProgramError::InvalidExchange));
    TRY_OK(require(device.device_type == ledger::DeviceType::Transit || is_global(device.public_ip),
                   ProgramError::InvalidPublicIp));
    TRY_OK(require(!device.dz_prefixes.empty(), ProgramError::NoDzPrefixes));
    TRY_OK(require(std::ranges::all_of(device.dz_prefixes,
                                       [](const Prefix& prefix) { return is_global(prefix.address); }),
                   ProgramError::InvalidDzPrefix));
    for (const ledger::Interface& interface : device.interfaces) TRY_OK(validate(interface));
    return {};
}

Outcome validate(const ledger::Interface& interface) {
    if (interface.status == ledger::InterfaceStatus::Deleting) return {};
    TRY_OK(normalize_interface_name(interface.name));
    TRY_OK(require(interface.vlan_id <= ledger::kMaxVlanId, ProgramError::InvalidVlanId));
    const bool customer = interface.interface_cyoa != ledger::Cyoa::None;
    TRY_OK(require(!customer || interface.interface_type == ledger::InterfaceType::Physical,
                   ProgramError::CyoaRequiresPhysical));
    const bool endpoint_loopback =
        interface.interface_type == ledger::InterfaceType::Loopback && interface.user_tunnel_endpoint;
    if (interface.ip_net == Prefix{} || customer || interface.interface_dia != ledger::Dia::None ||
        endpoint_loopback) {
        return {};
    }
    return require(is_private(interface.ip_net.address) || is_link_local(interface.ip_net.address),
                   ProgramError::InvalidInterfaceIp);
}

Outcome validate(const ledger::Link& link) {
    if (link.status == ledger::LinkStatus::Deleting) return {};
    TRY_OK(require(link.status == ledger::LinkStatus::Requested || is_private(link.tunnel_net.address),
                   ProgramError::InvalidTunnelNet));
    TRY_OK(require(link.tunnel_id <= ledger::kMaxLinkTunnelId, ProgramError::InvalidTunnelId));
    TRY_OK(require(link.bandwidth >= ledger::kMinLinkBandwidth && link.bandwidth <= ledger::kMaxLinkBandwidth,
                   ProgramError::InvalidBandwidth));
    TRY_OK(require(is_delay(link.delay_ns), ProgramError::InvalidDelay));
    TRY_OK(require(is_delay(link.jitter_ns), ProgramError::InvalidJitter));
    TRY_OK(
        require(link.delay_override_ns == 0 || is_delay(link.delay_override_ns), ProgramError::InvalidDelay));
    TRY_OK(require(link.side_a_pk != link.side_z_pk, ProgramError::InvalidDevicePubkey));
    return require(link.link_topologies.size() <= ledger::kMaxLinkTopologies, ProgramError::InvalidArgument);
}

Outcome validate(const ledger::User& user) {
    if (user.status == ledger::UserStatus::Deleting || user.status == ledger::UserStatus::Banned) return {};
    TRY_OK(require(!user.device_pk.is_zero(), ProgramError::InvalidDevicePubkey));
    TRY_OK(require(is_global(user.client_ip), ProgramError::InvalidClientIp));
    TRY_OK(require(is_global(user.dz_ip), ProgramError::InvalidDzIp));
    TRY_OK(require(is_link_local(user.tunnel_net.address), ProgramError::InvalidTunnelNet));
    TRY_OK(require(user.tunnel_id < ledger::kEndUserTunnelId, ProgramError::InvalidTunnelId));
    return require(user.tunnel_endpoint.is_unspecified() || is_global(user.tunnel_endpoint),
                   ProgramError::InvalidTunnelEndpoint);
}

Outcome validate(const ledger::MulticastGroup& group) {
    TRY_OK(require(group.multicast_ip.is_multicast(), ProgramError::InvalidMulticastIp));
    TRY_OK(require(group.max_bandwidth != 0, ProgramError::InvalidMaxBandwidth));
    return require(group.code.size() <= ledger::kMaxCodeBytes, ProgramError::CodeTooLong);
}

Outcome validate(const ledger::AccessPass& pass) {
    const auto* validator = std::get_if<ledger::access::SolanaValidator>(&pass.accesspass_type);
    const auto* rpc = std::get_if<ledger::access::SolanaRpc>(&pass.accesspass_type);
    const bool keyless = (validator && validator->key.is_zero()) || (rpc && rpc->key.is_zero());
    return require(!keyless, ProgramError::InvalidSolanaPubkey);
}

Outcome validate(const ledger::Topology& topology) {
    TRY_OK(normalize_topology_name(topology.name));
    return {};
}

Outcome validate(const ledger::Feed& feed) {
    TRY_OK(require(feed.name.size() <= ledger::kMaxNameBytes, ProgramError::NameTooLong));
    const std::set<ledger::PublicKey> distinct(feed.groups.begin(), feed.groups.end());
    return require(!feed.groups.empty() && feed.groups.size() <= ledger::kMaxFeedGroups &&
                       distinct.size() == feed.groups.size(),
                   ProgramError::InvalidArgument);
}

Outcome validate(const ledger::SeatReservation& reservation) {
    return require(!reservation.device_pk.is_zero(), ProgramError::InvalidDevicePubkey);
}

Outcome validate(const ledger::BlockReservation& reservation) {
    return require(!reservation.device_pk.is_zero(), ProgramError::InvalidDevicePubkey);
}

}  // namespace dz::program
