#include "base/clock.hpp"

#include <sys/timerfd.h>
#include <unistd.h>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <ctime>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/result.hpp"

namespace dz {

namespace asio = boost::asio;

namespace {

Duration read_clock(::clockid_t id) {
    ::timespec time{};
    DZ_ASSERT(::clock_gettime(id, &time) == 0);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

/// Suspended coroutines in the order in which they are to go on; equal times in order of arrival.
/// Owns them: whoever is still here when the set is destroyed is destroyed too.
class Sleepers {
  public:
    using Key = std::pair<TimePoint, std::uint64_t>;

    explicit Sleepers(EventLoop& loop) : loop_(loop) {}
    ~Sleepers() {
        for (auto& [key, sleeper] : waiting_) sleeper.slot.clear();
    }
    Sleepers(const Sleepers&) = delete;
    Sleepers& operator=(const Sleepers&) = delete;

    bool empty() const { return waiting_.empty(); }
    std::size_t size() const { return waiting_.size(); }
    TimePoint first() const { return waiting_.begin()->first.first; }

    /// Suspends the caller until `wake_first` or its own cancellation. `changed` is called when the set did.
    template <class Changed>
    Task<> sleep(TimePoint when, Changed changed) {
        const Key key{when, next_++};
        co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
            [](auto handler, Sleepers* self, Key at, Changed notify) {
                auto slot = asio::get_associated_cancellation_slot(handler);
                self->waiting_.emplace(at, Sleeper{std::move(handler), slot});
                if (slot.is_connected()) {
                    slot.assign([self, at, notify](asio::cancellation_type) mutable {
                        self->wake(self->waiting_.find(at));
                        notify();
                    });
                }
                notify();
            },
            asio::use_awaitable, this, key, std::move(changed));
    }

    void wake_first() { wake(waiting_.begin()); }

  private:
    struct Sleeper {
        std::move_only_function<void()> resume;
        asio::cancellation_slot slot;
    };

    void wake(std::map<Key, Sleeper>::iterator found) {
        if (found == waiting_.end()) return;
        asio::post(loop_, [sleeper = std::move(waiting_.extract(found).mapped())]() mutable {
            sleeper.slot.clear();
            sleeper.resume();
        });
    }

    EventLoop& loop_;
    std::map<Key, Sleeper> waiting_;
    std::uint64_t next_ = 0;
};

}  // namespace

std::string to_rfc3339(WallTime time, Fraction fraction) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    const std::time_t count = seconds.time_since_epoch().count();
    std::tm parts{};
    ::gmtime_r(&count, &parts);
    std::string text =
        fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1,
                    parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
    if (fraction == Fraction::Micros)
        text += fmt::format(".{:06}", std::chrono::floor<std::chrono::microseconds>(time - seconds).count());
    return text + "Z";
}

struct SystemClock::State : std::enable_shared_from_this<State> {
    explicit State(EventLoop& loop)
        : sleepers(loop), timer(loop, ::timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC)) {}

    /// Sets the timer to the first sleeper and sees to it that the loop waits for it.
    void arm() {
        if (sleepers.empty()) {
            // Nobody sleeps: let the loop end when it has nothing else to do.
            boost::system::error_code ignored;
            timer.cancel(ignored);
            return;
        }
        // A time of zero would switch the timer off.
        const Duration when = std::max(sleepers.first().time_since_epoch(), Duration(1));
        const auto seconds = std::chrono::floor<std::chrono::seconds>(when);
        const ::itimerspec setting{{}, {seconds.count(), (when - seconds).count()}};
        DZ_ASSERT(::timerfd_settime(timer.native_handle(), TFD_TIMER_ABSTIME, &setting, nullptr) == 0);
        if (!std::exchange(waiting, true)) wait();
    }

    void wait() {
        // Weak: the pending wait must not keep the timer open once the clock is gone.
        timer.async_wait(asio::posix::stream_descriptor::wait_read,
                         [weak = weak_from_this()](boost::system::error_code) {
                             if (const auto self = weak.lock()) self->expired();
                         });
    }

    void expired() {
        waiting = false;
        const TimePoint now{read_clock(CLOCK_BOOTTIME)};
        while (!sleepers.empty() && sleepers.first() <= now) sleepers.wake_first();
        if (!sleepers.empty()) arm();
    }

    Sleepers sleepers;
    asio::posix::stream_descriptor timer;
    bool waiting = false;
};

SystemClock::SystemClock(EventLoop& loop) : state_(std::make_shared<State>(loop)) {}

SystemClock::~SystemClock() = default;

TimePoint SystemClock::now() const {
    return TimePoint(read_clock(CLOCK_BOOTTIME));
}

WallTime SystemClock::wall() const {
    return WallTime(read_clock(CLOCK_REALTIME));
}

Task<> SystemClock::sleep_until(TimePoint when) {
    if (when <= now()) co_return;
    co_await state_->sleepers.sleep(when, [state = state_.get()] { state->arm(); });
}

struct FakeClock::State {
    State(EventLoop& event_loop, Duration start) : loop(event_loop), sleepers(event_loop), now(start) {}

    void run_dry() {
        loop.restart();
        loop.poll();
    }

    EventLoop& loop;
    Sleepers sleepers;
    TimePoint now;
};

FakeClock::FakeClock(EventLoop& loop, Duration start) : state_(std::make_unique<State>(loop, start)) {}

FakeClock::~FakeClock() = default;

TimePoint FakeClock::now() const {
    return state_->now;
}

WallTime FakeClock::wall() const {
    return WallTime(state_->now.time_since_epoch());
}

Task<> FakeClock::sleep_until(TimePoint when) {
    if (when <= state_->now) co_return;
    co_await state_->sleepers.sleep(when, [] {});
}

void FakeClock::advance(Duration duration) {
    state_->run_dry();
    const TimePoint target = state_->now + duration;
    while (!state_->sleepers.empty() && state_->sleepers.first() <= target) {
        state_->now = std::max(state_->now, state_->sleepers.first());
        state_->sleepers.wake_first();
        state_->run_dry();
    }
    state_->now = target;
}

std::size_t FakeClock::sleepers() const {
    return state_->sleepers.size();
}

struct Wake::State {
    State(EventLoop& loop, Clock& time) : sleepers(loop), clock(time) {}

    /// Returns when set; `signalled` stays for the caller to take.
    Task<> until_set() {
        if (!signalled) co_await sleepers.sleep(TimePoint::max(), [] {});
    }

    Sleepers sleepers;
    Clock& clock;
    bool signalled = false;
};

Wake::Wake(EventLoop& loop, Clock& clock) : state_(std::make_unique<State>(loop, clock)) {}

Wake::~Wake() = default;

void Wake::set() {
    state_->signalled = true;
    if (!state_->sleepers.empty()) state_->sleepers.wake_first();
}

Task<bool> Wake::wait_until(TimePoint deadline) {
    using namespace asio::experimental::awaitable_operators;
    DZ_ASSERT(state_->sleepers.empty());
    if (deadline == TimePoint::max()) {
        co_await state_->until_set();
    } else if (!state_->signalled && deadline > state_->clock.now()) {
        co_await (state_->until_set() || state_->clock.sleep_until(deadline));
    }
    co_return std::exchange(state_->signalled, false);
}

}  // namespace dz
