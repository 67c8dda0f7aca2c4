#include "fetcher/fetcher.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "base/run.hpp"
#include "tests/support/fake_network.hpp"

namespace dz::fetcher {
namespace {

using namespace test;

struct World {
    EventLoop loop;
    FakeClock clock{loop};
    FakeRpc rpc{clock};
    metrics::Registry registry;
    Metrics metrics{registry};
    std::vector<std::string> log;
    int changes = 0;
    Fetcher fetcher;

    explicit World(ledger::Scope scope = ledger::Scope::Mine)
        : fetcher(loop, clock, rpc, metrics, Log::to_lines(log),
                  {.program = kProgram, .scope = scope, .jitter = 0, .trust = {}}) {
        found_network(rpc);
        rpc.put(kUser, user());
        fetcher.on_change([this] { ++changes; });
        boost::asio::co_spawn(loop, fetcher.run(), boost::asio::detached);
        settle();
    }
    void start() {
        fetcher.follow(kClientIp);
        fetcher.set_active(true);
        settle();
    }
    void settle() { clock.advance(0s); }
    bool has_user() const { return fetcher.view().snapshot && fetcher.view().snapshot->user(kUser); }
    /// Starts `refresh` and lets it wait.
    void refresh(std::optional<Result<View>>& answer, Duration limit) {
        boost::asio::co_spawn(loop, fetcher.refresh(clock.now() + limit),
                              [&answer](std::exception_ptr, Result<View> view) { answer = std::move(view); });
        settle();
    }
};

TEST_CASE("fetcher: nothing is read while inactive", "[fetcher]") {
    World world;
    world.fetcher.follow(kClientIp);
    world.clock.advance(60s);
    world.fetcher.poke();
    world.settle();
    CHECK(world.rpc.calls.empty());
    CHECK_FALSE(world.fetcher.view().snapshot);
}

TEST_CASE("fetcher: nothing is read without a client ip", "[fetcher]") {
    World world;
    world.fetcher.set_active(true);
    world.clock.advance(60s);
    CHECK(world.rpc.calls.empty());
}

TEST_CASE("fetcher: activation reads at once, and then once an interval", "[fetcher]") {
    World world;
    world.start();
    CHECK(world.has_user());
    CHECK(world.rpc.program_calls() == 1);
    world.clock.advance(9s);
    CHECK(world.rpc.program_calls() == 1);
    world.clock.advance(1s);
    CHECK(world.rpc.program_calls() == 2);
    world.clock.advance(100s);
    CHECK(world.rpc.program_calls() == 12);
}

TEST_CASE("fetcher: an equal answer keeps the snapshot and tells nobody", "[fetcher]") {
    World world;
    world.start();
    const auto before = world.fetcher.view();
    const int changes = world.changes;
    world.rpc.set_slot(500);
    world.clock.advance(10s);
    const auto after = world.fetcher.view();
    CHECK(after.snapshot == before.snapshot);
    CHECK(after.slot == Slot{500});
    CHECK(after.age == 0s);
    CHECK(world.changes == changes);
}

TEST_CASE("fetcher: a poke reads at once", "[fetcher]") {
    World world;
    world.start();
    auto changed = user();
    changed.device_pk = kDeviceB;
    world.rpc.put(kUser, changed);
    world.fetcher.poke();
    world.settle();
    REQUIRE(world.has_user());
    CHECK(world.fetcher.view().snapshot->user(kUser)->device_pk == kDeviceB);
    CHECK(world.fetcher.view().snapshot->device(kDeviceB) != nullptr);
}

TEST_CASE("fetcher: a failed read keeps the last data, and the view says so", "[fetcher]") {
    World world;
    world.start();
    world.rpc.fail_always();
    world.clock.advance(300s);
    const auto view = world.fetcher.view();
    CHECK(world.has_user());
    CHECK(view.stale);
    CHECK(view.age == 300s);
    REQUIRE(view.error);
    CHECK(view.error->code == Errc::Unavailable);
    CHECK(world.metrics.error_stale.Value() == 30);
    CHECK(world.metrics.stale_age_seconds.Value() == 300);

    world.rpc.heal();
    world.clock.advance(10s);
    CHECK_FALSE(world.fetcher.view().stale);
    CHECK_FALSE(world.fetcher.view().error);
    CHECK(world.metrics.stale_age_seconds.Value() == 0);
}

TEST_CASE("fetcher: a ledger that is down at the start is asked until it is there", "[fetcher]") {
    World world;
    world.rpc.fail_always();
    world.start();
    CHECK_FALSE(world.fetcher.view().snapshot);
    CHECK(world.fetcher.view().error);
    CHECK_FALSE(world.fetcher.view().stale);
    CHECK(world.metrics.error_no_cache.Value() == 1);
    world.rpc.heal();
    world.clock.advance(10s);
    CHECK(world.has_user());
}

TEST_CASE("fetcher: the same failure is logged once", "[fetcher]") {
    World world;
    world.start();
    world.rpc.fail_always();
    world.clock.advance(100s);
    CHECK(std::ranges::count_if(world.log, [](const auto& line) { return line.contains("WARN"); }) == 1);
}

TEST_CASE("fetcher: a hung read ends after its timeout and does not block the view", "[fetcher]") {
    World world;
    world.start();
    world.rpc.latency = 1h;
    world.clock.advance(10s);  // the next poll hangs
    CHECK(world.has_user());
    world.clock.advance(30s);
    REQUIRE(world.fetcher.view().error);
    CHECK(world.fetcher.view().error->code == Errc::Timeout);
}

TEST_CASE("fetcher: one answer without our user is asked again soon, the second one counts", "[fetcher]") {
    World world;
    world.start();
    world.rpc.remove(kUser);
    world.clock.advance(10s);
    CHECK(world.has_user());
    CHECK(world.fetcher.view().doubt == "user " + kUser.to_string() + " is missing from the answer");
    world.clock.advance(500ms);
    CHECK_FALSE(world.has_user());
    CHECK(world.fetcher.view().doubt.empty());
}

TEST_CASE("fetcher: a user that one answer lacked and the next one has was never gone", "[fetcher]") {
    World world;
    world.start();
    const auto before = world.fetcher.view().snapshot;
    world.rpc.remove(kUser);
    world.clock.advance(10s);
    world.rpc.put(kUser, user());
    world.clock.advance(500ms);
    CHECK(world.fetcher.view().snapshot == before);
    CHECK(world.fetcher.view().doubt.empty());
}

TEST_CASE("fetcher: an empty ledger after a full one is an error and takes nothing away", "[fetcher]") {
    World world;
    world.start();
    world.rpc.clear();
    world.clock.advance(120s);
    CHECK(world.has_user());
    CHECK(world.fetcher.view().stale);
    CHECK(world.metrics.refused.Value() == 12);
}

TEST_CASE("fetcher: an endpoint that stays behind is not asked faster and faster", "[fetcher]") {
    World world;
    world.rpc.set_slot(1000);
    world.start();
    world.rpc.set_slot(10);
    world.rpc.calls.clear();
    world.clock.advance(100s);
    CHECK(world.rpc.program_calls() < 20);
    CHECK(world.fetcher.view().slot == Slot{1000});
}

TEST_CASE("fetcher: refresh gives the view after a new read", "[fetcher]") {
    World world;
    world.fetcher.follow(kClientIp);
    world.settle();
    std::optional<Result<View>> answer;
    world.refresh(answer, 5s);
    REQUIRE(answer);
    REQUIRE(*answer);
    CHECK((*answer)->snapshot->user(kUser) != nullptr);
}

/// What a fetcher keeps of one user.
LastGood kept() {
    World world;
    LastGood result;
    world.fetcher.on_accepted([&](const LastGood& last_good) { result = last_good; });
    world.start();
    return result;
}

TEST_CASE("fetcher: after a restart with the ledger down it goes by what was kept", "[fetcher]") {
    World world;
    world.fetcher.offer(*decode_last_good(encode(kept())));
    world.rpc.fail_always();
    world.clock.advance(100s);
    world.start();
    CHECK(world.has_user());
    CHECK(world.fetcher.view().snapshot->device(kDeviceA) != nullptr);
    CHECK(world.fetcher.view().stale);
    CHECK(world.fetcher.view().age == 100s);
    CHECK(world.fetcher.view().error);

    world.rpc.set_slot(3);  // a ledger that began anew
    world.rpc.heal();
    world.clock.advance(10s);
    CHECK_FALSE(world.fetcher.view().stale);
    CHECK(world.fetcher.view().age == 0s);
}

TEST_CASE("fetcher: what was kept does not count where the ledger answers", "[fetcher]") {
    World world;
    world.fetcher.offer(kept());
    world.rpc.remove(kUser);
    world.start();
    CHECK_FALSE(world.has_user());
    world.rpc.fail_always();
    world.clock.advance(100s);
    CHECK_FALSE(world.has_user());
}

TEST_CASE("fetcher: what was kept of another client or program does not count", "[fetcher]") {
    World world;
    auto other = kept();
    SECTION("client") {
        other.client_ip = ip("9.128.0.6");
    }
    SECTION("program") {
        other.program = key(201);
    }
    world.fetcher.offer(other);
    world.rpc.fail_always();
    world.start();
    CHECK_FALSE(world.fetcher.view().snapshot);
}

TEST_CASE("fetcher: an equal answer is not kept again", "[fetcher]") {
    World world;
    int times = 0;
    world.fetcher.on_accepted([&](const LastGood&) { ++times; });
    world.start();
    world.clock.advance(100s);
    CHECK(times == 1);
}

TEST_CASE("fetcher: callers share the read in flight", "[fetcher]") {
    World world;
    world.rpc.latency = 2s;
    world.start();
    world.rpc.calls.clear();
    world.clock.advance(20s);
    world.rpc.calls.clear();
    std::optional<Result<View>> first, second;
    world.refresh(first, 30s);
    world.refresh(second, 30s);
    world.clock.advance(3s);
    CHECK(first);
    CHECK(second);
    CHECK(world.rpc.program_calls() == 1);
}

TEST_CASE("fetcher: a caller's deadline ends its wait and not the read", "[fetcher]") {
    World world;
    world.rpc.latency = 2s;
    world.fetcher.follow(kClientIp);
    std::optional<Result<View>> answer;
    world.refresh(answer, 1s);
    world.clock.advance(1s);
    REQUIRE(answer);
    REQUIRE_FALSE(*answer);
    CHECK(answer->error().code == Errc::Timeout);
    world.clock.advance(60s);
    CHECK(world.has_user());
}

TEST_CASE("fetcher: refresh without a client ip says why it cannot", "[fetcher]") {
    World world;
    const auto answer = run(world.loop, world.fetcher.refresh(world.clock.now() + 1s));
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == Errc::Unavailable);
}

TEST_CASE("fetcher: another client ip makes the snapshot void", "[fetcher]") {
    World world;
    world.start();
    REQUIRE(world.has_user());
    world.fetcher.follow(ip("9.128.0.6"));
    CHECK_FALSE(world.fetcher.view().snapshot);
    world.settle();
    REQUIRE(world.fetcher.view().snapshot);
    CHECK(world.fetcher.view().snapshot->users().empty());
}

TEST_CASE("fetcher: an answer about a client ip that is no longer ours is dropped", "[fetcher]") {
    World world;
    world.rpc.latency = 1s;
    world.start();
    world.fetcher.follow(ip("9.128.0.6"));
    bool seen = false;
    for (int i = 0; i < 300; ++i) {
        world.clock.advance(100ms);
        seen = seen || world.has_user();
    }
    CHECK_FALSE(seen);
    REQUIRE(world.fetcher.view().snapshot);
    CHECK(world.fetcher.view().snapshot->users().empty());
}

TEST_CASE("fetcher: the catalogue is read only while somebody wants it", "[fetcher]") {
    World world;
    world.start();
    CHECK_FALSE(world.fetcher.catalogue());
    world.fetcher.want_catalogue(true);
    world.settle();
    REQUIRE(world.fetcher.catalogue());
    CHECK(world.fetcher.catalogue()->devices().size() == 2);
    world.rpc.calls.clear();
    world.clock.advance(50s);
    CHECK(std::ranges::count(world.rpc.calls, "program 0") == 0);
    world.clock.advance(20s);
    CHECK(std::ranges::count(world.rpc.calls, "program 0") == 1);
    world.fetcher.want_catalogue(false);
    CHECK_FALSE(world.fetcher.catalogue());
}

TEST_CASE("fetcher: in catalogue scope the view holds everybody's users", "[fetcher]") {
    World world(ledger::Scope::Catalogue);
    world.fetcher.set_active(true);
    world.settle();
    REQUIRE(world.has_user());
    CHECK(world.fetcher.view().snapshot->devices().size() == 2);
    CHECK(world.rpc.calls == std::vector<std::string>{"program 0"});
    world.rpc.remove(kUser);
    world.clock.advance(10s);
    CHECK_FALSE(world.has_user());  // nobody's client ip is ours: believed at once
}

TEST_CASE("fetcher: polls are spread by the jitter", "[fetcher]") {
    World world;
    metrics::Registry registry;
    Metrics metrics(registry);
    Fetcher jittery(world.loop, world.clock, world.rpc, metrics, Log::none(),
                    {.program = kProgram, .scope = ledger::Scope::Catalogue, .jitter = 0.5, .trust = {}});
    boost::asio::co_spawn(world.loop, jittery.run(), boost::asio::detached);
    jittery.set_active(true);
    world.settle();
    std::set<Duration> gaps;  // to half a second
    Duration gap{};
    for (int i = 0; i < 2000; ++i) {
        const auto before = world.rpc.program_calls();
        world.clock.advance(500ms);
        gap += 500ms;
        if (world.rpc.program_calls() == before) continue;
        gaps.insert(gap);
        gap = {};
    }
    REQUIRE_FALSE(gaps.empty());
    CHECK(*gaps.begin() >= 5s);
    CHECK(*gaps.rbegin() <= 15s + 500ms);
    CHECK(gaps.size() > 5);
}

}  // namespace
}  // namespace dz::fetcher
