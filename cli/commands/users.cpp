// users.cpp: user list and get (cli.md 7.2, 7.3).
#include <fmt/format.h>

#include <algorithm>

#include "cli/commands.hpp"
#include "cli/failure.hpp"
#include "cli/filter.hpp"
#include "cli/lookup.hpp"
#include "cli/record.hpp"
#include "cli/text.hpp"

namespace dz::cli {

namespace {

using ledger::AccountType;
using ledger::Device;
using ledger::Entry;
using ledger::User;

/// A user and what other accounts say about it.
struct UserView {
    Entry<User> user;
    std::string tenant, groups, publishers, subscribers, device, location_code, location, pass;

    auto order() const { return std::tuple(device, user.value.tunnel_id, user.key); }
};

/// Codes of all groups, publishers first; "S:P:" marks a group with both roles.
std::string groups_text(const User& user, const ledger::Snapshot& catalogue) {
    const auto holds = [](const std::vector<ledger::PublicKey>& list, const ledger::PublicKey& key) {
        return std::ranges::find(list, key) != list.end();
    };
    std::vector<std::string> marked;
    for (const auto& key : user.publishers) {
        const std::string_view mark = holds(user.subscribers, key) ? "S:P:" : "P:";
        marked.push_back(fmt::format("{}{}", mark, code_of(catalogue.multicast_groups(), key)));
    }
    for (const auto& key : user.subscribers) {
        if (!holds(user.publishers, key)) marked.push_back("S:" + code_of(catalogue.multicast_groups(), key));
    }
    return join(marked, ",");
}

std::string codes_text(const std::vector<ledger::PublicKey>& groups, const ledger::Snapshot& catalogue) {
    std::vector<std::string> codes;
    for (const auto& key : groups) codes.push_back(code_of(catalogue.multicast_groups(), key));
    return join(codes, ", ");
}

/// The pass that the user connected with, or `none`.
std::string pass_text(const User& user, const ledger::Snapshot& catalogue, const ledger::Addresses& addresses,
                      std::string_view none) {
    const auto* pass = catalogue.access_pass(addresses.access_pass(Ipv4{}, user.owner));
    if (pass == nullptr) pass = catalogue.access_pass(addresses.access_pass(user.client_ip, user.owner));
    return pass == nullptr ? std::string(none) : pass_summary(*pass);
}

UserView view_of(const Entry<User>& entry, const ledger::Snapshot& catalogue,
                 const ledger::Addresses& addresses, std::string_view no_pass) {
    const User& user = entry.value;
    UserView view;
    view.user = entry;
    if (!user.tenant_pk.is_zero()) view.tenant = code_of(catalogue.tenants(), user.tenant_pk);
    view.groups = groups_text(user, catalogue);
    view.publishers = codes_text(user.publishers, catalogue);
    view.subscribers = codes_text(user.subscribers, catalogue);
    view.device = code_of(catalogue.devices(), user.device_pk);
    const Device* const device = catalogue.device(user.device_pk);
    if (const auto* const location = device == nullptr ? nullptr : catalogue.location(device->location_pk)) {
        view.location_code = location->code;
        view.location = location->name;
    }
    view.pass = pass_text(user, catalogue, addresses, no_pass);
    return view;
}

bool matches(const UserListOptions& options, const UserView& view) {
    const User& user = view.user.value;
    return passes(options.device, {view.device, user.device_pk.to_string()}) &&
           passes(options.location, {view.location_code, view.location}) &&
           passes(options.client_ip, {user.client_ip.to_string()}) &&
           passes(options.dz_ip, {user.dz_ip.to_string()}) &&
           passes(options.owner, {user.owner.to_string()}) &&
           passes(options.user_type, {user_type_text(user.user_type)}) &&
           passes(options.status, {ledger::to_text(user.status), ledger::to_name(user.status)}) &&
           passes(options.tunnel_id, {fmt::format("{}", user.tunnel_id)}) &&
           passes(options.tenant, {view.tenant, user.tenant_pk.to_string()});
}

Record list_record(const UserView& view) {
    const User& user = view.user.value;
    Record record;
    record.add("account", view.user.key.to_string());
    record.add("tenant", view.tenant);
    record.add("user_type", user_type_text(user.user_type));
    record.json_only("device_pk", user.device_pk.to_string());
    record.add("multicast", view.groups, {.title = "groups"});
    record.json_only("publishers", view.publishers);
    record.json_only("subscribers", view.subscribers);
    record.add("device_name", view.device, {.title = "device"});
    record.json_only("location_code", view.location_code);
    record.add("location_name", view.location, {.title = "location"});
    record.add_named("cyoa_type", user.cyoa_type);
    record.add("client_ip", user.client_ip.to_string());
    record.add("dz_ip", user.dz_ip.to_string());
    record.add("accesspass", view.pass);
    record.add("tunnel_id", user.tunnel_id);
    record.add("tunnel_net", user.tunnel_net.to_string());
    record.add("tunnel_endpoint", user.tunnel_endpoint.to_string());
    record.add_named("status", user.status);
    record.add_named("bgp_status", user.bgp_status);
    record.json_only("bgp_rtt_ns", user.bgp_rtt_ns);
    record.add("bgp_rtt", rtt_text(user.bgp_rtt_ns), {.title = "rtt"});
    record.add("owner", user.owner.to_string());
    return record;
}

/// "2026-03-04 05:06:07 UTC"; the slot's number where the ledger has forgotten its time; "never" for 0.
Task<std::string> time_of(std::uint64_t slot, Context& context) {
    if (slot == 0) co_return "never";
    const auto time = co_await context.rpc.block_time(Slot{slot});
    co_return time && *time ? utc_text(**time) : fmt::format("slot {}", slot);
}

Task<Record> detail_record(UserView view, Context& context) {
    const User& user = view.user.value;
    Record record;
    record.add("account", view.user.key.to_string());
    record.add("user_type", user_type_text(user.user_type));
    record.add("tenant", view.tenant);
    record.json_only("device_pk", user.device_pk.to_string());
    record.add("device", view.device);
    record.add("cyoa_type", ledger::to_text(user.cyoa_type));
    record.add("client_ip", user.client_ip.to_string());
    record.add("tunnel_id", user.tunnel_id);
    record.add("tunnel_net", user.tunnel_net.to_string());
    record.add("dz_ip", user.dz_ip.to_string());
    record.add("tunnel_endpoint", user.tunnel_endpoint.to_string());
    record.add("validator_pubkey", user.validator_pubkey.to_string());
    record.add("accesspass", view.pass);
    record.add("publishers", view.publishers);
    record.add("subscribers", view.subscribers);
    record.add("status", ledger::to_text(user.status));
    record.add("bgp_status", ledger::to_text(user.bgp_status));
    record.json_only("last_bgp_reported_at", user.last_bgp_reported_at);
    record.add("last_bgp_reported_at_str", co_await time_of(user.last_bgp_reported_at, context),
               {.title = "last_bgp_reported_at"});
    record.json_only("last_bgp_up_at", user.last_bgp_up_at);
    record.add("last_bgp_up_at_str", co_await time_of(user.last_bgp_up_at, context),
               {.title = "last_bgp_up_at"});
    record.json_only("bgp_rtt_ns", user.bgp_rtt_ns);
    record.add("bgp_rtt_str", rtt_text(user.bgp_rtt_ns), {.title = "bgp_rtt"});
    record.add("owner", user.owner.to_string());
    co_return record;
}

Task<Result<Catalogue>> read_catalogue(Context& context) {
    return read_kinds(context, {AccountType::User, AccountType::Device, AccountType::Location,
                                AccountType::MulticastGroup, AccountType::Tenant, AccountType::AccessPass});
}

}  // namespace

Task<Result<>> user_list(UserListOptions options, Context& context, std::ostream& out) {
    CO_TRY(const Catalogue catalogue, co_await read_catalogue(context));
    std::vector<UserView> users;
    for (const auto& entry : catalogue->users()) {
        UserView view = view_of(entry, *catalogue, context.addresses, "none");
        if (matches(options, view)) users.push_back(std::move(view));
    }
    std::ranges::sort(users, {}, &UserView::order);
    std::vector<Record> records;
    for (const UserView& user : users) records.push_back(list_record(user));
    print_list(out, options.style, list_record({}), records);
    co_return Result<>{};
}

Task<Result<>> user_get(GetOptions options, Context& context, std::ostream& out) {
    CO_TRY(const Catalogue catalogue, co_await read_catalogue(context));
    const auto key = ledger::PublicKey::parse(options.name);
    const User* const user = key ? catalogue->user(*key) : nullptr;
    if (user == nullptr) co_return not_found("user", options.name);
    const Record record =
        co_await detail_record(view_of({*key, *user}, *catalogue, context.addresses, ""), context);
    print_one(out, options.style, record);
    co_return Result<>{};
}

}  // namespace dz::cli
