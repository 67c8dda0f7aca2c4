#include "protocols/bgp/fsm.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <sstream>

#include "tests/bgp/messages.hpp"

namespace dz::bgp {
namespace {

using namespace test;

const TimePoint kStart{1000s};

PeerConfig config() {
    PeerConfig wanted;
    wanted.local = ip("169.254.0.1");
    wanted.remote = ip("169.254.0.0");
    wanted.local_asn = kClientAs;
    wanted.remote_asn = kDeviceAs;
    wanted.announce = prefix("198.18.0.5/32");
    return wanted;
}

/// A device as the lab's BIRD is one: with graceful restart.
Open restarting_open(GracefulRestart said = {
                         .restarted = false, .seconds = 120, .ipv4_unicast = true, .forwarding_kept = true}) {
    Open open = device_open();
    open.capabilities.push_back(capability::graceful_restart(said));
    return open;
}

std::string name(const Message& message) {
    if (std::holds_alternative<Open>(message)) return "open";
    if (std::holds_alternative<Keepalive>(message)) return "keepalive";
    if (std::holds_alternative<RouteRefresh>(message)) return "refresh";
    if (const auto* sent = std::get_if<Notification>(&message))
        return fmt::format("{}/{}", sent->code, sent->subcode);
    const auto& update = std::get<Update>(message);
    if (update.end_of_rib) return "eor";
    return update.announced.empty() ? "withdraw" : "update";
}

struct ActionName {
    std::string operator()(const Dial&) const { return "dial"; }
    std::string operator()(const Listen&) const { return "listen"; }
    std::string operator()(const Adopt&) const { return "adopt"; }
    std::string operator()(const HangUp&) const { return "hangup"; }
    std::string operator()(const Send& act) const { return "send_" + name(act.message); }
    std::string operator()(const Learn&) const { return "learn"; }
    std::string operator()(const KeepRoutes&) const { return "keep"; }
    std::string operator()(const SweepRoutes&) const { return "sweep"; }
    std::string operator()(const FlushRoutes&) const { return "flush"; }
};

/// "send_open,hangup", or "-".
std::string names(const std::vector<Action>& actions) {
    std::string text;
    for (const auto& action : actions) text += (text.empty() ? "" : ",") + std::visit(ActionName{}, action);
    return text.empty() ? "-" : text;
}

std::vector<Message> sent(const std::vector<Action>& actions) {
    std::vector<Message> messages;
    for (const auto& action : actions) {
        if (const auto* send = std::get_if<Send>(&action)) messages.push_back(send->message);
    }
    return messages;
}

Received received(Message message) {
    return {std::move(message)};
}

/// As far as `state`, at `kStart`. Idle is one that waits to dial again.
Fsm fsm_in(State state, PeerConfig wanted = config(), const Open& open = restarting_open()) {
    if (state == State::Active) wanted.opening = Opening::Passive;
    Fsm fsm(std::move(wanted), kStart);
    fsm.on(Start{}, kStart);
    if (state == State::Idle) fsm.on(Disconnected{"refused"}, kStart);
    if (state >= State::OpenSent) fsm.on(Connected{}, kStart);
    if (state >= State::OpenConfirm) fsm.on(received(open), kStart);
    if (state >= State::Established) fsm.on(received(Keepalive{}), kStart);
    REQUIRE(fsm.state() == state);
    return fsm;
}

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

// --- connections that the peer opens (RFC 4271, section 6.8) ---

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
