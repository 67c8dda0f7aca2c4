// Tests for the export to a monitoring station: the real speaker between a device and a station, over real
// sockets.
#include "protocols/bgp/bmp_exporter.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <set>

#include "tests/bgp/bmp_station.hpp"
#include "tests/bgp/speaker_bench.hpp"

namespace dz::bgp {
namespace {

using namespace test;

struct MonitoredBench : Bench {
    BmpStation station{loop};
    bmp::Exporter exporter{loop,
                           clock,
                           Log::none(),
                           registry,
                           {.station = {"127.0.0.1", station.port()},
                            .system_name = "host7",
                            .description = "test",
                            .max_queue = 256U << 10}};
    AsioSpeaker monitored{loop, clock, Log::none(), metrics, &exporter};

    explicit MonitoredBench(bool station_answers = true) {
        if (station_answers) station.listen();
        boost::asio::co_spawn(loop, exporter.run(), boost::asio::detached);
    }
    ~MonitoredBench() {
        exporter.stop();
        loop.restart();
        loop.poll();
    }

    /// Without a hold time, for the clock to be moved freely.
    void come_up() {
        monitored.set(config());
        device.establish(device_open(kDeviceAs, 0));
        run_until(loop, [this] { return monitored.peer(kDevice)->state == State::Established; });
    }
    void learn(const Message& message) {
        const auto before = monitored.peer(kDevice)->counters.messages_in;
        device.send(message);
        run_until(loop, [&] { return monitored.peer(kDevice)->counters.messages_in > before; });
    }
    bool shows(std::string_view metric) const {
        return metrics::expose(registry).find(metric) != std::string::npos;
    }
    /// Moves the clock until the exporter dials again.
    void wait_for_dial() {
        run_until(loop, [this] {
            clock.advance(bmp::kFirstPause);
            return station.was_dialled();
        });
    }
};

TEST_CASE("bmp exporter: a station hears of a session from its first OPEN to its end", "[bgp]") {
    MonitoredBench bench;
    bench.station.accept();
    CHECK(bench.station.next() == "initiation");
    bench.come_up();
    CHECK(bench.station.next() == "up 127.0.0.1 1.1.1.1 10.0.0.1");
    CHECK(bench.shows("doublezero_bmp_is_up 1"));
    bench.learn(announcement({"198.18.0.7/32", "10.0.0.1/32"}));
    CHECK(bench.station.next() == "+198.18.0.7/32 +10.0.0.1/32");  // before policy
    bench.learn(withdrawal({"10.0.0.1/32"}));
    CHECK(bench.station.next() == "-10.0.0.1/32");
    Update mark;
    mark.end_of_rib = true;
    bench.learn(mark);
    CHECK(bench.station.next() == "end of rib");
    bench.device.send(Notification{error::kCease, error::kShutdown, {}});
    CHECK(bench.station.next() == "down 127.0.0.1 3 6/2");
}

TEST_CASE("bmp exporter: each end of a session has its reason", "[bgp]") {
    MonitoredBench bench;
    bench.station.accept();
    bench.come_up();
    bench.station.next();
    bench.station.next();
    SECTION("we remove the peer") {
        bench.monitored.remove(kDevice);
        CHECK(bench.station.next() == "down 127.0.0.1 1 6/3");
    }
    SECTION("the connection is lost") {
        bench.device.close();
        CHECK(bench.station.next() == "down 127.0.0.1 4");
    }
    SECTION("the peer sends what is no message") {
        bench.device.send_bytes(Bytes(19, 0));
        CHECK(bench.station.next() == "down 127.0.0.1 1 1/1");
    }
}

TEST_CASE("bmp exporter: a station that comes late is told all routes, then that they are all", "[bgp]") {
    MonitoredBench bench(false);
    bench.come_up();
    bench.learn(announcement({"198.18.0.7/32", "198.18.0.8/32"}));
    Update other = announcement({"198.18.0.9/32"});
    other.attributes->med = 5;
    bench.learn(other);
    bench.learn(withdrawal({"198.18.0.8/32"}));
    CHECK(bench.shows("doublezero_bmp_is_up 0"));

    bench.station.listen();
    bench.wait_for_dial();
    CHECK(bench.station.next() == "initiation");
    CHECK(bench.station.next() == "up 127.0.0.1 1.1.1.1 10.0.0.1");
    const std::set routes{bench.station.next(), bench.station.next()};
    CHECK(routes == std::set<std::string>{"+198.18.0.7/32", "+198.18.0.9/32"});
    CHECK(bench.station.next() == "end of rib");
}

TEST_CASE("bmp exporter: a station that was away is told anew what is there now", "[bgp]") {
    MonitoredBench bench;
    bench.station.accept();
    bench.come_up();
    bench.learn(announcement({"198.18.0.7/32", "198.18.0.8/32"}));
    bench.station.close();
    run_until(bench.loop, [&] { return bench.shows("doublezero_bmp_is_up 0"); });
    bench.learn(withdrawal({"198.18.0.8/32"}));

    bench.wait_for_dial();
    CHECK(bench.station.next() == "initiation");
    CHECK(bench.station.next() == "up 127.0.0.1 1.1.1.1 10.0.0.1");
    CHECK(bench.station.next() == "+198.18.0.7/32");
    CHECK(bench.station.next() == "end of rib");
    bench.learn(announcement({"198.18.0.9/32"}));
    CHECK(bench.station.next() == "+198.18.0.9/32");
}

TEST_CASE("bmp exporter: a station that does not read is dropped, and BGP goes on", "[bgp]") {
    MonitoredBench bench;
    bench.station.accept();
    bench.come_up();
    bench.learn(announcement({"198.18.0.7/32"}));
    std::vector<Prefix> many;
    for (std::uint32_t i = 0; i < 700; ++i) many.push_back({Ipv4(0xC6130000 + i), 32});
    const Update large = bmp::pack(device_attributes(), many).front();
    run_until(bench.loop, [&] {
        for (int i = 0; i < 32; ++i) bench.exporter.learned(kDevice, large);
        return bench.shows("doublezero_bmp_drops_total 1");
    });
    CHECK(bench.monitored.peer(kDevice)->state == State::Established);

    bench.wait_for_dial();
    CHECK(bench.station.next() == "initiation");
    CHECK(bench.station.next() == "up 127.0.0.1 1.1.1.1 10.0.0.1");
    CHECK(bench.station.next() == "+198.18.0.7/32");
    CHECK(bench.station.next() == "end of rib");
}

TEST_CASE("bmp exporter: a thousand routes and more are told in steps, each once", "[bgp]") {
    MonitoredBench bench;
    AdjRibIn rib(kDevice);
    std::vector<Prefix> many;
    for (std::uint32_t i = 0; i < 1500; ++i) many.push_back({Ipv4(0xC6130000 + i), 32});
    rib.announce(many, device_attributes(), bench.clock.now());
    const PeerCounters counters;
    bench.exporter.up({kDevice, kDeviceAs, ip("10.0.0.1")},
                      {kDevice, 40000, 179, device_open(), device_open()}, rib, counters);
    bench.station.accept();
    bench.station.next();
    bench.station.next();
    std::size_t routes = 0;
    for (std::string words = bench.station.next(); words != "end of rib"; words = bench.station.next())
        routes += static_cast<std::size_t>(std::count(words.begin(), words.end(), '+'));
    CHECK(routes == 1500);
}

TEST_CASE("bmp exporter: statistics once a minute", "[bgp]") {
    MonitoredBench bench;
    bench.station.accept();
    bench.come_up();
    bench.learn(announcement({"198.18.0.7/32"}));
    for (int i = 0; i < 3; ++i) bench.station.next();
    bench.clock.advance(bmp::kStatisticsInterval);
    CHECK(bench.station.next() == "statistics 127.0.0.1 1 0");
}

TEST_CASE("bmp exporter: the end of the daemon ends with a Termination", "[bgp]") {
    MonitoredBench bench;
    bench.station.accept();
    bench.come_up();
    bench.station.next();
    bench.station.next();
    bench.monitored.remove(kDevice);
    bench.exporter.stop();
    CHECK(bench.station.next() == "down 127.0.0.1 1 6/3");
    CHECK(bench.station.next() == "termination");
    CHECK(bench.station.next() == "closed");
}

}  // namespace
}  // namespace dz::bgp
