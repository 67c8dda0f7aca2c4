// ledger/accounts_user.hpp: who is connected and who may be: users, access passes, groups, tenants,
// reservations.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "base/ip.hpp"
#include "ledger/fields.hpp"
#include "ledger/public_key.hpp"
#include "ledger/types.hpp"

namespace dz::ledger {

/// One tunnel of one client.
struct User {
    static constexpr AccountType kType = AccountType::User;
    /// Where `client_ip` stands in the account: for filters of getProgramAccounts.
    static constexpr std::size_t kClientIpOffset = 116;
    static constexpr std::size_t kOwnerOffset = 1;
    PublicKey owner;
    u128 index = 0;  ///< 0 for today's address scheme
    std::uint8_t bump = 0;
    UserType user_type{};
    PublicKey tenant_pk;
    PublicKey device_pk;
    Cyoa cyoa_type{};
    Ipv4 client_ip;
    Ipv4 dz_ip;
    std::uint16_t tunnel_id = 0;
    Prefix tunnel_net;  ///< a /31
    UserStatus status = UserStatus::Activated;
    std::vector<PublicKey> publishers;   ///< multicast groups it may send to
    std::vector<PublicKey> subscribers;  ///< multicast groups it may receive
    PublicKey validator_pubkey;
    Ipv4 tunnel_endpoint;  ///< 0.0.0.0 = the device's public address
    std::uint8_t tunnel_flags = 0;
    BgpStatus bgp_status{};
    std::uint64_t last_bgp_up_at = 0;        ///< slot, 0 = never
    std::uint64_t last_bgp_reported_at = 0;  ///< slot, 0 = never
    std::uint64_t bgp_rtt_ns = 0;            ///< 0 = no sample
    std::vector<PublicKey> feed_pks;

    static constexpr std::uint8_t kCreatedAsPublisher = 1;
    bool created_as_publisher() const { return (tunnel_flags & kCreatedAsPublisher) != 0; }

    DZ_FIELDS(User, owner, index, bump, user_type, tenant_pk, device_pk, cyoa_type, client_ip, dz_ip,
              tunnel_id, tunnel_net, status, publishers, subscribers, validator_pubkey, tunnel_endpoint,
              tunnel_flags, bgp_status, last_bgp_up_at, last_bgp_reported_at, bgp_rtt_ns, feed_pks)
};

/// Allows a payer to connect users.
struct AccessPass {
    static constexpr AccountType kType = AccountType::AccessPass;
    static constexpr std::uint64_t kUnlimitedEpoch = std::numeric_limits<std::uint64_t>::max();
    PublicKey owner;
    std::uint8_t bump = 0;
    AccessPassType accesspass_type;
    Ipv4 client_ip;  ///< 0.0.0.0 = any
    PublicKey user_payer;
    std::uint64_t last_access_epoch = 0;
    std::uint16_t connection_count = 0;
    AccessPassStatus status{};
    std::vector<PublicKey> mgroup_pub_allowlist;
    std::vector<PublicKey> mgroup_sub_allowlist;
    std::uint8_t flags = 0;
    std::vector<PublicKey> tenant_allowlist;
    std::uint16_t unicast_user_count = 0;
    std::uint16_t max_unicast_users = 1;
    std::uint16_t multicast_user_count = 0;
    std::uint16_t max_multicast_users = 1;

    /// In March 2026 the same bit meant "bound to the first client address that uses it".
    static constexpr std::uint8_t kLocked = 1;
    static constexpr std::uint8_t kAllowMultipleIp = 2;
    bool locked() const { return (flags & kLocked) != 0; }
    bool allow_multiple_ip() const { return (flags & kAllowMultipleIp) != 0; }

    DZ_FIELDS(AccessPass, owner, bump, accesspass_type, client_ip, user_payer, last_access_epoch,
              connection_count, status, mgroup_pub_allowlist, mgroup_sub_allowlist, flags, tenant_allowlist,
              unicast_user_count, max_unicast_users, multicast_user_count, max_multicast_users)
};

struct MulticastGroup {
    static constexpr AccountType kType = AccountType::MulticastGroup;
    PublicKey owner;
    u128 index = 0;
    std::uint8_t bump = 0;
    PublicKey tenant_pk;
    Ipv4 multicast_ip;
    std::uint64_t max_bandwidth = 0;  ///< bit/s
    MulticastGroupStatus status = MulticastGroupStatus::Activated;
    std::string code;
    std::uint32_t publisher_count = 0;
    std::uint32_t subscriber_count = 0;

    DZ_FIELDS(MulticastGroup, owner, index, bump, tenant_pk, multicast_ip, max_bandwidth, status, code,
              publisher_count, subscriber_count)
};

/// A customer network of its own.
struct Tenant {
    static constexpr AccountType kType = AccountType::Tenant;
    PublicKey owner;
    std::uint8_t bump = 0;
    std::string code;
    std::uint16_t vrf_id = 0;
    std::uint32_t reference_count = 0;
    std::vector<PublicKey> administrators;
    PaymentStatus payment_status{};
    PublicKey token_account;
    bool metro_routing = false;
    bool route_liveness = false;
    Billing billing;
    std::vector<PublicKey> include_topologies;

    DZ_FIELDS(Tenant, owner, bump, code, vrf_id, reference_count, administrators, payment_status,
              token_account, metro_routing, route_liveness, billing, include_topologies)
};

/// A paid multicast product: groups offered at one exchange.
struct Feed {
    static constexpr AccountType kType = AccountType::Feed;
    PublicKey owner;
    std::uint8_t bump = 0;
    std::string code;
    std::string name;
    PublicKey exchange;
    std::vector<PublicKey> groups;

    DZ_FIELDS(Feed, owner, bump, code, name, exchange, groups)
};

/// A seat held on a device for one client address (layout of early March 2026, 70 bytes). Existence is the
/// reservation; there is no status.
struct SeatReservation {
    static constexpr AccountType kType = AccountType::Reservation;
    static constexpr std::size_t kSize = 70;
    PublicKey owner;
    std::uint8_t bump = 0;
    PublicKey device_pk;
    Ipv4 client_ip;

    DZ_FIELDS(SeatReservation, owner, bump, device_pk, client_ip)
};

/// A number of seats held on a device by one owner (layout of mid March 2026, 68 bytes).
struct BlockReservation {
    static constexpr AccountType kType = AccountType::Reservation;
    static constexpr std::size_t kSize = 68;
    PublicKey owner;
    std::uint8_t bump = 0;
    PublicKey device_pk;
    std::uint16_t reserved_count = 0;

    DZ_FIELDS(BlockReservation, owner, bump, device_pk, reserved_count)
};

}  // namespace dz::ledger
