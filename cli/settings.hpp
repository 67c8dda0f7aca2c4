// cli/settings.hpp: which network, which daemon, which key: flags, file, variables and defaults made one
// (cli.md 2).
//
// Pure. Order, highest first: a flag for the very field; `--env` (which sets aside the file's network
// fields); DZ_* variables; the file; the build's default environment.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "cli/config_file.hpp"
#include "ledger/environment.hpp"
#include "ledger/public_key.hpp"

namespace dz::cli {

/// Options that stand before or after any command.
struct GlobalOptions {
    std::optional<std::string> env, url, ws, solana_url, program_id, geo_program_id, keypair;
    std::optional<std::string> sock_file;
    bool no_version_warning = false;
    bool no_progress = false;
    std::string log_level = "warn";
};

using GetEnv = std::function<std::optional<std::string>(std::string_view)>;

/// Where the signing key comes from. An explicit source is final: it never falls through to another.
struct KeySource {
    enum class Kind { Flag, Variable, Stdin, File };
    Kind kind = Kind::File;
    /// A path, or for `Variable` the key's JSON text itself.
    std::string value;
    bool is_json = false;
};

/// A key's text where a file's name belongs: nothing may print it.
inline bool looks_like_key(std::string_view text) {
    return text.starts_with('[');
}

struct Settings {
    std::string rpc_url;
    std::string ws_url;
    bool ws_computed = false;  ///< derived, not configured
    ledger::PublicKey program;
    bool program_computed = false;
    ledger::PublicKey geo_program;
    bool geo_program_computed = false;
    /// "testnet", "local", ...; "custom" for a program of none of the public networks.
    std::string network;
    KeySource key;
    std::filesystem::path keypair_path;  ///< where keygen writes
    std::optional<std::string> tenant;
    std::optional<std::string> oracle_url;
    std::filesystem::path oracle_token_file;  ///< beside the configuration unless a variable names another
    std::filesystem::path sock_file;
    std::filesystem::path config_path;
    bool show_program_log = false;  ///< of failed transactions: log level info and above
};

inline constexpr std::string_view kDefaultEnvironment = "testnet";

/// $DOUBLEZERO_CONFIG_FILE or ~/.config/doublezero/cli/config.yml
std::filesystem::path config_path(const GetEnv& getenv);

/// Errors: BadValue naming the flag or key at fault.
Result<Settings> resolve(const GlobalOptions& options, const std::optional<ConfigFile>& file,
                         const GetEnv& getenv);

/// A program by address or by the name of an environment.
Result<ledger::PublicKey> parse_program(std::string_view text,
                                        ledger::PublicKey ledger::Environment::* which);

}  // namespace dz::cli
