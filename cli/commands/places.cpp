// places.cpp: list and get of locations, exchanges, contributors and tenants (cli.md 7.7).
#include <fmt/format.h>

#include <algorithm>

#include "cli/commands.hpp"
#include "cli/filter.hpp"
#include "cli/lookup.hpp"
#include "cli/record.hpp"
#include "cli/text.hpp"

namespace dz::cli {

namespace {

using ledger::AccountType;
using ledger::Contributor;
using ledger::Entry;
using ledger::Exchange;
using ledger::Location;
using ledger::Tenant;

/// Code of one of an exchange's two devices.
std::string device_code(const ledger::PublicKey& key, const ledger::Snapshot& catalogue) {
    return key.is_zero() ? "(none)" : code_of(catalogue.devices(), key);
}

/// Names of the topologies that a tenant's routes are bound to.
std::string topologies_text(const Tenant& tenant, const ledger::Snapshot& catalogue) {
    std::vector<std::string> names;
    for (const auto& key : tenant.include_topologies) {
        const auto* const topology = catalogue.all<ledger::Topology>().find(key);
        names.push_back(topology == nullptr ? key.to_string() : topology->name);
    }
    return names.empty() ? "default" : join(names, ", ");
}

std::string billing_text(const ledger::Billing& billing) {
    return fmt::format("FlatPerEpochConfig<rate={},last_deduction_dz_epoch={}>", billing.rate,
                       billing.last_deduction_dz_epoch);
}

std::string keys_text(const std::vector<ledger::PublicKey>& keys) {
    std::vector<std::string> texts;
    for (const auto& key : keys) texts.push_back(key.to_string());
    return join(texts, ", ");
}

/// How one kind is listed and shown. `brief` and `full` get an entry and the catalogue.
template <class T>
struct Kind {
    std::string_view name;
    std::vector<AccountType> needs;
    Record (*brief)(const Entry<T>&, const ledger::Snapshot&);
    Record (*full)(const Entry<T>&, const ledger::Snapshot&);
    bool (*before)(const Entry<T>&, const Entry<T>&);
};

template <class T>
bool by_code(const Entry<T>& a, const Entry<T>& b) {
    return a.value.code < b.value.code;
}

template <class T>
Task<Result<>> list(Kind<T> kind, OutputStyle style, Context& context, std::ostream& out) {
    CO_TRY(const Catalogue catalogue, co_await read_kinds(context, kind.needs));
    std::vector<Entry<T>> entries(catalogue->template all<T>().begin(), catalogue->template all<T>().end());
    std::ranges::sort(entries, kind.before);
    std::vector<Record> records;
    for (const auto& entry : entries) records.push_back(kind.brief(entry, *catalogue));
    print_list(out, style, kind.brief({}, *catalogue), records);
    co_return Result<>{};
}

template <class T>
Task<Result<>> get(Kind<T> kind, GetOptions options, Context& context, std::ostream& out) {
    CO_TRY(const Catalogue catalogue, co_await read_kinds(context, kind.needs));
    const auto* const entry = find(catalogue->template all<T>(), options.name);
    if (entry == nullptr) co_return not_found(kind.name, options.name);
    print_one(out, options.style, kind.full(*entry, *catalogue));
    co_return Result<>{};
}

Record location_record(const Entry<Location>& entry, bool full) {
    const Location& location = entry.value;
    Record record;
    record.add("account", entry.key.to_string());
    record.add("code", location.code);
    record.add("name", location.name);
    record.add("country", location.country);
    record.add("lat", location.lat);
    record.add("lng", location.lng);
    if (full) record.add("loc_id", location.loc_id);
    if (full) record.add("reference_count", location.reference_count);
    if (full) record.add("status", ledger::to_text(location.status));
    if (!full) record.add_named("status", location.status);
    record.add("owner", location.owner.to_string());
    return record;
}

Kind<Location> location_kind() {
    return {.name = "location",
            .needs = {AccountType::Location},
            .brief = [](const auto& entry, const auto&) { return location_record(entry, false); },
            .full = [](const auto& entry, const auto&) { return location_record(entry, true); },
            .before =
                [](const auto& a, const auto& b) {
                    return std::tie(a.value.name, a.value.code) < std::tie(b.value.name, b.value.code);
                }};
}

Record exchange_record(const Entry<Exchange>& entry, const ledger::Snapshot& catalogue, bool full) {
    const Exchange& exchange = entry.value;
    Record record;
    record.add("account", entry.key.to_string());
    record.add("code", exchange.code);
    record.add("name", exchange.name);
    if (full) record.json_only("device1_pk", exchange.device1_pk.to_string());
    record.add("device1", device_code(exchange.device1_pk, catalogue));
    if (full) record.json_only("device2_pk", exchange.device2_pk.to_string());
    record.add("device2", device_code(exchange.device2_pk, catalogue));
    record.add("lat", exchange.lat);
    record.add("lng", exchange.lng);
    record.add("bgp_community", exchange.bgp_community);
    if (full) record.add("reference_count", exchange.reference_count);
    if (full) record.add("status", ledger::to_text(exchange.status));
    if (!full) record.add_named("status", exchange.status);
    record.add("owner", exchange.owner.to_string());
    return record;
}

Kind<Exchange> exchange_kind() {
    return {.name = "exchange",
            .needs = {AccountType::Exchange, AccountType::Device},
            .brief = [](const auto& entry, const auto& all) { return exchange_record(entry, all, false); },
            .full = [](const auto& entry, const auto& all) { return exchange_record(entry, all, true); },
            .before = by_code<Exchange>};
}

Record contributor_record(const Entry<Contributor>& entry, bool full) {
    const Contributor& contributor = entry.value;
    Record record;
    record.add("account", entry.key.to_string());
    record.add("code", contributor.code);
    if (full) record.add("status", ledger::to_text(contributor.status));
    if (!full) record.add_named("status", contributor.status);
    record.add("owner", contributor.owner.to_string());
    if (full) record.add("reference_count", contributor.reference_count);
    if (full) record.add("ops_manager_key", contributor.ops_manager_pk.to_string());
    return record;
}

Kind<Contributor> contributor_kind() {
    return {.name = "contributor",
            .needs = {AccountType::Contributor},
            .brief = [](const auto& entry, const auto&) { return contributor_record(entry, false); },
            .full = [](const auto& entry, const auto&) { return contributor_record(entry, true); },
            .before = by_code<Contributor>};
}

Record tenant_record(const Entry<Tenant>& entry, const ledger::Snapshot& catalogue, bool full) {
    const Tenant& tenant = entry.value;
    Record record;
    record.add("account", entry.key.to_string());
    record.add("code", tenant.code);
    record.add("vrf_id", tenant.vrf_id);
    record.add("metro_routing", tenant.metro_routing);
    record.add("route_liveness", tenant.route_liveness);
    record.add("include_topologies", topologies_text(tenant, catalogue));
    if (full) record.add("payment_status", ledger::to_name(tenant.payment_status));
    if (full) record.add("billing", billing_text(tenant.billing));
    if (full) record.add("administrators", keys_text(tenant.administrators));
    if (full) record.add("token_account", tenant.token_account.to_string());
    if (full) record.add("reference_count", tenant.reference_count);
    record.add("owner", tenant.owner.to_string());
    return record;
}

Kind<Tenant> tenant_kind() {
    return {.name = "tenant",
            .needs = {AccountType::Tenant, AccountType::Topology},
            .brief = [](const auto& entry, const auto& all) { return tenant_record(entry, all, false); },
            .full = [](const auto& entry, const auto& all) { return tenant_record(entry, all, true); },
            .before = by_code<Tenant>};
}

}  // namespace

Task<Result<>> location_list(OutputStyle style, Context& context, std::ostream& out) {
    return list(location_kind(), style, context, out);
}
Task<Result<>> location_get(GetOptions options, Context& context, std::ostream& out) {
    return get(location_kind(), std::move(options), context, out);
}
Task<Result<>> exchange_list(OutputStyle style, Context& context, std::ostream& out) {
    return list(exchange_kind(), style, context, out);
}
Task<Result<>> exchange_get(GetOptions options, Context& context, std::ostream& out) {
    return get(exchange_kind(), std::move(options), context, out);
}
Task<Result<>> contributor_list(OutputStyle style, Context& context, std::ostream& out) {
    return list(contributor_kind(), style, context, out);
}
Task<Result<>> contributor_get(GetOptions options, Context& context, std::ostream& out) {
    return get(contributor_kind(), std::move(options), context, out);
}
Task<Result<>> tenant_list(OutputStyle style, Context& context, std::ostream& out) {
    return list(tenant_kind(), style, context, out);
}
Task<Result<>> tenant_get(GetOptions options, Context& context, std::ostream& out) {
    return get(tenant_kind(), std::move(options), context, out);
}

}  // namespace dz::cli
