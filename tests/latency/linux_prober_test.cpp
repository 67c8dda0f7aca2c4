// One round over the kernel's ICMP: 9.128.0.8 answers, and so do a thousand addresses of 10.9.0.0/16, which
// the lab routes there.
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "base/run.hpp"
#include "protocols/latency/icmp_socket.hpp"
#include "protocols/latency/prober.hpp"

using namespace dz;
using namespace dz::latency;

namespace {

/// One first round; it ends when everything has been asked.
struct Round {
    Duration measure(std::set<Ipv4> targets) {
        const TimePoint start = clock.now();
        Wake ended(loop, clock);
        prober.on_round([&ended] { ended.set(); });
        prober.set_targets({.addresses = std::move(targets), .always = {}});
        run(loop, until(ended, prober));
        return clock.now() - start;
    }
    static Task<> until(Wake& ended, Prober& prober) {
        using namespace boost::asio::experimental::awaitable_operators;
        co_await (ended.wait_until(TimePoint::max()) || prober.run());
    }

    EventLoop loop;
    SystemClock clock{loop};
    IcmpSocket socket{loop, clock};
    Prober prober{loop, clock, socket, Log::none(), Pace{}};
};

}  // namespace

TEST_CASE("prober: who answers is reachable, and who does not has no time", "[latency]") {
    Round round;
    const Ipv4 there(0x09800008), nobody(0x0980004D);
    round.measure({there, nobody});
    REQUIRE(round.prober.ready());
    const auto& results = round.prober.measurements();
    REQUIRE(results.at(there).rtt);
    CHECK(results.at(there).rtt->min > 0ns);
    CHECK_FALSE(results.at(nobody).rtt);
    CHECK(results.at(nobody).loss() == 100);
}

TEST_CASE("prober: a thousand addresses over one socket", "[latency][thousand]") {
    Round round;
    std::set<Ipv4> targets;
    for (unsigned i = 1; i <= 1000; ++i) targets.insert(Ipv4(0x0A090000U + i));
    const Duration took = round.measure(targets);
    std::size_t reached = 0;
    for (const auto& [address, measured] : round.prober.measurements()) reached += measured.rtt.has_value();
    CHECK(reached == 1000);
    // For whoever measures; a busy machine is no failure.
    std::printf("round of 1000 addresses: %.3f s, socket %s\n", std::chrono::duration<double>(took).count(),
                round.socket.raw() ? "raw" : "ping");
}
