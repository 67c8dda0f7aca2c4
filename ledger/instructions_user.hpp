// ledger/instructions_user.hpp: arguments of the instructions on users, access passes, multicast groups and
// the reservations of March 2026 (ledger-instructions.md 4.5 to 4.9, 5). Conventions: instructions_admin.hpp.
//
// `dz_prefix_count` says how many of the device's prefix allocators the account list holds; 0 was the form of
// the activator era.
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

// ---- Users

struct CreateUser {
    static constexpr std::uint8_t kNumber = 36;
    UserType user_type{};
    Cyoa cyoa_type{};
    Ipv4 client_ip;
    Ipv4 tunnel_endpoint;  ///< 0.0.0.0 = the device's public address
    std::uint8_t dz_prefix_count = 0;
    DZ_FIELDS(CreateUser, user_type, cyoa_type, client_ip, tunnel_endpoint, dz_prefix_count)
};
struct ActivateUser {
    static constexpr std::uint8_t kNumber = 37;
    static constexpr bool kDeprecated = true;
    std::uint16_t tunnel_id = 0;
    Prefix tunnel_net;
    Ipv4 dz_ip;
    std::uint8_t dz_prefix_count = 0;
    Ipv4 tunnel_endpoint;
    DZ_FIELDS(ActivateUser, tunnel_id, tunnel_net, dz_ip, dz_prefix_count, tunnel_endpoint)
};
struct RejectUser {
    static constexpr std::uint8_t kNumber = 38;
    static constexpr bool kDeprecated = true;
    std::string reason;
    DZ_FIELDS(RejectUser, reason)
};
struct UpdateUser {
    static constexpr std::uint8_t kNumber = 39;
    std::optional<UserType> user_type;
    std::optional<Cyoa> cyoa_type;
    std::optional<Ipv4> dz_ip;
    std::optional<std::uint16_t> tunnel_id;
    std::optional<Prefix> tunnel_net;
    std::optional<PublicKey> validator_pubkey;
    std::optional<PublicKey> tenant_pk;
    std::uint8_t dz_prefix_count = 0;
    std::uint8_t multicast_publisher_count = 0;
    std::optional<Ipv4> tunnel_endpoint;
    DZ_FIELDS(UpdateUser, user_type, cyoa_type, dz_ip, tunnel_id, tunnel_net, validator_pubkey, tenant_pk,
              dz_prefix_count, multicast_publisher_count, tunnel_endpoint)
};
struct SuspendUser {
    static constexpr std::uint8_t kNumber = 40;
    static constexpr bool kDeprecated = true;
    DZ_FIELDS(SuspendUser)
};
struct ResumeUser {
    static constexpr std::uint8_t kNumber = 41;
    static constexpr bool kDeprecated = true;
    DZ_FIELDS(ResumeUser)
};
struct DeleteUser {
    static constexpr std::uint8_t kNumber = 42;
    std::uint8_t dz_prefix_count = 0;
    std::uint8_t multicast_publisher_count = 0;
    DZ_FIELDS(DeleteUser, dz_prefix_count, multicast_publisher_count)
};
struct CloseAccountUser {
    static constexpr std::uint8_t kNumber = 43;
    static constexpr bool kDeprecated = true;
    std::uint8_t dz_prefix_count = 0;
    std::uint8_t multicast_publisher_count = 0;
    DZ_FIELDS(CloseAccountUser, dz_prefix_count, multicast_publisher_count)
};
struct RequestBanUser {
    static constexpr std::uint8_t kNumber = 44;
    std::uint8_t dz_prefix_count = 0;
    std::uint8_t multicast_publisher_count = 0;
    DZ_FIELDS(RequestBanUser, dz_prefix_count, multicast_publisher_count)
};
struct BanUser {
    static constexpr std::uint8_t kNumber = 45;
    static constexpr bool kDeprecated = true;
    DZ_FIELDS(BanUser)
};
struct CreateSubscribeUser {
    static constexpr std::uint8_t kNumber = 59;
    UserType user_type{};
    Cyoa cyoa_type{};
    Ipv4 client_ip;
    bool publisher = false;
    bool subscriber = false;
    Ipv4 tunnel_endpoint;
    std::uint8_t dz_prefix_count = 0;
    PublicKey owner;  ///< zero = the payer
    DZ_FIELDS(CreateSubscribeUser, user_type, cyoa_type, client_ip, publisher, subscriber, tunnel_endpoint,
              dz_prefix_count, owner)
};
struct CheckUserAccessPass {
    static constexpr std::uint8_t kNumber = 71;
    DZ_FIELDS(CheckUserAccessPass)
};
/// RFC 19. Sent by the device's metrics publisher.
struct SetUserBgpStatus {
    static constexpr std::uint8_t kNumber = 106;
    BgpStatus bgp_status{};
    std::uint64_t bgp_rtt_ns = 0;
    DZ_FIELDS(SetUserBgpStatus, bgp_status, bgp_rtt_ns)
};

// ---- Access passes

struct SetAccessPass {
    static constexpr std::uint8_t kNumber = 67;
    AccessPassType accesspass_type;
    Ipv4 client_ip;
    std::uint64_t last_access_epoch = 0;
    bool allow_multiple_ip = false;
    std::uint16_t max_unicast_users = 1;
    std::uint16_t max_multicast_users = 1;
    DZ_FIELDS(SetAccessPass, accesspass_type, client_ip, last_access_epoch, allow_multiple_ip,
              max_unicast_users, max_multicast_users)
};
struct CloseAccessPass {
    static constexpr std::uint8_t kNumber = 69;
    DZ_FIELDS(CloseAccessPass)
};
struct CheckStatusAccessPass {
    static constexpr std::uint8_t kNumber = 70;
    DZ_FIELDS(CheckStatusAccessPass)
};
/// A seat without its feed, which stands in the account list at the same position.
struct FeedSeatTerms {
    std::uint8_t max_users = 0;
    std::uint8_t max_future_users = 0;
    std::uint8_t anniversary_day = 0;
    std::int64_t window_end = 0;
    std::int64_t terminates_at = 0;
    DZ_FIELDS(FeedSeatTerms, max_users, max_future_users, anniversary_day, window_end, terminates_at)
};
struct SetAccessPassFeeds {
    static constexpr std::uint8_t kNumber = 115;
    Ipv4 client_ip;
    PublicKey user_payer;
    std::vector<FeedSeatTerms> feeds;
    DZ_FIELDS(SetAccessPassFeeds, client_ip, user_payer, feeds)
};
struct SetAccessPassFlags {
    static constexpr std::uint8_t kNumber = 116;
    std::optional<bool> allow_multiple_ip;
    std::optional<bool> dzf_locked;
    DZ_FIELDS(SetAccessPassFlags, allow_multiple_ip, dzf_locked)
};

// ---- Multicast groups

struct CreateMulticastGroup {
    static constexpr std::uint8_t kNumber = 46;
    std::string code;
    std::uint64_t max_bandwidth = 0;
    PublicKey owner;
    bool use_onchain_allocation = false;  ///< must be true
    DZ_FIELDS(CreateMulticastGroup, code, max_bandwidth, owner, use_onchain_allocation)
};
struct ActivateMulticastGroup {
    static constexpr std::uint8_t kNumber = 47;
    static constexpr bool kDeprecated = true;
    Ipv4 multicast_ip;
    DZ_FIELDS(ActivateMulticastGroup, multicast_ip)
};
struct RejectMulticastGroup {
    static constexpr std::uint8_t kNumber = 48;
    static constexpr bool kDeprecated = true;
    std::string reason;
    DZ_FIELDS(RejectMulticastGroup, reason)
};
struct UpdateMulticastGroup {
    static constexpr std::uint8_t kNumber = 49;
    std::optional<std::string> code;
    std::optional<Ipv4> multicast_ip;
    std::optional<std::uint64_t> max_bandwidth;
    std::optional<std::uint32_t> publisher_count;
    std::optional<std::uint32_t> subscriber_count;
    bool use_onchain_allocation = false;
    std::optional<PublicKey> owner;
    DZ_FIELDS(UpdateMulticastGroup, code, multicast_ip, max_bandwidth, publisher_count, subscriber_count,
              use_onchain_allocation, owner)
};
struct SuspendMulticastGroup {
    static constexpr std::uint8_t kNumber = 50;
    DZ_FIELDS(SuspendMulticastGroup)
};
struct ReactivateMulticastGroup {
    static constexpr std::uint8_t kNumber = 51;
    DZ_FIELDS(ReactivateMulticastGroup)
};
struct DeleteMulticastGroup {
    static constexpr std::uint8_t kNumber = 52;
    bool use_onchain_deallocation = false;  ///< must be true
    DZ_FIELDS(DeleteMulticastGroup, use_onchain_deallocation)
};
struct DeactivateMulticastGroup {
    static constexpr std::uint8_t kNumber = 53;
    static constexpr bool kDeprecated = true;
    bool use_onchain_deallocation = false;
    DZ_FIELDS(DeactivateMulticastGroup, use_onchain_deallocation)
};
struct AddMulticastGroupPubAllowlist {
    static constexpr std::uint8_t kNumber = 54;
    Ipv4 client_ip;
    PublicKey user_payer;
    DZ_FIELDS(AddMulticastGroupPubAllowlist, client_ip, user_payer)
};
struct RemoveMulticastGroupPubAllowlist {
    static constexpr std::uint8_t kNumber = 55;
    Ipv4 client_ip;
    PublicKey user_payer;
    DZ_FIELDS(RemoveMulticastGroupPubAllowlist, client_ip, user_payer)
};
struct AddMulticastGroupSubAllowlist {
    static constexpr std::uint8_t kNumber = 56;
    Ipv4 client_ip;
    PublicKey user_payer;
    DZ_FIELDS(AddMulticastGroupSubAllowlist, client_ip, user_payer)
};
struct RemoveMulticastGroupSubAllowlist {
    static constexpr std::uint8_t kNumber = 57;
    Ipv4 client_ip;
    PublicKey user_payer;
    DZ_FIELDS(RemoveMulticastGroupSubAllowlist, client_ip, user_payer)
};
/// The two flags are the wanted state: false takes a held role away.
struct UpdateMulticastGroupRoles {
    static constexpr std::uint8_t kNumber = 58;
    Ipv4 client_ip;
    bool publisher = false;
    bool subscriber = false;
    bool use_onchain_allocation = false;  ///< must be true
    DZ_FIELDS(UpdateMulticastGroupRoles, client_ip, publisher, subscriber, use_onchain_allocation)
};
struct SubscribeFeed {
    static constexpr std::uint8_t kNumber = 117;
    std::uint8_t feed_count = 0;
    DZ_FIELDS(SubscribeFeed, feed_count)
};
struct UnsubscribeFeed {
    static constexpr std::uint8_t kNumber = 118;
    std::uint8_t feed_count = 0;
    std::uint8_t retained_feed_count = 0;
    DZ_FIELDS(UnsubscribeFeed, feed_count, retained_feed_count)
};

// ---- Reservations (never sent to a public ledger; see `Dialect`)

/// Number 95 as first merged: one seat for one client address.
struct ReserveSeat {
    static constexpr std::uint8_t kNumber = 95;
    Ipv4 client_ip;
    DZ_FIELDS(ReserveSeat, client_ip)
};
/// Number 95 two weeks later: a block of seats for the payer.
struct ReserveBlock {
    static constexpr std::uint8_t kNumber = 95;
    std::uint16_t count = 1;
    DZ_FIELDS(ReserveBlock, count)
};
struct CloseReservation {
    static constexpr std::uint8_t kNumber = 96;
    DZ_FIELDS(CloseReservation)
};
struct CreateReservedSubscribeUser {
    static constexpr std::uint8_t kNumber = 102;
    UserType user_type{};
    Cyoa cyoa_type{};
    Ipv4 client_ip;
    Ipv4 tunnel_endpoint;
    std::uint8_t dz_prefix_count = 0;
    DZ_FIELDS(CreateReservedSubscribeUser, user_type, cyoa_type, client_ip, tunnel_endpoint, dz_prefix_count)
};
struct DeleteReservedSubscribeUser {
    static constexpr std::uint8_t kNumber = 103;
    std::uint8_t dz_prefix_count = 0;
    std::uint8_t multicast_publisher_count = 0;
    DZ_FIELDS(DeleteReservedSubscribeUser, dz_prefix_count, multicast_publisher_count)
};

}  // namespace dz::ledger::ix
