// Tests for the rounds of measurements: who is asked when, and what the answers mean.
#include "protocols/latency/rounds.hpp"

#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>

using namespace dz;
using namespace dz::latency;

namespace {

constexpr TimePoint kStart{1'000s};

Ipv4 address(unsigned number) {
    return Ipv4(0x09C80000 + number);
}

std::set<Ipv4> addresses(unsigned count) {
    std::set<Ipv4> out;
    for (unsigned i = 0; i < count; ++i) out.insert(address(i));
    return out;
}

/// A network around `Rounds`: moves time from deadline to deadline, and answers as far as it is told to.
struct Net {
    explicit Net(Pace pace = {.jitter = 0}) : rounds(pace) {}

    void set(std::set<Ipv4> targets, std::set<Ipv4> always = {}) {
        feed(SetTargets{.addresses = std::move(targets), .always = std::move(always)}, now);
    }
    void feed(const Event& event, TimePoint at) {
        for (const Action& action : rounds.on(event, at)) {
            if (const auto* const send = std::get_if<Send>(&action)) {
                sent.emplace_back(at, send->to);
                const auto found = distance.find(send->to);
                if (found != distance.end() && !lost.contains(sent.size()))
                    replies.emplace(at + found->second,
                                    Replied{.from = send->to, .sequence = send->sequence});
            }
            if (const auto* const measured = std::get_if<Measured>(&action))
                finished.push_back(measured->address);
            if (const auto* const ended = std::get_if<RoundEnded>(&action))
                ends.emplace_back(at, ended->full);
        }
    }
    /// Lets everything happen that is due until `limit`.
    void run_until(TimePoint limit) {
        for (;;) {
            const auto deadline = rounds.next_deadline();
            const bool reply_first = !replies.empty() && (!deadline || replies.begin()->first <= *deadline);
            const TimePoint next = reply_first ? replies.begin()->first : deadline.value_or(TimePoint::max());
            if (next > limit) break;
            now = std::max(now, next);
            if (reply_first) {
                feed(replies.extract(replies.begin()).mapped(), now);
            } else {
                feed(Tick{}, now);
            }
        }
        now = limit;
    }
    void run_for(Duration time) { run_until(now + time); }
    std::size_t sent_to(Ipv4 to) const {
        return static_cast<std::size_t>(std::ranges::count(sent, to, &std::pair<TimePoint, Ipv4>::second));
    }
    const Measurement& of(unsigned number) const { return rounds.measurements().at(address(number)); }

    Rounds rounds;
    TimePoint now = kStart;
    std::map<Ipv4, Duration> distance;
    std::set<std::size_t> lost;  ///< which of all echoes, counted from one
    std::multimap<TimePoint, Replied> replies;
    std::vector<std::pair<TimePoint, Ipv4>> sent;
    std::vector<Ipv4> finished;
    std::vector<std::pair<TimePoint, bool>> ends;
};

}  // namespace

TEST_CASE("rounds: nothing happens before targets are known", "[latency]") {
    Net net;
    CHECK_FALSE(net.rounds.next_deadline());
    net.run_for(1h);
    CHECK(net.sent.empty());
    CHECK_FALSE(net.rounds.ready());
}

TEST_CASE("rounds: without any device the first round is done at once", "[latency]") {
    Net net;
    net.set({});
    CHECK(net.rounds.ready());
    CHECK(net.rounds.measurements().empty());
}

TEST_CASE("rounds: three echoes, and the least, greatest and mean of them", "[latency]") {
    Net net;
    net.distance[address(0)] = 10ms;
    net.set(addresses(1));
    net.run_for(320ms);
    net.distance[address(0)] = 40ms;
    CHECK_FALSE(net.rounds.ready());
    net.run_for(5s);
    REQUIRE(net.sent_to(address(0)) == 3);
    CHECK(net.rounds.ready());
    CHECK(net.of(0).rtt == RoundTrip{.min = 10ms, .max = 40ms, .avg = 20ms});
    CHECK(net.of(0).loss() == 0);
    CHECK(net.of(0).recent == std::deque<std::optional<Duration>>{10ms, 10ms, 40ms});
}

TEST_CASE("rounds: echoes to one address keep their distance", "[latency]") {
    Net net;
    net.set(addresses(1));
    net.run_for(5s);
    REQUIRE(net.sent.size() == 3);
    CHECK(net.sent[1].first - net.sent[0].first == 300ms);
    CHECK(net.sent[2].first - net.sent[1].first == 300ms);
}

TEST_CASE("rounds: an address that never answers is unreachable, without any time", "[latency]") {
    Net net;
    net.distance[address(1)] = 5ms;
    net.set(addresses(2));
    net.run_for(5s);
    CHECK(net.rounds.ready());
    CHECK_FALSE(net.of(0).rtt);
    CHECK(net.of(0).loss() == 100);
    CHECK(net.of(1).rtt);
    CHECK(net.finished == std::vector{address(1), address(0)});
}

TEST_CASE("rounds: a lost echo is counted, and the others still measure", "[latency]") {
    Net net;
    net.distance[address(0)] = 10ms;
    net.lost = {2};
    net.set(addresses(1));
    net.run_for(5s);
    CHECK(net.of(0).rtt == RoundTrip{.min = 10ms, .max = 10ms, .avg = 10ms});
    CHECK(net.of(0).loss() == Approx(33.333));
    CHECK(net.of(0).recent == std::deque<std::optional<Duration>>{10ms, {}, 10ms});
}

TEST_CASE("rounds: replies that are late, repeated, from others or to nobody change nothing", "[latency]") {
    Net net;
    net.set(addresses(1));
    net.feed(Replied{.from = address(9), .sequence = 0}, kStart + 1ms);  // a stranger
    net.feed(Replied{.from = address(0), .sequence = 77}, kStart + 1ms);
    net.feed(Replied{.from = address(0), .sequence = 0}, kStart + 2ms);
    net.feed(Replied{.from = address(0), .sequence = 0}, kStart + 3ms);  // again
    net.run_until(kStart + 5s);
    net.feed(Replied{.from = address(0), .sequence = 1}, kStart + 5s);  // too late
    CHECK(net.of(0).rtt == RoundTrip{.min = 2ms, .max = 2ms, .avg = 2ms});
    CHECK(net.of(0).received == 1);
}

TEST_CASE("rounds: nothing is nearer than a nanosecond", "[latency]") {
    Net net;
    net.set(addresses(1));
    net.feed(Replied{.from = address(0), .sequence = 0}, kStart - 1ms);  // stamped before it was sent
    net.run_until(kStart + 5s);
    CHECK(net.of(0).rtt->min == 1ns);
}

TEST_CASE("rounds: what this host cannot send is lost, and the address unreachable", "[latency]") {
    Rounds rounds({.jitter = 0});
    TimePoint now = kStart;
    auto actions = rounds.on(SetTargets{.addresses = addresses(1), .always = {}}, now);
    while (!rounds.ready()) {
        for (const Action& action : std::exchange(actions, {}))
            if (const auto* const send = std::get_if<Send>(&action)) {
                const auto more = rounds.on(SendFailed{.sequence = send->sequence}, now);
                actions.insert(actions.end(), more.begin(), more.end());
            }
        if (rounds.ready()) break;
        now = std::max(now, rounds.next_deadline().value());
        actions = rounds.on(Tick{}, now);
    }
    CHECK(now - kStart < 1s);
    CHECK_FALSE(rounds.measurements().at(address(0)).rtt);
    CHECK(rounds.measurements().at(address(0)).loss() == 100);
}

TEST_CASE("rounds: a thousand addresses are measured in less than ten seconds at the stated rate",
          "[latency]") {
    const bool answered = GENERATE(true, false);
    Net net;
    for (unsigned i = 0; answered && i < 1000; ++i) net.distance[address(i)] = 1ms * (1 + i % 300);
    net.set(addresses(1000));
    net.run_for(10s);
    REQUIRE(net.ends.size() == 1);
    CHECK(net.ends[0].first - kStart < 10s);
    CHECK(net.sent.size() == 3000);
    // No second has more than the rate allows, at whatever instant one begins to count.
    std::size_t first = 0;
    for (std::size_t i = 0; i < net.sent.size(); ++i) {
        while (net.sent[first].first <= net.sent[i].first - 1s) ++first;
        REQUIRE(i - first + 1 <= 500 + kBurst);
    }
}

TEST_CASE("rounds: after a delay of ours no flood follows", "[latency]") {
    Net net;
    net.set(addresses(1000));
    net.run_for(100ms);
    const std::size_t before = net.sent.size();
    net.now += 1min;
    net.feed(Tick{}, net.now);
    CHECK(net.sent.size() - before <= kBurst + 1);
}

TEST_CASE("rounds: the next one begins an interval after the end of the last", "[latency]") {
    Net net;
    net.distance[address(0)] = 10ms;
    net.set(addresses(1));
    net.run_for(299s);
    CHECK(net.ends.size() == 1);
    net.run_for(5s);
    REQUIRE(net.ends.size() == 2);
    CHECK(net.ends[1].first - net.ends[0].first == 300s + 610ms);
}

TEST_CASE("rounds: while nothing is reachable they come sooner, but ever less so", "[latency]") {
    Net net;
    net.set(addresses(2));
    net.run_for(30min);
    std::vector<Duration> pauses;
    for (std::size_t i = 1; i < net.ends.size(); ++i)
        pauses.push_back(std::chrono::floor<std::chrono::seconds>(net.ends[i].first - net.ends[i - 1].first));
    CHECK(std::vector(pauses.begin(), pauses.begin() + 5) ==
          std::vector<Duration>{32s, 62s, 122s, 242s, 302s});
    net.distance[address(0)] = 10ms;
    net.run_for(1h);
    CHECK(net.of(0).rtt);
}

TEST_CASE("rounds: of a large network most are of the nearest and of where we are connected", "[latency]") {
    Net net({.jitter = 0, .nearest = 10, .full_every = 4});
    for (unsigned i = 0; i < 100; ++i) net.distance[address(i)] = 1ms * (i + 1);
    net.set(addresses(100), {address(99)});
    net.run_for(10s);
    REQUIRE(net.sent.size() == 300);
    net.run_for(305s);
    CHECK(net.sent.size() == 300 + 33);
    CHECK(net.sent_to(address(9)) == 6);
    CHECK(net.sent_to(address(10)) == 3);
    CHECK(net.sent_to(address(99)) == 6);
    net.run_for(3 * 305s);
    CHECK(net.sent_to(address(10)) == 6);
    CHECK(net.ends.back().second);
}

TEST_CASE("rounds: a near address that fell silent is asked again with the near ones", "[latency]") {
    Net net({.jitter = 0, .nearest = 1, .full_every = 100});
    net.distance = {{address(0), 1ms}, {address(1), 2ms}};
    net.set(addresses(2));
    net.run_for(10s);
    net.distance.erase(address(0));
    net.run_for(305s);
    CHECK_FALSE(net.of(0).rtt);
    net.distance[address(0)] = 1ms;
    net.run_for(305s);
    CHECK(net.of(0).rtt);
}

TEST_CASE("rounds: a new address is asked at once, and does not put the others off", "[latency]") {
    Net net;
    net.distance = {{address(0), 1ms}, {address(1), 2ms}};
    net.set(addresses(1));
    net.run_for(200s);
    net.set(addresses(2));
    net.run_for(2s);
    CHECK(net.of(1).rtt);
    CHECK(net.sent_to(address(0)) == 3);
    net.run_for(100s);
    CHECK(net.sent_to(address(0)) == 6);
}

TEST_CASE("rounds: an address that is gone is forgotten, even while it is being asked", "[latency]") {
    Net net;
    net.distance = {{address(0), 1s}, {address(1), 1s}};
    net.set(addresses(2));
    net.run_for(100ms);
    net.set({address(1)});
    net.run_for(5s);
    CHECK(net.rounds.ready());
    CHECK(net.rounds.measurements().size() == 1);
    CHECK(net.sent_to(address(0)) == 1);
    net.set({});
    CHECK(net.rounds.measurements().empty());
}

TEST_CASE("rounds: only so many echoes are remembered", "[latency]") {
    Net net({.interval = 10s, .jitter = 0, .remembered = 7});
    net.distance[address(0)] = 10ms;
    net.set(addresses(1));
    net.run_for(5min);
    CHECK(net.of(0).recent.size() == 7);
}

TEST_CASE("rounds: no order of events breaks them, and every echo is accounted for", "[latency]") {
    rc::prop("received <= sent, unreachable without time, reachable with one", [] {
        Net net({.interval = 5s, .retry = 1s, .nearest = 2, .full_every = 2, .remembered = 6});
        const auto steps = *rc::gen::container<std::vector<std::pair<unsigned, unsigned>>>(
            rc::gen::pair(rc::gen::inRange(0U, 5U), rc::gen::inRange(0U, 8U)));
        for (const auto& [what, number] : steps) {
            if (what == 0) net.set(addresses(number));
            if (what == 1) net.distance[address(number)] = 1ms * (number + 1);
            if (what == 2) net.distance.erase(address(number));
            if (what == 3) net.feed(SendFailed{.sequence = static_cast<std::uint16_t>(number)}, net.now);
            if (what == 4) net.run_for(1s * number);
        }
        net.run_for(60s);
        for (const auto& [where, measurement] : net.rounds.measurements()) {
            RC_ASSERT(measurement.sent == 3U);
            RC_ASSERT(measurement.received <= measurement.sent);
            RC_ASSERT(measurement.rtt.has_value() == (measurement.received > 0));
            RC_ASSERT(!measurement.rtt || measurement.rtt->min > 0ns);
        }
        RC_ASSERT(net.rounds.measurements().size() == net.rounds.targets());
    });
}
