// chain/devnet/subscription.hpp: what a WebSocket client may subscribe to, and how it is told. Pure.
//
// Requests and notifications have the shapes of Solana's PubSub. Commitments that a request leaves out mean
// "finalized".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "chain/devnet/commitments.hpp"
#include "chain/devnet/rpc_error.hpp"
#include "chain/devnet/rpc_params.hpp"

namespace dz::devnet {

/// accountSubscribe: one account's changes, its end included.
struct AccountTopic {
    ledger::PublicKey key;
    ReadConfig config;
};
/// programSubscribe: changes of the accounts that a program owns and that pass all filters.
struct ProgramTopic {
    ledger::PublicKey program;
    ledger::Filters filters;
    ReadConfig config;
};
/// signatureSubscribe: what became of a transaction. Ends with the answer.
struct SignatureTopic {
    ledger::Signature signature;
    Commitment commitment = Commitment::Finalized;
    /// Also when it has arrived at the node.
    bool wants_received = false;
};
/// logsSubscribe: the program logs of all transactions, or of those that name an address.
struct LogsTopic {
    std::optional<ledger::PublicKey> mentions;
    Commitment commitment = Commitment::Finalized;
};
/// slotSubscribe: slots as they begin.
struct SlotTopic {};
/// rootSubscribe: slots as they become final.
struct RootTopic {};
using Topic = std::variant<AccountTopic, ProgramTopic, SignatureTopic, LogsTopic, SlotTopic, RootTopic>;

/// The topic that "accountSubscribe" and its like name; nullopt for another method. Errors: -32602.
Answer<std::optional<Topic>> read_topic(std::string_view method, const Params& params);
/// "accountUnsubscribe" and its like.
bool is_unsubscribe(std::string_view method);

using SubscriptionId = std::uint64_t;

/// The whole message: {"jsonrpc":"2.0","method":"accountNotification","params":{"result":...}}. The name of
/// the method follows from the topic.
std::string notification(const Topic& topic, SubscriptionId id, std::string_view result);
/// {"context":{"slot":...},"value":...}
std::string at_slot(std::uint64_t slot, std::string_view value);

}  // namespace dz::devnet
