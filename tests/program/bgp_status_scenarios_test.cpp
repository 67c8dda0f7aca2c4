// The scenarios of ledger.md 7 on users' BGP status, as signed transactions.
#include <catch2/catch.hpp>

#include "ledger/limits.hpp"
#include "tests/program/scenario.hpp"

using namespace dz;
using namespace dz::test;
using ledger::BgpStatus;

namespace {

const Ipv4 kClient = ip(9, 128, 0, 100);

struct Reported : Network {
    explicit Reported(std::shared_ptr<Witness> witness = {}) : Network(std::move(witness)) {
        REQUIRE(set_pass("alice", kClient) == "ok");
        REQUIRE(create_user("alice", kClient) == "ok");
    }
    std::string report(const std::string& payer, BgpStatus status, std::uint64_t rtt) {
        return send(payer, as(payer).make(ix::SetUserBgpStatus{status, rtt}, {user(kClient), device}));
    }
};

}  // namespace

TEST_CASE("scenario 34: the first report of a new user is stored with its slot", "[program]") {
    Reported world(scenario());
    world.wait_slots(4711);
    CHECK(world.report("publisher", BgpStatus::Up, 5'500'000) == "ok");
    const auto user = world.get_user(kClient);
    CHECK(user.bgp_status == BgpStatus::Up);
    CHECK(user.last_bgp_up_at == world.now.slot);
    CHECK(user.last_bgp_reported_at == world.now.slot);
    CHECK(user.bgp_rtt_ns == 5'500'000);
}

TEST_CASE("scenario 35: a first report of down leaves the time of up at zero", "[program]") {
    Reported world(scenario());
    CHECK(world.report("publisher", BgpStatus::Down, 0) == "ok");
    const auto user = world.get_user(kClient);
    CHECK(user.bgp_status == BgpStatus::Down);
    CHECK(user.last_bgp_up_at == 0);
    CHECK(user.last_bgp_reported_at == world.now.slot);
    CHECK(user.bgp_rtt_ns == 0);
}

TEST_CASE("scenario 36: the time of up follows every report of up, the time of report every report",
          "[program]") {
    Reported world(scenario());
    const auto report = [&](BgpStatus status, std::uint64_t rtt) {
        world.wait_slots(10);
        REQUIRE(world.report("publisher", status, rtt) == "ok");
        return world.now.slot;
    };
    const auto up = report(BgpStatus::Up, 7);
    const auto down = report(BgpStatus::Down, 0);
    CHECK(down > up);
    CHECK(world.get_user(kClient).last_bgp_up_at == up);
    CHECK(world.get_user(kClient).last_bgp_reported_at == down);
    CHECK(world.get_user(kClient).bgp_rtt_ns == 0);
    report(BgpStatus::Up, 8);
    const auto still_up = report(BgpStatus::Up, 9);
    CHECK(world.get_user(kClient).last_bgp_up_at == still_up);
    CHECK(world.get_user(kClient).last_bgp_reported_at == still_up);
    CHECK(world.get_user(kClient).bgp_rtt_ns == 9);
}

TEST_CASE("scenario 37: only the publisher of the user's own device reports", "[program]") {
    Reported world(scenario());
    CHECK(world.report("mallory", BgpStatus::Up, 1) == "8 NotAllowed");
    CHECK(world.report("foundation", BgpStatus::Up, 1) == "8 NotAllowed");
    CHECK(world.report("alice", BgpStatus::Up, 1) == "8 NotAllowed");
    world.device = world.add_device("la2-dz01", 1, {Prefix{ip(9, 128, 1, 136), 29}});
    CHECK(world.report("publisher", BgpStatus::Up, 1) == "8 NotAllowed");
}

TEST_CASE("scenario 38a: a payload of one byte means no sample", "[program]") {
    Reported world(scenario());
    REQUIRE(world.report("publisher", BgpStatus::Up, 5) == "ok");
    auto instruction = world.as("publisher")
                           .make(ix::SetUserBgpStatus{BgpStatus::Up, 0}, {world.user(kClient), world.device});
    instruction.data.resize(2);  // number and status
    CHECK(world.send("publisher", instruction) == "ok");
    CHECK(world.get_user(kClient).bgp_rtt_ns == 0);
}

TEST_CASE("scenario 38b: a user of March 2026 grows, and the publisher pays for it", "[program]") {
    Reported world(scenario());
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

TEST_CASE("program: a number that an enumeration does not have aborts", "[program]") {
    Network world;
    REQUIRE(world.set_pass("alice", kClient) == "ok");
    CHECK(world.create_user("alice", kClient, static_cast<ledger::UserType>(9)) == "ProgramFailedToComplete");
    ix::UpdateDevice update;
    update.status = static_cast<ledger::DeviceStatus>(99);
    CHECK(world.send("foundation",
                     world.as("foundation").make(update, {world.device, world.contributor, {}, {}})) ==
          "ProgramFailedToComplete");
}

TEST_CASE("bgp status: a number that is no status aborts", "[program]") {
    Reported world;
    auto instruction = world.as("publisher")
                           .make(ix::SetUserBgpStatus{BgpStatus::Up, 0}, {world.user(kClient), world.device});
    instruction.data[1] = 3;
    CHECK(world.send("publisher", instruction) == "ProgramFailedToComplete");
}
