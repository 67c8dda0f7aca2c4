#include "chain/reservations/gas.hpp"

#include <algorithm>

namespace dz::reservations {

OverEstimation over_estimation(std::uint64_t used, std::uint64_t limit) {
    if (used == 0) return {0, limit};
    // A tenth more than what was used is free.
    const u128 free = u128{used} * 11 / 10;
    const u128 excess = limit > free ? limit - free : 0;
    const u128 over = std::min<u128>(excess, used);
    const std::uint64_t remaining = limit > used ? limit - used : 0;
    const auto burned = static_cast<std::uint64_t>(remaining * over / used);
    return {remaining - burned, burned};
}

Expected<GasOutputs> gas_outputs(const GasUse& use) {
    const auto cost = multiply(use.fee_cap, use.limit);
    if (!cost) return failed(Kind::InvariantViolation, "a message that nobody can pay was executed");
    if (use.used > use.limit)
        return failed(Kind::InvariantViolation, "a message used more gas than its limit");
    const OverEstimation over = over_estimation(use.used, use.limit);
    const Amount effective = std::min(use.base_fee, use.fee_cap);
    GasOutputs out;
    // None of these exceeds the cost, which fits.
    out.base_fee_burn = effective * use.used;
    out.over_estimation_burn = effective * over.burned;
    out.miner_tip = std::min(use.premium, use.fee_cap - effective) * use.limit;
    const auto penalty = multiply(use.base_fee - effective, Amount{use.used} + over.burned);
    if (!penalty) return failed(Kind::Overflow, "the producer's penalty exceeds 128 bits");
    out.miner_penalty = *penalty;
    if (out.consumption() > *cost)
        return failed(Kind::InvariantViolation, "a message consumed more than it reserved");
    out.refund = *cost - out.consumption();
    return out;
}

}  // namespace dz::reservations
