// Methods on slots, blockhashes and the node itself.
#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.hpp"
#include "base/version.hpp"
#include "chain/devnet/rpc_methods.hpp"

namespace dz::devnet {

Answer<std::string> RpcMethods::latest_blockhash(Params params) {
    TRY(const auto raw, params.config(0));
    TRY(const ReadConfig config, read_config(raw));
    TRY(const View view, view_for(config));
    const auto [slot, hash] = ledger_.blockhash_at(view.slot);
    return with_context(view, fmt::format("{{\"blockhash\":\"{}\",\"lastValidBlockHeight\":{}}}",
                                          hash.to_string(), slot + kMaxBlockhashAge));
}

Answer<std::string> RpcMethods::is_blockhash_valid(Params params) {
    TRY(const std::string text, params.text(0, "blockhash"));
    const auto hash = Blockhash::parse(text);
    if (!hash) return invalid_params("blockhash: " + hash.error().text);
    TRY(const auto raw, params.config(1));
    TRY(const ReadConfig config, read_config(raw));
    TRY(const View view, view_for(config));
    return with_context(view, ledger_.is_recent(*hash) ? "true" : "false");
}

Answer<std::string> RpcMethods::fee_for_message(Params params) {
    TRY(const std::string text, params.text(0, "message"));
    const auto bytes = from_base64(text);
    if (!bytes) return invalid_params("message: " + bytes.error().text);
    const auto message = ledger::decode_message(*bytes);
    if (!message) return invalid_params("message: " + message.error().text);
    const auto allowance = allowance_of(*message);
    if (!allowance) return invalid_params("message: " + describe(allowance.error()));
    TRY(const auto raw, params.config(1));
    TRY(const ReadConfig config, read_config(raw));
    TRY(const View view, view_for(config));
    // Nobody can say what an expired message costs.
    if (!ledger_.is_recent(message->recent_blockhash)) return with_context(view, "null");
    return with_context(view, std::to_string(fee_of(*message, *allowance).total()));
}

Answer<std::string> RpcMethods::slot(Params params) {
    TRY(const auto raw, params.config(0));
    TRY(const ReadConfig config, read_config(raw));
    TRY(const View view, view_for(config));
    return std::to_string(view.slot);
}

Answer<std::string> RpcMethods::block_time(Params params) {
    TRY(const std::uint64_t slot, params.natural(0, "slot"));
    if (slot > ledger_.view(Commitment::Processed).slot) {
        return rpc_fail(rpc_code::kBlockNotAvailable, fmt::format("Block not available for slot {}", slot));
    }
    return std::to_string(ledger_.slots().anchor().time_of(slot));
}

Answer<std::string> RpcMethods::epoch_info(Params params) {
    TRY(const auto raw, params.config(0));
    TRY(const ReadConfig config, read_config(raw));
    TRY(const View view, view_for(config));
    const std::uint64_t length = ledger_.options().slots_per_epoch;
    return fmt::format(
        "{{\"absoluteSlot\":{0},\"blockHeight\":{0},\"epoch\":{1},\"slotIndex\":{2},\"slotsInEpoch\":{3},"
        "\"transactionCount\":{4}}}",
        view.slot, ledger_.epoch_of(view.slot), view.slot % length, length, ledger_.transaction_count());
}

Answer<std::string> RpcMethods::epoch_schedule(Params) {
    // All epochs are alike from the first on: no warm-up.
    return fmt::format(
        "{{\"slotsPerEpoch\":{0},\"leaderScheduleSlotOffset\":{0},\"warmup\":false,\"firstNormalEpoch\":0,"
        "\"firstNormalSlot\":0}}",
        ledger_.options().slots_per_epoch);
}

Answer<std::string> RpcMethods::transaction_count(Params) {
    return std::to_string(ledger_.transaction_count());
}

Answer<std::string> RpcMethods::genesis_hash(Params) {
    return fmt::format("\"{}\"", ledger_.genesis().to_string());
}

Answer<std::string> RpcMethods::version(Params) {
    // Clients look for the first key; the second says what really answers.
    return fmt::format("{{\"solana-core\":\"{}\",\"doublezero-devnet\":\"{}\"}}", kVersion,
                       version_with_commit());
}

}  // namespace dz::devnet
