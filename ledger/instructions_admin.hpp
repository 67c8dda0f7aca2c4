// ledger/instructions_admin.hpp: arguments of the instructions on global settings, places, contributors,
// allocators, tenants, permissions, look-up records, topologies and feeds
// (ledger-instructions.md 4.1, 4.2, 4.8).
//
// Each struct has its number on the wire, its members in wire order and their defaults for arguments that end
// early. `std::nullopt` in an update means "leave as it is".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ip.hpp"
#include "base/units.hpp"
#include "ledger/fields.hpp"
#include "ledger/public_key.hpp"
#include "ledger/types.hpp"

namespace dz::ledger::ix {

// ---- Global settings

struct Migrate {
    static constexpr std::uint8_t kNumber = 0;
    DZ_FIELDS(Migrate)
};
struct InitGlobalState {
    static constexpr std::uint8_t kNumber = 1;
    DZ_FIELDS(InitGlobalState)
};
struct SetAuthority {
    static constexpr std::uint8_t kNumber = 2;
    std::optional<PublicKey> activator;
    std::optional<PublicKey> sentinel;
    std::optional<PublicKey> health_oracle;
    std::optional<PublicKey> feed_authority;  ///< the reservation authority of March 2026
    DZ_FIELDS(SetAuthority, activator, sentinel, health_oracle, feed_authority)
};
struct SetGlobalConfig {
    static constexpr std::uint8_t kNumber = 3;
    Asn local_asn;
    Asn remote_asn;
    Prefix device_tunnel_block;
    Prefix user_tunnel_block;
    Prefix multicastgroup_block;
    std::optional<std::uint16_t> next_bgp_community;
    Prefix multicast_publisher_block;
    DZ_FIELDS(SetGlobalConfig, local_asn, remote_asn, device_tunnel_block, user_tunnel_block,
              multicastgroup_block, next_bgp_community, multicast_publisher_block)
};
struct AddFoundationAllowlist {
    static constexpr std::uint8_t kNumber = 4;
    PublicKey pubkey;
    DZ_FIELDS(AddFoundationAllowlist, pubkey)
};
struct RemoveFoundationAllowlist {
    static constexpr std::uint8_t kNumber = 5;
    PublicKey pubkey;
    DZ_FIELDS(RemoveFoundationAllowlist, pubkey)
};
struct AddDeviceAllowlist {
    static constexpr std::uint8_t kNumber = 6;
    static constexpr bool kDeprecated = true;
    DZ_FIELDS(AddDeviceAllowlist)
};
struct RemoveDeviceAllowlist {
    static constexpr std::uint8_t kNumber = 7;
    static constexpr bool kDeprecated = true;
    DZ_FIELDS(RemoveDeviceAllowlist)
};
struct AddUserAllowlist {
    static constexpr std::uint8_t kNumber = 8;
    static constexpr bool kDeprecated = true;
    DZ_FIELDS(AddUserAllowlist)
};
struct RemoveUserAllowlist {
    static constexpr std::uint8_t kNumber = 9;
    static constexpr bool kDeprecated = true;
    DZ_FIELDS(RemoveUserAllowlist)
};
struct SetAirdrop {
    static constexpr std::uint8_t kNumber = 68;
    std::optional<std::uint64_t> contributor_airdrop_lamports;
    std::optional<std::uint64_t> user_airdrop_lamports;
    DZ_FIELDS(SetAirdrop, contributor_airdrop_lamports, user_airdrop_lamports)
};
struct SetMinVersion {
    static constexpr std::uint8_t kNumber = 79;
    Version min_compatible_version;
    DZ_FIELDS(SetMinVersion, min_compatible_version)
};
struct AddQaAllowlist {
    static constexpr std::uint8_t kNumber = 86;
    PublicKey pubkey;
    DZ_FIELDS(AddQaAllowlist, pubkey)
};
struct RemoveQaAllowlist {
    static constexpr std::uint8_t kNumber = 87;
    PublicKey pubkey;
    DZ_FIELDS(RemoveQaAllowlist, pubkey)
};
struct SetFeatureFlags {
    static constexpr std::uint8_t kNumber = 94;
    u128 feature_flags = 0;
    DZ_FIELDS(SetFeatureFlags, feature_flags)
};

// ---- Locations, exchanges, contributors

struct CreateLocation {
    static constexpr std::uint8_t kNumber = 10;
    std::string code;
    std::string name;
    std::string country;
    double lat = 0;
    double lng = 0;
    std::uint32_t loc_id = 0;
    DZ_FIELDS(CreateLocation, code, name, country, lat, lng, loc_id)
};
struct UpdateLocation {
    static constexpr std::uint8_t kNumber = 11;
    std::optional<std::string> code;
    std::optional<std::string> name;
    std::optional<std::string> country;
    std::optional<double> lat;
    std::optional<double> lng;
    std::optional<std::uint32_t> loc_id;
    DZ_FIELDS(UpdateLocation, code, name, country, lat, lng, loc_id)
};
struct SuspendLocation {
    static constexpr std::uint8_t kNumber = 12;
    DZ_FIELDS(SuspendLocation)
};
struct ResumeLocation {
    static constexpr std::uint8_t kNumber = 13;
    DZ_FIELDS(ResumeLocation)
};
struct DeleteLocation {
    static constexpr std::uint8_t kNumber = 14;
    DZ_FIELDS(DeleteLocation)
};

struct CreateExchange {
    static constexpr std::uint8_t kNumber = 15;
    std::string code;
    std::string name;
    double lat = 0;
    double lng = 0;
    std::uint16_t reserved = 0;
    DZ_FIELDS(CreateExchange, code, name, lat, lng, reserved)
};
struct UpdateExchange {
    static constexpr std::uint8_t kNumber = 16;
    std::optional<std::string> code;
    std::optional<std::string> name;
    std::optional<double> lat;
    std::optional<double> lng;
    /// The value is ignored: its presence asks for a new community.
    std::optional<std::uint16_t> bgp_community;
    DZ_FIELDS(UpdateExchange, code, name, lat, lng, bgp_community)
};
struct SuspendExchange {
    static constexpr std::uint8_t kNumber = 17;
    DZ_FIELDS(SuspendExchange)
};
struct ResumeExchange {
    static constexpr std::uint8_t kNumber = 18;
    DZ_FIELDS(ResumeExchange)
};
struct DeleteExchange {
    static constexpr std::uint8_t kNumber = 19;
    DZ_FIELDS(DeleteExchange)
};
struct SetDeviceExchange {
    static constexpr std::uint8_t kNumber = 65;
    static constexpr std::uint8_t kSet = 1;
    static constexpr std::uint8_t kRemove = 2;
    std::uint8_t index = 0;  ///< 1 or 2
    std::uint8_t option = 0;
    DZ_FIELDS(SetDeviceExchange, index, option)
};

struct CreateContributor {
    static constexpr std::uint8_t kNumber = 60;
    std::string code;
    DZ_FIELDS(CreateContributor, code)
};
struct UpdateContributor {
    static constexpr std::uint8_t kNumber = 61;
    std::optional<std::string> code;
    std::optional<PublicKey> owner;
    std::optional<PublicKey> ops_manager;
    DZ_FIELDS(UpdateContributor, code, owner, ops_manager)
};
struct SuspendContributor {
    static constexpr std::uint8_t kNumber = 62;
    DZ_FIELDS(SuspendContributor)
};
struct ResumeContributor {
    static constexpr std::uint8_t kNumber = 63;
    DZ_FIELDS(ResumeContributor)
};
struct DeleteContributor {
    static constexpr std::uint8_t kNumber = 64;
    DZ_FIELDS(DeleteContributor)
};

// ---- Allocators

struct AllocateResource {
    static constexpr std::uint8_t kNumber = 80;
    Resource resource;
    std::optional<IpOrId> requested;
    DZ_FIELDS(AllocateResource, resource, requested)
};
struct CreateResource {
    static constexpr std::uint8_t kNumber = 81;
    Resource resource;
    DZ_FIELDS(CreateResource, resource)
};
struct DeallocateResource {
    static constexpr std::uint8_t kNumber = 82;
    static constexpr bool kStrict = true;  ///< alone in not defaulting missing arguments
    Resource resource;
    IpOrId value;
    DZ_FIELDS(DeallocateResource, resource, value)
};
struct CloseResource {
    static constexpr std::uint8_t kNumber = 85;
    DZ_FIELDS(CloseResource)
};

// ---- Tenants

struct CreateTenant {
    static constexpr std::uint8_t kNumber = 88;
    std::string code;
    PublicKey administrator;
    std::optional<PublicKey> token_account;
    bool metro_routing = false;
    bool route_liveness = false;
    DZ_FIELDS(CreateTenant, code, administrator, token_account, metro_routing, route_liveness)
};
struct UpdateTenant {
    static constexpr std::uint8_t kNumber = 89;
    std::optional<std::uint16_t> vrf_id;
    std::optional<PublicKey> token_account;
    std::optional<bool> metro_routing;
    std::optional<bool> route_liveness;
    std::optional<Billing> billing;
    std::optional<std::vector<PublicKey>> include_topologies;
    DZ_FIELDS(UpdateTenant, vrf_id, token_account, metro_routing, route_liveness, billing, include_topologies)
};
struct DeleteTenant {
    static constexpr std::uint8_t kNumber = 90;
    DZ_FIELDS(DeleteTenant)
};
struct AddTenantAdministrator {
    static constexpr std::uint8_t kNumber = 91;
    PublicKey administrator;
    DZ_FIELDS(AddTenantAdministrator, administrator)
};
struct RemoveTenantAdministrator {
    static constexpr std::uint8_t kNumber = 92;
    PublicKey administrator;
    DZ_FIELDS(RemoveTenantAdministrator, administrator)
};
struct UpdatePaymentStatus {
    static constexpr std::uint8_t kNumber = 93;
    PaymentStatus payment_status{};
    std::optional<std::uint64_t> last_deduction_dz_epoch;
    DZ_FIELDS(UpdatePaymentStatus, payment_status, last_deduction_dz_epoch)
};

// ---- Permissions

struct CreatePermission {
    static constexpr std::uint8_t kNumber = 97;
    PublicKey user_payer;
    u128 permissions = 0;
    DZ_FIELDS(CreatePermission, user_payer, permissions)
};
struct UpdatePermission {
    static constexpr std::uint8_t kNumber = 98;
    u128 add = 0;
    u128 remove = 0;
    DZ_FIELDS(UpdatePermission, add, remove)
};
struct SuspendPermission {
    static constexpr std::uint8_t kNumber = 99;
    DZ_FIELDS(SuspendPermission)
};
struct ResumePermission {
    static constexpr std::uint8_t kNumber = 100;
    DZ_FIELDS(ResumePermission)
};
struct DeletePermission {
    static constexpr std::uint8_t kNumber = 101;
    DZ_FIELDS(DeletePermission)
};

// ---- Look-up records, topologies, feeds

struct CreateIndex {
    static constexpr std::uint8_t kNumber = 104;
    std::string entity_seed;
    std::string key;
    DZ_FIELDS(CreateIndex, entity_seed, key)
};
struct DeleteIndex {
    static constexpr std::uint8_t kNumber = 105;
    DZ_FIELDS(DeleteIndex)
};
struct CreateTopology {
    static constexpr std::uint8_t kNumber = 107;
    std::string name;
    TopologyConstraint constraint{};
    DZ_FIELDS(CreateTopology, name, constraint)
};
struct DeleteTopology {
    static constexpr std::uint8_t kNumber = 108;
    std::string name;
    DZ_FIELDS(DeleteTopology, name)
};
struct ClearTopology {
    static constexpr std::uint8_t kNumber = 109;
    std::string name;
    DZ_FIELDS(ClearTopology, name)
};
struct AssignTopologyNodeSegments {
    static constexpr std::uint8_t kNumber = 110;
    std::string name;
    DZ_FIELDS(AssignTopologyNodeSegments, name)
};
/// A number that once had a meaning: succeeds and does nothing.
struct Retired111 {
    static constexpr std::uint8_t kNumber = 111;
    DZ_FIELDS(Retired111)
};
struct CreateFeed {
    static constexpr std::uint8_t kNumber = 112;
    std::string code;
    std::string name;
    PublicKey exchange;
    std::vector<PublicKey> groups;
    DZ_FIELDS(CreateFeed, code, name, exchange, groups)
};
struct UpdateFeed {
    static constexpr std::uint8_t kNumber = 113;
    std::optional<std::string> name;
    std::optional<std::vector<PublicKey>> groups;
    DZ_FIELDS(UpdateFeed, name, groups)
};
struct DeleteFeed {
    static constexpr std::uint8_t kNumber = 114;
    DZ_FIELDS(DeleteFeed)
};

}  // namespace dz::ledger::ix
