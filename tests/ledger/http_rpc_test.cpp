#include "ledger/http_rpc.hpp"

#include <catch2/catch.hpp>

#include "base/http_server.hpp"
#include "base/run.hpp"
#include "tests/ledger/fake_node.hpp"
#include "tests/ledger/samples.hpp"

using namespace dz;
using namespace dz::ledger;
using namespace dz::test;

namespace {

struct Counting final : RpcObserver {
    void retried(std::string_view method, const Error&) override {
        log += "retried " + std::string(method) + "; ";
    }
    void gave_up(std::string_view method, const Error&) override {
        log += "gave up " + std::string(method) + "; ";
    }
    void finished(std::string_view method, Duration, bool ok) override {
        log += (ok ? "ok " : "failed ") + std::string(method);
    }
    std::string log;
};

struct World {
    FakeNode node;
    Counting observer;
    HttpRpc rpc{{.url = "http://node"}, node.sender(), node.clock, &observer};
};

constexpr auto kConfirmed = Commitment::Confirmed;

}  // namespace

TEST_CASE("http rpc: program accounts are asked for with filters and a context", "[ledger]") {
    World world;
    world.node.on("getProgramAccounts", {answer_at("[]")});
    const auto answer = world.node.finish(
        world.rpc.program_accounts(sample_key(1), Filters{{{0, {7}}, {116, {1, 2, 3, 4}}}, 206}, kConfirmed));
    REQUIRE(answer);
    CHECK(answer->slot == Slot{100});
    CHECK(
        world.node.calls[0].params.dump() ==
        R"(["4vJ9JU1bJJE96FWSJKvHsmmFADCg4gpZQff4P3bkLKi",)"
        R"({"commitment":"confirmed","encoding":"base64",)"
        R"("filters":[{"dataSize":206},{"memcmp":{"bytes":"8","offset":0}},{"memcmp":{"bytes":"2VfUX","offset":116}}],)"
        R"("withContext":true}])");
}

TEST_CASE("http rpc: a node that has not reached the slot asked for is behind, which may pass", "[ledger]") {
    World world;
    world.node.on("getMultipleAccounts",
                  {refusal(-32016, "Minimum context slot has not been reached"), answer_at("[null]")});
    CHECK(world.node.finish(world.rpc.multiple_accounts({sample_key(1)}, {kConfirmed, Slot{77}})));
    CHECK(world.node.calls[0].params.dump() ==
          R"([["4vJ9JU1bJJE96FWSJKvHsmmFADCg4gpZQff4P3bkLKi"],)"
          R"({"commitment":"confirmed","encoding":"base64","minContextSlot":77}])");

    world.node.on("getMultipleAccounts", {refusal(-32016, "Minimum context slot has not been reached")});
    const auto behind =
        world.node.finish(world.rpc.multiple_accounts({sample_key(1)}, {kConfirmed, Slot{77}}));
    REQUIRE_FALSE(behind);
    CHECK(is_behind(behind.error()));
    CHECK(is_retryable(behind.error()));
}

TEST_CASE("http rpc: the other verbs ask as the protocol says", "[ledger]") {
    World world;
    auto& node = world.node;
    const auto asked = [&](auto task) {
        static_cast<void>(node.finish(std::move(task)));
        return node.calls.back().method + node.calls.back().params.dump();
    };
    const std::string key = "\"4vJ9JU1bJJE96FWSJKvHsmmFADCg4gpZQff4P3bkLKi\"";
    const std::string config = R"({"commitment":"confirmed","encoding":"base64"})";
    Signature signature;
    signature.bytes.fill(0);
    const std::string name = '"' + std::string(64, '1') + '"';
    CHECK(asked(world.rpc.account(sample_key(1), kConfirmed)) ==
          "getAccountInfo[" + key + "," + config + "]");
    CHECK(asked(world.rpc.multiple_accounts({sample_key(1)}, kConfirmed)) ==
          "getMultipleAccounts[[" + key + "]," + config + "]");
    CHECK(asked(world.rpc.latest_blockhash(kConfirmed)) ==
          R"(getLatestBlockhash[{"commitment":"confirmed"}])");
    CHECK(
        asked(world.rpc.send_transaction({1, 2, 3}, {})) ==
        R"(sendTransaction["AQID",{"encoding":"base64","preflightCommitment":"confirmed","skipPreflight":true}])");
    CHECK(asked(world.rpc.signature_statuses({signature})) ==
          "getSignatureStatuses[[" + name + R"(],{"searchTransactionHistory":true}])");
    CHECK(asked(world.rpc.transaction(signature, kConfirmed)) ==
          "getTransaction[" + name +
              R"(,{"commitment":"confirmed","encoding":"base64","maxSupportedTransactionVersion":0}])");
    CHECK(asked(world.rpc.signatures_for_address(sample_key(1),
                                                 {.limit = 5, .before = signature, .until = {}})) ==
          "getSignaturesForAddress[" + key + R"(,{"before":)" + name + R"(,"limit":5}])");
    CHECK(asked(world.rpc.balance(sample_key(1), kConfirmed)) ==
          "getBalance[" + key + R"(,{"commitment":"confirmed"}])");
    CHECK(asked(world.rpc.rent_minimum(206)) == "getMinimumBalanceForRentExemption[206]");
    CHECK(asked(world.rpc.epoch_info(Commitment::Finalized)) ==
          R"(getEpochInfo[{"commitment":"finalized"}])");
    CHECK(asked(world.rpc.slot(Commitment::Processed)) == R"(getSlot[{"commitment":"processed"}])");
    CHECK(asked(world.rpc.block_time(Slot{9})) == "getBlockTime[9]");
    CHECK(asked(world.rpc.version()) == "getVersion[]");
    CHECK(asked(world.rpc.health()) == "getHealth[]");
    CHECK(asked(world.rpc.airdrop(sample_key(1), Lamports{5})) == "requestAirdrop[" + key + ",5]");
    CHECK(asked(world.rpc.simulate_transaction({1, 2, 3}, kConfirmed)) ==
          "simulateTransaction[\"AQID\"," + config + "]");
}

TEST_CASE("http rpc: a read is repeated after faults that pass, with growing pauses", "[ledger]") {
    World world;
    world.node.on("getSlot", {unavailable(), status(503), refusal(-32005, "behind"), answer("7")});
    CHECK(world.node.finish(world.rpc.slot(kConfirmed)) == Slot{7});
    REQUIRE(world.node.calls.size() == 4);
    const auto pause = [&](std::size_t i) { return world.node.calls[i].at - world.node.calls[i - 1].at; };
    CHECK(pause(1) >= 250ms);
    CHECK(pause(1) <= 550ms);
    CHECK(pause(2) >= 500ms);
    CHECK(pause(2) <= 1050ms);
    CHECK(pause(3) >= 750ms);
    CHECK(pause(3) <= 1550ms);
    CHECK(world.observer.log == "retried getSlot; retried getSlot; retried getSlot; ok getSlot");
}

TEST_CASE("http rpc: an attempt that timed out and an answer cut short are repeated", "[ledger]") {
    World world;
    world.node.on("getSlot", {fail(Errc::Timeout, "10 s"), http::ClientResponse{200, R"({"result":)", "", 0},
                              answer("7")});
    CHECK(world.node.finish(world.rpc.slot(kConfirmed)) == Slot{7});
    CHECK(world.node.calls.size() == 3);
}

TEST_CASE("http rpc: after four attempts the last error is reported", "[ledger]") {
    World world;
    world.node.on("getSlot", {unavailable()});
    const auto slot = world.node.finish(world.rpc.slot(kConfirmed));
    REQUIRE_FALSE(slot);
    CHECK(slot.error().code == Errc::Unavailable);
    CHECK(slot.error().text == "getSlot: connection refused");
    CHECK(world.node.calls.size() == 4);
    CHECK(world.observer.log ==
          "retried getSlot; retried getSlot; retried getSlot; gave up getSlot; failed getSlot");
}

TEST_CASE("http rpc: an error that will not pass is reported at once", "[ledger]") {
    World world;
    world.node.on("getSlot", {refusal(-32602, "Invalid params")});
    const auto slot = world.node.finish(world.rpc.slot(kConfirmed));
    REQUIRE_FALSE(slot);
    CHECK(slot.error() == Error{Errc::Rejected, "getSlot: Invalid params", -32602});
    CHECK(world.node.calls.size() == 1);
    CHECK(world.observer.log == "failed getSlot");
}

TEST_CASE("http rpc: malformed but complete JSON is not repeated", "[ledger]") {
    World world;
    world.node.on("getSlot", {http::ClientResponse{200, "{,}", "", 0}});
    CHECK(world.node.finish(world.rpc.slot(kConfirmed)).error().code == Errc::BadValue);
    CHECK(world.node.calls.size() == 1);
}

TEST_CASE("http rpc: sending a transaction and asking for an airdrop are done once", "[ledger]") {
    World world;
    world.node.on("sendTransaction", {unavailable()});
    world.node.on("requestAirdrop", {status(503)});
    CHECK_FALSE(world.node.finish(world.rpc.send_transaction({1}, {})));
    CHECK_FALSE(world.node.finish(world.rpc.airdrop(sample_key(1), Lamports{1})));
    CHECK(world.node.calls.size() == 2);
}

TEST_CASE("http rpc: too many accounts in one question are refused without asking", "[ledger]") {
    World world;
    const auto answer =
        world.node.finish(world.rpc.multiple_accounts(std::vector<PublicKey>(101), kConfirmed));
    CHECK(answer.error().code == Errc::LimitExceeded);
    CHECK(world.node.calls.empty());
}

TEST_CASE("http rpc: it speaks to a real server", "[ledger]") {
    EventLoop loop;
    SystemClock clock(loop);
    http::Router router;
    router.on("POST", "/", [](http::Request request) -> Task<http::Response> {
        const auto asked = json::parse(request.body);
        const bool right =
            asked && (*asked)["method"] == "getSlot" && request.headers["content-type"] == "application/json";
        co_return http::Response{.body = right ? R"({"jsonrpc":"2.0","id":1,"result":7})" : "{}",
                                 .headers = {}};
    });
    http::Server server(loop, clock, Log::none(), router);
    const auto port = server.listen_tcp("127.0.0.1:0");
    REQUIRE(port);
    boost::asio::co_spawn(loop, server.run(), boost::asio::detached);
    http::Client client(loop);
    HttpRpc rpc({.url = "http://127.0.0.1:" + std::to_string(*port) + "/"}, client, clock);
    CHECK(run(loop, rpc.slot(kConfirmed)) == Slot{7});
}
