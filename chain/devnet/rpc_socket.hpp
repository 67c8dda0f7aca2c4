// chain/devnet/rpc_socket.hpp: JSON-RPC over one WebSocket: all methods of the node, and subscriptions.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/websocket.hpp"
#include "chain/devnet/rpc_methods.hpp"
#include "chain/devnet/subscriptions.hpp"

namespace dz::devnet {

inline constexpr std::size_t kMaxSubscriptions = 1000;

/// One client, whose subscriptions end with it. Answers come in the order of the requests; nothing is told of
/// a subscription before the answer with its id.
class RpcSocket final : public Subscriber {
  public:
    /// All must outlive it.
    RpcSocket(RpcMethods& methods, Subscriptions& subscriptions, ws::Connection& connection)
        : methods_(methods), subscriptions_(subscriptions), connection_(connection) {}
    ~RpcSocket() override;
    RpcSocket(const RpcSocket&) = delete;
    RpcSocket& operator=(const RpcSocket&) = delete;

    /// Until the client goes, or does not read what it asked for.
    Task<> run();

    void notify(std::string message) override;
    void ended(SubscriptionId id) override { ids_.erase(id); }

  private:
    using Text = Answer<std::string>;

    Task<Text> call(std::string method, json::Value params);
    /// Errors: -32602 for wrong parameters, -32603 beyond `kMaxSubscriptions`.
    Text subscribe(Topic topic);
    Text unsubscribe(const Params& params);
    void tell_held();

    RpcMethods& methods_;
    Subscriptions& subscriptions_;
    ws::Connection& connection_;
    std::set<SubscriptionId> ids_;
    /// While a request is answered: notifications, and subscriptions that are new.
    bool answering_ = false;
    std::vector<std::string> held_;
    std::vector<SubscriptionId> fresh_;
};

}  // namespace dz::devnet
