#include "chain/devnet/fees.hpp"

#include <algorithm>
#include <limits>

namespace dz::devnet {

using ledger::Message;

namespace {

constexpr std::uint64_t kMicroLamports = 1'000'000;
constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

bool is_builtin(const ledger::PublicKey& program) {
    return program == ledger::kComputeBudgetProgram || program == ledger::kSystemProgram;
}

std::uint64_t default_units(const Message& message) {
    std::uint64_t units = 0;
    for (const auto& instruction : message.instructions) {
        units += is_builtin(message.keys[instruction.program]) ? kDefaultBuiltinUnits : kDefaultProgramUnits;
    }
    return units;
}

}  // namespace

std::expected<Allowance, ledger::TransactionError> allowance_of(const Message& message) {
    TRY(const auto budget, ledger::compute_budget(message));
    const std::uint64_t units = budget.unit_limit ? *budget.unit_limit : default_units(message);
    return Allowance{
        .units = static_cast<std::uint32_t>(std::min<std::uint64_t>(units, kMaxUnits)),
        .unit_price = budget.unit_price.value_or(0),
        .loaded_bytes = std::min(budget.loaded_data.value_or(kMaxLoadedBytes), kMaxLoadedBytes),
    };
}

std::uint64_t Fee::total() const {
    return priority > kMost - signatures ? kMost : signatures + priority;
}

Fee fee_of(const Message& message, const Allowance& allowance) {
    return charge_of(message, allowance, 0, Charging::Asked);
}

Fee charge_of(const Message& message, const Allowance& allowance, std::uint64_t used_units,
              Charging charging) {
    const std::uint64_t units = charging == Charging::Asked ? allowance.units : used_units;
    const u128 micro = u128{allowance.unit_price} * units;
    const u128 priority = (micro + kMicroLamports - 1) / kMicroLamports;
    return {.signatures = message.required_signatures * kLamportsPerSignature,
            .priority = static_cast<std::uint64_t>(std::min<u128>(priority, kMost))};
}

}  // namespace dz::devnet
