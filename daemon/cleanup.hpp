// daemon/cleanup.hpp: `doublezerod -cleanup`: takes out of the kernel what a daemon left there, and exits.
//
// For after a daemon that was told to keep (-on-exit keep) or was killed, and for packages that go. The
// ledger and the state file are not touched: the next daemon has what this one had.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"

namespace dz::daemon {

struct CleanUp {
    std::filesystem::path socket;
    std::filesystem::path state_directory;  ///< has the record of which rules are ours
    bool keep_links = false;                ///< down and without addresses
};

/// Removes everything of ours and gives what that was, for people. Errors: Exists while a daemon serves the
/// socket, with the remedy; those of the socket's folder and of the kernel.
Result<std::string> clean_up(const CleanUp& what);

}  // namespace dz::daemon
