// Methods that send transactions and tell what became of them.
#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.hpp"
#include "chain/devnet/account_json.hpp"
#include "chain/devnet/rpc_methods.hpp"
#include "chain/devnet/transaction_json.hpp"

namespace dz::devnet {

using ledger::Transaction;
using ledger::TransactionError;

namespace {

constexpr std::size_t kMaxStatuses = 256;
constexpr std::size_t kMaxHistory = 1000;
constexpr std::uint64_t kMaxVersion = 127;

json::Ordered simulation_json(const Execution& execution) {
    return {{"err", error_or_null(execution.error)},
            {"logs", execution.log},
            {"accounts", nullptr},
            {"unitsConsumed", execution.units},
            {"loadedAccountsDataSize", execution.loaded_bytes},
            {"returnData", nullptr},
            {"innerInstructions", nullptr},
            {"replacementBlockhash", nullptr}};
}

std::unexpected<RpcError> preflight_failure(const Execution& execution) {
    const std::string why = execution.error ? sentence(*execution.error) : std::string();
    return rpc_fail(rpc_code::kPreflightFailure, "Transaction simulation failed: " + why,
                    json::dump(simulation_json(execution)));
}

Execution refused(TransactionError error) {
    Execution execution;
    execution.error = std::move(error);
    execution.lands = false;
    return execution;
}

/// What a message looks up must be there before anything else is looked at.
Answer<void> check_lookups(Ledger& ledger, const ledger::Message& message) {
    const auto newest = [&](const PublicKey& key) { return ledger.accounts().find(key); };
    const auto error = find_bad_lookup(message, newest);
    if (!error) return {};
    return rpc_fail(rpc_code::kInvalidParams, "invalid transaction: " + sentence(*error));
}

Answer<void> verify_signatures(const Transaction& transaction) {
    if (ledger::verify(transaction)) return {};
    return rpc_fail(rpc_code::kSignatureVerification, "Transaction signature verification failure");
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

/// The preflight's commitment has a name of its own, and the encoding is the transaction's.
json::Value preflight_config(const json::Value& raw) {
    json::Value config = json::Value::object();
    const auto copy = [&](const char* from, const char* to) {
        if (const auto found = raw.find(from); found != raw.end()) config[to] = *found;
    };
    copy("preflightCommitment", "commitment");
    copy("minContextSlot", "minContextSlot");
    return config;
}

Answer<void> preflight(Ledger& ledger, const Transaction& transaction, Commitment commitment) {
    if (auto error = ledger.check(transaction, commitment))
        return preflight_failure(refused(*std::move(error)));
    const Execution execution = ledger.simulate(transaction, commitment);
    if (execution.error) return preflight_failure(execution);
    return {};
}

/// Accounts whose state after a simulation the client wants to see: {"addresses":[...]}.
Answer<std::optional<std::vector<PublicKey>>> read_wanted_accounts(const json::Value& raw,
                                                                   const ledger::Message& message) {
    const auto found = raw.find("accounts");
    if (found == raw.end() || found->is_null()) return std::nullopt;
    if (!found->is_object()) return invalid_params("accounts must be an object");
    const auto addresses = found->find("addresses");
    if (addresses == found->end() || !addresses->is_array())
        return invalid_params("accounts.addresses must be an array");
    if (const auto encoding = found->find("encoding"); encoding != found->end() && !encoding->is_null()) {
        if (*encoding == "base58" || *encoding == "binary")
            return invalid_params("base58 encoding not supported");
        if (*encoding != "base64" && *encoding != "jsonParsed")
            return invalid_params("accounts.encoding must be base64");
    }
    if (addresses->size() > message.keys.size())
        return invalid_params(fmt::format("Too many accounts provided; max {}", message.keys.size()));
    std::vector<PublicKey> wanted;
    const Params list(&*addresses);
    for (std::size_t i = 0; i < addresses->size(); ++i) {
        TRY(wanted.emplace_back(), list.key(i, "accounts.addresses"));
    }
    return wanted;
}

json::Ordered account_json(const AccountState& state) {
    ReadConfig config;
    config.encoding = Encoding::Base64;
    std::string text;
    const auto written = append_account(state, config, text);
    DZ_ASSERT(written);  // only base58 can fail
    return json::parse(text).value();
}

/// After a failure there is no state to show.
json::Ordered accounts_after(const Ledger& ledger, const View& view, const Execution& execution,
                             const std::vector<PublicKey>& wanted) {
    auto out = json::Ordered::array();
    for (const PublicKey& key : wanted) {
        const auto written = std::ranges::find(execution.writes, key, &AccountWrite::first);
        const AccountPointer state =
            written != execution.writes.end() ? written->second : ledger.account(key, view);
        const bool shown = !execution.error && state && state->lamports > 0;
        out.push_back(shown ? account_json(*state) : json::Ordered());
    }
    return out;
}

json::Ordered blockhash_json(const std::pair<std::uint64_t, Blockhash>& slot_and_hash) {
    return {{"blockhash", slot_and_hash.second.to_string()},
            {"lastValidBlockHeight", slot_and_hash.first + kMaxBlockhashAge}};
}

/// The newest version of transactions that the client understands; nullopt: it has never heard of versions.
Answer<std::optional<std::uint64_t>> read_newest_version(const json::Value& raw) {
    const auto found = raw.find("maxSupportedTransactionVersion");
    if (found == raw.end() || found->is_null()) return std::nullopt;
    if (!found->is_number_unsigned() || *found > kMaxVersion)
        return invalid_params("maxSupportedTransactionVersion must be from 0 to 127");
    return found->get<std::uint64_t>();
}

std::unexpected<RpcError> unsupported_version() {
    return rpc_fail(
        rpc_code::kUnsupportedVersion,
        "Transaction version (0) is not supported by the requesting client. Please try the request "
        "again with the following configuration parameter: \"maxSupportedTransactionVersion\": 0");
}

}  // namespace

Answer<std::string> RpcMethods::send_transaction(Params params) {
    TRY(const std::string text, params.text(0, "transaction"));
    TRY(auto raw, params.config(1));
    TRY(Transaction transaction, read_transaction(text, raw));
    TRY(const bool skip_preflight, flag(raw, "skipPreflight", false));
    TRY(const ReadConfig config, read_config(preflight_config(raw)));
    TRY_OK(view_for(config));
    TRY_OK(check_lookups(ledger_, transaction.message));
    TRY_OK(verify_signatures(transaction));
    if (!skip_preflight) TRY_OK(preflight(ledger_, transaction, config.commitment));
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
    raw.erase("encoding");
    TRY(const ReadConfig config, read_config(raw));
    TRY(const View view, view_for(config));
    TRY_OK(check_lookups(ledger_, transaction.message));
    if (verifies) TRY_OK(verify_signatures(transaction));
    TRY(const auto wanted, read_wanted_accounts(raw, transaction.message));
    const auto obstacle = replaces ? std::nullopt : ledger_.check(transaction, config.commitment);
    const Execution execution =
        obstacle ? refused(*obstacle) : ledger_.simulate(transaction, config.commitment);
    json::Ordered value = simulation_json(execution);
    if (wanted) value["accounts"] = accounts_after(ledger_, view, execution, *wanted);
    if (replaces) value["replacementBlockhash"] = blockhash_json(ledger_.blockhash_at(view.slot));
    return with_context(view, json::dump(value));
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
    CO_TRY(const auto newest, read_newest_version(raw));
    if (config.commitment == Commitment::Processed) {
        co_return rpc_fail(rpc_code::kInvalidParams, "Method does not support commitment below `confirmed`");
    }
    const auto record = co_await ledger_.record(signature, config.commitment);
    if (!record) co_return internal(record.error());
    if (!*record) co_return "null";
    const auto transaction = ledger::decode_transaction((*record)->transaction);
    if (!transaction) co_return internal(transaction.error());
    const ledger::MessageVersion version = transaction->message.version;
    if (version == ledger::MessageVersion::V0 && !newest) co_return unsupported_version();
    json::Ordered answer = {{"slot", (*record)->slot},
                            {"blockTime", (*record)->unix_time},
                            {"transaction", transaction_json(*transaction, config.encoding)},
                            {"meta", meta_json(**record)}};
    // Who does not ask for versions does not know of them.
    if (newest) answer["version"] = version_json(version);
    co_return json::dump(answer);
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
