#include "base/clock.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <catch2/catch.hpp>
#include <string>

#include "base/run.hpp"

using namespace dz;
namespace asio = boost::asio;

namespace {

Task<> append_after(Clock& clock, Duration duration, char letter, std::string& out) {
    co_await clock.sleep_for(duration);
    out += letter;
}

Task<> tick(Clock& clock, Duration period, int count, std::vector<TimePoint>& times) {
    for (int i = 0; i < count; ++i) {
        co_await clock.sleep_for(period);
        times.push_back(clock.now());
    }
}

Task<bool> shorter_wins(Clock& clock) {
    using namespace asio::experimental::awaitable_operators;
    const auto winner = co_await (clock.sleep_for(1h) || clock.sleep_for(1us));
    co_return winner.index() == 1;
}

Task<> wait_and_note(Wake& wake, TimePoint deadline, std::string& out) {
    out += co_await wake.wait_until(deadline) ? 's' : 'd';
}

void spawn(EventLoop& loop, Task<> task) {
    asio::co_spawn(loop, std::move(task), asio::detached);
}

}  // namespace

TEST_CASE("fake clock: stands still until it is moved", "[base]") {
    EventLoop loop;
    FakeClock clock(loop, 5s);
    CHECK(clock.now() == TimePoint(5s));
    CHECK(to_rfc3339(clock.wall(), Fraction::None) == "1970-01-01T00:00:05Z");
    clock.advance(1500ms);
    CHECK(clock.now() == TimePoint(6500ms));
    CHECK(to_rfc3339(clock.wall(), Fraction::Micros) == "1970-01-01T00:00:06.500000Z");
}

TEST_CASE("fake clock: sleepers wake in the order of their times, equal times in order of arrival",
          "[base]") {
    EventLoop loop;
    FakeClock clock(loop);
    std::string out;
    spawn(loop, append_after(clock, 3s, 'c', out));
    spawn(loop, append_after(clock, 1s, 'a', out));
    spawn(loop, append_after(clock, 2s, 'b', out));
    spawn(loop, append_after(clock, 3s, 'd', out));
    clock.advance(999ms);
    CHECK(out.empty());
    CHECK(clock.sleepers() == 4);
    clock.advance(1ms);
    CHECK(out == "a");
    clock.advance(1h);
    CHECK(out == "abcd");
}

TEST_CASE("fake clock: each sleeper sees its own time, also when it sleeps again", "[base]") {
    EventLoop loop;
    FakeClock clock(loop, 0s);
    std::vector<TimePoint> times;
    spawn(loop, tick(clock, 2s, 3, times));
    clock.advance(60s);
    CHECK(times == std::vector{TimePoint(2s), TimePoint(4s), TimePoint(6s)});
    CHECK(clock.now() == TimePoint(60s));
}

TEST_CASE("fake clock: a time that has passed is no sleep", "[base]") {
    EventLoop loop;
    FakeClock clock(loop);
    run(loop, clock.sleep_for(0s));
    run(loop, clock.sleep_for(-1s));
    CHECK(clock.sleepers() == 0);
}

TEST_CASE("fake clock: a cancelled sleeper returns at once and is forgotten", "[base]") {
    EventLoop loop;
    FakeClock clock(loop);
    asio::cancellation_signal signal;
    bool finished = false;
    asio::co_spawn(loop, clock.sleep_for(1h),
                   asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr) { finished = true; }));
    clock.advance(1s);
    REQUIRE(clock.sleepers() == 1);
    signal.emit(asio::cancellation_type::terminal);
    clock.advance(0s);
    CHECK(finished);
    CHECK(clock.sleepers() == 0);
}

TEST_CASE("fake clock: destroying it destroys who sleeps on it", "[base]") {
    EventLoop loop;
    std::string out;
    {
        FakeClock clock(loop);
        spawn(loop, append_after(clock, 1s, 'a', out));
        clock.advance(1ms);
    }
    loop.restart();
    loop.run();
    CHECK(out.empty());
}

TEST_CASE("system clock: of two sleeps the shorter ends first and cancels the other", "[base]") {
    EventLoop loop;
    SystemClock clock(loop);
    CHECK(run(loop, shorter_wins(clock)));
    // Nothing is left to wait for.
    loop.restart();
    loop.run();
    SUCCEED();
}

TEST_CASE("system clock: sleepers wake in the order of their times", "[base]") {
    EventLoop loop;
    SystemClock clock(loop);
    std::string out;
    const auto start = clock.now();
    spawn(loop, append_after(clock, 3ms, 'c', out));
    spawn(loop, append_after(clock, 1ms, 'a', out));
    spawn(loop, append_after(clock, 2ms, 'b', out));
    loop.run();
    CHECK(out == "abc");
    CHECK(clock.now() - start >= 3ms);
}

TEST_CASE("wake: a set before the wait is remembered, several count as one", "[base]") {
    EventLoop loop;
    FakeClock clock(loop);
    Wake wake(loop, clock);
    wake.set();
    wake.set();
    CHECK(run(loop, wake.wait_until(clock.now() + 1s)));
    CHECK(!run(loop, wake.wait_until(clock.now())));
}

TEST_CASE("wake: a waiter goes on at set or at its deadline, whichever is first", "[base]") {
    EventLoop loop;
    FakeClock clock(loop);
    Wake wake(loop, clock);
    std::string out;
    spawn(loop, wait_and_note(wake, clock.now() + 10s, out));
    clock.advance(1s);
    CHECK(out.empty());
    wake.set();
    clock.advance(0s);
    CHECK(out == "s");
    CHECK(clock.sleepers() == 0);
    spawn(loop, wait_and_note(wake, clock.now() + 10s, out));
    clock.advance(10s);
    CHECK(out == "sd");
}

TEST_CASE("time: RFC 3339 text is UTC and rounds down", "[base]") {
    CHECK(to_rfc3339(WallTime(1'772'600'767s + 123'456'789ns), Fraction::Micros) ==
          "2026-03-04T05:06:07.123456Z");
    CHECK(to_rfc3339(WallTime(1'772'600'767s + 999'999'999ns), Fraction::None) == "2026-03-04T05:06:07Z");
    CHECK(to_rfc3339(WallTime(-1ns), Fraction::Micros) == "1969-12-31T23:59:59.999999Z");
}
