// The scenarios of ledger.md 7 on users' BGP status, as signed transactions.
#include <catch2/catch.hpp>

#include "ledger/limits.hpp"
#include "tests/program/world.hpp"

using namespace dz;
using namespace dz::test;
using ledger::BgpStatus;

namespace {

const Ipv4 kClient = ip(9, 128, 0, 100);

struct Reported : Network {
    Reported() {
        REQUIRE(set_pass("alice", kClient) == "ok");
        REQUIRE(create_user("alice", kClient) == "ok");
    }
    std::string report(const std::string& payer, BgpStatus status, std::uint64_t rtt) {
        return send(payer, as(payer).make(ix::SetUserBgpStatus{status, rtt}, {user(kClient), device}));
    }
};

}  // namespace

TEST_CASE("bgp status 34: the first report of a new user is stored with its slot", "[program]") {
    Reported world;
    world.now.slot = 4711;
    CHECK(world.report("publisher", BgpStatus::Up, 5'500'000) == "ok");
    const auto user = world.get_user(kClient);
    CHECK(user.bgp_status == BgpStatus::Up);
    CHECK(user.last_bgp_up_at == 4711);
    CHECK(user.last_bgp_reported_at == 4711);
    CHECK(user.bgp_rtt_ns == 5'500'000);
}

TEST_CASE("bgp status 35: a first report of down leaves the time of up at zero", "[program]") {
    Reported world;
    CHECK(world.report("publisher", BgpStatus::Down, 0) == "ok");
    const auto user = world.get_user(kClient);
    CHECK(user.bgp_status == BgpStatus::Down);
    CHECK(user.last_bgp_up_at == 0);
    CHECK(user.last_bgp_reported_at == world.now.slot);
    CHECK(user.bgp_rtt_ns == 0);
}

TEST_CASE("bgp status 36: the time of up follows every report of up, the time of report every report",
          "[program]") {
    Reported world;
    world.now.slot = 1000;
    REQUIRE(world.report("publisher", BgpStatus::Up, 7) == "ok");
    world.now.slot = 1010;
    REQUIRE(world.report("publisher", BgpStatus::Down, 0) == "ok");
    CHECK(world.get_user(kClient).last_bgp_up_at == 1000);
    CHECK(world.get_user(kClient).last_bgp_reported_at == 1010);
    CHECK(world.get_user(kClient).bgp_rtt_ns == 0);
    world.now.slot = 1020;
    REQUIRE(world.report("publisher", BgpStatus::Up, 8) == "ok");
    world.now.slot = 1030;
    REQUIRE(world.report("publisher", BgpStatus::Up, 9) == "ok");
    CHECK(world.get_user(kClient).last_bgp_up_at == 1030);
    CHECK(world.get_user(kClient).bgp_rtt_ns == 9);
}

TEST_CASE("bgp status 37: only the publisher of the user's own device reports", "[program]") {
    Reported world;
    CHECK(world.report("mallory", BgpStatus::Up, 1) == "8 NotAllowed");
    CHECK(world.report("foundation", BgpStatus::Up, 1) == "8 NotAllowed");
    CHECK(world.report("alice", BgpStatus::Up, 1) == "8 NotAllowed");
    world.device = world.add_device("la2-dz01", 1, {Prefix{ip(9, 128, 1, 136), 29}});
    CHECK(world.report("publisher", BgpStatus::Up, 1) == "8 NotAllowed");
}

TEST_CASE("bgp status 38: a payload of one byte means no sample", "[program]") {
    Reported world;
    REQUIRE(world.report("publisher", BgpStatus::Up, 5) == "ok");
    auto instruction = world.as("publisher")
                           .make(ix::SetUserBgpStatus{BgpStatus::Up, 0}, {world.user(kClient), world.device});
    instruction.data.resize(2);  // number and status
    CHECK(world.send("publisher", instruction) == "ok");
    CHECK(world.get_user(kClient).bgp_rtt_ns == 0);
}

TEST_CASE("bgp status 38: a user of March 2026 grows, and the publisher pays for it", "[program]") {
    Reported world;
    const PublicKey user = world.user(kClient);
    const auto before = world.get_user(kClient);
    auto old = world.account(user);
    old.data.resize(176);
    old.lamports = ledger::rent_exempt_lamports(176);
    world.put(user, old);
    const std::uint64_t balance = world.balance(world.pk("publisher"));

    CHECK(world.report("publisher", BgpStatus::Up, 12'345'678) == "ok");
    CHECK(world.account(user).data.size() == 206);
    CHECK(world.balance(user) == ledger::rent_exempt_lamports(206));
    CHECK(balance - world.balance(world.pk("publisher")) == 30 * 6960 + devnet::kLamportsPerSignature);
    auto expected = before;
    expected.bgp_status = BgpStatus::Up;
    expected.last_bgp_up_at = expected.last_bgp_reported_at = world.now.slot;
    expected.bgp_rtt_ns = 12'345'678;
    CHECK(world.get_user(kClient) == expected);
    // Paid once.
    const std::uint64_t grown = world.balance(world.pk("publisher"));
    REQUIRE(world.report("publisher", BgpStatus::Up, 1) == "ok");
    CHECK(grown - world.balance(world.pk("publisher")) == devnet::kLamportsPerSignature);
}

TEST_CASE("bgp status: a banned user may be reported on, one with a bad address not", "[program]") {
    Reported world;
    auto user = world.get_user(kClient);
    user.dz_ip = Ipv4{};
    world.set(world.user(kClient), user);
    CHECK(world.report("publisher", BgpStatus::Up, 1) == "27 InvalidDzIp");
    user.status = ledger::UserStatus::Banned;
    world.set(world.user(kClient), user);
    CHECK(world.report("publisher", BgpStatus::Down, 0) == "ok");
}

TEST_CASE("bgp status: a user account that is passed read only cannot be written", "[program]") {
    Reported world;
    auto instruction = world.as("publisher")
                           .make(ix::SetUserBgpStatus{BgpStatus::Up, 0}, {world.user(kClient), world.device});
    instruction.accounts[0].writable = false;
    CHECK(world.send("publisher", instruction) == "ProgramFailedToComplete");
}
