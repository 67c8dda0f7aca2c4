// protocols/bgp/status.hpp: the session status that people and the command line see (daemon.md 2.1, 7.5).
//
// The state machine knows six states of a connection; this is the story told from outside: pending, up, down,
// and after 30 s without success the reason why. Pure; the owner asks for the next deadline and calls `tick`.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.hpp"

namespace dz::bgp {

enum class Status : std::uint8_t { Pending, Initializing, Up, Down, Failed, Unreachable };

/// "Pending BGP Session", "Initializing BGP Session", "BGP Session Up", "BGP Session Down", "BGP Session
/// Failed", "Network Unreachable": a contract of the API.
std::string_view to_string(Status status);

/// How long an attempt may take before it counts as failed.
inline constexpr Duration kAttemptLimit = 30s;

/// One peer's status. An attempt begins when the peer is added, when an established session is lost, and when
/// a peer that was unreachable accepts a TCP connection. When the limit passes, the last dial decides between
/// `Failed` (TCP worked) and `Unreachable`; later progress replaces either.
class StatusTracker {
  public:
    explicit StatusTracker(TimePoint added) : deadline_(added + kAttemptLimit) {}

    void connected(TimePoint now);
    /// No TCP connection could be made.
    void dial_failed(TimePoint now);
    /// A connection ended before the session was established.
    void disconnected(TimePoint now);
    void open_accepted(TimePoint now);
    void established();
    /// An established session ended.
    void lost(TimePoint now);
    void tick(TimePoint now);

    Status status() const { return status_; }
    /// When `tick` may change the status; nothing while established or after the verdict.
    std::optional<TimePoint> next_deadline() const;

  private:
    bool overdue(TimePoint now) const { return now >= deadline_; }
    void give_verdict();

    Status status_ = Status::Pending;
    TimePoint deadline_;
    bool reachable_ = false;  ///< the last dial got a TCP connection
};

}  // namespace dz::bgp
