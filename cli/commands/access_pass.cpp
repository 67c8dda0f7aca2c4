// access_pass.cpp: access-pass set and close (cli.md 1.3).
#include <fmt/format.h>

#include <charconv>

#include "cli/commands.hpp"
#include "cli/failure.hpp"
#include "cli/lookup.hpp"
#include "ledger/instruction_builder.hpp"

namespace dz::cli {

namespace {

using ledger::AccessPass;

/// "me" is the signer.
Result<ledger::PublicKey> key_of(const std::string& text, std::string_view flag, Context& context) {
    if (text == "me") return context.payer();
    auto key = ledger::PublicKey::parse(text);
    if (!key) return failure(fmt::format("{} is not a key: {}", flag, text), key.error());
    return key;
}

Result<ledger::AccessPassType> pass_type(const AccessPassSetOptions& options, Context& context) {
    const auto validator_key = [&]() -> Result<ledger::PublicKey> {
        if (!options.solana_validator)
            return failure(fmt::format("--accesspass-type {} needs a key", options.type), "",
                           "add --solana-validator KEY", Errc::BadValue);
        return key_of(*options.solana_validator, "--solana-validator", context);
    };
    if (options.type == "prepaid") return ledger::access::Prepaid{};
    if (options.type == "edge-seat") return ledger::access::EdgeSeat{};
    if (options.type == "solana-validator") {
        TRY(const auto key, validator_key());
        return ledger::access::SolanaValidator{key};
    }
    if (options.type == "solana-rpc") {
        TRY(const auto key, validator_key());
        return ledger::access::SolanaRpc{key};
    }
    if (!options.others_name || !options.others_key)
        return failure("--accesspass-type others needs a name and a key", "",
                       "add --others-name NAME --others-key KEY", Errc::BadValue);
    return ledger::access::Others{*options.others_name, *options.others_key};
}

/// "max", or a number of epochs from the current one on; 0 blocks the pass.
Task<Result<std::uint64_t>> last_epoch(std::string epochs, Context& context) {
    if (same_code(epochs, "max")) co_return AccessPass::kUnlimitedEpoch;
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(epochs.data(), epochs.data() + epochs.size(), count);
    if (error != std::errc{} || end != epochs.data() + epochs.size())
        co_return failure(fmt::format("--epochs is neither a number nor max: {}", epochs), "", "",
                          Errc::BadValue);
    if (count == 0) co_return 0;
    const auto now = co_await context.rpc.epoch_info(ledger::Commitment::Confirmed);
    if (!now) co_return ledger_failure(context, "cannot read the epoch", now.error());
    const std::uint64_t room = AccessPass::kUnlimitedEpoch - now->epoch;
    co_return count < room ? now->epoch + count : AccessPass::kUnlimitedEpoch;
}

/// Sends one instruction and prints its signature.
Task<Result<>> send(ledger::TransactionInstruction instruction, std::string_view on_failure, Context& context,
                    std::ostream& out) {
    std::vector<ledger::TransactionInstruction> instructions{std::move(instruction)};
    const auto receipt = co_await context.submit(std::move(instructions));
    if (!receipt) co_return ledger_failure(context, on_failure, receipt.error());
    out << "Signature: " << receipt->signature.to_string() << "\n";
    co_return Result<>{};
}

}  // namespace

Task<Result<>> access_pass_set(AccessPassSetOptions options, Context& context, std::ostream& out) {
    CO_TRY(const ledger::PublicKey payer, context.payer());
    CO_TRY(const ledger::PublicKey user_payer, key_of(options.user_payer, "--user-payer", context));
    CO_TRY(const Ipv4 client_ip, parse_ipv4(options.client_ip));
    CO_TRY(const auto type, pass_type(options, context));
    CO_TRY_OK(co_await require_balance(context));
    CO_TRY(const std::uint64_t last, co_await last_epoch(options.epochs, context));

    const ledger::InstructionBuilder builder(context.addresses, payer);
    const ledger::ix::SetAccessPass args{.accesspass_type = type,
                                         .client_ip = client_ip,
                                         .last_access_epoch = last,
                                         .allow_multiple_ip = options.allow_multiple_ip,
                                         .max_unicast_users = options.max_unicast_users,
                                         .max_multicast_users = options.max_multicast_users};
    co_return co_await send(
        builder.make(args, {.user_payer = user_payer, .tenant_remove = {}, .tenant_add = {}}),
        "the access pass was not set", context, out);
}

Task<Result<>> access_pass_close(std::string pass, Context& context, std::ostream& out) {
    CO_TRY(const ledger::PublicKey payer, context.payer());
    CO_TRY(const ledger::PublicKey key, key_of(pass, "--pubkey", context));
    CO_TRY_OK(co_await require_balance(context));
    const ledger::InstructionBuilder builder(context.addresses, payer);
    co_return co_await send(builder.make(ledger::ix::CloseAccessPass{}, key),
                            "the access pass was not closed", context, out);
}

}  // namespace dz::cli
