// listing.cpp: user list and device list (cli.md 7.2, 7.4).
#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/failure.hpp"
#include "cli/lookup.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"
#include "ledger/enum_text.hpp"

namespace dz::cli {

namespace {

using ledger::AccountType;
using ledger::Device;
using ledger::Entry;
using ledger::User;

/// True when no filter is set or one of its values equals one of `texts`, ignoring case.
bool passes(const std::vector<std::string>& filter, std::initializer_list<std::string_view> texts) {
    return filter.empty() || std::ranges::any_of(filter, [&](const std::string& wanted) {
               return std::ranges::any_of(texts,
                                          [&](std::string_view text) { return same_code(wanted, text); });
           });
}

bool passes(const std::optional<std::string>& filter, std::initializer_list<std::string_view> texts) {
    return !filter ||
           std::ranges::any_of(texts, [&](std::string_view text) { return same_code(*filter, text); });
}

/// What one row of `user list` shows, gathered from several accounts.
struct UserRow {
    const Entry<User>* user = nullptr;
    std::string tenant, groups, publishers, subscribers, device, location_code, location, pass;

    auto order() const { return std::tuple(device, user->value.tunnel_id, user->key); }
};

/// Codes of all groups, publishers first; "S:P:" marks a group with both roles.
std::string groups_text(const User& user, const ledger::Snapshot& catalogue) {
    const auto holds = [](const std::vector<ledger::PublicKey>& list, const ledger::PublicKey& key) {
        return std::ranges::find(list, key) != list.end();
    };
    std::vector<std::string> marked;
    for (const auto& key : user.publishers) {
        marked.push_back((holds(user.subscribers, key) ? "S:P:" : "P:") +
                         code_of(catalogue.multicast_groups(), key));
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

std::string pass_text(const User& user, const ledger::Snapshot& catalogue,
                      const ledger::Addresses& addresses) {
    const ledger::AccessPass* pass =
        catalogue.access_passes().find(addresses.access_pass(Ipv4{}, user.owner));
    if (pass == nullptr)
        pass = catalogue.access_passes().find(addresses.access_pass(user.client_ip, user.owner));
    return pass == nullptr ? "none" : pass_summary(*pass);
}

UserRow user_row(const Entry<User>& entry, const ledger::Snapshot& catalogue,
                 const ledger::Addresses& addresses) {
    const User& user = entry.value;
    UserRow row;
    row.user = &entry;
    if (!user.tenant_pk.is_zero()) row.tenant = code_of(catalogue.tenants(), user.tenant_pk);
    row.groups = groups_text(user, catalogue);
    row.publishers = codes_text(user.publishers, catalogue);
    row.subscribers = codes_text(user.subscribers, catalogue);
    row.device = code_of(catalogue.devices(), user.device_pk);
    const Device* const device = catalogue.devices().find(user.device_pk);
    const auto* const location =
        device == nullptr ? nullptr : catalogue.locations().find(device->location_pk);
    if (location != nullptr) {
        row.location_code = location->code;
        row.location = location->name;
    }
    row.pass = pass_text(user, catalogue, addresses);
    return row;
}

bool matches(const UserListOptions& options, const UserRow& row) {
    const User& user = row.user->value;
    return passes(options.device, {row.device, user.device_pk.to_string()}) &&
           passes(options.location, {row.location_code, row.location}) &&
           passes(options.client_ip, {user.client_ip.to_string()}) &&
           passes(options.dz_ip, {user.dz_ip.to_string()}) &&
           passes(options.owner, {user.owner.to_string()}) &&
           passes(options.user_type, {user_type_text(user.user_type)}) &&
           passes(options.status, {ledger::to_text(user.status), ledger::to_name(user.status)}) &&
           passes(options.tenant, {row.tenant, user.tenant_pk.to_string()});
}

json::Ordered user_json(const UserRow& row) {
    const User& user = row.user->value;
    return {{"account", row.user->key.to_string()},
            {"tenant", row.tenant},
            {"user_type", user_type_text(user.user_type)},
            {"device_pk", user.device_pk.to_string()},
            {"multicast", row.groups},
            {"publishers", row.publishers},
            {"subscribers", row.subscribers},
            {"device_name", row.device},
            {"location_code", row.location_code},
            {"location_name", row.location},
            {"cyoa_type", ledger::to_name(user.cyoa_type)},
            {"client_ip", user.client_ip.to_string()},
            {"dz_ip", user.dz_ip.to_string()},
            {"accesspass", row.pass},
            {"tunnel_id", user.tunnel_id},
            {"tunnel_net", user.tunnel_net.to_string()},
            {"tunnel_endpoint", user.tunnel_endpoint.to_string()},
            {"status", ledger::to_name(user.status)},
            {"bgp_status", ledger::to_name(user.bgp_status)},
            {"bgp_rtt_ns", user.bgp_rtt_ns},
            {"bgp_rtt", rtt_text(user.bgp_rtt_ns)},
            {"owner", user.owner.to_string()}};
}

std::vector<std::string> user_cells(const UserRow& row) {
    const User& user = row.user->value;
    return {row.user->key.to_string(),
            row.tenant,
            std::string(user_type_text(user.user_type)),
            row.groups,
            row.device,
            row.location,
            std::string(cyoa_text(user.cyoa_type)),
            user.client_ip.to_string(),
            user.dz_ip.to_string(),
            row.pass,
            fmt::format("{}", user.tunnel_id),
            user.tunnel_net.to_string(),
            user.tunnel_endpoint.to_string(),
            std::string(ledger::to_text(user.status)),
            std::string(ledger::to_text(user.bgp_status)),
            rtt_text(user.bgp_rtt_ns),
            user.owner.to_string()};
}

std::vector<std::string> endpoint_networks(const Device& device) {
    std::vector<std::string> out;
    for (const auto& interface : device.interfaces) {
        if (interface.user_tunnel_endpoint) out.push_back(interface.ip_net.to_string());
    }
    return out;
}

/// What one row of `device list` shows.
struct DeviceRow {
    const Entry<Device>* device = nullptr;
    std::string contributor, location_code, location, exchange_code, exchange;

    auto order() const { return std::tuple(exchange, device->value.code); }
};

DeviceRow device_row(const Entry<Device>& entry, const ledger::Snapshot& catalogue) {
    DeviceRow row;
    row.device = &entry;
    row.contributor = code_of(catalogue.contributors(), entry.value.contributor_pk);
    row.location_code = code_of(catalogue.locations(), entry.value.location_pk);
    row.exchange_code = code_of(catalogue.exchanges(), entry.value.exchange_pk);
    if (const auto* const location = catalogue.locations().find(entry.value.location_pk))
        row.location = location->name;
    if (const auto* const exchange = catalogue.exchanges().find(entry.value.exchange_pk))
        row.exchange = exchange->name;
    return row;
}

bool matches(const DeviceListOptions& options, const DeviceRow& row) {
    const Device& device = row.device->value;
    const bool code = !options.code || device.code.find(*options.code) != std::string::npos;
    return code && passes(options.contributor, {row.contributor, device.contributor_pk.to_string()}) &&
           passes(options.exchange, {row.exchange_code, row.exchange, device.exchange_pk.to_string()}) &&
           passes(options.location, {row.location_code, row.location, device.location_pk.to_string()}) &&
           passes(options.device_type, {ledger::to_text(device.device_type)}) &&
           passes(options.status, {ledger::to_text(device.status), ledger::to_name(device.status)}) &&
           passes(options.health,
                  {ledger::to_text(device.device_health), ledger::to_name(device.device_health)});
}

json::Ordered device_json(const DeviceRow& row) {
    const Device& device = row.device->value;
    return {{"account", row.device->key.to_string()},
            {"code", device.code},
            {"bump_seed", device.bump},
            {"location_pk", device.location_pk.to_string()},
            {"contributor_code", row.contributor},
            {"location_code", row.location_code},
            {"location_name", row.location},
            {"exchange_pk", device.exchange_pk.to_string()},
            {"exchange_code", row.exchange_code},
            {"exchange_name", row.exchange},
            {"device_type", ledger::to_name(device.device_type)},
            {"public_ip", device.public_ip.to_string()},
            {"dz_prefixes", join(device.dz_prefixes)},
            {"cyoa_ips", endpoint_networks(device)},
            {"users", device.users_count},
            {"max_users", device.max_users},
            {"unicast_users_count", device.unicast_users_count},
            {"max_unicast_users", device.max_unicast_users},
            {"multicast_subscribers_count", device.multicast_subscribers_count},
            {"max_multicast_subscribers", device.max_multicast_subscribers},
            {"multicast_publishers_count", device.multicast_publishers_count},
            {"max_multicast_publishers", device.max_multicast_publishers},
            {"status", ledger::to_name(device.status)},
            {"health", ledger::to_name(device.device_health)},
            {"desired_status", ledger::to_name(device.desired_status)},
            {"mgmt_vrf", device.mgmt_vrf},
            {"metrics_publisher_pk", device.metrics_publisher_pk.to_string()},
            {"reference_count", device.reference_count},
            {"owner", device.owner.to_string()}};
}

std::vector<std::string> device_cells(const DeviceRow& row) {
    const Device& device = row.device->value;
    return {row.device->key.to_string(),
            device.code,
            row.contributor,
            row.location_code,
            row.exchange_code,
            std::string(ledger::to_text(device.device_type)),
            device.public_ip.to_string(),
            join(device.dz_prefixes),
            join(endpoint_networks(device), ","),
            fmt::format("{}", device.users_count),
            fmt::format("{}", device.max_users),
            std::string(ledger::to_text(device.status)),
            std::string(ledger::to_text(device.device_health)),
            device.mgmt_vrf,
            device.owner.to_string()};
}

/// Prints rows as a table or as JSON.
template <class Row>
void print_rows(std::ostream& out, OutputStyle style, std::vector<std::string> header,
                const std::vector<Row>& rows, json::Ordered (*to_json)(const Row&),
                std::vector<std::string> (*to_cells)(const Row&)) {
    if (style.machine_readable()) {
        json::Ordered array = json::Ordered::array();
        for (const Row& row : rows) array.push_back(to_json(row));
        print_json(out, array, style);
        return;
    }
    Table table(std::move(header));
    for (const Row& row : rows) table.add(to_cells(row));
    table.print(out);
}

/// A filter that names what does not exist is a mistake, not an empty answer.
template <class T>
Result<> require_known(const std::optional<std::string>& filter, const ledger::Table<T>& table,
                       std::string_view what) {
    if (!filter || find(table, *filter) != nullptr) return {};
    return failure(fmt::format("{} not found: {}", what, *filter), "",
                   fmt::format("doublezero {} list", what), Errc::NotFound);
}

}  // namespace

Task<Result<>> user_list(UserListOptions options, Context& context, std::ostream& out) {
    CO_TRY(const Catalogue catalogue,
           co_await read_kinds(context,
                               {AccountType::User, AccountType::Device, AccountType::Location,
                                AccountType::MulticastGroup, AccountType::Tenant, AccountType::AccessPass}));
    std::vector<UserRow> rows;
    for (const auto& entry : catalogue->users()) {
        UserRow row = user_row(entry, *catalogue, context.addresses);
        if (matches(options, row)) rows.push_back(std::move(row));
    }
    std::ranges::sort(rows, {}, &UserRow::order);
    print_rows(
        out, options.style,
        {"account", "tenant", "user_type", "groups", "device", "location", "cyoa_type", "client_ip", "dz_ip",
         "accesspass", "tunnel_id", "tunnel_net", "tunnel_endpoint", "status", "bgp_status", "rtt", "owner"},
        rows, user_json, user_cells);
    co_return Result<>{};
}

Task<Result<>> device_list(DeviceListOptions options, Context& context, std::ostream& out) {
    CO_TRY(const Catalogue catalogue,
           co_await read_kinds(context, {AccountType::Device, AccountType::Location, AccountType::Exchange,
                                         AccountType::Contributor}));
    CO_TRY_OK(require_known(options.contributor, catalogue->contributors(), "contributor"));
    CO_TRY_OK(require_known(options.exchange, catalogue->exchanges(), "exchange"));
    CO_TRY_OK(require_known(options.location, catalogue->locations(), "location"));
    std::vector<DeviceRow> rows;
    for (const auto& entry : catalogue->devices()) {
        DeviceRow row = device_row(entry, *catalogue);
        if (matches(options, row)) rows.push_back(std::move(row));
    }
    std::ranges::sort(rows, {}, &DeviceRow::order);
    print_rows(out, options.style,
               {"account", "code", "contributor", "location", "exchange", "device_type", "public_ip",
                "dz_prefixes", "cyoa_ips", "users", "max_users", "status", "health", "mgmt_vrf", "owner"},
               rows, device_json, device_cells);
    co_return Result<>{};
}

}  // namespace dz::cli
