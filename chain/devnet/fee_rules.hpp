// chain/devnet/fee_rules.hpp: what a ledger has agreed on about fees, for its life.
//
// A ledger that knows fee reservations charges for the units that were used and gives the rest of the maximum
// back; from a certain slot on the maxima of a block are reserved before its first transaction runs. One that
// does not charges what was asked for, as Solana does.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "chain/devnet/fees.hpp"
#include "chain/reservations/mode.hpp"

namespace dz::devnet {

struct FeeRules {
    /// First slot of version 28; unset: never.
    std::optional<std::uint64_t> reserve_from = std::nullopt;
    /// Before that slot: whether nodes that try reservations go by their results.
    reservations::Effect effect = reservations::Effect::Shadow;

    /// Whether the ledger has reservations at all.
    bool known() const { return reserve_from || effect == reservations::Effect::Apply; }
    Charging charging() const { return known() ? Charging::Used : Charging::Asked; }
    std::uint32_t version_at(std::uint64_t slot) const {
        return reserve_from && slot >= *reserve_from ? reservations::kActivationVersion
                                                     : reservations::kActivationVersion - 1;
    }
    bool operator==(const FeeRules&) const = default;
};

/// Where `Store` keeps them; nothing there = a ledger without reservations.
inline constexpr const char* kFeeRulesKey = "fee_rules";

/// "from 200, shadow", "never, apply".
std::string to_text(const FeeRules& rules);
/// Errors: BadValue.
Result<FeeRules> parse_fee_rules(std::string_view text);

/// "shadow", "apply".
std::string_view name_of(reservations::Effect effect);
std::optional<reservations::Effect> parse_effect(std::string_view name);

}  // namespace dz::devnet
