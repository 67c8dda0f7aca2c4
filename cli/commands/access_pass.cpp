// access_pass.cpp: access-pass set and list (cli.md 7.5).
#include <fmt/format.h>

#include <charconv>

#include "cli/commands.hpp"
#include "cli/failure.hpp"
#include "cli/lookup.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"
#include "ledger/enum_text.hpp"
#include "ledger/instruction_builder.hpp"

namespace dz::cli {

namespace {

using ledger::AccessPass;
using ledger::AccountType;

Result<ledger::AccessPassType> pass_type(const AccessPassSetOptions& options) {
    const auto validator_key = [&options]() -> Result<ledger::PublicKey> {
        if (!options.solana_validator)
            return failure(fmt::format("--accesspass-type {} needs a key", options.type), "",
                           "add --solana-validator KEY", Errc::BadValue);
        return ledger::PublicKey::parse(*options.solana_validator);
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

/// "max", or a number of epochs from the current one on.
Task<Result<std::uint64_t>> last_epoch(std::string epochs, Context& context) {
    if (epochs == "max" || epochs == "MAX") co_return AccessPass::kUnlimitedEpoch;
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(epochs.data(), epochs.data() + epochs.size(), count);
    if (error != std::errc{} || end != epochs.data() + epochs.size())
        co_return failure(fmt::format("--epochs is neither a number nor max: {}", epochs), "", "",
                          Errc::BadValue);
    if (count == 0) co_return 0;
    const auto now = co_await context.rpc.epoch_info(ledger::Commitment::Confirmed);
    if (!now) co_return ledger_failure(context, "cannot read the epoch", now.error());
    co_return now->epoch + count;
}

std::string epoch_text(std::uint64_t epoch) {
    return epoch == AccessPass::kUnlimitedEpoch ? "MAX" : fmt::format("{}", epoch);
}

std::string remaining_text(std::uint64_t last, std::uint64_t now) {
    if (last == AccessPass::kUnlimitedEpoch) return "MAX";
    return fmt::format("{}", last > now ? last - now : 0);
}

std::string flags_text(const AccessPass& pass) {
    std::vector<std::string> flags;
    if (pass.allow_multiple_ip()) flags.emplace_back("allow_multiple_ip");
    if (pass.locked()) flags.emplace_back("dzf_locked");
    return join(flags, ", ");
}

std::string groups_text(const AccessPass& pass, const ledger::Snapshot& catalogue) {
    std::vector<std::string> marked;
    for (const auto& key : pass.mgroup_pub_allowlist)
        marked.push_back("P:" + code_of(catalogue.multicast_groups(), key));
    for (const auto& key : pass.mgroup_sub_allowlist)
        marked.push_back("S:" + code_of(catalogue.multicast_groups(), key));
    return join(marked, ", ");
}

std::string tenants_text(const AccessPass& pass, const ledger::Snapshot& catalogue) {
    std::vector<std::string> codes;
    for (const auto& key : pass.tenant_allowlist) {
        if (!key.is_zero()) codes.push_back(code_of(catalogue.tenants(), key));
    }
    return join(codes, ", ");
}

}  // namespace

Task<Result<>> access_pass_set(AccessPassSetOptions options, Context& context, std::ostream& out) {
    CO_TRY(const ledger::PublicKey payer, context.payer());
    CO_TRY_OK(co_await require_balance(context));
    ledger::PublicKey user_payer = payer;
    if (options.user_payer != "me") {
        const auto parsed = ledger::PublicKey::parse(options.user_payer);
        if (!parsed)
            co_return failure(fmt::format("--user-payer is not a key: {}", options.user_payer),
                              parsed.error());
        user_payer = *parsed;
    }
    CO_TRY(const Ipv4 client_ip, parse_ipv4(options.client_ip));
    CO_TRY(const auto type, pass_type(options));
    CO_TRY(const std::uint64_t last, co_await last_epoch(options.epochs, context));

    const ledger::InstructionBuilder builder(context.addresses, payer);
    const ledger::ix::SetAccessPass args{.accesspass_type = type,
                                         .client_ip = client_ip,
                                         .last_access_epoch = last,
                                         .allow_multiple_ip = options.allow_multiple_ip,
                                         .max_unicast_users = options.max_unicast_users,
                                         .max_multicast_users = options.max_multicast_users};
    std::vector<ledger::TransactionInstruction> instructions{
        builder.make(args, {.user_payer = user_payer, .tenant_remove = {}, .tenant_add = {}})};
    const auto receipt = co_await context.submit(std::move(instructions));
    if (!receipt) co_return ledger_failure(context, "the access pass was not set", receipt.error());
    out << "Signature: " << receipt->signature.to_string() << "\n";
    co_return Result<>{};
}

Task<Result<>> access_pass_list(AccessPassListOptions options, Context& context, std::ostream& out) {
    CO_TRY(const Catalogue catalogue,
           co_await read_kinds(context,
                               {AccountType::AccessPass, AccountType::MulticastGroup, AccountType::Tenant}));
    const auto epoch = co_await context.rpc.epoch_info(ledger::Commitment::Confirmed);
    if (!epoch) co_return ledger_failure(context, "cannot read the epoch", epoch.error());
    std::vector<const ledger::Entry<AccessPass>*> passes;
    for (const auto& entry : catalogue->access_passes()) {
        const AccessPass& pass = entry.value;
        if (options.client_ip && pass.client_ip.to_string() != *options.client_ip) continue;
        if (options.user_payer && pass.user_payer.to_string() != *options.user_payer) continue;
        passes.push_back(&entry);
    }
    std::ranges::sort(passes, {},
                      [](const auto* entry) { return std::pair(entry->value.client_ip, entry->key); });

    json::Ordered rows = json::Ordered::array();
    Table table({"account", "accesspass_type", "client_ip", "user_payer", "tenant", "multicast",
                 "last_access_epoch", "remaining_epoch", "flags", "connections", "unicast_users",
                 "multicast_users", "status", "owner"});
    for (const auto* const entry : passes) {
        const AccessPass& pass = entry->value;
        const std::string unicast = fmt::format("{} / {}", pass.unicast_user_count, pass.max_unicast_users);
        const std::string multicast =
            fmt::format("{} / {}", pass.multicast_user_count, pass.max_multicast_users);
        table.add({entry->key.to_string(), pass_type_text(pass.accesspass_type), pass.client_ip.to_string(),
                   pass.user_payer.to_string(), tenants_text(pass, *catalogue), groups_text(pass, *catalogue),
                   epoch_text(pass.last_access_epoch), remaining_text(pass.last_access_epoch, epoch->epoch),
                   flags_text(pass), fmt::format("{}", pass.connection_count), unicast, multicast,
                   std::string(ledger::to_text(pass.status)), pass.owner.to_string()});
        rows.push_back({{"account", entry->key.to_string()},
                        {"accesspass_type", pass_type_text(pass.accesspass_type)},
                        {"client_ip", pass.client_ip.to_string()},
                        {"user_payer", pass.user_payer.to_string()},
                        {"tenant", tenants_text(pass, *catalogue)},
                        {"multicast", groups_text(pass, *catalogue)},
                        {"last_access_epoch", epoch_text(pass.last_access_epoch)},
                        {"remaining_epoch", remaining_text(pass.last_access_epoch, epoch->epoch)},
                        {"flags", flags_text(pass)},
                        {"connections", pass.connection_count},
                        {"unicast_users", unicast},
                        {"multicast_users", multicast},
                        {"status", ledger::to_name(pass.status)},
                        {"owner", pass.owner.to_string()}});
    }
    if (options.style.machine_readable()) {
        print_json(out, rows, options.style);
    } else {
        table.print(out);
    }
    co_return Result<>{};
}

}  // namespace dz::cli
