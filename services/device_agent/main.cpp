// main.cpp: doublezero-device-agent.
#include <CLI/CLI.hpp>
#include <boost/asio/signal_set.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "base/http_client.hpp"
#include "base/run.hpp"
#include "base/version.hpp"
#include "ledger/environment.hpp"
#include "ledger/http_rpc.hpp"
#include "netlink/linux_kernel.hpp"
#include "services/device_agent/agent.hpp"

namespace {

using namespace dz;

struct Arguments {
    std::string rpc_url, device, program_id, bird_config, bird_socket;
    std::vector<std::string> announce;
    int interval_ms = 200;
};

Result<device_agent::AgentConfig> config_from(const Arguments& arguments) {
    device_agent::AgentConfig config;
    TRY(config.options.device, ledger::PublicKey::parse(arguments.device));
    TRY(config.program, ledger::PublicKey::parse(arguments.program_id));
    for (const std::string& text : arguments.announce) {
        TRY(const Prefix prefix, parse_prefix(text));
        config.options.announce.push_back(prefix.network());
    }
    config.bird_config = arguments.bird_config;
    config.bird_socket = arguments.bird_socket;
    config.interval = std::chrono::milliseconds(arguments.interval_ms);
    return config;
}

Result<> serve(const Arguments& arguments) {
    TRY(auto config, config_from(arguments));
    EventLoop loop;
    SystemClock clock(loop);
    http::Client client(loop);
    ledger::HttpRpc rpc({.url = arguments.rpc_url}, client, clock);
    TRY(const auto kernel, netlink::LinuxKernel::open(loop));
    device_agent::Agent agent(std::move(config), loop, clock, rpc, *kernel, Log::to_stdout(LogLevel::Info));

    boost::asio::signal_set signals(loop, SIGINT, SIGTERM);
    signals.async_wait([&loop](const auto&, int) { loop.stop(); });
    boost::asio::co_spawn(loop, agent.run(), boost::asio::detached);
    loop.run();
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    Arguments arguments;
    arguments.program_id = ledger::find_environment("local").value()->serviceability.to_string();
    CLI::App app{
        "Plays a DoubleZero device in the lab: tunnels by netlink, BGP by BIRD, both from ledger data."};
    app.set_version_flag("--version", std::string(version_with_commit()));
    app.add_option("--rpc-url", arguments.rpc_url, "JSON-RPC URL of the ledger")->required();
    app.add_option("--device", arguments.device, "account of the device to play")->required();
    app.add_option("--program-id", arguments.program_id, "serviceability program")->capture_default_str();
    app.add_option("--announce", arguments.announce, "prefix announced to users (may be repeated)");
    app.add_option("--bird-config", arguments.bird_config, "file to write BIRD's configuration to")
        ->required();
    app.add_option("--bird-socket", arguments.bird_socket, "BIRD's control socket")->required();
    app.add_option("--interval-ms", arguments.interval_ms, "how often the ledger is read")
        ->capture_default_str()
        ->check(CLI::Range(10, 60000));
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    if (const auto done = serve(arguments); !done) {
        std::fprintf(stderr, "Error: %s\n", done.error().text.c_str());
        return 1;
    }
    return 0;
}
