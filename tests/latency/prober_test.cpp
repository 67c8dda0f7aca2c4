// Tests for the prober: rounds over a socket, in time that a test moves.
#include "protocols/latency/prober.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "protocols/latency/fake_echo.hpp"

using namespace dz;
using namespace dz::latency;

namespace {

const Ipv4 kNear = *parse_ipv4("9.200.0.1");
const Ipv4 kFar = *parse_ipv4("9.200.0.2");

struct Bench {
    Bench() {
        socket.place(kNear, 2ms);
        socket.place(kFar, 150ms);
        boost::asio::co_spawn(loop, prober.run(),
                              boost::asio::bind_cancellation_slot(
                                  stop.slot(), [this](const std::exception_ptr&) { ended = true; }));
    }
    ~Bench() { cancel(); }
    void cancel() {
        stop.emit(boost::asio::cancellation_type::terminal);
        loop.restart();
        loop.poll();
    }
    void pass(Duration time) {
        for (Duration step = 0s; step < time; step += 10ms) clock.advance(10ms);
    }

    EventLoop loop;
    FakeClock clock{loop};
    FakeEcho socket{loop, clock};
    std::vector<std::string> lines;
    Prober prober{loop, clock, socket, Log::to_lines(lines), {.jitter = 0}};
    boost::asio::cancellation_signal stop;
    bool ended = false;
};

}  // namespace

TEST_CASE("prober: measures what it is told to, and says so one by one", "[latency]") {
    Bench bench;
    std::vector<Ipv4> measured;
    int rounds = 0;
    bench.prober.on_measured([&](Ipv4 address) { measured.push_back(address); });
    bench.prober.on_round([&] { ++rounds; });
    bench.prober.set_targets({.addresses = {kNear, kFar}, .always = {}});
    bench.pass(700ms);
    CHECK(measured == std::vector{kNear});
    CHECK(rounds == 0);
    bench.pass(1s);
    CHECK(measured == std::vector{kNear, kFar});
    CHECK(rounds == 1);
    CHECK(bench.prober.ready());
    const auto& rtt = bench.prober.measurements().at(kFar).rtt;
    REQUIRE(rtt);
    CHECK(rtt->min == 150ms);
    CHECK(rtt->max == 150ms);
}

TEST_CASE("prober: a cancelled one ends in the middle of a round", "[latency]") {
    Bench bench;
    bench.prober.set_targets({.addresses = {kNear, kFar}, .always = {}});
    bench.pass(20ms);
    CHECK_FALSE(bench.ended);
    bench.cancel();
    CHECK(bench.ended);
    CHECK_FALSE(bench.prober.ready());
}

TEST_CASE("prober: without a socket everything is unreachable, and why is told once", "[latency]") {
    Bench bench;
    bench.socket.trouble = Error{.code = Errc::Permission, .text = "ping socket: not permitted"};
    bench.prober.set_targets({.addresses = {kNear, kFar}, .always = {}});
    bench.pass(2s);
    CHECK(bench.prober.ready());
    REQUIRE(bench.prober.trouble());
    CHECK(bench.prober.trouble()->text == "ping socket: not permitted");
    CHECK_FALSE(bench.prober.measurements().at(kNear).rtt);
    CHECK(std::ranges::count_if(bench.lines, [](const std::string& line) {
              return line.find("\"WARN\"") != std::string::npos;
          }) == 1);

    bench.socket.trouble.reset();
    bench.pass(5min);
    CHECK_FALSE(bench.prober.trouble());
    CHECK(bench.prober.measurements().at(kNear).rtt);
}

TEST_CASE("prober: an address that loses echoes shows its loss", "[latency]") {
    Bench bench;
    bench.socket.lose(kNear, 2);
    bench.prober.set_targets({.addresses = {kNear}, .always = {}});
    bench.pass(5s);
    CHECK(bench.prober.measurements().at(kNear).loss() == Approx(66.667));
    CHECK(bench.prober.measurements().at(kNear).rtt);
}
