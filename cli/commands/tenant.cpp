// tenant.cpp: customer networks (cli.md 1.3, 7.7).
#include <fmt/format.h>

#include <algorithm>

#include "cli/families.hpp"
#include "cli/kind.hpp"
#include "cli/text.hpp"
#include "cli/user_removal.hpp"

namespace dz::cli {

namespace {

using ledger::Tenant;
using ledger::Topology;
namespace ix = ledger::ix;

std::string billing_text(const ledger::Billing& billing) {
    return fmt::format("FlatPerEpochConfig<rate={},last_deduction_dz_epoch={}>", billing.rate,
                       billing.last_deduction_dz_epoch);
}

Record record(const ledger::Entry<Tenant>& entry, const ledger::Snapshot& all, View view) {
    const Tenant& tenant = entry.value;
    const auto topologies = codes_of(all.topologies(), tenant.include_topologies);
    std::vector<std::string> administrators;
    for (const auto& key : tenant.administrators) administrators.push_back(key.to_string());
    Record record(view);
    record.add("account", entry.key.to_string());
    record.add("code", tenant.code);
    record.add("vrf_id", tenant.vrf_id);
    record.add("metro_routing", tenant.metro_routing);
    record.add("route_liveness", tenant.route_liveness);
    record.add("include_topologies", topologies.empty() ? "default" : join(topologies, ", "));
    record.detail("payment_status", ledger::to_name(tenant.payment_status));
    record.detail("billing", billing_text(tenant.billing));
    record.detail("administrators", join(administrators, ", "));
    record.detail("token_account", tenant.token_account.to_string());
    record.detail("reference_count", tenant.reference_count);
    record.add("owner", tenant.owner.to_string());
    return record;
}

constexpr Kind<Tenant> kKind{.needs = {Tenant::kType, Topology::kType}, .show = record, .order = by_code};

struct Create {
    ix::CreateTenant args;
    KeyOrMe administrator;
};

struct Update {
    std::string name;
    ix::UpdateTenant args;
    std::optional<std::uint64_t> billing_rate;
    std::optional<std::vector<std::string>> topologies;
};

struct Administrator {
    std::string tenant;
    KeyOrMe key;
};

Task<Result<>> update_tenant(Update options, Draft& draft) {
    CO_TRY(const auto tenant, co_await draft.find<Tenant>(options.name));
    if (options.billing_rate) {
        options.args.billing = tenant.value.billing;
        options.args.billing->rate = *options.billing_rate;
    }
    if (options.topologies) {
        if (*options.topologies == std::vector<std::string>{"default"}) options.topologies->clear();
        CO_TRY(options.args.include_topologies, co_await draft.keys_of<Topology>(*options.topologies));
    }
    draft.send(draft.build().make(options.args, tenant.key));
    co_return Result<>{};
}

struct Delete {
    std::string name;
    bool users = false;
};

/// Deletes the tenant's users and takes the tenant out of the passes that name it.
Result<> release(const ledger::PublicKey& tenant, const ledger::Snapshot& all, Draft& draft) {
    for (const auto& user : all.users()) {
        if (user.value.tenant_pk != tenant) continue;
        const auto* const device = all.device(user.value.device_pk);
        if (device == nullptr) return not_found("device", user.value.device_pk.to_string());
        const Ipv4 client_ip = user.value.client_ip;
        const ledger::PublicKey any = draft.addresses().access_pass(Ipv4{}, user.value.owner);
        const ledger::PublicKey exact = draft.addresses().access_pass(client_ip, user.value.owner);
        const auto& pass = all.access_pass(any) != nullptr ? any : exact;
        for (auto& step : user_removal(draft.build(), user, pass, device->dz_prefixes.size()))
            draft.send(std::move(step));
    }
    for (const auto& [key, pass] : all.access_passes()) {
        if (std::ranges::find(pass.tenant_allowlist, tenant) == pass.tenant_allowlist.end()) continue;
        const ix::SetAccessPass same{.accesspass_type = pass.accesspass_type,
                                     .client_ip = pass.client_ip,
                                     .last_access_epoch = pass.last_access_epoch,
                                     .allow_multiple_ip = pass.allow_multiple_ip(),
                                     .max_unicast_users = pass.max_unicast_users,
                                     .max_multicast_users = pass.max_multicast_users};
        draft.send(draft.build().make(
            same,
            {.user_payer = pass.user_payer, .tenant_remove = tenant, .tenant_add = ledger::PublicKey{}}));
    }
    return {};
}

Task<Result<>> remove(Delete options, Draft& draft) {
    using ledger::AccountType;
    CO_TRY(const auto tenant, co_await draft.find<Tenant>(options.name));
    if (options.users) {
        CO_TRY(const Catalogue all,
               co_await read_kinds(draft.context(),
                                   {AccountType::User, AccountType::Device, AccountType::AccessPass}));
        CO_TRY_OK(release(tenant.key, *all, draft));
    }
    draft.send(draft.build().make(ix::DeleteTenant{}, tenant.key));
    co_return Result<>{};
}

template <class Args>
void add_administrator_change(Group& administrator, const std::string& name, const std::string& about) {
    auto command = administrator.command<Administrator>(name, about);
    command.need("--pubkey", command->tenant, "Tenant's address or code");
    command.need("--administrator", command->key, "Key of the administrator");
    command.writes([](Administrator options, Draft& draft) -> Task<Result<>> {
        CO_TRY(const ledger::PublicKey tenant, co_await draft.key_of<Tenant>(options.tenant));
        draft.send(draft.build().make(Args{options.key.or_payer(draft.payer())}, tenant));
        co_return Result<>{};
    });
}

}  // namespace

void add_tenant(Group& root) {
    Group tenant = root.group("tenant", "Customer networks");
    add_list(tenant, "List tenants", kKind);
    add_get(tenant, "Show one tenant", kKind);

    tenant.heading(kForAdministrators);
    auto create = tenant.command<Create>("create", "Add a tenant");
    create.need("--code", create->args.code, "Short name, at most 32 letters", parse_code);
    create.take("--administrator", create->administrator, "Key that may give passes for it; you by default");
    create.take("--token-account", create->args.token_account, "Account that its fees are taken from");
    create.flag("--metro-routing", create->args.metro_routing, "Route within the metropolitan area");
    create.flag("--route-liveness", create->args.route_liveness, "Watch its routes");
    create.writes([](Create options, Draft& draft) -> Task<Result<>> {
        options.args.administrator = options.administrator.or_payer(draft.payer());
        CO_TRY(auto instruction, draft.build().make(options.args));
        CO_TRY(const auto address, draft.addresses().tenant(options.args.code));
        draft.concerns<Tenant>(address);
        draft.send(std::move(instruction));
        co_return Result<>{};
    });

    auto update = tenant.command<Update>("update", "Change a tenant");
    update.need("--pubkey", update->name, "Address or code");
    update.take("--vrf-id", update->args.vrf_id, "Number of its routing table on devices");
    update.take("--token-account", update->args.token_account, "Account that its fees are taken from");
    update.take("--metro-routing", update->args.metro_routing, "Route within the metropolitan area");
    update.take("--route-liveness", update->args.route_liveness, "Watch its routes");
    update.take("--billing-rate", update->billing_rate, "Fee for each epoch");
    update.take("--include-topologies", update->topologies, "Topologies its routes may use, or default");
    update.wants_some();
    update.writes(update_tenant);

    auto end = tenant.command<Delete>("delete", "Remove a tenant that has no users");
    end.need("--pubkey", end->name, "Address or code");
    end.flag("--allow-delete-users", end->users, "Delete its users and take it out of passes first");
    end.writes(remove);

    Group administrator = tenant.group("administrator", "Who may give passes for a tenant");
    add_administrator_change<ix::AddTenantAdministrator>(administrator, "add", "Add an administrator");
    add_administrator_change<ix::RemoveTenantAdministrator>(administrator, "remove",
                                                            "Remove an administrator");
}

}  // namespace dz::cli
