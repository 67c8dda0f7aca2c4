// join_unicast.cpp: the plan of `connect ibrl` (cli.md 3.4).
#include <fmt/format.h>

#include <algorithm>

#include "cli/failure.hpp"
#include "cli/join_checks.hpp"
#include "cli/text.hpp"
#include "cli/user_removal.hpp"
#include "ledger/instruction_builder.hpp"

namespace dz::cli {

namespace {

using ledger::AccessPass;
using ledger::AccountType;
using ledger::Entry;
using ledger::UserType;

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

JoinStep creation(const JoinPlan& plan, const ledger::Snapshot& catalogue, const Context& context) {
    const JoinPlan::NewAccount& create = *plan.create;
    const ledger::InstructionBuilder build(context.addresses, plan.payer);
    const auto prefixes = catalogue.device(create.device)->dz_prefixes.size();
    std::optional<ledger::PublicKey> tenant;
    if (create.tenant) tenant = create.tenant->key;
    return {.instruction =
                build.make(ledger::ix::CreateUser{.user_type = plan.user_type,
                                                  .cyoa_type = ledger::Cyoa::GreOverDia,
                                                  .client_ip = plan.client_ip,
                                                  .tunnel_endpoint = create.tunnel_endpoint,
                                                  .dz_prefix_count = static_cast<std::uint8_t>(prefixes)},
                           {.device = create.device, .access_pass = create.access_pass, .tenant = tenant}),
            .doing = "creating the account",
            .failed = "Error creating user"};
}

/// The account is deleted on its old device first: its address on the ledger is the same on any.
std::vector<JoinStep> departure(const JoinPlan& plan, const Entry<ledger::User>& user,
                                const ledger::PublicKey& pass, const ledger::Device& device,
                                const Context& context) {
    const ledger::InstructionBuilder build(context.addresses, plan.payer);
    std::vector<JoinStep> steps;
    for (auto& instruction : user_removal(build, user, pass, device.dz_prefixes.size()))
        steps.push_back({.instruction = std::move(instruction),
                         .doing = fmt::format("leaving {}", device.code),
                         .failed = fmt::format("Error leaving {}", device.code)});
    steps.back().done = fmt::format("Left {}", device.code);
    return steps;
}

/// Fills the plan for an account that is to be where it is best, or where `options` say.
Task<Result<>> plan_move(ConnectOptions options, Entry<ledger::User> user, Catalogue users, Context& context,
                         Progress& progress, JoinPlan& plan) {
    CO_TRY(const Entry<AccessPass> pass, co_await usable_pass(plan, context));
    CO_TRY(const Catalogue catalogue,
           co_await read_kinds(context, {AccountType::Device, AccountType::Tenant}));
    const ledger::Device* const old = catalogue->device(user.value.device_pk);
    if (old == nullptr)
        co_return failure("the device of this account is not on the ledger", user.value.device_pk.to_string(),
                          "doublezero disconnect ibrl, then connect again", Errc::NotFound);
    if (options.tenant.empty() && !user.value.tenant_pk.is_zero())
        options.tenant = user.value.tenant_pk.to_string();
    CO_TRY(const auto tenant, choose_tenant(options.tenant, context, pass.value, *catalogue));
    placement::Request request{.use = placement::Use::Unicast,
                               .in_use = placement::endpoints_in_use(*users, *catalogue),
                               .current = user.value.device_pk};
    const bool named = !user.value.tunnel_endpoint.is_unspecified();
    std::erase(request.in_use, named ? user.value.tunnel_endpoint : old->public_ip);
    CO_TRY_OK(co_await choose_device(plan, request, options.device, pass, catalogue, context, progress));
    if (plan.create->device == user.value.device_pk) {
        plan.facts.push_back(fmt::format("Stays on {} ({})", old->code, plan.create->reason));
        plan.create.reset();
        co_return Result<>{};
    }
    plan.create->moves_from = old->code;
    plan.create->tenant = tenant;
    plan.steps = departure(plan, user, pass.key, *old, context);
    plan.steps.push_back(creation(plan, *catalogue, context));
    co_return Result<>{};
}

}  // namespace

Task<Result<JoinPlan>> plan_unicast(ConnectOptions options, Context& context, Progress& progress) {
    const UserType type = options.allocate_addr ? UserType::IbrlWithAllocatedIp : UserType::Ibrl;
    CO_TRY(JoinPlan plan, co_await begin_plan(type, context));
    CO_TRY(const Catalogue users, co_await read_users_of(context, plan.client_ip));
    if (const auto* const existing = unicast_account(*users, type)) {
        plan.account = existing->key;
        CO_TRY_OK(check_usable(*existing, plan));
        if (options.move) {
            CO_TRY_OK(co_await plan_move(options, *existing, users, context, progress, plan));
            co_return plan;
        }
        CO_TRY_OK(co_await check_device_named(options.device, existing->value.device_pk, context));
        CO_TRY_OK(co_await check_tenant_named(options.tenant, existing->value.tenant_pk, context));
        co_return plan;
    }
    CO_TRY(const Entry<AccessPass> pass, co_await usable_pass(plan, context));
    CO_TRY_OK(check_pass_seats(pass.value, type));
    CO_TRY(const Catalogue catalogue,
           co_await read_kinds(context, {AccountType::Device, AccountType::Tenant}));
    CO_TRY(const auto tenant, choose_tenant(options.tenant, context, pass.value, *catalogue));
    const placement::Request request{.use = placement::Use::Unicast,
                                     .in_use = placement::endpoints_in_use(*users, *catalogue)};
    CO_TRY_OK(co_await choose_device(plan, request, options.device, pass, catalogue, context, progress));
    plan.create->tenant = tenant;
    if (tenant) plan.facts.push_back(fmt::format("Using tenant '{}' ({})", tenant->code, tenant->source));
    plan.steps.push_back(creation(plan, *catalogue, context));
    co_return plan;
}

}  // namespace dz::cli
