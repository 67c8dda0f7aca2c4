// Connections that the peer opens, and collisions (RFC 4271, section 6.8).
#include "tests/bgp/fsm.hpp"

namespace dz::bgp {
namespace {

using namespace test;

TEST_CASE("fsm: who waits listens and does not dial, who does both does both", "[bgp]") {
    auto wanted = config();
    wanted.opening = Opening::Passive;
    CHECK(names(Fsm(wanted, kStart).on(Start{}, kStart)) == "listen");
    wanted.opening = Opening::Both;
    CHECK(names(Fsm(wanted, kStart).on(Start{}, kStart)) == "listen,dial");
}

TEST_CASE("fsm: a passive session waits again after a loss, and is called unreachable when nobody comes",
          "[bgp]") {
    auto wanted = config();
    wanted.opening = Opening::Passive;
    Fsm fsm(wanted, kStart);
    fsm.on(Start{}, kStart);
    CHECK(fsm.state() == State::Active);
    CHECK(fsm.next_deadline() == kStart + 30s);
    fsm.on(Tick{}, kStart + 30s);
    CHECK(fsm.status() == Status::Unreachable);
    CHECK(fsm.next_deadline() == std::nullopt);

    fsm.on(Accepted{}, kStart + 40s);
    fsm.on(received(device_open()), kStart + 40s);
    fsm.on(received(Keepalive{}), kStart + 40s);
    CHECK(fsm.state() == State::Established);
    fsm.on(Disconnected{"reset"}, kStart + 41s);
    CHECK(fsm.incoming() == Incoming::Refuse);
    CHECK(names(fsm.on(Tick{}, *fsm.next_deadline())) == "listen");
    CHECK(fsm.incoming() == Incoming::Adopt);
}

TEST_CASE("fsm: a connection of the peer's is refused, taken or compared by state", "[bgp]") {
    CHECK(fsm_in(State::Idle).incoming() == Incoming::Refuse);
    CHECK(fsm_in(State::Connect).incoming() == Incoming::Adopt);
    CHECK(fsm_in(State::Active).incoming() == Incoming::Adopt);
    CHECK(fsm_in(State::OpenSent).incoming() == Incoming::Compare);
    CHECK(fsm_in(State::OpenConfirm).incoming() == Incoming::Compare);
    CHECK(fsm_in(State::Established).incoming() == Incoming::Refuse);
}

TEST_CASE("fsm: the connection of the larger identifier survives, then of the larger AS", "[bgp]") {
    Open theirs = device_open();
    theirs.identifier = ip("1.1.1.2");
    CHECK(keeps_incoming({65000}, theirs));
    theirs.identifier = ip("1.1.1.0");
    CHECK_FALSE(keeps_incoming({65000}, theirs));
    theirs.identifier = ip("1.1.1.1");
    CHECK(keeps_incoming({65000}, theirs));
    CHECK_FALSE(keeps_incoming({65342}, theirs));
    CHECK_FALSE(keeps_incoming({70000}, theirs));
}

TEST_CASE("fsm: after a collision the session goes on with the peer's connection alone", "[bgp]") {
    Fsm fsm = fsm_in(State::OpenConfirm);
    fsm.on(Accepted{}, kStart);
    CHECK(fsm.hold_time() == 0s);
    CHECK(names(fsm.on(Tick{}, kStart + 3s)) == "-");
    CHECK(names(fsm.on(received(restarting_open()), kStart + 3s)) == "send_keepalive");
    CHECK(names(fsm.on(received(Keepalive{}), kStart + 3s)) == "send_update,send_eor");
    CHECK(fsm.status() == Status::Up);
}

}  // namespace
}  // namespace dz::bgp
