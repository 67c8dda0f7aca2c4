#include "chain/devnet/ledger.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "chain/devnet/genesis.hpp"
#include "chain/devnet/seed.hpp"
#include "ledger/instruction_builder.hpp"
#include "ledger/snapshot.hpp"
#include "tests/devnet/node.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace dz;
using namespace dz::devnet;
using namespace dz::test;
using ledger::Keypair;

namespace {

constexpr std::uint64_t kCredit = 1'000'000'000;

using FakeNode = Node<FakeClock>;

std::vector<ledger::TransactionInstruction> transfer(const Keypair& from, const PublicKey& to,
                                                     std::uint64_t lamports) {
    return {ledger::system_transfer(from.public_key(), to, Lamports{lamports})};
}

}  // namespace

TEST_CASE("ledger: a transaction is seen as processed, confirmed and finalized in turn", "[devnet]") {
    const TemporaryDirectory directory(memory_directory());
    FakeNode node(ledger_options(directory.path()));
    const PublicKey key = fixed_key(1).public_key();
    const Signature signature = node.ledger->airdrop(key, kCredit).value();
    CHECK_FALSE(node.ledger->status(signature));
    CHECK(node.wait(signature) == "ok");
    CHECK(node.ledger->status(signature)->commitment == Commitment::Confirmed);
    CHECK(node.balance(key, Commitment::Confirmed) == kCredit);
    CHECK(node.balance(key, Commitment::Finalized) == 0);
    node.clock.advance(32 * 400ms);
    CHECK(node.balance(key, Commitment::Finalized) == 0);
    CHECK(node.ledger->status(signature)->confirmations == 32);
    node.clock.advance(400ms);
    CHECK(node.balance(key, Commitment::Finalized) == kCredit);
    CHECK(node.ledger->status(signature)->commitment == Commitment::Finalized);
    CHECK_FALSE(node.ledger->status(signature)->confirmations);
}

TEST_CASE("ledger: by default one transaction is seen at three slots", "[devnet]") {
    const TemporaryDirectory directory(memory_directory());
    auto options = ledger_options(directory.path());
    options.confirm_after = LedgerOptions{}.confirm_after;
    FakeNode node(options);
    node.clock.advance(40 * 400ms);
    const PublicKey key = fixed_key(1).public_key();
    REQUIRE(node.fund(key, kCredit) == "ok");
    const std::uint64_t slot = node.ledger->view(Commitment::Processed).slot;
    CHECK(node.balance(key, Commitment::Processed) == kCredit);
    CHECK(node.balance(key, Commitment::Confirmed) == 0);
    CHECK(node.ledger->view(Commitment::Confirmed).slot == slot - 1);
    const View finalized = node.ledger->view(Commitment::Finalized);
    CHECK(finalized.slot < slot - 1);
    node.clock.advance(400ms);
    CHECK(node.balance(key, Commitment::Confirmed) == kCredit);
    CHECK(node.ledger->view(Commitment::Confirmed).slot == slot);
    CHECK(node.balance(key, Commitment::Finalized) == 0);
    node.clock.advance(32 * 400ms);
    CHECK(node.balance(key, Commitment::Finalized) == kCredit);
    CHECK(node.ledger->view(Commitment::Finalized).slot == slot);
}

TEST_CASE("ledger: a transaction is executed once, however often it is sent", "[devnet]") {
    const TemporaryDirectory directory(memory_directory());
    FakeNode node(ledger_options(directory.path()));
    const Keypair alice = fixed_key(1);
    REQUIRE(node.fund(alice.public_key(), 10 * kCredit) == "ok");
    const auto transaction = node.sign(alice, transfer(alice, fixed_key(2).public_key(), kCredit));
    for (int i = 0; i < 3; ++i) REQUIRE(node.ledger->submit(transaction));
    CHECK(node.wait(transaction.id()) == "ok");
    REQUIRE(node.ledger->submit(transaction));
    CHECK(node.ledger->check(transaction)->name == "AlreadyProcessed");
    node.clock.advance(1s);
    CHECK(node.balance(fixed_key(2).public_key(), Commitment::Processed) == kCredit);
    CHECK(node.ledger->transaction_count() == 2);
}

TEST_CASE("ledger: a blockhash is good for 150 slots", "[devnet]") {
    const TemporaryDirectory directory(memory_directory());
    FakeNode node(ledger_options(directory.path()));
    const Keypair alice = fixed_key(1);
    REQUIRE(node.fund(alice.public_key(), 10 * kCredit) == "ok");
    const auto early = node.sign(alice, transfer(alice, fixed_key(2).public_key(), kCredit));
    const auto late = node.sign(alice, transfer(alice, fixed_key(3).public_key(), kCredit));
    node.clock.advance(149 * 400ms);
    CHECK_FALSE(node.ledger->check(early));
    REQUIRE(node.ledger->submit(early));
    CHECK(node.wait(early.id()) == "ok");
    node.clock.advance(400ms);
    CHECK(node.ledger->check(late)->name == "BlockhashNotFound");
    REQUIRE(node.ledger->submit(late));
    node.clock.advance(1s);
    CHECK_FALSE(node.ledger->status(late.id()));
}

TEST_CASE("ledger: the builder takes the best paying transaction first", "[devnet]") {
    const TemporaryDirectory directory(memory_directory());
    FakeNode node(ledger_options(directory.path()));
    const Keypair alice = fixed_key(1);
    REQUIRE(node.fund(alice.public_key(), 100 * kCredit) == "ok");
    std::vector<Signature> sent;
    for (const std::uint64_t price : {0UL, 7UL, 3UL, 7UL}) {
        auto instructions =
            ledger::encode(ledger::ComputeBudget{.unit_limit = 1000 + static_cast<std::uint32_t>(sent.size()),
                                                 .unit_price = price,
                                                 .heap_frame = {}});
        instructions.push_back(transfer(alice, fixed_key(2).public_key(), kCredit).front());
        const auto transaction = node.sign(alice, instructions);
        REQUIRE(node.ledger->submit(transaction));
        sent.push_back(transaction.id());
    }
    REQUIRE(node.wait(sent[0]) == "ok");
    HistoryQuery query;
    query.address = fixed_key(2).public_key();
    query.newest_slot = node.ledger->view(Commitment::Processed).slot;
    const auto records = node.run(node.ledger->history(query)).value();
    std::vector<Signature> order;
    for (const Record& record : records) order.push_back(record.signature);
    std::ranges::reverse(order);  // the history begins with the newest
    CHECK(order == std::vector{sent[1], sent[3], sent[2], sent[0]});
}

TEST_CASE("ledger: access passes end with the epochs of the configured length", "[devnet]") {
    const TemporaryDirectory directory(memory_directory());
    auto options = ledger_options(directory.path());
    options.slots_per_epoch = 10;
    FakeNode node(options);
    const Keypair alice = fixed_key(1);
    REQUIRE(node.fund(alice.public_key(), 100 * kCredit) == "ok");
    const ledger::InstructionBuilder builder(node.ledger->deployment().addresses, alice.public_key());
    REQUIRE(node.send(alice, {builder.make(ledger::ix::InitGlobalState{})}) == "ok");
    const auto set_pass = [&](std::uint8_t user) {
        ledger::ix::SetAccessPass args;
        args.last_access_epoch = 1;
        return node.send(
            alice, {builder.make(args, ledger::SetAccessPassAccounts{fixed_key(user).public_key(), {}, {}})});
    };
    CHECK(set_pass(2) == "ok");
    node.clock.advance(18 * 400ms);
    CHECK(node.ledger->epoch_of(node.ledger->view(Commitment::Processed).slot) == 1);
    CHECK(set_pass(3) == "ok");
    node.clock.advance(400ms);
    CHECK(node.ledger->epoch_of(node.ledger->view(Commitment::Processed).slot) == 2);
    CHECK(set_pass(4).starts_with("InvalidLastAccessEpoch (21)"));
}

TEST_CASE("ledger: epochs keep their length for life", "[devnet]") {
    const TemporaryDirectory directory(memory_directory());
    auto options = ledger_options(directory.path());
    options.slots_per_epoch = 10;
    {
        FakeNode node(options);
    }
    EventLoop loop;
    FakeClock clock(loop);
    options.slots_per_epoch = 20;
    const auto opened = Ledger::open(loop, clock, options);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().text.find("--slots-per-epoch 10") != std::string::npos);
}

TEST_CASE("ledger: too many waiting transactions are refused", "[devnet]") {
    const TemporaryDirectory directory(memory_directory());
    auto options = ledger_options(directory.path());
    options.max_pending = 2;
    FakeNode node(options);
    for (int i = 0; i < 2; ++i) REQUIRE(node.ledger->airdrop(fixed_key(1).public_key(), kCredit));
    const auto third = node.ledger->airdrop(fixed_key(1).public_key(), kCredit);
    REQUIRE_FALSE(third);
    CHECK(third.error().code == Errc::LimitExceeded);
}

TEST_CASE("ledger: a restarted node goes on where it was", "[devnet]") {
    const TemporaryDirectory directory(memory_directory());
    const Keypair alice = fixed_key(1);
    std::string before;
    Signature signature;
    std::optional<ledger::Transaction> signed_before;
    std::uint64_t slot = 0;
    {
        FakeNode node(ledger_options(directory.path()));
        REQUIRE(node.fund(alice.public_key(), 10 * kCredit) == "ok");
        node.clock.advance(4s);
        const auto transaction = node.sign(alice, transfer(alice, fixed_key(2).public_key(), kCredit));
        signature = transaction.id();
        REQUIRE(node.ledger->submit(transaction));
        REQUIRE(node.wait(signature) == "ok");
        node.clock.advance(2s);
        signed_before = node.sign(alice, transfer(alice, fixed_key(3).public_key(), kCredit));
        before = node.ledger->dump();
        slot = node.ledger->view(Commitment::Processed).slot;
    }
    FakeNode node(ledger_options(directory.path()), 1'000'010s);
    CHECK(node.ledger->dump() == before);
    CHECK(node.ledger->view(Commitment::Processed).slot == slot + 10);
    CHECK(node.ledger->status(signature)->commitment == Commitment::Finalized);
    const auto record = node.run(node.ledger->record(signature, Commitment::Finalized));
    REQUIRE(record.value());
    CHECK((*record)->slot == slot - 5);
    // Its blockhash was of a slot that nobody stored.
    CHECK_FALSE(node.ledger->check(*signed_before));
    REQUIRE(node.ledger->submit(*signed_before));
    CHECK(node.wait(signed_before->id()) == "ok");
    // What was decided before the restart is not decided again.
    CHECK(node.ledger->transaction_count() == 3);
}

TEST_CASE("ledger: a clock that was set back does not repeat slots", "[devnet]") {
    const TemporaryDirectory directory(memory_directory());
    std::uint64_t slot = 0;
    {
        FakeNode node(ledger_options(directory.path()));
        node.clock.advance(1h);
        REQUIRE(node.fund(fixed_key(1).public_key(), kCredit) == "ok");
        slot = node.ledger->view(Commitment::Processed).slot;
    }
    FakeNode node(ledger_options(directory.path()));
    CHECK(node.ledger->view(Commitment::Processed).slot == slot + 1);
    CHECK(node.fund(fixed_key(1).public_key(), kCredit) == "ok");
}

TEST_CASE("ledger: two nodes that are sent the same make the same ledger", "[devnet]") {
    const auto live = [](const std::filesystem::path& path) {
        FakeNode node(ledger_options(path));
        const Keypair alice = fixed_key(1);
        REQUIRE(node.fund(alice.public_key(), 100 * kCredit) == "ok");
        const ledger::InstructionBuilder builder(node.ledger->deployment().addresses, alice.public_key());
        REQUIRE(node.send(alice, {builder.make(ledger::ix::InitGlobalState{})}) == "ok");
        node.clock.advance(1s);
        CHECK(node.send(alice, {builder.make(ledger::ix::CreateLocation{"a b", "", "US", 0, 0, 0}, 1)}) ==
              "InvalidAccountCode (19): " +
                  std::string(sentence_of(ledger::ProgramError::InvalidAccountCode)));
        REQUIRE(node.send(alice, {builder.make(ledger::ix::CreateLocation{"ab", "", "US", 0, 0, 0}, 1)}) ==
                "ok");
        node.clock.advance(1s);
        return std::pair(node.ledger->dump(), node.ledger->latest_blockhash());
    };
    const TemporaryDirectory one(memory_directory());
    const TemporaryDirectory two(memory_directory());
    const auto first = live(one.path());
    CHECK(first == live(two.path()));
    CHECK(first.first.find("executable") != std::string::npos);
}

TEST_CASE("ledger: one of another program is refused", "[devnet]") {
    const TemporaryDirectory directory(memory_directory());
    {
        FakeNode node(ledger_options(directory.path()));
    }
    EventLoop loop;
    FakeClock clock(loop);
    auto options = ledger_options(directory.path());
    options.program = fixed_key(9).public_key();
    const auto opened = Ledger::open(loop, clock, options);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == Errc::BadValue);
}

TEST_CASE("seed: the demonstration network is complete, and seeding again adds nothing", "[devnet]") {
    const TemporaryDirectory directory(memory_directory());
    FakeNode node(ledger_options(directory / "ledger"));
    const auto keys = open_demo_keys(directory / "keys").value();
    REQUIRE(node.run(seed_demo(*node.ledger, node.clock, keys, Log::none())));

    std::vector<ledger::KeyedAccount> accounts;
    node.ledger->accounts().visit_owned(
        node.ledger->deployment().program(), node.ledger->accounts().newest(),
        [&](const PublicKey& key, const AccountState& state) {
            accounts.push_back({key, {state.data, state.owner, Lamports{state.lamports}, false, 0}});
        });
    const auto snapshot = ledger::Snapshot::from(accounts, Slot{1}, ledger::Scope::Catalogue);
    CHECK(snapshot.locations().size() == 8);
    CHECK(snapshot.exchanges().size() == 8);
    CHECK(snapshot.devices().size() == 8);
    CHECK(snapshot.global_config()->local_asn == Asn{65000});
    CHECK(snapshot.global_config()->remote_asn == Asn{65342});
    const auto* const device = snapshot.device_by_code("ny5-dz01");
    REQUIRE(device != nullptr);
    CHECK(device->value.public_ip.to_string() == "9.128.0.8");
    CHECK(device->value.dz_prefixes == std::vector{parse_prefix("9.128.0.136/29").value()});
    CHECK(device->value.max_users == 128);
    CHECK(device->value.status == ledger::DeviceStatus::Activated);
    CHECK(device->value.metrics_publisher_pk == keys.publisher.public_key());
    CHECK(device->value.interfaces.size() == 3);
    CHECK(snapshot.location(device->value.location_pk)->code == "ewr");
    CHECK(snapshot.exchange(device->value.exchange_pk)->code == "xewr");

    const std::uint64_t sent = node.ledger->transaction_count();
    const auto again = open_demo_keys(directory / "keys").value();
    CHECK(again.foundation.public_key() == keys.foundation.public_key());
    REQUIRE(node.run(seed_demo(*node.ledger, node.clock, again, Log::none())));
    CHECK(node.ledger->transaction_count() == sent);

    const auto others = open_demo_keys(directory / "other").value();
    const auto refused = node.run(seed_demo(*node.ledger, node.clock, others, Log::none()));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::Permission);
}

TEST_CASE("seed: key files are private", "[devnet]") {
    const TemporaryDirectory directory(memory_directory());
    REQUIRE(open_demo_keys(directory / "keys"));
    for (const auto* name : {"foundation.json", "contributor.json", "publisher.json"}) {
        const auto status = std::filesystem::status(directory / "keys" / name);
        CHECK(status.permissions() ==
              (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
    }
}
