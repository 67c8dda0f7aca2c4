#include "daemon/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/files.hpp"
#include "base/flags.hpp"
#include "ledger/environment.hpp"

namespace dz::daemon {

namespace {

constexpr std::size_t kMaxRouteConfigBytes = 1 << 20;

/// They have no meaning, or another one, in a file that every start reads.
constexpr std::array<std::string_view, 3> kCommandLineOnly = {"cleanup", "config", "version"};

void declare(FlagSet& flags, Options& o) {
    flags.add("config", &o.config,
              "YAML file of more flags, by their names without the dash; a flag given here outranks it");
    flags.add("sock-file", &o.sock_file, "path of the unix socket that carries the HTTP API");
    flags.add("sock-mode", &o.sock_mode,
              "octal mode of the socket; empty: 0660 for the group doublezero; 0666 lets everybody read");
    flags.add("env", &o.env, "environment: mainnet-beta, testnet, devnet or localnet");
    flags.add("program-id", &o.program_id, "serviceability program instead of the environment's");
    flags.add("solana-rpc-endpoint", &o.rpc_endpoint,
              "ledger RPC URLs, the preferred first, with commas, instead of the environment's (and of "
              "DZ_LEDGER_RPC_URL)");
    flags.add("solana-ws-endpoint", &o.ws_endpoint,
              "ledger WebSocket URLs, with commas; empty: beside the RPC URLs; none: poll only");
    flags.add("solana-rpc-agreement", &o.rpc_agreement,
              "build a tunnel to where it does not lead yet only when two RPC URLs name the place");
    flags.add("client-ip", &o.client_ip, "public IPv4 address of this host; empty: find it out");
    flags.add("public-ip-lookup", &o.public_ip_lookup,
              "ask ifconfig.me for the public address where the default route does not show it");
    flags.add("state-dir", &o.state_dir, "directory of state.json");
    flags.add("route-config", &o.route_config, "optional file of routes to leave out; SIGHUP reads it again");
    flags.add("reconciler-poll-interval", &o.poll_interval, "seconds between reads of the ledger");
    flags.add("reconciler-fetch-timeout", &o.fetch_timeout, "seconds that one read of the ledger may take");
    flags.add("onchain-rpc-timeout", &o.rpc_timeout,
              "time that one read of the ledger may take; the smaller counts");
    flags.add("metrics-enable", &o.metrics_enable, "serve Prometheus metrics");
    flags.add("metrics-addr", &o.metrics_addr, "host:port of the metrics; port 0: any, see the log");
    flags.add("on-exit", &o.on_exit,
              "what becomes of tunnels and routes when the daemon ends: remove, or keep for the next one");
    flags.add("legacy-api", &o.legacy_api,
              "serve /provision and /remove, which build tunnels past the ledger while disabled");
    flags.add(
        "persistent-interface", &o.persistent_interface,
        "keep a tunnel's link when its service ends, down and without addresses, so that programs with XDP "
        "on it find the same index when it comes back");
    flags.add("cleanup", &o.cleanup,
              "remove all tunnels, routes and rules that a daemon left, say which, and exit");
    flags.add("v", &o.verbose, "log debug messages");
    flags.add("version", &o.version, "print the version and exit");
    flags.add("bgp-stale-hold", &o.bgp_stale_hold,
              "how long learned routes outlive a device that restarts gracefully; 0s: not at all");
    flags.add("bgp-opening", &o.bgp_opening,
              "who opens the BGP connection: active (we), passive (the device) or both");
    flags.add("bgp-ttl-security", &o.bgp_ttl_security,
              "accept BGP packets of a direct neighbour only (RFC 5082); the device must be set to the same");
    flags.add("bgp-md5-key-file", &o.bgp_md5_key_file,
              "file with the key that signs BGP packets (RFC 2385); empty: none");
    flags.add("bmp-server", &o.bmp_server,
              "host:port of a monitoring station that is told of all BGP sessions (RFC 7854); empty: none");
    flags.add("latency-probing", &o.latency_probing, "measure how far away the devices are");
    flags.add("probe-interval", &o.probe_interval, "seconds between measurements");
    flags.add("cache-update-interval", &o.cache_update_interval, "seconds between reads of the device list");
    flags.add("enable-latency-metrics", &o.latency_metrics, "export the latencies of devices");
    flags.add("latency-probe-tunnel-endpoints", &o.latency_probe_endpoints,
              "measure all addresses of devices that tunnels may end at, not the public ones alone");
    flags.add("latency-single-socket", &o.latency_single_socket,
              "without effect: there is one socket in any case");
}

void declare_unavailable(FlagSet& flags, Options& o) {
    flags.add_unavailable("route-liveness-enable-passive", &o.liveness_passive, "answer liveness probes");
    flags.add_unavailable("route-liveness-enable-active", &o.liveness_active,
                          "hold routes back until the peer answers");
    flags.add_unavailable("route-liveness-tx-min", &o.liveness_tx_min, "desired minimum send interval");
    flags.add_unavailable("route-liveness-rx-min", &o.liveness_rx_min, "required minimum receive interval");
    flags.add_unavailable("route-liveness-detect-mult", &o.liveness_detect_mult, "detection multiplier");
    flags.add_unavailable("route-liveness-min-tx-floor", &o.liveness_min_tx_floor, "least interval");
    flags.add_unavailable("route-liveness-max-tx-ceil", &o.liveness_max_tx_ceil, "greatest interval");
    flags.add_unavailable("route-liveness-backoff-max", &o.liveness_backoff_max,
                          "greatest interval while a peer is down");
    flags.add_unavailable("route-liveness-peer-metrics", &o.liveness_peer_metrics, "export gauges per peer");
    flags.add_unavailable("route-liveness-debug", &o.liveness_debug, "log debug messages of liveness");
}

Result<> take(const yaml::Pair& pair, FlagSet& flags, Options& o) {
    const auto wrong = [&pair](std::string_view problem) {
        return fail(Errc::BadValue, fmt::format("line {}: {}: {}", pair.line, pair.key, problem));
    };
    if (std::ranges::find(kCommandLineOnly, pair.key) != kCommandLineOnly.end())
        return wrong("is for the command line only");
    if (pair.kind == yaml::Pair::Kind::Nested) return wrong("must be a single value");
    if (flags.is_given(pair.key)) {
        o.overruled.push_back(pair.key);
        return {};
    }
    if (pair.kind == yaml::Pair::Kind::Empty && flags.knows(pair.key)) return {};  // the default, then
    const auto done = flags.set(pair.key, pair.text);
    if (!done && done.error().code == Errc::NotFound)
        return wrong("there is no such setting; doublezerod -h lists them all");
    if (!done) return wrong(done.error().text);
    o.from_file.push_back(pair.key);
    return {};
}

}  // namespace

Result<CommandLine> parse_command_line(std::span<const std::string_view> arguments,
                                       std::span<const yaml::Pair> file) {
    CommandLine line;
    FlagSet flags;
    declare(flags, line.options);
    declare_unavailable(flags, line.options);
    TRY(const FlagSet::Outcome outcome, flags.parse(arguments));
    line.help = outcome == FlagSet::Outcome::Help;
    for (const yaml::Pair& pair : file) TRY_OK(take(pair, flags, line.options));
    line.options.unavailable = flags.unavailable();
    line.options.values = flags.values();
    return line;
}

std::string usage() {
    Options defaults;
    FlagSet flags;
    declare(flags, defaults);
    declare_unavailable(flags, defaults);
    return flags.usage("doublezerod");
}

namespace {

std::unexpected<Error> bad(std::string_view flag, std::string_view value, std::string_view problem) {
    return fail(Errc::BadValue, fmt::format("flag -{}: \"{}\" {}", flag, value, problem));
}

Result<> check_seconds(std::string_view flag, std::int64_t value) {
    constexpr std::int64_t kYear = 365 * 24 * 3600;
    if (value >= 1 && value <= kYear) return {};
    return bad(flag, fmt::format("{}", value), "is no number of seconds from 1 to a year");
}

/// Also of the flags whose feature is not in this build: a typing error shall not wait for an upgrade.
Result<> check_times(const Options& o) {
    TRY_OK(check_seconds("reconciler-poll-interval", o.poll_interval));
    TRY_OK(check_seconds("reconciler-fetch-timeout", o.fetch_timeout));
    TRY_OK(check_seconds("probe-interval", o.probe_interval));
    TRY_OK(check_seconds("cache-update-interval", o.cache_update_interval));
    if (o.rpc_timeout <= Duration::zero())
        return bad("onchain-rpc-timeout", to_string(o.rpc_timeout), "must be more than 0s");
    if (o.bgp_stale_hold < Duration::zero() || o.bgp_stale_hold > 4095s)
        return bad("bgp-stale-hold", to_string(o.bgp_stale_hold), "is not between 0s and 4095s (RFC 4724)");
    return {};
}

Result<> resolve_bgp(const Options& o, bgp::PeerConfig& out) {
    out.stale_hold = std::chrono::duration_cast<std::chrono::seconds>(o.bgp_stale_hold);
    out.ttl_security = o.bgp_ttl_security;
    auto opening = bgp::parse_opening(o.bgp_opening);
    if (!opening) return bad("bgp-opening", o.bgp_opening, "is not one of active, passive, both");
    out.opening = *opening;
    if (o.bgp_md5_key_file.empty()) return {};
    auto key = bgp::Md5Key::read(o.bgp_md5_key_file);
    if (!key) return wrap(std::move(key).error(), "flag -bgp-md5-key-file");
    out.md5_key = *std::move(key);
    return {};
}

Result<std::optional<bgp::bmp::Station>> bmp_station(const Options& o) {
    if (o.bmp_server.empty()) return std::nullopt;
    auto station = bgp::bmp::parse_station(o.bmp_server);
    if (!station) return bad("bmp-server", o.bmp_server, station.error().text);
    return *std::move(station);
}

Result<> resolve_ledger(const Options& o, std::string_view ledger_url, Settings& out) {
    const ledger::Environment* environment = nullptr;
    if (!o.env.empty()) {
        auto found = ledger::find_environment(o.env);
        if (!found) return bad("env", o.env, "is not one of mainnet-beta, testnet, devnet, localnet");
        environment = *found;
    } else if (o.program_id.empty() || (o.rpc_endpoint.empty() && ledger_url.empty())) {
        return fail(Errc::BadValue,
                    "flag -env is empty: then -program-id and -solana-rpc-endpoint are needed");
    }
    if (environment != nullptr) out.program = environment->serviceability;
    if (!o.program_id.empty()) {
        const auto program = ledger::PublicKey::parse(o.program_id);
        if (!program) return bad("program-id", o.program_id, "is not a program id (base58 of 32 bytes)");
        out.program = *program;
        if (environment == nullptr) environment = ledger::environment_of(*program);
    }
    out.network = environment == nullptr ? "custom" : std::string(environment->daemon_name);
    TRY(out.ledger, ledger_endpoints({.rpc_flag = o.rpc_endpoint,
                                      .rpc_variable = ledger_url,
                                      .push_flag = o.ws_endpoint,
                                      .agreement = o.rpc_agreement},
                                     environment));
    return {};
}

Result<reconciler::OnExit> on_exit(const Options& o) {
    if (o.on_exit == "keep") return reconciler::OnExit::Keep;
    if (o.on_exit == "remove") return reconciler::OnExit::Remove;
    return bad("on-exit", o.on_exit, "is neither keep nor remove");
}

/// The owner can always use its own socket.
Result<std::optional<unsigned>> socket_mode(const Options& o) {
    constexpr unsigned kOwner = 0600, kAll = 0666;
    if (o.sock_mode.empty()) return std::nullopt;
    unsigned mode = 0;
    const char* end = o.sock_mode.data() + o.sock_mode.size();
    const auto [rest, error] = std::from_chars(o.sock_mode.data(), end, mode, 8);
    if (error == std::errc() && rest == end && (mode & kOwner) == kOwner && (mode & ~kAll) == 0) return mode;
    return bad("sock-mode", o.sock_mode, "is no mode of a socket: give 0600, 0660 or 0666");
}

}  // namespace

Result<Settings> resolve(const Options& o, std::string_view ledger_url) {
    Settings out;
    TRY_OK(check_times(o));
    TRY_OK(resolve_ledger(o, ledger_url, out));
    if (!o.client_ip.empty()) {
        const auto address = parse_ipv4(o.client_ip);
        if (!address || address->is_unspecified())
            return bad("client-ip", o.client_ip, "is not an IPv4 address of a host");
        out.client_ip = *address;
    }
    out.public_ip_lookup = o.public_ip_lookup;
    if (o.sock_file.empty())
        return fail(Errc::BadValue, "flag -sock-file is empty: give the path of a socket");
    if (o.state_dir.empty()) return fail(Errc::BadValue, "flag -state-dir is empty: give a directory");
    out.socket = o.sock_file;
    TRY(out.socket_mode, socket_mode(o));
    out.state_directory = o.state_dir;
    out.route_config = o.route_config;
    out.poll_interval = std::chrono::seconds(o.poll_interval);
    out.fetch_timeout = std::min<Duration>(std::chrono::seconds(o.fetch_timeout), o.rpc_timeout);
    if (o.metrics_enable) out.metrics_address = o.metrics_addr;
    TRY(out.on_exit, on_exit(o));
    out.verbose = o.verbose;
    out.legacy_api = o.legacy_api;
    out.persistent_interface = o.persistent_interface;
    TRY_OK(resolve_bgp(o, out.peer_defaults));
    TRY(out.bmp_station, bmp_station(o));
    if (o.latency_probing)
        out.latency = LatencySettings{.probe_interval = std::chrono::seconds(o.probe_interval),
                                      .refresh_interval = std::chrono::seconds(o.cache_update_interval),
                                      .endpoints = o.latency_probe_endpoints,
                                      .metrics = o.latency_metrics};
    return out;
}

Result<bgp::RouteFilter> read_route_filter(const std::filesystem::path& path) {
    if (path.empty()) return bgp::RouteFilter();
    const auto text = files::read(path, kMaxRouteConfigBytes);
    if (!text && text.error().code == Errc::NotFound) return bgp::RouteFilter();
    if (!text) return wrap(text.error(), "flag -route-config");
    auto filter = bgp::RouteFilter::parse(*text);
    if (!filter) return wrap(std::move(filter).error(), fmt::format("flag -route-config: {}", path.string()));
    return filter;
}

}  // namespace dz::daemon
