// daemon/configuration.hpp: all that the daemon is told: command line, configuration file, environment.
//
// Highest rank first: a flag on the command line, the same name in the file of -config, DZ_LEDGER_RPC_URL,
// the default. SIGHUP reads the file again. What can change under a running daemon does; of what cannot, the
// log and the status say that it waits for a restart.
#pragma once

#include <string>
#include <vector>

#include "daemon/options.hpp"

namespace dz::daemon {

struct Configuration {
    Options options;
    Settings settings;
};

/// Where the configuration comes from. Cheap to copy; reads files, so not on the loop's thread once that
/// turns.
class ConfigurationSource {
  public:
    /// `arguments` without the program's name, known to parse. `ledger_url` is DZ_LEDGER_RPC_URL.
    ConfigurationSource(std::vector<std::string> arguments, std::string ledger_url);

    /// Flags and file, not yet checked for sense. A file that is missing says nothing, unless the command
    /// line names it. Errors: those of reading it; BadValue naming file, line and setting.
    Result<Options> options() const;

    /// Errors: also those of `resolve`, which name the file where a value came from there.
    Result<Configuration> load() const;

  private:
    std::vector<std::string> arguments_;
    std::string ledger_url_;
};

/// Flags that differ.
struct Changes {
    std::vector<std::string> effective;  ///< at once
    std::vector<std::string> pending;    ///< with the next start
    bool operator==(const Changes&) const = default;
};

/// What a reload brings. `started` is what the process began with, `running` the reload before this one.
Changes changes(const Options& started, const Options& running, const Options& now);

/// Takes over from `now` what may change while the daemon runs.
void adopt(Settings& running, const Settings& now);

}  // namespace dz::daemon
