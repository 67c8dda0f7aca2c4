// doublezero-oracle: sells seats on devices: holds them, watches payments, settles. Exit 0 done, 1 failed, 2
// usage.
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "base/version.hpp"
#include "services/oracle/app.hpp"
#include "services/oracle/options.hpp"

namespace {

using namespace dz;

int failed(const Error& error) {
    fmt::print(stderr, "doublezero-oracle: {}\n", error.text);
    return 1;
}

int start(const oracle::Options& options) {
    const Log log = Log::to_stderr(options.verbose ? LogLevel::Debug : LogLevel::Info);
    const auto settings = oracle::resolve(options);
    if (!settings) return failed(settings.error());
    auto secrets = oracle::read_secrets(*settings);
    if (!secrets) return failed(secrets.error());
    oracle::App app(*settings, *std::move(secrets), log);
    const auto done = app.run();
    return done ? 0 : failed(done.error());
}

}  // namespace

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    const std::vector<std::string_view> arguments(argv + 1, argv + argc);
    const auto line = oracle::parse_command_line(arguments);
    if (!line) {
        fmt::print(stderr, "doublezero-oracle: {}\n{}", line.error().text, oracle::usage());
        return 2;
    }
    if (line->help) {
        fmt::print(stderr, "{}", oracle::usage());
        return 0;
    }
    if (line->options.version) {
        fmt::print("build: {}\nversion: {}\ndate: {}\n", commit(), version_with_commit(), commit_date());
        return 0;
    }
    return start(line->options);
}
