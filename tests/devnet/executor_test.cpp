#include "chain/devnet/executor.hpp"

#include <catch2/catch.hpp>

#include "ledger/limits.hpp"
#include "tests/program/world.hpp"

using namespace dz;
using namespace dz::test;
using ledger::system_transfer;

namespace {

TransactionInstruction budget(std::optional<std::uint32_t> limit, std::optional<std::uint64_t> price) {
    return ledger::encode(ledger::ComputeBudget{limit, price, {}}).front();
}

TransactionInstruction to_system(std::vector<ledger::AccountMeta> accounts, const Bytes& data) {
    return {ledger::kSystemProgram, std::move(accounts), data};
}

}  // namespace

TEST_CASE("executor: a signature costs 5000 lamports and priority its price", "[devnet]") {
    World world;
    const auto transfer = [&] { return system_transfer(world.pk("a"), world.pk("b"), Lamports{1}); };
    REQUIRE(world.send("a", transfer()) == "ok");
    CHECK(world.balance(world.pk("a")) == kStartBalance - 5000 - 1);
    CHECK(world.balance(world.pk("b")) == kStartBalance + 1);
    // Two instructions of 3000 units each, at 50,000 micro-lamports.
    REQUIRE(world.send("b", {budget({}, 50'000),
                             system_transfer(world.pk("b"), world.pk("a"), Lamports{1})}) == "ok");
    CHECK(world.balance(world.pk("b")) == kStartBalance - 5000 - 300);
    REQUIRE(world.send("c", {budget(1001, {}), ledger::encode(ledger::ComputeBudget{{}, 1, {}}).front(),
                             system_transfer(world.pk("c"), world.pk("c"), Lamports{1})}) == "ok");
    CHECK(world.balance(world.pk("c")) == kStartBalance - 5000 - 1);
}

TEST_CASE("executor: all instructions succeed or none", "[devnet]") {
    World world;
    CHECK(world.send("a", {system_transfer(world.pk("a"), world.pk("b"), Lamports{7}),
                           system_transfer(world.pk("a"), world.pk("b"), Lamports{2 * kStartBalance})}) ==
          "1 InvalidOwnerPubkey");  // the system program's 1: insufficient lamports
    CHECK(world.balance(world.pk("b")) == kStartBalance);
    CHECK(world.balance(world.pk("a")) == kStartBalance - 5000);
    const auto log = world.log();
    REQUIRE(log.size() >= 2);
    CHECK(log.back() == "Program 11111111111111111111111111111111 failed: custom program error: 0x1");
    CHECK(log[log.size() - 2] == fmt::format("Transfer: insufficient lamports {}, need {}",
                                             kStartBalance - 5000 - 7, 2 * kStartBalance));
}

TEST_CASE("executor: what cannot be loaded lands, pays and does nothing", "[devnet]") {
    World world;
    const auto spent = [&](const std::string& name) { return kStartBalance - world.balance(world.pk(name)); };
    const TransactionInstruction nowhere{Keypair::generate().public_key(), {}, {1}};
    CHECK(world.send("a", {system_transfer(world.pk("a"), world.pk("x"), Lamports{kCredit}), nowhere}) ==
          "ProgramAccountNotFound");
    CHECK(spent("a") == 5000);
    const TransactionInstruction wallet{world.pk("x"), {}, {1}};
    CHECK(world.send("b", wallet) == "InvalidProgramForExecution");
    CHECK(spent("b") == 5000);
    // Two wallets and two programs: 64 bytes each, and the programs' 14 and 22 bytes of name.
    const auto limited = [&](const std::string& payer, std::uint32_t bytes) {
        auto all = ledger::encode(ledger::ComputeBudget{{}, {}, {}, bytes});
        all.push_back(system_transfer(world.pk(payer), world.pk("x"), Lamports{1}));
        return world.send(payer, all);
    };
    CHECK(limited("c", 291) == "MaxLoadedAccountsDataSizeExceeded");
    CHECK(spent("c") == 5000);
    CHECK(limited("d", 292) == "ok");
}

TEST_CASE("executor: senseless budgets do not land", "[devnet]") {
    World world;
    const auto error = [&](const std::vector<TransactionInstruction>& instructions) {
        return world.send("a", instructions);
    };
    CHECK(error({budget(1, {}), budget(2, {})}) == "DuplicateInstruction");
    CHECK(error(ledger::encode(ledger::ComputeBudget{{}, {}, 1})) == "InvalidInstructionData");
    CHECK(error(ledger::encode(ledger::ComputeBudget{{}, {}, {}, 0})) ==
          "InvalidLoadedAccountsDataSizeLimit");
    CHECK(world.balance(world.pk("a")) == kStartBalance);
}

TEST_CASE("executor: version 0 runs like legacy, and what it looks up is not found", "[devnet]") {
    World world;
    const Keypair& payer = world.key("a");
    const std::vector transfer = {system_transfer(world.pk("a"), world.pk("b"), Lamports{5})};
    auto message = ledger::compile(world.pk("a"), transfer, {}, ledger::MessageVersion::V0).value();
    CHECK_FALSE(world.land(ledger::sign(message, payer).value()));
    CHECK(world.balance(world.pk("b")) == kStartBalance + 5);

    const auto error = [&](const PublicKey& table) {
        message.lookups = {{table, {0}, {}}};
        return world.land(ledger::sign(message, payer).value())->name;
    };
    const PublicKey table = Keypair::generate().public_key();
    const std::uint64_t before = world.balance(world.pk("a"));
    CHECK(error(table) == "AddressLookupTableNotFound");
    CHECK(error(world.pk("b")) == "InvalidAddressLookupTableOwner");
    const auto program = PublicKey::parse("AddressLookupTab1e1111111111111111111111111").value();
    world.put(table, {kCredit, program, Bytes(56), false});
    CHECK(error(table) == "InvalidAddressLookupTableData");
    CHECK(world.balance(world.pk("a")) == before);
}

TEST_CASE("executor: what cannot pay its fee does not land", "[devnet]") {
    World world;
    world.put(world.pk("poor"), {4000, ledger::kSystemProgram, {}, false});
    CHECK(world.send("poor", system_transfer(world.pk("poor"), world.pk("b"), Lamports{1})) ==
          "InsufficientFundsForFee");
    CHECK(world.balance(world.pk("poor")) == 4000);
    const auto data = world.as("x").make(ix::InitGlobalState{});
    world.put(world.pk("program owned"), {kCredit, world.addresses().program(), {1, 2}, false});
    CHECK(world.send("program owned", world.as("program owned").make(ix::InitGlobalState{})) ==
          "InvalidAccountForFee");
    CHECK(data.accounts.size() == 4);
}

TEST_CASE("executor: no account is left below its rent-exempt minimum", "[devnet]") {
    World world;
    const PublicKey fresh = Keypair::generate().public_key();
    CHECK(world.send("a",
                     system_transfer(world.pk("a"), fresh, Lamports{ledger::rent_exempt_lamports(0) - 1})) ==
          "InsufficientFundsForRent");
    CHECK_FALSE(world.exists(fresh));
    const std::vector too_little = {system_transfer(world.pk("a"), fresh, Lamports{1})};
    const auto error = world.land(
        ledger::sign(ledger::compile(world.pk("a"), too_little, {}).value(), world.key("a")).value());
    CHECK(json::dump(to_json(error.value())) == R"({"InsufficientFundsForRent":{"account_index":1}})");
    CHECK(world.send("a", system_transfer(world.pk("a"), fresh, Lamports{ledger::rent_exempt_lamports(0)})) ==
          "ok");
    // To the last lamport is no account any more.
    CHECK(world.send("b", system_transfer(world.pk("b"), world.pk("a"), Lamports{kStartBalance - 5000})) ==
          "ok");
    CHECK_FALSE(world.exists(world.pk("b")));
}

TEST_CASE("executor: compute units run out", "[devnet]") {
    World world;
    CHECK(world.send("a", {budget(100, {}), system_transfer(world.pk("a"), world.pk("b"), Lamports{1})}) ==
          "ComputationalBudgetExceeded");
    CHECK(world.balance(world.pk("b")) == kStartBalance);
    CHECK(world.balance(world.pk("a")) == kStartBalance - 5000);
    CHECK(world.log().back() ==
          "Program ComputeBudget111111111111111111111111111111 failed: Computational budget exceeded");
    CHECK(world.send("a", {budget(300, {}), system_transfer(world.pk("a"), world.pk("b"), Lamports{1})}) ==
          "ok");
}

TEST_CASE("executor: a read-only account is not written, whatever the program", "[devnet]") {
    World world;
    auto transfer = system_transfer(world.pk("a"), world.pk("b"), Lamports{1});
    transfer.accounts[1].writable = false;
    CHECK(world.send("a", transfer) == "ReadonlyLamportChange");
    Network network;
    REQUIRE(network.set_pass("alice", ip(9, 128, 0, 100)) == "ok");
    auto close =
        network.as("foundation").make(ix::CloseResource{}, {network.addresses().vrf_ids(), network.pk("b")});
    close.accounts[1].writable = false;
    CHECK(network.send("foundation", close) == "ReadonlyLamportChange");
}

TEST_CASE("system program: accounts are made and assigned by their signer only", "[devnet]") {
    World world;
    const auto create =
        bytes::Writer().u32(0).u64(kCredit).u64(10).raw(world.addresses().program().view()).take();
    const PublicKey target = world.pk("target");
    CHECK(world.send("a", to_system({ledger::signer(world.pk("a")), ledger::writable(target)}, create)) ==
          "MissingRequiredSignature");
    const auto assign = bytes::Writer().u32(1).raw(world.addresses().program().view()).take();
    CHECK(world.send("a", to_system({ledger::writable(target)}, assign)) == "MissingRequiredSignature");
    CHECK(world.send("a", to_system({ledger::signer(world.pk("a"))}, assign)) == "ok");
    CHECK(world.account(world.pk("a")).owner == world.addresses().program());
    CHECK(world.send("b", to_system({ledger::signer(world.pk("b"))}, {9, 0, 0, 0})) ==
          "InvalidInstructionData");
    CHECK(world.send("b", to_system({ledger::signer(world.pk("b"))}, {2})) == "InvalidInstructionData");
    CHECK(world.send("b", to_system({ledger::signer(world.pk("b"))}, bytes::Writer().u32(2).u64(1).take())) ==
          "NotEnoughAccountKeys");
}

TEST_CASE("executor: the log tells what each program did", "[devnet]") {
    Network world;
    CHECK(world.create_user("alice", ip(9, 128, 0, 100)) == "53 AccessPassNotFound");
    const std::string id = world.addresses().program().to_string();
    CHECK(world.log() == std::vector<std::string>{"Program " + id + " invoke [1]",
                                                  "Program log: Instruction: CreateUser",
                                                  "Program log: Error: AccessPassNotFound",
                                                  "Program " + id + " consumed 60000 of 200000 compute units",
                                                  "Program " + id + " failed: custom program error: 0x35"});
}
