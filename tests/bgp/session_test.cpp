#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "base/run.hpp"
#include "tests/bgp/speaker_bench.hpp"

namespace dz::bgp {
namespace {

using namespace test;

using Texts = std::vector<std::string>;

TEST_CASE("session: it comes up with a device and announces its prefix", "[bgp]") {
    Bench bench;
    bench.establish();
    CHECK(bench.peer().status == Status::Up);
    CHECK(bench.peer().hold_time == 3s);
    const auto message = bench.device.next();
    REQUIRE(message);
    CHECK(std::get<Update>(*message).announced == std::vector{prefix("198.18.0.5/32")});
    CHECK(metrics::expose(bench.registry).find("doublezero_session_is_up 1") != std::string::npos);
    CHECK(metrics::expose(bench.registry).find("doublezero_bgp_peer_is_up{peer_ip=\"127.0.0.1\"} 1") !=
          std::string::npos);
}

TEST_CASE("session: the status follows connection, OPEN and KEEPALIVE", "[bgp]") {
    Bench bench;
    bench.speaker.set(bench.config());
    CHECK(bench.peer().status == Status::Pending);
    bench.device.accept();
    bench.device.next();
    CHECK(bench.peer().status == Status::Pending);
    bench.device.send(device_open());
    bench.device.next();
    CHECK(bench.peer().status == Status::Initializing);
    bench.device.send(Keepalive{});
    run_until(bench.loop, [&] { return bench.peer().status == Status::Up; });
}

TEST_CASE("session: routes are learned and withdrawn, one change each, and the reader is woken", "[bgp]") {
    Bench bench;
    bench.establish();
    bench.notified = 0;
    bench.tell(announcement({"198.18.0.7/32", "198.18.0.8/32", "10.0.0.1/32"}));
    CHECK(bench.changes() == Texts{"+198.18.0.7/32", "+198.18.0.8/32"});
    CHECK(bench.notified == 1);
    bench.tell(withdrawal({"198.18.0.7/32"}));
    CHECK(bench.changes() == Texts{"-198.18.0.7/32"});
    CHECK(bench.peer().routes == 2);
    CHECK(bench.peer().accepted == 1);
    CHECK(metrics::expose(bench.registry)
              .find("doublezero_bgp_peer_routes{peer_ip=\"127.0.0.1\",verdict=\"rejected\"} 1") !=
          std::string::npos);
}

TEST_CASE("session: a stream that arrives byte by byte teaches the same", "[bgp]") {
    Bench bench;
    bench.establish();
    const Bytes bytes = encode(announcement({"198.18.0.7/32"}));
    for (const std::uint8_t byte : bytes) bench.device.send_bytes({&byte, 1});
    run_until(bench.loop, [&] { return bench.peer().accepted == 1; });
}

TEST_CASE("session: a device that hangs up takes its routes along and is dialled again", "[bgp]") {
    Bench bench;
    bench.establish();
    bench.tell(announcement({"198.18.0.7/32"}));
    bench.changes();
    bench.device.close();
    run_until(bench.loop, [&] { return bench.peer().status == Status::Down; });
    CHECK(bench.changes() == Texts{"-198.18.0.7/32"});
    CHECK(bench.peer().last_error.starts_with("connection lost: "));

    bench.clock.advance(999ms);
    CHECK_FALSE(bench.device.was_dialled());
    bench.clock.advance(1s);
    bench.device.establish();
    run_until(bench.loop, [&] { return bench.peer().status == Status::Up; });
    CHECK(bench.peer().counters.established == 2);
}

TEST_CASE("session: a silent device gets keepalives, and 4/0 after the hold time", "[bgp]") {
    Bench bench;
    bench.establish();
    bench.device.next();
    bench.clock.advance(3s);
    CHECK(bench.device.next() == Message(Keepalive{}));
    CHECK(bench.device.next() == Message(Keepalive{}));
    CHECK(bench.device.next() == Message(Notification{4, 0, {}}));
    CHECK(bench.device.next() == std::nullopt);
    CHECK(bench.peer().status == Status::Down);
}

TEST_CASE("session: bytes that are no message are answered and the connection closed", "[bgp]") {
    Bench bench;
    bench.establish();
    bench.device.next();
    bench.device.send_bytes(Bytes(19, 0));
    CHECK(bench.device.next() == Message(Notification{1, 1, {}}));
    CHECK(bench.device.next() == std::nullopt);
}

TEST_CASE("session: an UPDATE that cannot be read ends the session, a bad attribute does not", "[bgp]") {
    Bench bench;
    bench.establish();
    bench.device.next();
    Update bad = announcement({"198.18.0.7/32"});
    bad.attributes->next_hop = Ipv4();
    bench.tell(bad);
    CHECK(bench.peer().state == State::Established);
    CHECK(bench.peer().counters.treated_as_withdraw == 1);
    CHECK(bench.peer().routes == 0);

    bytes::Writer broken;
    broken.raw(Bytes(16, 0xFF)).be16(23).u8(2).be16(9).be16(0);
    bench.device.send_bytes(broken.bytes());
    CHECK(bench.device.next() == Message(Notification{3, 1, {}}));
}

TEST_CASE("session: nobody listens, so the network is called unreachable after 30 s and still dialled",
          "[bgp]") {
    Bench bench;
    const auto config = bench.config();
    bench.device.stop_listening();
    bench.speaker.set(config);
    const auto wait = [&](Duration duration) {
        for (Duration passed{0}; passed < duration; passed += 500ms) {
            bench.clock.advance(500ms);
            bench.loop.restart();
            bench.loop.poll();
        }
    };
    wait(29s);
    CHECK(bench.peer().status == Status::Pending);
    CHECK(bench.peer().last_error == "connect: Connection refused");
    wait(2s);
    CHECK(bench.peer().status == Status::Unreachable);
    CHECK(bench.peer().counters.connects == 0);
}

TEST_CASE("session: a missing local address is an error that passes when the address is there", "[bgp]") {
    Bench bench;
    auto config = bench.config();
    config.local = ip("192.0.2.1");
    bench.speaker.set(config);
    run_until(bench.loop, [&] { return !bench.peer().last_error.empty(); });
    CHECK(bench.peer().last_error == "connect: Cannot assign requested address");
    CHECK(bench.peer().state == State::Idle);
}

TEST_CASE("speaker: an equal configuration leaves the session alone", "[bgp]") {
    Bench bench;
    bench.establish();
    bench.speaker.set(bench.config());
    CHECK(bench.peer().state == State::Established);
    CHECK(bench.peer().counters.connects == 1);
}

TEST_CASE("speaker: a new policy is applied to the routes without a new session", "[bgp]") {
    Bench bench;
    bench.establish();
    bench.tell(announcement({"198.18.0.7/32", "198.18.0.8/32"}));
    bench.changes();
    auto config = bench.config();
    config.policy.filter = RouteFilter::excluding({prefix("198.18.0.7/32")});
    bench.speaker.set(config);
    CHECK(bench.changes() == Texts{"-198.18.0.7/32"});
    CHECK(bench.peer().counters.connects == 1);
    CHECK(bench.peer().config == config);
}

TEST_CASE("speaker: a new prefix is announced in place of the old one in the same session", "[bgp]") {
    Bench bench;
    bench.establish();
    bench.device.next();
    auto config = bench.config();
    config.announce = prefix("198.18.0.6/32");
    bench.speaker.set(config);
    CHECK(std::get<Update>(bench.device.next().value()).withdrawn == std::vector{prefix("198.18.0.5/32")});
    CHECK(std::get<Update>(bench.device.next().value()).announced == std::vector{prefix("198.18.0.6/32")});
    config.announce.reset();
    bench.speaker.set(config);
    CHECK(std::get<Update>(bench.device.next().value()).withdrawn == std::vector{prefix("198.18.0.6/32")});
}

TEST_CASE("speaker: anything else in the configuration restarts the session", "[bgp]") {
    Bench bench;
    bench.establish();
    bench.device.next();
    bench.tell(announcement({"198.18.0.7/32"}));
    bench.changes();
    auto config = bench.config();
    config.remote_asn = {65343};
    bench.speaker.set(config);
    CHECK(bench.device.next() == Message(Notification{6, 6, {}}));
    CHECK(bench.changes() == Texts{"-198.18.0.7/32"});
    bench.device.establish(device_open({65343}));
    run_until(bench.loop, [&] { return bench.peer().state == State::Established; });
}

TEST_CASE("speaker: a removed peer hears Cease, its routes are reported gone, and it says nothing more",
          "[bgp]") {
    Bench bench;
    bench.establish();
    bench.device.next();
    bench.tell(announcement({"198.18.0.7/32"}));
    bench.changes();
    CHECK(bench.speaker.remove(kDevice));
    CHECK_FALSE(bench.speaker.remove(kDevice));
    CHECK(bench.changes() == Texts{"-198.18.0.7/32"});
    CHECK(bench.speaker.peers().empty());
    CHECK(bench.speaker.rib(kDevice) == nullptr);
    CHECK(bench.device.next() == Message(Notification{6, 3, {}}));
    CHECK(bench.device.next() == std::nullopt);
    const int notified = bench.notified;
    bench.clock.advance(60s);
    CHECK(bench.notified == notified);
    CHECK_FALSE(bench.device.was_dialled());
    CHECK(metrics::expose(bench.registry).find("doublezero_bgp_peer_is_up{") == std::string::npos);
}

TEST_CASE("speaker: a peer with more routes than allowed hears Cease and loses them", "[bgp]") {
    Bench bench;
    auto config = bench.config();
    config.max_routes = 2;
    bench.speaker.set(config);
    bench.device.establish();
    bench.device.next();
    bench.device.send(announcement({"198.18.0.7/32", "198.18.0.8/32"}));
    run_until(bench.loop, [&] { return bench.peer().routes == 2; });
    bench.device.send(announcement({"198.18.0.9/32"}));
    CHECK(bench.device.next() == Message(Notification{6, 1, {}}));
    CHECK(bench.peer().routes == 0);
    bench.clock.advance(59s);
    CHECK_FALSE(bench.device.was_dialled());
}

TEST_CASE("speaker: with a stale hold the routes outlive a lost connection until it has passed", "[bgp]") {
    Bench bench;
    auto config = bench.config();
    config.stale_hold = 10s;
    bench.speaker.set(config);
    bench.device.establish();
    run_until(bench.loop, [&] { return bench.peer().state == State::Established; });
    bench.tell(announcement({"198.18.0.7/32"}));
    bench.changes();
    bench.device.close();
    run_until(bench.loop, [&] { return bench.peer().status == Status::Down; });
    CHECK(bench.changes().empty());
    CHECK(bench.peer().accepted == 1);
    bench.clock.advance(10s);
    CHECK(bench.changes() == Texts{"-198.18.0.7/32"});
}

/// Starts `task` without waiting for it.
void start(EventLoop& loop, Task<> task, bool& done) {
    boost::asio::co_spawn(loop, std::move(task), [&done](std::exception_ptr) { done = true; });
}

TEST_CASE("speaker: stopped, it says Cease to all and is done when the connections are closed", "[bgp]") {
    Bench bench;
    bench.establish();
    bench.device.next();
    bool done = false;
    start(bench.loop, bench.speaker.stop(), done);
    CHECK(bench.device.next() == Message(Notification{6, 2, {}}));
    CHECK(bench.device.next() == std::nullopt);
    bench.clock.advance(10ms);
    CHECK(done);
    CHECK(bench.speaker.peers().empty());
}

TEST_CASE("speaker: it may be destroyed in any state of a session", "[bgp]") {
    const auto state =
        GENERATE(State::Idle, State::Connect, State::OpenSent, State::OpenConfirm, State::Established);
    Bench bench;
    auto config = bench.config();
    if (state == State::Idle) config.local = ip("192.0.2.1");
    bench.speaker.set(config);
    if (state >= State::OpenSent) bench.device.accept();
    if (state >= State::OpenConfirm) bench.device.send(device_open());
    if (state == State::Established) bench.device.send(Keepalive{});
    run_until(bench.loop, [&] { return bench.peer().state == state; });
}

TEST_CASE("speaker: two peers are two sessions", "[bgp]") {
    Bench bench;
    bench.establish();
    bench.tell(announcement({"198.18.0.7/32"}));
    bench.changes();
    Device other(bench.loop);
    auto config = bench.config();
    config.remote = ip("127.0.0.2");
    config.port = other.port();
    config.learn_routes = false;
    bench.speaker.set(config);
    CHECK(bench.speaker.peers().size() == 2);
    CHECK(bench.speaker.remove(ip("127.0.0.2")));
    CHECK(bench.changes().empty());
    CHECK(bench.peer().accepted == 1);
}

}  // namespace
}  // namespace dz::bgp
