#include "services/telemetry/options.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/flags.hpp"
#include "ledger/environment.hpp"

namespace dz::telemetry {

namespace {

constexpr ::mode_t kOthers = 077;

void declare(FlagSet& flags, Options& o) {
    flags.add("bgp-status-enable", &o.enable, "report the BGP status of this device's users");
    flags.add("bgp-status-interval", &o.interval, "time between looks at the device");
    flags.add("bgp-status-refresh-interval", &o.rules.refresh,
              "write an unchanged status again after this long");
    flags.add("bgp-status-down-grace-period", &o.rules.grace,
              "how long a session that vanished still counts as up; 0s: not at all");
    flags.add("bgp-status-report-unseen", &o.rules.report_unseen,
              "report users as down that have no tunnel and of whom nothing was ever reported");
    flags.add("env", &o.env,
              "environment: devnet, testnet, mainnet-beta or localnet; outranks URL and program id");
    flags.add("ledger-rpc-url", &o.rpc_url, "JSON-RPC URL of the ledger; needed without -env");
    flags.add("serviceability-program-id", &o.program_id,
              "program that owns users and devices; needed without -env");
    flags.add("keypair", &o.keypair, "key file of the device's metrics publisher, mode 0600");
    flags.add("local-device-pubkey", &o.device, "account of this device (base58)");
    flags.add("management-namespace", &o.management_namespace,
              "network namespace to live in: requests and metrics go through it");
    flags.add("bgp-status-namespace-directory", &o.namespace_directory,
              "directory of the network namespaces to look into");
    flags.add("bgp-status-current-namespace", &o.current_namespace,
              "look only into the network namespace that the program runs in");
    flags.add("caching-fetcher-rpc-timeout", &o.fetch_timeout, "time that one read of the ledger may take");
    flags.add("metrics-enable", &o.metrics_enable, "serve Prometheus metrics");
    flags.add("metrics-addr", &o.metrics_addr, "host:port of the metrics; port 0: any, see the log");
    flags.add("verbose", &o.verbose, "log debug messages");
    flags.add("version", &o.version, "print the version and exit");
    flags.add("dry-run", &o.dry_run, "print what would be written to the ledger, and write nothing");
    flags.add("once", &o.once, "look once, write what is due, and end");
}

/// Flags of the parts that this program does not have: latency samples, state snapshots, gNMI.
struct Later {
    std::string telemetry_program, geolocation_program, bgp_namespace = "ns-vrf1";
    bool state_collect = false, gnmi = false;
    std::string ingest_url, gnmi_server, eapi = "127.0.0.1:9543";
    Duration state_interval = 60s, probe_interval = 10s, submission_interval = 60s, sender_timeout = 1s,
             reflector_timeout = 1s, peers_refresh = 10s, sender_ttl = 5min, epoch_staleness = 10h,
             epoch_refresh{};
    std::uint64_t listen_port = 862, concurrency = 10, losses = 30;
};

void declare(FlagSet& flags, Later& l) {
    flags.add_unavailable("telemetry-program-id", &l.telemetry_program, "program that owns latency samples");
    flags.add_unavailable("geolocation-program-id", &l.geolocation_program, "geolocation program");
    flags.add_unavailable("bgp-namespace", &l.bgp_namespace, "namespace of state snapshots");
    flags.add_unavailable("state-collect-enable", &l.state_collect, "collect state snapshots");
    flags.add_unavailable("state-collect-interval", &l.state_interval, "time between snapshots");
    flags.add_unavailable("state-ingest-url", &l.ingest_url, "where snapshots go");
    flags.add_unavailable("eapi-addr", &l.eapi, "API of the switch");
    flags.add_unavailable("gnmi-tunnel-enable", &l.gnmi, "gNMI tunnel");
    flags.add_unavailable("gnmi-tunnel-server-addr", &l.gnmi_server, "server of the gNMI tunnel");
    flags.add_unavailable("twamp-listen-port", &l.listen_port, "port of the TWAMP reflector");
    flags.add_unavailable("probe-interval", &l.probe_interval, "time between latency probes");
    flags.add_unavailable("submission-interval", &l.submission_interval,
                          "time between submissions of latency samples");
    flags.add_unavailable("twamp-sender-timeout", &l.sender_timeout, "time-out of a probe");
    flags.add_unavailable("twamp-reflector-timeout", &l.reflector_timeout, "time-out of the reflector");
    flags.add_unavailable("peers-refresh-interval", &l.peers_refresh, "time between looks for peers");
    flags.add_unavailable("sender-ttl", &l.sender_ttl, "longest life of a sender");
    flags.add_unavailable("submitter-max-concurrency", &l.concurrency, "submissions at once");
    flags.add_unavailable("max-consecutive-sender-losses", &l.losses, "losses that end a sender");
    flags.add_unavailable("max-epoch-staleness", &l.epoch_staleness, "longest age of the epoch");
    flags.add_unavailable("epoch-refresh-interval", &l.epoch_refresh, "time between reads of the epoch");
}

std::unexpected<Error> bad(std::string_view flag, std::string_view value, std::string_view problem) {
    return fail(Errc::BadValue, fmt::format("flag -{}: \"{}\" {}", flag, value, problem));
}

std::unexpected<Error> missing(std::string_view flag, std::string_view what) {
    return fail(Errc::BadValue, fmt::format("flag -{} is missing: {}", flag, what));
}

Result<> check_at_least(std::string_view flag, Duration value, Duration least) {
    if (value >= least) return {};
    return bad(flag, dz::to_string(value), "must be at least " + dz::to_string(least));
}

Result<> resolve_ledger(const Options& o, Settings& out) {
    if (!o.env.empty()) {
        const auto environment = ledger::find_environment(o.env);
        if (!environment) return bad("env", o.env, "is not one of mainnet-beta, testnet, devnet, localnet");
        out.program = (*environment)->serviceability;
        out.rpc_url = (*environment)->rpc_url;
        return {};
    }
    if (o.rpc_url.empty()) return missing("ledger-rpc-url", "give the ledger's URL, or a network by -env");
    if (o.program_id.empty())
        return missing("serviceability-program-id", "give the program, or a network by -env");
    const auto program = PublicKey::parse(o.program_id);
    if (!program)
        return bad("serviceability-program-id", o.program_id, "is not a program id (base58 of 32 bytes)");
    if (!o.rpc_url.starts_with("http://") && !o.rpc_url.starts_with("https://"))
        return bad("ledger-rpc-url", o.rpc_url, "does not begin with http:// or https://");
    out.program = *program;
    out.rpc_url = o.rpc_url;
    return {};
}

Result<> check_times(const Options& o) {
    TRY_OK(check_at_least("bgp-status-interval", o.interval, 100ms));
    TRY_OK(check_at_least("bgp-status-refresh-interval", o.rules.refresh, 1s));
    TRY_OK(check_at_least("bgp-status-down-grace-period", o.rules.grace, 0s));
    return check_at_least("caching-fetcher-rpc-timeout", o.fetch_timeout, 100ms);
}

}  // namespace

Result<CommandLine> parse_command_line(std::span<const std::string_view> arguments) {
    CommandLine line;
    Later later;
    FlagSet flags;
    declare(flags, line.options);
    declare(flags, later);
    TRY(const FlagSet::Outcome outcome, flags.parse(arguments));
    line.help = outcome == FlagSet::Outcome::Help;
    line.options.unavailable = flags.unavailable();
    return line;
}

std::string usage() {
    Options defaults;
    Later later;
    FlagSet flags;
    declare(flags, defaults);
    declare(flags, later);
    return flags.usage("doublezero-telemetry");
}

Result<Settings> resolve(const Options& o) {
    Settings out;
    TRY_OK(check_times(o));
    TRY_OK(resolve_ledger(o, out));
    if (o.device.empty()) return missing("local-device-pubkey", "give the account of this device");
    if (o.keypair.empty()) return missing("keypair", "give the key file of the device's metrics publisher");
    const auto device = PublicKey::parse(o.device);
    if (!device || device->is_zero())
        return bad("local-device-pubkey", o.device, "is not an account (base58 of 32 bytes)");
    if (o.namespace_directory.empty())
        return missing("bgp-status-namespace-directory",
                       "give a directory, or look here only by -bgp-status-current-namespace");
    if (o.management_namespace.find('/') != std::string::npos)
        return bad("management-namespace", o.management_namespace, "is a path: give the name alone");
    out.device = *device;
    out.keypair = o.keypair;
    out.enable = o.enable;
    out.interval = o.interval;
    out.rules = o.rules;
    if (!o.current_namespace) out.namespace_directory = o.namespace_directory;
    if (!o.management_namespace.empty())
        out.management_namespace = std::filesystem::path(o.namespace_directory) / o.management_namespace;
    out.fetch_timeout = o.fetch_timeout;
    if (o.metrics_enable) out.metrics_address = o.metrics_addr;
    out.dry_run = o.dry_run;
    out.once = o.once;
    return out;
}

Result<ledger::Keypair> read_publisher(const std::filesystem::path& path) {
    struct ::stat status{};
    // A file that is missing is told by the reader, with the remedy.
    const bool exists = ::stat(path.c_str(), &status) == 0;
    if (exists && (status.st_mode & kOthers) != 0)
        return fail(Errc::Permission,
                    fmt::format("the key file {} has mode {:04o}, so others may use the key: chmod 600 {}",
                                path.string(), status.st_mode & 07777U, path.string()));
    return ledger::read_keypair(path);
}

}  // namespace dz::telemetry
