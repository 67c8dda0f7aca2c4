// Tests for latency and for what status says of latencies, against a daemon on a real socket.
#include <catch2/catch.hpp>

#include "tests/cli/desk.hpp"
#include "tests/support/golden.hpp"

using namespace dz;
using namespace dz::cli;
using namespace dz::test;
using Catch::Contains;
using daemon::api::LatencyResult;
using daemon::api::RoundTrip;

namespace {

LatencyResult result(std::string code, std::uint8_t last, std::optional<RoundTrip> rtt, double loss = 0) {
    LatencyResult out;
    out.device_pk = "9xQe" + std::to_string(last);
    out.device_code = std::move(code);
    out.device_ip = ip(198, 51, 100, last);
    out.rtt = rtt;
    out.loss_percentage = loss;
    out.probed_at = 1'772'600'767;
    return out;
}

/// Three devices, of which the last answers nobody, and the second has a second address.
std::vector<LatencyResult> network() {
    LatencyResult far = result("lon-dz003", 33, {}, 100);
    far.recent = {std::nullopt, std::nullopt, std::nullopt};
    LatencyResult near = result("fra-dz001", 4, RoundTrip{.min = 1200us, .max = 1900us, .avg = 1450us});
    near.recent = {1200us, 1900us, 1250us};
    LatencyResult second = result("ams-dz002", 9, RoundTrip{.min = 5ms, .max = 9ms, .avg = 7ms}, 100.0 / 3);
    second.recent = {5ms, std::nullopt, 9ms};
    second.interface_name = "Loopback100";
    return {far, second, near};
}

struct LatencyDesk : Desk {
    LatencyDesk() {
        daemon.latencies = dz::daemon::api::Latencies{.ready = true, .results = ::network(), .targets = 3};
    }
    std::string text(LatencyOptions options) {
        const auto done = run(cli::latency(options, context, out));
        INFO((done ? std::string() : done.error().text));
        REQUIRE(done);
        return out.str();
    }
};

}  // namespace

TEST_CASE("latency: the nearest first, and no time for what is unreachable", "[cli]") {
    LatencyDesk desk;
    check_golden("cli/latency.txt", desk.text({}));
    CHECK(desk.err.str().empty());
    CHECK(desk.daemon.requests.back() == "GET /v2/latency");
}

TEST_CASE("latency: the JSON has the keys of the reference first, and null instead of zero", "[cli]") {
    LatencyDesk desk;
    check_golden("cli/latency.json", desk.text({.plot = {}, .style = {.json = true}}));
}

TEST_CASE("latency: single echoes as sparklines", "[cli]") {
    LatencyDesk desk;
    check_golden("cli/latency-sparkline.txt", desk.text({.plot = Plot::Sparkline, .style = {}}));
}

TEST_CASE("latency: how many addresses are how far away", "[cli]") {
    LatencyDesk desk;
    check_golden("cli/latency-histogram.txt", desk.text({.plot = Plot::Histogram, .style = {}}));
}

TEST_CASE("latency: exact ties keep the daemon's order, and the mean decides before that", "[cli]") {
    LatencyDesk desk;
    const auto at = [](const char* code, Duration avg) {
        return result(code, 1, RoundTrip{.min = 1ms, .max = 9ms, .avg = avg});
    };
    desk.daemon.latencies->results = {at("c", 2ms), at("a", 3ms), at("b", 2ms)};
    const std::string text = desk.text({});
    CHECK(text.find(" c ") < text.find(" b "));
    CHECK(text.find(" b ") < text.find(" a "));
}

TEST_CASE("latency: waits until the daemon has measured everything once", "[cli]") {
    LatencyDesk desk;
    desk.daemon.latencies->ready = false;
    desk.daemon.on_request = [&desk] {
        desk.daemon.latencies->ready = desk.daemon.count("GET /v2/latency") > 3;
    };
    CHECK_THAT(desk.text({}), Contains("fra-dz001"));
    CHECK(desk.daemon.count("GET /v2/latency") == 4);
    CHECK(desk.err.str().empty());
}

TEST_CASE("latency: after a minute it shows what there is, and says that it is not all", "[cli]") {
    LatencyDesk desk;
    desk.daemon.latencies->ready = false;
    desk.daemon.latencies->targets = 7;
    const TimePoint before = desk.clock.now();
    CHECK_THAT(desk.text({}), Contains("fra-dz001"));
    CHECK(desk.clock.now() - before <= 62s);
    CHECK_THAT(desk.err.str(), Contains("only 3 of 7 addresses are measured so far"));
}

TEST_CASE("latency: a daemon that never gets anywhere is an error", "[cli]") {
    LatencyDesk desk;
    desk.daemon.latencies = dz::daemon::api::Latencies{};
    const auto done = desk.run(cli::latency({}, desk.context, desk.out));
    REQUIRE_FALSE(done);
    CHECK(done.error().code == Errc::Timeout);
    CHECK_THAT(done.error().text,
               Contains("it has no list of devices") && Contains("Try: doublezero status"));
    CHECK(desk.out.str().empty());
}

TEST_CASE("latency: a network without devices is an empty list", "[cli]") {
    LatencyDesk desk;
    desk.daemon.latencies = dz::daemon::api::Latencies{.ready = true, .results = {}, .targets = 0};
    CHECK(desk.text({.plot = {}, .style = {.json = true}}) == "[]\n");
}

TEST_CASE("latency: when nobody answers at all it says where to look", "[cli]") {
    LatencyDesk desk;
    desk.daemon.latencies->results = {result("lon-dz003", 33, {}, 100)};
    CHECK_THAT(desk.text({}), Contains("| -   | -   | -   | false"));
    CHECK_THAT(desk.err.str(), Contains("no device answers ICMP echoes") && Contains("Try: let ICMP"));
}

namespace {

/// A tunnel on a device that is not the nearest any more.
daemon::api::EnrichedService far_away() {
    daemon::api::EnrichedService service;
    service.service = {.tunnel_name = "doublezero0",
                       .tunnel_src = ip(203, 0, 113, 10),
                       .tunnel_dst = ip(198, 51, 100, 4),
                       .doublezero_ip = ip(203, 0, 113, 10),
                       .session_status = "BGP Session Up",
                       .last_session_update = 1'772'600'767,
                       .user_type = "IBRL"};
    service.current_device = "sin-dz001";
    service.current_device_rtt_nanoseconds = 67'200'000;
    service.current_device_loss_percentage = 1.5;
    service.lowest_latency_device = "tyo-dz002";
    service.metro = "Singapore";
    service.tenant = "acme";
    service.state = "up";
    service.since = 1'772'600'767;
    service.better_device = {.code = "tyo-dz002", .rtt = 2100us, .probes = 5};
    return service;
}

struct StatusDesk : Desk {
    StatusDesk() {
        daemon.status.reconciler_enabled = true;
        daemon.status.network = "testnet";
        daemon.services = {far_away()};
    }
    std::string text(OutputStyle style) {
        REQUIRE(run(cli::status({.watch = {}, .style = style}, context, out)));
        return out.str();
    }
};

}  // namespace

TEST_CASE("status: a device that has been nearer for some time is told on stderr, with what to do", "[cli]") {
    StatusDesk desk;
    check_golden("cli/status-better-device.txt", desk.text({}));
    CHECK(desk.err.str() ==
          "Note: doublezero0: tyo-dz002 has been nearer than sin-dz001 for 5 probes in a row: 2.10 ms "
          "instead of "
          "67.20 ms\nTry: doublezero disconnect ibrl, then doublezero connect ibrl --device tyo-dz002\n");
}

TEST_CASE("status: the JSON tells latencies after the keys of the reference, and stderr is silent", "[cli]") {
    StatusDesk desk;
    check_golden("cli/status-better-device.json", desk.text({.json = true}));
    CHECK(desk.err.str().empty());
}

TEST_CASE("status: watched off a terminal, each change is printed once", "[cli]") {
    StatusDesk desk;
    desk.daemon.on_request = [&desk] {
        const auto looks = desk.daemon.count("GET /v2/status");
        if (looks == 3) desk.daemon.services = std::vector<daemon::api::EnrichedService>{};
        if (looks == 6) desk.daemon.failures = 1'000;
    };
    const auto done =
        desk.run_for(30s, cli::status({.watch = 2s, .style = {.json = true}}, desk.context, desk.out));
    CHECK_FALSE(done);  // it goes on for ever
    const std::string text = desk.out.str();
    CHECK(std::ranges::count(text, '\n') == 2);
    CHECK_THAT(text, Contains("BGP Session Up") && Contains("disconnected") && !Contains("\x1b"));
    CHECK_THAT(desk.err.str(), Catch::StartsWith("{") && Contains("cannot read the daemon's status"));
}

TEST_CASE("status: watched on a terminal, the screen is drawn anew each time", "[cli]") {
    StatusDesk desk;
    desk.context.out_is_terminal = true;
    CHECK_FALSE(desk.run_for(5s, cli::status({.watch = 2s, .style = {}}, desk.context, desk.out)));
    const std::string text = desk.out.str();
    CHECK_THAT(text, Catch::StartsWith("\x1b[2J\x1b[H") && Contains("every 2s, Ctrl-C ends") &&
                         Contains("sin-dz001") && Contains("tyo-dz002 has been nearer"));
    CHECK(desk.err.str().empty());
}

TEST_CASE("status: a watch that cannot even begin is an error", "[cli]") {
    StatusDesk desk;
    desk.daemon.stop();
    CHECK_FALSE(desk.run(cli::status({.watch = 2s, .style = {}}, desk.context, desk.out)));
}
