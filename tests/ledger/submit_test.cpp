#include "ledger/submit.hpp"

#include <catch2/catch.hpp>

#include "base/encoding.hpp"
#include "ledger/instruction_builder.hpp"
#include "tests/ledger/fake_node.hpp"
#include "tests/ledger/samples.hpp"

using namespace dz;
using namespace dz::ledger;
using namespace dz::test;

namespace {

const std::string kBlockhash =
    R"({"blockhash":"4vJ9JU1bJJE96FWSJKvHsmmFADCg4gpZQff4P3bkLKi","lastValidBlockHeight":150})";
const std::string kOther =
    R"({"blockhash":"8qbHbw2BbbTHBW1sbeqakYXVKRQM8Ne7pLK7m6CVfeR","lastValidBlockHeight":300})";

Reply epoch_at(int block_height) {
    return answer(
        fmt::format(R"({{"epoch":1,"slotIndex":1,"slotsInEpoch":432000,"absoluteSlot":1,"blockHeight":{}}})",
                    block_height));
}
Reply status_of(const std::string& commitment, const std::string& err = "null") {
    return answer_at(fmt::format(R"([{{"slot":42,"confirmations":1,"err":{},"confirmationStatus":"{}"}}])",
                                 err, commitment));
}
const Reply kNotSeen = answer_at("[null]");
const std::string kAnySignature = '"' + std::string(64, '1') + '"';

struct World {
    World() {
        node.on("getLatestBlockhash", {answer_at(kBlockhash)});
        node.on("sendTransaction", {answer(kAnySignature)});
        node.on("getSignatureStatuses", {status_of("confirmed")});
        node.on("getEpochInfo", {epoch_at(100)});
    }
    Result<Receipt> submit(SubmitOptions options = {}) {
        const InstructionBuilder builder(Addresses(sample_key(9)), payer.public_key());
        return node.finish(
            ledger::submit(rpc, node.clock, payer, {builder.make(ix::InitGlobalState{})}, options));
    }
    Transaction sent(std::size_t which) const {
        std::vector<Transaction> all;
        for (const auto& call : node.calls) {
            if (call.method != "sendTransaction") continue;
            all.push_back(decode_transaction(from_base64(call.params[0].get<std::string>()).value()).value());
        }
        return all.at(which);
    }

    FakeNode node;
    HttpRpc rpc{{.url = "http://node"}, node.sender(), node.clock};
    Keypair payer = Keypair::generate();
};

}  // namespace

TEST_CASE("submit: the transaction has the prelude, a fresh blockhash and the payer's signature",
          "[ledger]") {
    World world;
    const auto receipt = world.submit();
    REQUIRE(receipt);
    const Transaction sent = world.sent(0);
    CHECK(receipt->signature == sent.id());
    CHECK(receipt->slot == Slot{42});
    CHECK(verify(sent));
    CHECK(sent.message.recent_blockhash.bytes == sample_key(1).bytes);
    REQUIRE(sent.message.instructions.size() == 3);
    CHECK(compute_budget(sent.message) == ComputeBudget::generous());
    CHECK(expand(sent.message, sent.message.instructions[2]).program == sample_key(9));
}

TEST_CASE("submit: it waits until the wanted commitment is reached", "[ledger]") {
    World world;
    world.node.on("getSignatureStatuses",
                  {kNotSeen, status_of("processed"), status_of("processed"), status_of("confirmed")});
    REQUIRE(world.submit());
    CHECK(world.node.count("getSignatureStatuses") == 4);
    CHECK(world.node.count("sendTransaction") == 1);
}

TEST_CASE("submit: a failing program is an error with its code, and its log is handed over", "[ledger]") {
    World world;
    world.node.on("getSignatureStatuses",
                  {status_of("confirmed", R"({"InstructionError":[2,{"Custom":20}]})")});
    world.node.on(
        "getTransaction",
        {answer(
            R"({"slot":42,"meta":{"err":null,"logMessages":["Program X invoke","Program log: full"]}})")});
    std::vector<std::string> log;
    SubmitOptions options;
    options.on_failure_log = [&](const std::vector<std::string>& lines) { log = lines; };
    const auto receipt = world.submit(options);
    REQUIRE_FALSE(receipt);
    CHECK(receipt.error() == Error{Errc::Rejected, "MaxUsersExceeded (20): the device has no free seat", 20});
    CHECK(log == std::vector<std::string>{"full"});
}

TEST_CASE("submit: a missing log does not hide the program's error", "[ledger]") {
    World world;
    world.node.on("getSignatureStatuses",
                  {status_of("confirmed", R"({"InstructionError":[2,{"Custom":8}]})")});
    SubmitOptions options;
    options.on_failure_log = [](const std::vector<std::string>&) {};
    CHECK(world.submit(options).error().detail == 8);
}

TEST_CASE("submit: a transaction that expired unseen is rebuilt once with a new blockhash", "[ledger]") {
    World world;
    world.node.on("getLatestBlockhash", {answer_at(kBlockhash), answer_at(kOther)});
    world.node.on("getSignatureStatuses", {kNotSeen, kNotSeen, kNotSeen, status_of("confirmed")});
    world.node.on("getEpochInfo", {epoch_at(150), epoch_at(151)});
    REQUIRE(world.submit());
    CHECK(world.sent(0).message.recent_blockhash.bytes == sample_key(1).bytes);
    CHECK(world.sent(1).message.recent_blockhash.bytes == sample_key(2).bytes);
}

TEST_CASE("submit: a transaction that landed in the last possible block is not sent again", "[ledger]") {
    World world;
    world.node.on("getSignatureStatuses", {kNotSeen, status_of("confirmed")});
    world.node.on("getEpochInfo", {epoch_at(151)});
    CHECK(world.submit());
    CHECK(world.node.count("sendTransaction") == 1);
}

TEST_CASE("submit: a fault while waiting does not hide what became of the transaction", "[ledger]") {
    World world;
    world.node.on("getSignatureStatuses", {unavailable(), unavailable(), unavailable(), unavailable(),
                                           unavailable(), status_of("confirmed")});
    CHECK(world.submit());
}

TEST_CASE("submit: a transaction that expires twice is given up", "[ledger]") {
    World world;
    world.node.on("getSignatureStatuses", {kNotSeen});
    world.node.on("getEpochInfo", {epoch_at(1000)});
    const auto receipt = world.submit();
    REQUIRE_FALSE(receipt);
    CHECK(receipt.error().code == Errc::Timeout);
    CHECK(world.node.count("sendTransaction") == 2);
}

TEST_CASE("submit: an unknown outcome after the deadline names the transaction", "[ledger]") {
    World world;
    world.node.on("getSignatureStatuses", {status_of("processed")});
    const auto receipt = world.submit();
    REQUIRE_FALSE(receipt);
    CHECK(receipt.error().code == Errc::Timeout);
    CHECK(receipt.error().text.find(world.sent(0).id().to_string()) != std::string::npos);
    CHECK(world.node.count("sendTransaction") == 1);
}

TEST_CASE("submit: a lost answer to the send is not an error, since the ledger knows", "[ledger]") {
    World world;
    world.node.on("sendTransaction", {fail(Errc::Timeout, "10 s")});
    CHECK(world.submit());
    CHECK(world.node.count("sendTransaction") == 1);
}

TEST_CASE("submit: a refused transaction is reported at once", "[ledger]") {
    World world;
    world.node.on("sendTransaction", {refusal(-32003, "Transaction signature verification failure")});
    const auto receipt = world.submit();
    REQUIRE_FALSE(receipt);
    CHECK(receipt.error().code == Errc::Rejected);
    CHECK(receipt.error().detail == -32003);
    CHECK(world.node.count("getSignatureStatuses") == 0);
}

TEST_CASE("submit: a transaction that is too large is never sent", "[ledger]") {
    World world;
    const auto receipt = world.node.finish(ledger::submit(
        world.rpc, world.node.clock, world.payer, {{sample_key(9), {}, Bytes(2000)}}, SubmitOptions{}));
    CHECK(receipt.error().code == Errc::LimitExceeded);
    CHECK(world.node.count("sendTransaction") == 0);
}
