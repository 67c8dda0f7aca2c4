// support/fake_push.hpp: the WebSocket of a `FakeRpc`: confirms subscriptions and tells changes, as Solana's
// nodes do.
//
//     FakePush push(loop, clock, rpc);
//     Sources sources({{&rpc, "fake"}}, {push.dial()});
//     rpc.put(key, user);          // told to whoever subscribed
//     push.cut();                  // the connection ends
//
// The end of an account is told to those who follow it by its key only.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/websocket.hpp"
#include "tests/support/fake_rpc.hpp"

namespace dz::test {

class FakePush {
  public:
    FakePush(EventLoop& loop, Clock& clock, FakeRpc& rpc) : loop_(loop), clock_(clock), rpc_(rpc) {
        rpc.on_change = [this](const ledger::PublicKey& key) {
            if (!silent) tell(key, rpc_.now(), rpc_.find(key));
        };
    }
    ~FakePush() { rpc_.on_change = {}; }
    FakePush(const FakePush&) = delete;
    FakePush& operator=(const FakePush&) = delete;

    std::function<Task<Result<>>(ws::Handler)> dial() {
        return [this](ws::Handler handler) { return open(std::move(handler)); };
    }

    // What is wrong with it.
    bool refuses = false;  ///< nobody can connect
    bool silent = false;   ///< changes are not told
    bool confirms = true;  ///< else requests stay unanswered
    bool rejects = false;  ///< each subscription is answered by an error
    void cut() {
        if (connection_ != nullptr) connection_->end();
    }

    // What was done with it.
    int dials = 0;
    bool connected() const { return connection_ != nullptr; }
    std::size_t subscriptions() const { return subscriptions_.size(); }
    bool follows(const ledger::PublicKey& key) const {
        return std::ranges::any_of(subscriptions_,
                                   [&](const Subscription& one) { return one.key == key && !one.program; });
    }

    /// Tells of `key` what need not be true. Null: closed.
    void tell(const ledger::PublicKey& key, Slot slot, const Bytes* data) {
        for (const Subscription& one : subscriptions_) {
            if (!one.program && one.key == key) notify(one, slot, account_text(data));
            if (one.program && data != nullptr && matches(one, *data))
                notify(one, slot,
                       fmt::format(R"({{"pubkey":"{}","account":{}}})", key.to_string(), account_text(data)));
        }
    }

  private:
    struct Subscription {
        std::uint64_t id;
        bool program;
        ledger::PublicKey key;
        std::vector<ledger::Memcmp> filters;
    };

    class Connection final : public ws::Connection {
      public:
        explicit Connection(FakePush& owner) : owner_(owner), wake_(owner.loop_, owner.clock_) {}
        Task<Result<std::string>> receive() override {
            while (queue_.empty() && !ended_) co_await wake_.wait_until(TimePoint::max());
            if (queue_.empty()) co_return fail(Errc::Unavailable, "the peer closed the WebSocket connection");
            std::string message = std::move(queue_.front());
            queue_.pop_front();
            co_return message;
        }
        Result<> send(std::string message) override {
            if (ended_) return fail(Errc::Unavailable, "the WebSocket connection has ended");
            owner_.take(message);
            return {};
        }
        std::size_t queued() const override { return 0; }
        void deliver(std::string message) {
            queue_.push_back(std::move(message));
            wake_.set();
        }
        void end() {
            ended_ = true;
            wake_.set();
        }

      private:
        FakePush& owner_;
        Wake wake_;
        std::deque<std::string> queue_;
        bool ended_ = false;
    };

    /// Forgets the connection however the conversation ends.
    struct Presence {
        FakePush& owner;
        ~Presence() {
            owner.connection_ = nullptr;
            owner.subscriptions_.clear();
        }
    };

    Task<Result<>> open(ws::Handler handler) {
        ++dials;
        if (refuses) co_return fail(Errc::Unavailable, "connection refused");
        Connection connection(*this);
        connection_ = &connection;
        const Presence presence{*this};
        co_await handler(connection);
        co_return Result<>{};
    }

    void take(std::string_view text) {
        if (!confirms) return;
        const json::Value request = json::parse(text).value();
        const auto number = request["id"].get<std::uint64_t>();
        if (rejects) {
            connection_->deliver(fmt::format(
                R"({{"jsonrpc":"2.0","id":{},"error":{{"code":-32601,"message":"Method not found"}}}})",
                number));
            return;
        }
        const auto method = request["method"].get<std::string>();
        const json::Value& params = request["params"];
        std::string result = "true";
        if (method.ends_with("Unsubscribe")) {
            std::erase_if(subscriptions_, [&](const Subscription& one) { return one.id == params[0]; });
        } else {
            subscriptions_.push_back(subscription(method, params));
            result = std::to_string(last_id_);
        }
        connection_->deliver(fmt::format(R"({{"jsonrpc":"2.0","result":{},"id":{}}})", result, number));
    }

    Subscription subscription(const std::string& method, const json::Value& params) {
        Subscription out{++last_id_,
                         method == "programSubscribe",
                         ledger::PublicKey::parse(params[0].get<std::string>()).value(),
                         {}};
        if (!params[1].contains("filters")) return out;
        for (const auto& filter : params[1]["filters"]) {
            const auto& memcmp = filter["memcmp"];
            out.filters.push_back({memcmp["offset"].get<std::size_t>(),
                                   from_base58(memcmp["bytes"].get<std::string>()).value()});
        }
        return out;
    }

    static bool matches(const Subscription& one, const Bytes& data) {
        return std::ranges::all_of(one.filters, [&](const ledger::Memcmp& filter) {
            return filter.offset + filter.bytes.size() <= data.size() &&
                   std::equal(filter.bytes.begin(), filter.bytes.end(),
                              data.begin() + static_cast<std::ptrdiff_t>(filter.offset));
        });
    }

    static std::string account_text(const Bytes* data) {
        return fmt::format(
            R"({{"lamports":{},"data":["{}","base64"],"owner":"{}","executable":false,"rentEpoch":0}})",
            data == nullptr ? 0 : 1, data == nullptr ? "" : to_base64(*data),
            ledger::PublicKey().to_string());
    }

    void notify(const Subscription& one, Slot slot, std::string_view value) {
        connection_->deliver(fmt::format(
            R"({{"jsonrpc":"2.0","method":"{}Notification","params":{{"result":{{"context":{{"slot":{}}},"value":{}}},"subscription":{}}}}})",
            one.program ? "program" : "account", slot.value, value, one.id));
    }

    EventLoop& loop_;
    Clock& clock_;
    FakeRpc& rpc_;
    Connection* connection_ = nullptr;
    std::vector<Subscription> subscriptions_;
    std::uint64_t last_id_ = 100;
};

}  // namespace dz::test
