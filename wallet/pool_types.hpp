// wallet/pool_types.hpp: the values that an address pool is made of and answers with.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "wallet/address.hpp"
#include "wallet/network.hpp"
#include "wallet/path.hpp"

namespace dz::wallet {

/// Whole seconds since 1970. The epoch itself means "the caller had no clock".
using UnixTime = std::chrono::sys_seconds;

/// Which chain of an account, and with that the leaf's path below the key source.
enum class PoolType {
    External,       ///< 0/i: receiving
    Internal,       ///< 1/i: change
    Absent,         ///< i: an account with one chain
    AbsentHardened  ///< i': the same with hardened leaves, as ed25519 has only those
};
std::string_view to_string(PoolType type);
Result<PoolType> parse_pool_type(std::string_view text);

enum class AddressState {
    Available,  ///< nobody has it
    Reserved,   ///< handed out, no payment seen
    Used        ///< a payment was seen; for good
};

/// Names one hand-out of one index. Never repeated in a process.
struct Token {
    std::uint64_t value = 0;
    auto operator<=>(const Token&) const = default;
};

/// An address that one caller has and no other gets.
struct Reservation {
    std::string address;
    std::uint32_t index = 0;
    Token token;
    UnixTime at{};
    std::string holder;  ///< whatever the caller gave
    bool operator==(const Reservation&) const = default;
};

/// One materialized address.
struct AddressInfo {
    std::string address;
    Bytes script_pubkey;                 ///< empty where the chain has no scripts
    std::optional<KeyBytes> public_key;  ///< unset when taken from a bare script
    std::uint32_t index = 0;
    Path path;  ///< of the whole wallet: base path and leaf
    AddressState state = AddressState::Available;
    UnixTime reserved_at{};  ///< of a reserved one
    std::uint32_t tx_count = 0;
    std::uint64_t total_received = 0, total_sent = 0, balance = 0;
    std::optional<std::string> label;
    std::map<std::string, std::string> metadata;
    bool operator==(const AddressInfo&) const = default;
};

inline constexpr std::uint32_t kMaxGapLimit = 1000;
inline constexpr std::uint32_t kDefaultGapLimit = 30;  ///< both chains of a standard account
inline constexpr std::uint32_t kCoinJoinGapLimit = 100;
inline constexpr std::uint32_t kSpecialGapLimit = 5;
inline constexpr std::uint32_t kPlatformGapLimit = 20;  ///< DIP-17, DashPay contacts
inline constexpr std::uint32_t kSolanaGapLimit = 20;

/// What a pool is. Stored with it.
struct PoolConfig {
    /// Of the chain: an External pool's ends in 0. Every address's path is this and the leaf.
    Path base_path;
    PoolType type = PoolType::External;
    AddressType address_type = AddressType::P2pkh;
    Network network = Network::Mainnet;
    std::uint32_t gap_limit = kDefaultGapLimit;  ///< clamped to 1 .. kMaxGapLimit
    /// Behind the leaf: 0' for human Solana wallets (m/44'/501'/i'/0').
    Path leaf_suffix;
    bool operator==(const PoolConfig&) const = default;
};

/// Whether a restart forgets who was given what.
enum class Profile {
    Ephemeral,  ///< reservations are never stored, and widen the window of watched addresses
    Persistent  ///< reservations are stored, and the window follows used addresses alone
};

/// What becomes of an address that was handed out and not paid.
enum class Reuse {
    Immediate,  ///< it is the next one to be handed out
    Never       ///< a deposit address cannot be called back: a late payment would credit the next holder
};

/// How a pool behaves. The process's choice, not stored.
struct PoolOptions {
    Profile profile = Profile::Ephemeral;
    Reuse reuse = Reuse::Immediate;
    std::size_t max_reservations = 0;  ///< 0: no limit. Set it where strangers can ask.
    bool auto_maintain = false;        ///< a hand-out keeps the gap filled by itself
    bool keep_handed_out = false;      ///< pruning spares what was ever handed out by this process
    std::uint32_t last_index = kLastIndex;
    /// For the calls that take no time. Called under the lock of a shared pool. Empty: no clock.
    std::function<UnixTime()> clock{};
};

/// How an address is handed out.
struct Handout {
    /// False: a dry run. An address beyond the stored ones is neither stored nor watched, only kept from
    /// others.
    bool add_to_state = true;
    std::optional<UnixTime> now{};  ///< unset: the pool's clock
    std::string holder{};           ///< kept with the reservation, for those who ask who has it
};

struct PoolStats {
    std::size_t total_generated = 0;  ///< materialized: used + reserved + unused
    std::size_t used_count = 0, reserved_count = 0, unused_count = 0;
    std::size_t quarantined_count = 0;  ///< of the unused: given back and never handed out again
    std::size_t unmaterialized_reserved = 0;
    std::optional<std::uint32_t> highest_used, highest_generated, highest_reserved;
    std::uint32_t gap_limit = 0;
    std::uint32_t window_ceiling = 0;
    bool is_internal = false;
    std::optional<UnixTime> oldest_reservation_at;
    bool operator==(const PoolStats&) const = default;
};

/// Since the pool was made; for metrics.
struct PoolCounters {
    std::uint64_t reserved = 0;
    std::uint64_t no_key_source = 0;  ///< hand-outs that failed for want of a key source
    std::uint64_t released = 0;
    std::uint64_t released_by_stranger = 0;  ///< refused: the token was another's
    std::uint64_t swept = 0;
    std::uint64_t late_payments = 0;  ///< to an address that had been given back or swept
    /// Rises with every hand-out and everything given back: who mirrors addresses elsewhere looks again.
    std::uint64_t revision = 0;
    bool operator==(const PoolCounters&) const = default;
};

}  // namespace dz::wallet
