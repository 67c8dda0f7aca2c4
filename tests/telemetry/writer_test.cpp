// Tests for the queue and its workers (telemetry.md T-20 to T-24).
#include "services/telemetry/writer.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "tests/support/fake_network.hpp"
#include "tests/telemetry/fake_sink.hpp"

using namespace dz;
using namespace dz::telemetry;
using namespace dz::test;

namespace {

struct Desk {
    EventLoop loop;
    FakeClock clock{loop};
    metrics::Registry registry;
    telemetry::Metrics metrics{registry};
    FakeSink sink{clock};
    std::vector<std::pair<PublicKey, bool>> settled;
    Writer writer{loop, clock, sink, metrics, Log::none()};

    Desk() {
        writer.on_settled([this](const Write& write, const Result<ledger::Receipt>& result) {
            settled.emplace_back(write.user, result.has_value());
        });
    }
    void start() {
        boost::asio::co_spawn(loop, writer.run(), boost::asio::detached);
        clock.advance(0s);
    }
    bool offer(std::uint8_t number) { return writer.offer({key(number), BgpStatus::Up, 5ms}); }
    double count(bool ok) { return metrics.submission(BgpStatus::Up, ok).Value(); }
};

}  // namespace

TEST_CASE("writer: a write that succeeds is tried once and settled once", "[telemetry]") {
    Desk desk;
    desk.start();
    CHECK(desk.offer(1));
    desk.clock.advance(0s);
    CHECK(desk.sink.batches.size() == 1);
    CHECK(desk.settled == std::vector{std::pair(key(1), true)});
    CHECK(desk.count(true) == 1);
    CHECK(desk.writer.is_idle());
}

TEST_CASE("writer: a write that fails twice and then succeeds takes three attempts", "[telemetry]") {
    Desk desk;
    desk.start();
    desk.sink.failures = 2;
    desk.offer(1);
    desk.clock.advance(0s);
    CHECK(desk.sink.batches.size() == 1);
    desk.clock.advance(100ms);
    CHECK(desk.sink.batches.size() == 2);
    desk.clock.advance(199ms);
    CHECK(desk.sink.batches.size() == 2);
    CHECK(desk.settled.empty());
    desk.clock.advance(1ms);
    CHECK(desk.sink.batches.size() == 3);
    CHECK(desk.settled == std::vector{std::pair(key(1), true)});
    CHECK(desk.count(true) == 1);
    CHECK(desk.count(false) == 0);
}

TEST_CASE("writer: a write that fails always is given up after three attempts and counted once",
          "[telemetry]") {
    Desk desk;
    desk.start();
    desk.sink.failures = 100;
    desk.offer(1);
    desk.clock.advance(10s);
    CHECK(desk.sink.batches.size() == 3);
    CHECK(desk.settled == std::vector{std::pair(key(1), false)});
    CHECK(desk.count(false) == 1);
    CHECK(desk.writer.is_idle());
}

TEST_CASE("writer: a refusal is not tried again, and takes no other write with it", "[telemetry]") {
    Desk desk;
    desk.start();
    desk.sink.refused = {key(2)};
    for (std::uint8_t number = 1; number <= 3; ++number) desk.offer(number);
    desk.clock.advance(10s);
    CHECK(desk.sink.batches.size() == 1);
    CHECK(desk.sink.written.size() == 2);
    CHECK(desk.settled ==
          std::vector{std::pair(key(1), true), std::pair(key(2), false), std::pair(key(3), true)});
}

TEST_CASE("writer: a publisher that cannot pay is not tried again", "[telemetry]") {
    Desk desk;
    desk.start();
    desk.sink.failures = 100;
    desk.sink.failure = Errc::Permission;
    desk.offer(1);
    desk.clock.advance(10s);
    CHECK(desk.sink.batches.size() == 1);
    CHECK(desk.settled.size() == 1);
}

TEST_CASE("writer: writes share transactions, as many as fit", "[telemetry]") {
    Desk desk;
    for (std::uint8_t number = 1; number <= 40; ++number) desk.offer(number);
    desk.start();
    std::vector<std::size_t> sizes;
    for (const auto& batch : desk.sink.batches) sizes.push_back(batch.size());
    CHECK(sizes == std::vector<std::size_t>{16, 16, 8});
    CHECK(desk.sink.written.size() == 40);
}

TEST_CASE("writer: a transaction that hangs does not hold up the others", "[telemetry]") {
    Desk desk;
    desk.start();
    desk.sink.latency = 1h;
    desk.offer(1);
    desk.clock.advance(0s);
    desk.sink.latency = {};
    desk.offer(2);
    desk.clock.advance(0s);
    CHECK(desk.settled == std::vector{std::pair(key(2), true)});
    CHECK_FALSE(desk.writer.is_idle());
}

TEST_CASE("writer: of 257 writes 256 wait and the last is turned away without waiting", "[telemetry]") {
    Desk desk;
    for (int i = 0; i < 256; ++i) REQUIRE(desk.offer(static_cast<std::uint8_t>(i)));
    CHECK_FALSE(desk.offer(1));
    CHECK(desk.writer.waiting() == 256);
    CHECK(desk.metrics.queue_length.Value() == 256);
}

TEST_CASE("writer: cancelled in a back-off it ends at once", "[telemetry]") {
    Desk desk;
    desk.sink.failures = 100;
    desk.offer(1);
    boost::asio::cancellation_signal stop;
    bool ended = false;
    boost::asio::co_spawn(
        desk.loop, desk.writer.run(),
        boost::asio::bind_cancellation_slot(stop.slot(), [&](const std::exception_ptr&) { ended = true; }));
    desk.clock.advance(0s);
    CHECK_FALSE(ended);
    stop.emit(boost::asio::cancellation_type::terminal);
    desk.clock.advance(0s);
    CHECK(ended);
    CHECK(desk.sink.batches.size() == 1);
}

TEST_CASE("writer: whoever waits for it to be idle waits for the last attempt", "[telemetry]") {
    Desk desk;
    desk.start();
    desk.sink.failures = 100;
    desk.offer(1);
    bool idle = false;
    boost::asio::co_spawn(desk.loop, desk.writer.idle(), [&](const std::exception_ptr&) { idle = true; });
    desk.clock.advance(299ms);
    CHECK_FALSE(idle);
    desk.clock.advance(1ms);
    CHECK(idle);
}
