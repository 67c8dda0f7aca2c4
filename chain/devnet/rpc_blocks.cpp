// Methods on blocks: a slot with transactions has one, an idle slot counts as skipped.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "chain/devnet/rpc_methods.hpp"
#include "chain/devnet/transaction_json.hpp"

namespace dz::devnet {

namespace {

/// Of the slots that one request may look at.
constexpr std::uint64_t kMaxBlockRange = 500'000;

enum class Details { Full, Accounts, Signatures, None };
constexpr std::array<std::pair<std::string_view, Details>, 4> kDetails = {
    {{"full", Details::Full},
     {"accounts", Details::Accounts},
     {"signatures", Details::Signatures},
     {"none", Details::None}}};

struct BlockConfig {
    Commitment commitment = Commitment::Finalized;
    Encoding encoding = Encoding::Json;
    Details details = Details::Full;
    bool rewards = true;
    /// Version 0 may be among the transactions.
    bool versions = false;
};

Answer<BlockConfig> read_block_config(const json::Value& raw) {
    TRY(const ReadConfig read, read_config(raw));
    BlockConfig config;
    config.commitment = read.commitment;
    if (read.commitment == Commitment::Processed) {
        return rpc_fail(rpc_code::kInvalidParams, "Method does not support commitment below `confirmed`");
    }
    if (raw.contains("encoding")) config.encoding = read.encoding;
    TRY(config.rewards, flag(raw, "rewards", true));
    const auto version = raw.find("maxSupportedTransactionVersion");
    config.versions = version != raw.end() && !version->is_null();
    const auto details = raw.find("transactionDetails");
    if (details == raw.end() || details->is_null()) return config;
    const auto* const known =
        std::ranges::find_if(kDetails, [&](const auto& row) { return *details == row.first; });
    if (known == kDetails.end())
        return invalid_params("transactionDetails must be full, accounts, signatures or none");
    config.details = known->second;
    return config;
}

json::Ordered head_json(const Block& block) {
    return {{"blockHeight", block.head.slot},
            {"blockTime", block.head.unix_time},
            {"blockhash", block.head.hash.to_string()},
            {"parentSlot", block.parent_slot},
            {"previousBlockhash", block.parent_hash.to_string()}};
}

std::unexpected<RpcError> internal(const Error& error) {
    return rpc_fail(rpc_code::kInternal, error.text);
}

Task<Answer<json::Ordered>> transactions_json(Ledger& ledger, Block block, BlockConfig config) {
    auto list = json::Ordered::array();
    for (const BlockTransaction& one : block.transactions) {
        const auto transaction = ledger::decode_transaction(one.bytes);
        if (!transaction) co_return internal(transaction.error());
        if (config.details == Details::Signatures) {
            list.push_back(transaction->id().to_string());
            continue;
        }
        const ledger::MessageVersion version = transaction->message.version;
        if (version == ledger::MessageVersion::V0 && !config.versions) {
            co_return rpc_fail(
                rpc_code::kUnsupportedVersion,
                "Transaction version (0) is not supported by the requesting client. Please try the "
                "request again with the following configuration parameter: "
                "\"maxSupportedTransactionVersion\": 0");
        }
        const auto record = co_await ledger.record(transaction->id(), config.commitment);
        if (!record) co_return internal(record.error());
        if (!*record) co_return rpc_fail(rpc_code::kInternal, "a transaction of the block is missing");
        const bool brief = config.details == Details::Accounts;
        json::Ordered entry = {{"transaction", brief ? accounts_json(*transaction)
                                                     : transaction_json(*transaction, config.encoding)},
                               {"meta", brief ? accounts_meta_json(**record) : meta_json(**record)}};
        if (config.versions) entry["version"] = version_json(version);
        list.push_back(std::move(entry));
    }
    co_return list;
}

}  // namespace

Task<Answer<std::string>> RpcMethods::block(Params params) {
    CO_TRY(const std::uint64_t slot, params.natural(0, "slot"));
    CO_TRY(const auto raw, params.config(1));
    CO_TRY(const BlockConfig config, read_block_config(raw));
    if (slot > ledger_.view(config.commitment).slot) {
        co_return rpc_fail(rpc_code::kBlockNotAvailable,
                           fmt::format("Block not available for slot {}", slot));
    }
    const auto found = co_await ledger_.block(slot);
    if (!found) co_return internal(found.error());
    const std::optional<Block>& block = *found;
    if (!block) {
        co_return rpc_fail(
            rpc_code::kSlotSkipped,
            fmt::format("Slot {} was skipped, or missing due to ledger jump to recent snapshot", slot));
    }
    json::Ordered answer = head_json(*block);
    if (config.details != Details::None) {
        CO_TRY(auto list, co_await transactions_json(ledger_, *block, config));
        answer[config.details == Details::Signatures ? "signatures" : "transactions"] = std::move(list);
    }
    if (config.rewards) answer["rewards"] = json::Ordered::array();
    co_return json::dump(answer);
}

Task<Answer<std::string>> RpcMethods::list_blocks(std::uint64_t first, std::uint64_t last,
                                                  std::size_t count) {
    auto slots = co_await ledger_.slots_with_blocks(first, last);
    if (!slots) co_return internal(slots.error());
    slots->resize(std::min(slots->size(), count));
    co_return json::dump(json::Ordered(*slots));
}

Task<Answer<std::string>> RpcMethods::blocks(Params params) {
    CO_TRY(const std::uint64_t first, params.natural(0, "startSlot"));
    const json::Value* const second = params.at(1);
    const bool has_end = second != nullptr && !second->is_object();
    CO_TRY(const auto raw, params.config(second != nullptr && second->is_object() ? 1 : 2));
    CO_TRY(const BlockConfig config, read_block_config(raw));
    std::uint64_t last = ledger_.view(config.commitment).slot;
    if (has_end) {
        CO_TRY(const std::uint64_t end, params.natural(1, "endSlot"));
        last = std::min(last, end);
    }
    if (last < first) co_return "[]";
    if (last - first > kMaxBlockRange) co_return invalid_params("Slot range too large; max 500000");
    co_return co_await list_blocks(first, last, kMaxBlockRange);
}

Task<Answer<std::string>> RpcMethods::blocks_with_limit(Params params) {
    CO_TRY(const std::uint64_t first, params.natural(0, "startSlot"));
    CO_TRY(const std::uint64_t limit, params.natural(1, "limit"));
    CO_TRY(const auto raw, params.config(2));
    CO_TRY(const BlockConfig config, read_block_config(raw));
    if (limit > kMaxBlockRange) co_return invalid_params("Limit too large; max 500000");
    const std::uint64_t last = ledger_.view(config.commitment).slot;
    if (last < first || limit == 0) co_return "[]";
    co_return co_await list_blocks(first, last, limit);
}

}  // namespace dz::devnet
