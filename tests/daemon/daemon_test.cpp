// Tests for the daemon as a whole: the API, the toggle, the state file, trouble of every kind. Kernel, peers,
// ledger and clock are fakes.
#include "daemon/daemon.hpp"

#include <sys/stat.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "tests/daemon/world.hpp"

using namespace dz;
using namespace dz::test;

namespace {

const Ipv4 kPeer = ip("169.254.0.0");
constexpr const char* kOn = R"({"reconciler_enabled":true})";
constexpr const char* kOff = R"({"reconciler_enabled":false})";

/// A daemon that was enabled before, with a user on the ledger and its tunnel up.
void bring_up(World& world) {
    world.write_state(kOn);
    world.rpc.put(kUser, user());
    REQUIRE(world.start());
    REQUIRE(world.settle([&] { return world.speaker.peer(kPeer).has_value(); }));
    world.speaker.establish(kPeer);
    world.pass(1s);
}

}  // namespace

TEST_CASE("api: without a tunnel the first status is byte for byte what readers compare with", "[daemon]") {
    World world;
    REQUIRE(world.start());
    const auto status = world.ask("GET", "/status");
    CHECK(status.status == 200);
    CHECK(status.content_type == "application/json");
    CHECK(status.body == R"([{"doublezero_status": {"session_status": "disconnected"}}])");
}

TEST_CASE("api: a fresh daemon is off, and says who and where it is", "[daemon]") {
    World world;
    REQUIRE(world.start());
    world.pass(1s);
    const auto status = world.status();
    CHECK_FALSE(status.reconciler_enabled);
    CHECK(status.client_ip == kClientIp);
    CHECK(status.network == "testnet");
    CHECK(status.services.empty());
    CHECK(world.settle([&] { return world.state() == kOff; }));
    CHECK(world.rpc.calls.empty());
}

TEST_CASE("api: configuration, unknown paths and wrong methods", "[daemon]") {
    World world;
    REQUIRE(world.start());
    CHECK(world.ask("GET", "/config").body == "{\"program_id\":\"" + kProgram.to_string() +
                                                  "\",\"rpc_url\":\"http://ledger.example:8899/key\"}\n");
    CHECK(world.ask("GET", "/v2/latency").status == 404);
    CHECK(world.ask("GET", "/nothing").body == "404 page not found\n");
    const auto wrong = world.ask("GET", "/enable");
    CHECK(wrong.status == 405);
    CHECK(wrong.body == "Method Not Allowed\n");
    CHECK_FALSE(world.status().reconciler_enabled);
}

TEST_CASE("api: enable writes the state, answers at once and builds the tunnel", "[daemon]") {
    World world;
    world.rpc.put(kUser, user());
    REQUIRE(world.start());
    world.pass(1s);
    const auto answer = world.ask("POST", "/enable");
    CHECK(answer.status == 200);
    CHECK(answer.body == "{\"status\":\"ok\"}\n");
    CHECK(world.state() == kOn);

    world.pass(1s);
    CHECK(world.kernel_has("tunnel doublezero0 local 9.128.0.5 remote 9.200.0.1"));
    world.speaker.establish(kPeer);
    world.pass(1s);
    const auto status = world.status();
    REQUIRE(status.services.size() == 1);
    CHECK(status.reconciler_enabled);
    CHECK(status.services[0].service.session_status == daemon::api::kSessionUp);
    CHECK(status.services[0].service.user_type == "IBRL");
    CHECK(status.services[0].current_device == "dev-a");
    CHECK(status.services[0].metro == "New York");
    CHECK(status.snapshot_age_seconds);
    CHECK(run(world.loop, world.client.status())->at(0).tunnel_name == "doublezero0");
}

TEST_CASE("api: enable twice changes nothing", "[daemon]") {
    World world;
    bring_up(world);
    const auto applied = world.kernel.applied();
    REQUIRE(run(world.loop, world.client.enable()));
    world.pass(5s);
    CHECK(world.kernel.applied() == applied);
    CHECK(world.state() == kOn);
}

TEST_CASE("api: disable takes the tunnel down and leaves the ledger's user alone", "[daemon]") {
    World world;
    bring_up(world);
    REQUIRE(run(world.loop, world.client.disable()));
    CHECK(world.state() == kOff);
    world.pass(1s);
    CHECK_FALSE(world.kernel_has("doublezero0"));
    CHECK_FALSE(world.speaker.peer(kPeer));
    CHECK(run(world.loop, world.client.status())->at(0).session_status == daemon::api::kDisconnected);
}

TEST_CASE("api: while the ledger hangs every answer comes at once, and disable works", "[daemon]") {
    World world;
    bring_up(world);
    world.rpc.latency = 1h;
    world.pass(15s);
    CHECK(world.status().services.size() == 1);
    REQUIRE(run(world.loop, world.client.disable()));
    world.pass(1s);
    CHECK_FALSE(world.kernel_has("doublezero0"));
}

TEST_CASE("api: of several toggles the last one wins, in memory and on disk", "[daemon]") {
    World world;
    bring_up(world);
    world.rpc.latency = 1h;
    int answers = 0;
    for (int i = 0; i < 10; ++i) {
        const auto done = [&answers](std::exception_ptr, Result<> result) { answers += result ? 1 : 0; };
        boost::asio::co_spawn(world.loop, i % 2 == 0 ? world.client.disable() : world.client.enable(), done);
        REQUIRE(world.settle([&] { return world.loop.poll(), answers == i + 1; }));
    }
    world.pass(1s);
    CHECK(world.status().reconciler_enabled);
    CHECK(world.state() == kOn);
    CHECK(world.kernel_has("tunnel doublezero0"));
}

TEST_CASE("api: a state that cannot be written is refused and changes nothing", "[daemon]") {
    World world;
    bring_up(world);
    std::filesystem::create_directories(world.settings.state_directory / "state.json.tmp" / "in the way");
    const auto answer = world.ask("POST", "/disable");
    CHECK(answer.status == 500);
    const auto body = json::parse(answer.body);
    REQUIRE(body);
    CHECK_THAT(daemon::api::description_of_error(*body).value_or(""),
               Catch::Contains("state.json") && Catch::Contains("-state-dir"));
    world.pass(1s);
    CHECK(world.status().reconciler_enabled);
    CHECK(world.kernel_has("tunnel doublezero0"));
    CHECK(world.state() == kOn);
}

TEST_CASE("api: the plan says what a pass would do, and asking does nothing", "[daemon]") {
    World world;
    bring_up(world);
    const auto ask = [&] { return run(world.loop, world.client.plan()).value(); };
    CHECK(ask().reconciler_enabled);
    CHECK(ask().steps.empty());
    world.kernel.fail_next<netlink::Add<netlink::Tunnel>>(Errc::Permission, 1000);
    world.kernel.unplug("doublezero0");
    world.pass(1s);
    const auto plan = ask();
    REQUIRE_FALSE(plan.steps.empty());
    CHECK_THAT(plan.steps.front(), Catch::StartsWith("add tunnel doublezero0"));
    CHECK_FALSE(world.kernel_has("tunnel doublezero0"));
    world.kernel.fail_next_read(Errc::Io);
    CHECK(world.ask("GET", "/v2/plan").status == 503);
}

TEST_CASE("api: events tell what was done and why, and those after one that is known", "[daemon]") {
    World world;
    bring_up(world);
    const auto all = run(world.loop, world.client.events()).value().events;
    REQUIRE(all.size() > 1);
    CHECK(std::ranges::any_of(all, [](const daemon::api::EventRow& event) {
        return event.text.starts_with("add tunnel doublezero0") && !event.cause.empty();
    }));
    const auto later = run(world.loop, world.client.events(all.front().id)).value().events;
    CHECK(later == std::vector(all.begin() + 1, all.end()));
    for (const char* wrong : {"?after=", "?after=x", "?after=-1", "?before=1", "?after=1x"}) {
        CAPTURE(wrong);
        CHECK(world.ask("GET", std::string("/v2/events") + wrong).status == 400);
    }
}

TEST_CASE("api: a row says since when, and how old the data are that it stands on", "[daemon]") {
    World world;
    bring_up(world);
    const auto row = world.status().services.at(0);
    CHECK(row.state == "up");
    CHECK(row.since > 0);
    REQUIRE(row.data_age_seconds);
    CHECK(*row.data_age_seconds < 30);
    CHECK(row.data_slot > 0);
}

TEST_CASE("api: learned routes are listed with what the kernel has of them", "[daemon]") {
    World world;
    bring_up(world);
    world.speaker.announce(kPeer, prefix("9.250.0.7/32"));
    world.pass(1s);
    CHECK(
        world.ask("GET", "/routes").body ==
        "[{\"network\":\"testnet\",\"local_ip\":\"9.128.0.5\",\"peer_ip\":\"9.250.0.7\",\"kernel_state\":"
        "\"present\",\"prefix\":\"9.250.0.7/32\",\"next_hop\":\"169.254.0.0\",\"verdict\":\"installed\","
        "\"origin\":\"igp\",\"as_path\":\"65342\",\"communities\":[],\"age_seconds\":1,\"stale\":false}]\n");
    world.kernel.fail_next_read(Errc::Io);
    const auto failed = world.ask("GET", "/routes");
    CHECK(failed.status == 500);
    CHECK(failed.body == "failed to get routes\n");
}

TEST_CASE("api: the source address towards a destination", "[daemon]") {
    World world;
    REQUIRE(world.start());
    const auto ask = [&](std::string body) { return world.ask("POST", "/resolve-route", std::move(body)); };
    CHECK(ask(R"({"dst":"8.8.8.8"})").body == "{\"src\":\"9.128.0.5\"}\n");
    for (const char* malformed : {"", "x", "[]", R"({"dst":"here"})", R"({"dst":7})", R"({"dst":"::1"})"}) {
        CAPTURE(malformed);
        CHECK(ask(malformed).status == 400);
        CHECK(ask(malformed).body == "malformed request\n");
    }
    for (const char* invalid : {"{}", R"({"dst":null})", R"({"dst":""})"}) {
        CAPTURE(invalid);
        CHECK(ask(invalid).status == 400);
        CHECK(ask(invalid).body == "invalid request\n");
    }
    world.kernel.fail_next_route_to(Errc::NotFound);
    CHECK(ask(R"({"dst":"8.8.8.8"})").status == 404);
    world.kernel.fail_next_route_to(Errc::Io);
    CHECK(ask(R"({"dst":"8.8.8.8"})").status == 500);
}

TEST_CASE("daemon: a reload puts the route filter into force, and a damaged one changes nothing",
          "[daemon]") {
    World world;
    world.settings.route_config = world.directory / "route-config.json";
    const auto write = [&](std::string_view text) {
        std::ofstream(world.settings.route_config) << text;
        world.daemon->reload();
    };
    // Each question is real work, so the helper thread gets its time.
    const auto routed = [&] {
        return world.status().services.size() == 1 && world.kernel_has("9.250.0.7/32");
    };
    bring_up(world);
    world.speaker.announce(kPeer, prefix("9.250.0.7/32"));
    REQUIRE(world.settle(routed));

    write(R"({"exclude": ["9.250.0.0/24"]})");
    CHECK(world.settle([&] { return !routed(); }));
    write(R"({"exclude": ["9.250.0.0/2)");
    CHECK(world.settle([&] { return world.complains_of("the last good one is still in force"); }));
    CHECK_FALSE(routed());
    write(R"({"exclude": ["9.250.0.0/24"], "include": ["9.250.0.7"]})");
    CHECK(world.settle(routed));
    CHECK_FALSE(world.complains_of("last good"));
}

TEST_CASE("daemon: stopping takes everything down but remembers to be on", "[daemon]") {
    World world;
    bring_up(world);
    world.stop();
    CHECK_FALSE(world.kernel_has("doublezero0"));
    CHECK(world.speaker.peers().empty());
    CHECK(world.state() == kOn);
    CHECK_FALSE(std::filesystem::exists(world.settings.socket));
    for (const std::string& line : world.lines) CHECK_THAT(line, !Catch::Contains("\"level\":\"ERROR\""));
}

TEST_CASE("daemon: told to keep, it leaves tunnel and sessions to the next one", "[daemon]") {
    World world;
    world.settings.on_exit = reconciler::OnExit::Keep;
    bring_up(world);
    const std::string before = world.kernel.dump();
    world.stop();
    CHECK(world.kernel.dump() == before);
    CHECK(world.speaker.left);
    CHECK_FALSE(std::filesystem::exists(world.settings.socket));
}

TEST_CASE("daemon: told to keep, it still takes down what was disabled", "[daemon]") {
    World world;
    world.settings.on_exit = reconciler::OnExit::Keep;
    bring_up(world);
    CHECK(world.ask("POST", "/disable").status == 200);
    world.stop();
    CHECK_FALSE(world.kernel_has("doublezero0"));
    CHECK_FALSE(world.speaker.left);
}

TEST_CASE("daemon: what was on before a restart is on after it", "[daemon]") {
    World world;
    bring_up(world);
    world.stop();
    REQUIRE(world.start());
    REQUIRE(world.settle([&] { return world.kernel_has("tunnel doublezero0"); }));
}

TEST_CASE("daemon: stopping ends in bounded time when the kernel refuses", "[daemon]") {
    World world;
    bring_up(world);
    world.kernel.fail_next<netlink::Remove<netlink::Tunnel>>(Errc::Io, 1'000'000);
    const TimePoint before = world.clock.now();
    world.stop();
    CHECK(world.clock.now() - before <= 30s);
}

TEST_CASE("daemon: with a damaged state file it is off, says so, and leaves a working tunnel alone",
          "[daemon]") {
    for (const char* damage : {"", "garbage", R"({"reconciler_enabled":tr)"}) {
        CAPTURE(damage);
        World world;
        REQUIRE(world.kernel.meddle(netlink::Change(netlink::Add{netlink::Tunnel{
            .name = "doublezero0", .local = kClientIp, .remote = ip("9.200.0.1"), .up = true}})));
        world.write_state(damage);
        world.rpc.put(kUser, user());
        REQUIRE(world.start());
        world.pass(60s);
        CHECK_FALSE(world.status().reconciler_enabled);
        CHECK(world.complains_of("state.json"));
        CHECK(world.kernel_has("tunnel doublezero0"));
        CHECK(files::read(world.settings.state_directory / "state.json.damaged", 4096) ==
              std::string(damage));

        REQUIRE(run(world.loop, world.client.disable()));
        world.pass(1s);
        CHECK_FALSE(world.complains_of("state.json"));
        CHECK_FALSE(world.kernel_has("tunnel doublezero0"));
        CHECK(world.state() == kOff);
    }
}

TEST_CASE("daemon: a first start takes over what an older version had, and writes it down", "[daemon]") {
    World world;
    std::filesystem::create_directories(world.settings.state_directory);
    std::ofstream(world.settings.state_directory / "doublezerod.json")
        << R"([{"tunnel_net":"169.254.0.0/31"}])";
    world.rpc.put(kUser, user());
    REQUIRE(world.start());
    CHECK(world.status().reconciler_enabled);
    REQUIRE(world.settle([&] { return world.state() == kOn; }));
    CHECK(world.settle([&] { return world.kernel_has("tunnel doublezero0"); }));
}

TEST_CASE("daemon: a state directory that cannot be written is a problem, not an end", "[daemon]") {
    World world;
    std::ofstream(world.settings.state_directory) << "in the way";
    REQUIRE(world.start());
    CHECK(world.settle([&] { return world.complains_of(world.settings.state_directory.string()); }));
    CHECK_FALSE(world.status().reconciler_enabled);
    CHECK(world.ask("POST", "/enable").status == 500);
}

TEST_CASE("daemon: a ledger that cannot be read is named, with its remedy, and the tunnel stays",
          "[daemon]") {
    World world;
    bring_up(world);
    world.rpc.fail_always(Errc::Unavailable);
    world.pass(2min);
    const auto status = world.status();
    CHECK(status.services.size() == 1);
    CHECK(world.kernel_has("tunnel doublezero0"));
    CHECK(status.snapshot_age_seconds.value_or(0) >= 90);
    REQUIRE(world.complains_of("http://ledger.example:8899"));
    CHECK_FALSE(world.complains_of("/key"));
    for (const auto& problem : status.problems) CHECK_FALSE(problem.remedy.empty());
    world.rpc.heal();
    world.pass(1min);
    CHECK_FALSE(world.complains_of("ledger.example"));
}

TEST_CASE("daemon: a second one on the same socket is refused and told what to do", "[daemon]") {
    World world;
    REQUIRE(world.start());
    auto first = std::move(world.daemon);
    const auto second = world.start();
    REQUIRE_FALSE(second);
    CHECK_THAT(second.error().text,
               Catch::Contains(world.settings.socket.string()) && Catch::Contains("-sock-file"));
    world.daemon = std::move(first);
    CHECK(world.ask("GET", "/status").status == 200);
}

TEST_CASE("daemon: a socket that cannot be bound is an error with a remedy", "[daemon]") {
    World world;
    world.settings.socket = world.directory / "none" / "daemon.sock";
    const auto started = world.start();
    REQUIRE_FALSE(started);
    CHECK_THAT(started.error().text,
               Catch::Contains((world.directory / "none").string()) && Catch::Contains("-sock-file"));
}

TEST_CASE("daemon: a left-over socket is replaced", "[daemon]") {
    World world;
    {
        boost::asio::local::stream_protocol::acceptor left(world.loop, world.settings.socket.string());
    }
    REQUIRE(world.start());
    CHECK(world.ask("GET", "/status").status == 200);
}

TEST_CASE("daemon: the socket is for the group, and for others only where that was asked for", "[daemon]") {
    const auto mode_of_socket = [](std::optional<unsigned> asked) {
        World world;
        world.settings.socket_mode = asked;
        REQUIRE(world.start());
        struct stat status{};
        REQUIRE(::stat(world.settings.socket.c_str(), &status) == 0);
        const bool warned = std::ranges::any_of(
            world.lines, [](const std::string& line) { return line.find("groupadd") != std::string::npos; });
        return std::tuple(status.st_mode & 0777, warned);
    };
    const bool has_group = daemon::find_group(daemon::kGroupFile, daemon::kGroup).has_value();
    CHECK(mode_of_socket({}) == (has_group ? std::tuple(0660U, false) : std::tuple(0600U, true)));
    CHECK(mode_of_socket(0666) == std::tuple(0666U, false));
}

TEST_CASE("daemon: a metrics address in use is a problem and no more", "[daemon]") {
    World world;
    boost::asio::ip::tcp::acceptor taken(world.loop, {boost::asio::ip::address_v4::loopback(), 0});
    world.settings.metrics_address = "127.0.0.1:" + std::to_string(taken.local_endpoint().port());
    REQUIRE(world.start());
    CHECK(world.complains_of(*world.settings.metrics_address));
    CHECK(world.ask("GET", "/status").status == 200);
}
