// access_pass_views.cpp: access-pass list and get (cli.md 7.5).
#include <fmt/format.h>

#include <algorithm>

#include "cli/commands.hpp"
#include "cli/failure.hpp"
#include "cli/lookup.hpp"
#include "cli/record.hpp"
#include "cli/text.hpp"

namespace dz::cli {

namespace {

using ledger::AccessPass;
using ledger::AccountType;
using ledger::Entry;

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

std::vector<std::string> group_codes(const std::vector<ledger::PublicKey>& keys,
                                     const ledger::Snapshot& catalogue, std::string_view mark = {}) {
    std::vector<std::string> codes;
    for (const auto& key : keys)
        codes.push_back(fmt::format("{}{}", mark, code_of(catalogue.multicast_groups(), key)));
    return codes;
}

/// "P:a, S:b"
std::string groups_text(const AccessPass& pass, const ledger::Snapshot& catalogue) {
    std::vector<std::string> marked = group_codes(pass.mgroup_pub_allowlist, catalogue, "P:");
    std::ranges::move(group_codes(pass.mgroup_sub_allowlist, catalogue, "S:"), std::back_inserter(marked));
    return join(marked, ", ");
}

std::string tenants_text(const AccessPass& pass, const ledger::Snapshot& catalogue) {
    std::vector<std::string> codes;
    for (const auto& key : pass.tenant_allowlist) {
        if (!key.is_zero()) codes.push_back(code_of(catalogue.tenants(), key));
    }
    return join(codes, ", ");
}

std::string used_text(std::uint16_t count, std::uint16_t limit) {
    return fmt::format("{} / {}", count, limit);
}

Record list_record(const Entry<AccessPass>& entry, const ledger::Snapshot& catalogue, std::uint64_t epoch) {
    const AccessPass& pass = entry.value;
    Record record;
    record.add("account", entry.key.to_string());
    record.add("accesspass_type", pass_type_text(pass.accesspass_type));
    record.add("client_ip", pass.client_ip.to_string());
    record.add("user_payer", pass.user_payer.to_string());
    record.add("tenant", tenants_text(pass, catalogue));
    record.add("multicast", groups_text(pass, catalogue));
    record.add("last_access_epoch", epoch_text(pass.last_access_epoch));
    record.add("remaining_epoch", remaining_text(pass.last_access_epoch, epoch));
    record.add("flags", flags_text(pass));
    record.add("connections", pass.connection_count);
    record.add("unicast_users", used_text(pass.unicast_user_count, pass.max_unicast_users));
    record.add("multicast_users", used_text(pass.multicast_user_count, pass.max_multicast_users));
    record.add_named("status", pass.status);
    record.add("owner", pass.owner.to_string());
    return record;
}

json::Ordered seats_json(const AccessPass& pass) {
    json::Ordered seats = json::Ordered::array();
    const auto* const edge = std::get_if<ledger::access::EdgeSeat>(&pass.accesspass_type);
    if (edge == nullptr) return seats;
    for (const auto& seat : edge->feed_seats) {
        seats.push_back({{"feed_key", seat.feed_key.to_string()},
                         {"max_users", seat.max_users},
                         {"max_future_users", seat.max_future_users},
                         {"current_users", seat.current_users},
                         {"anniversary_day", seat.anniversary_day},
                         {"window_end", seat.window_end},
                         {"terminates_at", seat.terminates_at}});
    }
    return seats;
}

Record detail_record(const Entry<AccessPass>& entry, const ledger::Snapshot& catalogue, std::uint64_t epoch) {
    const AccessPass& pass = entry.value;
    Record record;
    record.add("account", entry.key.to_string());
    record.add("type", pass_type_text(pass.accesspass_type));
    record.json_only("feed_seats", seats_json(pass));
    record.add("client_ip", pass.client_ip.to_string());
    record.add("user_payer", pass.user_payer.to_string());
    record.add("tenant", tenants_text(pass, catalogue));
    record.add("multicast_pub", join(group_codes(pass.mgroup_pub_allowlist, catalogue), ", "));
    record.add("multicast_sub", join(group_codes(pass.mgroup_sub_allowlist, catalogue), ", "));
    record.add("last_access_epoch", epoch_text(pass.last_access_epoch));
    record.add("remaining_epoch", remaining_text(pass.last_access_epoch, epoch));
    record.add("flags", flags_text(pass));
    record.add("connections", pass.connection_count);
    record.add("unicast_users", used_text(pass.unicast_user_count, pass.max_unicast_users));
    record.add("multicast_users", used_text(pass.multicast_user_count, pass.max_multicast_users));
    record.add("status", ledger::to_text(pass.status));
    record.add("owner", pass.owner.to_string());
    return record;
}

Task<Result<Catalogue>> read_catalogue(Context& context) {
    return read_kinds(context, {AccountType::AccessPass, AccountType::MulticastGroup, AccountType::Tenant});
}

Task<Result<std::uint64_t>> current_epoch(Context& context) {
    const auto now = co_await context.rpc.epoch_info(ledger::Commitment::Confirmed);
    if (!now) co_return ledger_failure(context, "cannot read the epoch", now.error());
    co_return now->epoch;
}

}  // namespace

Task<Result<>> access_pass_list(AccessPassListOptions options, Context& context, std::ostream& out) {
    CO_TRY(const Catalogue catalogue, co_await read_catalogue(context));
    CO_TRY(const std::uint64_t epoch, co_await current_epoch(context));
    std::vector<Entry<AccessPass>> passes;
    for (const auto& entry : catalogue->access_passes()) {
        const AccessPass& pass = entry.value;
        if (options.client_ip && pass.client_ip.to_string() != *options.client_ip) continue;
        if (options.user_payer && pass.user_payer.to_string() != *options.user_payer) continue;
        passes.push_back(entry);
    }
    std::ranges::sort(passes, {},
                      [](const auto& entry) { return std::pair(entry.value.client_ip, entry.key); });
    std::vector<Record> records;
    for (const auto& pass : passes) records.push_back(list_record(pass, *catalogue, epoch));
    print_list(out, options.style, list_record({}, *catalogue, epoch), records);
    co_return Result<>{};
}

Task<Result<>> access_pass_get(AccessPassGetOptions options, Context& context, std::ostream& out) {
    CO_TRY(const Ipv4 client_ip, parse_ipv4(options.client_ip));
    CO_TRY(const ledger::PublicKey user_payer,
           options.user_payer == "me" ? context.payer() : ledger::PublicKey::parse(options.user_payer));
    CO_TRY(const Catalogue catalogue, co_await read_catalogue(context));
    CO_TRY(const std::uint64_t epoch, co_await current_epoch(context));
    const ledger::PublicKey key = context.addresses.access_pass(client_ip, user_payer);
    const AccessPass* const pass = catalogue->access_pass(key);
    if (pass == nullptr)
        co_return failure(
            fmt::format("access pass not found: IP {} and payer {}", client_ip, user_payer.to_string()),
            "a pass for any address is at IP 0.0.0.0", "doublezero access-pass list", Errc::NotFound);
    print_one(out, options.style, detail_record({key, *pass}, *catalogue, epoch));
    co_return Result<>{};
}

}  // namespace dz::cli
