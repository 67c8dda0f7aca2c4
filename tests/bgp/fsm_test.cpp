// The state machine row by row, its OPEN, its timers and what it says of itself (RFC 4271, section 8).
#include <map>
#include <set>
#include <sstream>

#include "tests/bgp/fsm.hpp"

namespace dz::bgp {
namespace {

using namespace test;

// --- the table ---

struct Row {
    std::string state, event, next, actions, clause;
};

std::vector<Row> rows() {
    std::istringstream lines(
#include "tests/bgp/fsm_rows.inc"
    );
    std::vector<Row> all;
    for (std::string line; std::getline(lines, line);) {
        if (line.empty() || line[0] == '#') continue;
        std::istringstream fields(line);
        Row row;
        fields >> row.state >> row.event >> row.next >> row.actions >> std::ws;
        std::getline(fields, row.clause);
        all.push_back(row);
    }
    return all;
}

const std::map<std::string, State> kStates = {
    {"Idle", State::Idle},         {"Connect", State::Connect},         {"Active", State::Active},
    {"OpenSent", State::OpenSent}, {"OpenConfirm", State::OpenConfirm}, {"Established", State::Established}};

/// When the timer of a state is due in `fsm_in(state)`.
Duration state_timer(State state) {
    switch (state) {
        case State::Idle:
            return 2s;
        case State::Connect:
        case State::Active:
            return kConnectLimit;
        case State::OpenSent:
            return kOpenLimit;
        default:
            return 3s;
    }
}

const std::map<std::string, Event> kEvents = {
    {"start", Start{}},
    {"stop", Stop{}},
    {"timer", Tick{}},
    {"keepalive_due", Tick{}},
    {"connected", Connected{}},
    {"accepted", Accepted{}},
    {"disconnected", Disconnected{"reset"}},
    {"open", received(restarting_open())},
    {"bad_open", received(device_open({65001}))},
    {"update", received(announcement({"198.18.0.7/32"}))},
    {"keepalive", received(Keepalive{})},
    {"notification", received(Notification{6, 4, {}})},
    {"refresh", received(RouteRefresh{})},
    {"malformed", Malformed{{1, 2, {}}}},
    {"too_many", TooManyRoutes{}},
    {"announce", Announce{Prefix{Ipv4(0xC6120006), 32}}},
};

TEST_CASE("fsm: every state answers every event as its row says", "[bgp]") {
    std::set<std::pair<std::string, std::string>> seen;
    for (const Row& row : rows()) {
        INFO(row.state << " " << row.event << ": " << row.clause);
        REQUIRE(kStates.contains(row.state));
        REQUIRE(kEvents.contains(row.event));
        CHECK_FALSE(row.clause.empty());
        seen.emplace(row.state, row.event);
        const State state = kStates.at(row.state);
        Fsm fsm = row.state == "Idle" && row.event == "start" ? Fsm(config(), kStart) : fsm_in(state);
        const Duration later = row.event == "timer"           ? state_timer(state)
                               : row.event != "keepalive_due" ? 0s
                               : state == State::Idle         ? 50ms  // before the next dial
                                                              : 1s;
        CHECK(names(fsm.on(kEvents.at(row.event), kStart + later)) == row.actions);
        CHECK(fsm.state() == kStates.at(row.next));
    }
    CHECK(seen.size() == kStates.size() * kEvents.size());
}

// --- what we send ---

TEST_CASE("fsm: our OPEN offers route refresh and graceful restart after the reference's list", "[bgp]") {
    Fsm fsm = fsm_in(State::Connect);
    const auto messages = sent(fsm.on(Connected{}, kStart));
    const Open expected{
        .asn = 65000,
        .hold_time = 90,
        .identifier = ip("1.1.1.1"),
        .capabilities = {{65, {0, 0, 0xFD, 0xE8}}, {1, {0, 1, 0, 1}}, {2, {}}, {64, {0, 15, 0, 1, 1, 0}}}};
    CHECK(messages == std::vector<Message>{expected});
}

TEST_CASE("fsm: a peer that refuses the capabilities is offered the reference's list", "[bgp]") {
    const auto subcode = GENERATE(std::uint8_t{4}, std::uint8_t{7});
    Fsm fsm = fsm_in(State::OpenSent);
    fsm.on(received(Notification{2, subcode, {}}), kStart);
    CHECK(*fsm.next_deadline() <= kStart + 2s);
    fsm.on(Tick{}, kStart + 2s);
    const auto messages = sent(fsm.on(Connected{}, kStart + 2s));
    REQUIRE(messages.size() == 1);
    CHECK(to_hex(encode(messages[0])) ==
          "ffffffffffffffffffffffffffffffff002b0104fde8005a010101010e020c41040000fde8010400010001");
    fsm.on(received(device_open()), kStart + 2s);
    CHECK(names(fsm.on(received(Keepalive{}), kStart + 2s)) == "send_update");
}

TEST_CASE("fsm: an ASN of four octets stands as 23456 in the short field", "[bgp]") {
    auto wanted = config();
    wanted.local_asn = {4'200'000'000};
    Fsm fsm = fsm_in(State::Connect, wanted);
    const auto open = std::get<Open>(sent(fsm.on(Connected{}, kStart)).at(0));
    CHECK(open.asn == 23456);
    CHECK(open.four_octet_asn() == Asn{4'200'000'000});
}

TEST_CASE("fsm: established, it announces its one prefix as the reference does", "[bgp]") {
    Fsm fsm = fsm_in(State::OpenConfirm, config(), device_open());
    const auto messages = sent(fsm.on(received(Keepalive{}), kStart));
    REQUIRE(messages.size() == 1);
    CHECK(to_hex(encode(messages[0])) ==
          "ffffffffffffffffffffffffffffffff00300200000014"
          "40010100400304a9fe000140020602010000fde820c6120005");
}

TEST_CASE("fsm: a subscriber announces nothing, and ends that with the mark only where it is known",
          "[bgp]") {
    auto wanted = config();
    wanted.announce.reset();
    Fsm plain = fsm_in(State::OpenConfirm, wanted, device_open());
    CHECK(names(plain.on(received(Keepalive{}), kStart)) == "-");
    Fsm restarting = fsm_in(State::OpenConfirm, wanted);
    CHECK(names(restarting.on(received(Keepalive{}), kStart)) == "send_eor");
}

TEST_CASE("fsm: a peer whose routes are not wanted teaches nothing", "[bgp]") {
    auto wanted = config();
    wanted.learn_routes = false;
    Fsm fsm = fsm_in(State::Established, wanted);
    CHECK(names(fsm.on(received(announcement({"198.18.0.7/32"})), kStart)) == "-");
}

TEST_CASE("fsm: a refresh of another family is not answered", "[bgp]") {
    Fsm fsm = fsm_in(State::Established);
    CHECK(names(fsm.on(received(RouteRefresh{2, 0, 1}), kStart)) == "-");
    CHECK(names(fsm.on(received(RouteRefresh{1, 1, 1}), kStart)) == "-");
}

// --- checks of the peer's OPEN (RFC 4271, section 6.2) ---

Notification answer_to(Open open) {
    Fsm fsm = fsm_in(State::OpenSent);
    const auto messages = sent(fsm.on(received(std::move(open)), kStart));
    REQUIRE(messages.size() == 1);
    const auto* answer = std::get_if<Notification>(&messages[0]);
    return answer == nullptr ? Notification{} : *answer;
}

TEST_CASE("fsm: an OPEN that does not suit is answered with its subcode", "[bgp]") {
    const Notification accepted{};
    Open open = device_open();
    CHECK(answer_to(open) == accepted);

    CHECK(answer_to(device_open({65343})) == Notification{2, 2, {}});

    open.identifier = ip("224.0.0.1");
    CHECK(answer_to(open) == Notification{2, 3, {}});
    open.identifier = ip("0.0.0.0");
    CHECK(answer_to(open) == Notification{2, 3, {}});
    // RFC 6286, section 2.1: between two systems the identifiers may be the same.
    open.identifier = ip("1.1.1.1");
    CHECK(answer_to(open) == accepted);

    for (const std::uint16_t hold : std::vector<std::uint16_t>{1, 2})
        CHECK(answer_to(device_open(kDeviceAs, hold)) == Notification{2, 6, {}});
    for (const std::uint16_t hold : std::vector<std::uint16_t>{0, 3})
        CHECK(answer_to(device_open(kDeviceAs, hold)) == accepted);

    open = device_open();
    open.capabilities = {capability::ipv4_unicast()};
    CHECK(answer_to(open) == Notification{2, 7, {65, 4, 0, 0, 0xFF, 0x3E}});
    open.capabilities = {capability::four_octet_asn(kDeviceAs), {1, {0, 2, 0, 1}}};
    CHECK(answer_to(open) == Notification{2, 7, {1, 4, 0, 1, 0, 1}});
}

// --- timers ---

TEST_CASE("fsm: the smaller hold time counts, and a third of it between keepalives", "[bgp]") {
    Fsm fsm = fsm_in(State::Established);
    CHECK(fsm.hold_time() == 3s);
    CHECK(fsm.next_deadline() == kStart + 1s);
    CHECK(names(fsm.on(Tick{}, kStart + 999ms)) == "-");
    CHECK(names(fsm.on(Tick{}, kStart + 1s)) == "send_keepalive");
    CHECK(fsm.next_deadline() == kStart + 2s);
}

TEST_CASE("fsm: each message of the peer puts off the end of the hold time", "[bgp]") {
    Fsm fsm = fsm_in(State::Established);
    fsm.on(received(announcement({"198.18.0.7/32"})), kStart + 2900ms);
    CHECK(names(fsm.on(Tick{}, kStart + 5s)) == "send_keepalive");
    fsm.on(received(Keepalive{}), kStart + 5800ms);
    CHECK(fsm.state() == State::Established);
    CHECK(names(fsm.on(Tick{}, kStart + 8800ms)) == "send_4/0,hangup,flush");
}

TEST_CASE("fsm: a session of a day sends a keepalive each second", "[bgp]") {
    Fsm fsm = fsm_in(State::Established);
    int keepalives = 0;
    const TimePoint end = kStart + 24h;
    for (auto now = kStart; now < end; now = *fsm.next_deadline()) {
        keepalives += static_cast<int>(sent(fsm.on(Tick{}, now)).size());
        fsm.on(received(Keepalive{}), now);
    }
    CHECK(fsm.state() == State::Established);
    CHECK(keepalives == 24 * 3600 - 1);
}

TEST_CASE("fsm: a hold time of zero means no timers, once the peer has confirmed", "[bgp]") {
    Fsm fsm = fsm_in(State::OpenConfirm, config(), device_open(kDeviceAs, 0));
    CHECK(fsm.next_deadline() == kStart + 30s);
    fsm.on(received(Keepalive{}), kStart);
    CHECK(fsm.state() == State::Established);
    CHECK(fsm.next_deadline() == std::nullopt);
    CHECK(names(fsm.on(Tick{}, kStart + 24h)) == "-");

    Fsm silent = fsm_in(State::OpenConfirm, config(), device_open(kDeviceAs, 0));
    CHECK(names(silent.on(Tick{}, kStart + kOpenLimit)) == "send_4/0,hangup");
}

TEST_CASE("fsm: a lost session is dialled again within two seconds, whatever ended it", "[bgp]") {
    const std::vector<Event> ends = {Disconnected{"reset"}, received(Notification{6, 2, {}}),
                                     received(Notification{4, 0, {}}), Malformed{{3, 1, {}}},
                                     received(restarting_open())};
    for (const Event& end : ends) {
        Fsm fsm = fsm_in(State::Established);
        fsm.on(end, kStart);
        CHECK(*fsm.next_deadline() >= kStart + 1s);
        CHECK(*fsm.next_deadline() <= kStart + 2s);
    }
}

TEST_CASE("fsm: a new peer that is not ready yet is dialled again soon, then at the usual pace", "[bgp]") {
    Fsm fsm(config(), kStart);
    TimePoint now = kStart;
    fsm.on(Start{}, now);
    std::vector<Duration> pauses;
    for (int i = 0; i < 5; ++i) {
        fsm.on(Disconnected{"refused"}, now);
        pauses.push_back(*fsm.next_deadline() - now);
        now = *fsm.next_deadline();
        fsm.on(Tick{}, now);
        REQUIRE(fsm.state() == State::Connect);
    }
    CHECK(pauses[0] < 250ms);
    CHECK(pauses[1] == 2 * pauses[0]);
    CHECK(pauses[2] == 4 * pauses[0]);
    CHECK(pauses[3] >= 1s);
    CHECK(pauses[4] == pauses[3]);
}

TEST_CASE("fsm: clients of one device come back at different times", "[bgp]") {
    std::set<Duration> delays;
    for (std::uint32_t i = 0; i < 64; ++i) {
        auto wanted = config();
        wanted.remote = Ipv4(0xA9FE0000 + 2 * i);
        wanted.local = Ipv4(0xA9FE0001 + 2 * i);
        Fsm fsm = fsm_in(State::Idle, wanted);
        delays.insert(*fsm.next_deadline() - kStart);
    }
    CHECK(delays.size() > 40);
}

TEST_CASE("fsm: a peer that goes on refusing our OPEN is asked ever more rarely, up to a minute", "[bgp]") {
    Fsm fsm = fsm_in(State::Connect);
    TimePoint now = kStart;
    std::vector<Duration> pauses;
    for (int i = 0; i < 10; ++i) {
        fsm.on(Connected{}, now);
        fsm.on(received(Notification{2, 2, {}}), now);
        pauses.push_back(*fsm.next_deadline() - now);
        // The status has a deadline of its own.
        while (fsm.state() == State::Idle) fsm.on(Tick{}, now = *fsm.next_deadline());
    }
    CHECK(pauses[0] <= 2s);
    CHECK(pauses[1] == 2 * pauses[0]);
    CHECK(pauses[2] == 4 * pauses[0]);
    CHECK(now - kStart < 10min);

    fsm.on(Connected{}, now);
    fsm.on(received(device_open()), now);
    fsm.on(received(Keepalive{}), now);
    fsm.on(Disconnected{"reset"}, now);
    CHECK(*fsm.next_deadline() - now == pauses[0]);
}

TEST_CASE("fsm: a peer with too many routes is left alone for a minute", "[bgp]") {
    Fsm fsm = fsm_in(State::Established);
    fsm.on(TooManyRoutes{}, kStart);
    fsm.on(Tick{}, kStart + 59s);
    CHECK(fsm.state() == State::Idle);
    CHECK(names(fsm.on(Tick{}, kStart + 60s)) == "dial");
}

TEST_CASE("fsm: stopped, it wants nothing any more", "[bgp]") {
    Fsm fsm = fsm_in(State::Established);
    CHECK(names(fsm.on(Stop{error::kDeconfigured}, kStart)) == "send_6/3,hangup,flush");
    CHECK(fsm.next_deadline() == std::nullopt);
    const Status last = fsm.status();
    CHECK(names(fsm.on(Tick{}, kStart + 1h)) == "-");
    CHECK(fsm.status() == last);
}

// --- status and reason ---

TEST_CASE("fsm: the reason of the last failure is kept for people", "[bgp]") {
    Fsm fsm = fsm_in(State::Established);
    fsm.on(received(Notification{6, 2, {}}), kStart);
    CHECK(fsm.last_error() == "peer said: cease: administrative shutdown (6/2)");
    Fsm refused = fsm_in(State::OpenSent);
    refused.on(received(device_open({65001})), kStart);
    CHECK(refused.last_error() == "we said: open message error: bad peer AS (2/2)");
}

TEST_CASE("fsm: a peer that never answers is dialled every five seconds and called unreachable after thirty",
          "[bgp]") {
    Fsm fsm = fsm_in(State::Connect);
    int dials = 0;
    while (fsm.status() == Status::Pending) {
        const TimePoint now = *fsm.next_deadline();
        const std::string done = names(fsm.on(Tick{}, now));
        if (done == "hangup,dial") ++dials;
        if (fsm.status() == Status::Unreachable) CHECK(now == kStart + 30s);
    }
    CHECK(dials == 6);
    CHECK(fsm.status() == Status::Unreachable);
}

TEST_CASE("fsm: a peer that accepts and says nothing has failed after thirty seconds", "[bgp]") {
    Fsm fsm = fsm_in(State::OpenSent);
    CHECK(fsm.next_deadline() == kStart + 30s);
    fsm.on(Tick{}, kStart + 30s);
    CHECK(fsm.status() == Status::Failed);
    CHECK(fsm.state() == State::OpenSent);
}

}  // namespace
}  // namespace dz::bgp
