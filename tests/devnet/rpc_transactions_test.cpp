#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/devnet/front.hpp"

using namespace dz;
using namespace dz::devnet;
using namespace dz::test;

namespace {

/// A transfer of alice's as a message of version 0.
ledger::Message versioned(Front& front, std::uint64_t lamports) {
    ledger::Message message = front.transfer(lamports).message;
    message.version = ledger::MessageVersion::V0;
    return message;
}

ledger::Transaction sign(Front& front, const ledger::Message& message) {
    return ledger::sign(message, front.alice).value();
}

json::Value with_transaction(Front& front, const std::string& method, const ledger::Transaction& transaction,
                             const std::string& config) {
    return front.ask(method,
                     fmt::format(R"(["{}",{{"encoding":"base64"{}}}])", front.encoded(transaction), config));
}

}  // namespace

TEST_CASE("versions: who says so gets version 0, others get -32015", "[devnet]") {
    Front front;
    const auto transaction = sign(front, versioned(front, 1'000'000'000));
    const std::string name = transaction.id().to_string();
    const auto sent =
        with_transaction(front, "sendTransaction", transaction, R"(,"preflightCommitment":"processed")");
    CHECK(sent["result"] == name);
    REQUIRE(front.node.wait(transaction.id()) == "ok");
    const auto get = [&](const std::string& config) {
        return front.ask("getTransaction",
                         fmt::format(R"(["{}",{{"commitment":"confirmed"{}}}])", name, config));
    };
    for (const auto* const encoding : {"json", "base64"}) {
        const auto refused = get(fmt::format(R"(,"encoding":"{}")", encoding))["error"];
        CHECK(refused["code"] == -32015);
        CHECK(refused["message"].get<std::string>().find("maxSupportedTransactionVersion") !=
              std::string::npos);
    }
    const auto record = get(R"(,"maxSupportedTransactionVersion":0)")["result"];
    CHECK(record["version"] == 0);
    CHECK(record["transaction"]["message"]["addressTableLookups"] == json::Value::array());
    CHECK(record["transaction"]["message"]["accountKeys"].size() == 3);
    CHECK(get(R"(,"maxSupportedTransactionVersion":-1)")["error"]["code"] == -32602);
}

TEST_CASE("versions: a legacy transaction has a version only for who asks", "[devnet]") {
    Front front;
    const auto transaction = front.transfer(1'000'000'000);
    REQUIRE(front.node.ledger->submit(transaction));
    REQUIRE(front.node.wait(transaction.id()) == "ok");
    const auto get = [&](const std::string& config) {
        return front.result("getTransaction", fmt::format(R"(["{}",{{"commitment":"confirmed"{}}}])",
                                                          transaction.id().to_string(), config));
    };
    CHECK_FALSE(get("").contains("version"));
    const auto asked = get(R"(,"maxSupportedTransactionVersion":0)");
    CHECK(asked["version"] == "legacy");
    CHECK_FALSE(asked["transaction"]["message"].contains("addressTableLookups"));
}

TEST_CASE("records: what each account had before and after, the fee included", "[devnet]") {
    Front front;
    constexpr std::uint64_t kBalance = 10'000'000'000;
    constexpr std::uint64_t kFee = 5000;
    const auto send = [&](std::uint64_t lamports) {
        const auto transaction = front.transfer(lamports);
        REQUIRE(front.node.ledger->submit(transaction));
        const std::string outcome = front.node.wait(transaction.id());
        const auto meta = front.result("getTransaction", fmt::format(R"(["{}",{{"commitment":"confirmed"}}])",
                                                                     transaction.id().to_string()))["meta"];
        return std::tuple(outcome == "ok", meta["preBalances"].get<std::vector<std::uint64_t>>(),
                          meta["postBalances"].get<std::vector<std::uint64_t>>());
    };
    using Lamports = std::vector<std::uint64_t>;
    // Alice, who gets it, and the system program's own account.
    CHECK(send(2'000'000) ==
          std::tuple(true, Lamports{kBalance, 0, 1}, Lamports{kBalance - 2'000'000 - kFee, 2'000'000, 1}));
    const std::uint64_t rest = kBalance - 2'000'000 - kFee;
    CHECK(send(2 * kBalance) ==
          std::tuple(false, Lamports{rest, 2'000'000, 1}, Lamports{rest - kFee, 2'000'000, 1}));
}

TEST_CASE("versions: a table that is not there is refused before all else", "[devnet]") {
    Front front;
    ledger::Message message = versioned(front, 1);
    message.lookups = {{fixed_key(7).public_key(), {0}, {}}};
    const auto transaction = sign(front, message);
    for (const auto* const method : {"sendTransaction", "simulateTransaction"}) {
        const auto error = with_transaction(front, method, transaction, "")["error"];
        CHECK(error["code"] == -32602);
        CHECK(error["message"] ==
              "invalid transaction: Transaction loads an address table account that doesn't exist");
    }
    CHECK(with_transaction(front, "sendTransaction", transaction,
                           R"(,"skipPreflight":true)")["error"]["code"] == -32602);
}

TEST_CASE("preflight: it looks at the commitment that it is told, finalized otherwise", "[devnet]") {
    Front front;
    // Its blockhash is that of slot 1: nothing of it is final yet.
    front.node.clock.advance(400ms);
    const auto transaction = front.transfer(1'000'000'000);
    const auto error = [&](const std::string& config) {
        const auto answer = with_transaction(front, "sendTransaction", transaction, config);
        return answer.contains("error") ? answer["error"]["data"]["err"] : json::Value();
    };
    CHECK(error("") == "BlockhashNotFound");
    front.node.clock.advance(40 * 400ms);
    CHECK(error("").is_null());
    CHECK(with_transaction(front, "sendTransaction", transaction,
                           R"(,"preflightCommitment":"soon")")["error"]["code"] == -32602);
    CHECK(with_transaction(front, "sendTransaction", transaction,
                           R"(,"minContextSlot":100000)")["error"]["code"] == -32016);
}

TEST_CASE("simulation: accounts are shown as they would be", "[devnet]") {
    Front front;
    const auto transaction = front.transfer(1'000'000'000);
    const std::string to = fixed_key(2).public_key().to_string();
    const std::string nobody = fixed_key(3).public_key().to_string();
    const auto simulate = [&](const ledger::Transaction& simulated, const std::string& config) {
        return with_transaction(front, "simulateTransaction", simulated,
                                R"(,"commitment":"processed")" + config);
    };
    const auto value = simulate(transaction, fmt::format(R"(,"accounts":{{"addresses":["{}","{}"]}})", to,
                                                         nobody))["result"]["value"];
    CHECK(value["err"].is_null());
    REQUIRE(value["accounts"].size() == 2);
    CHECK(value["accounts"][0]["lamports"] == 1'000'000'000);
    CHECK(value["accounts"][0]["data"] == json::Value::array({"", "base64"}));
    CHECK(value["accounts"][1].is_null());
    CHECK(value["loadedAccountsDataSize"].get<std::uint64_t>() > 0);
    CHECK(value["replacementBlockhash"].is_null());
    // What fails changes nothing, so there is nothing to show.
    const auto failed =
        simulate(front.transfer(90'000'000'000), fmt::format(R"(,"accounts":{{"addresses":["{}"]}})", to));
    CHECK(failed["result"]["value"]["accounts"] == json::Value::array({nullptr}));

    const auto code = [&](const std::string& accounts) {
        return simulate(transaction, R"(,"accounts":)" + accounts)["error"]["code"];
    };
    CHECK(code("7") == -32602);
    CHECK(code("{}") == -32602);
    CHECK(code(R"({"addresses":["short"]})") == -32602);
    CHECK(code(fmt::format(R"({{"encoding":"base58","addresses":["{}"]}})", to)) == -32602);
    CHECK(code(fmt::format(R"({{"addresses":["{0}","{0}","{0}","{0}"]}})", to)) == -32602);
}

TEST_CASE("simulation: a replaced blockhash is told", "[devnet]") {
    Front front;
    auto transaction = front.transfer(1'000'000'000);
    transaction.message.recent_blockhash = {};
    const auto value =
        with_transaction(front, "simulateTransaction", transaction,
                         R"(,"commitment":"processed","replaceRecentBlockhash":true)")["result"]["value"];
    CHECK(value["err"].is_null());
    CHECK(value["replacementBlockhash"]["blockhash"] == front.node.ledger->latest_blockhash().to_string());
    CHECK(value["replacementBlockhash"]["lastValidBlockHeight"].get<std::uint64_t>() >= 150);
    CHECK(with_transaction(front, "simulateTransaction", transaction,
                           R"(,"sigVerify":true,"replaceRecentBlockhash":true)")["error"]["code"] == -32602);
}

TEST_CASE("fees: getFeeForMessage and the record agree, priority included", "[devnet]") {
    Front front;
    auto instructions = ledger::encode(
        ledger::ComputeBudget{.unit_limit = 10'000, .unit_price = 2'000'000, .heap_frame = {}});
    instructions.push_back(ledger::system_transfer(front.alice.public_key(), fixed_key(2).public_key(),
                                                   Lamports{1'000'000'000}));
    const auto transaction = front.node.sign(front.alice, instructions);
    const auto fee =
        front.result("getFeeForMessage", fmt::format(R"(["{}",{{"commitment":"processed"}}])",
                                                     to_base64(ledger::encode(transaction.message))));
    CHECK(fee["value"] == 25'000);
    REQUIRE(front.node.ledger->submit(transaction));
    REQUIRE(front.node.wait(transaction.id()) == "ok");
    const auto record = front.result("getTransaction", fmt::format(R"(["{}",{{"commitment":"confirmed"}}])",
                                                                   transaction.id().to_string()));
    CHECK(record["meta"]["fee"] == 25'000);
    CHECK(record["meta"]["computeUnitsConsumed"] == 450);
}

TEST_CASE("epochs: schedule and info follow the configured length", "[devnet]") {
    Front front;
    const auto schedule = front.result("getEpochSchedule");
    CHECK(
        schedule ==
        json::parse(
            R"({"slotsPerEpoch":432000,"leaderScheduleSlotOffset":432000,"warmup":false,"firstNormalEpoch":0,"firstNormalSlot":0})")
            .value());
}

TEST_CASE("versions: jsonParsed names the accounts of instructions, in transactions and in blocks",
          "[devnet]") {
    Front front;
    const auto transaction = sign(front, versioned(front, 1'000'000'000));
    REQUIRE(front.node.ledger->submit(transaction));
    REQUIRE(front.node.wait(transaction.id()) == "ok");
    const std::string config =
        R"({"commitment":"confirmed","encoding":"jsonParsed","maxSupportedTransactionVersion":0})";
    const auto record =
        front.result("getTransaction", fmt::format(R"(["{}",{}])", transaction.id().to_string(), config));
    const auto block = front.result("getBlock", fmt::format("[{},{}]", record["slot"].dump(), config));
    const std::string alice = front.alice.public_key().to_string();
    const std::string bob = fixed_key(2).public_key().to_string();
    const std::string system = ledger::kSystemProgram.to_string();
    const auto key = [](const std::string& name, bool signer, bool writable) {
        return json::Value{
            {"pubkey", name}, {"signer", signer}, {"source", "transaction"}, {"writable", writable}};
    };
    const auto message = record["transaction"]["message"];
    CHECK(message["accountKeys"] ==
          json::Value::array({key(alice, true, true), key(bob, false, true), key(system, false, false)}));
    REQUIRE(message["instructions"].size() == 1);
    CHECK(message["instructions"][0]["programId"] == system);
    CHECK(message["instructions"][0]["accounts"] == json::Value::array({alice, bob}));
    CHECK(message["instructions"][0]["data"].is_string());
    CHECK(message["addressTableLookups"] == json::Value::array());
    // The faucet's transaction may be in the same block.
    const auto same = [&](const json::Value& one) { return one["transaction"] == record["transaction"]; };
    CHECK(std::ranges::any_of(block["transactions"], same));
}
