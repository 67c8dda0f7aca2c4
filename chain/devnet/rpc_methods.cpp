#include "chain/devnet/rpc_methods.hpp"

#include <fmt/format.h>

namespace dz::devnet {

RpcMethods::RpcMethods(Ledger& ledger)
    : ledger_(ledger),
      methods_{{"getSignatureStatuses", &RpcMethods::signature_statuses},
               {"getTransaction", &RpcMethods::transaction},
               {"getSignaturesForAddress", &RpcMethods::signatures_for_address},
               {"getBlock", &RpcMethods::block},
               {"getBlocks", &RpcMethods::blocks},
               {"getBlocksWithLimit", &RpcMethods::blocks_with_limit}},
      quick_methods_{{"getAccountInfo", &RpcMethods::account_info},
                     {"getMultipleAccounts", &RpcMethods::multiple_accounts},
                     {"getProgramAccounts", &RpcMethods::program_accounts},
                     {"getBalance", &RpcMethods::balance},
                     {"getMinimumBalanceForRentExemption", &RpcMethods::rent_minimum},
                     {"sendTransaction", &RpcMethods::send_transaction},
                     {"simulateTransaction", &RpcMethods::simulate_transaction},
                     {"requestAirdrop", &RpcMethods::request_airdrop},
                     {"getLatestBlockhash", &RpcMethods::latest_blockhash},
                     {"isBlockhashValid", &RpcMethods::is_blockhash_valid},
                     {"getFeeForMessage", &RpcMethods::fee_for_message},
                     {"getSlot", &RpcMethods::slot},
                     {"getBlockHeight", &RpcMethods::slot},
                     {"getBlockTime", &RpcMethods::block_time},
                     {"getEpochInfo", &RpcMethods::epoch_info},
                     {"getEpochSchedule", &RpcMethods::epoch_schedule},
                     {"getTransactionCount", &RpcMethods::transaction_count},
                     {"getGenesisHash", &RpcMethods::genesis_hash},
                     {"getVersion", &RpcMethods::version},
                     {"getIdentity", &RpcMethods::identity},
                     {"getClusterNodes", &RpcMethods::cluster_nodes},
                     {"getSlotLeader", &RpcMethods::slot_leader},
                     {"getSlotLeaders", &RpcMethods::slot_leaders},
                     {"getLeaderSchedule", &RpcMethods::leader_schedule},
                     {"getRecentPrioritizationFees", &RpcMethods::recent_prioritization_fees}},
      constants_{{"getHealth", "\"ok\""},
                 {"getFirstAvailableBlock", "0"},
                 {"minimumLedgerSlot", "0"},
                 {"getVoteAccounts", "{\"current\":[],\"delinquent\":[]}"}} {}

Task<Answer<std::string>> RpcMethods::call(std::string method, json::Value params) {
    const Params list(params.is_array() ? &params : nullptr);
    if (const auto found = quick_methods_.find(method); found != quick_methods_.end()) {
        co_return (this->*found->second)(list);
    }
    if (const auto found = methods_.find(method); found != methods_.end()) {
        co_return co_await (this->*found->second)(list);
    }
    if (const auto found = constants_.find(method); found != constants_.end()) {
        co_return std::string(found->second);
    }
    co_return rpc_fail(rpc_code::kUnknownMethod, "Method not found");
}

Answer<View> RpcMethods::view_for(const ReadConfig& config) {
    const View view = ledger_.view(config.commitment);
    if (view.slot < config.min_context_slot) {
        return rpc_fail(rpc_code::kMinContextSlot, "Minimum context slot has not been reached",
                        fmt::format("{{\"contextSlot\":{}}}", view.slot));
    }
    return view;
}

std::string with_context(const View& view, std::string_view value) {
    std::string out =
        fmt::format("{{\"context\":{{\"apiVersion\":\"2.2.0\",\"slot\":{}}},\"value\":", view.slot);
    out.reserve(out.size() + value.size() + 1);
    out += value;
    out += '}';
    return out;
}

}  // namespace dz::devnet
