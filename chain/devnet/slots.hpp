// chain/devnet/slots.hpp: slots, epochs and blockhashes.
//
// A slot is a stretch of time, as long as any other whether it has transactions or not: slot numbers never
// run ahead of the clock. Blockhash of a slot: SHA-256 over the hash of the last slot that had transactions,
// the slot's number and its transactions' outcomes. An empty slot's hash thus follows from two numbers, and a
// node that starts again knows the hashes of all recent slots without having stored them.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "chain/devnet/recent.hpp"
#include "ledger/public_key.hpp"

namespace dz::devnet {

using ledger::Blockhash;

/// A transaction's blockhash may be this many slots old.
inline constexpr std::uint64_t kMaxBlockhashAge = 150;
/// Older hashes are still told apart from foreign ones for as long again.
inline constexpr std::uint64_t kKeptBlockhashes = 300;

/// Ties slot numbers to wall-clock time. Kept with the ledger.
struct SlotAnchor {
    std::uint64_t slot = 0;
    std::int64_t unix_ms = 0;  ///< when the slot began
    std::int64_t slot_ms = 400;

    std::uint64_t slot_at(std::int64_t now_unix_ms) const;
    /// Unix seconds at which `wanted` begins.
    std::int64_t time_of(std::uint64_t wanted) const;
    bool operator==(const SlotAnchor&) const = default;
};

/// As it is stored.
std::string to_text(const SlotAnchor& anchor);
/// Errors: BadValue.
Result<SlotAnchor> parse_anchor(std::string_view text);

/// The first slot whose hash is still kept when `newest` is the newest.
constexpr std::uint64_t recent_from(std::uint64_t newest) {
    return newest > kKeptBlockhashes ? newest - kKeptBlockhashes : 0;
}

/// Runs from an anchor on the clock that does not jump.
class SlotClock {
  public:
    SlotClock(const Clock& clock, SlotAnchor anchor);

    const SlotAnchor& anchor() const { return anchor_; }
    std::uint64_t slot() const;
    TimePoint start_of(std::uint64_t slot) const;
    /// Ledger time: the wall clock as it was at the start, moved on by the clock that does not jump.
    std::int64_t unix_time() const;

  private:
    const Clock& clock_;
    SlotAnchor anchor_;
    TimePoint anchored_;  ///< when the anchor's slot began
};

/// Hashes of the recent slots.
class Blockhashes {
  public:
    /// `last` is the hash of the newest slot that had transactions, `slot` its number.
    Blockhashes(Blockhash last, std::uint64_t slot);

    /// Of a ledger that is opened again: its recent slots with transactions and one before, in order; never
    /// empty.
    explicit Blockhashes(std::span<const std::pair<std::uint64_t, Blockhash>> slots);

    /// A later slot that had transactions. In order of slots.
    void restore(std::uint64_t slot, const Blockhash& hash);

    /// A transaction of the running slot has been decided: its signature and outcome go into the hash.
    void record(std::uint64_t slot, const ledger::Signature& signature, bool succeeded);
    /// Hash of what `slot` has recorded so far.
    Blockhash hash_of_open(std::uint64_t slot) const;
    /// All slots before `open` are over.
    void advance(std::uint64_t open);

    /// Of the newest slot that is over, and that slot.
    const Blockhash& latest() const { return hashes_.back().second; }
    std::uint64_t latest_slot() const { return hashes_.back().first; }
    /// Of the newest slot that is over and not later than `slot`; the oldest known one when all are later.
    std::pair<std::uint64_t, Blockhash> newest_at(std::uint64_t slot) const;
    /// The slot whose hash this is; nullopt when unknown or long forgotten.
    std::optional<std::uint64_t> slot_of(const Blockhash& hash) const;
    /// Whether a transaction with this hash may run in slot `now`.
    bool is_recent(const Blockhash& hash, std::uint64_t now) const;

    /// The newest hash of a slot with transactions: what the next ones build on.
    const Blockhash& last() const { return last_; }

  private:
    void close(std::uint64_t slot);

    Blockhash last_;
    /// Set while a slot has transactions: its number and the hash so far.
    std::optional<std::pair<std::uint64_t, Blockhash>> running_;
    std::deque<std::pair<std::uint64_t, Blockhash>> hashes_;
    std::unordered_map<Blockhash, std::uint64_t, LeadingBytes> slots_;
};

/// Hash of an empty slot after a slot with transactions whose hash is `last`.
Blockhash hash_empty_slot(const Blockhash& last, std::uint64_t slot);
/// Hash that a new ledger begins with.
Blockhash genesis_hash(const ledger::PublicKey& program, std::int64_t unix_ms);

}  // namespace dz::devnet
