// base/notify.hpp: tells systemd how a service is doing (sd_notify(3)), without libsystemd.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace dz {

/// Sends datagrams to the socket that systemd named. Without one every call succeeds and does nothing.
class Notifier {
  public:
    /// `socket` is a path, an abstract name with a leading '@', or empty for none.
    explicit Notifier(std::string socket) : socket_(std::move(socket)) {}
    /// By NOTIFY_SOCKET.
    static Notifier from_environment();

    /// `state` is lines of NAME=VALUE: "READY=1", "STATUS=...", "WATCHDOG=1". Never blocks.
    Result<> send(std::string_view state) const;

  private:
    std::string socket_;
};

/// How often systemd wants to hear WATCHDOG=1 at the latest, by WATCHDOG_USEC and WATCHDOG_PID. Nothing when
/// no watchdog is set or it is meant for another process.
std::optional<Duration> watchdog_limit();

}  // namespace dz
