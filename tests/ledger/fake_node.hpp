// tests/ledger/fake_node.hpp: a ledger node that answers JSON-RPC by a script, behind HttpRpc's way to send.
//
//     FakeNode node;
//     node.on("getSlot", {unavailable(), answer("7")});   // the last one repeats
//     HttpRpc rpc({.url = "http://node"}, node.sender(), node.clock);
//     CHECK(node.finish(rpc.slot(Commitment::Confirmed)) == Slot{7});
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/http_client.hpp"
#include "base/json.hpp"
#include "ledger/http_rpc.hpp"

namespace dz::test {

using Reply = Result<http::ClientResponse>;

/// `result` is JSON text.
inline Reply answer(const std::string& result) {
    return http::ClientResponse{200, R"({"jsonrpc":"2.0","id":1,"result":)" + result + "}",
                                "application/json", 0};
}
/// The same with a context of slot 100.
inline Reply answer_at(const std::string& value) {
    return answer(R"({"context":{"slot":100},"value":)" + value + "}");
}
inline Reply refusal(int code, const std::string& message) {
    const json::Ordered body = {
        {"jsonrpc", "2.0"}, {"id", 1}, {"error", {{"code", code}, {"message", message}}}};
    return http::ClientResponse{200, json::dump(body), "application/json", 0};
}
inline Reply status(int code) {
    return http::ClientResponse{code, "<html>", "text/html", 0};
}
inline Reply unavailable() {
    return fail(Errc::Unavailable, "connection refused");
}

class FakeNode {
  public:
    struct Call {
        std::string method;
        json::Value params;
        TimePoint at;
    };

    void on(const std::string& method, std::deque<Reply> replies) { script_[method] = std::move(replies); }

    ledger::HttpRpc::Send sender() {
        return [this](http::ClientRequest request) { return send(std::move(request)); };
    }

    /// Runs `task` to its end, moving the clock whenever all that is left is waiting.
    template <class T>
    T finish(Task<T> task) {
        std::optional<T> result;
        boost::asio::co_spawn(loop, std::move(task), [&](std::exception_ptr error, T value) {
            REQUIRE_FALSE(error);
            result.emplace(std::move(value));
        });
        clock.advance(0s);
        for (int i = 0; i < 100'000 && !result; ++i) clock.advance(50ms);
        REQUIRE(result);
        return std::move(*result);
    }

    std::size_t count(const std::string& method) const {
        std::size_t n = 0;
        for (const Call& call : calls) n += call.method == method ? 1 : 0;
        return n;
    }

    EventLoop loop;
    FakeClock clock{loop};
    std::vector<Call> calls;

  private:
    Task<Reply> send(http::ClientRequest request) {
        const auto json = json::parse(request.body).value();
        const auto method = json["method"].get<std::string>();
        calls.push_back({method, json["params"], clock.now()});
        auto& replies = script_[method];
        if (replies.empty()) co_return refusal(-32601, "Method not found");
        Reply reply = replies.front();
        if (replies.size() > 1) replies.pop_front();
        co_return reply;
    }

    std::map<std::string, std::deque<Reply>> script_;
};

}  // namespace dz::test
