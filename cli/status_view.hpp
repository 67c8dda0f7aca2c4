// cli/status_view.hpp: how `status` shows what the daemon says (cli.md 5). Pure.
#pragma once

#include <ostream>
#include <string>

#include "cli/commands.hpp"
#include "daemon/api/status.hpp"

namespace dz::cli {

/// A row for each tunnel, or the one that stands for none. `network`: of the settings, where the daemon does
/// not say. In JSON the keys of the reference come first.
void print_status(const daemon::api::StatusV2& status, const std::string& network, OutputStyle style,
                  std::ostream& out);

/// Lines for stderr: what keeps tunnels from working, what to do about it, and which other device has been
/// nearer for some time. Empty when there is nothing to say.
std::string status_notes(const daemon::api::StatusV2& status);

}  // namespace dz::cli
