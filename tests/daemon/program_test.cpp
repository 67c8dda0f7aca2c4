// Tests for doublezerod as a program: exit statuses, output, signals, systemd, and every kind of bad input.
// Each gives one clear error that names the remedy.
#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/datagram_protocol.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <fstream>
#include <functional>

#include "base/http_client.hpp"
#include "base/http_server.hpp"
#include "base/run.hpp"
#include "base/version.hpp"
#include "daemon/api/client.hpp"
#include "tests/daemon/program.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace dz;
using namespace dz::test;
using Catch::Contains;

namespace {

/// A ledger that answers whatever it is asked with one and the same body.
struct Ledger {
    explicit Ledger(EventLoop& event_loop) : loop(event_loop) {
        router.otherwise([this](const http::Request&) { return answer(); });
        port = server.listen_tcp("127.0.0.1:0").value();
        boost::asio::co_spawn(loop, server.run(), boost::asio::detached);
    }
    Task<http::Response> answer() {
        ++requests;
        if (slow) co_await clock.sleep_for(1h);
        co_return http::Response{
            .status = status, .body = body, .content_type = "application/json", .headers = {}};
    }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(port); }

    EventLoop& loop;
    SystemClock clock{loop};
    http::Router router;
    http::Server server{loop, clock, Log::none(), router};
    std::uint16_t port = 0;
    int status = 200;
    std::string body;
    bool slow = false;
    int requests = 0;
};

constexpr const char* kOn = R"({"reconciler_enabled":true})";
constexpr const char* kOff = R"({"reconciler_enabled":false})";

struct World {
    EventLoop loop;
    TemporaryDirectory directory;
    std::filesystem::path socket = directory / "daemon.sock";
    std::filesystem::path state = directory / "state";
    Program program{directory.path()};
    http::Client http{loop};
    daemon::api::Client client{http, socket, 5s};

    std::vector<std::string> flags(std::vector<std::string> more = {}) const {
        std::vector<std::string> out = {
            "-sock-file", socket.string(), "-state-dir", state.string(),  "-env",
            "localnet",   "-client-ip",    "9.128.0.5",  "-route-config", (directory / "none").string(),
            "-config="};
        out.insert(out.end(), more.begin(), more.end());
        return out;
    }
    void write_state(std::string_view content) const {
        std::filesystem::create_directories(state);
        std::ofstream(state / "state.json") << content;
    }
    std::string saved() const { return files::read(state / "state.json", 100).value_or("missing"); }
    /// Lets this process's loop turn until `done`, 20 s at most.
    bool until(const std::function<bool()>& done) {
        const auto limit = std::chrono::steady_clock::now() + 20s;
        while (!done() && std::chrono::steady_clock::now() < limit) {
            loop.restart();
            loop.run_for(std::chrono::milliseconds(5));
        }
        return done();
    }
    bool answers() { return run(loop, client.status()).has_value(); }
    void start(std::vector<std::string> more = {}, std::vector<std::string> variables = {}) {
        program.start(flags(std::move(more)), std::move(variables));
        const bool up = until([this] { return answers() || !program.running(); });
        CAPTURE(program.out(), program.err());
        REQUIRE(up);
        REQUIRE(program.running());
    }
    daemon::api::StatusV2 status() {
        auto status = run(loop, client.status_v2());
        REQUIRE(status);
        return *std::move(status);
    }
    /// The problem whose text contains `text`, with its remedy.
    std::optional<std::string> problem(std::string_view text) {
        for (const auto& one : status().problems)
            if (one.text.find(text) != std::string::npos) return one.text + "; " + one.remedy;
        return std::nullopt;
    }
    /// What the daemon says when it refuses to start: once on stderr, without the log around it.
    std::string refusal(std::vector<std::string> arguments, int status) {
        program.start(std::move(arguments));
        CHECK(program.wait_or_kill() == status);
        return program.err();
    }
};

}  // namespace

TEST_CASE("program: an unknown flag prints the usage and exits 2", "[daemon]") {
    World world;
    const std::string said = world.refusal({"-nope"}, 2);
    CHECK_THAT(said,
               Contains("unknown flag -nope") && Contains("-sock-file") && Contains("(default testnet)"));
    CHECK(world.program.out().empty());
}

TEST_CASE("program: a bad value prints the usage and exits 2", "[daemon]") {
    World world;
    CHECK_THAT(world.refusal({"-reconciler-poll-interval=soon"}, 2),
               Contains("-reconciler-poll-interval") && Contains("soon"));
}

TEST_CASE("program: help goes to stderr and is no failure", "[daemon]") {
    World world;
    CHECK_THAT(world.refusal({"-h"}, 0),
               Contains("Usage of doublezerod") && Contains("-route-liveness-backoff-max"));
}

TEST_CASE("program: the version is three lines", "[daemon]") {
    World world;
    world.program.start({"-version"});
    CHECK(world.program.wait_or_kill() == 0);
    CHECK(world.program.out() == "build: " + std::string(commit()) +
                                     "\nversion: " + std::string(version_with_commit()) +
                                     "\ndate: " + std::string(commit_date()) + "\n");
}

TEST_CASE("program: values that make no sense exit 1 and name the flag", "[daemon]") {
    struct Case {
        std::vector<std::string> flags;
        const char* mentions;
    };
    for (const Case& c : {Case{{"-program-id", "junk"}, "flag -program-id"},
                          Case{{"-env="}, "-program-id and -solana-rpc-endpoint"},
                          Case{{"-env=nowhere"}, "mainnet-beta, testnet, devnet"},
                          Case{{"-client-ip=::1"}, "flag -client-ip"}}) {
        World world;
        CAPTURE(c.flags);
        const std::string said = world.refusal(world.flags(c.flags), 1);
        CHECK_THAT(said, Contains(c.mentions));
        CHECK(std::ranges::count(said, '\n') == 1);
        CHECK_FALSE(std::filesystem::exists(world.socket));
    }
}

TEST_CASE("program: a wrong route exclusion file exits 1 and names file and flag", "[daemon]") {
    World world;
    const auto path = world.directory / "routes.json";
    std::ofstream(path) << "garbage";
    const std::string said = world.refusal(world.flags({"-route-config", path.string()}), 1);
    CHECK_THAT(said, Contains("-route-config") && Contains(path.string()));
}

TEST_CASE("program: SIGTERM and SIGINT end it in good order", "[daemon]") {
    for (const int number : {SIGTERM, SIGINT}) {
        World world;
        world.start();
        CHECK(world.until([&] { return world.saved() == kOff; }));
        world.program.signal(number);
        world.program.signal(SIGTERM);
        CHECK(world.program.wait_or_kill() == 0);
        CHECK_FALSE(std::filesystem::exists(world.socket));
        CHECK_THAT(world.program.out(), Contains("\"msg\":\"stopped\""));
        CHECK_THAT(world.program.out(), !Contains("could not be taken down"));
        CHECK(world.program.err().empty());
    }
}

TEST_CASE("program: SIGHUP has it read the route filter again, and it lives through a damaged one",
          "[daemon]") {
    World world;
    const auto path = world.directory / "route-config.json";
    world.start({"-route-config", path.string()});
    std::ofstream(path) << R"({"exclude": ["everything"]})";
    world.program.signal(SIGHUP);
    CHECK(world.until([&] { return world.problem("everything").has_value(); }));
    CHECK_THAT(world.problem("everything").value_or(""), Contains("systemctl reload doublezerod"));
    std::ofstream(path) << R"({"exclude": ["9.0.0.0/8"]})";
    world.program.signal(SIGHUP);
    CHECK(world.until([&] { return !world.problem("everything"); }));
    CHECK(world.program.running());
}

TEST_CASE("program: a socket left over by a killed daemon is replaced", "[daemon]") {
    World world;
    world.start();
    world.program.signal(SIGKILL);
    CHECK(world.program.wait() == 128 + SIGKILL);
    REQUIRE(std::filesystem::exists(world.socket));
    world.start();
    CHECK(world.answers());
}

TEST_CASE("program: a socket that a live daemon serves is left to it", "[daemon]") {
    World world;
    world.start();
    World second;
    auto flags = second.flags();
    flags.insert(flags.end(), {"-sock-file", world.socket.string()});
    const std::string said = second.refusal(flags, 1);
    CHECK_THAT(
        said, Contains(world.socket.string()) && Contains("stop the other daemon") && Contains("-sock-file"));
    CHECK(world.answers());
}

TEST_CASE("program: cleaning up while a daemon lives is refused", "[daemon]") {
    World world;
    world.start();
    World second;
    const std::string said = second.refusal({"-cleanup", "-sock-file", world.socket.string()}, 1);
    CHECK_THAT(said, Contains(world.socket.string()) && Contains("systemctl stop doublezerod"));
    CHECK(world.answers());
}

TEST_CASE("program: cleaning up says what it removed, and leaves no socket", "[daemon]") {
    if (std::filesystem::exists("/sys/class/net/doublezero0")) DZ_SKIP("this machine has a tunnel");
    World world;
    for (const auto& socket : {world.socket, world.directory / "none" / "daemon.sock"}) {
        CHECK(world.refusal({"-cleanup", "-sock-file", socket.string()}, 0).empty());
        CHECK(world.program.out() == "nothing to remove\n");
        CHECK_FALSE(std::filesystem::exists(socket));
    }
}

TEST_CASE("program: a socket's directory that is missing is named", "[daemon]") {
    World world;
    auto flags = world.flags();
    flags.insert(flags.end(), {"-sock-file", (world.directory / "none" / "s").string()});
    CHECK_THAT(world.refusal(flags, 1), Contains("create " + (world.directory / "none").string()));
}

TEST_CASE("program: a damaged state file starts it disabled, with the file kept and the way out named",
          "[daemon]") {
    for (const char* damage : {"", "garbage", R"({"reconciler_enabled":)"}) {
        CAPTURE(damage);
        World world;
        world.write_state(damage);
        world.start();
        CHECK_FALSE(world.status().reconciler_enabled);
        CHECK_THAT(world.problem("state.json").value_or(""), Contains("doublezero enable"));
        CHECK(files::read(world.state / "state.json.damaged", 100) == std::string(damage));
        CHECK_THAT(world.program.out(), Contains("\"level\":\"ERROR\"") && Contains("starting disabled"));
        CHECK(run(world.loop, world.client.enable()));
        CHECK_FALSE(world.problem("state.json"));
        CHECK(world.saved() == kOn);
    }
}

TEST_CASE("program: a state file that cannot be read starts it disabled", "[daemon]") {
    World world;
    std::filesystem::create_directories(world.state /
                                        "state.json");  // a directory: not even root can read it
    world.start();
    CHECK_FALSE(world.status().reconciler_enabled);
    CHECK(world.problem("state.json"));
}

TEST_CASE("program: a ledger that is down, talks nonsense or hangs is named, and answers never wait for it",
          "[daemon]") {
    struct Case {
        const char* name;
        std::function<void(Ledger&)> trouble;
    };
    const std::vector<Case> cases = {
        {"down", [](Ledger& ledger) { ledger.server.stop(0s); }},
        {"garbage", [](Ledger& ledger) { ledger.body = "<html>login</html>"; }},
        {"truncated",
         [](Ledger& ledger) {
             ledger.body = R"({"jsonrpc":"2.0","id":1,"result":{"context":{"slot":7},"va)";
         }},
        {"wrong shape", [](Ledger& ledger) { ledger.body = R"({"jsonrpc":"2.0","id":1,"result":7})"; }},
        {"server error", [](Ledger& ledger) { ledger.status = 500; }},
        {"slow", [](Ledger& ledger) { ledger.slow = true; }},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        World world;
        Ledger ledger(world.loop);
        c.trouble(ledger);
        world.write_state(R"({"reconciler_enabled":true})");
        world.start({"-solana-rpc-endpoint", ledger.url() + "/secret", "-onchain-rpc-timeout", "300ms"});
        const bool named = world.until([&] { return world.problem(ledger.url()).has_value(); });
        REQUIRE(named);
        CHECK_THAT(*world.problem(ledger.url()), Contains("-solana-rpc-endpoint") && !Contains("secret"));
        const auto before = std::chrono::steady_clock::now();
        CHECK(world.status().reconciler_enabled);
        CHECK(std::chrono::steady_clock::now() - before < 1s);
        CHECK(run(world.loop, world.client.disable()));
        world.program.signal(SIGTERM);
        CHECK(world.program.wait_or_kill() == 0);
    }
}

TEST_CASE("program: without CAP_NET_ADMIN it serves, and says what it lacks", "[daemon]") {
    World world;
    world.start();
    CHECK_THAT(world.problem("CAP_NET_ADMIN").value_or(""),
               Contains("root") && Contains("systemctl start doublezerod"));
    CHECK_THAT(world.program.out(), Contains("CAP_NET_ADMIN is missing"));
}

TEST_CASE("program: another local user may look where -sock-mode lets them, and never touch", "[daemon]") {
    if (::geteuid() != 0) DZ_SKIP("only root can become somebody else");
    World world;
    std::filesystem::permissions(world.directory.path(), std::filesystem::perms(0755));
    world.start({"-sock-mode", "0666"});
    const std::string ask =
        "curl -s -o /dev/null -w '%{http_code}' --unix-socket '" + world.socket.string() + "' ";
    const auto as_nobody = [&](const std::string& command) {
        const std::string line = "setpriv --reuid=65534 --regid=65534 --clear-groups " + command + " > " +
                                 (world.directory / "code").string();
        (void)std::system(line.c_str());
        return files::read(world.directory / "code", 100).value_or("");
    };
    if (std::system("command -v curl >/dev/null") != 0) DZ_SKIP("curl is not installed");
    CHECK(as_nobody(ask + "http://d/v2/status") == "200");
    CHECK(as_nobody(ask + "-X POST http://d/enable") == "403");
    CHECK(world.until([&] { return world.saved() == kOff; }));
}

TEST_CASE("program: systemd hears that it is ready, alive and stopping", "[daemon]") {
    World world;
    using Datagram = boost::asio::local::datagram_protocol;
    const std::string path = (world.directory / "notify").string();
    Datagram::socket systemd(world.loop, Datagram::endpoint(path));
    systemd.non_blocking(true);
    std::string heard;
    const auto listen = [&] {
        std::array<char, 512> buffer;
        boost::system::error_code error;
        while (const auto size = systemd.receive(boost::asio::buffer(buffer), 0, error)) {
            heard.append(buffer.data(), size).append("|");
        }
        return heard;
    };
    world.start({}, {"NOTIFY_SOCKET=" + path, "WATCHDOG_USEC=100000"});
    CHECK(world.until([&] { return listen().find("READY=1") != std::string::npos; }));
    CHECK(world.until([&] { return std::ranges::count(listen(), '|') > 3; }));
    CHECK_THAT(heard, Contains("STATUS=disabled") && Contains("WATCHDOG=1"));
    world.program.signal(SIGTERM);
    CHECK(world.program.wait_or_kill() == 0);
    CHECK_THAT(listen(), Contains("STOPPING=1"));
}

TEST_CASE("program: flags of features to come are taken and reported once", "[daemon]") {
    World world;
    world.start({"-route-liveness-enable-active", "-route-liveness-tx-min", "2s", "--latency-probing=false"});
    const std::string log = world.program.out();
    CHECK_THAT(log, Contains("-route-liveness-enable-active -route-liveness-tx-min") &&
                        !Contains("-latency-probing"));
    CHECK(log.find("this build does not have yet") == log.rfind("this build does not have yet"));
}

TEST_CASE("program: metrics are served by TCP when asked for", "[daemon]") {
    World world;
    world.start({"-metrics-enable", "-metrics-addr", "127.0.0.1:0"});
    const std::string log = world.program.out();
    const auto at = log.find("\"port\":");
    REQUIRE(at != std::string::npos);
    const std::string port = log.substr(at + 7, log.find_first_of(",}", at) - at - 7);
    http::ClientRequest request;
    request.url = "http://127.0.0.1:" + port + "/metrics";
    const auto answer = run(world.loop, world.http.send(request));
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK_THAT(answer->body, Contains("doublezero_build_info{") && Contains("process_resident_memory_bytes"));
    request.url = "http://127.0.0.1:" + port + "/other";
    CHECK(run(world.loop, world.http.send(request))->status == 404);
}

TEST_CASE("program: a metrics address that is taken is reported and does not stop it", "[daemon]") {
    World world;
    boost::asio::ip::tcp::acceptor taken(world.loop, {boost::asio::ip::address_v4::loopback(), 0});
    const std::string address = "127.0.0.1:" + std::to_string(taken.local_endpoint().port());
    world.start({"-metrics-enable", "-metrics-addr", address});
    CHECK_THAT(world.problem(address).value_or(""), Contains("-metrics-addr"));
}
