// Tests for the decision which statuses to write (telemetry.md 1.7 to 1.9), each named after its scenario.
#include "services/telemetry/decide.hpp"

#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>

#include "tests/telemetry/support.hpp"

using namespace dz;
using namespace dz::telemetry;
using namespace dz::test;

namespace {

constexpr TimePoint kNow{1'000'000s};
constexpr std::uint64_t kSlot = 1'000'000;
constexpr std::uint64_t kSlotsPerHour = 9000;  // of 400 ms

/// The ledger says `status` of the user, reported `hours` ago.
telemetry::User ledger_user(std::uint8_t number, BgpStatus status, double hours) {
    const auto age = static_cast<std::uint64_t>(hours * static_cast<double>(kSlotsPerHour));
    return {.key = key(number),
            .tunnel_net = tunnel_net(number),
            .status = status,
            .reported_at = {status == BgpStatus::Unknown ? 0 : kSlot - age},
            .rtt = status == BgpStatus::Up ? Duration(7ms) : Duration{}};
}

/// A device, its users and its reporter.
struct Device {
    Roster roster{.users = {}, .slot = {kSlot}, .read_at = kNow};
    netlink::NamespaceView view;
    std::vector<netlink::NamespaceReport> others;
    Rules rules;
    Memory memory;
    Decision last;

    Device& user(const telemetry::User& user) {
        roster.users.push_back(user);
        return *this;
    }
    Device& tunnel(std::uint8_t number) {
        view.addresses.push_back(tunnel_net(number));
        return *this;
    }
    Device& up(std::uint8_t number, std::chrono::microseconds rtt = 5ms) {
        view.sessions.push_back(session_of(number, rtt));
        return *this;
    }
    Device& down() {
        view.sessions.clear();
        return *this;
    }
    Device& hide(bool hidden) {
        hidden_ = hidden;
        return *this;
    }

    /// A tick `later` than the last; the ledger is read in it.
    std::vector<Write> tick(Duration later = {}) {
        now_ += later;
        roster.read_at = now_;
        roster.slot.value += static_cast<std::uint64_t>(later / rules.slot_time);
        return look();
    }
    /// The same, with the ledger out of reach.
    std::vector<Write> tick_without_ledger(Duration later) {
        now_ += later;
        return look();
    }
    /// The ledger took a write of this process, which the roster does not show yet.
    void wrote(std::uint8_t number, BgpStatus status) {
        memory[key(number)].written = {status, {roster.slot.value + 1}, now_};
    }
    TimePoint now() const { return now_; }

  private:
    std::vector<Write> look() {
        auto reports = others;
        reports.push_back({"vrf1", view});
        if (hidden_) reports.back().view = fail(Errc::Permission, "no");
        last = decide(roster, Observation::from(reports), std::move(memory), rules, now_);
        memory = last.memory;
        return last.writes;
    }
    TimePoint now_ = kNow;
    bool hidden_ = false;
};

using Writes = std::vector<Write>;
const Write kUp1{key(1), BgpStatus::Up, 5ms};
const Write kDown1{key(1), BgpStatus::Down, {}};

}  // namespace

// ---- up or down

TEST_CASE("decide: a session that is seen is up", "[telemetry]") {
    CHECK(effective(true, std::nullopt, kNow, 0s) == BgpStatus::Up);
}

TEST_CASE("decide: one that was never seen is down at once, grace or not", "[telemetry]") {
    CHECK(effective(false, std::nullopt, kNow, 5min) == BgpStatus::Down);
}

TEST_CASE("decide: one that vanished within the grace period is still up", "[telemetry]") {
    CHECK(effective(false, kNow - 1min, kNow, 5min) == BgpStatus::Up);
    CHECK(effective(false, kNow - 10min, kNow, 5min) == BgpStatus::Down);
    CHECK(effective(false, kNow - 5min, kNow, 5min) == BgpStatus::Down);
}

TEST_CASE("decide: without a grace period one that vanished just now is down", "[telemetry]") {
    CHECK(effective(false, kNow, kNow, 0s) == BgpStatus::Down);
}

// ---- when to write

TEST_CASE("decide: a user of whom nothing was ever reported is written", "[telemetry]") {
    Device device;
    device.user(ledger_user(1, BgpStatus::Unknown, 0)).tunnel(1).up(1);
    CHECK(device.tick() == Writes{kUp1});
}

TEST_CASE("decide: a changed status is written", "[telemetry]") {
    Device device;
    device.user(ledger_user(1, BgpStatus::Down, 0.1)).tunnel(1).up(1);
    CHECK(device.tick() == Writes{kUp1});
}

TEST_CASE("decide: an unchanged status is written again only after the refresh interval", "[telemetry]") {
    Device fresh;
    fresh.user(ledger_user(1, BgpStatus::Up, 1)).tunnel(1).up(1);
    CHECK(fresh.tick().empty());
    Device old;
    old.user(ledger_user(1, BgpStatus::Up, 7)).tunnel(1).up(1);
    CHECK(old.tick() == Writes{kUp1});
}

TEST_CASE("decide: a restart writes nothing that the ledger says already", "[telemetry]") {
    Device device;
    device.user(ledger_user(1, BgpStatus::Up, 5)).tunnel(1).up(1);
    device.user(ledger_user(2, BgpStatus::Down, 5)).tunnel(2);
    CHECK(device.tick().empty());
    CHECK(device.tick(30min).empty());
    CHECK(device.tick(31min).size() == 2);
}

TEST_CASE("decide: a changed round-trip time alone is not written", "[telemetry]") {
    Device device;
    device.user(ledger_user(1, BgpStatus::Up, 0.1)).tunnel(1).up(1, 80ms);
    CHECK(device.tick().empty());
}

TEST_CASE("decide: with down the round-trip time is 0", "[telemetry]") {
    Device device;
    device.user(ledger_user(1, BgpStatus::Up, 0.1)).tunnel(1);
    CHECK(device.tick() == Writes{kDown1});
}

TEST_CASE("decide: a write that is under way is not repeated", "[telemetry]") {
    Device device;
    device.user(ledger_user(1, BgpStatus::Unknown, 0)).tunnel(1).up(1);
    REQUIRE(device.tick().size() == 1);
    device.memory.at(key(1)).pending = true;
    CHECK(device.tick(60s).empty());
}

TEST_CASE("decide: our own write counts before the ledger shows it", "[telemetry]") {
    Device device;
    device.user(ledger_user(1, BgpStatus::Unknown, 0)).tunnel(1).up(1);
    device.tick();
    device.wrote(1, BgpStatus::Up);
    CHECK(device.tick(1s).empty());
}

TEST_CASE("decide: our own write counts as long as the ledger cannot be read", "[telemetry]") {
    Device device;
    device.user(ledger_user(1, BgpStatus::Unknown, 0)).tunnel(1).up(1);
    device.tick();
    device.wrote(1, BgpStatus::Up);
    CHECK(device.tick_without_ledger(1h).empty());
    CHECK(device.tick_without_ledger(5h) == Writes{kUp1});  // the refresh
}

TEST_CASE("decide: a write that the ledger has lost is repeated", "[telemetry]") {
    Device device;
    device.user(ledger_user(1, BgpStatus::Unknown, 0)).tunnel(1).up(1);
    device.tick();
    device.wrote(1, BgpStatus::Up);
    CHECK(device.tick(device.rules.settle + 1s) == Writes{kUp1});
}

TEST_CASE("decide: what somebody else wrote later is put right", "[telemetry]") {
    Device device;
    device.user(ledger_user(1, BgpStatus::Unknown, 0)).tunnel(1).up(1);
    device.tick();
    device.wrote(1, BgpStatus::Up);
    device.roster.users[0].status = BgpStatus::Down;
    device.roster.users[0].reported_at = {device.roster.slot.value + 5};
    CHECK(device.tick(10s) == Writes{kUp1});
}

TEST_CASE("decide: a report of a slot that is yet to come is as good as new", "[telemetry]") {
    Device device;
    auto user = ledger_user(1, BgpStatus::Up, 0);
    user.reported_at = {kSlot + 500};
    device.user(user).tunnel(1).up(1);
    CHECK(device.tick().empty());
}

// ---- grace

TEST_CASE("decide: a session that flaps within the grace period is never written", "[telemetry]") {
    Device device;
    device.rules.grace = 5min;
    device.user(ledger_user(1, BgpStatus::Up, 0.1)).tunnel(1).up(1);
    for (int i = 0; i < 10; ++i) {
        CHECK(device.up(1).tick(60s).empty());
        CHECK(device.down().tick(60s).empty());
    }
    CHECK(device.tick(4min) == Writes{kDown1});
}

TEST_CASE("decide: a restart in a short flap does not cut the grace period short", "[telemetry]") {
    Device device;
    device.rules.grace = 5min;
    device.user(ledger_user(1, BgpStatus::Up, 0.1)).tunnel(1);
    CHECK(device.tick().empty());
    CHECK(device.tick(4min).empty());
    CHECK(device.tick(1min) == Writes{kDown1});
}

TEST_CASE("decide: a refresh within the grace period keeps the last round-trip time", "[telemetry]") {
    Device device;
    device.rules.grace = 5min;
    device.user(ledger_user(1, BgpStatus::Up, 5.99)).tunnel(1).up(1, 9ms);
    CHECK(device.tick().empty());
    CHECK(device.down().tick(2min) == Writes{{key(1), BgpStatus::Up, 9ms}});
    Device restarted;
    restarted.rules.grace = 5min;
    restarted.user(ledger_user(1, BgpStatus::Up, 7)).tunnel(1);
    CHECK(restarted.tick() == Writes{{key(1), BgpStatus::Up, 7ms}});  // as the ledger has it
}

// ---- tunnels and namespaces

TEST_CASE("decide: a user that is up and whose tunnel is gone is down", "[telemetry]") {
    Device device;
    device.user(ledger_user(1, BgpStatus::Up, 0.1));
    CHECK(device.tick() == Writes{kDown1});
}

TEST_CASE("decide: a user without tunnel that was never up is left alone", "[telemetry]") {
    Device device;
    device.user(ledger_user(1, BgpStatus::Unknown, 0)).user(ledger_user(2, BgpStatus::Down, 7));
    CHECK(device.tick().empty());
    CHECK(device.last.without_tunnel == 2);
}

TEST_CASE("decide: if wanted, a user without tunnel is reported as down after one grace period",
          "[telemetry]") {
    Device device;
    device.rules.grace = 5min;
    device.rules.report_unseen = true;
    device.user(ledger_user(1, BgpStatus::Unknown, 0));
    CHECK(device.tick().empty());
    CHECK(device.tick(5min) == Writes{kDown1});
    device.wrote(1, BgpStatus::Down);
    CHECK(device.tick(10s).empty());
}

TEST_CASE("decide: users of a namespace that cannot be read keep their status", "[telemetry]") {
    Device device;
    device.others.push_back({"vrf2", netlink::NamespaceView{}});
    device.user(ledger_user(1, BgpStatus::Up, 0.1)).tunnel(1).up(1);
    CHECK(device.tick().empty());
    CHECK(device.hide(true).tick(60s).empty());
    CHECK(device.last.hidden == 1);
    CHECK(device.hide(false).down().tick(60s) == Writes{kDown1});
}

TEST_CASE(
    "decide: after a restart a tunnel that is not to be found may be in the namespace that cannot be read",
    "[telemetry]") {
    Device device;
    device.others.push_back({"vrf2", netlink::NamespaceView{}});
    device.user(ledger_user(1, BgpStatus::Up, 0.1));
    CHECK(device.hide(true).tick().empty());
}

TEST_CASE("decide: a tunnel that is gone from a namespace that can be read is gone, whatever else is hidden",
          "[telemetry]") {
    Device device;
    device.user(ledger_user(1, BgpStatus::Up, 0.1)).tunnel(1).up(1);
    CHECK(device.tick().empty());
    device.view = {};
    device.others.push_back({"vrf2", fail(Errc::Permission, "no")});
    CHECK(device.tick(60s) == Writes{kDown1});
}

TEST_CASE("decide: a multicast user's tunnel is found in the default namespace", "[telemetry]") {
    Device device;
    netlink::NamespaceView root;
    root.addresses = {tunnel_net(1)};
    root.sessions = {session_of(1)};
    device.others.push_back({"default", root});
    device.user(ledger_user(1, BgpStatus::Unknown, 0));
    CHECK(device.tick() == Writes{kUp1});
}

TEST_CASE("decide: a tunnel network that is zero or no /31 matches no tunnel", "[telemetry]") {
    Device device;
    auto zero = ledger_user(1, BgpStatus::Unknown, 0);
    zero.tunnel_net = prefix("0.0.0.0/0");
    auto wide = ledger_user(2, BgpStatus::Up, 0);
    wide.tunnel_net = prefix("10.0.2.0/30");
    device.user(zero).user(wide).tunnel(1).up(1).tunnel(2).up(2);
    CHECK(device.tick().empty());
    CHECK(device.last.unmappable == 2);
}

// ---- refusals and users that leave

TEST_CASE("decide: a user that the ledger refused is left alone for longer and longer", "[telemetry]") {
    CHECK(refusal_pause(1) == 1min);
    CHECK(refusal_pause(2) == 2min);
    CHECK(refusal_pause(6) == 32min);
    CHECK(refusal_pause(7) == 60min);
    CHECK(refusal_pause(1'000'000) == 60min);
    Device device;
    device.user(ledger_user(1, BgpStatus::Unknown, 0)).tunnel(1).up(1);
    device.tick();
    device.memory.at(key(1)).blocked_until = device.now() + 2min;
    CHECK(device.tick(1min).empty());
    CHECK(device.tick(1min) == Writes{kUp1});
}

TEST_CASE("decide: users that left the roster are forgotten", "[telemetry]") {
    Device device;
    device.user(ledger_user(1, BgpStatus::Up, 0.1)).user(ledger_user(2, BgpStatus::Up, 0.1));
    device.tick();
    device.roster.users.erase(device.roster.users.begin());
    device.tick(60s);
    CHECK(device.memory.size() == 1);
    CHECK(device.memory.contains(key(2)));
}

TEST_CASE("roster: only activated users of this device are looked at", "[telemetry]") {
    std::vector<ledger::KeyedAccount> accounts;
    const auto add = [&](std::uint8_t number, ledger::UserStatus status, const PublicKey& device) {
        auto user = test::user();
        user.status = status;
        user.device_pk = device;
        user.bgp_status = BgpStatus::Up;
        user.last_bgp_reported_at = 77;
        user.bgp_rtt_ns = number == 11 ? ~0ULL : 5'000'000;
        accounts.push_back({key(number), {.data = ledger::encode(user), .owner = {}, .lamports = {}}});
    };
    add(10, ledger::UserStatus::Activated, kDeviceA);
    add(11, ledger::UserStatus::Activated, kDeviceA);
    add(12, ledger::UserStatus::Activated, kDeviceB);
    add(13, ledger::UserStatus::Banned, kDeviceA);
    add(14, ledger::UserStatus::Pending, kDeviceA);
    const auto snapshot = ledger::Snapshot::from(accounts, Slot{90}, ledger::Scope::Catalogue);
    const auto roster = roster_of(snapshot, kDeviceA, Slot{95}, kNow);
    REQUIRE(roster.users.size() == 2);
    CHECK(roster.slot == Slot{95});
    CHECK(roster.users[0] == telemetry::User{key(10), prefix("169.254.0.0/31"), BgpStatus::Up, {77}, 5ms});
    CHECK(roster.users[1].rtt == 0ms);  // a figure that cannot be
}

TEST_CASE("decide: once all writes are done there is nothing more to write", "[telemetry]") {
    rc::prop("a second tick writes nothing",
             [](std::vector<std::uint8_t> tunnels, std::vector<std::uint8_t> sessions,
                std::vector<std::uint8_t> statuses) {
                 Device device;
                 for (std::size_t i = 0; i < std::min<std::size_t>(statuses.size(), 200); ++i)
                     device.user(ledger_user(static_cast<std::uint8_t>(i + 1),
                                             static_cast<BgpStatus>(statuses[i] % 3), statuses[i] / 10.0));
                 for (const auto number : tunnels) device.tunnel(number);
                 for (const auto number : sessions) device.up(number);
                 for (const Write& write : device.tick()) {
                     RC_ASSERT(write.status != BgpStatus::Unknown);
                     RC_ASSERT(write.status == BgpStatus::Up || write.rtt == Duration{});
                     device.memory.at(write.user).written = {write.status, {kSlot + 1}, device.now()};
                 }
                 RC_ASSERT(device.tick(1s).empty());
             });
}
