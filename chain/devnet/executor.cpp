#include "chain/devnet/executor.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "chain/devnet/runtime_checks.hpp"
#include "chain/devnet/system_program.hpp"
#include "ledger/limits.hpp"

namespace dz::devnet {

using ledger::CompiledInstruction;
using ledger::Message;
using ledger::TransactionError;
using program::AccountRef;
using program::Fault;
using program::Outcome;

namespace {

constexpr std::uint32_t kComputeBudgetUnits = 150;
constexpr std::uint64_t kMicroLamports = 1'000'000;

TransactionError whole(std::string name) {
    return {std::nullopt, std::nullopt, std::move(name)};
}

std::uint32_t unit_limit(const Message& message, const ledger::ComputeBudget& budget) {
    if (budget.unit_limit) return std::min(*budget.unit_limit, kMaxUnits);
    const auto paying =
        std::ranges::count_if(message.instructions, [&](const CompiledInstruction& instruction) {
            return message.keys[instruction.program] != ledger::kComputeBudgetProgram;
        });
    const std::uint64_t units = static_cast<std::uint64_t>(paying) * kDefaultUnitsPerInstruction;
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(units, kMaxUnits));
}

/// One transaction on its way through the executor.
class Run {
  public:
    Run(const Message& message, const AccountSource& source, program::Now now,
        const program::Deployment& deployment, Execution& out)
        : message_(message), now_(now), deployment_(deployment), out_(out) {
        accounts_.reserve(message.keys.size());
        for (std::size_t i = 0; i < message.keys.size(); ++i) {
            AccountPointer state = source(message.keys[i]);
            // Clients flag programs writable; that never means anything.
            const bool writable = message.is_writable(i) && !(state && state->executable);
            accounts_.push_back(
                {program::Cell(message.keys[i], state), message.is_signer(i), writable, state});
        }
    }

    /// Why the transaction may not land at all.
    std::optional<TransactionError> admit() {
        const auto budget = ledger::compute_budget(message_);
        if (!budget) return TransactionError::of(0, ledger::BuiltinError::InvalidInstructionData);
        for (const CompiledInstruction& instruction : message_.instructions) {
            const LoadedAccount& callee = accounts_[instruction.program];
            if (!callee.original) return whole("ProgramAccountNotFound");
            if (!callee.original->executable) return whole("InvalidProgramForExecution");
        }
        limit_ = unit_limit(message_, *budget);
        return take_fee(fee_of(message_, *budget));
    }

    void run() {
        for (std::size_t i = 0; i < message_.instructions.size(); ++i) {
            const auto outcome = run_instruction(message_.instructions[i]);
            if (outcome) continue;
            out_.error = outcome.error().at(static_cast<std::uint32_t>(i));
            return;
        }
        if (find_rent_paying(accounts_)) out_.error = whole("InsufficientFundsForRent");
    }

    void collect_writes() {
        if (out_.error) {
            out_.writes.emplace_back(message_.fee_payer(), after_fee_);
            return;
        }
        for (const LoadedAccount& account : accounts_) {
            const AccountPointer& state = account.cell.pointer();
            if (state == account.original) continue;
            const bool was_there = account.original != nullptr;
            if (was_there ? *account.original == *state : *state == AccountState{}) continue;
            out_.writes.emplace_back(account.cell.key(), state);
        }
    }

  private:
    std::optional<TransactionError> take_fee(std::uint64_t fee) {
        LoadedAccount& payer = accounts_.front();
        if (!payer.original) return whole("AccountNotFound");
        const AccountState& state = *payer.original;
        if (state.owner != ledger::kSystemProgram || !state.data.empty())
            return whole("InvalidAccountForFee");
        if (state.lamports < fee) return whole("InsufficientFundsForFee");
        const std::uint64_t rest = state.lamports - fee;
        const std::uint64_t minimum = ledger::rent_exempt_lamports(0);
        if (rest != 0 && rest < minimum && state.lamports >= minimum)
            return whole("InsufficientFundsForRent");
        payer.cell.change().lamports = rest;
        payer.cell.accept();
        after_fee_ = payer.cell.pointer();
        out_.fee = fee;
        return std::nullopt;
    }

    Outcome run_instruction(const CompiledInstruction& instruction) {
        const PublicKey& callee = message_.keys[instruction.program];
        out_.log.push_back(fmt::format("Program {} invoke [1]", callee.to_string()));
        Outcome outcome = call(instruction, callee);
        if (outcome) outcome = check_instruction(accounts_, callee);
        if (!outcome) {
            out_.log.push_back(
                fmt::format("Program {} failed: {}", callee.to_string(), outcome.error().runtime_text()));
            return outcome;
        }
        for (LoadedAccount& account : accounts_) account.cell.accept();
        out_.log.push_back(fmt::format("Program {} success", callee.to_string()));
        return {};
    }

    Outcome call(const CompiledInstruction& instruction, const PublicKey& callee) {
        if (callee == ledger::kComputeBudgetProgram) return consume(kComputeBudgetUnits);
        std::vector<AccountRef> accounts;
        accounts.reserve(instruction.accounts.size());
        for (const std::uint8_t position : instruction.accounts) {
            LoadedAccount& account = accounts_[position];
            accounts.push_back({&account.cell, account.signer, account.writable});
        }
        if (callee == ledger::kSystemProgram) {
            TRY_OK(consume(kSystemUnits));
            return process_system(accounts, instruction.data);
        }
        if (callee == deployment_.program()) return call_program(accounts, instruction.data);
        return program::reject_runtime("UnsupportedProgramId", callee.to_string());
    }

    Outcome call_program(const std::vector<AccountRef>& accounts, ByteView data) {
        const std::uint32_t units = program::compute_units(data);
        const std::uint64_t left = limit_ - out_.units;
        TRY_OK(consume(units));
        std::vector<std::string> lines;
        auto outcome = program::process(deployment_, accounts, data, now_, lines);
        for (const std::string& line : lines) out_.log.push_back("Program log: " + line);
        out_.log.push_back(fmt::format("Program {} consumed {} of {} compute units",
                                       deployment_.program().to_string(), units, left));
        return outcome;
    }

    Outcome consume(std::uint32_t units) {
        if (units > limit_ - out_.units) {
            out_.units = limit_;
            return program::reject_runtime("ComputationalBudgetExceeded", "out of compute units");
        }
        out_.units += units;
        return {};
    }

    const Message& message_;
    program::Now now_;
    const program::Deployment& deployment_;
    Execution& out_;
    std::vector<LoadedAccount> accounts_;
    AccountPointer after_fee_;
    std::uint64_t limit_ = 0;
};

}  // namespace

std::uint64_t fee_of(const Message& message, const ledger::ComputeBudget& budget) {
    const std::uint64_t signatures = message.required_signatures * kLamportsPerSignature;
    const u128 priority = u128{budget.unit_price.value_or(0)} * unit_limit(message, budget);
    const u128 rounded = (priority + kMicroLamports - 1) / kMicroLamports;
    const u128 fee = signatures + rounded;
    constexpr std::uint64_t kMax = ~std::uint64_t{0};
    return fee > kMax ? kMax : static_cast<std::uint64_t>(fee);
}

Execution execute(const ledger::Transaction& transaction, const AccountSource& accounts, program::Now now,
                  const program::Deployment& deployment) {
    Execution out;
    Run run(transaction.message, accounts, now, deployment, out);
    out.error = run.admit();
    if (out.error) {
        out.lands = false;
        return out;
    }
    run.run();
    run.collect_writes();
    return out;
}

}  // namespace dz::devnet
