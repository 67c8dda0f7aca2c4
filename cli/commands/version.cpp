// version.cpp: version (cli.md 8.3), and the gate that every ledger command passes (8.1).
#include <fmt/format.h>

#include "base/version.hpp"
#include "cli/commands.hpp"
#include "cli/failure.hpp"
#include "cli/lookup.hpp"
#include "cli/version_gate.hpp"

namespace dz::cli {

namespace {

Result<ledger::Version> client_version() {
    ledger::Version out;
    std::string_view rest = kVersion;
    for (std::uint32_t* part : {&out.major, &out.minor, &out.patch}) {
        *part = static_cast<std::uint32_t>(std::strtoul(std::string(rest).c_str(), nullptr, 10));
        const auto dot = rest.find('.');
        rest = dot == std::string_view::npos ? std::string_view{} : rest.substr(dot + 1);
    }
    return out;
}

}  // namespace

Gate judge(const ledger::Version& client, const ledger::ProgramConfig& program) {
    if (client < program.min_compatible_version) return Gate::TooOld;
    if (client < program.version) return Gate::Older;
    return Gate::Current;
}

Task<Result<>> version_gate(Context& context, bool warn) {
    const auto program =
        co_await read_account<ledger::ProgramConfig>(context, context.addresses.program_config());
    if (!program || !*program) co_return Result<>{};
    CO_TRY(const ledger::Version client, client_version());
    const Gate gate = judge(client, **program);
    if (gate == Gate::TooOld) {
        co_return failure(fmt::format("this version of doublezero is too old for the ledger: {} < {}",
                                      client.to_string(), (*program)->min_compatible_version.to_string()),
                          "", "install a newer package: sudo apt update && sudo apt install doublezero",
                          Errc::Unsupported);
    }
    if (gate == Gate::Older && warn) {
        context.err << fmt::format("A newer version of doublezero is available: {} -> {}\n",
                                   client.to_string(), (*program)->version.to_string())
                    << "Update: sudo apt update && sudo apt install doublezero\n";
    }
    co_return Result<>{};
}

Task<Result<>> version(Context& context, std::ostream& out) {
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
