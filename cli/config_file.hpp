// cli/config_file.hpp: the command line's configuration file, a YAML mapping (cli.md 2.3).
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/result.hpp"

namespace dz::cli {

/// Keys that the file may hold; unset = null in the file.
struct ConfigFile {
    std::string json_rpc_url;
    std::optional<std::string> websocket_url;
    std::optional<std::string> keypair_path;
    std::optional<std::string> program_id;
    std::optional<std::string> tenant;
    std::optional<std::string> geo_program_id;

    bool operator==(const ConfigFile&) const = default;
};

/// Errors: BadValue naming line or key and what to do.
Result<ConfigFile> parse_config(std::string_view text);
std::string to_yaml(const ConfigFile& config);

/// nullopt: there is no such file. A file that exists and cannot be used is an error, never ignored.
Result<std::optional<ConfigFile>> read_config(const std::filesystem::path& path);
/// Makes parent directories.
Result<> write_config(const std::filesystem::path& path, const ConfigFile& config);

}  // namespace dz::cli
