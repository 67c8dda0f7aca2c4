// doublezero-devnet: a ledger in one process. Exit 0 done, 1 failed, 2 usage.
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "chain/devnet/app.hpp"
#include "chain/devnet/options.hpp"

int main(int argc, char** argv) {
    using namespace dz;
    std::signal(SIGPIPE, SIG_IGN);
    const auto options = devnet::parse_options(std::vector<std::string>(argv + 1, argv + argc));
    if (!options) {
        fmt::print(options.error().status == 0 ? stdout : stderr, "{}", options.error().text);
        return options.error().status;
    }
    if (const auto& blocks = options->blocks) {
        const auto done = devnet::run_blocks(*blocks, std::cin, std::cout, std::cerr);
        if (!done) fmt::print(stderr, "doublezero-devnet: {}\n", done.error().text);
        return done ? 0 : 1;
    }
    const Log log = Log::to_stderr(options->log_level);
    devnet::App app(*options, log);
    if (const auto done = app.run(); !done) {
        fmt::print(stderr, "doublezero-devnet: {}\n", done.error().text);
        return 1;
    }
    return 0;
}
