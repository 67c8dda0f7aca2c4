// Tests for how connect waits for latencies and chooses by them.
#include <catch2/catch.hpp>

#include "tests/cli/joining.hpp"

using namespace dz;
using namespace dz::cli;
using namespace dz::test;
using Catch::Contains;

TEST_CASE("connect: the nearest device is chosen and the reason printed", "[cli]") {
    PassDesk desk;
    const PublicKey near = desk.add_far_device("near-dz02");
    desk.daemon.round_trips["near-dz02"] = 300us;
    desk.daemon.round_trips["ny5-dz01"] = 1200us;
    REQUIRE(desk.connect());
    CHECK(desk.user().device_pk == near);
    CHECK_THAT(desk.out.str(),
               Contains("Device selected: near-dz02 (0.30 ms, nearest of 2 that take users)"));
}

TEST_CASE("connect: a nearer device that is full is passed over by name", "[cli]") {
    PassDesk desk;
    const PublicKey far = desk.add_far_device();
    desk.change(desk.network.device, [](ledger::Device& device) { device.users_count = device.max_users; });
    REQUIRE(desk.connect());
    CHECK(desk.user().device_pk == far);
    CHECK_THAT(desk.out.str(),
               Contains("not ny5-dz01 at 1.00 ms: it is full: 10 users and 0 reserved seats of 10"));
    CHECK_THAT(desk.err.str(), Contains("Note: zzz-dz02 is 19.00 ms farther than ny5-dz01"));
}

TEST_CASE("connect: it waits until the daemon has measured all devices once", "[cli]") {
    PassDesk desk;
    desk.daemon.latencies = dz::daemon::api::Latencies{.ready = false, .results = {}, .targets = 1};
    const TimePoint start = desk.clock.now();
    SECTION("and goes on then") {
        desk.daemon.on_request = [&desk] {
            if (desk.daemon.count("GET /v2/latency") == 3) desk.daemon.latencies.reset();
        };
        REQUIRE(desk.connect());
        CHECK(desk.clock.now() - start >= 2s);
    }
    SECTION("but not for ever") {
        const auto done = desk.connect();
        REQUIRE_FALSE(done);
        CHECK(done.error().code == Errc::Timeout);
        CHECK_THAT(done.error().text,
                   Catch::StartsWith("timed out waiting for the devices' latencies\n  caused by: the "
                                     "daemon has measured 0 of 1 addresses so far"));
        CHECK(desk.clock.now() - start >= 60s);
        CHECK(desk.rpc.sent == 0);
    }
    SECTION("and not at all where the device is named and has one address") {
        REQUIRE(desk.connect(on_device("ny5-dz01")));
        CHECK(desk.daemon.count("GET /v2/latency") == 1);
        CHECK_THAT(desk.out.str(), Contains("Device selected: ny5-dz01 (named by --device)"));
    }
}

TEST_CASE("connect: devices that do not answer are never chosen, but may be named", "[cli]") {
    PassDesk desk;
    desk.daemon.round_trips["ny5-dz01"] = 0ms;
    CHECK_THAT(desk.connect().error().text,
               Catch::StartsWith("No reachable devices found: 1 take users, none answers\nTry: "));
    CHECK(desk.rpc.sent == 0);
    REQUIRE(desk.connect(on_device("ny5-dz01")));
}

TEST_CASE("connect: an empty answer that is final is an error at once", "[cli]") {
    PassDesk desk;
    desk.daemon.latencies = dz::daemon::api::Latencies{.ready = true, .results = {}};
    const TimePoint start = desk.clock.now();
    CHECK_THAT(desk.connect().error().text, Contains("No reachable devices found"));
    CHECK(desk.clock.now() == start);
}

TEST_CASE("connect: with a daemon that does not measure, a device has to be named", "[cli]") {
    PassDesk desk;
    desk.daemon.probes = false;
    CHECK_THAT(desk.connect().error().text,
               Catch::StartsWith("the daemon does not measure latencies") && Contains("--device"));
    REQUIRE(desk.connect(on_device("ny5-dz01")));
}

TEST_CASE("connect: of a named device's addresses the nearest free one is taken", "[cli]") {
    PassDesk desk;
    desk.change(desk.network.device, [](ledger::Device& device) {
        ledger::Interface loopback;
        loopback.name = "Loopback100";
        loopback.ip_net = host_prefix(ip(9, 128, 0, 9));
        loopback.interface_type = ledger::InterfaceType::Loopback;
        loopback.user_tunnel_endpoint = true;
        device.interfaces = {loopback};
    });
    const auto answer = [&desk](Ipv4 address, std::chrono::nanoseconds rtt) {
        dz::daemon::api::LatencyResult result;
        result.device_pk = desk.network.device.to_string();
        result.device_ip = address;
        result.rtt = {rtt, rtt, rtt};
        return result;
    };
    desk.daemon.latencies = dz::daemon::api::Latencies{
        .ready = false,
        .results = {answer(Network::kDeviceIp, 2ms), answer(ip(9, 128, 0, 9), 1ms)},
        .targets = 9};
    const auto done = desk.connect(on_device("ny5-dz01"));
    INFO((done ? "" : done.error().text));
    REQUIRE(done);
    CHECK(desk.user().tunnel_endpoint == ip(9, 128, 0, 9));
}

TEST_CASE("connect: --json prints the outcome alone on stdout", "[cli]") {
    PassDesk desk;
    const Printed done = desk.type("connect ibrl --json");
    const auto outcome = done.json();
    CHECK(outcome["account"] == desk.network.user(Desk::kIp).to_string());
    CHECK(outcome["device"] == "ny5-dz01");
    CHECK(outcome["signatures"].size() == 1);
    CHECK(outcome["tunnel"]["doublezero_status"]["session_status"] == "BGP Session Up");
    CHECK_THAT(done.err, Contains("Device selected: ny5-dz01"));
    const auto again = desk.type("connect ibrl --json").json();
    CHECK(again["signatures"].empty());
}

TEST_CASE("connect: --move takes an account to a device that is clearly nearer, else it stays", "[cli]") {
    PassDesk desk;
    REQUIRE(desk.connect());
    const PublicKey other = desk.add_far_device();
    ConnectOptions move;
    move.move = true;
    SECTION("farther") {
        REQUIRE(desk.connect(move));
        CHECK_THAT(desk.out.str(),
                   Contains("    Stays on ny5-dz01 (1.00 ms, nearest of 2 that take users)\n"));
        CHECK(desk.rpc.sent == 1);
    }
    SECTION("hardly nearer") {
        desk.daemon.round_trips = {{"ny5-dz01", 6ms}, {"zzz-dz02", 2ms}};
        REQUIRE(desk.connect(move));
        CHECK(desk.user().device_pk == desk.network.device);
        CHECK(desk.rpc.sent == 1);
    }
    SECTION("clearly nearer") {
        desk.daemon.round_trips = {{"ny5-dz01", 20ms}, {"zzz-dz02", 2ms}};
        REQUIRE(desk.connect(move));
        CHECK(desk.user().device_pk == other);
        CHECK(desk.device(desk.network.device).users_count == 0);
        CHECK(desk.device(other).users_count == 1);
        CHECK_THAT(desk.out.str(), Contains("    Moving the account from ny5-dz01...\n") &&
                                       Contains("    Left ny5-dz01\n") && Contains("✅  User Provisioned\n"));
    }
    SECTION("named") {
        move.device = "zzz-dz02";
        REQUIRE(desk.connect(move));
        CHECK(desk.user().device_pk == other);
    }
    SECTION("named, but it takes nobody") {
        desk.change(other, [](ledger::Device& device) { device.max_users = 0; });
        move.device = "zzz-dz02";
        CHECK_FALSE(desk.connect(move));
        CHECK(desk.user().device_pk == desk.network.device);
        CHECK(desk.rpc.sent == 1);
    }
}

TEST_CASE("connect: the tunnel of before does not count as the new one", "[cli]") {
    PassDesk desk;
    dz::daemon::api::EnrichedService stale;
    stale.service.user_type = "IBRL";
    stale.service.session_status = "BGP Session Up";
    stale.service.tunnel_dst = ip(9, 128, 9, 9);
    desk.daemon.services = {stale};
    const auto done = desk.connect();
    REQUIRE_FALSE(done);
    CHECK(done.error().code == Errc::Timeout);
}
