// base/clock.hpp: the only source of time, and the only way to wait.
//
// `Clock` counts like CLOCK_BOOTTIME: it goes on while the machine is suspended and does not jump when the
// wall clock is set, so hold timers and deadlines mean what they say. `wall()` is for texts people read and
// for files. `FakeClock` stands still until a test moves it.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/task.hpp"

namespace dz {

using namespace std::chrono_literals;

using Duration = std::chrono::nanoseconds;
using WallTime = std::chrono::sys_time<std::chrono::nanoseconds>;

/// Tag of time points counted since boot, suspend included.
struct BootClock {
    using duration = Duration;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<BootClock>;
    static constexpr bool is_steady = true;  // NOLINT(readability-identifier-naming): the standard's name
};
using TimePoint = BootClock::time_point;

enum class Fraction { None, Micros };
/// "2026-03-04T05:06:07Z", or with ".123456" before the Z. Always UTC, rounded down.
std::string to_rfc3339(WallTime time, Fraction fraction);

/// Port: what time is it, and wake me later. Used from the loop's thread only.
class Clock {
  public:
    virtual ~Clock() = default;

    virtual TimePoint now() const = 0;
    virtual WallTime wall() const = 0;

    /// Returns at `when` (at once when it has passed), or earlier when the coroutine is cancelled.
    virtual Task<> sleep_until(TimePoint when) = 0;

    Task<> sleep_for(Duration duration) { return sleep_until(now() + duration); }
};

/// CLOCK_BOOTTIME: an ordered set of sleepers behind one timerfd.
/// Destroying a clock destroys the coroutines that sleep on it, so it outlives what they refer to.
class SystemClock final : public Clock {
  public:
    explicit SystemClock(EventLoop& loop);
    ~SystemClock() override;
    TimePoint now() const override;
    WallTime wall() const override;
    Task<> sleep_until(TimePoint when) override;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

/// Stands still until `advance`. Sleepers whose time has come are posted to the loop in order of their time.
class FakeClock final : public Clock {
  public:
    /// `start` is both now() and, as seconds since 1970, wall().
    explicit FakeClock(EventLoop& loop, Duration start = 1'000'000s);
    ~FakeClock() override;
    TimePoint now() const override;
    WallTime wall() const override;
    Task<> sleep_until(TimePoint when) override;

    /// Moves time forward and lets the loop run dry after each sleeper that wakes.
    void advance(Duration duration);
    /// How many coroutines sleep: lets a test wait for a coroutine to have reached its sleep.
    std::size_t sleepers() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// A latch that one coroutine waits on and anybody sets: `set` is remembered until the next wait, several
/// `set`s before a wait count as one. Same thread only.
class Wake {
  public:
    Wake(EventLoop& loop, Clock& clock);
    ~Wake();
    void set();
    /// Returns true when set, false when `deadline` passed first; TimePoint::max() is no deadline. One waiter
    /// at a time.
    Task<bool> wait_until(TimePoint deadline);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace dz
