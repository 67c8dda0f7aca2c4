// links: dz::devnet
// reservations_bench.cpp: what it costs to reserve a block's fees, to keep an over-committed pool out of it,
// and what a second thread saves where payers have nothing in common.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>

#include "chain/reservations/prepack.hpp"
#include "tests/devnet/bank.hpp"

namespace {

using namespace dz;
using namespace dz::test;

constexpr std::uint32_t kTransactions = 10'000;

/// Transfers of so many payers in turns, each to an account of its own.
struct Load {
    explicit Load(std::uint32_t payers) : payer_count(payers) {
        for (std::uint32_t i = 0; i < kTransactions; ++i) {
            const PublicKey payer = bank_key(i % payers);
            transactions.push_back(to_transaction(
                {payer, {{payer, bank_key(1'000'000 + i % payers), 1'000'000}}, 10'000, 1000}));
        }
        for (const auto& one : transactions) candidates.push_back({&one, {100, 5, 1'700'000'000}});
    }
    void fund(Bank& bank) const {
        for (std::uint32_t i = 0; i < payer_count; ++i) bank.give(bank_key(i), 1'000'000'000'000);
    }

    std::uint32_t payer_count;
    std::vector<ledger::Transaction> transactions;
    std::vector<Candidate> candidates;
};

template <class Work>
double seconds(Work work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

void execute(Bank& bank, const Load& load) {
    const auto result = bank.runner().run(
        load.candidates, [&](const PublicKey& key) { return bank.find(key); }, bank.deployment());
    const auto* const outcome = std::get_if<EntryOutcome>(&result);
    DZ_ASSERT(outcome != nullptr && !outcome->executions.back().error);
}

/// All that a session adds to a block: its plan, Begin, a release for each transaction, End.
void reserve(const Bank& bank, const Load& load) {
    reservations::Session session;
    const auto plan = plan_of(load.candidates).value();
    const auto begun = session.begin(plan, [&](const reservations::Address& address) {
        PublicKey key;
        std::ranges::copy(address.view(), key.bytes.begin());
        return std::optional(reservations::Account{address, bank.balance(key)});
    });
    DZ_ASSERT(begun);
    for (const auto& one : load.transactions) {
        const auto payer = plan_address(one.message.fee_payer());
        const reservations::Amount cost = max_fee_of(one.message).value();
        DZ_ASSERT(session.cover(payer, cost) && session.release(payer, cost));
    }
    DZ_ASSERT(session.end());
}

/// A thousand payers with ten transactions each.
void overhead(benchmark::State& state) {
    const Load load(1000);
    Bank bank(kBefore);
    load.fund(bank);
    std::vector<double> reserving;
    std::vector<double> executing;
    for (auto _ : state) {
        // In turns, so that a machine that changes its pace changes both.
        executing.push_back(seconds([&] { execute(bank, load); }));
        reserving.push_back(seconds([&] { reserve(bank, load); }));
        state.SetIterationTime(executing.back() + reserving.back());
    }
    state.counters["reservations.overhead_pct"] = 100 * median(reserving) / median(executing);
    state.counters["reservations.reserve_10k_ms"] = 1000 * median(reserving);
}
BENCHMARK(overhead)->UseManualTime()->Unit(benchmark::kMillisecond)->MinTime(2);

/// Half of the candidates are admitted.
void prepack(benchmark::State& state) {
    const Load load(1000);
    const reservations::Journal silent(Log::none());
    const reservations::Amount each = max_fee_of(load.transactions.front().message).value();
    std::vector<double> took;
    for (auto _ : state) {
        took.push_back(seconds([&] {
            reservations::PrePack pass(
                [&](const reservations::Address&) {
                    return Result<std::optional<reservations::Amount>>(5 * each);
                },
                {}, silent);
            std::uint32_t admitted = 0;
            for (const auto& one : load.transactions)
                admitted +=
                    pass.admit(plan_address(one.message.fee_payer()), max_fee_of(one.message)) ? 1 : 0;
            DZ_ASSERT(admitted == kTransactions / 2);
        }));
        state.SetIterationTime(took.back());
    }
    state.counters["reservations.prepack_ns"] = 1e9 * median(took) / kTransactions;
}
BENCHMARK(prepack)->UseManualTime()->Unit(benchmark::kMillisecond);

/// Ten thousand payers that have nothing in common, in sessions.
void workers(benchmark::State& state) {
    const Load load(kTransactions);
    Bank one(kAfter, {}, 1);
    Bank two(kAfter, {}, 2);
    load.fund(one);
    load.fund(two);
    std::vector<double> alone;
    std::vector<double> together;
    for (auto _ : state) {
        alone.push_back(seconds([&] { execute(one, load); }));
        together.push_back(seconds([&] { execute(two, load); }));
        state.SetIterationTime(alone.back() + together.back());
    }
    state.counters["reservations.two_workers_times"] = median(alone) / median(together);
    state.counters["reservations.transfers_per_s"] = kTransactions / median(alone);
}
BENCHMARK(workers)->UseManualTime()->Unit(benchmark::kMillisecond)->MinTime(2);

}  // namespace
