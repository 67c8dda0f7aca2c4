#include "cli/draft.hpp"

#include <fmt/format.h>

#include "cli/failure.hpp"
#include "cli/text.hpp"
#include "ledger/instructions.hpp"

namespace dz::cli {

namespace {

using ledger::ProgramError;
using ledger::TransactionInstruction;

/// "CreateLocation {code: "ewr", ...}"
std::string text_of(const TransactionInstruction& sent) {
    if (const auto amount = ledger::system_transfer_amount(sent))
        return fmt::format("Transfer {{lamports: {}}}", amount->value);
    const ByteView data = sent.data;
    using enum ledger::Dialect;
    // Only reservations differ by dialect, and those of the first kind have an address of 4 bytes.
    constexpr std::size_t kSeatBytes = 5;
    const ledger::Dialect reservations = data.size() == kSeatBytes ? Seats : Blocks;
    const auto instruction = ledger::decode_instruction(data, Today);
    if (instruction) return ledger::print(*instruction);
    const auto reservation = ledger::decode_instruction(data, reservations);
    return reservation ? ledger::print(*reservation) : to_hex(data);
}

json::Ordered to_json(const TransactionInstruction& instruction) {
    json::Ordered accounts = json::Ordered::array();
    for (const auto& account : instruction.accounts) {
        accounts.push_back({{"pubkey", account.key.to_string()},
                            {"signer", account.signer},
                            {"writable", account.writable}});
    }
    return {{"instruction", text_of(instruction)},
            {"program", instruction.program.to_string()},
            {"accounts", accounts},
            {"data", to_hex(instruction.data)}};
}

void print_plan(const Draft& draft, OutputStyle style, std::ostream& out) {
    if (style.machine_readable()) {
        json::Ordered transactions = json::Ordered::array();
        for (const auto& instruction : draft.instructions()) transactions.push_back(to_json(instruction));
        json::Ordered plan{{"payer", draft.payer().to_string()}, {"transactions", transactions}};
        if (draft.account()) plan["account"] = draft.account()->to_string();
        return print_json(out, plan, style);
    }
    out << "Payer: " << draft.payer().to_string() << "\n";
    for (const auto& instruction : draft.instructions()) {
        out << text_of(instruction) << "\n";
        for (const auto& account : instruction.accounts) {
            out << "    " << account.key.to_string() << (account.writable ? " writable" : "")
                << (account.signer ? " signer" : "") << "\n";
        }
    }
    out << "Nothing was sent (--dry-run)\n";
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
            const std::string_view remedy = remedy_of(receipt.error());
            if (remedy.empty()) co_return ledger_failure(context, what, receipt.error());
            co_return failure(what, receipt.error(), remedy);
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

std::string_view remedy_of(const Error& error) {
    if (error.code != Errc::Rejected) return {};
    // The address of a numbered account is the next one's; somebody else may have taken it.
    if (error.text.find("ProgramFailedToComplete") != std::string::npos)
        return "run it again in case somebody was faster; with --log-level info the program says why it "
               "stopped";
    if (error.detail <= 0) return {};
    switch (static_cast<ProgramError>(error.detail)) {
        case ProgramError::NotAllowed:
        case ProgramError::InvalidOwnerPubkey:
        case ProgramError::InvalidContributorPubkey:
        case ProgramError::InvalidContributor:
            return "use a key that may do this with --keypair (doublezero global-config authority get, "
                   "doublezero permission list)";
        case ProgramError::ReferenceCountNotZero:
            return "remove what refers to it first";
        case ProgramError::MaxUsersExceeded:
            return "choose another device, or let this one take more: doublezero device update --max-users N";
        case ProgramError::AllocationFailed:
            return "see what is taken: doublezero resource get";
        case ProgramError::InvalidMtu:
            return "--mtu is 1500 on interfaces towards users (CYOA or DIA), 9000 on all others";
        case ProgramError::InvalidPublicIp:
            return "the public address of a device must not be in one of its --dz-prefixes";
        case ProgramError::InvalidInterfaceIp:
            return "--ip-net belongs to interfaces with --interface-cyoa, --interface-dia or "
                   "--user-tunnel-endpoint, and a CYOA interface needs it";
        case ProgramError::InvalidBandwidth:
            return "a link has from 10 to 400 gbps, and not more than its interfaces";
        case ProgramError::AccessPassNotFound:
            return "give a pass first: doublezero access-pass set";
        case ProgramError::InvalidStatus:
            return "see its state with the command's get or list";
        case ProgramError::AccessPassInUse:
            return "delete the users of this pass first: doublezero user list";
        case ProgramError::ImmutableField:
            return "address blocks are fixed once they are set";
        default:
            return {};
    }
}

}  // namespace dz::cli
