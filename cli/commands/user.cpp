// user.cpp: user accounts: list and get (cli.md 7.2, 7.3). What changes them is in user_changes.cpp.
#include <fmt/format.h>

#include <algorithm>

#include "cli/failure.hpp"
#include "cli/families.hpp"
#include "cli/kind.hpp"
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
    std::string tenant, groups, narrow_groups, publishers, subscribers, device, location_code, location, pass,
        bgp;
    ledger::AccessPassType pass_type = ledger::access::Unknown{};

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

/// "P:alpha+1,S:beta": the first of each role and how many more there are.
std::string narrow_groups_text(const User& user, const ledger::Snapshot& catalogue) {
    std::vector<std::string> texts;
    const auto& groups = catalogue.multicast_groups();
    if (!user.publishers.empty()) texts.push_back("P:" + first_and_more(codes_of(groups, user.publishers)));
    if (!user.subscribers.empty()) texts.push_back("S:" + first_and_more(codes_of(groups, user.subscribers)));
    return join(texts, ",");
}

/// Devices repeat what they know every 6 hours at least; twice that without a word and nobody knows.
constexpr std::uint64_t kStaleSlots = 12UL * 3600 * 1000 / 400;

/// "up"; "up (stale)" when the device has not said so for long.
std::string bgp_text(const User& user, Slot now) {
    const bool stale = user.last_bgp_reported_at != 0 && now.value > user.last_bgp_reported_at + kStaleSlots;
    return fmt::format("{}{}", ledger::to_text(user.bgp_status), stale ? " (stale)" : "");
}

/// The pass that the user connected with.
const ledger::AccessPass* pass_of(const User& user, const ledger::Snapshot& catalogue,
                                  const ledger::Addresses& addresses) {
    const auto* const any = catalogue.access_pass(addresses.access_pass(Ipv4{}, user.owner));
    if (any != nullptr) return any;
    return catalogue.access_pass(addresses.access_pass(user.client_ip, user.owner));
}

UserView view_of(const Entry<User>& entry, const ledger::Snapshot& catalogue,
                 const ledger::Addresses& addresses, std::string_view no_pass) {
    const User& user = entry.value;
    UserView view;
    view.user = entry;
    if (!user.tenant_pk.is_zero()) view.tenant = code_of(catalogue.tenants(), user.tenant_pk);
    view.groups = groups_text(user, catalogue);
    view.narrow_groups = narrow_groups_text(user, catalogue);
    view.bgp = bgp_text(user, catalogue.slot());
    view.publishers = join(codes_of(catalogue.multicast_groups(), user.publishers), ", ");
    view.subscribers = join(codes_of(catalogue.multicast_groups(), user.subscribers), ", ");
    view.device = code_of(catalogue.devices(), user.device_pk);
    const Device* const device = catalogue.device(user.device_pk);
    if (const auto* const location = device == nullptr ? nullptr : catalogue.location(device->location_pk)) {
        view.location_code = location->code;
        view.location = location->name;
    }
    const ledger::AccessPass* const pass = pass_of(user, catalogue, addresses);
    view.pass = pass == nullptr ? std::string(no_pass) : pass_summary(*pass);
    if (pass != nullptr) view.pass_type = pass->accesspass_type;
    return view;
}

/// Each list empty = no filter; values of one list are alternatives.
struct Filter {
    std::vector<std::string> device, location, client_ip, dz_ip, multicast_group, tenant;
    std::vector<ledger::PublicKey> owner, solana_identity;
    std::vector<ledger::UserType> user_type;
    std::vector<ledger::Cyoa> cyoa_type;
    std::vector<ledger::UserStatus> status;
    std::vector<std::uint16_t> tunnel_id;
    bool prepaid = false, solana_validator = false, all_tenants = false;
};

bool has_pass_type(const Filter& filter, const ledger::AccessPassType& type) {
    const auto* const validator = std::get_if<ledger::access::SolanaValidator>(&type);
    const bool any = !filter.prepaid && !filter.solana_validator;
    return (any || (filter.prepaid && std::holds_alternative<ledger::access::Prepaid>(type)) ||
            (filter.solana_validator && validator != nullptr)) &&
           (filter.solana_identity.empty() ||
            (validator != nullptr && is(filter.solana_identity, validator->key)));
}

bool in_group(const Filter& filter, const User& user, const ledger::Snapshot& all) {
    const auto wanted = [&](const ledger::PublicKey& key) {
        return passes(filter.multicast_group, {code_of(all.multicast_groups(), key), key.to_string()});
    };
    return filter.multicast_group.empty() || std::ranges::any_of(user.publishers, wanted) ||
           std::ranges::any_of(user.subscribers, wanted);
}

bool matches(const Filter& filter, const UserView& view, const ledger::Snapshot& all) {
    const User& user = view.user.value;
    return passes(filter.device, {view.device, user.device_pk.to_string()}) &&
           passes(filter.location, {view.location_code, view.location}) &&
           passes(filter.client_ip, {user.client_ip.to_string()}) &&
           passes(filter.dz_ip, {user.dz_ip.to_string()}) && is(filter.owner, user.owner) &&
           is(filter.user_type, user.user_type) && is(filter.cyoa_type, user.cyoa_type) &&
           is(filter.status, user.status) && is(filter.tunnel_id, user.tunnel_id) &&
           passes(filter.tenant, {view.tenant, user.tenant_pk.to_string()}) &&
           has_pass_type(filter, view.pass_type) && in_group(filter, user, all);
}

/// What --narrow calls it.
std::string narrow_type(ledger::UserType type) {
    if (type == ledger::UserType::IbrlWithAllocatedIp) return "IBRL+IP";
    if (type == ledger::UserType::EdgeFiltering) return "EdgeFilt";
    return std::string(user_type_text(type));
}

Record list_record(const UserView& view) {
    const User& user = view.user.value;
    Record record;
    record.add("account", view.user.key.to_string());
    record.add("tenant", view.tenant);
    record.add("user_type", user_type_text(user.user_type), {.narrow_text = narrow_type(user.user_type)});
    record.json_only("device_pk", user.device_pk.to_string());
    record.add("multicast", view.groups, {.title = "groups", .narrow_text = view.narrow_groups});
    record.json_only("publishers", view.publishers);
    record.json_only("subscribers", view.subscribers);
    record.add("device_name", view.device, {.title = "device"});
    record.json_only("location_code", view.location_code);
    record.add("location_name", view.location, {.title = "location", .wide = true});
    record.add_named("cyoa_type", user.cyoa_type, {.wide = true});
    record.add("client_ip", user.client_ip.to_string());
    record.add("dz_ip", user.dz_ip.to_string());
    record.add("accesspass", view.pass, {.wide = true});
    record.add("tunnel_id", user.tunnel_id);
    record.add("tunnel_net", user.tunnel_net.to_string(), {.wide = true});
    record.add("tunnel_endpoint", user.tunnel_endpoint.to_string(), {.wide = true});
    record.add_named("status", user.status);
    record.add("bgp_status", ledger::to_name(user.bgp_status), {.text = view.bgp});
    record.json_only("bgp_rtt_ns", user.bgp_rtt_ns);
    record.add("bgp_rtt", rtt_text(user.bgp_rtt_ns), {.title = "rtt", .wide = true});
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
    record.add("bgp_status", ledger::to_text(user.bgp_status), {.text = view.bgp});
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

Task<Result<>> list(Filter filter, OutputStyle style, Context& context, std::ostream& out) {
    CO_TRY(const Catalogue catalogue, co_await read_catalogue(context));
    std::vector<UserView> users;
    for (const auto& entry : catalogue->users()) {
        UserView view = view_of(entry, *catalogue, context.addresses, "none");
        if (matches(filter, view, *catalogue)) users.push_back(std::move(view));
    }
    std::ranges::sort(users, {}, &UserView::order);
    std::vector<Record> records;
    for (const UserView& user : users) records.push_back(list_record(user));
    print_list(out, style, list_record({}), records);
    co_return Result<>{};
}

struct Which {
    ledger::PublicKey key;
};

Task<Result<>> get(Which which, OutputStyle style, Context& context, std::ostream& out) {
    CO_TRY(const Catalogue catalogue, co_await read_catalogue(context));
    const User* const user = catalogue->user(which.key);
    if (user == nullptr) co_return not_found("user", which.key.to_string());
    const Record record =
        co_await detail_record(view_of({which.key, *user}, *catalogue, context.addresses, ""), context);
    print_one(out, style, record);
    co_return Result<>{};
}

void add_user_list(Group& user) {
    auto command = user.command<Filter>("list", "List user accounts");
    command.take("--device", command->device, "Of these devices");
    command.take("--location", command->location, "At these locations, by code or name");
    command.take("--client-ip", command->client_ip, "Of these client addresses");
    command.take("--dz-ip", command->dz_ip, "With these DoubleZero addresses");
    command.take("--owner,--user-payer", command->owner, "Owned by these keys");
    command.take("--user-type", command->user_type, "Of these types");
    command.take("--cyoa-type", command->cyoa_type, "Reaching the device in these ways");
    command.take("--tunnel-id", command->tunnel_id, "With these tunnel numbers");
    command.take("--status", command->status, "In these states");
    command.take("--multicast-group", command->multicast_group, "In these groups");
    command.flag("--prepaid", command->prepaid, "With a prepaid pass");
    command.flag("--solana-validator", command->solana_validator, "With a validator's pass");
    command.take("--solana-identity", command->solana_identity, "With the pass of these validators");
    command.take("-t,--tenant", command->tenant, "Of these tenants");
    command.flag("--all-tenants", command->all_tenants, "Of all tenants, which is the default");
    command.excludes("--all-tenants", "--tenant");
    command.reads(Output::WideList, list);
}

}  // namespace

void add_user(Group& root) {
    Group user = root.group("user", "User accounts: who is connected, and how");
    add_user_list(user);
    auto one = user.command<Which>("get", "Show one user account");
    one.need("--pubkey", one->key, "Address");
    one.reads(Output::One, get);
    user.heading(kForAdministrators);
    add_user_changes(user);
}

}  // namespace dz::cli
