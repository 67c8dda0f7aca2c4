// keys.cpp: keygen, address, balance.
#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/failure.hpp"
#include "cli/text.hpp"

namespace dz::cli {

Task<Result<>> keygen(KeygenOptions options, Context& context, std::ostream& out) {
    const std::filesystem::path path =
        options.outfile ? std::filesystem::path(*options.outfile) : context.settings.keypair_path;
    const ledger::Keypair key = ledger::Keypair::generate();
    if (const auto written = ledger::write_keypair(path, key, options.force); !written) {
        const bool exists = written.error().code == Errc::Exists;
        co_return failure(
            fmt::format("no key was written to {}", path.string()), written.error(),
            exists ? "keep that key, choose another file with --outfile, or replace it with --force (its "
                     "credits are lost unless you have a copy)"
                   : "");
    }
    out << "Pubkey: " << key.public_key().to_string() << "\n";
    co_return Result<>{};
}

Task<Result<>> address(OutputStyle style, Context& context, std::ostream& out) {
    CO_TRY(const ledger::PublicKey payer, context.payer());
    if (style.machine_readable()) {
        print_json(out, {{"address", payer.to_string()}}, style);
        co_return Result<>{};
    }
    out << payer.to_string() << "\n";
    co_return Result<>{};
}

Task<Result<>> balance(OutputStyle style, Context& context, std::ostream& out) {
    CO_TRY(const ledger::PublicKey payer, context.payer());
    const auto balance = co_await context.rpc.balance(payer, ledger::Commitment::Confirmed);
    if (!balance) co_return ledger_failure(context, "cannot read the balance", balance.error());
    if (style.machine_readable()) {
        print_json(out, {{"address", payer.to_string()}, {"lamports", balance->value.value}}, style);
        co_return Result<>{};
    }
    out << credits(balance->value) << "\n";
    co_return Result<>{};
}

}  // namespace dz::cli
