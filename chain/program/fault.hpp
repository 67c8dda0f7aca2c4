// chain/program/fault.hpp: why an instruction failed.
//
// A program answers with a number of its own (`ProgramError`), with an error that is built into the ledger,
// or it aborts. Whatever the reason, all changes of the transaction are undone; the fee stays paid.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/program_error.hpp"

namespace dz::program {

struct Fault {
    /// The program's own number, or the system program's.
    std::optional<std::uint32_t> custom;
    /// Name of a built-in error when there is no number: "InvalidArgument", "ProgramFailedToComplete".
    std::string_view name;
    /// For the program log: what was wrong.
    std::string text;

    /// In the place of instruction `index` of a transaction.
    ledger::TransactionError at(std::uint32_t index) const;
    /// How the runtime's log ends: "custom program error: 0x14", "invalid account data for instruction".
    std::string runtime_text() const;
    bool operator==(const Fault&) const = default;
};

template <class T>
using Expected = std::expected<T, Fault>;
using Outcome = Expected<void>;

/// Custom errors of the system program.
namespace system_error {
inline constexpr std::uint32_t kAccountAlreadyInUse = 0;
inline constexpr std::uint32_t kInsufficientFunds = 1;
}  // namespace system_error

[[nodiscard]] std::unexpected<Fault> reject(ledger::ProgramError code, std::string text = {});
[[nodiscard]] std::unexpected<Fault> reject(ledger::BuiltinError error, std::string text = {});
/// A number of another program.
[[nodiscard]] std::unexpected<Fault> reject_custom(std::uint32_t code, std::string text);
/// A built-in error that only the runtime raises: "InvalidRealloc".
[[nodiscard]] std::unexpected<Fault> reject_runtime(std::string_view name, std::string text);
/// The program gave up: ProgramFailedToComplete.
[[nodiscard]] std::unexpected<Fault> panic(std::string text);

}  // namespace dz::program
