// main.cpp: doublezero, the command line.
#include <unistd.h>

#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdlib>
#include <iostream>

#include "base/http_client.hpp"
#include "base/run.hpp"
#include "cli/failure.hpp"
#include "cli/parser.hpp"
#include "cli/version_gate.hpp"
#include "ledger/http_rpc.hpp"

namespace {

using namespace dz;
using namespace dz::cli;

std::optional<std::string> environment_variable(std::string_view name) {
    const char* const value = std::getenv(std::string(name).c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

ProgressStyle progress_style(const GlobalOptions& options) {
    if (options.no_progress) return ProgressStyle::Silent;
    const bool plain = environment_variable("NO_COLOR").has_value() || ::isatty(STDERR_FILENO) == 0;
    return plain ? ProgressStyle::Lines : ProgressStyle::Spinner;
}

Result<> configure(const Invocation& invocation) {
    const GetEnv getenv = environment_variable;
    TRY(const auto file, read_config(config_path(getenv)));
    if (invocation.config_set) return config_set(*invocation.config_set, file, getenv, std::cout);
    TRY(const Settings settings, resolve(invocation.global, file, getenv));
    return config_get(settings, invocation.style, std::cout);
}

Task<Result<>> gated(const Invocation& invocation, Context& context) {
    CO_TRY_OK(co_await version_gate(context, invocation.gate, !invocation.global.no_version_warning));
    co_return co_await invocation.run(context, std::cout);
}

/// Ends the program at once: what was sent to the ledger stays there, so the user hears what that may be.
[[noreturn]] void end_interrupted(Context& context, int signal) {
    std::cout.flush();
    context.print_interrupted();
    std::quick_exit(128 + signal);
}

Result<> execute(const Invocation& invocation) {
    if (invocation.config_get || invocation.config_set) return configure(invocation);
    const GetEnv getenv = environment_variable;
    TRY(const auto file, read_config(config_path(getenv)));
    TRY(Settings settings, resolve(invocation.global, file, getenv));
    EventLoop loop;
    SystemClock clock(loop);
    http::Client http(loop);
    ledger::HttpRpc rpc({.url = settings.rpc_url}, http, clock);
    daemon::api::Client daemon(http, settings.sock_file);
    Context context(loop, clock, std::move(settings), rpc, daemon, std::cerr, getenv,
                    progress_style(invocation.global));
    context.out_is_terminal = ::isatty(STDOUT_FILENO) != 0;
    boost::asio::signal_set signals(loop, SIGINT, SIGTERM);
    signals.async_wait([&context](const boost::system::error_code& error, int signal) {
        if (!error) end_interrupted(context, signal);
    });
    return run(loop, gated(invocation, context));
}

}  // namespace

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_DFL);
    auto parsed = parse(std::vector<std::string>(argv + 1, argv + argc), std::cout, std::cerr);
    if (const int* const status = std::get_if<int>(&parsed)) return *status;
    const auto& invocation = std::get<Invocation>(parsed);
    const auto done = execute(invocation);
    if (done) return 0;
    std::cout.flush();
    if (invocation.wants_json) {
        std::cerr << failure_json(done.error()) << "\n";
    } else {
        print_failure(std::cerr, done.error());
    }
    return 1;
}
