// cli/version_gate.hpp: is this client new enough for the program on the ledger? (cli.md 8.1)
#pragma once

#include "cli/context.hpp"
#include "ledger/accounts.hpp"

namespace dz::cli {

enum class Gate { Current, Older, TooOld };

Gate judge(const ledger::Version& client, const ledger::ProgramConfig& program);

/// Refuses a client below the program's minimum; says on stderr that a newer one exists if `warn`. A ledger
/// that does not answer stops nobody here: the command itself will say so.
Task<Result<>> version_gate(Context& context, bool warn);

}  // namespace dz::cli
