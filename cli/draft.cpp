#include "cli/draft.hpp"

#include <fmt/format.h>

#include "cli/failure.hpp"
#include "cli/remedies.hpp"
#include "cli/text.hpp"
#include "cli/transaction_text.hpp"

namespace dz::cli {

namespace {

using ledger::TransactionInstruction;

void print_plan(const Draft& draft, OutputStyle style, std::ostream& out) {
    if (style.machine_readable()) {
        json::Ordered plan{{"payer", draft.payer().to_string()},
                           {"transactions", transactions_json(draft.instructions())}};
        if (draft.account()) plan["account"] = draft.account()->to_string();
        return print_json(out, plan, style);
    }
    out << "Payer: " << draft.payer().to_string() << "\n";
    print_transactions(out, draft.instructions());
}

/// What came of a draft, for people as it happens and for scripts at the end.
struct Outcome {
    std::vector<std::string> signatures;
    std::optional<std::string> status;
};

Task<Result<Outcome>> send_all(const Draft& draft, const WriteOptions& options, Context& context,
                               std::ostream& out) {
    Outcome outcome;
    for (const TransactionInstruction& instruction : draft.instructions()) {
        std::vector<TransactionInstruction> one{instruction};
        const auto receipt = co_await context.submit(std::move(one));
        if (!receipt) {
            const std::string what =
                outcome.signatures.empty()
                    ? "the ledger did not accept the change"
                    : fmt::format("only {} of {} transactions were accepted", outcome.signatures.size(),
                                  draft.instructions().size());
            co_return std::unexpected(refused(context, what, receipt.error()));
        }
        outcome.signatures.push_back(receipt->signature.to_string());
        if (!options.style.machine_readable())
            out << "Signature: " << outcome.signatures.back() << "\n" << std::flush;
    }
    if (!options.wait || !draft.account()) co_return outcome;
    const auto account = co_await context.rpc.account(*draft.account(), ledger::Commitment::Confirmed);
    if (!account) co_return ledger_failure(context, "cannot read the account back", account.error());
    outcome.status = account->value ? draft.status(account->value->data) : "closed";
    co_return outcome;
}

void print_outcome(const Draft& draft, const Outcome& outcome, OutputStyle style, std::ostream& out) {
    if (!style.machine_readable()) {
        if (draft.account()) out << "Account: " << draft.account()->to_string() << "\n";
        if (outcome.status) out << "Status: " << *outcome.status << "\n";
        return;
    }
    json::Ordered object{{"signatures", outcome.signatures}};
    if (draft.account()) object["account"] = draft.account()->to_string();
    if (outcome.status) object["status"] = *outcome.status;
    print_json(out, object, style);
}

}  // namespace

Draft::Draft(Context& context, ledger::InstructionBuilder build, ledger::GlobalState state)
    : context_(&context), build_(std::move(build)), state_(std::move(state)) {}

Task<Result<Draft>> Draft::begin(Context& context, Founded founded) {
    CO_TRY(const ledger::PublicKey payer, context.payer());
    const ledger::PublicKey permission = context.addresses.permission(payer);
    std::vector<ledger::PublicKey> keys{context.addresses.global_state(), permission};
    const auto answer =
        co_await context.rpc.multiple_accounts(std::move(keys), ledger::Commitment::Confirmed);
    if (!answer) co_return ledger_failure(context, "cannot read the ledger", answer.error());
    const auto& state_account = answer->value.at(0);
    if (!state_account && founded == Founded::Yes)
        co_return failure("there is no network on this ledger yet",
                          "nobody has founded one for this program there",
                          "doublezero init, or another ledger: doublezero config get", Errc::NotFound);
    ledger::GlobalState state;
    if (state_account) {
        CO_TRY(state, ledger::decode<ledger::GlobalState>(state_account->data));
    }
    const bool holds_permission = answer->value.at(1).has_value();
    co_return Draft(context,
                    ledger::InstructionBuilder(context.addresses, payer,
                                               holds_permission ? std::optional(permission) : std::nullopt),
                    std::move(state));
}

Task<Result<>> carry_out(std::function<Task<Result<>>(Draft&)> fill, WriteOptions options, Context& context,
                         std::ostream& out) {
    CO_TRY(Draft draft, co_await Draft::begin(context, options.founded));
    CO_TRY_OK(co_await fill(draft));
    if (options.dry_run) {
        print_plan(draft, options.style, out);
        co_return Result<>{};
    }
    CO_TRY_OK(co_await require_balance(context));
    Progress progress = context.progress();
    progress.say("waiting for the ledger");
    const auto outcome = co_await send_all(draft, options, context, out);
    progress.clear();
    CO_TRY_OK(outcome);
    print_outcome(draft, *outcome, options.style, out);
    for (const std::string& note : draft.notes()) context.err << "Note: " << note << "\n";
    co_return Result<>{};
}

}  // namespace dz::cli
