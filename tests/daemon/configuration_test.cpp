// Tests for what the daemon is told: which of command line, file and environment counts, and what a reload
// can change.
#include "daemon/configuration.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/daemon/world.hpp"

using namespace dz;
using namespace dz::daemon;
using Catch::Contains;
using dz::test::TemporaryDirectory;

namespace {

struct File {
    TemporaryDirectory directory;
    std::filesystem::path path = directory / "config.yml";

    void write(std::string_view text) const { std::ofstream(path) << text; }
    ConfigurationSource source(std::vector<std::string> more = {}, std::string url = "") const {
        std::vector<std::string> arguments = {"-config", path.string()};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return {std::move(arguments), std::move(url)};
    }
    std::string error() const {
        const auto loaded = source().load();
        return loaded ? "none" : loaded.error().text;
    }
};

}  // namespace

TEST_CASE("configuration: the file has the flags' names, and a flag outranks it", "[daemon]") {
    const File file;
    file.write(
        "env: devnet\nclient-ip: 192.0.2.7\nreconciler-poll-interval: 20\nmetrics-enable: true\n"
        "onchain-rpc-timeout: 5s\non-exit:\n");
    const auto configured = file.source({"-env", "localnet"}).load();
    REQUIRE(configured);
    const Settings& settings = configured->settings;
    CHECK(settings.network == "localnet");
    CHECK(settings.client_ip == parse_ipv4("192.0.2.7").value());
    CHECK(settings.poll_interval == 20s);
    CHECK(settings.fetch_timeout == 5s);
    CHECK(settings.metrics_address == "localhost:0");
    CHECK(settings.on_exit == reconciler::OnExit::Remove);
    CHECK(configured->options.overruled == std::vector<std::string>{"env"});
}

TEST_CASE("configuration: the file outranks the environment, and the environment the default", "[daemon]") {
    const File file;
    file.write("");
    const std::string url = "http://variable.example";
    CHECK(file.source({}, url).load()->settings.ledger.rpc.front() == url);
    file.write("solana-rpc-endpoint: http://file.example\n");
    CHECK(file.source({}, url).load()->settings.ledger.rpc.front() == "http://file.example");
    const auto flag = file.source({"-solana-rpc-endpoint", "http://flag.example"}, url).load();
    CHECK(flag->settings.ledger.rpc.front() == "http://flag.example");
}

TEST_CASE("configuration: a file may be missing unless it was asked for", "[daemon]") {
    const File file;
    CHECK_THAT(file.error(), Contains(file.path.string()) && Contains("leave out -config"));
    CHECK(ConfigurationSource({"-config", ""}, "").load());
    CHECK(ConfigurationSource({"-config=" + std::string(kConfigFile)}, "").options());
}

TEST_CASE("configuration: what is wrong in the file is named with file, line and setting", "[daemon]") {
    struct Case {
        const char* text;
        const char* error;
    };
    const File file;
    for (const auto& [text, error] :
         {Case{"# one\nclient-iq: 192.0.2.1\n", "line 2: client-iq: there is no such setting"},
          Case{"v: maybe\n", "line 1: v: \"maybe\" is neither true nor false"},
          Case{"reconciler-poll-interval: ten\n", "line 1: reconciler-poll-interval: \"ten\""},
          Case{"env: [testnet]\n", "line 1: env: must be a single value"},
          Case{"config: other.yml\n", "line 1: config: is for the command line only"},
          Case{"version: true\n", "for the command line only"}, Case{"- env\n", "line 1: not a mapping"},
          Case{"env: testnet\nenv: devnet\n", "line 2: env stands there twice"}}) {
        CAPTURE(text);
        file.write(text);
        CHECK_THAT(file.error(), Contains(file.path.string()) && Contains(error));
    }
    file.write("client-ip: here\n");
    CHECK_THAT(file.error(),
               Catch::StartsWith("client-ip in " + file.path.string() + ": \"here\" is not an IPv4 address"));
    std::filesystem::remove(file.path);
    std::filesystem::create_directory(file.path);
    CHECK_THAT(file.error(), Contains(file.path.string()));
}

TEST_CASE("configuration: a change counts at once or with the next start, and never silently", "[daemon]") {
    const File file;
    const auto read = [&file](std::string_view text) {
        file.write(text);
        return file.source().load().value();
    };
    const auto started = read("client-ip: 192.0.2.1\n");
    const auto second = read("client-ip: 192.0.2.2\non-exit: keep\nenv: devnet\nmetrics-enable: true\n");
    CHECK(changes(started.options, started.options, second.options) ==
          Changes{{"client-ip", "on-exit"}, {"env", "metrics-enable"}});
    // What waits goes on waiting, what is in force is not told again, and what is taken back waits no longer.
    const auto third = read("client-ip: 192.0.2.2\non-exit: keep\nenv: devnet\n");
    CHECK(changes(started.options, second.options, third.options) == Changes{{}, {"env"}});
    CHECK(changes(started.options, third.options, started.options) == Changes{{"client-ip", "on-exit"}, {}});
}

TEST_CASE("configuration: what is adopted is all that counts at once, and nothing else", "[daemon]") {
    const File file;
    file.write("");
    const auto before = file.source().load().value();
    file.write(
        "client-ip: 192.0.2.2\npublic-ip-lookup: false\non-exit: keep\nroute-config: /none\nsock-mode: "
        "'0666'\n"
        "v: true\nbgp-stale-hold: 30s\nbgp-opening: both\nbgp-ttl-security: true\n");
    const auto after = file.source().load().value();
    CHECK(changes(before.options, before.options, after.options).pending.empty());
    Settings running = before.settings;
    adopt(running, after.settings);
    CHECK(running == after.settings);
}

TEST_CASE("daemon: a reload changes what it can and says what waits for a restart", "[daemon]") {
    const File file;
    file.write("client-ip: 9.128.0.5\n");
    test::World world;
    world.rpc.put(test::kUser, test::user());
    world.write_state(R"({"reconciler_enabled":true})");
    REQUIRE(world.start());
    world.daemon->on_reload(file.source().load()->options,
                            [source = file.source()] { return source.load(); });
    REQUIRE(world.settle([&] { return world.kernel_has("tunnel doublezero0 local 9.128.0.5"); }));
    const auto reload = [&](std::string_view text) {
        file.write(text);
        world.daemon->reload();
    };
    const auto client_ip = [&] { return world.status().client_ip.to_string(); };

    reload("client-ip: 9.128.0.77\nenv: devnet\n");
    CHECK(world.settle([&] { return client_ip() == "9.128.0.77"; }));
    CHECK(world.complains_of("not in force before a restart: env"));
    // Nobody on the ledger has that address.
    CHECK(world.settle([&] { return !world.kernel_has("tunnel doublezero0"); }));

    reload("client-ip: 9.128.0.5\nclient-ip: 9.128.0.6\n");
    CHECK(world.settle([&] { return world.complains_of("stands there twice; the last good one"); }));
    CHECK(client_ip() == "9.128.0.77");

    reload("client-ip: 9.128.0.5\nsock-mode: '0666'\n");
    CHECK(world.settle([&] { return world.kernel_has("tunnel doublezero0 local 9.128.0.5"); }));
    CHECK_FALSE(world.complains_of("twice"));
    CHECK_FALSE(world.complains_of("restart"));
    struct ::stat status{};
    REQUIRE(::stat(world.settings.socket.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0666);
}
