// Blocks, leaders and encodings, as clients of Solana ask for them.
#include <catch2/catch.hpp>

#include "chain/devnet/account_json.hpp"
#include "tests/devnet/front.hpp"

using namespace dz;
using namespace dz::devnet;
using namespace dz::test;

TEST_CASE("json-rpc: a slot with transactions has a block, an idle one was skipped", "[devnet]") {
    Front front;
    const std::uint64_t slot = front.node.ledger->slots().slot();
    const std::string confirmed = R"({"commitment":"confirmed","maxSupportedTransactionVersion":0})";
    front.node.clock.advance(400ms);
    const auto transaction = front.transfer(1'000'000'000);
    REQUIRE(front.node.ledger->submit(transaction));
    REQUIRE(front.node.wait(transaction.id()) == "ok");
    front.node.clock.advance(10 * 400ms);

    const auto block = front.result("getBlock", fmt::format("[{},{}]", slot + 1, confirmed));
    CHECK(block["blockHeight"] == slot + 1);
    CHECK(block["parentSlot"] == slot);
    CHECK(block["rewards"].empty());
    REQUIRE(block["transactions"].size() == 1);
    CHECK(block["transactions"][0]["meta"]["fee"] == 5000);
    CHECK(block["transactions"][0]["meta"]["logMessages"].size() == 2);
    CHECK(block["transactions"][0]["version"] == "legacy");
    CHECK(block["transactions"][0]["transaction"]["signatures"][0] == transaction.id().to_string());
    const auto parent = front.result("getBlock", fmt::format("[{},{}]", slot, confirmed));
    CHECK(block["previousBlockhash"] == parent["blockhash"]);

    const auto short_one = front.result(
        "getBlock",
        fmt::format(R"([{},{{"commitment":"confirmed","transactionDetails":"signatures","rewards":false}}])",
                    slot + 1));
    CHECK(short_one["signatures"] == json::Value::array({transaction.id().to_string()}));
    CHECK_FALSE(short_one.contains("rewards"));
    CHECK_FALSE(short_one.contains("transactions"));

    const auto brief = front.result(
        "getBlock", fmt::format(R"([{},{{"commitment":"confirmed","transactionDetails":"accounts"}}])",
                                slot + 1))["transactions"][0];
    const json::Value payer = {{"pubkey", front.alice.public_key().to_string()},
                               {"signer", true},
                               {"source", "transaction"},
                               {"writable", true}};
    CHECK(brief["transaction"]["accountKeys"][0] == payer);
    CHECK(brief["meta"]["postBalances"].size() == brief["transaction"]["accountKeys"].size());
    CHECK_FALSE(brief["transaction"].contains("message"));

    CHECK(front.code("getBlock", fmt::format("[{},{}]", slot + 2, confirmed)) == -32007);
    CHECK(front.code("getBlock", fmt::format("[{},{}]", slot + 1000, confirmed)) == -32004);
    CHECK(front.code("getBlock", fmt::format(R"([{},{{"commitment":"processed"}}])", slot)) == -32602);
    CHECK(front.code("getBlock", fmt::format(R"([{},{{"transactionDetails":"some"}}])", slot)) == -32602);
    CHECK(front.code("getBlock") == -32602);

    const json::Value both = {slot, slot + 1};
    CHECK(front.result("getBlocks", fmt::format(R"([0,{{"commitment":"confirmed"}}])")) == both);
    CHECK(front.result("getBlocks", fmt::format(R"([{},null,{{"commitment":"confirmed"}}])", slot + 1)) ==
          json::Value::array({slot + 1}));
    CHECK(front.result("getBlocks", fmt::format(R"([0,{},{{"commitment":"confirmed"}}])", slot)) ==
          json::Value::array({slot}));
    CHECK(front.result("getBlocksWithLimit", R"([0,1,{"commitment":"confirmed"}])") ==
          json::Value::array({slot}));
    CHECK(front.code("getBlocksWithLimit", "[0,1000000]") == -32602);
    // Nothing of this is final yet.
    CHECK(front.result("getBlocks", "[0]").empty());
}

TEST_CASE("json-rpc: the node is the only member of its cluster and leads every slot", "[devnet]") {
    Front front;
    const std::string name = front.result("getIdentity")["identity"];
    CHECK(front.result("getClusterNodes")[0]["pubkey"] == name);
    CHECK(front.result("getSlotLeader") == name);
    CHECK(front.result("getSlotLeaders", "[5,2]") == json::Value::array({name, name}));
    CHECK(front.code("getSlotLeaders", "[5,5001]") == -32602);
    CHECK(front.result("getLeaderSchedule")[name].size() == 432'000);
    CHECK(front.result("getLeaderSchedule", R"([null,{"identity":"11111111111111111111111111111111"}])")
              .empty());
    CHECK(front.result("getLeaderSchedule", "[100000000]").is_null());
    CHECK(front.result("getVoteAccounts")["current"].empty());
    front.node.clock.advance(200 * 400ms);
    const auto fees = front.result("getRecentPrioritizationFees");
    CHECK(fees.size() == 150);
    CHECK(fees[0]["prioritizationFee"] == 0);
}

TEST_CASE("json-rpc: account data come in each encoding that Solana has", "[devnet]") {
    Front front;
    const std::string program = front.node.ledger->deployment().program().to_string();
    const auto data = [&](const std::string& encoding) {
        return front.result("getAccountInfo",
                            fmt::format(R"(["{}",{{"encoding":"{}"}}])", program, encoding))["value"]["data"];
    };
    const auto plain = data("base64");
    // Nobody parses this program's accounts.
    CHECK(data("jsonParsed") == plain);
    const auto stored = data("base64+zstd");
    CHECK(stored[1] == "base64+zstd");
    const Bytes frame = from_base64(stored[0].get<std::string>()).value();
    const Bytes bytes = from_base64(plain[0].get<std::string>()).value();
    // Header of nine bytes, one block's header of three.
    REQUIRE(frame.size() == bytes.size() + 12);
    CHECK(std::equal(bytes.begin(), bytes.end(), frame.begin() + 12));
}

TEST_CASE("account json: a stored zstd frame is made of blocks of at most 128 KiB", "[devnet]") {
    CHECK(to_hex(to_stored_zstd({})) == "28b52ffda000000000010000");
    CHECK(to_hex(to_stored_zstd(Bytes{7, 8})) == "28b52ffda0020000001100000708");
    const Bytes large(300'000, 1);
    const Bytes frame = to_stored_zstd(large);
    CHECK(frame.size() == 9 + large.size() + 3 * 3);
    CHECK(to_hex(ByteView(frame).subspan(9, 3)) == "000010");
    // 300,000 - 2 * 131,072 = 37,856, and the last.
    CHECK(to_hex(ByteView(frame).subspan(9 + 2 * (3 + 131'072), 3)) == "019f04");
}
