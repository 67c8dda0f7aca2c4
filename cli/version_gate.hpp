// cli/version_gate.hpp: is this client new enough for the program on the ledger? (cli.md 8.1)
#pragma once

#include "cli/context.hpp"
#include "cli/parser.hpp"
#include "ledger/accounts.hpp"

namespace dz::cli {

enum class Gate {
    Current,
    Older,   ///< works, but a newer one exists
    TooOld,  ///< below what the program still accepts
};

Gate judge(const ledger::Version& client, const ledger::ProgramConfig& program);

/// Of a client below the program's minimum: `Refuse` lets it not pass, `Warn` says so on stderr. That a newer
/// one exists is said on stderr by both. Nothing is said without `warn`. Without a readable version on the
/// ledger everybody passes. Errors: Unsupported (too old); those of a ledger that cannot be reached.
Task<Result<>> version_gate(Context& context, GateKind kind, bool warn);

}  // namespace dz::cli
