#include "chain/devnet/transaction_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/encoding.hpp"

namespace dz::devnet {

using ledger::Message;
using ledger::MessageVersion;
using ledger::Transaction;
using ledger::TransactionError;

namespace {

// The ledger's own sentences: clients show them, and match on some.
constexpr auto kSentences = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"AccountNotFound", "Attempt to debit an account but found no record of a prior credit."},
    {"AddressLookupTableNotFound", "Transaction loads an address table account that doesn't exist"},
    {"AlreadyProcessed", "This transaction has already been processed"},
    {"BlockhashNotFound", "Blockhash not found"},
    {"InsufficientFundsForFee", "Insufficient funds for fee"},
    {"InvalidAccountForFee", "This account may not be used to pay transaction fees"},
    {"InvalidAddressLookupTableData", "Transaction loads an address table account with invalid data"},
    {"InvalidAddressLookupTableOwner", "Transaction loads an address table account with an invalid owner"},
    {"InvalidLoadedAccountsDataSizeLimit",
     "LoadedAccountsDataSizeLimit set for transaction must be greater than 0."},
    {"InvalidProgramForExecution", "This program may not be used for executing instructions"},
    {"MaxLoadedAccountsDataSizeExceeded", "Transaction exceeded max loaded accounts data size cap"},
    {"ProgramAccountNotFound", "Attempt to load a program that does not exist"},
});

json::Ordered signatures_json(const Transaction& transaction) {
    auto signatures = json::Ordered::array();
    for (const Signature& signature : transaction.signatures) signatures.push_back(signature.to_string());
    return signatures;
}

/// An array of bytes would be written as text.
std::vector<int> numbers(const std::vector<std::uint8_t>& bytes) {
    return {bytes.begin(), bytes.end()};
}

json::Ordered lookups_json(const Message& message) {
    auto lookups = json::Ordered::array();
    for (const auto& lookup : message.lookups) {
        lookups.push_back({{"accountKey", lookup.table.to_string()},
                           {"writableIndexes", numbers(lookup.writable)},
                           {"readonlyIndexes", numbers(lookup.readonly)}});
    }
    return lookups;
}

json::Ordered resolved_keys_json(const Message& message) {
    auto keys = json::Ordered::array();
    for (std::size_t i = 0; i < message.keys.size(); ++i) {
        keys.push_back({{"pubkey", message.keys[i].to_string()},
                        {"signer", message.is_signer(i)},
                        {"source", "transaction"},
                        {"writable", message.is_writable(i)}});
    }
    return keys;
}

/// What JsonParsed shows of programs that it does not know. Messages that look addresses up never land.
json::Ordered resolved_message_json(const Message& message) {
    auto instructions = json::Ordered::array();
    for (const auto& instruction : message.instructions) {
        auto accounts = json::Ordered::array();
        for (const std::uint8_t position : instruction.accounts) {
            accounts.push_back(message.keys[position].to_string());
        }
        instructions.push_back({{"programId", message.keys[instruction.program].to_string()},
                                {"accounts", std::move(accounts)},
                                {"data", to_base58(instruction.data)},
                                {"stackHeight", nullptr}});
    }
    json::Ordered out = {{"accountKeys", resolved_keys_json(message)},
                         {"recentBlockhash", message.recent_blockhash.to_string()},
                         {"instructions", std::move(instructions)}};
    if (message.version == MessageVersion::V0) out["addressTableLookups"] = lookups_json(message);
    return out;
}

json::Ordered message_json(const Message& message) {
    auto keys = json::Ordered::array();
    for (const PublicKey& key : message.keys) keys.push_back(key.to_string());
    auto instructions = json::Ordered::array();
    for (const auto& instruction : message.instructions) {
        instructions.push_back({{"programIdIndex", instruction.program},
                                {"accounts", numbers(instruction.accounts)},
                                {"data", to_base58(instruction.data)},
                                {"stackHeight", nullptr}});
    }
    json::Ordered header = {{"numRequiredSignatures", message.required_signatures},
                            {"numReadonlySignedAccounts", message.readonly_signed},
                            {"numReadonlyUnsignedAccounts", message.readonly_unsigned}};
    json::Ordered out = {{"header", std::move(header)},
                         {"accountKeys", std::move(keys)},
                         {"recentBlockhash", message.recent_blockhash.to_string()},
                         {"instructions", std::move(instructions)}};
    if (message.version == MessageVersion::V0) out["addressTableLookups"] = lookups_json(message);
    return out;
}

}  // namespace

json::Ordered error_or_null(const std::optional<TransactionError>& error) {
    return error ? ledger::to_json(*error) : json::Ordered();
}

json::Ordered old_status(const std::optional<TransactionError>& error) {
    if (error) return {{"Err", ledger::to_json(*error)}};
    return {{"Ok", nullptr}};
}

std::string sentence(const TransactionError& error) {
    if (error.instruction) {
        const program::Fault fault{error.custom, error.name, {}};
        return fmt::format("Error processing Instruction {}: {}", *error.instruction, fault.runtime_text());
    }
    if (error.position && error.name == "InsufficientFundsForRent") {
        return fmt::format("Transaction results in an account ({}) with insufficient funds for rent",
                           *error.position);
    }
    if (error.position && error.name == "DuplicateInstruction") {
        return fmt::format("Transaction contains a duplicate instruction ({}) that is not allowed",
                           *error.position);
    }
    const auto* const known =
        std::ranges::find(kSentences, error.name, [](const auto& row) { return row.first; });
    return known == kSentences.end() ? error.name : std::string(known->second);
}

json::Ordered version_json(MessageVersion version) {
    if (version == MessageVersion::Legacy) return "legacy";
    return 0;
}

json::Ordered transaction_json(const Transaction& transaction, Encoding encoding) {
    const Bytes bytes = ledger::encode(transaction);
    if (encoding == Encoding::Base64) return json::Ordered::array({to_base64(bytes), "base64"});
    if (encoding == Encoding::Base58) return json::Ordered::array({to_base58(bytes), "base58"});
    if (encoding == Encoding::Binary) return to_base58(bytes);
    return json::Ordered{
        {"signatures", signatures_json(transaction)},
        {"message", encoding == Encoding::JsonParsed ? resolved_message_json(transaction.message)
                                                     : message_json(transaction.message)}};
}

json::Ordered meta_json(const Record& record) {
    const auto none = json::Ordered::array();
    return {{"err", error_or_null(record.error)},
            {"status", old_status(record.error)},
            {"fee", record.fee},
            {"preBalances", record.balances.before},
            {"postBalances", record.balances.after},
            {"innerInstructions", none},
            {"logMessages", record.log},
            {"preTokenBalances", none},
            {"postTokenBalances", none},
            {"rewards", none},
            {"loadedAddresses", {{"writable", none}, {"readonly", none}}},
            {"computeUnitsConsumed", record.units}};
}

json::Ordered accounts_json(const Transaction& transaction) {
    return {{"signatures", signatures_json(transaction)},
            {"accountKeys", resolved_keys_json(transaction.message)}};
}

json::Ordered accounts_meta_json(const Record& record) {
    const auto none = json::Ordered::array();
    return {{"err", error_or_null(record.error)},
            {"status", old_status(record.error)},
            {"fee", record.fee},
            {"preBalances", record.balances.before},
            {"postBalances", record.balances.after},
            {"preTokenBalances", none},
            {"postTokenBalances", none}};
}

}  // namespace dz::devnet
