#include "cli/command_tree.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/completion.hpp"
#include "cli/diagnosis.hpp"
#include "cli/failure.hpp"
#include "cli/families.hpp"
#include "cli/inspection.hpp"
#include "cli/usage.hpp"
#include "cli/wallet.hpp"

namespace dz::cli {

namespace {

constexpr int kUsage = 2;
constexpr std::uint32_t kLongestWait = 3600;

void add_timeout(CLI::App* app, Duration& timeout) {
    app->add_option_function<std::uint32_t>(
           "--timeout", [&timeout](std::uint32_t seconds) { timeout = std::chrono::seconds(seconds); },
           "Seconds to wait for the tunnel")
        ->check(CLI::Range(std::uint32_t{1}, kLongestWait))
        ->default_str("60");
}

/// A command line that was not understood may still say how it wants to be answered.
bool wants_json(const std::vector<std::string>& arguments) {
    return std::ranges::any_of(
        arguments, [](const std::string& word) { return word == "--json" || word == "--json-compact"; });
}

}  // namespace

CommandTree::CommandTree() {
    app_.name("doublezero");
    app_.fallthrough();
    app_.require_subcommand(0, 1);
    app_.set_help_all_flag("--help-all", "Print help for all commands");
    add_global_options();
    add_connect();
    add_disconnect();
    add_daemon();
    add_keys();
    add_config();
    add_completion();
    add_ledger();
    for (const char* const name : {"connect", "disconnect", "status", "latency", "enable", "disable",
                                   "routes", "plan", "events", "doctor", "bundle"})
        app_.get_subcommand(name)->group("Join, leave and look");
    for (const char* const name :
         {"keygen", "address", "balance", "wallet", "config", "version", "completion"})
        app_.get_subcommand(name)->group("Key and configuration");
}

std::variant<Invocation, int> CommandTree::parse(const std::vector<std::string>& arguments, std::ostream& out,
                                                 std::ostream& err) {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    try {
        app_.parse(std::move(reversed));
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return app_.exit(error, out, err);
        const Error wrong = usage_error(app_, error);
        if (wants_json(arguments))
            err << failure_json(wrong) << "\n";
        else
            print_failure(err, wrong);
        return kUsage;
    }
    if (app_.got_subcommand("wallet")) invocation_.gate = GateKind::None;
    if (version_) invocation_.run = [](Context& c, std::ostream& o) { return version({}, c, o); };
    if (!shell_.empty()) {
        out << completion_script(app_, *parse_shell(shell_));
        return 0;
    }
    const bool asked = invocation_.run || invocation_.config_get || invocation_.config_set;
    if (asked) return std::move(invocation_);
    out << app_.help() << "\n";
    return 0;
}

CLI::App* CommandTree::command(CLI::App& parent, const std::string& name, const std::string& about) {
    CLI::App* const app = parent.add_subcommand(name, about);
    app->fallthrough();
    return app;
}

CLI::App* CommandTree::group(CLI::App& parent, const std::string& name, const std::string& about) {
    CLI::App* const app = command(parent, name, about);
    app->require_subcommand(1);
    return app;
}

void CommandTree::on(CLI::App* app, Gated gated, Run run, const OutputStyle* style) {
    app->callback([this, gated, run = std::move(run), style] {
        invocation_.run = run;
        invocation_.gate = gated == Gated::Yes ? GateKind::Refuse : GateKind::None;
        invocation_.wants_json = style != nullptr && style->machine_readable();
    });
}

void CommandTree::add_style(CLI::App* app, OutputStyle& style) {
    app->add_flag("--json", style.json, "JSON for scripts");
    app->add_flag("--json-compact", style.json_compact, "JSON on one line");
}

void CommandTree::add_global_options() {
    auto& global = invocation_.global;
    app_.add_option("-e,--env", global.env, "Network: mainnet-beta, testnet, devnet, local (or m, t, d, l)");
    app_.add_option("--url", global.url, "Ledger RPC URL");
    app_.add_option("--ws", global.ws, "Ledger WebSocket URL");
    app_.add_option("--solana-url", global.solana_url, "Solana RPC URL");
    app_.add_option("--program-id", global.program_id, "Serviceability program, or an environment's name");
    app_.add_option("--geo-program-id", global.geo_program_id,
                    "Geolocation program, or an environment's name");
    app_.add_option("--keypair", global.keypair, "Signing key file; - reads stdin");
    app_.add_option("--sock-file,--socket,--socket-path", global.sock_file, "Socket of the daemon");
    app_.add_flag("--no-version-warning", global.no_version_warning, "Do not mention newer versions");
    app_.add_flag("--no-progress", global.no_progress, "No spinner and no progress lines");
    app_.add_option("--log-level", global.log_level,
                    "off, error, warn, info, debug or trace; from info on with the program's log of a failed "
                    "transaction")
        ->check(one_of({"off", "error", "warn", "info", "debug", "trace"}))
        ->capture_default_str();
    app_.add_flag("-V,--version", version_, "Print versions");
}

void CommandTree::add_keys() {
    auto* const keygen_app = command(app_, "keygen", "Create a signing key");
    keygen_app->add_option("-o,--outfile", keygen_.outfile,
                           "Where to write it (default: the configured key path)");
    keygen_app->add_flag("-f,--force", keygen_.force, "Replace an existing file");
    on(keygen_app, Gated::No, [this](Context& c, std::ostream& o) { return keygen(keygen_, c, o); });
    auto* const address_app = command(app_, "address", "Print your public key");
    add_style(address_app, style_);
    on(
        address_app, Gated::No, [this](Context& c, std::ostream& o) { return address(style_, c, o); },
        &style_);
    auto* const balance_app = command(app_, "balance", "Print your credits");
    add_style(balance_app, style_);
    on(
        balance_app, Gated::No, [this](Context& c, std::ostream& o) { return balance(style_, c, o); },
        &style_);
    auto* const version_app = command(app_, "version", "Print versions of client and program");
    add_style(version_app, style_);
    on(
        version_app, Gated::No, [this](Context& c, std::ostream& o) { return version(style_, c, o); },
        &style_);
}

void CommandTree::add_config() {
    auto* const config = group(app_, "config", "Show or change the configuration file");
    auto* const get = command(*config, "get", "Show the configuration in effect");
    add_style(get, style_);
    get->callback([this] {
        invocation_.config_get = true;
        invocation_.style = style_;
        invocation_.wants_json = style_.machine_readable();
    });
    auto* const set = command(*config, "set", "Change the configuration file");
    set->fallthrough(false);
    set->add_option("-e,--env", config_set_.env, "Take all endpoints and programs of a network");
    set->add_option("--url", config_set_.url, "Ledger RPC URL, or a network's name");
    set->add_option("--ws", config_set_.ws, "Ledger WebSocket URL, or a network's name");
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

void CommandTree::add_daemon() {
    auto* const status_app = command(app_, "status", "Show tunnels and sessions");
    status_app
        ->add_option_function<unsigned>(
            "-w,--watch", [this](unsigned seconds) { status_.watch = std::chrono::seconds(seconds); },
            "Look again every so many seconds (2), until Ctrl-C")
        ->expected(0, 1)
        ->default_str("2")
        ->check(CLI::Range(1, 3600));
    add_style(status_app, status_.style);
    on(
        status_app, Gated::No, [this](Context& c, std::ostream& o) { return status(status_, c, o); },
        &status_.style);
    auto* const latency_app = command(app_, "latency", "Show how far away the devices are");
    auto* const plot = latency_app
                           ->add_option_function<std::string>(
                               "--plot",
                               [this](const std::string& kind) {
                                   latency_.plot = kind == "histogram" ? Plot::Histogram : Plot::Sparkline;
                               },
                               "sparkline (single echoes beside the table) or histogram")
                           ->expected(0, 1)
                           ->default_str("sparkline")
                           ->check(one_of({"sparkline", "histogram"}));
    add_style(latency_app, latency_.style);
    for (const char* const json : {"--json", "--json-compact"}) latency_app->get_option(json)->excludes(plot);
    on(
        latency_app, Gated::No, [this](Context& c, std::ostream& o) { return latency(latency_, c, o); },
        &latency_.style);
    on(command(app_, "enable", "Let the daemon build tunnels"), Gated::No,
       [](Context& c, std::ostream& o) { return enable(c, o); });
    on(command(app_, "disable", "Make the daemon remove its tunnels"), Gated::No,
       [](Context& c, std::ostream& o) { return disable(c, o); });
    auto* const routes_app = command(app_, "routes", "Show learned routes");
    add_style(routes_app, style_);
    on(routes_app, Gated::No, [this](Context& c, std::ostream& o) { return routes(style_, c, o); }, &style_);
    auto* const plan_app = command(app_, "plan", "Show what the daemon would change now");
    add_style(plan_app, style_);
    on(plan_app, Gated::No, [this](Context& c, std::ostream& o) { return plan(style_, c, o); }, &style_);
    auto* const events_app = command(app_, "events", "Show what the daemon did, and why");
    events_app->add_flag("-f,--follow", events_.follow, "Go on with what happens next, until Ctrl-C");
    add_style(events_app, events_.style);
    on(
        events_app, Gated::No, [this](Context& c, std::ostream& o) { return events(events_, c, o); },
        &events_.style);
}

void CommandTree::note_ignored(Context& context) const {
    if (!client_ip_.empty())
        context.err
            << "Note: --client-ip is ignored; start doublezerod with --client-ip to change the address\n";
}

void CommandTree::add_connect() {
    auto* const connect = group(app_, "connect", "Join the network");
    auto* const ibrl = command(*connect, "ibrl", "Unicast: your own address, or one of the device's");
    ibrl->add_option("TENANT,--tenant", connect_.tenant, "Tenant code or address");
    ibrl->add_flag("-a,--allocate-addr", connect_.allocate_addr,
                   "Get an address from the device (needed behind NAT)");
    auto* const reservation = ibrl->add_option("--reservation", connect_.reservation,
                                               "Take the seat of this paid reservation of an oracle");
    ibrl->add_option("--oracle", connect_.oracle.url, "URL of the oracle; else DZ_ORACLE_URL")
        ->needs(reservation);
    ibrl->add_option("--oracle-token-file", connect_.oracle.token_file,
                     "File with your token; else DZ_ORACLE_TOKEN_FILE")
        ->needs(reservation);
    ibrl->add_flag("--move", connect_.move,
                   "Move an account that exists to the device of --device, or to one that is clearly nearer")
        ->excludes(reservation);
    connect->add_option("--device", connect_.device, "Device code or address; the nearest by default");
    connect->add_flag("--no-wait", connect_.no_wait, "Do not wait for the tunnel");
    add_timeout(connect, connect_.tunnel_timeout);
    connect->add_flag("--dry-run", connect_.dry_run, "Print what would be done, and do nothing")
        ->excludes(reservation);
    add_style(connect, connect_.style);
    connect->add_option("--client-ip", client_ip_, "Ignored: the daemon knows its address");
    connect->add_flag("-v,--verbose", ignored_flag_, "Accepted, without effect");
    on(
        ibrl, Gated::Yes,
        [this](Context& c, std::ostream& o) {
            note_ignored(c);
            return connect_ibrl(connect_, c, o);
        },
        &connect_.style);
    add_connect_multicast(*connect);
}

void CommandTree::add_connect_multicast(CLI::App& connect) {
    auto* const multicast =
        command(connect, "multicast", "Groups or feeds; without any, those of your access pass");
    auto* const mode =
        multicast->add_option("MODE", multicast_mode_, "The older form: publisher or subscriber")
            ->check(one_of({"publisher", "subscriber"}));
    auto* const groups = multicast->add_option("GROUP", multicast_groups_, "Groups of that mode");
    const auto list = [multicast](const std::string& name, std::vector<std::string>& values,
                                  const std::string& about) {
        return multicast->add_option(name, values, about)
            ->delimiter(',')
            ->type_name("CODE")
            ->expected(1, CLI::detail::expected_max_vector_size);
    };
    auto* const publish = list("--publish", multicast_.publish, "Groups to send to: codes or addresses");
    auto* const subscribe = list("--subscribe", multicast_.subscribe, "Groups to receive");
    auto* const join = list("--subscribe-feed", multicast_.join_feeds, "Feeds to take");
    auto* const leave = list("--unsubscribe-feed", multicast_.leave_feeds, "Feeds to give back");
    for (auto* const feeds : {join, leave}) {
        for (auto* const other : {mode, groups, publish, subscribe}) feeds->excludes(other);
    }
    on(
        multicast, Gated::Yes, [this](Context& c, std::ostream& o) { return run_multicast(c, o); },
        &connect_.style);
}

Task<Result<>> CommandTree::run_multicast(Context& context, std::ostream& out) {
    note_ignored(context);
    MulticastChoice choice = multicast_;
    if (!multicast_mode_.empty()) {
        if (choice.groups())
            co_return failure("two ways of naming groups at once", "",
                              "use either publisher|subscriber GROUP..., or --publish and --subscribe",
                              Errc::BadValue);
        if (multicast_groups_.empty())
            co_return failure(fmt::format("{} of which groups?", multicast_mode_), "",
                              "name them, or leave the word out to join what your access pass allows",
                              Errc::BadValue);
        (multicast_mode_ == "publisher" ? choice.publish : choice.subscribe) = multicast_groups_;
    }
    co_return co_await connect_multicast(std::move(choice), connect_, context, out);
}

void CommandTree::add_disconnect() {
    auto* const app = command(app_, "disconnect", "Leave the network");
    const auto set_mode = [this](const std::string& word) {
        using enum DisconnectOptions::Mode;
        disconnect_.mode = word == "ibrl" ? Ibrl : Multicast;
    };
    app->add_option_function<std::string>("MODE", set_mode, "ibrl or multicast; both when left out")
        ->check(one_of({"ibrl", "multicast"}));
    app->add_flag("--no-wait", disconnect_.no_wait, "Do not wait until the tunnel is gone");
    add_timeout(app, disconnect_.tunnel_timeout);
    app->add_flag("--dry-run", disconnect_.dry_run, "Print what would be sent, and send nothing");
    add_style(app, disconnect_.style);
    app->add_option("--device", ignored_, "Accepted, without effect");
    app->add_option("--client-ip", client_ip_, "Ignored: the daemon knows its address");
    app->add_flag("-v,--verbose", ignored_flag_, "Accepted, without effect");
    // Leaving must always be possible, with an outdated client too.
    on(
        app, Gated::No, [this](Context& c, std::ostream& o) { return disconnect(disconnect_, c, o); },
        &disconnect_.style);
}

void CommandTree::add_ledger() {
    Group root(&app_, &invocation_);
    root.heading("The network");
    add_user(root);
    add_device(root);
    add_link(root);
    add_location(root);
    add_exchange(root);
    add_contributor(root);
    add_tenant(root);
    add_multicast(root);
    add_feed(root);
    add_access_pass(root);
    add_reservation(root);
    add_wallet(root);
    add_inspection(root);
    add_diagnosis(root);
    add_absent(root);
    root.heading(kForAdministrators);
    add_init(root);
    add_global_config(root);
    add_permission(root);
    add_resource(root);
}

void CommandTree::add_completion() {
    command(app_, "completion", "Print a completion script: eval \"$(doublezero completion bash)\"")
        ->add_option("SHELL", shell_, "bash, elvish, fish, powershell or zsh")
        ->required()
        ->check(one_of(shell_names()));
}

}  // namespace dz::cli
