// chain/devnet/executor.hpp: runs one transaction: accounts and block in, outcome out.
//
// A pure function: it reads accounts through `AccountSource`, looks at no clock and keeps nothing, so that
// any thread may run it and a second node that replays a block gets the same bytes. All instructions succeed
// or none of them leaves a trace; the fee is taken in both cases: before they run, or where the block has
// reserved it, after.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "chain/devnet/fees.hpp"
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

/// Lamports of each of a transaction's accounts, in the order of its keys.
struct Balances {
    std::vector<std::uint64_t> before, after;
    bool operator==(const Balances&) const = default;
};

/// What an account must keep for fees of the running block, the running transaction's own included.
using ReservedSource = std::function<std::uint64_t(const PublicKey&)>;

/// When a transaction pays, and for what.
struct FeeTerms {
    Charging charging = Charging::Asked;
    /// Set while a block's fees are reserved.
    const ReservedSource* reserved = nullptr;
};

struct Execution {
    std::optional<ledger::TransactionError> error;
    /// False: it cannot even pay its fee, or asks for what nobody gets, so it leaves no trace on the ledger.
    bool lands = true;
    /// Less is reserved for it than it may cost: a defect of whoever reserved, not of the transaction.
    bool uncovered = false;
    std::uint64_t fee = 0;
    /// The most it could have cost.
    std::uint64_t max_fee = 0;
    std::uint64_t units = 0;
    std::uint64_t loaded_bytes = 0;
    Balances balances;  ///< of what lands
    std::vector<std::string> log;
    /// Only real changes, in the order of the transaction's accounts. After a failure: the fee.
    std::vector<AccountWrite> writes;
};

/// `transaction` must be well formed; signatures, blockhash and duplicates are the caller's business.
Execution execute(const ledger::Transaction& transaction, const AccountSource& accounts, program::Now now,
                  const program::Deployment& deployment, const FeeTerms& terms = {});

/// Why an account may not pay a fee of at most `fee`; null = there is no account.
std::optional<ledger::TransactionError> find_payer_fault(const AccountPointer& payer, std::uint64_t fee);

/// Why the message's first lookup finds nothing: AddressLookupTableNotFound, InvalidAddressLookupTableOwner,
/// InvalidAddressLookupTableData. This ledger has no filled tables, so every lookup fails.
std::optional<ledger::TransactionError> find_bad_lookup(const ledger::Message& message,
                                                        const AccountSource& accounts);

}  // namespace dz::devnet
