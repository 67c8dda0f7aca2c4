// protocols/bgp/fsm.hpp: BGP-4 session state machine (RFC 4271, section 8), without I/O.
//
// One peer. Feed it events and carry out the actions it returns, in order. It owns no socket and no timer:
// call `on(Tick{}, now)` when `next_deadline()` has come. Events of a connection that has been hung up must
// not be fed any more. There is one connection at a time: what becomes of one that the peer opens is
// `incoming` to say, and `keeps_incoming` where two collide (RFC 4271, section 6.8). A lost session is
// dialled again after one to two seconds; only a peer that goes on refusing our OPEN, or whose OPEN we
// refuse, is asked ever more rarely.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "protocols/bgp/message.hpp"
#include "protocols/bgp/peer.hpp"
#include "protocols/bgp/status.hpp"

namespace dz::bgp {

inline constexpr Duration kConnectLimit = 5s;
/// Hold time until the peer's OPEN: the standard suggests four minutes, but a device that needs more than one
/// is not going to answer on this connection any more.
inline constexpr Duration kOpenLimit = 60s;
inline constexpr Duration kLongestRetry = 60s;
/// A new peer that refuses the connection is dialled again this often at a tenth of the usual pause,
/// doubling.
inline constexpr unsigned kEarlyDials = 3;
/// How long to stay away from a peer that sent too many routes.
inline constexpr Duration kTooManyRoutesPause = 60s;
/// What capability 64 promises: the daemon is back, or gone for good, after these.
inline constexpr std::uint16_t kRestartSeconds = 15;
/// Router identifier: the same on every client, since the reference has it so and devices do not mind.
inline constexpr std::uint32_t kIdentifier = 0x01010101;

// What happens to a session.
struct Start {};
/// The owner does not want the session any more. `subcode` is of Cease.
struct Stop {
    std::uint8_t subcode = error::kShutdown;
};
/// This process ends and another one goes on: a peer that knows graceful restart is told nothing, so that it
/// keeps what we announced until that one is there; any other gets a Cease.
struct Leave {};
struct Tick {};
/// The dialled connection is there.
struct Connected {};
/// A connection that the peer has opened is there, and takes the place of what there was: see `incoming`.
struct Accepted {};
/// The dial failed, or the connection ended; `why` for people.
struct Disconnected {
    std::string why;
};
struct Received {
    Message message;
};
/// The peer sent what no decoder accepts.
struct Malformed {
    Notification answer;
};
struct TooManyRoutes {};
/// Announce this prefix from now on, instead of what was announced before.
struct Announce {
    std::optional<Prefix> prefix;
};
using Event = std::variant<Start, Stop, Leave, Tick, Connected, Accepted, Disconnected, Received, Malformed,
                           TooManyRoutes, Announce>;

// What the owner has to do.
struct Dial {};
/// Accept connections of the peer from now on, if that is not the case yet.
struct Listen {};
/// The connection that the peer has opened is the session's now.
struct Adopt {};
/// Close the connection, or stop dialling. What was sent before should still reach the peer.
struct HangUp {};
struct Send {
    Message message;
};
/// Apply to the RIB.
struct Learn {
    Update update;
};
/// Mark all routes stale, take the stale ones out, take all out.
struct KeepRoutes {};
struct SweepRoutes {};
struct FlushRoutes {};
using Action = std::variant<Dial, Listen, Adopt, HangUp, Send, Learn, KeepRoutes, SweepRoutes, FlushRoutes>;

/// What to do with a connection that the peer opens.
enum class Incoming : std::uint8_t {
    Refuse,   ///< close it
    Adopt,    ///< feed `Accepted`
    Compare,  ///< it collides: read its OPEN, and feed `Accepted` if `keeps_incoming`, else close it
};
/// RFC 4271, section 6.8: the connection that the end with the larger identifier has opened survives. RFC
/// 6286, section 2.3: of equal ones, the larger AS number decides.
bool keeps_incoming(Asn local_asn, const Open& theirs);

/// Not for use from several threads.
class Fsm {
  public:
    /// `now`: when the peer was added. Idle until `Start`.
    Fsm(PeerConfig config, TimePoint now);

    std::vector<Action> on(Event event, TimePoint now);

    /// An earlier process announced this prefix, and the kernel has forwarded it since. Before `Start`.
    void inherit(const Prefix& prefix) { last_announced_ = prefix; }

    State state() const { return state_; }
    Incoming incoming() const;
    Status status() const { return status_.status(); }
    /// When to tick; nothing when no timer runs.
    std::optional<TimePoint> next_deadline() const;
    /// Negotiated; zero unless established, or when the ends agreed on none.
    Duration hold_time() const { return hold_; }
    /// Why the last connection failed or ended; empty at first.
    const std::string& last_error() const { return last_error_; }
    const PeerConfig& config() const { return config_; }
    /// For settings that the session does not depend on.
    void set_policy(Policy policy) { config_.policy = std::move(policy); }

  private:
    enum class Cause { Transport, HoldTimer, Notification, Stopped };

    void handle(Start&);
    void handle(Stop& stop);
    void handle(Leave&);
    void handle(Tick&);
    void handle(Connected&);
    void handle(Accepted&);
    void handle(Disconnected& event);
    void handle(Received& received);
    void handle(Malformed& malformed);
    void handle(TooManyRoutes&);
    void handle(Announce& announce);

    void receive(Open& open);
    void receive(Update& update);
    void receive(Notification& notification);
    void receive(Keepalive&);
    void receive(RouteRefresh& refresh);

    void act(Action action) { actions_.push_back(std::move(action)); }
    void send(Message message);
    void open();
    void greet();
    void fail(Notification notification, Cause cause = Cause::Notification);
    void leave(std::string why, Cause cause);
    void unexpected(MessageType type);
    void establish();
    void reconcile_stale_routes();
    void announce_prefix();
    void restart_hold_timer();

    Open our_open() const;
    std::optional<Notification> objection(const Open& open) const;
    void note_open_error(const Notification& notification);
    Duration retry_delay() const;
    Duration stale_hold() const;
    bool talking() const { return state_ >= State::OpenSent; }

    PeerConfig config_;
    StatusTracker status_;
    State state_ = State::Idle;
    bool running_ = false;
    std::string last_error_;

    Duration hold_{0};
    std::optional<TimePoint> state_timer_;  ///< idle hold, connect limit or hold timer, by state
    std::optional<TimePoint> keepalive_timer_;
    std::optional<TimePoint> stale_timer_;

    std::optional<GracefulRestart> peer_restart_;
    unsigned open_errors_ = 0;  ///< in a row
    unsigned early_dials_ = 0;  ///< failed, before the first session
    bool plain_open_ = false;   ///< offer only what the reference does: the peer refused more
    bool restarted_ = true;     ///< this process has not had a session with the peer yet
    /// What the peer may have kept from the session before: by this process or, when inherited, an earlier
    /// one.
    std::optional<Prefix> last_announced_;

    TimePoint now_;
    std::vector<Action> actions_;
};

}  // namespace dz::bgp
