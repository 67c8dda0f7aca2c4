// Methods that send transactions and tell what became of them.
#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.hpp"
#include "chain/devnet/account_json.hpp"
#include "chain/devnet/rpc_methods.hpp"

namespace dz::devnet {

using ledger::Message;
using ledger::Transaction;
using ledger::TransactionError;

namespace {

constexpr std::size_t kMaxStatuses = 256;
constexpr std::size_t kMaxHistory = 1000;

json::Ordered error_or_null(const std::optional<TransactionError>& error) {
    return error ? ledger::to_json(*error) : json::Ordered();
}

/// {"Ok":null} or {"Err":...}: what `err` was before it existed.
json::Ordered old_status(const std::optional<TransactionError>& error) {
    if (error) return {{"Err", ledger::to_json(*error)}};
    return {{"Ok", nullptr}};
}

/// "Blockhash not found", "Error processing Instruction 1: custom program error: 0x14".
std::string sentence(const TransactionError& error) {
    if (error.instruction) {
        const std::string reason =
            error.custom ? fmt::format("custom program error: {:#x}", *error.custom) : error.name;
        return fmt::format("Error processing Instruction {}: {}", *error.instruction, reason);
    }
    if (error.name == "BlockhashNotFound") return "Blockhash not found";
    if (error.name == "AlreadyProcessed") return "This transaction has already been processed";
    if (error.name == "AccountNotFound") {
        return "Attempt to debit an account but found no record of a prior credit.";
    }
    if (error.name == "InsufficientFundsForFee") return "Insufficient funds for fee";
    return error.name;
}

json::Ordered simulation_json(const Execution& execution) {
    return {{"err", error_or_null(execution.error)}, {"logs", execution.log}, {"accounts", nullptr},
            {"unitsConsumed", execution.units},      {"returnData", nullptr}, {"innerInstructions", nullptr}};
}

std::unexpected<RpcError> preflight_failure(const Execution& execution) {
    return rpc_fail(rpc_code::kPreflightFailure,
                    "Transaction simulation failed: " + sentence(*execution.error),
                    json::dump(simulation_json(execution)));
}

Execution refused(TransactionError error) {
    Execution execution;
    execution.error = std::move(error);
    execution.lands = false;
    return execution;
}

Answer<void> verify_signatures(const Transaction& transaction) {
    if (ledger::verify(transaction)) return {};
    return rpc_fail(rpc_code::kSignatureVerification, "Transaction signature verification failure");
}

json::Ordered message_json(const Message& message) {
    auto keys = json::Ordered::array();
    for (const PublicKey& key : message.keys) keys.push_back(key.to_string());
    auto instructions = json::Ordered::array();
    for (const auto& instruction : message.instructions) {
        instructions.push_back(
            {{"programIdIndex", instruction.program},
             {"accounts", std::vector<int>(instruction.accounts.begin(), instruction.accounts.end())},
             {"data", to_base58(instruction.data)},
             {"stackHeight", nullptr}});
    }
    json::Ordered header = {{"numRequiredSignatures", message.required_signatures},
                            {"numReadonlySignedAccounts", message.readonly_signed},
                            {"numReadonlyUnsignedAccounts", message.readonly_unsigned}};
    return {{"header", std::move(header)},
            {"accountKeys", std::move(keys)},
            {"recentBlockhash", message.recent_blockhash.to_string()},
            {"instructions", std::move(instructions)}};
}

Answer<json::Ordered> transaction_json(const Bytes& bytes, Encoding encoding) {
    if (encoding == Encoding::Base64) return json::Ordered::array({to_base64(bytes), "base64"});
    if (encoding == Encoding::Base58) return json::Ordered::array({to_base58(bytes), "base58"});
    const auto transaction = ledger::decode_transaction(bytes);
    if (!transaction) return rpc_fail(rpc_code::kInternal, "stored transaction: " + transaction.error().text);
    auto signatures = json::Ordered::array();
    for (const Signature& signature : transaction->signatures) signatures.push_back(signature.to_string());
    return json::Ordered{{"signatures", std::move(signatures)},
                         {"message", message_json(transaction->message)}};
}

json::Ordered meta_json(const Record& record) {
    const auto none = json::Ordered::array();
    return {{"err", error_or_null(record.error)},
            {"status", old_status(record.error)},
            {"fee", record.fee},
            {"preBalances", none},
            {"postBalances", none},
            {"innerInstructions", none},
            {"logMessages", record.log},
            {"preTokenBalances", none},
            {"postTokenBalances", none},
            {"rewards", none},
            {"loadedAddresses", {{"writable", none}, {"readonly", none}}},
            {"computeUnitsConsumed", record.units}};
}

json::Ordered status_json(const Status& status) {
    json::Ordered confirmations;
    if (status.confirmations) confirmations = *status.confirmations;
    return {{"slot", status.slot},
            {"confirmations", std::move(confirmations)},
            {"err", error_or_null(status.error)},
            {"status", old_status(status.error)},
            {"confirmationStatus", ledger::to_string(status.commitment)}};
}

std::unexpected<RpcError> internal(const Error& error) {
    return rpc_fail(rpc_code::kInternal, error.text);
}

Answer<std::optional<Signature>> optional_signature(const json::Value& config, std::string_view name) {
    const auto found = config.find(name);
    if (found == config.end() || found->is_null()) return std::nullopt;
    if (!found->is_string()) return invalid_params(fmt::format("{} must be a signature", name));
    const auto signature = Signature::parse(found->get<std::string>());
    if (!signature) return invalid_params(fmt::format("{}: {}", name, signature.error().text));
    return *signature;
}

}  // namespace

Answer<std::string> RpcMethods::send_transaction(Params params) {
    TRY(const std::string text, params.text(0, "transaction"));
    TRY(auto raw, params.config(1));
    TRY(Transaction transaction, read_transaction(text, raw));
    TRY(const bool skip_preflight, flag(raw, "skipPreflight", false));
    TRY_OK(verify_signatures(transaction));
    if (!skip_preflight) {
        raw.erase("encoding");
        TRY(const ReadConfig config, read_config(raw));
        TRY_OK(view_for(config));
        if (auto error = ledger_.check(transaction)) return preflight_failure(refused(*std::move(error)));
        const Execution execution = ledger_.simulate(transaction);
        if (execution.error) return preflight_failure(execution);
    }
    const Signature signature = transaction.id();
    if (const auto queued = ledger_.submit(std::move(transaction)); !queued) {
        return rpc_fail(rpc_code::kNodeUnhealthy, queued.error().text);
    }
    return fmt::format("\"{}\"", signature.to_string());
}

Answer<std::string> RpcMethods::simulate_transaction(Params params) {
    TRY(const std::string text, params.text(0, "transaction"));
    TRY(auto raw, params.config(1));
    TRY(Transaction transaction, read_transaction(text, raw));
    TRY(const bool verifies, flag(raw, "sigVerify", false));
    TRY(const bool replaces, flag(raw, "replaceRecentBlockhash", false));
    if (verifies && replaces) return invalid_params("sigVerify may not be used with replaceRecentBlockhash");
    if (verifies) TRY_OK(verify_signatures(transaction));
    raw.erase("encoding");
    TRY(const ReadConfig config, read_config(raw));
    TRY(const View view, view_for(config));
    const auto obstacle = replaces ? std::nullopt : ledger_.check(transaction);
    const Execution execution = obstacle ? refused(*obstacle) : ledger_.simulate(transaction);
    return with_context(view, json::dump(simulation_json(execution)));
}

Answer<std::string> RpcMethods::request_airdrop(Params params) {
    TRY(const PublicKey to, params.key(0, "pubkey"));
    TRY(const std::uint64_t lamports, params.natural(1, "lamports"));
    const auto signature = ledger_.airdrop(to, lamports);
    if (!signature) return rpc_fail(rpc_code::kNodeUnhealthy, signature.error().text);
    return fmt::format("\"{}\"", signature->to_string());
}

Task<Answer<std::string>> RpcMethods::signature_statuses(Params params) {
    const json::Value* const list = params.at(0);
    if (list == nullptr || !list->is_array()) co_return invalid_params("signatures must be an array");
    if (list->size() > kMaxStatuses) co_return invalid_params("at most 256 signatures");
    CO_TRY(const auto raw, params.config(1));
    CO_TRY(const bool search, flag(raw, "searchTransactionHistory", false));
    const Params signatures(list);
    auto value = json::Ordered::array();
    for (std::size_t i = 0; i < list->size(); ++i) {
        CO_TRY(const Signature signature, signatures.signature(i, "signature"));
        auto status = ledger_.status(signature);
        if (!status && search) {
            auto stored = co_await ledger_.stored_status(signature);
            if (!stored) co_return internal(stored.error());
            status = *std::move(stored);
        }
        value.push_back(status ? status_json(*status) : json::Ordered());
    }
    co_return with_context(ledger_.view(Commitment::Processed), json::dump(value));
}

Task<Answer<std::string>> RpcMethods::transaction(Params params) {
    CO_TRY(const Signature signature, params.signature(0, "signature"));
    CO_TRY(const auto raw, params.config(1));
    CO_TRY(ReadConfig config, read_config(raw));
    if (raw.find("encoding") == raw.end()) config.encoding = Encoding::Json;
    if (config.commitment == Commitment::Processed) {
        co_return rpc_fail(rpc_code::kInvalidParams, "Method does not support commitment below `confirmed`");
    }
    const auto record = co_await ledger_.record(signature, config.commitment);
    if (!record) co_return internal(record.error());
    if (!*record) co_return "null";
    CO_TRY(auto transaction, transaction_json((*record)->transaction, config.encoding));
    co_return json::dump({{"slot", (*record)->slot},
                          {"blockTime", (*record)->unix_time},
                          {"transaction", std::move(transaction)},
                          {"meta", meta_json(**record)},
                          {"version", "legacy"}});
}

Task<Answer<std::string>> RpcMethods::signatures_for_address(Params params) {
    HistoryQuery query;
    CO_TRY(query.address, params.key(0, "address"));
    CO_TRY(const auto raw, params.config(1));
    CO_TRY(const ReadConfig config, read_config(raw));
    CO_TRY(const View view, view_for(config));
    CO_TRY(query.before, optional_signature(raw, "before"));
    CO_TRY(query.until, optional_signature(raw, "until"));
    if (const auto limit = raw.find("limit"); limit != raw.end() && !limit->is_null()) {
        if (!limit->is_number_unsigned() || *limit < 1 || *limit > kMaxHistory) {
            co_return invalid_params("limit must be from 1 to 1000");
        }
        query.limit = limit->get<std::size_t>();
    }
    query.newest_slot = view.slot;
    const auto records = co_await ledger_.history(query);
    if (!records) co_return internal(records.error());
    auto value = json::Ordered::array();
    for (const Record& record : *records) {
        const auto status = ledger_.status(record.signature);
        const Commitment reached = status ? status->commitment : Commitment::Finalized;
        value.push_back({{"signature", record.signature.to_string()},
                         {"slot", record.slot},
                         {"err", error_or_null(record.error)},
                         {"memo", nullptr},
                         {"blockTime", record.unix_time},
                         {"confirmationStatus", ledger::to_string(reached)}});
    }
    co_return json::dump(value);
}

}  // namespace dz::devnet
