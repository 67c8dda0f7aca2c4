#include "fetcher/read.hpp"

#include <catch2/catch.hpp>

#include "base/run.hpp"
#include "tests/support/fake_network.hpp"

namespace dz::fetcher {
namespace {

using namespace test;

struct World {
    EventLoop loop;
    FakeClock clock{loop};
    FakeRpc rpc{clock};
    ledger::Addresses addresses{kProgram};

    World() { found_network(rpc); }

    Result<Answer> mine(const ledger::Snapshot* previous = nullptr) {
        rpc.calls.clear();
        return run(loop, read_mine(rpc, addresses, kClientIp,
                                   references(previous, kClientIp, addresses.global_config())));
    }
};

TEST_CASE("read: ours are our users and what they refer to", "[fetcher]") {
    World world;
    auto ours = user(ledger::UserType::Multicast);
    ours.tenant_pk = kTenant;
    ours.publishers = {kGroup1};
    ours.subscribers = {kGroup1, kGroup2};
    auto stranger = user();
    stranger.client_ip = ip("9.128.0.77");
    stranger.device_pk = kDeviceB;
    world.rpc.put(kUser, ours);
    world.rpc.put(kOtherUser, stranger);

    const auto answer = world.mine();
    REQUIRE(answer);
    const auto& snapshot = *answer->snapshot;
    CHECK(snapshot.scope() == ledger::Scope::Mine);
    CHECK(snapshot.slot() == world.rpc.now());
    CHECK(snapshot.global_config() != nullptr);
    CHECK(snapshot.users().size() == 1);
    CHECK(snapshot.devices().size() == 1);
    CHECK(snapshot.device(kDeviceA) != nullptr);
    CHECK(snapshot.exchange(kExchange) != nullptr);
    CHECK(snapshot.tenant(kTenant) != nullptr);
    CHECK(snapshot.multicast_groups().size() == 2);
}

TEST_CASE("read: the first read finds references step by step, the next one asks for all at once",
          "[fetcher]") {
    World world;
    world.rpc.put(kUser, user());
    const auto first = world.mine();
    REQUIRE(first);
    CHECK(world.rpc.calls == std::vector<std::string>{"program 2", "keys 1", "keys 1", "keys 1"});
    const auto second = world.mine(first->snapshot.get());
    REQUIRE(second);
    CHECK(world.rpc.calls == std::vector<std::string>{"program 2", "keys 3"});
}

TEST_CASE("read: a device that is not there does not keep us asking", "[fetcher]") {
    World world;
    world.rpc.put(kUser, user());
    world.rpc.remove(kDeviceA);
    const auto answer = world.mine();
    REQUIRE(answer);
    CHECK(answer->snapshot->devices().empty());
    CHECK(world.rpc.calls == std::vector<std::string>{"program 2", "keys 1", "keys 1"});
}

TEST_CASE("read: a failure of any part is a failure of the whole", "[fetcher]") {
    World world;
    world.rpc.put(kUser, user());
    world.rpc.fail_next(1, Errc::Timeout);
    const auto answer = world.mine();
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == Errc::Timeout);
}

TEST_CASE("read: undecodable accounts are named, those of an unknown kind are not", "[fetcher]") {
    World world;
    world.rpc.put_bytes(key(50), Bytes{14, 1, 2, 3});  // a reservation of an impossible length
    world.rpc.put_bytes(key(51), Bytes{99, 1, 2, 3});
    const auto answer = run(world.loop, read_catalogue(world.rpc, kProgram));
    REQUIRE(answer);
    CHECK(answer->undecodable == std::vector{key(50)});
    CHECK(answer->snapshot->unknown_accounts() == 1);
    CHECK(answer->snapshot->devices().size() == 2);
}

TEST_CASE("read: more than a hundred references are asked for in several questions", "[fetcher]") {
    World world;
    auto ours = user(ledger::UserType::Multicast);
    for (std::uint8_t i = 0; i < 130; ++i) {
        ledger::PublicKey group_key = key(i);
        group_key.bytes[0] = 1;
        ours.subscribers.push_back(group_key);
        world.rpc.put(group_key, group("g", "233.84.178.9"));
    }
    world.rpc.put(kUser, ours);
    const auto answer = world.mine();
    REQUIRE(answer);
    CHECK(answer->snapshot->multicast_groups().size() == 130);
}

}  // namespace
}  // namespace dz::fetcher
