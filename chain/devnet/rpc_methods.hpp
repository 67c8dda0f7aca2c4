// chain/devnet/rpc_methods.hpp: the JSON-RPC methods of the node (ledger.md 4.1).
//
// A method reads its parameters and gives the JSON text of its result. Texts, not trees: the account lists
// are megabytes. Commitments that a request leaves out mean "finalized", as on every Solana node.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/task.hpp"
#include "chain/devnet/ledger.hpp"
#include "chain/devnet/rpc_error.hpp"
#include "chain/devnet/rpc_params.hpp"

namespace dz::devnet {

class RpcMethods {
  public:
    /// `ledger` and `clock` must outlive it.
    explicit RpcMethods(Ledger& ledger);

    /// Errors: -32601 for an unknown method.
    Task<Answer<std::string>> call(std::string method, json::Value params);

  private:
    using Text = Answer<std::string>;
    using Method = Task<Text> (RpcMethods::*)(Params);
    using QuickMethod = Text (RpcMethods::*)(Params);

    // rpc_accounts.cpp
    Text account_info(Params params);
    Text multiple_accounts(Params params);
    Text program_accounts(Params params);
    Text balance(Params params);
    Text rent_minimum(Params params);
    // rpc_transactions.cpp
    Text send_transaction(Params params);
    Text simulate_transaction(Params params);
    Text request_airdrop(Params params);
    Task<Text> signature_statuses(Params params);
    Task<Text> transaction(Params params);
    Task<Text> signatures_for_address(Params params);
    // rpc_chain.cpp
    Text latest_blockhash(Params params);
    Text is_blockhash_valid(Params params);
    Text fee_for_message(Params params);
    Text slot(Params params);
    Text block_time(Params params);
    Text epoch_info(Params params);
    Text epoch_schedule(Params params);
    Text transaction_count(Params params);
    Text genesis_hash(Params params);
    Text version(Params params);
    // rpc_blocks.cpp
    Task<Text> block(Params params);
    Task<Text> blocks(Params params);
    Task<Text> blocks_with_limit(Params params);
    /// The slots with transactions from `first` to `last`, at most `count` of them.
    Task<Text> list_blocks(std::uint64_t first, std::uint64_t last, std::size_t count);
    // rpc_cluster.cpp
    Text identity(Params params);
    Text cluster_nodes(Params params);
    Text slot_leader(Params params);
    Text slot_leaders(Params params);
    Text leader_schedule(Params params);
    Text recent_prioritization_fees(Params params);

    /// What a node signs blocks with elsewhere; here a name for it that follows from the genesis.
    PublicKey node_key() const { return PublicKey{ledger_.genesis().bytes}; }
    /// The view of a read, which must not be older than the client has seen already (-32016).
    Answer<View> view_for(const ReadConfig& config);

    Ledger& ledger_;
    std::map<std::string_view, Method> methods_;
    std::map<std::string_view, QuickMethod> quick_methods_;
    /// Methods with one answer: there is one node, and it does not vote.
    std::map<std::string_view, std::string_view> constants_;
};

/// {"context":{"slot":...},"value":...}
std::string with_context(const View& view, std::string_view value);

}  // namespace dz::devnet
