// cli/completion.hpp: shell completion, generated from the command tree.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// NOLINTNEXTLINE(readability-identifier-naming): theirs.
namespace CLI {
class App;
}

namespace dz::cli {

enum class Shell { Bash, Elvish, Fish, PowerShell, Zsh };

/// "bash", "elvish", ...
std::vector<std::string> shell_names();
/// nullopt: none of them.
std::optional<Shell> parse_shell(std::string_view name);

/// A script for `eval` (for `source` in fish, `Invoke-Expression` in PowerShell). It knows commands and
/// options, not their values; for values it offers file names.
std::string completion_script(const CLI::App& root, Shell shell);

}  // namespace dz::cli
