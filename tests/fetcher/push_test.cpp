// A fetcher that is told of changes, alone and between its reads.
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/system/system_error.hpp>

#include "tests/fetcher/push_world.hpp"

namespace dz::fetcher {
namespace {

using namespace test;

TEST_CASE("push: a new user is there without a poll, with its device and exchange", "[fetcher]") {
    PushWorld world;
    world.start();
    world.rpc.put(kUser, user());
    world.settle();
    REQUIRE(world.user_now() != nullptr);
    const auto view = world.fetcher.view();
    CHECK(view.snapshot->device(kDeviceA) != nullptr);
    CHECK(view.snapshot->exchange(kExchange) != nullptr);
    CHECK(view.slot == world.rpc.now());
}

TEST_CASE("push: a change of what we have needs no question to the ledger", "[fetcher]") {
    PushWorld world;
    world.rpc.put(kUser, user());
    world.start();
    auto moved = user();
    moved.tunnel_net = prefix("169.254.7.0/31");
    world.rpc.put(kUser, moved);
    world.settle();
    CHECK(world.user_now()->tunnel_net == moved.tunnel_net);
    auto other_address = device("dev-a", "9.200.0.77", "9.200.1.8/29");
    world.rpc.put(kDeviceA, other_address);
    world.settle();
    CHECK(world.fetcher.view().snapshot->device(kDeviceA)->public_ip == ip("9.200.0.77"));
    CHECK(world.rpc.calls.empty());
}

TEST_CASE("push: what a user newly refers to is read before the user is shown", "[fetcher]") {
    PushWorld world;
    world.rpc.put(kUser, user());
    world.start();
    std::vector<bool> half;  // a view with the user on a device that is not there
    world.fetcher.on_change([&] {
        const auto view = world.fetcher.view();
        const auto* now = view.snapshot->user(kUser);
        half.push_back(now != nullptr && view.snapshot->device(now->device_pk) == nullptr);
    });
    auto moved = user();
    moved.device_pk = kDeviceB;
    world.rpc.put(kUser, moved);
    world.settle();
    REQUIRE(world.user_now() != nullptr);
    CHECK(world.user_now()->device_pk == kDeviceB);
    CHECK_FALSE(half.empty());
    CHECK(std::ranges::count(half, true) == 0);
    CHECK(world.push.follows(kDeviceB));
    CHECK_FALSE(world.push.follows(kDeviceA));
}

TEST_CASE("push: changes of strangers cause neither questions nor news", "[fetcher]") {
    PushWorld world;
    world.rpc.put(kUser, user());
    world.start();
    const int changes = world.changes;
    for (int i = 0; i < 100; ++i) {
        auto stranger = user();
        stranger.client_ip = ip("9.128.0.77");
        stranger.tunnel_id = static_cast<std::uint16_t>(i);
        world.rpc.put(kOtherUser, stranger);
    }
    world.settle();
    CHECK(world.changes == changes);
    CHECK(world.rpc.calls.empty());
    CHECK(world.metrics.pushed.Value() == 0);
}

TEST_CASE("push: the end of our user is believed when a read says so too", "[fetcher]") {
    PushWorld world;
    world.rpc.put(kUser, user());
    world.start();
    SECTION("it does") {
        world.rpc.remove(kUser);
        world.settle();
        CHECK(world.user_now() == nullptr);
        CHECK(world.fetcher.view().doubt.empty());
    }
    SECTION("it does not") {
        world.push.tell(kUser, {world.rpc.now().value}, nullptr);
        world.settle();
        CHECK(world.user_now() != nullptr);
        CHECK(world.fetcher.view().doubt.empty());
    }
    SECTION("the ledger cannot be asked") {
        world.rpc.fail_always();
        world.rpc.remove(kUser);
        world.settle();
        CHECK(world.user_now() != nullptr);
    }
    SECTION("however often it is pushed") {
        world.rpc.fail_always();
        for (std::uint64_t slot = 1000; slot < 1010; ++slot) world.push.tell(kUser, {slot}, nullptr);
        world.settle();
        CHECK(world.user_now() != nullptr);
    }
}

TEST_CASE("push: a vanished device of ours is doubted like a vanished user", "[fetcher]") {
    PushWorld world;
    world.rpc.put(kUser, user());
    world.start();
    world.rpc.fail_always();
    world.push.tell(kDeviceA, {5000}, nullptr);
    world.settle();
    CHECK(world.fetcher.view().snapshot->device(kDeviceA) != nullptr);
}

TEST_CASE("push: an account that cannot be decoded leaves what we had", "[fetcher]") {
    PushWorld world;
    world.rpc.put(kUser, user());
    world.start();
    const Bytes damaged = {14, 1, 2, 3};  // a reservation of an impossible length
    world.push.tell(kUser, {5000}, &damaged);
    world.settle();
    CHECK(world.user_now() != nullptr);
    CHECK(world.metrics.refused.Value() == 1);
    REQUIRE(world.fetcher.view().error);
    CHECK(world.fetcher.view().error->text.ends_with("a newer release of this program may be needed"));
}

TEST_CASE("push: a user that was cut short on the way is not a user without address", "[fetcher]") {
    PushWorld world;
    world.rpc.put(kUser, user());
    world.start();
    const Bytes cut = {static_cast<std::uint8_t>(ledger::AccountType::User), 1, 2};
    world.push.tell(kUser, {world.rpc.now().value}, &cut);
    world.settle();
    REQUIRE(world.user_now() != nullptr);
    CHECK(world.user_now()->client_ip == kClientIp);
}

TEST_CASE("push: an older slot never overwrites a newer one", "[fetcher]") {
    PushWorld world;
    world.rpc.put(kUser, user());
    world.start();
    auto older = user();
    older.tunnel_id = 999;
    const Bytes data = ledger::encode(older);
    world.push.tell(kUser, {50}, &data);
    world.settle();
    CHECK(world.user_now()->tunnel_id == 500);
    CHECK(world.metrics.outdated.Value() >= 1);
}

TEST_CASE("push: a read that was long under way does not undo what was pushed meanwhile", "[fetcher]") {
    PushWorld world;
    world.rpc.put(kUser, user());
    world.start();
    world.rpc.latency = 5s;
    world.fetcher.poke();
    world.clock.advance(1s);
    auto newer = user();
    newer.tunnel_id = 501;
    const Bytes data = ledger::encode(newer);
    world.push.tell(kUser, {world.rpc.now().value + 100},
                    &data);  // the node that is read does not know it yet
    world.settle();
    CHECK(world.user_now()->tunnel_id == 501);
    world.clock.advance(10s);
    CHECK(world.user_now()->tunnel_id == 501);
}

TEST_CASE("push: what changed while the connection was down is read after it is back", "[fetcher]") {
    PushWorld world;
    world.rpc.put(kUser, user());
    world.start();
    world.push.refuses = true;
    world.push.cut();
    world.settle();
    CHECK_FALSE(world.fetcher.view().pushed);
    auto changed = user();
    changed.tunnel_id = 777;
    world.rpc.put(kUser, changed);
    world.clock.advance(10s);
    CHECK(world.user_now()->tunnel_id == 500);
    world.push.refuses = false;
    world.clock.advance(60s);
    CHECK(world.fetcher.view().pushed);
    CHECK(world.user_now()->tunnel_id == 777);
    CHECK(world.rpc.asked_for.not_before.value > 0);
}

TEST_CASE("push: without pushes it is polled, with them it is read ever more seldom", "[fetcher]") {
    PushWorld world(10s);
    world.rpc.put(kUser, user());
    world.push.refuses = true;
    world.fetcher.follow(kClientIp);
    world.fetcher.set_active(true);
    world.settle();
    world.rpc.calls.clear();
    world.clock.advance(100s);
    CHECK(world.rpc.program_calls() == 10);

    world.push.refuses = false;
    world.clock.advance(60s);
    REQUIRE(world.fetcher.view().pushed);
    world.clock.advance(600s);
    world.rpc.calls.clear();
    world.clock.advance(600s);
    CHECK(world.rpc.program_calls() == 10);
    CHECK_FALSE(world.fetcher.view().stale);

    world.push.refuses = true;
    world.push.cut();
    world.rpc.calls.clear();
    world.clock.advance(100s);
    CHECK(world.rpc.program_calls() >= 9);
}

TEST_CASE("push: while inactive there is no connection", "[fetcher]") {
    PushWorld world;
    CHECK(world.push.dials == 0);
    world.start();
    CHECK(world.push.connected());
    world.fetcher.set_active(false);
    world.settle();
    CHECK_FALSE(world.push.connected());
    world.clock.advance(300s);
    CHECK(world.push.dials == 1);
    world.fetcher.set_active(true);
    world.settle();
    CHECK(world.push.connected());
}

TEST_CASE("push: cancelled in mid-conversation the fetcher ends as cancelled, not as broken", "[fetcher]") {
    PushWorld world;
    Fetcher other(world.loop, world.clock, Sources({{&world.rpc, "first"}}, {world.push.dial()}),
                  world.metrics, Log::none(), {.program = kProgram, .poll_interval = 10s, .trust = {}});
    other.follow(kClientIp);
    other.set_active(true);
    boost::asio::cancellation_signal stop;
    std::exception_ptr end;
    boost::asio::co_spawn(
        world.loop, other.run(),
        boost::asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr error) { end = error; }));
    world.settle();
    REQUIRE(world.push.connected());
    stop.emit(boost::asio::cancellation_type::all);
    world.settle();
    REQUIRE(end);
    CHECK_THROWS_AS(std::rethrow_exception(end), boost::system::system_error);
    CHECK_FALSE(world.push.connected());
}

TEST_CASE("push: another client ip is another subscription", "[fetcher]") {
    PushWorld world;
    world.rpc.put(kUser, user());
    world.start();
    world.fetcher.follow(ip("9.128.0.77"));
    world.settle();
    auto other = user();
    other.client_ip = ip("9.128.0.77");
    world.rpc.put(kOtherUser, other);
    world.settle();
    CHECK(world.fetcher.view().snapshot->user(kOtherUser) != nullptr);
    CHECK(world.user_now() == nullptr);
}

TEST_CASE("push: what is pushed is kept for the next start", "[fetcher]") {
    PushWorld world;
    LastGood kept;
    world.fetcher.on_accepted([&](const LastGood& last_good) { kept = last_good; });
    world.start();
    world.rpc.put(kUser, user());
    world.settle();
    CHECK(kept.slot == world.rpc.now());
    CHECK(std::ranges::count(kept.accounts, kUser, &ledger::KeyedAccount::key) == 1);
}

TEST_CASE("push: the wanted catalogue follows pushes, and is read every ten minutes", "[fetcher]") {
    PushWorld world;
    world.rpc.put(kUser, user());
    world.start();
    world.fetcher.want_catalogue(true);
    world.clock.advance(2s);
    REQUIRE(world.fetcher.catalogue());
    world.rpc.calls.clear();
    world.rpc.put(key(77), device("dev-new", "9.200.0.9", "9.200.9.8/29"));
    world.clock.advance(2s);
    CHECK(world.fetcher.catalogue()->devices().size() == 3);
    CHECK(world.rpc.calls.empty());
    world.clock.advance(590s);
    CHECK(std::ranges::count(world.rpc.calls, "program 0") == 0);
    world.clock.advance(20s);
    CHECK(std::ranges::count(world.rpc.calls, "program 0") == 1);
}

}  // namespace
}  // namespace dz::fetcher
