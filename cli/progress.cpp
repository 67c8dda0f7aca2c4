#include "cli/progress.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace dz::cli {

namespace {

constexpr std::array<char, 4> kFrames{'-', '\\', '|', '/'};
constexpr Duration kFrameTime = 100ms;
constexpr std::string_view kEraseLine = "\r\x1b[K";

}  // namespace

struct Progress::State {
    State(std::ostream& e, Clock& c, ProgressStyle s) : err(e), clock(c), style(s), started(c.now()) {}

    void draw() {
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(clock.now() - started).count();
        frame = (frame + 1) % kFrames.size();
        err << kEraseLine
            << fmt::format("\x1b[32m{}\x1b[0m [{:02}:{:02}] {}", kFrames[frame], seconds / 60, seconds % 60,
                           message)
            << std::flush;
        drawn = true;
    }
    void erase() {
        if (drawn) err << kEraseLine << std::flush;
        drawn = false;
    }
    /// Keeps the spinner turning while `self` has an owner.
    static Task<> turn(std::weak_ptr<State> self, Clock& clock) {
        for (;;) {
            co_await clock.sleep_for(kFrameTime);
            const auto state = self.lock();
            if (!state) co_return;
            if (!state->message.empty()) state->draw();
        }
    }

    std::ostream& err;
    Clock& clock;
    ProgressStyle style;
    TimePoint started;
    std::string message;
    std::size_t frame = 0;
    bool drawn = false;
    boost::asio::cancellation_signal stop;
};

Progress::Progress(std::ostream& err, Clock& clock, EventLoop& loop, ProgressStyle style)
    : state_(std::make_shared<State>(err, clock, style)) {
    if (style != ProgressStyle::Spinner) return;
    boost::asio::co_spawn(
        loop, State::turn(state_, clock),
        boost::asio::bind_cancellation_slot(state_->stop.slot(), [keep = state_](std::exception_ptr) {}));
}

Progress::~Progress() {
    clear();
    state_->stop.emit(boost::asio::cancellation_type::all);
}

void Progress::say(std::string_view message) {
    if (state_->message == message) return;
    state_->message = message;
    if (state_->style == ProgressStyle::Spinner) state_->draw();
    if (state_->style == ProgressStyle::Lines) state_->err << "... " << message << "\n" << std::flush;
}

void Progress::clear() {
    state_->erase();
    state_->message.clear();
}

}  // namespace dz::cli
