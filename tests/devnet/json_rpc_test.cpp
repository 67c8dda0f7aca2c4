#include "chain/devnet/json_rpc.hpp"

#include <catch2/catch.hpp>

#include "base/encoding.hpp"
#include "chain/devnet/seed.hpp"
#include "ledger/instruction_builder.hpp"
#include "tests/devnet/front.hpp"

using namespace dz;
using namespace dz::devnet;
using namespace dz::test;

TEST_CASE("json-rpc: what is no request gets the right error", "[devnet]") {
    Front front;
    const auto code_of = [&](const std::string& body) {
        return json::parse(front.raw(body)).value()["error"]["code"].get<int>();
    };
    CHECK(code_of("") == -32700);
    CHECK(code_of("{") == -32700);
    CHECK(code_of(std::string(200, '[')) == -32700);
    CHECK(code_of("5") == -32600);
    CHECK(code_of("[]") == -32600);
    CHECK(code_of(R"({"jsonrpc":"2.0","id":1})") == -32600);
    CHECK(code_of(R"({"jsonrpc":"2.0","id":1,"method":7})") == -32600);
    CHECK(code_of(R"({"jsonrpc":"2.0","id":1,"method":"getSlot","params":{"a":1}})") == -32602);
    CHECK(front.code("getNonsense") == -32601);
}

TEST_CASE("json-rpc: a batch is answered in order, notifications not at all", "[devnet]") {
    Front front;
    const auto answer =
        json::parse(
            front.raw(
                R"([{"jsonrpc":"2.0","id":"a","method":"getHealth"},{"jsonrpc":"2.0","method":"getSlot"},7,{"jsonrpc":"2.0","id":null,"method":"getVersion"}])"))
            .value();
    REQUIRE(answer.size() == 3);
    CHECK(answer[0]["result"] == "ok");
    CHECK(answer[0]["id"] == "a");
    CHECK(answer[1]["error"]["code"] == -32600);
    CHECK(answer[2]["id"].is_null());
    CHECK(front.raw(R"({"jsonrpc":"2.0","method":"getSlot"})").empty());
    std::string large = "[0";
    for (std::size_t i = 0; i < kMaxBatch; ++i) large += ",0";
    CHECK(json::parse(front.raw(large + "]")).value()["error"]["code"] == -32600);
}

TEST_CASE("json-rpc: wrong parameters are -32602 and say which", "[devnet]") {
    Front front;
    for (
        const auto& [method, params] : std::vector<std::pair<std::string, std::string>>{
            {"getAccountInfo", "[]"},
            {"getAccountInfo", "[7]"},
            {"getAccountInfo", R"(["notakey"])"},
            {"getAccountInfo", R"(["11111111111111111111111111111111",7])"},
            {"getAccountInfo", R"(["11111111111111111111111111111111",{"encoding":"zstd"}])"},
            {"getAccountInfo", R"(["11111111111111111111111111111111",{"commitment":"sure"}])"},
            {"getAccountInfo",
             R"(["11111111111111111111111111111111",{"dataSlice":{"offset":-1,"length":2}}])"},
            {"getMultipleAccounts", R"(["11111111111111111111111111111111"])"},
            {"getProgramAccounts", R"(["11111111111111111111111111111111",{"filters":[{}]}])"},
            {"getProgramAccounts",
             R"(["11111111111111111111111111111111",{"filters":[{"memcmp":{"offset":0,"bytes":"0OIl"}}]}])"},
            {"getProgramAccounts",
             R"(["11111111111111111111111111111111",{"filters":[{"memcmp":{"offset":0,"bytes":[256]}}]}])"},
            {"getProgramAccounts",
             R"(["11111111111111111111111111111111",{"filters":[{"dataSize":1},{"dataSize":1},{"dataSize":1},{"dataSize":1},{"dataSize":1}]}])"},
            {"getBlockTime", R"(["x"])"},
            {"getMinimumBalanceForRentExemption", "[-1]"},
            {"getSignatureStatuses", R"([["short"]])"},
            {"getSignatureStatuses", "[7]"},
            {"getSignaturesForAddress", R"(["11111111111111111111111111111111",{"limit":0}])"},
            {"getTransaction", R"(["short"])"},
            {"requestAirdrop", R"(["11111111111111111111111111111111",1.5])"},
            {"sendTransaction", "[]"},
            {"sendTransaction", R"(["!!!"])"},
            {"sendTransaction", R"(["AAAA",{"encoding":"base64"}])"},
            {"sendTransaction", R"(["AAAA",{"encoding":"hex"}])"}}) {
        CAPTURE(method, params);
        CHECK(front.code(method, params) == -32602);
    }
}

TEST_CASE("json-rpc: an account has all its fields, in each encoding", "[devnet]") {
    Front front;
    const std::string key = front.alice.public_key().to_string();
    auto account = front.result(
        "getAccountInfo", fmt::format(R"(["{}",{{"commitment":"confirmed","encoding":"base64"}}])", key));
    CHECK(account["context"]["slot"] == 1);
    CHECK(
        account["value"] ==
        json::parse(
            R"({"data":["","base64"],"executable":false,"lamports":10000000000,"owner":"11111111111111111111111111111111","rentEpoch":18446744073709551615,"space":0})")
            .value());
    // Nothing of this is final yet.
    CHECK(front.result("getAccountInfo", fmt::format(R"(["{}"])", key))["value"].is_null());

    const std::string program = front.node.ledger->deployment().program().to_string();
    const auto data = [&](const std::string& config) {
        return front.result("getAccountInfo", fmt::format(R"(["{}",{}])", program, config))["value"]["data"];
    };
    CHECK(data(R"({"encoding":"base64","dataSlice":{"offset":0,"length":4}})") ==
          json::Value::array({"AgAAAA==", "base64"}));
    CHECK(data(R"({"encoding":"base64","dataSlice":{"offset":100,"length":4}})") ==
          json::Value::array({"", "base64"}));
    CHECK(data(R"({"encoding":"base58","dataSlice":{"offset":0,"length":1}})") ==
          json::Value::array({"3", "base58"}));
    CHECK(data("{}").is_string());
}

TEST_CASE("json-rpc: program accounts are filtered by size and by bytes in three forms", "[devnet]") {
    Front front;
    const auto keys = open_demo_keys(front.directory / "keys").value();
    REQUIRE(front.node.run(seed_demo(*front.node.ledger, front.node.clock, keys, Log::none())));
    const std::string program = front.node.ledger->deployment().program().to_string();
    const auto count = [&](const std::string& filters) {
        return front
            .result("getProgramAccounts",
                    fmt::format(R"(["{}",{{"commitment":"confirmed","encoding":"base64","filters":{}}}])",
                                program, filters))
            .size();
    };
    CHECK(count(R"([{"memcmp":{"offset":0,"bytes":"6"}}])") == 8);
    CHECK(count(R"([{"memcmp":{"offset":0,"bytes":"BQ==","encoding":"base64"}}])") == 8);
    CHECK(count(R"([{"memcmp":{"offset":0,"bytes":[5]}}])") == 8);
    CHECK(count(R"([{"memcmp":{"offset":0,"bytes":[5]}},{"memcmp":{"offset":0,"bytes":[6]}}])") == 0);
    CHECK(count(R"([{"dataSize":64}])") == 1);
    CHECK(count(R"([{"memcmp":{"offset":1000000,"bytes":[5]}}])") == 0);
    CHECK(count("[]") == 52);
    const auto with_context = front.result(
        "getProgramAccounts",
        fmt::format(
            R"(["{}",{{"commitment":"confirmed","encoding":"base64","withContext":true,"filters":[{{"dataSize":64}}]}}])",
            program));
    CHECK(with_context["context"]["slot"] == 1);
    CHECK(with_context["value"].size() == 1);
    // Base58 is for small things.
    CHECK(front.code("getProgramAccounts", fmt::format(R"(["{}",{{"commitment":"confirmed"}}])", program)) ==
          -32600);
}

TEST_CASE("json-rpc: a transaction is sent, followed and fetched", "[devnet]") {
    Front front;
    const auto transaction = front.transfer(1'000'000'000);
    const std::string name = transaction.id().to_string();
    const auto sent = front.result(
        "sendTransaction", fmt::format(R"(["{}",{{"encoding":"base64","preflightCommitment":"processed"}}])",
                                       front.encoded(transaction)));
    CHECK(sent == name);
    REQUIRE(front.node.wait(transaction.id()) == "ok");
    auto status =
        front.result("getSignatureStatuses", fmt::format(R"([["{}","{}"]])", name, Signature{}.to_string()));
    CHECK(
        status["value"][0] ==
        json::parse(
            R"({"slot":1,"confirmations":0,"err":null,"status":{"Ok":null},"confirmationStatus":"confirmed"})")
            .value());
    CHECK(status["value"][1].is_null());

    CHECK(front.code("getTransaction", fmt::format(R"(["{}",{{"commitment":"processed"}}])", name)) ==
          -32602);
    CHECK(front.result("getTransaction", fmt::format(R"(["{}"])", name)).is_null());
    const auto record = front.result(
        "getTransaction", fmt::format(R"(["{}",{{"commitment":"confirmed","encoding":"base64"}}])", name));
    CHECK(record["transaction"][0] == front.encoded(transaction));
    CHECK(record["meta"]["fee"] == 5000);
    CHECK(record["meta"]["err"].is_null());
    CHECK(record["meta"]["logMessages"].size() == 2);
    const auto parsed =
        front.result("getTransaction", fmt::format(R"(["{}",{{"commitment":"confirmed"}}])", name));
    CHECK(parsed["transaction"]["message"]["accountKeys"].size() == 3);
    CHECK(parsed["transaction"]["signatures"][0] == name);

    const auto history = front.result(
        "getSignaturesForAddress",
        fmt::format(R"(["{}",{{"commitment":"confirmed"}}])", fixed_key(2).public_key().to_string()));
    REQUIRE(history.size() == 1);
    CHECK(history[0]["signature"] == name);
    CHECK(front.result("getTransactionCount") == 2);
}

TEST_CASE("json-rpc: base58 transactions are understood, it is their default", "[devnet]") {
    Front front;
    const auto transaction = front.transfer(1'000'000'000);
    CHECK(front.result("sendTransaction", fmt::format(R"(["{}",{{"preflightCommitment":"processed"}}])",
                                                      to_base58(ledger::encode(transaction)))) ==
          transaction.id().to_string());
}

TEST_CASE("json-rpc: the preflight refuses what would fail, and says why", "[devnet]") {
    Front front;
    auto transaction = front.transfer(50'000'000'000);
    const auto send = [&](const std::string& config) {
        return front.ask("sendTransaction", fmt::format(R"(["{}",{}])", front.encoded(transaction), config));
    };
    constexpr auto kProcessed = R"({"encoding":"base64","preflightCommitment":"processed"})";
    auto error = send(kProcessed)["error"];
    CHECK(error["code"] == -32002);
    CHECK(error["message"] ==
          "Transaction simulation failed: Error processing Instruction 0: custom program error: 0x1");
    CHECK(error["data"]["err"] == json::parse(R"({"InstructionError":[0,{"Custom":1}]})").value());
    CHECK(error["data"]["logs"].size() == 3);
    CHECK(error["data"]["unitsConsumed"] == 150);
    // Without it the transaction lands and fails.
    CHECK(send(R"({"encoding":"base64","skipPreflight":true})").contains("result"));
    CHECK(front.node.wait(transaction.id()) != "ok");
    error = send(kProcessed)["error"];
    CHECK(error["message"] == "Transaction simulation failed: This transaction has already been processed");
    CHECK(error["data"]["err"] == "AlreadyProcessed");

    transaction = front.transfer(1);
    transaction.message.recent_blockhash = {};
    transaction = ledger::sign(transaction.message, front.alice).value();
    CHECK(send(kProcessed)["error"]["data"]["err"] == "BlockhashNotFound");
    transaction.signatures[0].bytes[5] ^= 1;
    CHECK(send(R"({"encoding":"base64","skipPreflight":true})")["error"]["code"] == -32003);
}

TEST_CASE("json-rpc: a simulation leaves no trace", "[devnet]") {
    Front front;
    auto transaction = front.transfer(1'000'000'000);
    transaction.message.recent_blockhash = {};
    const auto simulate = [&](const std::string& config) {
        return front.ask("simulateTransaction",
                         fmt::format(R"(["{}",{}])", front.encoded(transaction), config));
    };
    CHECK(simulate(R"({"encoding":"base64"})")["result"]["value"]["err"] == "BlockhashNotFound");
    const auto replaced = simulate(
        R"({"encoding":"base64","commitment":"processed","replaceRecentBlockhash":true})")["result"]["value"];
    CHECK(replaced["err"].is_null());
    CHECK(replaced["unitsConsumed"] == 150);
    CHECK(simulate(R"({"encoding":"base64","sigVerify":true})")["error"]["code"] == -32003);
    CHECK(front.node.balance(front.alice.public_key(), Commitment::Processed) == 10'000'000'000);
}

TEST_CASE("json-rpc: slots, epochs and blockhashes agree", "[devnet]") {
    Front front;
    front.node.clock.advance(99 * 400ms);
    CHECK(front.result("getSlot", R"([{"commitment":"processed"}])") == 100);
    CHECK(front.result("getSlot", R"([{"commitment":"confirmed"}])") == 99);
    CHECK(front.result("getSlot") == 67);
    CHECK(front.result("getBlockHeight", R"([{"commitment":"processed"}])") == 100);
    const auto epoch = front.result("getEpochInfo", R"([{"commitment":"processed"}])");
    CHECK(epoch["absoluteSlot"] == 100);
    CHECK(epoch["epoch"] == 0);
    CHECK(epoch["slotsInEpoch"] == 432'000);
    CHECK(front.result("getBlockTime", "[100]").get<int>() - front.result("getBlockTime", "[0]").get<int>() ==
          40);
    CHECK(front.code("getBlockTime", "[101]") == -32004);

    const auto finalized = front.result("getLatestBlockhash");
    CHECK(finalized["value"]["lastValidBlockHeight"] == 67 + 150);
    const auto newest = front.result("getLatestBlockhash", R"([{"commitment":"processed"}])");
    CHECK(newest["value"]["lastValidBlockHeight"] == 99 + 150);
    const auto valid = [&](const json::Value& hash) {
        return front.result("isBlockhashValid",
                            fmt::format(R"(["{}"])", hash["value"]["blockhash"].get<std::string>()))["value"];
    };
    CHECK(valid(finalized) == true);
    front.node.clock.advance(130 * 400ms);
    CHECK(valid(finalized) == false);
    CHECK(valid(newest) == true);
    CHECK(front.result("getMinimumBalanceForRentExemption", "[206]") == 2'324'640);
    CHECK(front.result("getGenesisHash") == front.node.ledger->genesis().to_string());
}

TEST_CASE("json-rpc: a client may demand a slot that it has seen", "[devnet]") {
    Front front;
    front.node.clock.advance(9 * 400ms);
    CHECK(front.result("getBalance", fmt::format(R"(["{}",{{"commitment":"processed","minContextSlot":10}}])",
                                                 front.alice.public_key().to_string()))["value"] ==
          10'000'000'000);
    const auto answer = front.ask("getSlot", R"([{"commitment":"processed","minContextSlot":11}])");
    CHECK(answer["error"]["code"] == -32016);
    CHECK(answer["error"]["data"]["contextSlot"] == 10);
}
