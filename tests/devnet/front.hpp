// tests/devnet/front.hpp: a node behind its JSON-RPC methods, for tests.
#pragma once

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <string>

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "chain/devnet/json_rpc.hpp"
#include "tests/devnet/node.hpp"
#include "tests/support/temporary_directory.hpp"

namespace dz::test {

/// A node, its methods and a funded key.
struct Front {
    Front() : node(ledger_options(directory.path())), methods(*node.ledger), alice(fixed_key(1)) {
        REQUIRE(node.fund(alice.public_key(), 10'000'000'000) == "ok");
    }
    std::string raw(std::string body) { return node.run(devnet::answer_json_rpc(methods, std::move(body))); }
    json::Value ask(const std::string& method, const std::string& params = "[]") {
        const std::string answer =
            raw(fmt::format(R"({{"jsonrpc":"2.0","id":1,"method":"{}","params":{}}})", method, params));
        const auto parsed = json::parse(answer);
        REQUIRE(parsed);
        CHECK((*parsed)["id"] == 1);
        return *parsed;
    }
    json::Value result(const std::string& method, const std::string& params = "[]") {
        const auto answer = ask(method, params);
        CAPTURE(answer.dump());
        REQUIRE(answer.contains("result"));
        return answer["result"];
    }
    int code(const std::string& method, const std::string& params = "[]") {
        const auto answer = ask(method, params);
        CAPTURE(answer.dump());
        REQUIRE(answer.contains("error"));
        return answer["error"]["code"].get<int>();
    }
    std::string encoded(const ledger::Transaction& transaction) {
        return to_base64(ledger::encode(transaction));
    }
    ledger::Transaction transfer(std::uint64_t lamports) {
        return node.sign(alice, {ledger::system_transfer(alice.public_key(), fixed_key(2).public_key(),
                                                         Lamports{lamports})});
    }

    TemporaryDirectory directory{memory_directory()};
    Node<FakeClock> node;
    devnet::RpcMethods methods;
    ledger::Keypair alice;
};

}  // namespace dz::test
