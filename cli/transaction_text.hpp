// cli/transaction_text.hpp: transactions that are not sent yet, as --dry-run shows them.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "ledger/transaction.hpp"

namespace dz::cli {

/// "CreateLocation {code: "ewr", ...}"; in hex where this build does not know the instruction.
std::string instruction_text(const ledger::TransactionInstruction& instruction);

/// One transaction for each instruction, with the accounts it names, and that nothing was sent.
void print_transactions(std::ostream& out, const std::vector<ledger::TransactionInstruction>& instructions);
/// [{"instruction", "program", "accounts": [{"pubkey", "signer", "writable"}], "data": hex}]
json::Ordered transactions_json(const std::vector<ledger::TransactionInstruction>& instructions);

}  // namespace dz::cli
