// Routes across a restart of the peer and of ours (RFC 4724).
#include "tests/bgp/fsm.hpp"

namespace dz::bgp {
namespace {

using namespace test;

// --- graceful restart of the peer (RFC 4724, section 4.2) ---

PeerConfig holding() {
    auto wanted = config();
    wanted.stale_hold = 30s;
    return wanted;
}

void reconnect(Fsm& fsm, TimePoint now, const Open& open) {
    while (fsm.state() == State::Idle) fsm.on(Tick{}, *fsm.next_deadline());
    fsm.on(Connected{}, now);
    fsm.on(received(open), now);
}

TEST_CASE("fsm: routes outlive a silent or broken session only with a stale hold", "[bgp]") {
    CHECK(names(fsm_in(State::Established).on(Disconnected{"reset"}, kStart)) == "hangup,flush");
    CHECK(names(fsm_in(State::Established, holding()).on(Disconnected{"reset"}, kStart)) == "hangup,keep");
    CHECK(names(fsm_in(State::Established, holding()).on(Tick{}, kStart + 3s)) == "send_4/0,hangup,keep");
}

TEST_CASE("fsm: a session that ends by NOTIFICATION takes its routes with it", "[bgp]") {
    CHECK(names(fsm_in(State::Established, holding()).on(received(Notification{6, 2, {}}), kStart)) ==
          "hangup,flush");
    CHECK(names(fsm_in(State::Established, holding()).on(Malformed{{3, 1, {}}}, kStart)) ==
          "send_3/1,hangup,flush");
}

TEST_CASE("fsm: stale routes are swept when the hold has passed", "[bgp]") {
    Fsm fsm = fsm_in(State::Established, holding());
    fsm.on(Disconnected{"reset"}, kStart);
    for (auto now = kStart; now < kStart + 30s; now += 1s)
        CHECK(names(fsm.on(Tick{}, now)).find("sweep") == std::string::npos);
    CHECK(names(fsm.on(Tick{}, kStart + 30s)).find("sweep") != std::string::npos);
}

TEST_CASE("fsm: a peer that promises to be back sooner than the hold is held to its word", "[bgp]") {
    const auto swept = [](const Open& open, Duration after) {
        Fsm fsm = fsm_in(State::Established, holding(), open);
        fsm.on(Disconnected{"reset"}, kStart);
        return names(fsm.on(Tick{}, kStart + after)).find("sweep") != std::string::npos;
    };
    const Open soon =
        restarting_open({.restarted = false, .seconds = 10, .ipv4_unicast = true, .forwarding_kept = true});
    CHECK_FALSE(swept(soon, 9s));
    CHECK(swept(soon, 10s));
    // One that says nothing of restarts is held as long as the operator wants.
    CHECK_FALSE(swept(device_open(), 29s));
    CHECK(swept(device_open(), 30s));
}

TEST_CASE("fsm: stale routes are swept when the restarted peer has told all", "[bgp]") {
    Fsm fsm = fsm_in(State::Established, holding());
    fsm.on(Disconnected{"reset"}, kStart);
    reconnect(fsm, kStart + 3s, restarting_open());
    CHECK(names(fsm.on(received(Keepalive{}), kStart + 3s)) == "send_update,send_eor");
    CHECK(names(fsm.on(received(announcement({"198.18.0.7/32"})), kStart + 3s)) == "learn");
    Update mark;
    mark.end_of_rib = true;
    CHECK(names(fsm.on(received(mark), kStart + 3s)) == "sweep");
}

TEST_CASE("fsm: a restarted peer that lost its forwarding state has its stale routes swept at once",
          "[bgp]") {
    Fsm fsm = fsm_in(State::Established, holding());
    fsm.on(Disconnected{"reset"}, kStart);
    reconnect(
        fsm, kStart + 3s,
        restarting_open({.restarted = true, .seconds = 120, .ipv4_unicast = true, .forwarding_kept = false}));
    CHECK(names(fsm.on(received(Keepalive{}), kStart + 3s)) == "sweep,send_update,send_eor");
}

// --- graceful restart of ours ---

GracefulRestart claimed(Fsm& fsm, TimePoint now) {
    while (fsm.state() == State::Idle) fsm.on(Tick{}, *fsm.next_deadline());
    return std::get<Open>(sent(fsm.on(Connected{}, now)).at(0)).graceful_restart().value();
}

TEST_CASE("fsm: forwarding was kept when the same prefix is announced as by the process before", "[bgp]") {
    Fsm fsm(config(), kStart);
    fsm.inherit(prefix("198.18.0.5/32"));
    fsm.on(Start{}, kStart);
    const GracefulRestart said = claimed(fsm, kStart);
    CHECK(said.restarted);
    CHECK(said.forwarding_kept);
}

TEST_CASE("fsm: forwarding was not kept for another prefix, so that the device drops the old one", "[bgp]") {
    Fsm fsm(config(), kStart);
    fsm.inherit(prefix("198.18.0.99/32"));
    fsm.on(Start{}, kStart);
    const GracefulRestart said = claimed(fsm, kStart);
    CHECK(said.restarted);
    CHECK_FALSE(said.forwarding_kept);
}

TEST_CASE("fsm: forwarding was kept across a lost connection unless the prefix has changed since", "[bgp]") {
    Fsm same = fsm_in(State::Established);
    same.on(Disconnected{"reset"}, kStart);
    CHECK(claimed(same, kStart + 3s) ==
          GracefulRestart{.restarted = false, .seconds = 15, .ipv4_unicast = true, .forwarding_kept = true});

    Fsm other = fsm_in(State::Established);
    other.on(Disconnected{"reset"}, kStart);
    other.on(Announce{prefix("198.18.0.6/32")}, kStart);
    CHECK_FALSE(claimed(other, kStart + 3s).forwarding_kept);
}

TEST_CASE("fsm: who leaves for the next process says nothing to a peer that waits for it", "[bgp]") {
    Fsm fsm = fsm_in(State::Established, config(), restarting_open());
    CHECK(names(fsm.on(Leave{}, kStart)) == "hangup,flush");
    CHECK(names(fsm.on(Stop{}, kStart)) == "-");
    CHECK_FALSE(fsm.next_deadline());
}

TEST_CASE("fsm: who leaves says Cease to a peer that does not know graceful restart", "[bgp]") {
    Fsm fsm = fsm_in(State::Established, config(), device_open());
    CHECK(names(fsm.on(Leave{}, kStart)) == "send_6/2,hangup,flush");
}

}  // namespace
}  // namespace dz::bgp
