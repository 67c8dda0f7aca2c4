// chain/devnet/fees.hpp: what a transaction may use, and what it pays. Pure: the one place to change a rule.
//
// 5000 lamports for each signature, and compute units times the unit price: those that were asked for, or
// where a ledger gives back the rest those that were used. A transaction that lands pays, whether it succeeds
// or fails.
#pragma once

#include <cstdint>
#include <expected>

#include "ledger/transaction.hpp"

namespace dz::devnet {

inline constexpr std::uint64_t kLamportsPerSignature = 5000;
/// Unit limit of a transaction that asks for none: so much for each instruction of the ledger's own programs,
/// compute budget included, and so much for each other instruction.
inline constexpr std::uint32_t kDefaultBuiltinUnits = 3000;
inline constexpr std::uint32_t kDefaultProgramUnits = 200'000;
inline constexpr std::uint32_t kMaxUnits = 1'400'000;
/// Also the limit of a transaction that asks for none.
inline constexpr std::uint32_t kMaxLoadedBytes = 64U << 20;
/// What an account counts in loaded bytes besides its data.
inline constexpr std::uint32_t kLoadedAccountBytes = 64;

/// What the transaction may use.
struct Allowance {
    std::uint32_t units = 0;
    std::uint64_t unit_price = 0;  ///< micro-lamports
    std::uint32_t loaded_bytes = kMaxLoadedBytes;
    bool operator==(const Allowance&) const = default;
};

/// From the message's compute budget requests. Errors: those of `ledger::compute_budget`.
std::expected<Allowance, ledger::TransactionError> allowance_of(const ledger::Message& message);

/// In lamports; saturated where the sum would exceed 64 bits, which nobody can pay.
struct Fee {
    std::uint64_t signatures = 0;
    std::uint64_t priority = 0;

    std::uint64_t total() const;
    bool operator==(const Fee&) const = default;
};

/// The most that it may cost. Priority is rounded up to whole lamports.
Fee fee_of(const ledger::Message& message, const Allowance& allowance);

/// Which units are paid for.
enum class Charging : std::uint8_t { Asked, Used };
/// What it costs in the end.
Fee charge_of(const ledger::Message& message, const Allowance& allowance, std::uint64_t used_units,
              Charging charging);

}  // namespace dz::devnet
