// tests/cli/desk.hpp: where an operator sits: a ledger with a small network, a daemon on a unix socket that
// does what the ledger says, and a clock that moves when a command has nothing to do but wait.
//
//     Desk desk;
//     desk.network.set_pass("alice", Desk::kIp);
//     CHECK(desk.run(connect_ibrl({}, desk.context, desk.out)));
//     CHECK_THAT(desk.out.str(), Contains("User Provisioned"));
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "base/http_client.hpp"
#include "base/http_server.hpp"
#include "cli/commands.hpp"
#include "cli/context.hpp"
#include "daemon/api/explain.hpp"
#include "daemon/api/latency.hpp"
#include "daemon/api/messages.hpp"
#include "daemon/api/status.hpp"
#include "tests/cli/terminal.hpp"
#include "tests/cli/world_rpc.hpp"
#include "tests/support/temporary_directory.hpp"

namespace dz::test {

/// The daemon as its clients see it. While it is enabled there is a tunnel for each user of its address.
class ScriptedDaemon {
  public:
    ScriptedDaemon(EventLoop& loop, Clock& clock, World& world, Ipv4 client_ip, std::filesystem::path socket);

    void start();
    void stop();

    daemon::api::Config config;
    daemon::api::StatusV2 status;  ///< services are the ledger's unless `services` is set
    std::optional<std::vector<daemon::api::EnrichedService>> services;
    /// Round trips by device code: one that is not named is 1 ms away, one of 0 does not answer.
    std::map<std::string, std::chrono::nanoseconds> round_trips;
    /// What GET /v2/latency answers instead of those.
    std::optional<daemon::api::Latencies> latencies;
    bool probes = true;  ///< false: this daemon does not measure latencies
    std::vector<daemon::api::RouteRow> routes;
    daemon::api::PlanView plan;
    std::vector<daemon::api::EventRow> events;
    std::string epoch = "a";  ///< of the stream of events: another one with each start of a daemon
    std::string session = std::string(daemon::api::kSessionUp);
    /// Answers to this many questions are HTTP 500 first.
    int failures = 0;
    bool refuses_enable = false;
    /// Takes questions and never answers.
    bool stuck = false;
    /// Called before each answer: lets a test change the world while a command waits.
    std::function<void()> on_request;
    /// "GET /v2/status", ...
    std::vector<std::string> requests;
    std::size_t count(const std::string& request) const;

  private:
    void on(const std::string& method, const std::string& path, std::function<std::string()> body);
    Task<http::Response> answer(http::Request request, std::function<std::string()> body);
    std::vector<daemon::api::EnrichedService> services_now() const;
    daemon::api::Latencies latencies_now() const;

    EventLoop& loop_;
    Clock& clock_;
    World& world_;
    std::filesystem::path socket_;
    bool streams_ = false;   ///< the question being answered is for a stream,
    std::string last_seen_;  ///< after the event with this id
    http::Router router_;
    std::optional<http::Server> server_;
};

class Desk {
  public:
    /// `key`: whose key file the command line uses.
    explicit Desk(std::function<void(cli::Settings&)> adjust = {}, const std::string& key = "alice");

    static inline const Ipv4 kIp{0x09800064};  // 9.128.0.100

    /// Runs a command to its end.
    Result<> run(Task<Result<>> command);
    /// Runs a command that may go on for ever, for so long on its clock. False: it was cut off then.
    bool run_for(Duration limit, Task<Result<>> command);
    /// Runs a command line to its end.
    Printed type(const std::string& line) { return type_line(line, loop, clock, context, err); }
    /// The user of `kIp`, which the ledger must have.
    ledger::User user(ledger::UserType type = ledger::UserType::Ibrl) const {
        return network.get_user(kIp, type);
    }
    bool has_user(ledger::UserType type = ledger::UserType::Ibrl) const {
        return network.exists(network.user(kIp, type));
    }

    EventLoop loop;
    FakeClock clock{loop};
    SystemClock real_clock{loop};
    TemporaryDirectory directory;
    Network network;
    WorldRpc rpc{network};
    http::Client http{loop};
    ScriptedDaemon daemon{loop, real_clock, network, kIp, directory / "daemon.sock"};
    dz::daemon::api::Client client{http, directory / "daemon.sock", std::chrono::seconds(5)};
    std::ostringstream out, err;
    cli::Context context;
};

}  // namespace dz::test
