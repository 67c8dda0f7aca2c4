// version.cpp: version (cli.md 8.3), and the gate that the commands on the ledger pass first (8.1).
#include <fmt/format.h>

#include <charconv>

#include "base/version.hpp"
#include "cli/commands.hpp"
#include "cli/failure.hpp"
#include "cli/lookup.hpp"
#include "cli/text.hpp"
#include "cli/version_gate.hpp"

namespace dz::cli {

namespace {

constexpr std::string_view kUpdate = "sudo apt update && sudo apt install doublezero";

/// Of this build.
ledger::Version client_version() {
    ledger::Version out;
    const char* at = kVersion.data();
    const char* const end = at + kVersion.size();
    for (std::uint32_t* const part : {&out.major, &out.minor, &out.patch}) {
        at = std::from_chars(at, end, *part).ptr;
        if (at != end) ++at;  // the dot
    }
    return out;
}

/// What the ledger says is null where it cannot be read.
Task<Result<>> version_json(OutputStyle style, Context& context, std::ostream& out) {
    const auto program =
        co_await read_account<ledger::ProgramConfig>(context, context.addresses.program_config());
    json::Ordered shown{{"client_version", version_with_commit()}};
    shown["program_version"] = nullptr;
    shown["min_required_version"] = nullptr;
    if (program && *program) {
        shown["program_version"] = (*program)->version.to_string();
        shown["min_required_version"] = (*program)->min_compatible_version.to_string();
    }
    print_json(out, shown, style);
    co_return Result<>{};
}

}  // namespace

Gate judge(const ledger::Version& client, const ledger::ProgramConfig& program) {
    if (client < program.min_compatible_version) return Gate::TooOld;
    if (client < program.version) return Gate::Older;
    return Gate::Current;
}

Task<Result<>> version_gate(Context& context, GateKind kind, bool warn) {
    if (kind == GateKind::None || (kind == GateKind::Warn && !warn)) co_return Result<>{};
    const auto account =
        co_await read_account<ledger::ProgramConfig>(context, context.addresses.program_config());
    // What cannot be reached now would not be reached by the command either, after as long a wait.
    if (!account && ledger::is_retryable(account.error()))
        co_return ledger_failure(context, "cannot read the ledger", account.error());
    if (!account || !*account) co_return Result<>{};
    const ledger::ProgramConfig& program = **account;
    const ledger::Version client = client_version();
    const Gate gate = judge(client, program);
    if (gate == Gate::TooOld) {
        const std::string what =
            fmt::format("doublezero {} is too old for this ledger, which wants {} at least",
                        client.to_string(), program.min_compatible_version.to_string());
        if (kind == GateKind::Refuse) co_return failure(what, "", kUpdate, Errc::Unsupported);
        context.err << fmt::format("Warning: {}; what it shows may be wrong\nTry: {}\n", what, kUpdate);
    }
    if (gate == Gate::Older && warn) {
        context.err << fmt::format("Note: a newer version of doublezero is available: {} -> {}\nTry: {}\n",
                                   client.to_string(), program.version.to_string(), kUpdate);
    }
    co_return Result<>{};
}

Task<Result<>> version(OutputStyle style, Context& context, std::ostream& out) {
    if (style.machine_readable()) co_return co_await version_json(style, context, out);
    out << "client version:       " << version_with_commit() << "\n";
    const auto program =
        co_await read_account<ledger::ProgramConfig>(context, context.addresses.program_config());
    if (program && *program) {
        out << "program version:      " << (*program)->version.to_string() << "\n"
            << "min required version: " << (*program)->min_compatible_version.to_string() << "\n";
    }
    co_return Result<>{};
}

}  // namespace dz::cli
