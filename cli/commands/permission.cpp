// permission.cpp: what single keys may do (cli.md 1.3, 7.7).
#include <fmt/format.h>

#include <algorithm>

#include "cli/failure.hpp"
#include "cli/families.hpp"
#include "cli/kind.hpp"
#include "cli/text.hpp"

namespace dz::cli {

namespace {

using ledger::Permission;
using ledger::PermissionFlag;
namespace ix = ledger::ix;

std::vector<std::string> flag_names(u128 permissions) {
    std::vector<std::string> names;
    for (const ledger::EnumText& row : ledger::enum_texts<PermissionFlag>()) {
        if ((permissions >> row.number & 1) != 0) names.emplace_back(row.text);
    }
    return names;
}

u128 bits_of(const std::vector<PermissionFlag>& flags) {
    u128 bits = 0;
    for (const PermissionFlag flag : flags) bits |= ledger::permission_bit(flag);
    return bits;
}

Record record(const ledger::Entry<Permission>& entry) {
    const Permission& permission = entry.value;
    const auto names = flag_names(permission.permissions);
    Record record;
    record.add("account", entry.key.to_string());
    record.add("user_payer", permission.user_payer.to_string());
    record.add("permissions", names, {.text = join(names, ", ")});
    record.add("status", ledger::to_text(permission.status));
    record.add("owner", permission.owner.to_string());
    return record;
}

constexpr Kind<Permission> kKind{
    .needs = {Permission::kType},
    .show = [](const auto& entry, const auto&, View) { return record(entry); },
    .order = [](const auto& entry, const auto&) { return entry.value.user_payer.to_string(); }};

struct Holder {
    KeyOrMe key;
};

Task<Result<>> print_permission(Holder options, OutputStyle style, Context& context, std::ostream& out) {
    ledger::PublicKey payer;
    if (!options.key.key) {
        CO_TRY(payer, context.payer());
    }
    const ledger::PublicKey key = context.addresses.permission(options.key.or_payer(payer));
    const auto account = co_await read_account<Permission>(context, key);
    if (!account) co_return ledger_failure(context, "cannot read the permission", account.error());
    if (!*account)
        co_return failure(
            fmt::format("key {} has no permission account", options.key.or_payer(payer).to_string()), "",
            "doublezero permission set --add, or doublezero permission list", Errc::NotFound);
    print_one(out, style, record({key, **account}));
    co_return Result<>{};
}

struct Set {
    KeyOrMe key;
    std::vector<PermissionFlag> add, remove;
};

/// Creates the account with what is added, or changes the one that is there.
Task<Result<>> set_permission(Set options, Draft& draft) {
    const ledger::PublicKey user_payer = options.key.or_payer(draft.payer());
    const ledger::PublicKey key = draft.addresses().permission(user_payer);
    CO_TRY(const auto existing, co_await read_account<Permission>(draft.context(), key));
    draft.concerns<Permission>(key);
    const u128 add = bits_of(options.add);
    if (existing) {
        draft.send(
            draft.build().make(ix::UpdatePermission{.add = add, .remove = bits_of(options.remove)}, key));
        co_return Result<>{};
    }
    if (add == 0)
        co_return failure(fmt::format("key {} has no permissions to remove", user_payer.to_string()), "",
                          "doublezero permission list", Errc::NotFound);
    draft.send(draft.build().make(ix::CreatePermission{.user_payer = user_payer, .permissions = add}));
    co_return Result<>{};
}

template <class Args>
void add_holder_change(Group& permission, const std::string& name, const std::string& about) {
    auto command = permission.command<Holder>(name, about);
    command.need("--user-payer", command->key, "Key that holds the permissions");
    command.writes([](Holder options, Draft& draft) -> Task<Result<>> {
        draft.send(
            draft.build().make(Args{}, draft.addresses().permission(options.key.or_payer(draft.payer()))));
        co_return Result<>{};
    });
}

/// A key that may do something today only because it is named in the global state.
struct Gap {
    std::string role;
    ledger::PublicKey key;
    PermissionFlag flag;
};

/// Keys that would lose a right if permission accounts were required.
std::vector<Gap> gaps(const ledger::GlobalState& state, const ledger::Snapshot& all,
                      const ledger::Addresses& addresses) {
    std::vector<Gap> wanted;
    for (const auto& key : state.foundation_allowlist)
        wanted.push_back({"foundation allowlist", key, PermissionFlag::Foundation});
    for (const auto& key : state.qa_allowlist) wanted.push_back({"qa allowlist", key, PermissionFlag::Qa});
    wanted.push_back({"activator authority", state.activator_authority_pk, PermissionFlag::Activator});
    wanted.push_back({"sentinel authority", state.sentinel_authority_pk, PermissionFlag::Sentinel});
    wanted.push_back({"health oracle", state.health_oracle_pk, PermissionFlag::HealthOracle});
    wanted.push_back({"feed authority", state.feed_authority_pk, PermissionFlag::FeedAuthority});
    std::erase_if(wanted, [&](const Gap& gap) {
        const Permission* const has = all.permissions().find(addresses.permission(gap.key));
        return gap.key.is_zero() || (has != nullptr && has->status == ledger::PermissionStatus::Activated &&
                                     (has->permissions & ledger::permission_bit(gap.flag)) != 0);
    });
    return wanted;
}

Record gap_record(const Gap& gap) {
    Record record;
    record.add("role", gap.role);
    record.add("user_payer", gap.key.to_string());
    record.add("missing", ledger::to_text(gap.flag));
    return record;
}

Task<Result<>> audit(None, OutputStyle style, Context& context, std::ostream& out) {
    CO_TRY(const Catalogue all,
           co_await read_kinds(context, {ledger::GlobalState::kType, Permission::kType}));
    const ledger::GlobalState* const state = all->global_state();
    if (state == nullptr) co_return not_found("global-config", "global state");
    const auto found = gaps(*state, *all, context.addresses);
    std::vector<Record> records;
    records.reserve(found.size());
    for (const Gap& gap : found) records.push_back(gap_record(gap));
    print_list(out, style, gap_record({}), records);
    if (records.empty()) co_return Result<>{};
    co_return failure(fmt::format("{} rights rest on the global state alone", records.size()),
                      "they end when the feature require-permission-accounts is turned on",
                      "doublezero permission set --user-payer KEY --add PERMISSION", Errc::NotFound);
}

}  // namespace

void add_permission(Group& root) {
    Group permission = root.group("permission", "What single keys may do");
    add_list(permission, "List permissions", kKind);
    auto get = permission.command<Holder>("get", "Show the permissions of one key");
    get.need("--user-payer", get->key, "Key that holds them");
    get.reads(Output::One, print_permission);

    permission.heading(kForAdministrators);
    auto set = permission.command<Set>("set", "Give permissions to a key and take them away");
    set.need("--user-payer", set->key, "Key that holds them");
    set.take("--add", set->add, "Give");
    set.take("--remove", set->remove, "Take away");
    set.wants_some();
    set.writes_and_waits(set_permission);
    add_holder_change<ix::SuspendPermission>(permission, "suspend", "Suspend the permissions of a key");
    add_holder_change<ix::ResumePermission>(permission, "resume", "Let suspended permissions hold again");
    add_holder_change<ix::DeletePermission>(permission, "delete", "Remove the permissions of a key");
    permission.command<None>("audit", "List keys that need a permission account before accounts are required")
        .reads(Output::List, audit);
}

}  // namespace dz::cli
