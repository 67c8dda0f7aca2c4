// tests/devnet/bank.hpp: accounts in a map and entries of unsigned transfers, for tests of the entry runner.
#pragma once

#include <map>

#include "chain/devnet/entry_runner.hpp"
#include "chain/devnet/genesis.hpp"
#include "ledger/environment.hpp"

namespace dz::test {

using namespace dz::devnet;

/// The same in every run.
inline PublicKey bank_key(std::uint32_t number) {
    PublicKey key;
    key.bytes.fill(0x77);
    for (std::size_t i = 0; i < 4; ++i) key.bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
    return key;
}

struct Transfer {
    PublicKey from, to;
    std::uint64_t lamports = 0;
};

/// A transaction of one payer. Signatures are left out: who runs an entry has looked at them.
struct Order {
    PublicKey payer;
    std::vector<Transfer> transfers;
    std::uint32_t units = 10'000;
    std::uint64_t price = 100'000'000;  ///< micro-lamports
};

inline ledger::Transaction to_transaction(const std::vector<ledger::TransactionInstruction>& work,
                                          const PublicKey& payer, std::uint32_t units, std::uint64_t price) {
    auto instructions = ledger::encode(ledger::ComputeBudget{units, price, {}});
    instructions.insert(instructions.end(), work.begin(), work.end());
    return {{{}}, ledger::compile(payer, instructions, {}).value()};
}

inline ledger::Transaction to_transaction(const Order& order) {
    std::vector<ledger::TransactionInstruction> work;
    for (const Transfer& one : order.transfers)
        work.push_back(ledger::system_transfer(one.from, one.to, Lamports{one.lamports}));
    return to_transaction(work, order.payer, order.units, order.price);
}

/// Legacy rules, and reservations as the law of the network, with the same fees.
inline constexpr FeeRules kBefore{.reserve_from = 1'000'000};
inline constexpr FeeRules kAfter{.reserve_from = 0};

class Bank {
  public:
    explicit Bank(FeeRules rules, reservations::Features features = {}, std::size_t threads = 1,
                  reservations::PlanLimits limits = {})
        : workers_(threads), runner_({rules, features, limits}, workers_, silent_) {
        for (auto& [key, state] : genesis_accounts(deployment_.program())) accounts_[key] = state;
    }

    void give(const PublicKey& key, std::uint64_t lamports) {
        accounts_.erase(key);
        if (lamports == 0) return;
        auto state = std::make_shared<AccountState>();
        state->lamports = lamports;
        accounts_[key] = std::move(state);
    }
    std::uint64_t balance(const PublicKey& key) const {
        const auto found = accounts_.find(key);
        return found == accounts_.end() ? 0 : found->second->lamports;
    }
    const AccountPointer& account(const PublicKey& key) const { return accounts_.at(key); }
    AccountPointer find(const PublicKey& key) const {
        const auto found = accounts_.find(key);
        return found == accounts_.end() ? nullptr : found->second;
    }
    const std::map<PublicKey, AccountPointer>& accounts() const { return accounts_; }
    const program::Deployment& deployment() const { return deployment_; }
    EntryRunner& runner() { return runner_; }

    EntryResult run(const std::vector<ledger::Transaction>& transactions) {
        std::vector<Candidate> candidates;
        for (const auto& one : transactions) candidates.push_back({&one, {100, 5, 1'700'000'000}});
        auto result =
            runner_.run(candidates, [this](const PublicKey& key) { return find(key); }, deployment_);
        if (auto* const outcome = std::get_if<EntryOutcome>(&result)) {
            for (const Execution& one : outcome->executions) apply(one.writes);
        }
        return result;
    }
    EntryResult run(const std::vector<Order>& orders) {
        std::vector<ledger::Transaction> transactions;
        for (const Order& one : orders) transactions.push_back(to_transaction(one));
        return run(transactions);
    }

  private:
    void apply(const std::vector<AccountWrite>& writes) {
        for (const auto& [key, state] : writes) {
            if (state->lamports == 0) {
                accounts_.erase(key);
            } else {
                accounts_[key] = state;
            }
        }
    }

    program::Deployment deployment_{ledger::find_environment("local").value()->serviceability};
    std::map<PublicKey, AccountPointer> accounts_;
    reservations::Journal silent_{Log::none()};
    Workers workers_;
    EntryRunner runner_;
};

/// "ok", "InsufficientFundsForFee (refused)", "custom 1": of each transaction.
inline std::vector<std::string> outcomes(const EntryResult& result) {
    std::vector<std::string> texts;
    for (const Execution& one : std::get<EntryOutcome>(result).executions) {
        std::string text = one.error ? one.error->name : "ok";
        if (one.error && one.error->custom) text = "custom " + std::to_string(*one.error->custom);
        texts.push_back(text + (one.lands ? "" : " (refused)"));
    }
    return texts;
}

}  // namespace dz::test
