// Tests for the latencies of a whole daemon: when they are there, and what the status makes of them.
#include "daemon/device_latency.hpp"

#include "tests/daemon/world.hpp"

using namespace dz;
using namespace dz::test;
using Catch::Contains;

namespace {

const Ipv4 kA = ip("9.200.0.1"), kB = ip("9.200.0.2");

/// A daemon that measures two devices, of which dev-b takes users.
struct LatencyWorld : World {
    LatencyWorld() {
        settings.latency = daemon::LatencySettings{};
        echo.place(kA, 40ms);
        echo.place(kB, 2ms);
        auto open = device("dev-b", "9.200.0.2", "9.200.2.8/29");
        open.max_users = 10;
        rpc.put(kDeviceB, open);
    }
    daemon::api::Latencies latencies(bool recent = false) {
        auto answer = run(loop, client.latencies(recent));
        REQUIRE(answer);
        return *std::move(answer);
    }
    bool is_ready() {
        return settle([this] { return latencies().ready; });
    }
    void join() {
        write_state(R"({"reconciler_enabled":true})");
        rpc.put(kUser, user());
        REQUIRE(start());
        REQUIRE(settle([this] { return speaker.peer(ip("169.254.0.0")).has_value(); }));
        speaker.establish(ip("169.254.0.0"));
    }
};

}  // namespace

TEST_CASE("latency: a daemon that is off measures too, for whoever is about to connect", "[daemon]") {
    LatencyWorld world;
    REQUIRE(world.start());
    CHECK(world.ask("GET", "/latency").body == "[]\n");
    CHECK_FALSE(world.latencies().ready);
    REQUIRE(world.is_ready());
    const auto latencies = world.latencies();
    CHECK(latencies.targets == 2);
    REQUIRE(latencies.results.size() == 2);
    CHECK(latencies.results[0].device_code == "dev-a");
    CHECK(latencies.results[0].device_pk == kDeviceA.to_string());
    REQUIRE(latencies.results[0].rtt);
    CHECK(latencies.results[0].rtt->min == 40ms);
    CHECK(latencies.results[1].rtt->max == 2ms);
}

TEST_CASE("latency: single echoes are shown on request only", "[daemon]") {
    LatencyWorld world;
    world.echo.lose(kB, 1);
    REQUIRE(world.start());
    REQUIRE(world.is_ready());
    CHECK(world.latencies().results.at(1).recent.empty());
    CHECK(world.latencies(true).results.at(1).recent ==
          std::vector<std::optional<Duration>>{std::nullopt, 2ms, 2ms});
    CHECK(world.ask("GET", "/v2/latency?all").status == 400);
    CHECK(world.ask("GET", "/latency").content_type == "application/json");
}

TEST_CASE("latency: results come one by one, and ready means all of them", "[daemon]") {
    LatencyWorld world;
    world.echo.place(kA, std::nullopt);
    REQUIRE(world.start());
    REQUIRE(world.settle([&] { return world.latencies().results.size() == 1; }));
    CHECK_FALSE(world.latencies().ready);
    REQUIRE(world.is_ready());
    CHECK_FALSE(world.latencies().results.at(0).reachable());
    CHECK(world.latencies().results.at(0).loss_percentage == 100);
}

TEST_CASE("latency: a daemon told not to measure has no such answers and sends nothing", "[daemon]") {
    LatencyWorld world;
    world.settings.latency.reset();
    REQUIRE(world.start());
    world.pass(1min);
    CHECK(world.ask("GET", "/latency").status == 404);
    CHECK(world.ask("GET", "/v2/latency").status == 404);
    CHECK(world.echo.requests().empty());
}

TEST_CASE("latency: the status shows round trip and loss of the tunnel's own address", "[daemon]") {
    LatencyWorld world;
    world.echo.lose(kA, 1);
    world.join();
    REQUIRE(world.is_ready());
    const auto row = world.status().services.at(0);
    CHECK(row.current_device == "dev-a");
    CHECK(row.current_device_rtt_nanoseconds == 40'000'000);
    CHECK(row.current_device_loss_percentage == Approx(33.333));
    CHECK(row.lowest_latency_device == "dev-b");
    CHECK_FALSE(row.better_device);
}

TEST_CASE("latency: a device that is nearer for three rounds is told, and no longer once it is not",
          "[daemon]") {
    LatencyWorld world;
    world.join();
    REQUIRE(world.settle([&] { return world.status().services.at(0).better_device.has_value(); }));
    const auto better = *world.status().services.at(0).better_device;
    CHECK(better == daemon::api::BetterDevice{.code = "dev-b", .rtt = 2ms, .probes = 3});
    CHECK(world.echo.requests().size() == 18);
    world.echo.place(kA, 3ms);
    CHECK(world.settle([&] { return !world.status().services.at(0).better_device; }));
    CHECK(world.status().services.at(0).lowest_latency_device == "dev-a");
}

TEST_CASE("latency: no socket is a problem in the status, and everything is unreachable", "[daemon]") {
    LatencyWorld world;
    world.echo.trouble = Error{.code = Errc::Permission, .text = "ping socket: not permitted"};
    REQUIRE(world.start());
    REQUIRE(world.is_ready());
    CHECK(world.complains_of("ping socket: not permitted"));
    for (const auto& result : world.latencies().results) CHECK_FALSE(result.reachable());
}

TEST_CASE("latency: metrics are exported where they are asked for", "[daemon]") {
    const bool wanted = GENERATE(true, false);
    LatencyWorld world;
    world.settings.latency->metrics = wanted;
    REQUIRE(world.start());
    REQUIRE(world.is_ready());
    const std::string text = metrics::expose(world.registry);
    CHECK((text.find("doublezero_latency_rtt_min_nanoseconds{device_code=\"dev-b\"") != std::string::npos) ==
          wanted);
}

TEST_CASE("latency: stopping does not wait for a round", "[daemon]") {
    LatencyWorld world;
    world.write_state(R"({"reconciler_enabled":false})");  // nothing to settle by the helper thread
    REQUIRE(world.start());
    REQUIRE(world.settle([&] { return !world.echo.requests().empty(); }));
    const TimePoint before = world.clock.now();
    world.stop();
    CHECK(world.clock.now() - before < 1s);
    for (const std::string& line : world.lines) CHECK_THAT(line, !Contains("\"level\":\"ERROR\""));
}
