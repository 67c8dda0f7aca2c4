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
    // One instruction that pays for units: 200000 of them at 1500 micro-lamports.
    REQUIRE(world.send("b", {budget({}, 1500), system_transfer(world.pk("b"), world.pk("a"), Lamports{1})}) ==
            "ok");
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
    CHECK(world.log().back() == "Program 11111111111111111111111111111111 failed: custom program error: 0x1");
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
    CHECK(world.send("a", system_transfer(world.pk("a"), fresh, Lamports{ledger::rent_exempt_lamports(0)})) ==
          "ok");
    // To the last lamport is no account any more.
    CHECK(world.send("b", system_transfer(world.pk("b"), world.pk("a"), Lamports{kStartBalance - 5000})) ==
          "ok");
    CHECK_FALSE(world.exists(world.pk("b")));
}

TEST_CASE("executor: unknown programs and accounts that are none do not run", "[devnet]") {
    World world;
    const TransactionInstruction nowhere{Keypair::generate().public_key(), {}, {1}};
    CHECK(world.send("a", nowhere) == "ProgramAccountNotFound");
    const TransactionInstruction wallet{world.pk("b"), {}, {1}};
    CHECK(world.send("a", wallet) == "InvalidProgramForExecution");
}

TEST_CASE("executor: compute units run out", "[devnet]") {
    World world;
    CHECK(world.send("a", {budget(100, {}), system_transfer(world.pk("a"), world.pk("b"), Lamports{1})}) ==
          "ComputationalBudgetExceeded");
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
