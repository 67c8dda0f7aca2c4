// multicast_roles.cpp: multicast publish, unpublish, subscribe, unsubscribe (cli.md 6): what the multicast
// account of this host does in single groups.
#include <fmt/format.h>

#include <algorithm>

#include "cli/failure.hpp"
#include "cli/families.hpp"
#include "cli/group_roles.hpp"
#include "cli/join_checks.hpp"
#include "cli/remedies.hpp"
#include "cli/text.hpp"
#include "cli/transaction_text.hpp"

namespace dz::cli {

namespace {

using ledger::AccountType;
using ledger::Entry;
using ledger::User;

/// One of the four commands.
struct Verb {
    std::string_view name;
    std::string_view done;  ///< "alpha: published"
    bool Roles::* role;
    bool wanted;
};
constexpr Verb kPublish{"publish", "published", &Roles::publisher, true};
constexpr Verb kUnpublish{"unpublish", "no longer published", &Roles::publisher, false};
constexpr Verb kSubscribe{"subscribe", "subscribed", &Roles::subscriber, true};
constexpr Verb kUnsubscribe{"unsubscribe", "no longer subscribed", &Roles::subscriber, false};

struct Options {
    std::vector<std::string> groups;
    bool dry_run = false;
};

/// What becomes of one group. Where nothing is sent it is so already.
struct Change {
    GroupEntry group;
    Roles roles;
    std::optional<ledger::TransactionInstruction> instruction;
};

struct RolePlan {
    Ipv4 client_ip;
    Entry<User> user;
    std::vector<Change> changes;
    std::vector<std::string> warnings;
};

/// What the account is left with when all changes have worked.
std::vector<std::string> warnings_of(const RolePlan& plan, const Verb& verb) {
    const auto sends = [](const Change& one) { return one.instruction.has_value(); };
    if (verb.wanted || std::ranges::none_of(plan.changes, sends)) return {};
    std::vector<ledger::PublicKey> publishers = plan.user.value.publishers;
    std::vector<ledger::PublicKey> subscribers = plan.user.value.subscribers;
    auto& shrinking = verb.role == &Roles::publisher ? publishers : subscribers;
    for (const Change& one : plan.changes) std::erase(shrinking, one.group.key);
    if (publishers.empty() && subscribers.empty())
        return {
            "no group is left: the tunnel stays up without a use; doublezero disconnect multicast ends it"};
    if (publishers.empty() && !plan.user.value.publishers.empty())
        return {
            "this host publishes to no group any more: it loses its DoubleZero address, and its tunnel is "
            "rebuilt"};
    return {};
}

/// Each group once, in the order they were named.
Result<std::vector<GroupEntry>> groups_named(const Options& options, const ledger::Snapshot& all) {
    TRY(const auto named, find_groups(all.multicast_groups(), options.groups));
    std::vector<GroupEntry> groups;
    for (const GroupEntry& group : named) {
        if (std::ranges::find(groups, group.key, &GroupEntry::key) == groups.end()) groups.push_back(group);
    }
    return groups;
}

Task<Result<RolePlan>> plan_roles(Verb verb, Options options, Context& context) {
    CO_TRY(const JoinPlan head, co_await begin_plan(ledger::UserType::Multicast, context));
    RolePlan plan{.client_ip = head.client_ip, .user = {}, .changes = {}, .warnings = {}};
    CO_TRY(const Catalogue users, co_await read_users_of(context, plan.client_ip));
    const auto* const user = account_of(*users, ledger::UserType::Multicast);
    if (user == nullptr)
        co_return failure(
            fmt::format("No active multicast user for {}", plan.client_ip), "",
            fmt::format("doublezero connect multicast --{} {}",
                        verb.role == &Roles::publisher ? "publish" : "subscribe", join(options.groups, " ")),
            Errc::NotFound);
    CO_TRY_OK(check_usable(*user, head));
    plan.user = *user;
    CO_TRY(const Catalogue all, co_await read_kinds(context, {AccountType::MulticastGroup}));
    CO_TRY(const auto groups, groups_named(options, *all));
    CO_TRY(const auto pass, co_await find_access_pass(context, plan.client_ip, user->value.owner));
    if (!pass && verb.wanted)
        co_return failure("no usable AccessPass", "the account's pass is gone",
                          "ask the foundation for a pass for this address and key", Errc::Permission);
    const ledger::PublicKey pass_key =
        pass ? pass->key : context.addresses.access_pass(plan.client_ip, user->value.owner).key;
    const ledger::InstructionBuilder build(context.addresses, head.payer);
    for (const GroupEntry& group : groups) {
        Change change{.group = group, .roles = roles_in(user->value, group.key), .instruction = {}};
        if (change.roles.*verb.role != verb.wanted) {
            change.roles.*verb.role = verb.wanted;
            if (verb.wanted) CO_TRY_OK(check_roles(pass->value, group, change.roles));
            change.instruction =
                set_roles(build, {plan.client_ip, user->key, pass_key}, group.key, change.roles);
        }
        plan.changes.push_back(std::move(change));
    }
    plan.warnings = warnings_of(plan, verb);
    co_return plan;
}

void print_dry_run(const RolePlan& plan, OutputStyle style, std::ostream& out) {
    std::vector<ledger::TransactionInstruction> instructions;
    for (const Change& one : plan.changes) {
        if (one.instruction) instructions.push_back(*one.instruction);
    }
    if (!style.machine_readable()) return print_transactions(out, instructions);
    print_json(out,
               {{"client_ip", plan.client_ip.to_string()},
                {"account", plan.user.key.to_string()},
                {"transactions", transactions_json(instructions)}},
               style);
}

/// One failed group does not keep the next from being tried.
Task<Result<>> carry_out(RolePlan plan, Verb verb, OutputStyle style, Context& context, std::ostream& out) {
    std::ostream& say = style.machine_readable() ? context.err : out;
    say << fmt::format("⚡  Multicast {}: client_ip: {}\n", verb.name, plan.client_ip);
    Progress progress = context.progress();
    json::Ordered rows = json::Ordered::array();
    std::vector<std::string> failed;
    for (const Change& one : plan.changes) {
        const std::string& code = one.group.value.code;
        json::Ordered signature = nullptr;
        if (!one.instruction) {
            say << fmt::format("    {}: already {}, skipping\n", code, verb.done);
        } else {
            progress.say(fmt::format("{} {}", verb.name, code));
            std::vector<ledger::TransactionInstruction> instructions{*one.instruction};
            const auto receipt = co_await context.submit(std::move(instructions));
            progress.clear();
            if (!receipt) {
                print_failure(context.err, refused(context, fmt::format("{} {}", verb.name, code),
                                                   receipt.error(), Refused::Joining));
                failed.push_back(code);
                continue;
            }
            signature = receipt->signature.to_string();
            say << fmt::format("    {}: {}. Signature: {}\n", code, verb.done,
                               receipt->signature.to_string());
        }
        rows.push_back({{"group", code},
                        {"publisher", one.roles.publisher},
                        {"subscriber", one.roles.subscriber},
                        {"signature", signature}});
    }
    say << "✅  Groups updated; routes adjust shortly\n";
    if (style.machine_readable())
        print_json(out,
                   {{"client_ip", plan.client_ip.to_string()},
                    {"account", plan.user.key.to_string()},
                    {"groups", rows}},
                   style);
    if (failed.empty()) co_return Result<>{};
    co_return failure(fmt::format("{} failed for {} of {} groups: {}", verb.name, failed.size(),
                                  plan.changes.size(), join(failed, ", ")),
                      "", "run it again for those");
}

Task<Result<>> change_roles(Verb verb, Options options, OutputStyle style, Context& context,
                            std::ostream& out) {
    CO_TRY(RolePlan plan, co_await plan_roles(verb, options, context));
    for (const std::string& warning : plan.warnings) context.err << "Note: " << warning << "\n";
    if (!options.dry_run) co_return co_await carry_out(std::move(plan), verb, style, context, out);
    print_dry_run(plan, style, out);
    co_return Result<>{};
}

void add_verb(Group& multicast, const Verb& verb, const std::string& about) {
    auto command = multicast.command<Options>(std::string(verb.name), about);
    command.need("GROUP", command->groups, "Group codes or addresses");
    command.flag("--dry-run", command->dry_run, "Print what would be sent, and send nothing");
    command.acts([verb](Options options, OutputStyle style, Context& context, std::ostream& out) {
        return change_roles(verb, std::move(options), style, context, out);
    });
}

}  // namespace

void add_multicast_roles(Group& multicast) {
    add_verb(multicast, kPublish, "Send to groups too");
    add_verb(multicast, kUnpublish, "Stop sending to groups");
    add_verb(multicast, kSubscribe, "Receive groups too");
    add_verb(multicast, kUnsubscribe, "Stop receiving groups");
}

}  // namespace dz::cli
