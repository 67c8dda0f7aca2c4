// chain/devnet/transaction_json.hpp: transactions and what became of them as JSON-RPC shows them.
#pragma once

#include <optional>
#include <string>

#include "base/json.hpp"
#include "chain/devnet/executor.hpp"
#include "chain/devnet/rpc_error.hpp"
#include "chain/devnet/rpc_params.hpp"
#include "chain/devnet/store.hpp"

namespace dz::devnet {

/// The `err` of every answer.
json::Ordered error_or_null(const std::optional<ledger::TransactionError>& error);
/// {"Ok":null} or {"Err":...}: what `err` was before it existed.
json::Ordered old_status(const std::optional<ledger::TransactionError>& error);
/// For people: "Blockhash not found", "Error processing Instruction 1: custom program error: 0x14".
std::string sentence(const ledger::TransactionError& error);

/// "legacy" or 0.
json::Ordered version_json(ledger::MessageVersion version);
/// In the encoding's shape.
json::Ordered transaction_json(const ledger::Transaction& transaction, Encoding encoding);
json::Ordered meta_json(const Record& record);

// What a client gets that asks for "accounts" instead of all of a transaction.
json::Ordered accounts_json(const ledger::Transaction& transaction);
json::Ordered accounts_meta_json(const Record& record);

}  // namespace dz::devnet
