#include "ledger/rpc_answer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/encoding.hpp"

namespace dz::ledger::rpc_answer {
namespace {

constexpr std::int64_t kPreflightFailed = -32002;
constexpr auto kPassingCodes =
    std::to_array<std::int64_t>({-32005, -32004, kMinContextSlotNotReached, -32429, 429, 500, 502, 503, 504});
constexpr auto kPassingStatuses = std::to_array<int>({429, 500, 502, 503, 504});
constexpr auto kPassingPhrases =
    std::to_array<std::string_view>({"rate limited", "service unavailable", "too many requests",
                                     "bad gateway", "gateway timeout", "gateway time-out"});

/// Keeps a server's text from filling a terminal.
std::string excerpt(std::string_view text) {
    constexpr std::size_t kMost = 200;
    std::string out(text.substr(0, kMost));
    std::ranges::replace_if(out, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
    return out;
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    }
    return out;
}

bool sounds_passing(std::string_view message) {
    const std::string text = lower(message);
    return std::ranges::any_of(kPassingPhrases,
                               [&](auto phrase) { return text.find(phrase) != std::string::npos; });
}

/// An answer that was cut off on the way rather than written wrongly.
bool looks_cut(std::string_view body) {
    const std::size_t last = body.find_last_not_of(" \t\r\n");
    return last == std::string_view::npos || body[last] != '}';
}

/// The `err` of a status: absent and null mean success.
Result<std::optional<TransactionError>> optional_error(const json::Value& object) {
    const auto err = object.find("err");
    if (err == object.end() || err->is_null()) return std::nullopt;
    TRY(auto error, parse_transaction_error(*err));
    return std::optional(std::move(error));
}

Result<std::vector<std::string>> strings_or_none(const json::Value& object, std::string_view key) {
    const auto list = object.find(key);
    std::vector<std::string> out;
    if (list == object.end() || list->is_null()) return out;
    if (!list->is_array()) return fail(Errc::BadValue, fmt::format("\"{}\": expected an array", key));
    for (const auto& line : *list) {
        if (!line.is_string()) return fail(Errc::BadValue, fmt::format("\"{}\": expected strings", key));
        out.push_back(line.get<std::string>());
    }
    return out;
}

Result<std::optional<std::int64_t>> time_or_none(const json::Value& object, std::string_view key) {
    const auto value = object.find(key);
    if (value == object.end()) return std::nullopt;
    return optional_time(*value);
}

/// `result` of the form {"context": {"slot": n}, "value": ...}.
struct WithContext {
    Slot slot;
    const json::Value* value;
};
Result<WithContext> with_context(const json::Value& result) {
    TRY(const auto* context, json::object(result, "context"));
    TRY(const auto slot, json::natural(*context, "slot"));
    TRY(const auto* value, json::at(result, "value"));
    return WithContext{Slot{slot}, value};
}

Result<AccountInfo> parse_account(const json::Value& value) {
    AccountInfo account;
    TRY(const auto* data, json::array(value, "data"));
    if (data->size() != 2 || !(*data)[0].is_string() || (*data)[1] != "base64") {
        return fail(Errc::BadValue, "account data is not in base64");
    }
    TRY(account.data, from_base64((*data)[0].get_ref<const std::string&>()));
    TRY(const auto owner, json::string(value, "owner"));
    TRY(account.owner, PublicKey::parse(owner));
    TRY(account.lamports.value, json::natural(value, "lamports"));
    TRY(account.executable, json::boolean_or(value, "executable", false));
    // Some servers write the largest number as a fraction; nobody needs the exact one.
    account.rent_epoch = json::natural(value, "rentEpoch").value_or(0);
    return account;
}

Result<std::optional<AccountInfo>> parse_optional_account(const json::Value& value) {
    if (value.is_null()) return std::nullopt;
    TRY(auto account, parse_account(value));
    return std::optional(std::move(account));
}

Result<std::optional<SignatureStatus>> parse_status(const json::Value& value) {
    if (value.is_null()) return std::nullopt;
    SignatureStatus status;
    TRY(status.slot.value, json::natural(value, "slot"));
    TRY(status.error, optional_error(value));
    // Old nodes tell only the number of confirmations, null for a final one.
    const auto confirmations = value.find("confirmations");
    const bool final = confirmations == value.end() || confirmations->is_null();
    TRY(const auto text, json::string_or(value, "confirmationStatus", final ? "finalized" : "processed"));
    const auto commitment = parse_commitment(text);
    if (!commitment)
        return fail(Errc::BadValue, fmt::format("unknown confirmation status \"{}\"", excerpt(text)));
    status.commitment = *commitment;
    return std::optional(std::move(status));
}

Result<SignatureRecord> parse_signature_record(const json::Value& value) {
    SignatureRecord record;
    TRY(const auto text, json::string(value, "signature"));
    TRY(record.signature, Signature::parse(text));
    TRY(record.slot.value, json::natural(value, "slot"));
    TRY(record.error, optional_error(value));
    TRY(record.block_time, time_or_none(value, "blockTime"));
    return record;
}

/// Applies `parse` to each element of the array `list`.
template <class T, class Parse>
Result<std::vector<T>> each(const json::Value& list, Parse parse) {
    if (!list.is_array()) return fail(Errc::BadValue, "expected an array");
    std::vector<T> out;
    out.reserve(list.size());
    for (const auto& element : list) {
        TRY(auto value, parse(element));
        out.push_back(std::move(value));
    }
    return out;
}

template <class T>
Result<> expect_size(const std::vector<T>& list, std::size_t expected) {
    if (list.size() == expected) return {};
    return fail(Errc::BadValue, fmt::format("{} answers to {} questions", list.size(), expected));
}

}  // namespace

Error server_error(const json::Value& error) {
    const std::int64_t code = json::integer(error, "code").value_or(0);
    const std::string message = json::string(error, "message").value_or("no message");
    const bool passing =
        std::ranges::find(kPassingCodes, code) != kPassingCodes.end() || sounds_passing(message);
    Error out{passing ? Errc::Unavailable : Errc::Rejected, excerpt(message), static_cast<long>(code)};
    if (code != kPreflightFailed) return out;
    const auto data = error.find("data");
    if (data == error.end() || !data->is_object()) return out;
    const auto reason = optional_error(*data);
    if (!reason || !*reason) return out;
    out.text = describe(**reason);
    if ((*reason)->custom) out.detail = static_cast<long>(*(*reason)->custom);
    return out;
}

Error http_error(int status, std::string_view body) {
    if (const auto json = json::parse(body); json && json->is_object() && json->contains("error")) {
        Error error = server_error((*json)["error"]);
        if (error.code == Errc::Unavailable) return error;
    }
    const bool passing = std::ranges::find(kPassingStatuses, status) != kPassingStatuses.end();
    return {passing ? Errc::Unavailable : Errc::Rejected,
            fmt::format("HTTP status {}: {}", status, excerpt(body)), status};
}

Result<json::Value> result(std::string_view body) {
    auto json = json::parse(body);
    if (!json) {
        if (looks_cut(body)) return fail(Errc::Truncated, "the answer ended early");
        return wrap(std::move(json).error(), "answer");
    }
    if (!json->is_object()) return fail(Errc::BadValue, "the answer is not an object");
    if (const auto error = json->find("error"); error != json->end() && !error->is_null()) {
        return std::unexpected(server_error(*error));
    }
    const auto found = json->find("result");
    if (found == json->end()) return fail(Errc::BadValue, "the answer has neither result nor error");
    return std::move(*found);
}

Result<At<std::optional<AccountInfo>>> account(const json::Value& result) {
    TRY(const auto answer, with_context(result));
    TRY(auto value, parse_optional_account(*answer.value));
    return At<std::optional<AccountInfo>>{answer.slot, std::move(value)};
}

Result<At<KeyedAccount>> keyed_account(const json::Value& result) {
    TRY(const auto answer, with_context(result));
    TRY(const auto key, json::string(*answer.value, "pubkey"));
    TRY(const auto* value, json::object(*answer.value, "account"));
    At<KeyedAccount> out{answer.slot, {}};
    TRY(out.value.key, PublicKey::parse(key));
    TRY(out.value.account, parse_account(*value));
    return out;
}

Result<At<std::vector<std::optional<AccountInfo>>>> multiple_accounts(const json::Value& result,
                                                                      std::size_t expected) {
    TRY(const auto answer, with_context(result));
    TRY(auto list, each<std::optional<AccountInfo>>(*answer.value, parse_optional_account));
    TRY_OK(expect_size(list, expected));
    return At<std::vector<std::optional<AccountInfo>>>{answer.slot, std::move(list)};
}

Result<At<LatestBlockhash>> latest_blockhash(const json::Value& result) {
    TRY(const auto answer, with_context(result));
    At<LatestBlockhash> out{answer.slot, {}};
    TRY(const auto text, json::string(*answer.value, "blockhash"));
    TRY(out.value.blockhash, Blockhash::parse(text));
    TRY(out.value.last_valid_block_height, json::natural(*answer.value, "lastValidBlockHeight"));
    return out;
}

Result<Signature> signature(const json::Value& result) {
    if (!result.is_string()) return fail(Errc::BadValue, "expected a signature");
    return Signature::parse(result.get_ref<const std::string&>());
}

Result<At<Simulation>> simulation(const json::Value& result) {
    TRY(const auto answer, with_context(result));
    At<Simulation> out{answer.slot, {}};
    if (!answer.value->is_object()) return fail(Errc::BadValue, "\"value\": expected an object");
    TRY(out.value.error, optional_error(*answer.value));
    TRY(out.value.log_messages, strings_or_none(*answer.value, "logs"));
    out.value.units_consumed = json::natural(*answer.value, "unitsConsumed").value_or(0);
    return out;
}

Result<At<std::vector<std::optional<SignatureStatus>>>> signature_statuses(const json::Value& result,
                                                                           std::size_t expected) {
    TRY(const auto answer, with_context(result));
    TRY(auto list, each<std::optional<SignatureStatus>>(*answer.value, parse_status));
    TRY_OK(expect_size(list, expected));
    return At<std::vector<std::optional<SignatureStatus>>>{answer.slot, std::move(list)};
}

Result<std::optional<TransactionRecord>> transaction(const json::Value& result) {
    if (result.is_null()) return std::nullopt;
    TransactionRecord record;
    TRY(record.slot.value, json::natural(result, "slot"));
    TRY(record.block_time, time_or_none(result, "blockTime"));
    TRY(const auto* meta, json::object(result, "meta"));
    TRY(record.error, optional_error(*meta));
    TRY(record.log_messages, strings_or_none(*meta, "logMessages"));
    record.fee.value = json::natural(*meta, "fee").value_or(0);
    return std::optional(std::move(record));
}

Result<std::vector<SignatureRecord>> signatures(const json::Value& result) {
    return each<SignatureRecord>(result, parse_signature_record);
}

Result<At<Lamports>> balance(const json::Value& result) {
    TRY(const auto answer, with_context(result));
    TRY(const auto value, number(*answer.value));
    return At<Lamports>{answer.slot, Lamports{value}};
}

Result<EpochInfo> epoch_info(const json::Value& result) {
    EpochInfo info;
    TRY(info.epoch, json::natural(result, "epoch"));
    TRY(info.slot_index, json::natural(result, "slotIndex"));
    TRY(info.slots_in_epoch, json::natural(result, "slotsInEpoch"));
    TRY(info.absolute_slot.value, json::natural(result, "absoluteSlot"));
    info.block_height = json::natural(result, "blockHeight").value_or(0);
    return info;
}

Result<std::uint64_t> number(const json::Value& result) {
    if (!result.is_number_unsigned()) return fail(Errc::BadValue, "expected a number");
    return result.get<std::uint64_t>();
}

Result<std::optional<std::int64_t>> optional_time(const json::Value& result) {
    if (result.is_null()) return std::nullopt;
    if (!result.is_number_integer()) return fail(Errc::BadValue, "expected a time in seconds");
    return result.get<std::int64_t>();
}

Result<std::string> version(const json::Value& result) {
    return json::string(result, "solana-core");
}

}  // namespace dz::ledger::rpc_answer
