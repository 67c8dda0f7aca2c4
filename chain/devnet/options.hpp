// chain/devnet/options.hpp: the command line of doublezero-devnet.
#pragma once

#include <expected>
#include <filesystem>
#include <optional>
#include <string>

#include "base/log.hpp"
#include "chain/devnet/blocks_command.hpp"
#include "chain/devnet/ledger.hpp"

namespace dz::devnet {

struct Options {
    LedgerOptions ledger;
    std::string rpc_bind = "127.0.0.1:8899";
    /// Without it `rpc_bind` must be an address of this machine alone.
    bool allow_remote = false;
    bool reset = false;
    bool seed_demo = false;
    std::optional<BlocksOptions> blocks;  ///< set: no node, but this
    std::filesystem::path keys;
    LogLevel log_level = LogLevel::Info;
};

/// The program ends at once: text to print and exit status (0 for --help and --version, 2 for usage errors).
struct Exit {
    int status = 0;
    std::string text;
};

/// `arguments` without the program's name.
std::expected<Options, Exit> parse_options(std::vector<std::string> arguments);

}  // namespace dz::devnet
