// chain/reservations/plan.hpp: what each sender may have to pay for a block, at most: built by the host
// before the first message runs, and its bytes where it crosses a boundary.
//
// Bytes: a CBOR array of pairs (address, amount), both byte strings, ordered by address.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "chain/reservations/address.hpp"
#include "chain/reservations/amount.hpp"
#include "chain/reservations/failure.hpp"

namespace dz::reservations {

/// The same on all nodes of a network: a plan beyond them makes its block invalid.
struct PlanLimits {
    std::size_t max_senders = 65'536;
    std::size_t max_bytes = std::size_t{8} << 20;
};

/// What one message may cost its sender. No cost = more than any balance.
struct Charge {
    Address sender;
    std::optional<Amount> cost;
};

/// Immutable. Ordered by address, each once; an amount of 0 counts as a sender and reserves nothing.
class Plan {
  public:
    struct Entry {
        Address sender;
        Amount amount = 0;
        bool operator==(const Entry&) const = default;
    };

    Plan() = default;
    /// Sums up by sender. Errors: InsufficientFunds for the first sender whose sum does not fit.
    static Expected<Plan> of(std::span<const Charge> charges);

    const std::vector<Entry>& entries() const { return entries_; }
    std::size_t senders() const { return entries_.size(); }
    bool empty() const { return entries_.empty(); }
    /// Of all senders; `kMaxAmount` where it does not fit.
    Amount total() const;
    /// Of its bytes, without making them.
    std::size_t encoded_size() const;
    /// Errors: PlanTooLarge.
    Expected<> check(const PlanLimits& limits) const;
    bool operator==(const Plan&) const = default;

    friend Expected<Plan> decode_plan(ByteView bytes, const PlanLimits& limits);

  private:
    std::vector<Entry> entries_;
};

Bytes encode(const Plan& plan);
/// Any order of senders. Errors: PlanTooLarge; InvariantViolation for malformed bytes, a sender that is named
/// twice, a negative amount or one beyond 128 bits.
Expected<Plan> decode_plan(ByteView bytes, const PlanLimits& limits = {});

/// Bytes of one pair in an encoded plan.
std::size_t encoded_entry_size(const Address& sender, Amount amount);

}  // namespace dz::reservations
