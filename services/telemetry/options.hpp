// services/telemetry/options.hpp: the command line of doublezero-telemetry, and what it means.
//
// Two steps, since they end differently: a flag that does not exist or does not parse is a usage error (exit
// 2); values that make no sense are a start-up error (exit 1), checked in the order of telemetry.md 1.3.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "ledger/keypair.hpp"
#include "ledger/public_key.hpp"
#include "services/telemetry/decide.hpp"

namespace dz::telemetry {

/// Every flag as given; the initial values are the defaults.
struct Options {
    bool enable = true;
    Duration interval = 60s;
    Rules rules;
    std::string env;
    std::string rpc_url;
    std::string program_id;
    std::string keypair;
    std::string device;
    std::string management_namespace;
    std::string namespace_directory = "/var/run/netns";
    bool current_namespace = false;
    Duration fetch_timeout = 30s;
    bool metrics_enable = false;
    std::string metrics_addr = ":8080";
    bool verbose = false;
    bool version = false;
    bool dry_run = false;
    bool once = false;

    /// Flags of features that this build does not have and that were on the command line.
    std::vector<std::string> unavailable;
};

struct CommandLine {
    Options options;
    bool help = false;
};

/// `arguments` without the program's name. Errors: BadValue, in words for the user.
Result<CommandLine> parse_command_line(std::span<const std::string_view> arguments);

/// All flags with defaults, as `-h` prints them.
std::string usage();

/// What the reporter runs with.
struct Settings {
    bool enable = true;
    Duration interval{};
    Rules rules;
    PublicKey program;
    std::string rpc_url;
    PublicKey device;
    std::filesystem::path keypair;
    /// None: the current namespace only.
    std::optional<std::filesystem::path> namespace_directory;
    std::optional<std::filesystem::path> management_namespace;
    Duration fetch_timeout{};
    std::optional<std::string> metrics_address;
    bool dry_run = false;
    bool once = false;
};

/// Errors: BadValue naming the flag and what to write instead.
Result<Settings> resolve(const Options& options);

/// The metrics publisher's key. Errors: those of reading it; Permission when others may read or change the
/// file.
Result<ledger::Keypair> read_publisher(const std::filesystem::path& path);

}  // namespace dz::telemetry
