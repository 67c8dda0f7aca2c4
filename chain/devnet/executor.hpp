// chain/devnet/executor.hpp: runs one transaction: accounts and block in, outcome out.
//
// A pure function: it reads accounts through `AccountSource`, looks at no clock and keeps nothing, so that
// any thread may run it and a second node that replays a block gets the same bytes. All instructions succeed
// or none of them leaves a trace; the fee is taken in both cases.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "chain/program/program.hpp"
#include "ledger/program_error.hpp"
#include "ledger/transaction.hpp"

namespace dz::devnet {

using ledger::PublicKey;
using program::AccountPointer;
using program::AccountState;

/// The account at an address; null when there is none.
using AccountSource = std::function<AccountPointer(const PublicKey&)>;
/// An account and its new state; no lamports = the account is gone.
using AccountWrite = std::pair<PublicKey, AccountPointer>;

inline constexpr std::uint64_t kLamportsPerSignature = 5000;
/// Compute units of a transaction that asks for no limit: this for each instruction.
inline constexpr std::uint32_t kDefaultUnitsPerInstruction = 200'000;
inline constexpr std::uint32_t kMaxUnits = 1'400'000;

struct Execution {
    std::optional<ledger::TransactionError> error;
    /// False: it cannot even pay its fee, or is not well formed, so it leaves no trace on the ledger.
    bool lands = true;
    std::uint64_t fee = 0;
    std::uint64_t units = 0;
    std::vector<std::string> log;
    /// Only real changes, in the order of the transaction's accounts. After a failure: the fee.
    std::vector<AccountWrite> writes;
};

/// `transaction` must be well formed; signatures, blockhash and duplicates are the caller's business.
Execution execute(const ledger::Transaction& transaction, const AccountSource& accounts, program::Now now,
                  const program::Deployment& deployment);

/// What the signatures and the asked-for priority cost.
std::uint64_t fee_of(const ledger::Message& message, const ledger::ComputeBudget& budget);

}  // namespace dz::devnet
