// cli/completion.hpp: shell completion, generated from the command tree.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace dz::cli {

enum class Shell { Bash, Zsh, Fish };

/// A script for `eval` (for `source` in fish). It knows commands and options, not their values; for values it
/// offers file names.
std::string completion_script(const CLI::App& root, Shell shell);

}  // namespace dz::cli
