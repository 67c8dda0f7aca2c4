// world.hpp: a whole daemon in this process, on a fake kernel, fake peers and a fake ledger; its API is real.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/files.hpp"
#include "base/http_client.hpp"
#include "base/run.hpp"
#include "daemon/api/client.hpp"
#include "daemon/daemon.hpp"
#include "netlink/fake_kernel.hpp"
#include "protocols/bgp/fake_speaker.hpp"
#include "protocols/bgp/metrics.hpp"
#include "protocols/latency/fake_echo.hpp"
#include "tests/support/fake_network.hpp"
#include "tests/support/temporary_directory.hpp"

namespace dz::test {

class FakePublicIp final : public host::PublicIpService {
  public:
    std::optional<Ipv4> answer;
    Task<Result<Ipv4>> ask() override {
        if (!answer) co_return fail(Errc::Unavailable, "nobody answers outside");
        co_return *answer;
    }
};

/// The daemon's host has `kClientIp` on eth0; the ledger has a network without users.
class World {
  public:
    World() {
        settings.socket = directory / "daemon.sock";
        settings.state_directory = directory / "state";
        settings.network = "testnet";
        settings.program = kProgram;
        settings.ledger.rpc = {"http://ledger.example:8899/key"};
        settings.client_ip = kClientIp;
        settings.poll_interval = 10s;
        settings.fetch_timeout = 30s;
        kernel.plug({.name = "eth0", .kind = "veth", .mtu = 1500, .up = true}, {Prefix{kClientIp, 24}});
        netlink::Route gateway;
        gateway.gateway = ip("9.128.0.1");
        gateway.protocol = netlink::Protocol::Boot;
        REQUIRE(kernel.meddle(netlink::Change(netlink::Add{gateway})));
        found_network(rpc);
    }
    ~World() { stop(); }
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    void write_state(std::string_view content) {
        std::filesystem::create_directories(settings.state_directory);
        std::ofstream(state_path()) << content;
    }
    std::filesystem::path state_path() const { return settings.state_directory / "state.json"; }
    std::string state() const { return files::read(state_path(), 4096).value_or("missing"); }

    Result<> start() {
        daemon = std::make_unique<daemon::Daemon>(
            daemon::Daemon::Ports{loop, clock, kernel, speaker, rpc, public_ip, registry, fetcher_metrics,
                                  echo},
            Log::to_lines(lines), settings, bgp::RouteFilter());
        auto started = daemon->start(true);
        if (!started) {
            daemon.reset();
            return started;
        }
        running_ = true;
        boost::asio::co_spawn(loop, daemon->run(), [this](std::exception_ptr error) {
            running_ = false;
            if (error) std::rethrow_exception(error);
        });
        return started;
    }
    /// As SIGTERM does. Returns when the daemon has ended.
    void stop() {
        if (!daemon) return;
        daemon->stop();
        settle([this] { return !running_; });
        loop.restart();
        loop.poll();
        daemon.reset();
    }

    /// Lets time pass until `done`; at most an hour of it.
    bool settle(const std::function<bool()>& done) {
        for (int i = 0; i < 36'000 && !done(); ++i) step();
        return done();
    }
    /// Lets everything happen that is due within `duration`.
    void pass(Duration duration) {
        for (Duration passed = 0s; passed < duration; passed += 100ms) step();
    }

    /// The disk takes no time by the test's clock.
    void step() {
        clock.advance(100ms);
        if (!daemon || daemon->idle()) return;
        while (!daemon->idle()) loop.run_one();
        clock.advance(0s);
    }

    http::ClientResponse ask(std::string method, std::string path, std::string body = "") {
        http::ClientRequest request;
        request.method = std::move(method);
        request.url = "http://daemon" + std::move(path);
        request.unix_socket = settings.socket.string();
        request.body = std::move(body);
        auto response = run(loop, http.send(std::move(request)));
        REQUIRE(response);
        return *std::move(response);
    }
    daemon::api::StatusV2 status() {
        auto status = run(loop, client.status_v2());
        REQUIRE(status);
        return *std::move(status);
    }
    bool complains_of(std::string_view text) {
        for (const auto& problem : status().problems)
            if (problem.text.find(text) != std::string::npos) return true;
        return false;
    }
    bool kernel_has(std::string_view text) const { return kernel.dump().find(text) != std::string::npos; }

    EventLoop loop;
    FakeClock clock{loop};
    TemporaryDirectory directory;
    daemon::Settings settings;
    netlink::FakeKernel kernel;
    bgp::FakeSpeaker speaker{clock};
    FakeRpc rpc{clock};
    FakePublicIp public_ip;
    latency::FakeEcho echo{loop, clock};
    metrics::Registry registry;
    fetcher::Metrics fetcher_metrics{registry};
    std::vector<std::string> lines;  ///< of the log
    http::Client http{loop};
    daemon::api::Client client{http, directory / "daemon.sock", 2s};
    std::unique_ptr<daemon::Daemon> daemon;

  private:
    bool running_ = false;
};

}  // namespace dz::test
