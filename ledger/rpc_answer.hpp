// ledger/rpc_answer.hpp: JSON-RPC answers as values (ledger.md 4). Pure, total, and the fuzzer's way in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "ledger/rpc.hpp"

namespace dz::ledger::rpc_answer {

/// The `result` of an answer. Errors: Truncated when the text ends early, BadValue when it is not JSON or not
/// an answer, else the server's error by `server_error`.
Result<json::Value> result(std::string_view body);

/// What a JSON-RPC error object means: Unavailable for the codes that pass (-32005 node behind, -32004 block
/// not available, -32016 slot not reached, -32429 and the HTTP-like ones too many requests or overload),
/// Rejected for the rest, with the code as `detail`. A failed preflight is described by its program error.
Error server_error(const json::Value& error);

/// What an HTTP status other than 200 means: Unavailable for 429 and 5xx that pass, Rejected otherwise.
Error http_error(int status, std::string_view body);

/// Accounts of getProgramAccounts straight from the answer's text, which may be megabytes. Takes the result
/// both with a context and, from servers that know none, as a bare array. Errors: as `result`.
Result<At<std::vector<KeyedAccount>>> program_accounts(std::string_view body);

/// These take what `result` gives.
Result<At<std::optional<AccountInfo>>> account(const json::Value& result);
/// An account with its address: what programSubscribe tells.
Result<At<KeyedAccount>> keyed_account(const json::Value& result);
Result<At<std::vector<std::optional<AccountInfo>>>> multiple_accounts(const json::Value& result,
                                                                      std::size_t expected);
Result<At<LatestBlockhash>> latest_blockhash(const json::Value& result);
Result<Signature> signature(const json::Value& result);
Result<At<Simulation>> simulation(const json::Value& result);
Result<At<std::vector<std::optional<SignatureStatus>>>> signature_statuses(const json::Value& result,
                                                                           std::size_t expected);
Result<std::optional<TransactionRecord>> transaction(const json::Value& result);
Result<std::vector<SignatureRecord>> signatures(const json::Value& result);
Result<At<Lamports>> balance(const json::Value& result);
Result<EpochInfo> epoch_info(const json::Value& result);
Result<std::uint64_t> number(const json::Value& result);
Result<std::optional<std::int64_t>> optional_time(const json::Value& result);
Result<std::string> version(const json::Value& result);

}  // namespace dz::ledger::rpc_answer
