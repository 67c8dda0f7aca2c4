// doublezerod: the client daemon of DoubleZero. Exit 0 done, 1 failed, 2 usage.
#include <fmt/format.h>
#include <malloc.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "base/version.hpp"
#include "daemon/app.hpp"
#include "daemon/cleanup.hpp"
#include "daemon/configuration.hpp"
#include "daemon/options.hpp"

namespace {

using namespace dz;

int failed(const Log& log, const Error& error) {
    log.error("cannot go on, ending", {{"error", error}});
    fmt::print(stderr, "doublezerod: {}\n", error.text);
    return 1;
}

std::string_view variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string_view() : std::string_view(value);
}

int start(daemon::ConfigurationSource source, bool verbose) {
    Log log = Log::to_stdout(verbose ? LogLevel::Debug : LogLevel::Info);
    auto configuration = source.load();
    if (!configuration) return failed(log, configuration.error());
    if (configuration->settings.verbose) log.set_level(LogLevel::Debug);
    auto filter = daemon::read_route_filter(configuration->settings.route_config);
    if (!filter) return failed(log, filter.error());
    if (const auto& unavailable = configuration->options.unavailable; !unavailable.empty())
        log.warn("flags of features that this build does not have yet, ignoring them",
                 {{"flags", fmt::format("-{}", fmt::join(unavailable, " -"))}});
    auto app = daemon::App::open(*std::move(configuration), std::move(source), *std::move(filter), log);
    if (!app) return failed(log, app.error());
    const auto done = (*app)->run();
    return done ? 0 : failed(log, done.error());
}

/// What a daemon left must go even when its configuration file is damaged.
int clean_up(const daemon::ConfigurationSource& source, const daemon::Options& of_line) {
    const auto configured = source.options();
    if (!configured)
        fmt::print(stderr, "doublezerod: going by the flags alone: {}\n", configured.error().text);
    const daemon::Options& options = configured ? *configured : of_line;
    const auto removed = daemon::clean_up({.socket = options.sock_file,
                                           .state_directory = options.state_dir,
                                           .keep_links = options.persistent_interface});
    if (!removed) {
        fmt::print(stderr, "doublezerod: {}\n", removed.error().text);
        return 1;
    }
    fmt::print("{}", *removed);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    // One thread works and one resolves names: a second arena would only keep memory that nobody uses.
    ::mallopt(M_ARENA_MAX, 1);

    const std::vector<std::string_view> arguments(argv + 1, argv + argc);
    const auto line = daemon::parse_command_line(arguments);
    if (!line) {
        fmt::print(stderr, "doublezerod: {}\n{}", line.error().text, daemon::usage());
        return 2;
    }
    if (line->help) {
        fmt::print(stderr, "{}", daemon::usage());
        return 0;
    }
    if (line->options.version) {
        fmt::print("build: {}\nversion: {}\ndate: {}\n", commit(), version_with_commit(), commit_date());
        return 0;
    }
    daemon::ConfigurationSource source({arguments.begin(), arguments.end()},
                                       std::string(variable("DZ_LEDGER_RPC_URL")));
    return line->options.cleanup ? clean_up(source, line->options)
                                 : start(std::move(source), line->options.verbose);
}
