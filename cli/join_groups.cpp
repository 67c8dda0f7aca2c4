// join_groups.cpp: the plan of `connect multicast` with groups (cli.md 3.5).
#include <fmt/format.h>

#include <algorithm>

#include "cli/failure.hpp"
#include "cli/group_roles.hpp"
#include "cli/join_checks.hpp"
#include "cli/text.hpp"
#include "ledger/instruction_builder.hpp"

namespace dz::cli {

namespace {

using ledger::AccessPass;
using ledger::AccountType;
using ledger::Entry;
using ledger::PublicKey;
using ledger::User;

/// A group and what is wanted of it.
struct Membership {
    GroupEntry group;
    Roles roles;
};

/// Adds `roles` to the group's, which comes last when it is new.
void add(std::vector<Membership>& all, const GroupEntry& group, Roles roles) {
    auto at = std::ranges::find(all, group.key, [](const Membership& one) { return one.group.key; });
    if (at == all.end()) at = all.insert(all.end(), {group, {}});
    at->roles.publisher |= roles.publisher;
    at->roles.subscriber |= roles.subscriber;
}

Result<> add_named(std::vector<Membership>& all, const std::vector<std::string>& names, Roles roles,
                   const ledger::Snapshot& catalogue) {
    TRY(const auto groups, find_groups(catalogue.multicast_groups(), names));
    for (std::size_t i = 0; i < groups.size(); ++i) {
        const auto before = groups.begin() + static_cast<std::ptrdiff_t>(i);
        if (std::ranges::find(groups.begin(), before, groups[i].key, &GroupEntry::key) != before)
            return failure(fmt::format("Duplicate multicast {} group: {}", roles.publisher ? "pub" : "sub",
                                       groups[i].value.code),
                           "", "name each group once for each role", Errc::BadValue);
        add(all, groups[i], roles);
    }
    return {};
}

/// The pass's groups that are there and take members.
void add_allowed(std::vector<Membership>& all, const std::vector<PublicKey>& keys, Roles roles,
                 const ledger::Snapshot& catalogue, JoinPlan& plan) {
    std::vector<std::string> codes;
    for (const PublicKey& key : keys) {
        const auto* const group = catalogue.multicast_group(key);
        if (group == nullptr) continue;
        if (group->status != ledger::MulticastGroupStatus::Activated) {
            plan.notes.push_back(
                fmt::format("group {} of the access pass takes no members now", group->code));
            continue;
        }
        codes.push_back(group->code);
        add(all, {key, *group}, roles);
    }
    if (!codes.empty())
        plan.facts.push_back(fmt::format("{} (of the access pass): {}",
                                         roles.publisher ? "Publishing to" : "Subscribing to",
                                         join(codes, ", ")));
}

/// Publishers' groups first, each group once.
Result<std::vector<Membership>> wanted(const MulticastChoice& choice, const AccessPass& pass,
                                       const ledger::Snapshot& catalogue, JoinPlan& plan) {
    constexpr Roles kPublisher{.publisher = true};
    constexpr Roles kSubscriber{.subscriber = true};
    std::vector<Membership> all;
    if (choice.groups()) {
        TRY_OK(add_named(all, choice.publish, kPublisher, catalogue));
        TRY_OK(add_named(all, choice.subscribe, kSubscriber, catalogue));
    } else {
        add_allowed(all, pass.mgroup_pub_allowlist, kPublisher, catalogue, plan);
        add_allowed(all, pass.mgroup_sub_allowlist, kSubscriber, catalogue, plan);
    }
    return all;
}

JoinStep role_step(const JoinPlan& plan, const PublicKey& access_pass, const Membership& one,
                   const Context& context) {
    const ledger::InstructionBuilder build(context.addresses, plan.payer);
    const std::string& code = one.group.value.code;
    return {.instruction =
                set_roles(build, {plan.client_ip, plan.account, access_pass}, one.group.key, one.roles),
            .doing = fmt::format("joining group {}", code),
            .failed = fmt::format("Error adding {} role in group {}", roles_text(one.roles), code),
            .done = fmt::format("Joined group {} as {}", code, roles_text(one.roles))};
}

JoinStep creation(const JoinPlan& plan, ledger::Cyoa cyoa, const Membership& first,
                  const ledger::Snapshot& catalogue, const Context& context) {
    const JoinPlan::NewAccount& create = *plan.create;
    const ledger::InstructionBuilder build(context.addresses, plan.payer);
    const auto prefixes = catalogue.device(create.device)->dz_prefixes.size();
    const ledger::ix::CreateSubscribeUser args{.user_type = plan.user_type,
                                               .cyoa_type = cyoa,
                                               .client_ip = plan.client_ip,
                                               .publisher = first.roles.publisher,
                                               .subscriber = first.roles.subscriber,
                                               .tunnel_endpoint = create.tunnel_endpoint,
                                               .dz_prefix_count = static_cast<std::uint8_t>(prefixes),
                                               .owner = {}};
    return {.instruction = build.make(args, {.device = create.device,
                                             .multicast_group = first.group.key,
                                             .access_pass = create.access_pass,
                                             .feed = {}}),
            .doing = "creating the account",
            .failed = "Error creating user",
            .done = fmt::format("Joined group {} as {}", first.group.value.code, roles_text(first.roles))};
}

/// What is missing of an account that exists. A role that it has in a group stays.
Result<> add_roles(const Entry<User>& user, const Entry<AccessPass>& pass,
                   const std::vector<Membership>& memberships, JoinPlan& plan, const Context& context) {
    for (Membership one : memberships) {
        const Roles has = roles_in(user.value, one.group.key);
        one.roles = {has.publisher || one.roles.publisher, has.subscriber || one.roles.subscriber};
        if (one.roles == has) continue;
        TRY_OK(check_roles(pass.value, one.group, one.roles));
        plan.steps.push_back(role_step(plan, pass.key, one, context));
    }
    return {};
}

Task<Result<>> add_account(const std::vector<Membership>& memberships, ConnectOptions options,
                           Entry<AccessPass> pass, Catalogue users, Catalogue catalogue, JoinPlan& plan,
                           Context& context, Progress& progress) {
    if (is_by_seat(pass.value))
        co_return failure("this access pass is for feeds, not for single groups", "it is sold by the seat",
                          "doublezero connect multicast --subscribe-feed FEED (doublezero feed list)",
                          Errc::Permission);
    for (const Membership& one : memberships) CO_TRY_OK(check_roles(pass.value, one.group, one.roles));
    const bool publishes =
        std::ranges::any_of(memberships, [](const Membership& one) { return one.roles.publisher; });
    const placement::Request request{
        .use = publishes ? placement::Use::Publisher : placement::Use::Subscriber,
        .in_use = placement::endpoints_in_use(*users, *catalogue)};
    CO_TRY_OK(co_await choose_device(plan, request, options.device, pass, catalogue, context, progress));
    const auto* const unicast = unicast_account(*users, ledger::UserType::Ibrl);
    plan.create->second = unicast != nullptr;
    const ledger::Cyoa cyoa = unicast == nullptr ? ledger::Cyoa::GreOverDia : unicast->value.cyoa_type;
    plan.steps.push_back(creation(plan, cyoa, memberships.front(), *catalogue, context));
    for (std::size_t i = 1; i < memberships.size(); ++i)
        plan.steps.push_back(role_step(plan, pass.key, memberships[i], context));
    co_return Result<>{};
}

}  // namespace

Task<Result<JoinPlan>> plan_groups(ConnectOptions options, MulticastChoice choice, Context& context,
                                   Progress& progress) {
    CO_TRY(JoinPlan plan, co_await begin_plan(ledger::UserType::Multicast, context));
    CO_TRY(const Catalogue users, co_await read_users_of(context, plan.client_ip));
    CO_TRY(const Entry<AccessPass> pass, co_await usable_pass(plan, context));
    CO_TRY(const Catalogue catalogue,
           co_await read_kinds(context, {AccountType::Device, AccountType::MulticastGroup}));
    CO_TRY(const auto memberships, wanted(choice, pass.value, *catalogue, plan));
    if (memberships.empty()) {
        plan.nothing = "the access pass lists no multicast group that takes members";
        plan.wants_tunnel = false;
        co_return plan;
    }
    if (const auto* const existing = account_of(*users, plan.user_type)) {
        CO_TRY_OK(check_usable(*existing, plan));
        CO_TRY_OK(co_await check_device_named(options.device, existing->value.device_pk, context));
        CO_TRY_OK(add_roles(*existing, pass, memberships, plan, context));
        co_return plan;
    }
    CO_TRY_OK(co_await add_account(memberships, options, pass, users, catalogue, plan, context, progress));
    co_return plan;
}

}  // namespace dz::cli
