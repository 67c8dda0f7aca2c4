#include "cli/join_plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/device_choice.hpp"
#include "cli/failure.hpp"
#include "cli/lookup.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"
#include "ledger/enum_text.hpp"

namespace dz::cli {

namespace {

using ledger::AccessPass;
using ledger::AccountType;
using ledger::Entry;
using ledger::User;

/// The pass of this host, when it can be used now.
Task<Result<Entry<AccessPass>>> usable_pass(const JoinPlan& plan, Context& context) {
    const auto refused = [&plan](std::string_view why) {
        return failure(fmt::format("no usable AccessPass for IP {} and payer {}", plan.client_ip,
                                   plan.payer.to_string()),
                       why, "ask the foundation for a pass for this address and key", Errc::Permission);
    };
    CO_TRY(const auto pass, co_await find_access_pass(context, plan.client_ip, plan.payer));
    if (!pass) co_return refused("there is none");
    const std::uint64_t last = pass->value.last_access_epoch;
    if (last == AccessPass::kUnlimitedEpoch) co_return *pass;
    const auto now = co_await context.rpc.epoch_info(ledger::Commitment::Confirmed);
    if (!now) co_return ledger_failure(context, "cannot read the epoch", now.error());
    if (last >= now->epoch) co_return *pass;
    co_return refused(last == 0 ? std::string("it is blocked: its last epoch is 0")
                                : fmt::format("it ended with epoch {}, now is epoch {}", last, now->epoch));
}

/// The tenant to join: of the argument, else of the configuration, else the first one of the pass.
Result<std::optional<JoinPlan::Tenant>> choose_tenant(const std::string& argument, const Context& context,
                                                      const AccessPass& pass,
                                                      const ledger::Snapshot& catalogue) {
    std::string name = argument;
    std::string source = "CLI argument";
    if (name.empty() && context.settings.tenant) {
        name = *context.settings.tenant;
        source = "configuration file";
    }
    if (name.empty() && !pass.tenant_allowlist.empty() && !pass.tenant_allowlist.front().is_zero()) {
        name = pass.tenant_allowlist.front().to_string();
        source = "Access Pass";
    }
    if (name.empty()) return std::nullopt;
    const auto* const tenant = find(catalogue.tenants(), name);
    if (tenant == nullptr)
        return failure(fmt::format("tenant not found: {}", name), fmt::format("named by: {}", source),
                       "doublezero tenant list", Errc::NotFound);
    return JoinPlan::Tenant{tenant->key, tenant->value.code, source};
}

Task<Result<JoinPlan::NewAccount>> plan_account(ConnectOptions options, const JoinPlan& plan,
                                                const ledger::Snapshot& users, Context& context) {
    CO_TRY(const Entry<AccessPass> pass, co_await usable_pass(plan, context));
    CO_TRY(const Catalogue catalogue,
           co_await read_kinds(context, {AccountType::Device, AccountType::Tenant}));
    CO_TRY(const DeviceChoice choice,
           choose_device(*catalogue, endpoints_in_use(users, *catalogue), options.device));
    CO_TRY(const auto tenant, choose_tenant(options.tenant, context, pass.value, *catalogue));
    co_return JoinPlan::NewAccount{
        .access_pass = pass.key,
        .device = choice.device->key,
        .device_code = choice.device->value.code,
        .reason = choice.reason,
        .tunnel_endpoint = choice.endpoint,
        .dz_prefix_count = static_cast<std::uint8_t>(choice.device->value.dz_prefixes.size()),
        .tenant = tenant};
}

/// The account of the wanted type, else one of another unicast type; null where there is neither.
const Entry<User>* unicast_account(const ledger::Snapshot& users, ledger::UserType wanted) {
    const Entry<User>* found = nullptr;
    for (const Entry<User>& entry : users.users()) {
        if (entry.value.user_type == wanted) return &entry;
        if (entry.value.user_type != ledger::UserType::Multicast) found = &entry;
    }
    return found;
}

/// Why the unicast account that this address has is not the one that was asked for.
Result<> check_existing(const Entry<User>& existing, const JoinPlan& plan) {
    const User& user = existing.value;
    if (user.user_type != plan.user_type)
        return failure(
            fmt::format("this host already has an account of type {}", user_type_text(user.user_type)),
            fmt::format("account {}; a host has one unicast tunnel", existing.key.to_string()),
            "doublezero disconnect ibrl, then connect again", Errc::Exists);
    if (user.owner != plan.payer)
        return failure(
            fmt::format("the account of this address belongs to another key: {}", user.owner.to_string()),
            fmt::format("account {}", existing.key.to_string()), "use that key with --keypair",
            Errc::Permission);
    if (user.status == ledger::UserStatus::Banned)
        return failure("this user is banned",
                       fmt::format("account {}: the network's operators closed it", existing.key.to_string()),
                       "ask the foundation; `doublezero disconnect` removes the account", Errc::Permission);
    if (user.status != ledger::UserStatus::Activated)
        return failure(
            fmt::format("user status unexpected: {}", ledger::to_text(user.status)),
            fmt::format("account {}: only an activated user gets a tunnel", existing.key.to_string()),
            "doublezero disconnect, then connect again");
    return {};
}

/// What was asked for by name must be what the account has: it cannot be moved.
template <class T>
Task<Result<>> check_named(std::string_view what, std::string wanted, ledger::PublicKey has,
                           Context& context) {
    if (wanted.empty() || wanted == has.to_string()) co_return Result<>{};
    std::string code = "none";
    if (!has.is_zero()) {
        const auto account = co_await read_account<T>(context, has);
        if (!account)
            co_return ledger_failure(context, fmt::format("cannot read the {}", what), account.error());
        code = *account ? (*account)->code : has.to_string();
        if (same_code(code, wanted)) co_return Result<>{};
    }
    co_return failure(fmt::format("this host is already connected with {} {}, not {}", what, code, wanted),
                      "an account stays where it was created",
                      "doublezero disconnect ibrl, then connect again", Errc::Exists);
}

}  // namespace

Task<Result<JoinPlan>> plan_join(ConnectOptions options, Context& context) {
    JoinPlan plan;
    plan.network = context.settings.network;
    plan.user_type = options.allocate_addr ? ledger::UserType::IbrlWithAllocatedIp : ledger::UserType::Ibrl;
    CO_TRY(plan.payer, context.payer());
    CO_TRY_OK(co_await require_balance(context));
    CO_TRY_OK(co_await require_daemon(context));
    CO_TRY(plan.client_ip, co_await client_ip_of_daemon(context));
    CO_TRY(const Catalogue users, co_await read_users_of(context, plan.client_ip));
    if (const auto* const existing = unicast_account(*users, plan.user_type)) {
        plan.account = existing->key;
        const User& user = existing->value;
        CO_TRY_OK(check_existing(*existing, plan));
        CO_TRY_OK(co_await check_named<ledger::Device>("device", options.device.value_or(""), user.device_pk,
                                                       context));
        CO_TRY_OK(co_await check_named<ledger::Tenant>("tenant", options.tenant, user.tenant_pk, context));
        co_return plan;
    }
    plan.account = context.addresses.user(plan.client_ip, plan.user_type);
    CO_TRY(plan.create, co_await plan_account(std::move(options), plan, *users, context));
    co_return plan;
}

void print_plan(std::ostream& out, const JoinPlan& plan, OutputStyle style) {
    using Fields = std::vector<std::pair<std::string, std::string>>;
    Fields fields{{"action", plan.create ? "create the account" : "none: the account exists"},
                  {"network", plan.network},
                  {"payer", plan.payer.to_string()},
                  {"client_ip", plan.client_ip.to_string()},
                  {"user_type", std::string(user_type_text(plan.user_type))},
                  {"account", plan.account.to_string()}};
    if (plan.create) {
        const Fields more{{"access_pass", plan.create->access_pass.to_string()},
                          {"device", plan.create->device_code},
                          {"device_pk", plan.create->device.to_string()},
                          {"device_reason", plan.create->reason},
                          {"tunnel_endpoint", plan.create->tunnel_endpoint.to_string()},
                          {"tenant", plan.create->tenant ? plan.create->tenant->code : ""}};
        fields.insert(fields.end(), more.begin(), more.end());
    }
    if (!style.machine_readable()) return print_details(out, fields);
    json::Ordered object = json::Ordered::object();
    for (const auto& [name, value] : fields) object[name] = value;
    print_json(out, object, style);
}

}  // namespace dz::cli
