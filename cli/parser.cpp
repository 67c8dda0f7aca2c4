#include "cli/parser.hpp"

#include <CLI/CLI.hpp>

#include "base/version.hpp"

namespace dz::cli {

namespace {

/// Builds one tree. Lives while it parses: options write into its members.
class Tree {
  public:
    Tree() {
        app_.name("doublezero");
        app_.fallthrough();
        app_.require_subcommand(0, 1);
        app_.set_help_all_flag("--help-all", "Print help for all commands");
        add_global_options();
        add_keys();
        add_config();
        add_daemon();
        add_connect();
        add_listings();
    }

    std::variant<Invocation, int> parse(const std::vector<std::string>& arguments, std::ostream& out,
                                        std::ostream& err) {
        std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
        try {
            app_.parse(std::move(reversed));
        } catch (const CLI::ParseError& error) {
            return app_.exit(error, out, err) == 0 ? 0 : 2;
        }
        if (version_) invocation_.run = [](Context& c, std::ostream& o) { return version(c, o); };
        const bool asked = invocation_.run || invocation_.config_get || invocation_.config_set;
        if (asked) return std::move(invocation_);
        out << app_.help() << "\n";
        return 0;
    }

  private:
    using Run = std::function<Task<Result<>>(Context&, std::ostream&)>;

    CLI::App* command(CLI::App& parent, const std::string& name, const std::string& about) {
        CLI::App* const app = parent.add_subcommand(name, about);
        app->fallthrough();
        return app;
    }

    /// A command of its own: `run` is what it does.
    void on(CLI::App* app, Run run, bool gated, const OutputStyle* style = nullptr) {
        app->callback([this, run = std::move(run), gated, style] {
            invocation_.run = run;
            invocation_.gated = gated;
            invocation_.wants_json = style != nullptr && style->machine_readable();
        });
    }

    static void add_style(CLI::App* app, OutputStyle& style) {
        app->add_flag("--json", style.json, "JSON for scripts");
        app->add_flag("--json-compact", style.json_compact, "JSON on one line");
    }

    void add_global_options() {
        auto& global = invocation_.global;
        app_.add_option("-e,--env", global.env,
                        "Network: mainnet-beta, testnet, devnet, local (or m, t, d, l)");
        app_.add_option("--url", global.url, "Ledger RPC URL");
        app_.add_option("--ws", global.ws, "Ledger WebSocket URL");
        app_.add_option("--solana-url", global.solana_url, "Solana RPC URL");
        app_.add_option("--program-id", global.program_id,
                        "Serviceability program, or an environment's name");
        app_.add_option("--geo-program-id", global.geo_program_id,
                        "Geolocation program, or an environment's name");
        app_.add_option("--keypair", global.keypair, "Signing key file; - reads stdin");
        app_.add_option("--sock-file,--socket,--socket-path", global.sock_file, "Socket of the daemon");
        app_.add_flag("--no-version-warning", global.no_version_warning, "Do not mention newer versions");
        app_.add_flag("--no-progress", global.no_progress, "No spinner and no progress lines");
        app_.add_option("--log-level", global.log_level, "off, error, warn, info, debug or trace")
            ->capture_default_str();
        app_.add_flag("-V,--version", version_, "Print versions");
    }

    void add_keys() {
        auto* const keygen_app = command(app_, "keygen", "Create a signing key");
        keygen_app->add_option("-o,--outfile", keygen_.outfile,
                               "Where to write it (default: the configured key path)");
        keygen_app->add_flag("-f,--force", keygen_.force, "Replace an existing file");
        on(keygen_app, [this](Context& c, std::ostream& o) { return keygen(keygen_, c, o); }, false);
        on(
            command(app_, "address", "Print your public key"),
            [](Context& c, std::ostream& o) { return address(c, o); }, false);
        on(
            command(app_, "balance", "Print your credits"),
            [](Context& c, std::ostream& o) { return balance(c, o); }, false);
        on(
            command(app_, "version", "Print versions of client and program"),
            [](Context& c, std::ostream& o) { return version(c, o); }, false);
    }

    void add_config() {
        auto* const config = command(app_, "config", "Show or change the configuration file");
        config->require_subcommand(1);
        command(*config, "get", "Show the configuration in effect")->callback([this] {
            invocation_.config_get = true;
        });
        auto* const set = command(*config, "set", "Change the configuration file");
        set->fallthrough(false);
        set->add_option("-e,--env", config_set_.env, "Take all endpoints and programs of a network");
        set->add_option("--url", config_set_.url, "Ledger RPC URL, or a network's name");
        set->add_option("--ws", config_set_.ws, "Ledger WebSocket URL");
        set->add_option("--keypair", config_set_.keypair, "Signing key file");
        set->add_option("--program-id", config_set_.program_id, "Serviceability program");
        set->add_option("--geo-program-id", config_set_.geo_program_id, "Geolocation program");
        auto* const tenant = set->add_option("--tenant", config_set_.tenant, "Tenant to connect to");
        set->add_flag("--no-tenant", config_set_.no_tenant, "Forget the tenant")->excludes(tenant);
        set->callback([this] {
            if (config_set_.empty()) throw CLI::RequiredError("at least one option");
            invocation_.config_set = config_set_;
        });
    }

    void add_daemon() {
        auto* const status_app = command(app_, "status", "Show tunnels and sessions");
        add_style(status_app, style_);
        on(status_app, [this](Context& c, std::ostream& o) { return status(style_, c, o); }, false, &style_);
        on(
            command(app_, "enable", "Let the daemon build tunnels"),
            [](Context& c, std::ostream& o) { return enable(c, o); }, false);
        on(
            command(app_, "disable", "Make the daemon remove its tunnels"),
            [](Context& c, std::ostream& o) { return disable(c, o); }, false);
        auto* const routes_app = command(app_, "routes", "Show learned routes");
        add_style(routes_app, style_);
        on(routes_app, [this](Context& c, std::ostream& o) { return routes(style_, c, o); }, false, &style_);
    }

    void add_connect() {
        auto* const connect = command(app_, "connect", "Join the network");
        connect->require_subcommand(1);
        auto* const ibrl = command(*connect, "ibrl", "Unicast: your own address, or one of the device's");
        ibrl->add_option("TENANT,--tenant", connect_.tenant, "Tenant code or address");
        ibrl->add_flag("-a,--allocate-addr", connect_.allocate_addr,
                       "Get an address from the device (needed behind NAT)");
        connect->add_option("--device", connect_.device, "Device code or address");
        connect->add_flag("--no-wait", connect_.no_wait, "Do not wait for the tunnel");
        connect->add_option("--client-ip", client_ip_, "Ignored: the daemon knows its address");
        connect->add_flag("-v,--verbose", verbose_, "Accepted, without effect");
        on(
            ibrl,
            [this](Context& c, std::ostream& o) {
                if (!client_ip_.empty())
                    c.err << "Note: --client-ip is ignored; start doublezerod with -client-ip to change the "
                             "address\n";
                return connect_ibrl(connect_, c, o);
            },
            true);

        auto* const disconnect_app = command(app_, "disconnect", "Leave the network");
        const std::map<std::string, DisconnectOptions::Mode> modes{
            {"ibrl", DisconnectOptions::Mode::Ibrl}, {"multicast", DisconnectOptions::Mode::Multicast}};
        disconnect_app->add_option("MODE", disconnect_.mode, "ibrl or multicast; both when left out")
            ->transform(CLI::CheckedTransformer(modes).description(""));
        disconnect_app->add_flag("--no-wait", disconnect_.no_wait, "Do not wait until the tunnel is gone");
        disconnect_app->add_option("--device", ignored_, "Accepted, without effect");
        disconnect_app->add_option("--client-ip", client_ip_, "Ignored: the daemon knows its address");
        disconnect_app->add_flag("-v,--verbose", verbose_, "Accepted, without effect");
        on(
            disconnect_app, [this](Context& c, std::ostream& o) { return disconnect(disconnect_, c, o); },
            false);
    }

    void add_listings() {
        auto* const user = command(app_, "user", "User accounts");
        user->require_subcommand(1);
        auto* const users = command(*user, "list", "List user accounts");
        add_style(users, users_.style);
        const auto filter = [](CLI::App* app, const std::string& name, std::vector<std::string>& values,
                               const std::string& about) {
            app->add_option(name, values, about)->delimiter(',');
        };
        filter(users, "--device", users_.device, "Of these devices");
        filter(users, "--location", users_.location, "At these locations");
        filter(users, "--client-ip", users_.client_ip, "Of these client addresses");
        filter(users, "--dz-ip", users_.dz_ip, "With these DoubleZero addresses");
        filter(users, "--owner", users_.owner, "Owned by these keys");
        filter(users, "--user-type", users_.user_type, "Of these types");
        filter(users, "--status", users_.status, "In these states");
        filter(users, "-t,--tenant", users_.tenant, "Of these tenants");
        on(
            users, [this](Context& c, std::ostream& o) { return user_list(users_, c, o); }, true,
            &users_.style);

        auto* const device = command(app_, "device", "Devices of the network");
        device->require_subcommand(1);
        auto* const devices = command(*device, "list", "List devices");
        add_style(devices, devices_.style);
        devices->add_option("-c,--contributor", devices_.contributor, "Of this contributor");
        devices->add_option("--exchange", devices_.exchange, "At this exchange");
        devices->add_option("--location", devices_.location, "At this location");
        devices->add_option("--device-type", devices_.device_type, "hybrid, transit or edge")
            ->check(CLI::IsMember({"hybrid", "transit", "edge"}));
        devices->add_option("--status", devices_.status, "In this state");
        devices->add_option("--health", devices_.health, "In this health");
        devices->add_option("--code", devices_.code, "Part of the code");
        on(
            devices, [this](Context& c, std::ostream& o) { return device_list(devices_, c, o); }, true,
            &devices_.style);

        add_access_pass();
    }

    void add_access_pass() {
        auto* const pass = command(app_, "access-pass", "Passes that let keys connect");
        pass->require_subcommand(1);
        auto* const set = command(*pass, "set", "Give a pass, or change one");
        set->add_option("--user-payer", pass_set_.user_payer, "Key that will connect, or me")->required();
        set->add_option("--accesspass-type", pass_set_.type, "Kind of pass")
            ->check(CLI::IsMember({"prepaid", "solana-validator", "solana-rpc", "others", "edge-seat"}))
            ->capture_default_str();
        set->add_option("--client-ip", pass_set_.client_ip, "Address it is for; 0.0.0.0 = any")
            ->check(CLI::ValidIPV4)
            ->capture_default_str();
        set->add_option("--epochs", pass_set_.epochs, "How many epochs it lasts, or max")
            ->capture_default_str();
        set->add_option("--solana-validator", pass_set_.solana_validator, "Validator or RPC key");
        set->add_option("--others-name", pass_set_.others_name, "Name, for type others");
        set->add_option("--others-key", pass_set_.others_key, "Value, for type others");
        set->add_flag("--allow-multiple-ip", pass_set_.allow_multiple_ip,
                      "Valid for several addresses at once");
        set->add_option("--max-unicast-users", pass_set_.max_unicast_users, "Unicast users")
            ->capture_default_str();
        set->add_option("--max-multicast-users", pass_set_.max_multicast_users, "Multicast users")
            ->capture_default_str();
        on(set, [this](Context& c, std::ostream& o) { return access_pass_set(pass_set_, c, o); }, true);

        auto* const list = command(*pass, "list", "List passes");
        add_style(list, passes_.style);
        list->add_option("--client-ip", passes_.client_ip, "For this address");
        list->add_option("--user-payer", passes_.user_payer, "For this key");
        on(
            list, [this](Context& c, std::ostream& o) { return access_pass_list(passes_, c, o); }, true,
            &passes_.style);
    }

    CLI::App app_{"DoubleZero: join the network, leave it, see how it is doing."};
    Invocation invocation_;
    bool version_ = false;
    bool verbose_ = false;
    std::string client_ip_, ignored_;
    OutputStyle style_;
    KeygenOptions keygen_;
    ConfigSetOptions config_set_;
    ConnectOptions connect_;
    DisconnectOptions disconnect_;
    UserListOptions users_;
    DeviceListOptions devices_;
    AccessPassSetOptions pass_set_;
    AccessPassListOptions passes_;
};

}  // namespace

std::variant<Invocation, int> parse(const std::vector<std::string>& arguments, std::ostream& out,
                                    std::ostream& err) {
    // Commands refer to the tree's options when they run, so they keep it alive.
    auto tree = std::make_shared<Tree>();
    auto parsed = tree->parse(arguments, out, err);
    if (auto* const invocation = std::get_if<Invocation>(&parsed); invocation != nullptr && invocation->run) {
        invocation->run = [tree, run = std::move(invocation->run)](Context& c, std::ostream& o) {
            return run(c, o);
        };
    }
    return parsed;
}

}  // namespace dz::cli
