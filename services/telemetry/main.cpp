// doublezero-telemetry: reports the BGP status of a device's users to the ledger. Exit 0 done, 1 failed, 2
// usage.
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "base/version.hpp"
#include "services/telemetry/app.hpp"
#include "services/telemetry/options.hpp"

namespace {

using namespace dz;

int failed(const Error& error) {
    fmt::print(stderr, "doublezero-telemetry: {}\n", error.text);
    return 1;
}

int start(const telemetry::Options& options) {
    const Log log = Log::to_stderr(options.verbose ? LogLevel::Debug : LogLevel::Info);
    const auto settings = telemetry::resolve(options);
    if (!settings) return failed(settings.error());
    auto publisher = telemetry::read_publisher(settings->keypair);
    if (!publisher) return failed(publisher.error());
    if (!options.unavailable.empty())
        log.warn("flags of features that this build does not have, ignoring them",
                 {{"flags", fmt::format("-{}", fmt::join(options.unavailable, " -"))}});
    telemetry::App app(*settings, *std::move(publisher), log);
    const auto done = app.run();
    return done ? 0 : failed(done.error());
}

}  // namespace

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    const std::vector<std::string_view> arguments(argv + 1, argv + argc);
    const auto line = telemetry::parse_command_line(arguments);
    if (!line) {
        fmt::print(stderr, "doublezero-telemetry: {}\n{}", line.error().text, telemetry::usage());
        return 2;
    }
    if (line->help) {
        fmt::print(stderr, "{}", telemetry::usage());
        return 0;
    }
    if (line->options.version) {
        fmt::print("build: {}\nversion: {}\ndate: {}\n", commit(), version_with_commit(), commit_date());
        return 0;
    }
    return start(line->options);
}
