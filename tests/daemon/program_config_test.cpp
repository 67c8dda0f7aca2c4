// Tests for doublezerod as a program with a configuration file: what it starts with, and SIGHUP.
#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <fstream>
#include <functional>

#include "base/http_client.hpp"
#include "base/run.hpp"
#include "daemon/api/client.hpp"
#include "tests/daemon/program.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace dz;
using namespace dz::test;
using Catch::Contains;

namespace {

struct World {
    EventLoop loop;
    TemporaryDirectory directory;
    std::filesystem::path file = directory / "config.yml";
    Program program{directory.path()};
    http::Client http{loop};
    daemon::api::Client client{http, directory / "daemon.sock", 5s};

    void write(const std::string& more) const {
        std::ofstream(file) << "sock-file: " << (directory / "daemon.sock").string()
                            << "\nstate-dir: " << (directory / "state").string()
                            << "\nroute-config: " << (directory / "none").string() << "\nenv: localnet\n"
                            << more;
    }
    std::string refusal(std::vector<std::string> arguments) {
        program.start(std::move(arguments));
        CHECK(program.wait_or_kill() == 1);
        return program.err();
    }
    /// Lets this process's loop turn until `done`, 60 s at most.
    bool until(const std::function<bool()>& done) {
        const auto limit = std::chrono::steady_clock::now() + 60s;
        while (!done() && std::chrono::steady_clock::now() < limit) {
            loop.restart();
            loop.run_for(std::chrono::milliseconds(5));
        }
        return done();
    }
    std::string client_ip() {
        const auto status = run(loop, client.status_v2());
        return status ? status->client_ip.to_string() : status.error().text;
    }
    bool complains_of(std::string_view text) {
        const auto status = run(loop, client.status_v2());
        if (!status) return false;
        return std::ranges::any_of(status->problems, [text](const auto& problem) {
            return problem.text.find(text) != std::string::npos;
        });
    }
};

}  // namespace

TEST_CASE("program: a mistake in the configuration file exits 1 and names file, line and setting",
          "[daemon]") {
    World world;
    std::ofstream(world.file) << "env: localnet\nclientip: 192.0.2.1\n";
    CHECK_THAT(world.refusal({"-config", world.file.string()}),
               Contains(world.file.string()) && Contains("line 2: clientip: there is no such setting"));
    CHECK_THAT(world.refusal({"-config", (world.directory / "missing.yml").string()}),
               Contains("missing.yml") && Contains("does not exist"));
}

TEST_CASE("program: it starts from the file alone, and SIGHUP brings what has changed there", "[daemon]") {
    World world;
    world.write("client-ip: 9.128.0.5\n");
    world.program.start({"-config", world.file.string()});
    CHECK(world.until([&] { return world.client_ip() == "9.128.0.5"; }));
    world.write("client-ip: 9.128.0.6\nmetrics-enable: true\n");
    world.program.signal(SIGHUP);
    CHECK(world.until([&] { return world.client_ip() == "9.128.0.6"; }));
    CHECK(world.until([&] { return world.complains_of("not in force before a restart: metrics-enable"); }));
    world.write("client-ip: nowhere\n");
    world.program.signal(SIGHUP);
    CHECK(world.until([&] { return world.complains_of("\"nowhere\" is not an IPv4 address"); }));
    CHECK(world.client_ip() == "9.128.0.6");
    world.program.signal(SIGTERM);
    CHECK(world.program.wait_or_kill() == 0);
}

TEST_CASE("program: a damaged configuration file does not keep -cleanup from its work", "[daemon]") {
    World world;
    std::ofstream(world.file) << "no such: [thing\n";
    world.program.start({"-config", world.file.string(), "-cleanup", "-sock-file",
                         (world.directory / "daemon.sock").string()});
    (void)world.program.wait_or_kill();
    CHECK_THAT(world.program.err(), Contains("going by the flags alone"));
}
