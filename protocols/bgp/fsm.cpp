#include "protocols/bgp/fsm.hpp"

#include <algorithm>
#include <utility>

namespace dz::bgp {

Fsm::Fsm(PeerConfig config, TimePoint now) : config_(std::move(config)), status_(now), now_(now) {}

std::vector<Action> Fsm::on(Event event, TimePoint now) {
    now_ = now;
    std::visit([this](auto& one) { handle(one); }, event);
    return std::exchange(actions_, {});
}

Incoming Fsm::incoming() const {
    switch (state_) {
        case State::Connect:
        case State::Active:
            return Incoming::Adopt;
        case State::OpenSent:
        case State::OpenConfirm:
            return Incoming::Compare;
        case State::Idle:
        case State::Established:
            break;
    }
    return Incoming::Refuse;
}

bool keeps_incoming(Asn local_asn, const Open& theirs) {
    const Ipv4 ours(kIdentifier);
    if (theirs.identifier != ours) return theirs.identifier > ours;
    return theirs.four_octet_asn().value_or(Asn{theirs.asn}) > local_asn;
}

std::optional<TimePoint> Fsm::next_deadline() const {
    if (!running_) return std::nullopt;
    std::optional<TimePoint> first;
    for (const auto& timer : {state_timer_, keepalive_timer_, stale_timer_, status_.next_deadline()}) {
        if (timer && (!first || *timer < *first)) first = timer;
    }
    return first;
}

// --- events ---

void Fsm::handle(Start&) {
    if (running_) return;
    running_ = true;
    open();
}

void Fsm::handle(Stop& stop) {
    if (!running_) return;
    running_ = false;
    if (talking()) send(Notification{error::kCease, stop.subcode, {}});
    if (state_ != State::Idle) act(HangUp{});
    leave("stopped", Cause::Stopped);
}

void Fsm::handle(Leave&) {
    const bool is_helped = state_ == State::Established && peer_restart_ && !plain_open_;
    if (!is_helped) {
        Stop stop;
        return handle(stop);
    }
    running_ = false;
    act(HangUp{});
    leave("left for the next process", Cause::Stopped);
}

void Fsm::handle(Tick&) {
    if (!running_) return;
    status_.tick(now_);
    if (stale_timer_ && now_ >= *stale_timer_) {
        stale_timer_.reset();
        act(SweepRoutes{});
    }
    if (state_timer_ && now_ >= *state_timer_) {
        if (state_ == State::Idle) return open();
        if (talking()) return fail({error::kHoldTimer, 0, {}}, Cause::HoldTimer);
        // Connect: the peer does not answer at all, so no pause is needed before the next try.
        last_error_ = "no answer to the connection request";
        status_.dial_failed(now_);
        act(HangUp{});
        return open();
    }
    if (keepalive_timer_ && now_ >= *keepalive_timer_) send(Keepalive{});
}

void Fsm::handle(Connected&) {
    if (state_ == State::Connect) greet();
}

void Fsm::handle(Accepted&) {
    if (incoming() == Incoming::Refuse) return;
    if (talking()) send(Notification{error::kCease, error::kCollision, {}});
    if (state_ != State::Active) act(HangUp{});
    hold_ = Duration::zero();
    keepalive_timer_.reset();
    act(Adopt{});
    greet();
}

void Fsm::handle(Disconnected& event) {
    if (state_ == State::Idle) return;
    act(HangUp{});
    leave(std::move(event.why), Cause::Transport);
}

void Fsm::handle(Received& received) {
    if (!talking()) return;
    std::visit([this](auto& message) { receive(message); }, received.message);
}

void Fsm::handle(Malformed& malformed) {
    if (talking()) fail(std::move(malformed.answer));
}

void Fsm::handle(TooManyRoutes&) {
    if (state_ != State::Established) return;
    fail({error::kCease, error::kMaxPrefixes, {}});
    state_timer_ = now_ + kTooManyRoutesPause;
}

void Fsm::handle(Announce& announce) {
    if (config_.announce == announce.prefix) return;
    const auto before = std::exchange(config_.announce, announce.prefix);
    if (state_ != State::Established) return;
    // Withdrawn first: the device takes one prefix and ends the session at the second.
    if (before) {
        Update gone;
        gone.withdrawn = {*before};
        send(std::move(gone));
    }
    announce_prefix();
}

// --- messages ---

void Fsm::receive(Open& open) {
    if (state_ != State::OpenSent) return unexpected(MessageType::Open);
    if (auto answer = objection(open)) return fail(*std::move(answer));
    hold_ = std::min(config_.hold_time, std::chrono::seconds(open.hold_time));
    peer_restart_ = open.graceful_restart();
    state_ = State::OpenConfirm;
    status_.open_accepted(now_);
    restart_hold_timer();
    send(Keepalive{});
}

void Fsm::receive(Keepalive&) {
    if (state_ == State::OpenSent) return unexpected(MessageType::Keepalive);
    if (state_ == State::OpenConfirm) establish();
    restart_hold_timer();
}

void Fsm::receive(Update& update) {
    if (state_ != State::Established) return unexpected(MessageType::Update);
    restart_hold_timer();
    if (!config_.learn_routes) return;
    const bool complete = update.end_of_rib;
    if (!complete) act(Learn{std::move(update)});
    if (complete && stale_timer_) {
        stale_timer_.reset();
        act(SweepRoutes{});
    }
}

void Fsm::receive(Notification& notification) {
    note_open_error(notification);
    const bool refuses_offer =
        notification.code == error::kOpen &&
        (notification.subcode == error::kBadParameter || notification.subcode == error::kBadCapability);
    if (refuses_offer) plain_open_ = true;
    act(HangUp{});
    leave("peer said: " + to_string(notification), Cause::Notification);
}

void Fsm::receive(RouteRefresh& refresh) {
    if (state_ != State::Established) return unexpected(MessageType::RouteRefresh);
    restart_hold_timer();
    if (refresh == RouteRefresh{}) announce_prefix();
}

void Fsm::unexpected(MessageType type) {
    // RFC 6608: one subcode per state, from 1.
    const auto subcode = std::to_underlying(state_) - std::to_underlying(State::OpenSent) + 1;
    fail({error::kFsm, static_cast<std::uint8_t>(subcode), {std::to_underlying(type)}});
}

std::optional<Notification> Fsm::objection(const Open& open) const {
    const auto refused = [](std::uint8_t subcode, Bytes data = {}) {
        return Notification{error::kOpen, subcode, std::move(data)};
    };
    const auto lacks = [&](const Capability& wanted) {
        Bytes data = {wanted.code, static_cast<std::uint8_t>(wanted.value.size())};
        data.insert(data.end(), wanted.value.begin(), wanted.value.end());
        return refused(error::kBadCapability, std::move(data));
    };
    const auto asn = open.four_octet_asn();
    if (!asn) return lacks(capability::four_octet_asn(config_.remote_asn));
    if (*asn != config_.remote_asn) return refused(error::kBadPeerAs);
    if (open.identifier.is_unspecified() || open.identifier.is_multicast())
        return refused(error::kBadIdentifier);
    if (open.hold_time == 1 || open.hold_time == 2) return refused(error::kBadHoldTime);
    if (!open.ipv4_unicast()) return lacks(capability::ipv4_unicast());
    return std::nullopt;
}

// --- steps ---

/// Dials, waits for the peer, or both.
void Fsm::open() {
    if (config_.opening != Opening::Active) act(Listen{});
    if (config_.opening == Opening::Passive) {
        state_ = State::Active;
        return state_timer_.reset();
    }
    state_ = State::Connect;
    state_timer_ = now_ + kConnectLimit;
    act(Dial{});
}

/// There is a connection, and nothing has been said on it.
void Fsm::greet() {
    status_.connected(now_);
    state_ = State::OpenSent;
    state_timer_ = now_ + kOpenLimit;
    send(our_open());
}

void Fsm::send(Message message) {
    const bool restarts_keepalive = state_ >= State::OpenConfirm && hold_ > Duration::zero();
    if (restarts_keepalive) keepalive_timer_ = now_ + hold_ / 3;
    act(Send{std::move(message)});
}

void Fsm::fail(Notification notification, Cause cause) {
    note_open_error(notification);
    std::string why = "we said: " + to_string(notification);
    send(std::move(notification));
    act(HangUp{});
    leave(std::move(why), cause);
}

/// Whatever the state was: to Idle, with the routes and the next try seen to.
void Fsm::leave(std::string why, Cause cause) {
    const State from = std::exchange(state_, State::Idle);
    last_error_ = std::move(why);
    hold_ = Duration::zero();
    keepalive_timer_.reset();
    const bool unconnected = from == State::Connect || from == State::Active;
    if (unconnected && restarted_) ++early_dials_;
    state_timer_ = now_ + retry_delay();

    if (cause == Cause::Stopped) {
        state_timer_.reset();
        stale_timer_.reset();
        return act(FlushRoutes{});
    }
    if (unconnected) return status_.dial_failed(now_);
    if (from != State::Established) return status_.disconnected(now_);
    status_.lost(now_);
    // A peer that sends a NOTIFICATION, or is sent one for cause, has no claim to its routes (RFC 4724,
    // section 4). Silence is what a short hold is for.
    const bool keeps = config_.stale_hold > 0s && cause != Cause::Notification;
    if (!keeps) {
        stale_timer_.reset();
        return act(FlushRoutes{});
    }
    stale_timer_ = now_ + stale_hold();
    act(KeepRoutes{});
}

/// RFC 4724, section 4.2: no longer than the peer has asked for.
Duration Fsm::stale_hold() const {
    if (!peer_restart_) return config_.stale_hold;
    return std::min(config_.stale_hold, std::chrono::seconds(peer_restart_->seconds));
}

void Fsm::establish() {
    state_ = State::Established;
    status_.established();
    open_errors_ = 0;
    restarted_ = false;
    reconcile_stale_routes();
    announce_prefix();
    // RFC 4724, section 2: only a peer that knows the mark may be sent it.
    if (peer_restart_ && !plain_open_) {
        Update mark;
        mark.end_of_rib = true;
        send(std::move(mark));
    }
}

/// RFC 4724, section 4.2: a restarted peer that lost its forwarding state has no use for the old routes. One
/// that does not know the procedure gets until the timer.
void Fsm::reconcile_stale_routes() {
    if (!stale_timer_) return;
    stale_timer_ = now_ + config_.stale_hold;
    if (!peer_restart_ || (peer_restart_->ipv4_unicast && peer_restart_->forwarding_kept)) return;
    stale_timer_.reset();
    act(SweepRoutes{});
}

void Fsm::announce_prefix() {
    last_announced_ = config_.announce;
    if (!config_.announce) return;
    Update update;
    update.attributes.emplace();
    update.attributes->next_hop = config_.local;
    update.attributes->as_path = {{AsSegment::Kind::Sequence, {config_.local_asn}}};
    update.announced = {*config_.announce};
    send(std::move(update));
}

void Fsm::restart_hold_timer() {
    state_timer_.reset();
    if (hold_ > Duration::zero()) {
        state_timer_ = now_ + hold_;
    } else if (state_ != State::Established) {
        // The ends agreed on no hold time, but not on waiting for the first KEEPALIVE for ever.
        state_timer_ = now_ + kOpenLimit;
    }
}

Open Fsm::our_open() const {
    const Asn asn = config_.local_asn;
    Open open{.asn = asn.value > 0xFFFF ? kAsTrans : static_cast<std::uint16_t>(asn.value),
              .hold_time = static_cast<std::uint16_t>(config_.hold_time.count()),
              .identifier = Ipv4(kIdentifier),
              .capabilities = {capability::four_octet_asn(asn), capability::ipv4_unicast()}};
    if (plain_open_) return open;
    open.capabilities.push_back(capability::route_refresh());
    // Another prefix than last time would stand beside the one that the peer has kept, and it takes only one.
    // By saying that forwarding was not kept we have it forget the old one first.
    const bool same = last_announced_ && last_announced_ == config_.announce;
    open.capabilities.push_back(
        capability::graceful_restart({.restarted = restarted_ && last_announced_.has_value(),
                                      .seconds = kRestartSeconds,
                                      .ipv4_unicast = true,
                                      .forwarding_kept = same}));
    return open;
}

void Fsm::note_open_error(const Notification& notification) {
    if (notification.code == error::kOpen) ++open_errors_;
}

Duration Fsm::retry_delay() const {
    // Between one and two seconds, by address: the clients of a device that restarts do not all return at
    // once.
    const std::uint32_t mixed = (config_.local.to_uint() ^ config_.remote.to_uint() * 31U) * 0x9E3779B1U;
    const Duration once = 1s + std::chrono::milliseconds(mixed >> 22U);
    // The device builds its end of a new tunnel at about the same time as we do.
    if (early_dials_ >= 1 && early_dials_ <= kEarlyDials) return once / 10 * (1U << (early_dials_ - 1));
    if (open_errors_ < 2) return once;
    return std::min<Duration>(once * (1U << std::min(open_errors_ - 1, 6U)), kLongestRetry);
}

}  // namespace dz::bgp
