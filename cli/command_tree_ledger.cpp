// command_tree_ledger.cpp: the commands that show and change what the ledger holds.
#include "cli/command_tree.hpp"

namespace dz::cli {

namespace {

void add_filter(CLI::App* app, const std::string& name, std::vector<std::string>& values,
                const std::string& about) {
    app->add_option(name, values, about)->delimiter(',');
}

}  // namespace

void CommandTree::add_list(CLI::App& parent, const std::string& about, List list) {
    auto* const app = command(parent, "list", about);
    add_style(app, style_);
    on(app, Gated::Yes, [this, list](Context& c, std::ostream& o) { return list(style_, c, o); }, &style_);
}

void CommandTree::add_get(CLI::App& parent, const std::string& option, const std::string& about, Get get) {
    auto* const app = command(parent, "get", about);
    app->add_option(option, get_.name, option == "--code" ? "Code or address" : "Address")->required();
    add_style(app, get_.style);
    on(app, Gated::Yes, [this, get](Context& c, std::ostream& o) { return get(get_, c, o); }, &get_.style);
}

void CommandTree::add_users() {
    auto* const user = group(app_, "user", "User accounts");
    auto* const list = command(*user, "list", "List user accounts");
    add_style(list, users_.style);
    add_filter(list, "--device", users_.device, "Of these devices");
    add_filter(list, "--location", users_.location, "At these locations");
    add_filter(list, "--client-ip", users_.client_ip, "Of these client addresses");
    add_filter(list, "--dz-ip", users_.dz_ip, "With these DoubleZero addresses");
    add_filter(list, "--owner,--user-payer", users_.owner, "Owned by these keys");
    add_filter(list, "--user-type", users_.user_type, "Of these types");
    add_filter(list, "--tunnel-id", users_.tunnel_id, "With these tunnel numbers");
    add_filter(list, "--status", users_.status, "In these states");
    add_filter(list, "-t,--tenant", users_.tenant, "Of these tenants");
    list->add_flag("--all-tenants", ignored_flag_, "Accepted; all are listed unless --tenant is given");
    on(
        list, Gated::Yes, [this](Context& c, std::ostream& o) { return user_list(users_, c, o); },
        &users_.style);
    add_get(*user, "--pubkey", "Show one user account", user_get);
}

void CommandTree::add_devices() {
    auto* const device = group(app_, "device", "Devices of the network");
    auto* const list = command(*device, "list", "List devices");
    add_style(list, devices_.style);
    list->add_option("-c,--contributor", devices_.contributor, "Of this contributor");
    list->add_option("--exchange", devices_.exchange, "At this exchange");
    list->add_option("--location", devices_.location, "At this location");
    list->add_option("--device-type", devices_.device_type, "hybrid, transit or edge")
        ->check(CLI::IsMember({"hybrid", "transit", "edge"}).description(""));
    list->add_option("--status", devices_.status, "In this state");
    list->add_option("--health", devices_.health, "In this health");
    list->add_option("--desired-status", devices_.desired_status, "Meant to be in this state");
    list->add_option("--code", devices_.code, "Part of the code");
    on(
        list, Gated::Yes, [this](Context& c, std::ostream& o) { return device_list(devices_, c, o); },
        &devices_.style);
    add_get(*device, "--code", "Show one device", device_get);
}

void CommandTree::add_access_passes() {
    auto* const passes = group(app_, "access-pass", "Passes that let keys connect");
    add_access_pass_set(*passes);

    auto* const close = command(*passes, "close", "Take a pass back");
    close->add_option("--pubkey", pass_, "Address of the pass")->required();
    on(close, Gated::Yes, [this](Context& c, std::ostream& o) { return access_pass_close(pass_, c, o); });

    auto* const list = command(*passes, "list", "List passes");
    add_style(list, passes_.style);
    list->add_option("--client-ip", passes_.client_ip, "For this address");
    list->add_option("--user-payer", passes_.user_payer, "For this key");
    on(
        list, Gated::Yes, [this](Context& c, std::ostream& o) { return access_pass_list(passes_, c, o); },
        &passes_.style);

    auto* const get = command(*passes, "get", "Show one pass");
    add_style(get, pass_get_.style);
    get->add_option("--client-ip", pass_get_.client_ip, "Address it is for; 0.0.0.0 = any")
        ->required()
        ->check(CLI::ValidIPV4);
    get->add_option("--user-payer", pass_get_.user_payer, "Key it is for, or me")->required();
    on(
        get, Gated::Yes, [this](Context& c, std::ostream& o) { return access_pass_get(pass_get_, c, o); },
        &pass_get_.style);
}

void CommandTree::add_access_pass_set(CLI::App& passes) {
    auto* const set = command(passes, "set", "Give a pass, or change one");
    set->add_option("--user-payer", pass_set_.user_payer, "Key that will connect, or me")->required();
    set->add_option("--accesspass-type", pass_set_.type,
                    "prepaid, solana-validator, solana-rpc, others or edge-seat")
        ->check(CLI::IsMember({"prepaid", "solana-validator", "solana-rpc", "others", "edge-seat"})
                    .description(""))
        ->capture_default_str();
    set->add_option("--client-ip", pass_set_.client_ip, "Address it is for; 0.0.0.0 = any")
        ->check(CLI::ValidIPV4)
        ->capture_default_str();
    set->add_option("--epochs", pass_set_.epochs, "How many epochs it lasts, or max")->capture_default_str();
    set->add_option("--solana-validator", pass_set_.solana_validator, "Validator or RPC key");
    set->add_option("--others-name", pass_set_.others_name, "Name, for type others");
    set->add_option("--others-key", pass_set_.others_key, "Value, for type others");
    set->add_flag("--allow-multiple-ip", pass_set_.allow_multiple_ip, "Valid for several addresses at once");
    set->add_option("--max-unicast-users", pass_set_.max_unicast_users, "Unicast users")
        ->capture_default_str();
    set->add_option("--max-multicast-users", pass_set_.max_multicast_users, "Multicast users")
        ->capture_default_str();
    on(set, Gated::Yes, [this](Context& c, std::ostream& o) { return access_pass_set(pass_set_, c, o); });
}

void CommandTree::add_network() {
    auto* const location = group(app_, "location", "Data centres");
    add_list(*location, "List locations", location_list);
    add_get(*location, "--code", "Show one location", location_get);
    auto* const exchange = group(app_, "exchange", "Metropolitan areas where devices meet");
    add_list(*exchange, "List exchanges", exchange_list);
    add_get(*exchange, "--code", "Show one exchange", exchange_get);
    auto* const contributor = group(app_, "contributor", "Who runs devices");
    add_list(*contributor, "List contributors", contributor_list);
    add_get(*contributor, "--code", "Show one contributor", contributor_get);
    auto* const tenant = group(app_, "tenant", "Customer networks");
    add_list(*tenant, "List tenants", tenant_list);
    add_get(*tenant, "--code", "Show one tenant", tenant_get);

    auto* const multicast = group(app_, "multicast", "Multicast groups");
    add_list(*group(*multicast, "group", "Multicast groups"), "List groups", multicast_group_list);

    auto* const config = group(app_, "global-config", "The network's numbering plan");
    auto* const get = command(*config, "get", "Show it");
    add_style(get, style_);
    on(
        get, Gated::Yes, [this](Context& c, std::ostream& o) { return global_config_get(style_, c, o); },
        &style_);
}

}  // namespace dz::cli
