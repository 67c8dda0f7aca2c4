#include "services/telemetry/sink.hpp"

#include <fmt/format.h>

#include <limits>
#include <utility>

#include "ledger/instruction_builder.hpp"

namespace dz::telemetry {

namespace {

using ledger::Receipt;
using ledger::TransactionError;

constexpr Duration kPollInterval = 200ms;
/// A worker is not held up for longer by one transaction.
constexpr Duration kSubmitLimit = 30s;

ledger::SubmitOptions submit_options() {
    ledger::SubmitOptions options;
    options.poll_interval = kPollInterval;
    options.timeout = kSubmitLimit;
    return options;
}

/// Why a transaction fails as a whole.
Error failure_of(const TransactionError& error, const ledger::Keypair& publisher) {
    const bool unpaid = error.name == "AccountNotFound" || error.name == "InsufficientFundsForFee" ||
                        error.name == "InsufficientFundsForRent";
    if (!unpaid) return {Errc::Unavailable, ledger::describe(error), 0};
    return {Errc::Permission,
            fmt::format("the metrics publisher {} cannot pay ({}): send it some credits",
                        publisher.public_key().to_string(), error.name),
            0};
}

Error refusal_of(const TransactionError& error) {
    return {Errc::Rejected, ledger::describe(error), static_cast<long>(error.custom.value_or(0))};
}

/// The writes of a batch that are still to be done, and where their results go.
struct Remaining {
    std::vector<Write> writes;
    std::vector<std::size_t> places;

    void drop(std::size_t index) {
        writes.erase(writes.begin() + static_cast<std::ptrdiff_t>(index));
        places.erase(places.begin() + static_cast<std::ptrdiff_t>(index));
    }
};

}  // namespace

std::vector<ledger::TransactionInstruction> LedgerSink::instructions(const std::vector<Write>& writes) const {
    const ledger::InstructionBuilder builder(addresses_, publisher_.public_key());
    std::vector<ledger::TransactionInstruction> out;
    for (const Write& write : writes) {
        const ledger::ix::SetUserBgpStatus status{
            .bgp_status = write.status, .bgp_rtt_ns = static_cast<std::uint64_t>(write.rtt.count())};
        out.push_back(builder.make(status, ledger::UserAccounts{.user = write.user, .device = device_}));
    }
    return out;
}

/// What would become of the transaction.
Task<Result<std::optional<TransactionError>>> LedgerSink::try_out(const std::vector<Write>& writes) {
    auto all = ledger::encode(submit_options().budget);
    std::ranges::move(instructions(writes), std::back_inserter(all));
    CO_TRY(const auto latest, co_await rpc_.latest_blockhash(ledger::Commitment::Confirmed));
    CO_TRY(auto message, ledger::compile(publisher_.public_key(), all, latest.value.blockhash));
    CO_TRY(const auto transaction, ledger::sign(std::move(message), publisher_));
    CO_TRY(auto simulation,
           co_await rpc_.simulate_transaction(ledger::encode(transaction), ledger::Commitment::Confirmed));
    co_return std::move(simulation.value.error);
}

Task<std::vector<Result<Receipt>>> LedgerSink::write(std::vector<Write> writes) {
    const std::size_t prelude = ledger::encode(submit_options().budget).size();
    std::vector<Result<Receipt>> results(writes.size());
    Remaining rest{.writes = std::move(writes), .places = {}};
    for (std::size_t i = 0; i < results.size(); ++i) rest.places.push_back(i);

    const auto settle = [&](const Result<Receipt>& result) {
        for (const std::size_t place : rest.places) results[place] = result;
    };
    while (!rest.writes.empty()) {
        const auto trial = co_await try_out(rest.writes);
        if (!trial) {
            settle(std::unexpected(trial.error()));
            co_return results;
        }
        const std::optional<TransactionError>& error = *trial;
        if (!error) break;
        const std::size_t index = error->instruction.value_or(0) - prelude;
        if (!error->instruction || index >= rest.writes.size()) {
            settle(std::unexpected(failure_of(*error, publisher_)));
            co_return results;
        }
        results[rest.places[index]] = std::unexpected(refusal_of(*error));
        rest.drop(index);
    }
    if (rest.writes.empty()) co_return results;

    auto receipt =
        co_await ledger::submit(rpc_, clock_, publisher_, instructions(rest.writes), submit_options());
    // It had passed the trial, so whatever stopped it came in between: the next trial will tell which one.
    if (!receipt && receipt.error().code == Errc::Rejected) receipt.error().code = Errc::Unavailable;
    settle(receipt);
    co_return results;
}

Task<std::vector<Result<Receipt>>> PrintSink::write(std::vector<Write> writes) {
    // Later than any slot, so that the ledger, which knows nothing of it, is not believed to be newer.
    const Receipt receipt{.signature = {}, .slot = {std::numeric_limits<std::uint64_t>::max()}};
    for (const Write& write : writes) fmt::print(out_, "{}\n", to_text(write));
    std::fflush(out_);
    co_return std::vector<Result<Receipt>>(writes.size(), receipt);
}

}  // namespace dz::telemetry
