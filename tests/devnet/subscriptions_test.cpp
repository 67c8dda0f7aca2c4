#include "chain/devnet/subscriptions.hpp"

#include <catch2/catch.hpp>

#include "tests/devnet/node.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace dz;
using namespace dz::devnet;
using namespace dz::test;

namespace {

/// Remembers what it was told, at the slot that ran then.
struct Listener final : Subscriber {
    explicit Listener(Ledger& watched) : ledger(watched) {}
    void notify(std::string message) override {
        told.push_back(json::parse(message).value());
        at.push_back(ledger.slots().slot());
    }
    void ended(SubscriptionId id) override { finished.push_back(id); }
    const json::Value& result(std::size_t number) { return told.at(number)["params"]["result"]; }

    Ledger& ledger;
    std::vector<json::Value> told;
    std::vector<std::uint64_t> at;
    std::vector<SubscriptionId> finished;
};

constexpr std::uint64_t kSol = 1'000'000'000;

/// A ledger that confirms two slots after, and finalizes four later. Time stands still.
struct Fixture {
    Fixture() : node(options(directory.path())), subscriptions(*node.ledger) {
        REQUIRE(node.fund(alice.public_key(), 10 * kSol) == "ok");
        node.clock.advance(20 * 400ms);
    }
    static LedgerOptions options(const std::filesystem::path& directory) {
        LedgerOptions options = ledger_options(directory);
        options.confirm_after = 2;
        options.finalize_after = 4;
        return options;
    }
    Topic topic(std::string_view method, const std::string& params) {
        const json::Value list = json::parse(params).value();
        return read_topic(method, Params(&list)).value().value();
    }
    SubscriptionId subscribe(std::string_view method, const std::string& params) {
        return subscribe(listener, method, params);
    }
    SubscriptionId subscribe(Listener& whom, std::string_view method, const std::string& params) {
        const SubscriptionId id = subscriptions.add(topic(method, params), whom);
        subscriptions.catch_up(id);
        return id;
    }
    ledger::TransactionInstruction transfer(std::uint64_t lamports) {
        return ledger::system_transfer(alice.public_key(), bob.public_key(), Lamports{lamports});
    }
    std::string with_commitment(const std::string& first, const std::string& commitment) {
        return fmt::format(R"(["{}",{{"encoding":"base64","commitment":"{}"}}])", first, commitment);
    }

    TemporaryDirectory directory{memory_directory()};
    ledger::Keypair alice = fixed_key(1), bob = fixed_key(2);
    Node<FakeClock> node;
    Subscriptions subscriptions;
    Listener listener{*node.ledger};
};

}  // namespace

TEST_CASE("subscriptions: one transaction is seen at three slots, by subscription and by poll", "[devnet]") {
    Fixture fixture;
    const PublicKey bob = fixture.bob.public_key();
    const std::array names = {"processed", "confirmed", "finalized"};
    std::array listeners = {Listener(*fixture.node.ledger), Listener(*fixture.node.ledger),
                            Listener(*fixture.node.ledger)};
    for (std::size_t i = 0; i < names.size(); ++i) {
        fixture.subscribe(listeners.at(i), "accountSubscribe",
                          fixture.with_commitment(bob.to_string(), names.at(i)));
    }
    const std::uint64_t sent = fixture.node.ledger->slots().slot();
    REQUIRE(fixture.node.send(fixture.alice, {fixture.transfer(kSol)}) == "ok");
    std::array<std::optional<std::uint64_t>, 3> polled;
    for (std::uint64_t slot = sent; slot < sent + 12; ++slot) {
        for (std::size_t i = 0; i < names.size(); ++i) {
            const bool seen = fixture.node.balance(bob, static_cast<Commitment>(i)) == kSol;
            if (seen && !polled.at(i)) polled.at(i) = slot;
            // What a subscriber knows and what a reader finds are the same.
            CHECK(listeners.at(i).told.size() == (seen ? 1 : 0));
        }
        fixture.node.clock.advance(400ms);
    }
    CHECK(polled[0] == sent);
    CHECK(polled[1].value() > *polled[0]);
    CHECK(polled[2].value() > *polled[1]);
    for (std::size_t i = 0; i < names.size(); ++i) {
        CHECK(listeners.at(i).at.at(0) == polled.at(i));
        CHECK(listeners.at(i).result(0)["value"]["lamports"] == kSol);
    }
}

TEST_CASE("subscriptions: an account's notification has the shape of Solana's", "[devnet]") {
    Fixture fixture;
    const auto id = fixture.subscribe(
        "accountSubscribe", fixture.with_commitment(fixture.bob.public_key().to_string(), "processed"));
    const std::uint64_t slot = fixture.node.ledger->slots().slot();
    REQUIRE(fixture.node.send(fixture.alice, {fixture.transfer(kSol)}) == "ok");
    REQUIRE(fixture.listener.told.size() == 1);
    CHECK(fixture.listener.told[0] ==
          json::parse(fmt::format(
                          R"({{"jsonrpc":"2.0","method":"accountNotification","params":{{"result":
                          {{"context":{{"slot":{}}},"value":{{"data":["","base64"],"executable":false,
                          "lamports":1000000000,"owner":"11111111111111111111111111111111",
                          "rentEpoch":18446744073709551615,"space":0}}}},"subscription":{}}}}})",
                          slot, id))
              .value());
}

TEST_CASE("subscriptions: a closed account is notified as one without lamports, data and owner", "[devnet]") {
    Fixture fixture;
    REQUIRE(fixture.node.send(fixture.alice, {fixture.transfer(kSol)}) == "ok");
    fixture.subscribe("accountSubscribe",
                      fixture.with_commitment(fixture.bob.public_key().to_string(), "processed"));
    fixture.subscribe("programSubscribe",
                      fixture.with_commitment(ledger::kSystemProgram.to_string(), "processed"));
    // All of it, the fee apart.
    REQUIRE(fixture.node.send(fixture.bob,
                              {ledger::system_transfer(fixture.bob.public_key(), fixed_key(3).public_key(),
                                                       Lamports{kSol - 5000})}) == "ok");
    const json::Value closed = json::parse(R"({"data":["","base64"],"executable":false,"lamports":0,
        "owner":"11111111111111111111111111111111","rentEpoch":18446744073709551615,"space":0})")
                                   .value();
    std::size_t of_account = 0;
    std::size_t of_program = 0;
    for (const json::Value& message : fixture.listener.told) {
        const json::Value& value = message["params"]["result"]["value"];
        if (message["method"] == "accountNotification" && value == closed) ++of_account;
        if (message["method"] == "programNotification" &&
            value["pubkey"] == fixture.bob.public_key().to_string() && value["account"] == closed) {
            ++of_program;
        }
    }
    CHECK(of_account == 1);
    CHECK(of_program == 1);
}

TEST_CASE("subscriptions: a program's accounts are told apart by filters and cut by a slice", "[devnet]") {
    Fixture fixture;
    const auto owner = fixed_key(9);
    const auto space = [&](const ledger::Keypair& key, std::uint64_t size) {
        // CreateAccount of the system program.
        const Bytes create = bytes::Writer().u32(0).u64(kSol).u64(size).raw(owner.public_key().bytes).take();
        return ledger::TransactionInstruction{
            ledger::kSystemProgram,
            {{fixture.alice.public_key(), true, true}, {key.public_key(), true, true}},
            create};
    };
    fixture.subscribe(
        "programSubscribe",
        fmt::format(R"(["{}",{{"encoding":"base64","commitment":"processed","filters":[{{"dataSize":8}},
                      {{"memcmp":{{"offset":0,"bytes":[0,0]}}}}],"dataSlice":{{"offset":1,"length":2}}}}])",
                    owner.public_key().to_string()));
    const auto third = fixed_key(3);
    const std::vector instructions = {space(fixture.bob, 8), space(third, 9)};
    auto message =
        ledger::compile(fixture.alice.public_key(), instructions, fixture.node.ledger->latest_blockhash())
            .value();
    const std::array<const ledger::Keypair*, 3> signers = {&fixture.alice, &fixture.bob, &third};
    const auto transaction = ledger::sign(std::move(message), signers).value();
    REQUIRE(fixture.node.ledger->submit(transaction));
    REQUIRE(fixture.node.wait(transaction.id()) == "ok");
    REQUIRE(fixture.listener.told.size() == 1);
    const json::Value& value = fixture.listener.result(0)["value"];
    CHECK(value["pubkey"] == fixture.bob.public_key().to_string());
    CHECK(value["account"]["data"] == json::Value::array({"AAA=", "base64"}));
    CHECK(value["account"]["space"] == 8);
}

TEST_CASE("subscriptions: a signature is told once, when it has arrived and when it is decided", "[devnet]") {
    Fixture fixture;
    const auto transaction = fixture.node.sign(fixture.alice, {fixture.transfer(100 * kSol)});
    const std::string name = transaction.id().to_string();
    const auto id = fixture.subscribe(
        "signatureSubscribe",
        fmt::format(R"(["{}",{{"commitment":"confirmed","enableReceivedNotification":true}}])", name));
    REQUIRE(fixture.node.ledger->submit(transaction));
    REQUIRE(fixture.listener.told.size() == 1);
    CHECK(fixture.listener.told[0]["method"] == "signatureNotification");
    CHECK(fixture.listener.result(0)["value"] == "receivedSignature");
    CHECK(fixture.listener.finished.empty());

    CHECK(fixture.node.wait(transaction.id()) != "ok");
    CHECK(fixture.listener.told.size() == 1);
    fixture.node.clock.advance(10 * 400ms);
    REQUIRE(fixture.listener.told.size() == 2);
    CHECK(fixture.listener.result(1)["value"] ==
          json::parse(R"({"err":{"InstructionError":[0,{"Custom":1}]}})").value());
    CHECK(fixture.listener.finished == std::vector{id});
    CHECK(fixture.subscriptions.size() == 0);

    // Who asks later is told at once.
    fixture.subscribe("signatureSubscribe", fmt::format(R"(["{}"])", name));
    CHECK(fixture.listener.told.size() == 3);
    CHECK(fixture.subscriptions.size() == 0);
}

TEST_CASE("subscriptions: logs are those of all transactions, or of those that name an address", "[devnet]") {
    Fixture fixture;
    fixture.subscribe("logsSubscribe", R"(["all",{"commitment":"processed"}])");
    Listener picky(*fixture.node.ledger);
    fixture.subscribe(picky, "logsSubscribe",
                      fmt::format(R"([{{"mentions":["{}"]}},{{"commitment":"processed"}}])",
                                  fixture.bob.public_key().to_string()));
    const auto transaction = fixture.node.sign(fixture.alice, {fixture.transfer(kSol)});
    REQUIRE(fixture.node.ledger->submit(transaction));
    REQUIRE(fixture.node.wait(transaction.id()) == "ok");
    REQUIRE(fixture.node.fund(fixed_key(3).public_key(), kSol) == "ok");
    CHECK(fixture.listener.told.size() == 2);
    REQUIRE(picky.told.size() == 1);
    CHECK(picky.told[0]["method"] == "logsNotification");
    const json::Value& value = picky.result(0)["value"];
    CHECK(value["signature"] == transaction.id().to_string());
    CHECK(value["err"].is_null());
    CHECK(value["logs"].size() == 2);
}

TEST_CASE("subscriptions: slots are told as they begin, roots as they become final", "[devnet]") {
    Fixture fixture;
    fixture.subscribe("slotSubscribe", "[]");
    Listener roots(*fixture.node.ledger);
    fixture.subscribe(roots, "rootSubscribe", "[]");
    const std::uint64_t slot = fixture.node.ledger->slots().slot();
    fixture.node.clock.advance(400ms);
    fixture.node.clock.advance(400ms);
    REQUIRE(fixture.listener.told.size() == 2);
    CHECK(fixture.listener.told[0]["method"] == "slotNotification");
    CHECK(fixture.listener.result(1)["slot"] == slot + 2);
    CHECK(fixture.listener.result(1)["parent"] == slot + 1);
    const std::uint64_t root = fixture.listener.result(1)["root"];
    CHECK(root == fixture.node.ledger->view(Commitment::Finalized).slot);
    REQUIRE(roots.told.size() == 2);
    CHECK(roots.told[1]["method"] == "rootNotification");
    CHECK(roots.result(1) == root);
}

TEST_CASE("subscriptions: what was removed is silent, and wrong wishes are refused", "[devnet]") {
    Fixture fixture;
    const std::string bob = fixture.bob.public_key().to_string();
    for (const char* method : {"accountSubscribe", "programSubscribe"}) {
        fixture.subscriptions.remove(fixture.subscribe(method, fixture.with_commitment(bob, "processed")));
    }
    fixture.subscriptions.remove(fixture.subscribe("logsSubscribe", R"(["all",{"commitment":"processed"}])"));
    fixture.subscriptions.remove(fixture.subscribe("slotSubscribe", "[]"));
    fixture.subscriptions.remove(4711);
    REQUIRE(fixture.node.send(fixture.alice, {fixture.transfer(kSol)}) == "ok");
    fixture.node.clock.advance(400ms);
    CHECK(fixture.listener.told.empty());
    CHECK(fixture.subscriptions.size() == 0);

    for (const auto& [method, params] : std::vector<std::pair<std::string, std::string>>{
             {"accountSubscribe", "[]"},
             {"accountSubscribe", R"(["short"])"},
             {"accountSubscribe", fixture.with_commitment(bob, "sure")},
             {"programSubscribe", fmt::format(R"(["{}",{{"filters":[{{}}]}}])", bob)},
             {"signatureSubscribe", R"([7])"},
             {"logsSubscribe", "[]"},
             {"logsSubscribe", R"(["some"])"},
             {"logsSubscribe", R"([{"mentions":[]}])"},
             {"logsSubscribe", fmt::format(R"([{{"mentions":["{0}","{0}"]}}])", bob)}}) {
        CAPTURE(method, params);
        const json::Value list = json::parse(params).value();
        const auto topic = read_topic(method, Params(&list));
        REQUIRE_FALSE(topic);
        CHECK(topic.error().code == -32602);
    }
    CHECK_FALSE(read_topic("voteSubscribe", Params(nullptr)).value());
}
