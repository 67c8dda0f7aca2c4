// daemon/options.hpp: the flags of doublezerod, on its command line and in its configuration file, and what
// they mean.
//
// Two steps, since they end differently: a flag that does not exist or does not parse is a usage error (exit
// 2); a file that cannot be used, and values that make no sense, are a start-up error (exit 1).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/ip.hpp"
#include "base/result.hpp"
#include "base/yaml.hpp"
#include "daemon/ledger_endpoints.hpp"
#include "ledger/public_key.hpp"
#include "protocols/bgp/bmp.hpp"
#include "protocols/bgp/filter.hpp"
#include "protocols/bgp/peer.hpp"
#include "reconciler/loop.hpp"

namespace dz::daemon {

inline constexpr std::string_view kConfigFile = "/etc/doublezerod/config.yml";

/// Every flag as given (daemon.md 1.1); the initial values are the defaults.
struct Options {
    std::string config = std::string(kConfigFile);
    std::string sock_file = "/var/run/doublezerod/doublezerod.sock";
    std::string sock_mode;  ///< octal; empty = 0660 for the group doublezero
    std::string env = "testnet";
    std::string program_id;
    std::string rpc_endpoint;  ///< one or more, with commas
    std::string ws_endpoint;
    bool rpc_agreement = false;
    std::string client_ip;
    bool public_ip_lookup = true;
    std::string state_dir = "/var/lib/doublezerod";
    std::string route_config = "/var/lib/doublezerod/route-config.json";
    std::int64_t poll_interval = 10;  ///< seconds
    std::int64_t fetch_timeout = 60;  ///< seconds
    Duration rpc_timeout = 30s;
    bool metrics_enable = false;
    std::string metrics_addr = "localhost:0";
    bool verbose = false;
    bool version = false;
    bool cleanup = false;  ///< instead of serving: see cleanup.hpp
    std::string on_exit = "remove";
    bool legacy_api = false;
    bool persistent_interface = false;
    Duration bgp_stale_hold{};
    std::string bgp_opening = "active";
    bool bgp_ttl_security = false;
    std::string bgp_md5_key_file;
    std::string bmp_server;

    bool latency_probing = true;
    std::int64_t probe_interval = 300;        ///< seconds
    std::int64_t cache_update_interval = 30;  ///< seconds
    bool latency_metrics = false;
    bool latency_probe_endpoints = true;
    bool latency_single_socket = false;  ///< without effect: there is one socket in any case

    // Accepted for features that this build does not have.
    bool liveness_passive = true;
    bool liveness_active = false;
    Duration liveness_tx_min = 1s;
    Duration liveness_rx_min = 1s;
    std::uint64_t liveness_detect_mult = 3;
    Duration liveness_min_tx_floor = 50ms;
    Duration liveness_max_tx_ceil = 3s;
    Duration liveness_backoff_max = 60s;
    bool liveness_peer_metrics = false;
    bool liveness_debug = false;

    /// Of those just above, the flags that were given and ask for something.
    std::vector<std::string> unavailable;
    /// Flags whose value is the file's, and flags of the file that the command line outranks.
    std::vector<std::string> from_file, overruled;
    /// Every flag as text, by name: what a reload compares.
    std::map<std::string, std::string> values;
};

struct CommandLine {
    Options options;
    bool help = false;
};

/// `arguments` without the program's name. `file` is what the configuration file says of flags that are not
/// on the command line: a flag's name without its dash, and its value. Errors: BadValue, in words for the
/// user; those of the file name its line.
Result<CommandLine> parse_command_line(std::span<const std::string_view> arguments,
                                       std::span<const yaml::Pair> file = {});

/// All flags with defaults, as `-h` prints them.
std::string usage();

/// How the distances of devices are measured.
struct LatencySettings {
    Duration probe_interval = 300s;
    Duration refresh_interval = 30s;  ///< of the list of devices
    bool endpoints = true;            ///< also addresses of interfaces that user tunnels may end at
    bool metrics = false;
    bool operator==(const LatencySettings&) const = default;
};

/// What the daemon runs with.
struct Settings {
    std::filesystem::path socket;
    std::optional<unsigned> socket_mode;  ///< of the socket's file, where it was asked for
    std::filesystem::path state_directory;
    std::filesystem::path route_config;
    std::string network;  ///< moniker of the environment; "custom" for a private deployment
    ledger::PublicKey program;
    LedgerEndpoints ledger;
    std::optional<Ipv4> client_ip;
    bool public_ip_lookup = true;  ///< an outside service may be asked for it
    Duration poll_interval{};
    Duration fetch_timeout{};  ///< of one read of the ledger, retries included
    std::optional<std::string> metrics_address;
    reconciler::OnExit on_exit = reconciler::OnExit::Remove;
    bool verbose = false;
    bool legacy_api = false;  ///< see legacy_api.hpp
    bool persistent_interface = false;
    std::optional<bgp::bmp::Station> bmp_station;
    std::optional<LatencySettings> latency;  ///< none: nothing is measured
    bgp::PeerConfig
        peer_defaults;  ///< stale hold, opening, TTL security, key; the rest is for the reconciler

    bool operator==(const Settings&) const = default;
};

/// `ledger_url` is DZ_LEDGER_RPC_URL, empty when unset: it outranks the environment's URL, and the flag
/// outranks it. Errors: BadValue naming the flag and what to write instead.
Result<Settings> resolve(const Options& options, std::string_view ledger_url);

/// The file of -route-config (daemon.md 6.9). Everything passes when there is no such file. Errors: those of
/// reading and parsing, naming the flag.
Result<bgp::RouteFilter> read_route_filter(const std::filesystem::path& path);

}  // namespace dz::daemon
