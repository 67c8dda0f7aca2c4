#include "chain/devnet/rpc_socket.hpp"

#include <fmt/format.h>

#include "chain/devnet/json_rpc.hpp"

namespace dz::devnet {

RpcSocket::~RpcSocket() {
    for (const SubscriptionId id : ids_) subscriptions_.remove(id);
}

Task<> RpcSocket::run() {
    const RpcCall carry_out = [this](std::string method, json::Value params) {
        return call(std::move(method), std::move(params));
    };
    while (auto message = co_await connection_.receive()) {
        answering_ = true;
        std::string answer = co_await answer_json_rpc(carry_out, *std::move(message));
        answering_ = false;
        if (!answer.empty() && !connection_.send(std::move(answer))) co_return;
        tell_held();
    }
}

void RpcSocket::tell_held() {
    for (std::string& message : std::exchange(held_, {})) notify(std::move(message));
    for (const SubscriptionId id : std::exchange(fresh_, {})) subscriptions_.catch_up(id);
}

void RpcSocket::notify(std::string message) {
    if (answering_) {
        held_.push_back(std::move(message));
        return;
    }
    // A client that cannot take it is dropped, which `run` learns from its next `receive`.
    static_cast<void>(connection_.send(std::move(message)));
}

Task<Answer<std::string>> RpcSocket::call(std::string method, json::Value params) {
    const Params list(params.is_array() ? &params : nullptr);
    CO_TRY(auto topic, read_topic(method, list));
    if (topic) co_return subscribe(*std::move(topic));
    if (is_unsubscribe(method)) co_return unsubscribe(list);
    co_return co_await methods_.call(std::move(method), std::move(params));
}

Answer<std::string> RpcSocket::subscribe(Topic topic) {
    if (ids_.size() >= kMaxSubscriptions) {
        return rpc_fail(rpc_code::kInternal,
                        fmt::format("a connection has at most {} subscriptions", kMaxSubscriptions));
    }
    const SubscriptionId id = subscriptions_.add(std::move(topic), *this);
    ids_.insert(id);
    fresh_.push_back(id);
    return std::to_string(id);
}

Answer<std::string> RpcSocket::unsubscribe(const Params& params) {
    TRY(const SubscriptionId id, params.natural(0, "subscription"));
    if (ids_.erase(id) == 0) return rpc_fail(rpc_code::kInvalidParams, "Invalid subscription id.");
    subscriptions_.remove(id);
    return "true";
}

}  // namespace dz::devnet
