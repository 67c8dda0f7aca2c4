// chain/reservations/gas.hpp: what a message that ran has to pay, and to whom.
//
// The same with and without reservations; only when the sender pays it differs.
#pragma once

#include "chain/reservations/amount.hpp"
#include "chain/reservations/failure.hpp"

namespace dz::reservations {

struct GasUse {
    std::uint64_t used = 0;
    std::uint64_t limit = 0;
    Amount base_fee = 0;
    Amount fee_cap = 0;
    Amount premium = 0;
};

struct GasOutputs {
    Amount base_fee_burn = 0;
    Amount over_estimation_burn = 0;
    Amount miner_penalty = 0;  ///< the block producer's, not the sender's
    Amount miner_tip = 0;
    Amount refund = 0;

    /// What leaves the sender's balance.
    Amount consumption() const { return base_fee_burn + over_estimation_burn + miner_tip; }
    bool operator==(const GasOutputs&) const = default;
};

/// How much of the unused gas is given back, and how much is burnt for having been asked for in vain.
struct OverEstimation {
    std::uint64_t refund = 0;
    std::uint64_t burned = 0;
    bool operator==(const OverEstimation&) const = default;
};
OverEstimation over_estimation(std::uint64_t used, std::uint64_t limit);

/// Errors: InvariantViolation when the parts are not the whole, fee_cap * limit; Overflow when the producer's
/// penalty exceeds 128 bits.
Expected<GasOutputs> gas_outputs(const GasUse& use);

}  // namespace dz::reservations
