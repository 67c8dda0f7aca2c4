// chain/devnet/block.hpp: a slot with transactions, as it is shown, exported and replayed.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "chain/reservations/mode.hpp"
#include "ledger/instructions.hpp"
#include "ledger/program_error.hpp"
#include "ledger/public_key.hpp"

namespace dz::devnet {

/// How `--reservations` and the block files name the two forms of seat reservations, and their absence.
using ReservationForm = std::pair<std::string_view, ledger::Dialect>;
inline constexpr std::array<ReservationForm, 3> kReservationForms = {
    {{"off", ledger::Dialect::Today}, {"r1", ledger::Dialect::Seats}, {"r2", ledger::Dialect::Blocks}}};

/// What is known of a slot without its transactions. All that decides how they execute is in here or in them.
struct BlockHead {
    std::uint64_t slot = 0;
    std::int64_t unix_time = 0;  ///< of its last transaction
    ledger::Blockhash hash;
    std::uint64_t epoch = 0;
    ledger::Dialect reservations = ledger::Dialect::Seats;
    ledger::Blockhash state;  ///< `StateRoot` of all accounts after its last transaction
    bool operator==(const BlockHead&) const = default;
};

/// A transaction that landed, and what became of it.
struct BlockTransaction {
    Bytes bytes;                 ///< as it was sent
    std::int64_t unix_time = 0;  ///< that it was executed at
    std::uint64_t fee = 0;
    std::uint64_t units = 0;
    std::optional<ledger::TransactionError> error;
    bool operator==(const BlockTransaction&) const = default;
};

/// What was executed together within a block, and what reservations had to say of it.
struct EntryNote {
    std::uint64_t transactions = 0;
    reservations::Mode mode = reservations::Mode::Legacy;
    /// "legacy", "shadow", "reserved", "fallback: ErrReservations...".
    std::string outcome;
    std::uint64_t payers = 0;
    u128 total = 0;  ///< lamports reserved at most
    bool operator==(const EntryNote&) const = default;
};

struct Block {
    BlockHead head;
    // The slot with transactions before this one; the genesis is slot 0.
    std::uint64_t parent_slot = 0;
    ledger::Blockhash parent_hash;
    std::vector<BlockTransaction> transactions;
    /// All of them together; none where the ledger knows no reservations and nobody tried any. What a file
    /// tells of them is `transactions` alone: the rest is what each node makes of it.
    std::vector<EntryNote> entries = {};
    bool operator==(const Block&) const = default;
};

}  // namespace dz::devnet
