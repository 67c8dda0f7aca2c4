// ledger/submit.hpp: send a transaction and wait until the ledger has decided about it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "ledger/keypair.hpp"
#include "ledger/rpc.hpp"
#include "ledger/transaction.hpp"

namespace dz::ledger {

struct SubmitOptions {
    Commitment commitment = Commitment::Confirmed;
    ComputeBudget budget = ComputeBudget::generous();
    Duration poll_interval = 400ms;
    /// Longest wait for the ledger to decide, from the first send on.
    Duration timeout = 90s;
    /// When a blockhash expired before the transaction was seen, it is rebuilt with a new one this often.
    /// Safe, since an expired transaction cannot land any more.
    int max_rebuilds = 1;
    /// Called with the lines that the programs wrote when the transaction failed.
    std::function<void(const std::vector<std::string>&)> on_failure_log;
};

/// A transaction that landed and succeeded.
struct Receipt {
    Signature signature;
    Slot slot;
    bool operator==(const Receipt&) const = default;
};

/// Builds, signs, sends once and polls until `options.commitment` is reached.
/// Errors: Rejected when the ledger refused or the program failed: `detail` is the program's custom code (a
/// positive number; negative: a JSON-RPC code; 0: neither) and the text says which error it is; Timeout when
/// the outcome is unknown (the text has the signature); LimitExceeded (too large); those of `Rpc`.
/// `rpc`, `clock` and `payer` must outlive the call.
Task<Result<Receipt>> submit(Rpc& rpc, Clock& clock, const Keypair& payer,
                             std::vector<TransactionInstruction> instructions, SubmitOptions options = {});

}  // namespace dz::ledger
