// access_pass.cpp: passes: list and get (cli.md 7.5). What changes them is in access_pass_changes.cpp.
#include <fmt/format.h>

#include <algorithm>

#include "cli/failure.hpp"
#include "cli/families.hpp"
#include "cli/filter.hpp"
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

/// "9uJc..": enough to tell keys apart.
std::string cut(const ledger::PublicKey& key) {
    constexpr std::size_t kLetters = 10;
    return key.to_string().substr(0, kLetters) + "..";
}

/// "P:alpha+1,S:beta": the first of each role and how many more there are.
std::string narrow_groups_text(const AccessPass& pass, const ledger::Snapshot& catalogue) {
    std::vector<std::string> texts;
    for (const auto& [mark, keys] :
         {std::pair("P:", &pass.mgroup_pub_allowlist), std::pair("S:", &pass.mgroup_sub_allowlist)}) {
        if (!keys->empty())
            texts.push_back(mark + first_and_more(codes_of(catalogue.multicast_groups(), *keys)));
    }
    return join(texts, ",");
}

std::string narrow_type(const ledger::AccessPassType& type) {
    if (std::holds_alternative<ledger::access::EdgeSeat>(type)) return "edge_seat";
    if (const auto* const validator = std::get_if<ledger::access::SolanaValidator>(&type))
        return "solana_validator: " + cut(validator->key);
    if (const auto* const rpc = std::get_if<ledger::access::SolanaRpc>(&type))
        return "solana_rpc: " + cut(rpc->key);
    return pass_type_text(type);
}

std::string used_text(std::uint16_t count, std::uint16_t limit) {
    return fmt::format("{} / {}", count, limit);
}

Record list_record(const Entry<AccessPass>& entry, const ledger::Snapshot& catalogue, std::uint64_t epoch) {
    const AccessPass& pass = entry.value;
    const std::string tenants = tenants_text(pass, catalogue);
    Record record;
    record.add("account", entry.key.to_string(), {.narrow_text = cut(entry.key)});
    record.add("accesspass_type", pass_type_text(pass.accesspass_type),
               {.narrow_text = narrow_type(pass.accesspass_type)});
    record.add("client_ip", pass.client_ip.to_string());
    record.add("user_payer", pass.user_payer.to_string(), {.narrow_text = cut(pass.user_payer)});
    record.add("tenant", tenants, {.narrow_text = tenants.empty() ? "empty" : tenants});
    record.add("multicast", groups_text(pass, catalogue),
               {.narrow_text = narrow_groups_text(pass, catalogue)});
    record.add("last_access_epoch", epoch_text(pass.last_access_epoch), {.narrow_title = "lst_epch"});
    record.add("remaining_epoch", remaining_text(pass.last_access_epoch, epoch),
               {.narrow_title = "rem_epch"});
    record.add("flags", flags_text(pass));
    record.add("connections", pass.connection_count, {.narrow_title = "conns"});
    record.add("unicast_users", used_text(pass.unicast_user_count, pass.max_unicast_users));
    record.add("multicast_users", used_text(pass.multicast_user_count, pass.max_multicast_users));
    record.add_named("status", pass.status);
    record.add("owner", pass.owner.to_string(), {.narrow_text = cut(pass.owner)});
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

struct Filter {
    bool prepaid = false, solana_validator = false, edge_seat = false;
    std::optional<ledger::PublicKey> solana_identity, user_payer;
    std::optional<Ipv4> client_ip;
    std::optional<std::string> tenant, publisher, not_publisher, subscriber, not_subscriber;
};

bool has_type(const Filter& filter, const ledger::AccessPassType& type) {
    const auto* const validator = std::get_if<ledger::access::SolanaValidator>(&type);
    const bool any = !filter.prepaid && !filter.solana_validator && !filter.edge_seat;
    return (any || (filter.prepaid && std::holds_alternative<ledger::access::Prepaid>(type)) ||
            (filter.solana_validator && validator != nullptr) ||
            (filter.edge_seat && std::holds_alternative<ledger::access::EdgeSeat>(type))) &&
           (!filter.solana_identity || (validator != nullptr && validator->key == *filter.solana_identity));
}

template <class T>
bool names_one(const std::optional<std::string>& name, const ledger::Table<T>& table,
               const std::vector<ledger::PublicKey>& keys) {
    return std::ranges::any_of(keys, [&](const auto& key) { return refers(name, table, key); });
}

bool keeps(const Filter& filter, const AccessPass& pass, const ledger::Snapshot& all) {
    const auto& groups = all.multicast_groups();
    const auto& publishes = pass.mgroup_pub_allowlist;
    const auto& subscribes = pass.mgroup_sub_allowlist;
    return has_type(filter, pass.accesspass_type) && is(filter.user_payer, pass.user_payer) &&
           is(filter.client_ip, pass.client_ip) &&
           (!filter.tenant || names_one(filter.tenant, all.tenants(), pass.tenant_allowlist)) &&
           (!filter.publisher || names_one(filter.publisher, groups, publishes)) &&
           (!filter.not_publisher || !names_one(filter.not_publisher, groups, publishes)) &&
           (!filter.subscriber || names_one(filter.subscriber, groups, subscribes)) &&
           (!filter.not_subscriber || !names_one(filter.not_subscriber, groups, subscribes));
}

Task<Result<>> list(Filter filter, OutputStyle style, Context& context, std::ostream& out) {
    CO_TRY(const Catalogue catalogue, co_await read_catalogue(context));
    CO_TRY(const std::uint64_t epoch, co_await current_epoch(context));
    std::vector<Entry<AccessPass>> passes;
    for (const auto& entry : catalogue->access_passes()) {
        if (keeps(filter, entry.value, *catalogue)) passes.push_back(entry);
    }
    std::ranges::sort(passes, {},
                      [](const auto& entry) { return std::tie(entry.value.client_ip, entry.key); });
    std::vector<Record> records;
    for (const auto& pass : passes) records.push_back(list_record(pass, *catalogue, epoch));
    print_list(out, style, list_record({}, *catalogue, epoch), records);
    co_return Result<>{};
}

struct Which {
    Ipv4 client_ip;
    KeyOrMe user_payer;
};

Task<Result<>> get(Which which, OutputStyle style, Context& context, std::ostream& out) {
    ledger::PublicKey me;
    if (!which.user_payer.key) {
        CO_TRY(me, context.payer());
    }
    const ledger::PublicKey user_payer = which.user_payer.or_payer(me);
    CO_TRY(const Catalogue catalogue, co_await read_catalogue(context));
    CO_TRY(const std::uint64_t epoch, co_await current_epoch(context));
    const ledger::PublicKey key = context.addresses.access_pass(which.client_ip, user_payer);
    const AccessPass* const pass = catalogue->access_pass(key);
    if (pass == nullptr)
        co_return failure(
            fmt::format("access pass not found: IP {} and payer {}", which.client_ip, user_payer.to_string()),
            "a pass for any address is at IP 0.0.0.0", "doublezero access-pass list", Errc::NotFound);
    print_one(out, style, detail_record({key, *pass}, *catalogue, epoch));
    co_return Result<>{};
}

}  // namespace

void add_access_pass(Group& root) {
    Group pass = root.group("access-pass", "Passes that let keys connect");
    auto all = pass.command<Filter>("list", "List passes");
    all.take("--client-ip", all->client_ip, "For this address");
    all.take("--user-payer", all->user_payer, "For this key");
    all.flag("--prepaid", all->prepaid, "Prepaid ones");
    all.flag("--solana-validator", all->solana_validator, "Those of validators");
    all.take("--solana-identity", all->solana_identity, "That of this validator");
    all.flag("--edge-seat", all->edge_seat, "Those with seats on feeds");
    all.take("--tenant", all->tenant, "For this tenant");
    all.take("--multicast-group-publisher", all->publisher, "That may send to this group");
    all.take("--not-multicast-group-publisher", all->not_publisher, "That may not send to this group");
    all.take("--multicast-group-subscriber", all->subscriber, "That may receive this group");
    all.take("--not-multicast-group-subscriber", all->not_subscriber, "That may not receive this group");
    all.reads(Output::WideList, list);

    auto one = pass.command<Which>("get", "Show one pass");
    one.need("--client-ip", one->client_ip, "Address it is for; 0.0.0.0 for a pass for any");
    one.need("--user-payer", one->user_payer, "Key it is for");
    one.reads(Output::One, get);
    pass.heading(kForAdministrators);
    add_access_pass_changes(pass);
}

}  // namespace dz::cli
