// Tests for the command line: every flag of the reference, what the values mean, and what is refused with a
// remedy.
#include "daemon/options.hpp"

#include <catch2/catch.hpp>
#include <fstream>

#include "ledger/environment.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace dz;
using namespace dz::daemon;
using namespace dz::ledger::literals;

namespace {

constexpr std::string_view kProgram = "DZtnuQ839pSaDMFG5q1ad2V95G82S5EC4RrB3Ndw2Heb";

Result<CommandLine> parse(std::vector<std::string_view> arguments) {
    return parse_command_line(arguments);
}

Result<Settings> settings(std::vector<std::string_view> arguments, std::string_view ledger_url = "") {
    const auto line = parse(std::move(arguments));
    REQUIRE(line);
    return resolve(line->options, ledger_url);
}

}  // namespace

TEST_CASE("options: the defaults are those of the reference", "[daemon]") {
    const auto defaults = settings({});
    REQUIRE(defaults);
    CHECK(*defaults == Settings{.socket = "/var/run/doublezerod/doublezerod.sock",
                                .socket_mode = {},
                                .state_directory = "/var/lib/doublezerod",
                                .route_config = "/var/lib/doublezerod/route-config.json",
                                .network = "testnet",
                                .program = *ledger::PublicKey::parse(kProgram),
                                .ledger = *ledger_endpoints({}, *ledger::find_environment("testnet")),
                                .client_ip = {},
                                .poll_interval = 10s,
                                .fetch_timeout = 30s,
                                .metrics_address = {},
                                .bmp_station = {},
                                .latency = LatencySettings{},
                                .peer_defaults = {}});
}

TEST_CASE("options: every flag of the reference is taken, with one dash or two", "[daemon]") {
    const std::vector<std::pair<std::string_view, std::string_view>> flags = {
        {"sock-file", "/tmp/s"},
        {"env", "devnet"},
        {"program-id", kProgram},
        {"solana-rpc-endpoint", "http://localhost:8899"},
        {"client-ip", "192.0.2.1"},
        {"state-dir", "/tmp/d"},
        {"route-config", "/tmp/r"},
        {"reconciler-poll-interval", "5"},
        {"reconciler-fetch-timeout", "20"},
        {"onchain-rpc-timeout", "10s"},
        {"latency-probing", "false"},
        {"probe-interval", "60"},
        {"cache-update-interval", "60"},
        {"enable-latency-metrics", "true"},
        {"latency-probe-tunnel-endpoints", "false"},
        {"latency-single-socket", "true"},
        {"metrics-enable", "true"},
        {"metrics-addr", "localhost:9100"},
        {"v", "true"},
        {"version", "true"},
        {"route-liveness-enable-passive", "false"},
        {"route-liveness-enable-active", "true"},
        {"route-liveness-tx-min", "300ms"},
        {"route-liveness-rx-min", "300ms"},
        {"route-liveness-detect-mult", "5"},
        {"route-liveness-min-tx-floor", "10ms"},
        {"route-liveness-max-tx-ceil", "2s"},
        {"route-liveness-backoff-max", "1m0s"},
        {"route-liveness-peer-metrics", "true"},
        {"route-liveness-debug", "true"},
        {"bgp-stale-hold", "30s"},
        {"bmp-server", "bmp.example.net:11019"},
        {"solana-ws-endpoint", "ws://localhost:8900"},
        {"solana-rpc-agreement", "true"},
    };
    for (const auto& [name, value] : flags) {
        for (const std::string_view dashes : {"-", "--"}) {
            const std::string argument = std::string(dashes) + std::string(name) + "=" + std::string(value);
            CAPTURE(argument);
            CHECK(parse({argument}));
            CHECK(usage().find("-" + std::string(name)) != std::string::npos);
        }
    }
}

TEST_CASE("options: flags without their feature are remembered when they ask for something", "[daemon]") {
    const auto line =
        parse({"-route-liveness-tx-min=2s", "-latency-probing=false", "-route-liveness-enable-passive=false",
               "-route-liveness-enable-active", "-env", "devnet"});
    REQUIRE(line);
    CHECK(line->options.unavailable ==
          std::vector<std::string>{"route-liveness-enable-active", "route-liveness-tx-min"});
    CHECK(parse({})->options.unavailable.empty());
}

TEST_CASE("options: environments and their monikers", "[daemon]") {
    struct Case {
        std::string_view env, network;
    };
    for (const Case& c :
         {Case{"mainnet-beta", "mainnet-beta"}, Case{"mainnet", "mainnet-beta"}, Case{"testnet", "testnet"},
          Case{"devnet", "devnet"}, Case{"localnet", "localnet"}}) {
        CAPTURE(c.env);
        const auto found = settings({"-env", c.env});
        REQUIRE(found);
        CHECK(found->network == c.network);
        CHECK(found->ledger.rpc.front() == (*ledger::find_environment(c.env))->rpc_url);
    }
}

TEST_CASE("options: the ledger's URL comes from the flag, else the variable, else the environment",
          "[daemon]") {
    CHECK(settings({"-env=localnet"})->ledger.rpc.front() == "http://localhost:8899");
    CHECK(settings({"-env=localnet"}, "http://a:1")->ledger.rpc.front() == "http://a:1");
    CHECK(settings({"-env=localnet", "-solana-rpc-endpoint=http://b:2"}, "http://a:1")->ledger.rpc.front() ==
          "http://b:2");
}

TEST_CASE("options: an empty environment is fine when program and ledger are given", "[daemon]") {
    const auto known = settings({"-env=", "-program-id", kProgram, "-solana-rpc-endpoint=http://b:2"});
    REQUIRE(known);
    CHECK(known->network == "testnet");
    const auto own = settings({"-env=", "-program-id=SysvarC1ock11111111111111111111111111111111",
                               "-solana-rpc-endpoint=http://b:2"});
    REQUIRE(own);
    CHECK(own->network == "custom");
    CHECK(own->ledger.rpc.front() == "http://b:2");
}

TEST_CASE("options: the smaller of the two limits of a read counts", "[daemon]") {
    CHECK(settings({"-reconciler-fetch-timeout=7"})->fetch_timeout == 7s);
    CHECK(settings({"-onchain-rpc-timeout=3s"})->fetch_timeout == 3s);
}

TEST_CASE("options: metrics are served only when asked for", "[daemon]") {
    CHECK_FALSE(settings({"-metrics-addr=localhost:9100"})->metrics_address);
    CHECK(settings({"-metrics-addr=localhost:9100", "-metrics-enable"})->metrics_address == "localhost:9100");
}

TEST_CASE("options: a client IP is taken as it is, private ones too", "[daemon]") {
    CHECK(settings({"-client-ip=10.1.2.3"})->client_ip == *parse_ipv4("10.1.2.3"));
}

TEST_CASE("options: what makes no sense is refused, naming the flag and the value", "[daemon]") {
    struct Case {
        std::vector<std::string_view> line;
        std::string_view url;
        std::vector<const char*> mentions;
    };
    const std::vector<Case> cases = {
        {{"-env=nowhere"}, "", {"-env", "nowhere", "mainnet-beta"}},
        {{"-env="}, "", {"-env", "-program-id", "-solana-rpc-endpoint"}},
        {{"-env=", "-program-id", kProgram}, "", {"-solana-rpc-endpoint"}},
        {{"-program-id=junk"}, "", {"-program-id", "junk", "base58"}},
        {{"-program-id=1111"}, "", {"-program-id", "32 bytes"}},
        {{"-solana-rpc-endpoint=localhost:8899"}, "", {"-solana-rpc-endpoint", "http://"}},
        {{}, "localhost:8899", {"DZ_LEDGER_RPC_URL", "http://"}},
        {{"-client-ip=::1"}, "", {"-client-ip", "::1"}},
        {{"-client-ip=300.1.1.1"}, "", {"-client-ip"}},
        {{"-client-ip=0.0.0.0"}, "", {"-client-ip"}},
        {{"-reconciler-poll-interval=0"}, "", {"-reconciler-poll-interval", "\"0\""}},
        {{"-reconciler-fetch-timeout=-1"}, "", {"-reconciler-fetch-timeout"}},
        {{"-onchain-rpc-timeout=0s"}, "", {"-onchain-rpc-timeout", "0s"}},
        {{"-probe-interval=0"}, "", {"-probe-interval"}},
        {{"-cache-update-interval=0"}, "", {"-cache-update-interval"}},
        {{"-bgp-stale-hold=2h"}, "", {"-bgp-stale-hold", "4095s"}},
        {{"-bgp-opening=never"}, "", {"-bgp-opening", "never", "passive"}},
        {{"-bgp-md5-key-file=/nowhere/key"}, "", {"-bgp-md5-key-file", "/nowhere/key"}},
        {{"-bmp-server=station"}, "", {"-bmp-server", "station", "HOST:PORT"}},
        {{"-sock-file="}, "", {"-sock-file"}},
        {{"-sock-mode=rw"}, "", {"-sock-mode", "0660"}},
        {{"-on-exit=leave"}, "", {"-on-exit", "keep", "remove"}},
        {{"-sock-mode=0066"}, "", {"-sock-mode"}},
        {{"-sock-mode=0777"}, "", {"-sock-mode"}},
        {{"-sock-mode=08"}, "", {"-sock-mode"}},
        {{"-state-dir="}, "", {"-state-dir"}},
    };
    for (const Case& c : cases) {
        CAPTURE(c.line, c.url);
        const auto refused = settings(c.line, c.url);
        REQUIRE_FALSE(refused);
        for (const char* part : c.mentions) CHECK_THAT(refused.error().text, Catch::Contains(part));
    }
}

TEST_CASE("options: the route exclusion file may be missing, but not wrong", "[daemon]") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "route-config.json";
    CHECK(read_route_filter(path) == bgp::RouteFilter());
    CHECK(read_route_filter("") == bgp::RouteFilter());
    std::ofstream(path) << R"({"exclude":["198.51.100.7"]})";
    CHECK(read_route_filter(path) == bgp::RouteFilter::excluding({*parse_prefix("198.51.100.7/32")}));
    std::ofstream(path) << R"({"exclude":["everything"]})";
    const auto refused = read_route_filter(path);
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().text, Catch::Contains("-route-config") && Catch::Contains("everything"));
}

TEST_CASE("options: what becomes of tunnels at the end", "[daemon]") {
    REQUIRE(settings({}));
    CHECK(settings({})->on_exit == reconciler::OnExit::Remove);
    REQUIRE(settings({"-on-exit=keep"}));
    CHECK(settings({"-on-exit=keep"})->on_exit == reconciler::OnExit::Keep);
    CHECK_FALSE(settings({"-on-exit=keep"})->persistent_interface);
    REQUIRE(settings({"-persistent-interface"}));
    CHECK(settings({"-persistent-interface"})->persistent_interface);
}

TEST_CASE("options: how BGP sessions are opened and protected", "[daemon]") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "key";
    std::ofstream(path) << "between us\n";
    const std::string file = "-bgp-md5-key-file=" + path.string();

    std::filesystem::permissions(path, std::filesystem::perms(0644));
    const auto refused = settings({file});
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().text, Catch::Contains("everybody may read it") && Catch::Contains("chmod o="));

    std::filesystem::permissions(path, std::filesystem::perms(0640));
    const auto all = settings({file, "-bgp-ttl-security", "-bgp-opening=both", "-bgp-stale-hold=30s",
                               "-bmp-server=bmp.example.net:11019"});
    REQUIRE(all);
    CHECK(all->bmp_station == bgp::bmp::Station{"bmp.example.net", 11019});
    REQUIRE(all->peer_defaults.md5_key);
    CHECK(all->peer_defaults.md5_key->text() == "between us");
    CHECK(all->peer_defaults.ttl_security);
    CHECK(all->peer_defaults.opening == bgp::Opening::Both);
    CHECK(all->peer_defaults.stale_hold == 30s);
}

TEST_CASE("options: how and whether latencies are measured", "[daemon]") {
    const auto chosen =
        settings({"-probe-interval", "60", "-cache-update-interval=20", "-enable-latency-metrics",
                  "-latency-probe-tunnel-endpoints=false", "-latency-single-socket"});
    REQUIRE(chosen);
    CHECK(
        chosen->latency ==
        LatencySettings{.probe_interval = 60s, .refresh_interval = 20s, .endpoints = false, .metrics = true});
    CHECK_FALSE(settings({"-latency-probing=false"})->latency);
}
