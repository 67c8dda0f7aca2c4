// Methods on the cluster, of which this node is the only member.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/version.hpp"
#include "chain/devnet/rpc_methods.hpp"

namespace dz::devnet {

namespace {

constexpr std::uint64_t kMaxSlotLeaders = 5000;
/// Of a schedule that is still told; that of the public clusters has as many slots.
constexpr std::uint64_t kMaxSchedule = 432'000;
/// As many slots as Solana's nodes remember fees of.
constexpr std::uint64_t kFeeSlots = 150;

}  // namespace

Answer<std::string> RpcMethods::identity(Params) {
    return fmt::format(R"({{"identity":"{}"}})", node_key().to_string());
}

Answer<std::string> RpcMethods::cluster_nodes(Params) {
    // The addresses are those of services that it has not; who asks knows the RPC's.
    return fmt::format(
        R"([{{"pubkey":"{}","gossip":null,"tpu":null,"rpc":null,"pubsub":null,"version":"{}","featureSet":null,"shredVersion":null}}])",
        node_key().to_string(), kVersion);
}

Answer<std::string> RpcMethods::slot_leader(Params params) {
    TRY(const auto raw, params.config(0));
    TRY(const ReadConfig config, read_config(raw));
    TRY_OK(view_for(config));
    return fmt::format("\"{}\"", node_key().to_string());
}

Answer<std::string> RpcMethods::slot_leaders(Params params) {
    TRY_OK(params.natural(0, "startSlot"));
    TRY(const std::uint64_t count, params.natural(1, "limit"));
    if (count < 1 || count > kMaxSlotLeaders) return invalid_params("limit must be from 1 to 5000");
    return json::dump(json::Ordered(std::vector(count, node_key().to_string())));
}

Answer<std::string> RpcMethods::leader_schedule(Params params) {
    // The slot may be left out, with null in its place or not.
    const json::Value* const first = params.at(0);
    const bool has_slot = first != nullptr && !first->is_object();
    if (has_slot) TRY_OK(params.natural(0, "slot"));
    TRY(const auto raw, params.config(first != nullptr && first->is_object() ? 0 : 1));
    TRY(const ReadConfig config, read_config(raw));
    TRY(const View view, view_for(config));
    const std::uint64_t length = ledger_.options().slots_per_epoch;
    // Schedules are made one epoch ahead.
    const std::uint64_t epoch = has_slot ? ledger_.epoch_of(first->get<std::uint64_t>()) : 0;
    if (epoch > ledger_.epoch_of(view.slot) + 1 || length > kMaxSchedule) return "null";
    const auto identity = raw.find("identity");
    if (identity != raw.end() && *identity != node_key().to_string()) return "{}";
    // A text of megabytes: no tree of it first.
    std::string out = fmt::format("{{\"{}\":[0", node_key().to_string());
    for (std::uint64_t index = 1; index < length; ++index)
        fmt::format_to(std::back_inserter(out), ",{}", index);
    return out + "]}";
}

Answer<std::string> RpcMethods::recent_prioritization_fees(Params) {
    // Entries grow as long as anybody waits, so nothing on top of the base fee is ever needed to land.
    const std::uint64_t newest = ledger_.view(Commitment::Confirmed).slot;
    json::Ordered fees = json::Ordered::array();
    for (std::uint64_t slot = newest - std::min(newest, kFeeSlots - 1); slot <= newest; ++slot) {
        fees.push_back({{"slot", slot}, {"prioritizationFee", 0}});
    }
    return json::dump(fees);
}

}  // namespace dz::devnet
