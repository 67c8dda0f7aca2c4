#include "chain/devnet/executor.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "chain/devnet/runtime_checks.hpp"
#include "chain/devnet/system_program.hpp"
#include "chain/devnet/unit_costs.hpp"
#include "ledger/limits.hpp"

namespace dz::devnet {

using namespace ledger::literals;
using ledger::CompiledInstruction;
using ledger::Message;
using ledger::TransactionError;
using program::AccountRef;
using program::Outcome;

namespace {

constexpr PublicKey kAddressLookupProgram = "AddressLookupTab1e1111111111111111111111111"_key;

TransactionError too_poor(std::size_t account) {
    return TransactionError::whole("InsufficientFundsForRent", static_cast<std::uint32_t>(account));
}

/// One transaction on its way through the executor.
class Run {
  public:
    Run(const Message& message, const AccountSource& source, program::Now now,
        const program::Deployment& deployment, const FeeTerms& terms, Execution& out)
        : message_(message), now_(now), deployment_(deployment), terms_(terms), out_(out) {
        accounts_.reserve(message.keys.size());
        for (std::size_t i = 0; i < message.keys.size(); ++i) {
            AccountPointer state = source(message.keys[i]);
            // Clients flag programs writable; that never means anything.
            const bool writable = message.is_writable(i) && !(state && state->executable);
            accounts_.push_back(
                {program::Cell(message.keys[i], state), message.is_signer(i), writable, state});
            if (terms_.reserved != nullptr && writable)
                accounts_.back().cell.reserve((*terms_.reserved)(message.keys[i]));
        }
    }

    /// Takes the fee, or sees that it is reserved, or says why the transaction may not land at all.
    std::optional<TransactionError> admit() {
        const auto allowance = allowance_of(message_);
        if (!allowance) return allowance.error();
        allowance_ = *allowance;
        out_.max_fee = fee_of(message_, allowance_).total();
        LoadedAccount& payer = accounts_.front();
        if (auto fault = find_payer_fault(payer.original, out_.max_fee)) return fault;
        if (terms_.reserved != nullptr) {
            out_.uncovered = payer.cell.reserved() < out_.max_fee;
            return std::nullopt;
        }
        payer.cell.change().lamports -= out_.max_fee;
        payer.cell.accept();
        return std::nullopt;
    }

    /// What ends a transaction before its first instruction, its fee paid.
    std::optional<TransactionError> load() {
        for (const LoadedAccount& account : accounts_) {
            if (account.original) out_.loaded_bytes += kLoadedAccountBytes + account.original->data.size();
        }
        if (out_.loaded_bytes > allowance_.loaded_bytes) {
            return TransactionError::whole("MaxLoadedAccountsDataSizeExceeded");
        }
        for (const CompiledInstruction& instruction : message_.instructions) {
            const LoadedAccount& callee = accounts_[instruction.program];
            if (!callee.original) return TransactionError::whole("ProgramAccountNotFound");
            if (!callee.original->executable) return TransactionError::whole("InvalidProgramForExecution");
        }
        return std::nullopt;
    }

    void run() {
        for (std::size_t i = 0; i < message_.instructions.size(); ++i) {
            const auto outcome = run_instruction(message_.instructions[i]);
            if (outcome) continue;
            out_.error = outcome.error().at(static_cast<std::uint32_t>(i));
            return;
        }
        const std::uint64_t due = terms_.reserved != nullptr ? out_.max_fee : 0;
        if (const auto poor = find_rent_paying(accounts_, due)) out_.error = too_poor(*poor);
    }

    /// What was used is paid, after success and failure alike. What of the maximum was not is the payer's
    /// again; where it was reserved, it never left.
    void settle() {
        out_.fee = charge_of(message_, allowance_, out_.units, terms_.charging).total();
        LoadedAccount& payer = accounts_.front();
        if (out_.error) {
            auto after = std::make_shared<AccountState>(*payer.original);
            after->lamports -= out_.fee;
            after_fee_ = std::move(after);
            return;
        }
        const std::uint64_t taken = terms_.reserved != nullptr ? 0 : out_.max_fee;
        if (taken == out_.fee) return;
        AccountState& state = payer.cell.change();
        state.lamports = state.lamports + taken - out_.fee;
        payer.cell.accept();
    }

    void collect_balances() {
        for (const LoadedAccount& account : accounts_) {
            const std::uint64_t before = account.original ? account.original->lamports : 0;
            out_.balances.before.push_back(before);
            out_.balances.after.push_back(out_.error ? before : account.cell.pointer()->lamports);
        }
        if (out_.error) out_.balances.after.front() = after_fee_->lamports;
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
        if (callee == ledger::kComputeBudgetProgram) return consume(kBuiltinUnits);
        std::vector<AccountRef> accounts;
        accounts.reserve(instruction.accounts.size());
        for (const std::uint8_t position : instruction.accounts) {
            LoadedAccount& account = accounts_[position];
            accounts.push_back({&account.cell, account.signer, account.writable});
        }
        if (callee == ledger::kSystemProgram) {
            TRY_OK(consume(kBuiltinUnits));
            auto outcome = process_system(accounts, instruction.data);
            if (!outcome && !outcome.error().text.empty()) out_.log.push_back(outcome.error().text);
            return outcome;
        }
        if (callee == deployment_.program()) return call_program(accounts, instruction.data);
        return program::reject_runtime("UnsupportedProgramId", callee.to_string());
    }

    Outcome call_program(const std::vector<AccountRef>& accounts, ByteView data) {
        const std::uint32_t units = program_units(data);
        const std::uint64_t left = allowance_.units - out_.units;
        TRY_OK(consume(units));
        std::vector<std::string> lines;
        auto outcome = program::process(deployment_, accounts, data, now_, lines);
        for (const std::string& line : lines) out_.log.push_back("Program log: " + line);
        out_.log.push_back(fmt::format("Program {} consumed {} of {} compute units",
                                       deployment_.program().to_string(), units, left));
        return outcome;
    }

    Outcome consume(std::uint32_t units) {
        if (units > allowance_.units - out_.units) {
            out_.units = allowance_.units;
            return program::reject_runtime("ComputationalBudgetExceeded", "out of compute units");
        }
        out_.units += units;
        return {};
    }

    const Message& message_;
    program::Now now_;
    const program::Deployment& deployment_;
    const FeeTerms& terms_;
    Execution& out_;
    std::vector<LoadedAccount> accounts_;
    AccountPointer after_fee_;
    Allowance allowance_;
};

}  // namespace

std::optional<TransactionError> find_bad_lookup(const Message& message, const AccountSource& accounts) {
    if (message.lookups.empty()) return std::nullopt;
    const AccountPointer table = accounts(message.lookups.front().table);
    if (!table) return TransactionError::whole("AddressLookupTableNotFound");
    if (table->owner != kAddressLookupProgram)
        return TransactionError::whole("InvalidAddressLookupTableOwner");
    // The program that fills tables is not deployed here: this one has never been filled.
    return TransactionError::whole("InvalidAddressLookupTableData");
}

std::optional<TransactionError> find_payer_fault(const AccountPointer& payer, std::uint64_t fee) {
    if (!payer) return TransactionError::whole("AccountNotFound");
    if (payer->owner != ledger::kSystemProgram || !payer->data.empty())
        return TransactionError::whole("InvalidAccountForFee");
    if (payer->lamports < fee) return TransactionError::whole("InsufficientFundsForFee");
    const std::uint64_t rest = payer->lamports - fee;
    const std::uint64_t minimum = ledger::rent_exempt_lamports(0);
    if (rest != 0 && rest < minimum && payer->lamports >= minimum) return too_poor(0);
    return std::nullopt;
}

Execution execute(const ledger::Transaction& transaction, const AccountSource& accounts, program::Now now,
                  const program::Deployment& deployment, const FeeTerms& terms) {
    Execution out;
    out.error = find_bad_lookup(transaction.message, accounts);
    out.lands = !out.error;
    if (!out.lands) return out;
    Run run(transaction.message, accounts, now, deployment, terms, out);
    out.error = run.admit();
    out.lands = !out.error;
    if (!out.lands || out.uncovered) return out;
    out.error = run.load();
    if (!out.error) run.run();
    run.settle();
    run.collect_balances();
    run.collect_writes();
    return out;
}

}  // namespace dz::devnet
