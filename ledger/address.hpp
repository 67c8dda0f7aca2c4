// ledger/address.hpp: program addresses: where each account of the program lives (ledger-instructions.md 2).
//
// An address is derived from seeds and the program id, so anybody can compute it, and is off the curve, so
// nobody has a key for it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/bytes.hpp"
#include "base/ip.hpp"
#include "base/result.hpp"
#include "ledger/public_key.hpp"
#include "ledger/types.hpp"

namespace dz::ledger {

/// A program address and the byte that pushed it off the curve. Stands for its key wherever one is wanted.
struct Address {
    PublicKey key;
    std::uint8_t bump = 0;

    operator const PublicKey&() const { return key; }
    bool operator==(const Address&) const = default;
    std::string to_string() const { return key.to_string(); }
};

inline constexpr std::size_t kMaxSeedBytes = 32;

/// The first address off the curve, counting the bump down from 255.
/// Errors: LimitExceeded (a seed longer than 32 bytes, more than 15 seeds).
Result<Address> find_program_address(std::span<const ByteView> seeds, const PublicKey& program);

/// The addresses of one deployment of the program. Computes on every call (some tens of microseconds).
///
/// Where a function takes a `guess` and it is right, one hash replaces the search for the bump (about a
/// microsecond). The guess must be an account that the program owns with the bump that is written in it:
/// these were searched for when they were made.
class Addresses {
  public:
    using Guess = std::optional<Address>;

    explicit Addresses(PublicKey program) : program_(program) {}
    const PublicKey& program() const { return program_; }

    Address global_state() const;
    Address global_config() const;
    Address program_config() const;

    Address location(u128 index) const;
    Address exchange(u128 index) const;
    Address contributor(u128 index) const;
    Address device(u128 index) const;
    Address link(u128 index) const;
    Address multicast_group(u128 index) const;

    /// Today's scheme: one user for each client address and type.
    Address user(Ipv4 client_ip, UserType type) const;
    /// The scheme before it.
    Address user_by_index(u128 index) const;
    /// `client_ip` 0.0.0.0 = a pass for any address.
    Address access_pass(Ipv4 client_ip, const PublicKey& user_payer, const Guess& guess = {}) const;
    Address permission(const PublicKey& user_payer) const;

    Address resource(const Resource& resource, const Guess& guess = {}) const;
    Address device_tunnel_block() const { return resource({ResourceKind::DeviceTunnelBlock, {}, 0}); }
    Address user_tunnel_block() const { return resource({ResourceKind::UserTunnelBlock, {}, 0}); }
    Address multicast_group_block() const { return resource({ResourceKind::MulticastGroupBlock, {}, 0}); }
    Address multicast_publisher_block() const {
        return resource({ResourceKind::MulticastPublisherBlock, {}, 0});
    }
    Address link_ids() const { return resource({ResourceKind::LinkIds, {}, 0}); }
    Address segment_routing_ids() const { return resource({ResourceKind::SegmentRoutingIds, {}, 0}); }
    Address vrf_ids() const { return resource({ResourceKind::VrfIds, {}, 0}); }
    Address admin_group_bits() const { return resource({ResourceKind::AdminGroupBits, {}, 0}); }
    Address tunnel_ids(const PublicKey& device, const Guess& guess = {}) const {
        return resource({ResourceKind::TunnelIds, device, 0}, guess);
    }
    Address dz_prefix_block(const PublicKey& device, std::uint64_t index, const Guess& guess = {}) const {
        return resource({ResourceKind::DzPrefixBlock, device, index}, guess);
    }

    /// Reservations of March 2026: for one client address, and for an owner's block.
    Address seat_reservation(const PublicKey& device, Ipv4 client_ip) const;
    Address block_reservation(const PublicKey& device, const PublicKey& owner) const;

    /// These take texts of people. Errors: LimitExceeded (longer than 32 bytes).
    Result<Address> tenant(std::string_view code) const;
    Result<Address> feed(std::string_view code, const PublicKey& exchange) const;
    /// `name` in any case.
    Result<Address> topology(std::string_view name) const;
    /// `entity_seed` is the seed of the indexed kind ("device"); `key` in any case.
    Result<Address> index(std::string_view entity_seed, std::string_view key) const;

  private:
    Address indexed(std::string_view seed, u128 index) const;

    PublicKey program_;
};

}  // namespace dz::ledger
