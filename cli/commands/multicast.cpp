// multicast.cpp: multicast groups and who may use them (cli.md 1.3, 7.6).
#include <fmt/format.h>

#include <algorithm>

#include "cli/families.hpp"
#include "cli/kind.hpp"
#include "cli/text.hpp"

namespace dz::cli {

namespace {

using ledger::AccessPass;
using ledger::AccountType;
using ledger::Entry;
using ledger::MulticastGroup;
using ledger::PublicKey;
using ledger::User;
namespace ix = ledger::ix;

Record list_record(const Entry<MulticastGroup>& entry, const ledger::Snapshot&) {
    const MulticastGroup& group = entry.value;
    Record record;
    record.add("account", entry.key.to_string());
    record.add("code", group.code);
    record.add("multicast_ip", group.multicast_ip.to_string());
    record.add("max_bandwidth", bandwidth_text(group.max_bandwidth));
    record.add("publishers", group.publisher_count);
    record.add("subscribers", group.subscriber_count);
    record.add_named("status", group.status);
    record.add("owner", group.owner.to_string());
    return record;
}

Record details_record(const Entry<MulticastGroup>& entry, const ledger::Snapshot& all) {
    const MulticastGroup& group = entry.value;
    Record record;
    record.add("account", entry.key.to_string());
    record.add("code", group.code);
    record.json_only("tenant_pk", group.tenant_pk.to_string());
    record.add("tenant", group.tenant_pk.is_zero() ? "" : code_of(all.tenants(), group.tenant_pk));
    record.add("multicast_ip", group.multicast_ip.to_string());
    record.add("max_bandwidth", bandwidth_text(group.max_bandwidth));
    record.add("publisher_count", group.publisher_count);
    record.add("subscriber_count", group.subscriber_count);
    record.add("status", ledger::to_text(group.status));
    record.add("owner", group.owner.to_string());
    return record;
}

Record record(const Entry<MulticastGroup>& entry, const ledger::Snapshot& all, View view) {
    return view == View::List ? list_record(entry, all) : details_record(entry, all);
}

constexpr Kind<MulticastGroup> kKind{
    .needs = {AccountType::MulticastGroup, AccountType::Tenant, AccountType::AccessPass, AccountType::User,
              AccountType::Device, AccountType::Location},
    .show = record,
    .order = by_code};

bool holds(const std::vector<PublicKey>& list, const PublicKey& key) {
    return std::ranges::find(list, key) != list.end();
}

/// "P", "S", or both with `both` in between.
std::string mode_text(bool publisher, bool subscriber, std::string_view between) {
    return fmt::format("{}{}{}", publisher ? "P" : "", publisher && subscriber ? between : "",
                       subscriber ? "S" : "");
}

Record allowed_record(const Entry<AccessPass>& entry, const PublicKey& group) {
    const AccessPass& pass = entry.value;
    Record record;
    record.add("account", entry.key.to_string());
    record.add("mode", mode_text(holds(pass.mgroup_pub_allowlist, group),
                                 holds(pass.mgroup_sub_allowlist, group), "+"));
    record.add("client_ip", pass.client_ip.to_string());
    record.add("user_payer", pass.user_payer.to_string());
    return record;
}

Record member_record(const Entry<User>& entry, const PublicKey& group, const ledger::Snapshot& all) {
    const User& user = entry.value;
    const auto* const device = all.device(user.device_pk);
    const auto* const location = device == nullptr ? nullptr : all.location(device->location_pk);
    Record record;
    record.add("account", entry.key.to_string());
    record.add("multicast_mode",
               mode_text(holds(user.publishers, group), holds(user.subscribers, group), ""));
    record.add("device", code_of(all.devices(), user.device_pk));
    record.add("location", location == nullptr ? "" : location->name);
    record.add("cyoa_type", ledger::to_text(user.cyoa_type));
    record.add("client_ip", user.client_ip.to_string());
    record.add("tunnel_id", user.tunnel_id);
    record.add("tunnel_net", user.tunnel_net.to_string());
    record.add("dz_ip", user.dz_ip.to_string());
    record.add("status", ledger::to_text(user.status));
    record.add("owner", user.owner.to_string());
    return record;
}

/// Passes that let somebody into the group, in order of address and key.
std::vector<Entry<AccessPass>> allowed(const PublicKey& group, const ledger::Snapshot& all, bool publishers,
                                       bool subscribers) {
    std::vector<Entry<AccessPass>> out;
    for (const auto& entry : all.access_passes()) {
        if ((publishers && holds(entry.value.mgroup_pub_allowlist, group)) ||
            (subscribers && holds(entry.value.mgroup_sub_allowlist, group)))
            out.push_back(entry);
    }
    std::ranges::sort(out, {}, [](const auto& entry) { return std::tie(entry.value.client_ip, entry.key); });
    return out;
}

json::Ordered to_array(const std::vector<Record>& records) {
    json::Ordered array = json::Ordered::array();
    for (const Record& record : records) array.push_back(record.to_json());
    return array;
}

Task<Result<>> get(Named named, OutputStyle style, Context& context, std::ostream& out) {
    CO_TRY(const Catalogue all, co_await read_for(kKind, context));
    const auto* const group = find(all->multicast_groups(), named.name);
    if (group == nullptr) co_return not_found(kind_name(MulticastGroup::kType), named.name);
    std::vector<Record> passes_of_group, members;
    for (const auto& pass : allowed(group->key, *all, true, true))
        passes_of_group.push_back(allowed_record(pass, group->key));
    for (const auto& user : all->users()) {
        if (holds(user.value.publishers, group->key) || holds(user.value.subscribers, group->key))
            members.push_back(member_record(user, group->key, *all));
    }
    Record record = details_record(*group, *all);
    record.json_only("allowlist", to_array(passes_of_group));
    record.json_only("users", to_array(members));
    print_one(out, style, record);
    if (style.machine_readable()) co_return Result<>{};
    out << "\nallowlist:\n";
    print_list(out, style, allowed_record({}, {}), passes_of_group);
    out << "\nusers:\n";
    print_list(out, style, member_record({}, {}, *all), members);
    co_return Result<>{};
}

// ---- Changes

struct Create {
    ix::CreateMulticastGroup args;
    KeyOrMe owner;
};

Task<Result<>> create(Create options, Draft& draft) {
    options.args.owner = options.owner.or_payer(draft.payer());
    options.args.use_onchain_allocation = true;
    draft.concerns<MulticastGroup>(draft.addresses().multicast_group(draft.next_index()));
    draft.send(draft.build().make(options.args, draft.next_index()));
    co_return Result<>{};
}

struct Update {
    std::string name;
    ix::UpdateMulticastGroup args;
};

Task<Result<>> update(Update options, Draft& draft) {
    CO_TRY(const PublicKey group, co_await draft.key_of<MulticastGroup>(options.name));
    options.args.use_onchain_allocation = options.args.multicast_ip.has_value();
    draft.concerns<MulticastGroup>(group);
    draft.send(draft.build().make(options.args, group));
    co_return Result<>{};
}

Task<Result<>> remove(Named named, Draft& draft) {
    CO_TRY(const auto group, co_await draft.find<MulticastGroup>(named.name));
    draft.send(draft.build().make(ix::DeleteMulticastGroup{true},
                                  ledger::OwnedAccounts{group.key, group.value.owner}));
    co_return Result<>{};
}

void add_changes(Group& group) {
    auto make = group.command<Create>("create", "Add a group; the ledger chooses its address");
    make.need("--code", make->args.code, "Short name", parse_code);
    make.need("--max-bandwidth", make->args.max_bandwidth, "For example 1gbps", parse_bandwidth);
    make.need("--owner", make->owner, "Key that says who may use it");
    make.writes_and_waits(create);

    auto change = group.command<Update>("update", "Change a group");
    auto& args = change->args;
    change.need("--pubkey", change->name, "Address or code");
    change.take("--code", args.code, "Short name", parse_code);
    change.take("--multicast-ip", args.multicast_ip, "Address");
    change.take("--max-bandwidth", args.max_bandwidth, "For example 1gbps", parse_bandwidth);
    change.take("--owner", args.owner, "Key that says who may use it");
    change.take("--publisher-count", args.publisher_count, "Repair a counter");
    change.take("--subscriber-count", args.subscriber_count, "Repair a counter");
    change.wants_some();
    change.writes_and_waits(update);

    auto end = group.command<Named>("delete", "Remove a group that nobody is in");
    end.need("--pubkey", end->name, "Address or code");
    end.writes(remove);
}

// ---- Allowlists

struct Allow {
    std::string group;
    Ipv4 client_ip;
    KeyOrMe user_payer;
};

Record allowlist_record(const Entry<AccessPass>& entry, const std::string& group) {
    Record record;
    record.add("account", entry.key.to_string());
    record.add("multicast_group", group);
    record.add("client_ip", entry.value.client_ip.to_string());
    record.add("user_payer", entry.value.user_payer.to_string());
    return record;
}

Task<Result<>> print_allowlist(std::string name, bool publishers, OutputStyle style, Context& context,
                               std::ostream& out) {
    CO_TRY(const Catalogue all,
           co_await read_kinds(context, {AccountType::MulticastGroup, AccountType::AccessPass}));
    const auto* const group = find(all->multicast_groups(), name);
    if (group == nullptr) co_return not_found(kind_name(MulticastGroup::kType), name);
    std::vector<Record> records;
    for (const auto& pass : allowed(group->key, *all, publishers, !publishers))
        records.push_back(allowlist_record(pass, group->value.code));
    print_list(out, style, allowlist_record({}, ""), records);
    co_return Result<>{};
}

template <class Args>
void add_allow(Group& list, const std::string& name, const std::string& about) {
    auto command = list.command<Allow>(name, about);
    command.need("--code", command->group, "Group code or address");
    command.need("--client-ip", command->client_ip, "Address of the pass; 0.0.0.0 for a pass for any");
    command.need("--user-payer", command->user_payer, "Key of the pass");
    command.writes([](Allow options, Draft& draft) -> Task<Result<>> {
        CO_TRY(const PublicKey group, co_await draft.key_of<MulticastGroup>(options.group));
        const PublicKey user_payer = options.user_payer.or_payer(draft.payer());
        const PublicKey pass = draft.addresses().access_pass(options.client_ip, user_payer);
        draft.concerns<AccessPass>(pass);
        draft.send(
            draft.build().make(Args{options.client_ip, user_payer},
                               ledger::AllowlistAccounts{
                                   .multicast_group = group, .access_pass = pass, .user_payer = user_payer}));
        co_return Result<>{};
    });
}

template <class Add, class Remove>
void add_allowlist(Group& allowlist, const std::string& name, const std::string& verb, bool publishers) {
    Group list = allowlist.group(name, fmt::format("Passes that may {} a group", verb));
    auto all = list.command<Named>("list", "List these passes");
    all.need("--code", all->name, "Group code or address");
    all.reads(Output::List,
              [publishers](Named named, OutputStyle style, Context& context, std::ostream& out) {
                  return print_allowlist(std::move(named.name), publishers, style, context, out);
              });
    list.heading(kForAdministrators);
    add_allow<Add>(list, "add", fmt::format("Let a pass {} a group", verb));
    add_allow<Remove>(list, "remove", "Take that right away");
}

}  // namespace

void add_multicast(Group& root) {
    Group multicast = root.group("multicast", "Multicast groups");
    add_multicast_roles(multicast);
    Group group = multicast.group("group", "Groups, and who may use them");
    add_list(group, "List groups", kKind);
    auto one = group.command<Named>("get", "Show one group, its passes and its users");
    one.need("--code", one->name, "Code or address");
    one.reads(Output::One, get);
    Group allowlist = group.group("allowlist", "Who may use a group");
    add_allowlist<ix::AddMulticastGroupPubAllowlist, ix::RemoveMulticastGroupPubAllowlist>(
        allowlist, "publisher", "send to", true);
    add_allowlist<ix::AddMulticastGroupSubAllowlist, ix::RemoveMulticastGroupSubAllowlist>(
        allowlist, "subscriber", "receive", false);
    group.heading(kForAdministrators);
    add_changes(group);
}

}  // namespace dz::cli
