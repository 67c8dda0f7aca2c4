// cli/version_gate.hpp: is this client new enough for the program on the ledger? (cli.md 8.1)
#pragma once

#include "cli/context.hpp"
#include "ledger/accounts.hpp"

namespace dz::cli {

enum class Gate {
    Current,
    Older,   ///< works, but a newer one exists
    TooOld,  ///< below what the program still accepts
};

Gate judge(const ledger::Version& client, const ledger::ProgramConfig& program);

/// Refuses a client below the program's minimum; says on stderr that a newer one exists if `warn`. Without a
/// readable version on the ledger everybody passes.
/// Errors: Unsupported (too old); those of a ledger that cannot be reached.
Task<Result<>> version_gate(Context& context, bool warn);

}  // namespace dz::cli
