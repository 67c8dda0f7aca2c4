// chain/devnet/rpc_front.hpp: where clients reach a node: JSON-RPC by POST and by WebSocket on one port, GET
// /health and /metrics.
//
// Answers are compressed for those who accept gzip. Browsers on any page may ask: a development ledger has no
// secrets, and its faucet is open to all (CORS). Limits: see `limits`; a body that exceeds them is 413, a
// WebSocket client that does not read what it subscribed to is dropped.
#pragma once

#include "base/http_server.hpp"
#include "base/metrics.hpp"
#include "base/worker.hpp"
#include "chain/devnet/ledger.hpp"
#include "chain/devnet/rpc_methods.hpp"
#include "chain/devnet/subscriptions.hpp"

namespace dz::devnet {

/// Used on the loop's thread. `ledger` and `metrics` must outlive it, it the server.
class RpcFront {
  public:
    /// Without `metrics` there is no /metrics.
    RpcFront(EventLoop& loop, Ledger& ledger, const ws::Limits& sockets = socket_limits(),
             const metrics::Registry* metrics = nullptr);

    const http::Router& router() const { return router_; }
    static http::Limits limits();
    /// Of a WebSocket.
    static ws::Limits socket_limits();

    RpcMethods& methods() { return methods_; }
    Subscriptions& subscriptions() { return subscriptions_; }

  private:
    Task<http::Response> answer(http::Request request);
    Task<> talk(ws::Connection& connection);

    dz::Worker compressor_;
    RpcMethods methods_;
    Subscriptions subscriptions_;
    http::Router router_;
};

}  // namespace dz::devnet
