// tests/devnet/node.hpp: a ledger that runs on a loop of its own, for tests.
#pragma once

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <filesystem>

#include "base/run.hpp"
#include "chain/devnet/ledger.hpp"
#include "ledger/environment.hpp"
#include "ledger/keypair.hpp"

namespace dz::test {

inline devnet::LedgerOptions ledger_options(const std::filesystem::path& directory) {
    devnet::LedgerOptions options;
    options.directory = directory;
    // On disk is confirmed, so that a test need not move the clock after each transaction.
    options.confirm_after = 0;
    options.program = ledger::find_environment("local").value()->serviceability;
    return options;
}

/// `ClockType` is FakeClock, where slots pass only when told to, or SystemClock.
template <class ClockType>
struct Node {
    /// `start`: where a FakeClock begins, to live through a restart.
    template <class... Start>
    explicit Node(devnet::LedgerOptions options, Start... start) : clock(loop, start...) {
        auto opened = devnet::Ledger::open(loop, clock, std::move(options));
        if (!opened) FAIL(opened.error().text);
        ledger = *std::move(opened);
        boost::asio::co_spawn(loop, ledger->run(), [this](std::exception_ptr, Result<> outcome) {
            ended = true;
            CHECK(outcome);
        });
    }
    ~Node() {
        ledger->stop();
        loop.restart();
        while (!ended && loop.run_one() != 0) {
        }
    }
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;

    template <class T>
    T run(Task<T> task) {
        return dz::run(loop, std::move(task));
    }

    ledger::Transaction sign(const ledger::Keypair& payer,
                             const std::vector<ledger::TransactionInstruction>& what) {
        auto message = ledger::compile(payer.public_key(), what, ledger->latest_blockhash());
        return ledger::sign(*std::move(message), payer).value();
    }
    /// Sends, waits for the disk and says what became of it.
    std::string send(const ledger::Keypair& payer, const std::vector<ledger::TransactionInstruction>& what) {
        const auto transaction = sign(payer, what);
        REQUIRE(ledger->submit(transaction));
        return wait(transaction.id());
    }
    std::string wait(const ledger::Signature& signature) {
        if (!run(ledger->stored(signature, clock.now() + 10s))) return "not decided";
        const auto status = ledger->status(signature);
        REQUIRE(status);
        return status->error ? describe(*status->error) : "ok";
    }
    std::string fund(const ledger::PublicKey& key, std::uint64_t lamports) {
        return wait(ledger->airdrop(key, lamports).value());
    }
    std::uint64_t balance(const ledger::PublicKey& key, ledger::Commitment commitment) {
        const auto account = ledger->account(key, ledger->view(commitment));
        return account ? account->lamports : 0;
    }

    EventLoop loop{1};
    ClockType clock;
    std::unique_ptr<devnet::Ledger> ledger;
    bool ended = false;
};

/// A key that is the same in every run.
inline ledger::Keypair fixed_key(std::uint8_t number) {
    std::array<std::uint8_t, ledger::Keypair::kSeedSize> seed{};
    seed[0] = number;
    return ledger::Keypair::from_seed(seed);
}

}  // namespace dz::test
