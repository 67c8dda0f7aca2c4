// cli/parser.hpp: the command tree: arguments in, the command to run out (cli.md 1).
#pragma once

#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "cli/commands.hpp"

namespace dz::cli {

/// What becomes of a client that is too old for the ledger's program (cli.md 8.1): a change is refused, what
/// is read gets a warning, and whatever does not need the ledger does not ask. Leaving must always be
/// possible.
enum class GateKind { None, Warn, Refuse };

/// What was asked for.
struct Invocation {
    GlobalOptions global;
    /// Empty for `config`, which must work with a broken configuration too; `style` is its style.
    std::function<Task<Result<>>(Context&, std::ostream&)> run;
    /// `config get` and `config set`: set means with these options.
    bool config_get = false;
    std::optional<ConfigSetOptions> config_set;
    OutputStyle style;
    GateKind gate = GateKind::None;
    bool wants_json = false;
};

/// The invocation, or the exit status where the arguments were a request for help or wrong (text already
/// written: help to `out`, errors to `err`).
std::variant<Invocation, int> parse(const std::vector<std::string>& arguments, std::ostream& out,
                                    std::ostream& err);

}  // namespace dz::cli
