// ledger/accounts_global.hpp: the program's singletons, its allocators, and its look-up and permission
// records.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/ip.hpp"
#include "base/units.hpp"
#include "ledger/fields.hpp"
#include "ledger/public_key.hpp"
#include "ledger/types.hpp"

namespace dz::ledger {

/// Who may do what, and the last index given to an entity. Singleton.
struct GlobalState {
    static constexpr AccountType kType = AccountType::GlobalState;
    std::uint8_t bump = 0;
    u128 account_index = 0;  ///< the next entity gets this plus one
    std::vector<PublicKey> foundation_allowlist;
    std::vector<PublicKey> device_allowlist;  ///< no longer read by the program
    std::vector<PublicKey> user_allowlist;    ///< no longer read by the program
    PublicKey activator_authority_pk;
    PublicKey sentinel_authority_pk;
    std::uint64_t contributor_airdrop_lamports = 0;
    std::uint64_t user_airdrop_lamports = 0;
    PublicKey health_oracle_pk;
    std::vector<PublicKey> qa_allowlist;
    u128 feature_flags = 0;  ///< `feature::` bits
    /// Was the reservation authority in March 2026: same bytes.
    PublicKey feed_authority_pk;

    PublicKey reservation_authority_pk() const { return feed_authority_pk; }

    DZ_FIELDS(GlobalState, bump, account_index, foundation_allowlist, device_allowlist, user_allowlist,
              activator_authority_pk, sentinel_authority_pk, contributor_airdrop_lamports,
              user_airdrop_lamports, health_oracle_pk, qa_allowlist, feature_flags, feed_authority_pk)
};

namespace feature {
inline constexpr unsigned kOnchainAllocationBit = 0;  ///< always on today
inline constexpr unsigned kRequirePermissionAccountsBit = 1;
}  // namespace feature

/// The network's numbering plan. Singleton.
struct GlobalConfig {
    static constexpr AccountType kType = AccountType::GlobalConfig;
    PublicKey owner;
    std::uint8_t bump = 0;
    Asn local_asn;
    Asn remote_asn;
    Prefix device_tunnel_block;
    Prefix user_tunnel_block;
    Prefix multicastgroup_block;
    std::uint16_t next_bgp_community = 10000;
    Prefix multicast_publisher_block;  ///< 0.0.0.0/0 = not configured

    DZ_FIELDS(GlobalConfig, owner, bump, local_asn, remote_asn, device_tunnel_block, user_tunnel_block,
              multicastgroup_block, next_bgp_community, multicast_publisher_block)
};

/// Version of the program, and the oldest client it wants to hear from. Singleton.
struct ProgramConfig {
    static constexpr AccountType kType = AccountType::ProgramConfig;
    std::uint8_t bump = 0;
    Version version;
    Version min_compatible_version;

    DZ_FIELDS(ProgramConfig, bump, version, min_compatible_version)
};

/// Range of an address allocator. The hint counts 64-bit words of the bitmap.
struct IpRange {
    Prefix base_net;
    std::uint64_t first_free_index = 0;
    DZ_FIELDS(IpRange, base_net, first_free_index)
};
/// Range of a number allocator; `range_end` is the first number that is not in it.
struct IdRange {
    std::uint16_t range_start = 0;
    std::uint16_t range_end = 0;
    std::uint64_t first_free_index = 0;
    DZ_FIELDS(IdRange, range_start, range_end, first_free_index)
};

/// Marks bytes that fill the account from a fixed offset to its end, for the visitors of codec.hpp.
template <class Buffer>
struct TailSlot {
    Buffer& bytes;
    std::size_t offset;
};

/// Bitmap allocator. Bit i (byte i/8, bit i%8) stands for element i of the range; 1 = taken.
struct ResourceExtension {
    static constexpr AccountType kType = AccountType::ResourceExtension;
    static constexpr std::size_t kBitmapOffset = 88;
    PublicKey owner;
    std::uint8_t bump = 0;
    PublicKey associated_with;  ///< a device, or the zero key
    std::variant<IpRange, IdRange> range;
    Bytes bitmap;

    /// Elements of the range. A /0 has 2^32.
    std::uint64_t capacity() const;
    /// Bytes of bitmap that the program gives a range: whole 64-bit words.
    std::size_t bitmap_size() const;
    /// Set bits within the capacity.
    std::uint64_t allocated_count() const;
    /// False beyond the bitmap.
    bool is_allocated(std::uint64_t element) const;

    static constexpr bool kDescribed = true;
    static void fields(auto& self, auto& visit) {
        visit("owner", self.owner);
        visit("bump", self.bump);
        visit("associated_with", self.associated_with);
        visit("range", self.range);
        visit("bitmap", TailSlot{self.bitmap, kBitmapOffset});
    }
    bool operator==(const ResourceExtension&) const = default;
};

/// What one key may do.
struct Permission {
    static constexpr AccountType kType = AccountType::Permission;
    PublicKey owner;
    std::uint8_t bump = 0;
    PermissionStatus status{};
    PublicKey user_payer;
    u128 permissions = 0;  ///< bit numbers: `PermissionFlag`

    DZ_FIELDS(Permission, owner, bump, status, user_payer, permissions)
};

/// Bit numbers of Permission::permissions.
enum class PermissionFlag : std::uint8_t {
    Foundation = 0,
    PermissionAdmin = 1,
    InfraAdmin = 2,
    NetworkAdmin = 3,
    TenantAdmin = 4,
    MulticastAdmin = 5,
    FeedAuthority = 6,
    Activator = 7,
    Sentinel = 8,
    UserAdmin = 9,
    AccessPassAdmin = 10,
    HealthOracle = 11,
    Qa = 12,
    GlobalstateAdmin = 13,
    ContributorAdmin = 14,
    TopologyAdmin = 15,
    ResourceAdmin = 16,
    IndexAdmin = 17,
};
inline constexpr u128 permission_bit(PermissionFlag flag) {
    return u128{1} << static_cast<unsigned>(flag);
}

/// Finds an entity by its lower-case code.
struct Index {
    static constexpr AccountType kType = AccountType::Index;
    PublicKey pk;
    AccountType entity_account_type{};
    std::string key;
    std::uint8_t bump = 0;

    DZ_FIELDS(Index, pk, entity_account_type, key, bump)
};

/// A class of links that traffic may be bound to.
struct Topology {
    static constexpr AccountType kType = AccountType::Topology;
    PublicKey owner;
    std::uint8_t bump = 0;
    std::string name;
    std::uint8_t admin_group_bit = 0;
    std::uint8_t flex_algo_number = 0;
    TopologyConstraint constraint{};
    std::uint32_t reference_count = 0;

    DZ_FIELDS(Topology, owner, bump, name, admin_group_bit, flex_algo_number, constraint, reference_count)
};

}  // namespace dz::ledger
