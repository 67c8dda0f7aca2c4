#include "base/websocket.hpp"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <deque>
#include <optional>

#include "base/websocket_wire.hpp"

namespace dz::ws {

namespace {

/// A connection at work: the handler, the sender and the watchman run side by side on it.
class Talk final : public Connection {
  public:
    Talk(EventLoop& loop, Clock& clock, Wire& wire, Limits limits)
        : clock_(clock),
          wire_(wire),
          limits_(limits),
          heard_(clock.now()),
          to_send_(loop, clock),
          timing_(loop, clock) {
        wire_.on_heard = [this] { hear(); };
    }

    Task<Result<std::string>> receive() override { return wire_.read(); }
    Result<> send(std::string message) override;
    std::size_t queued() const override { return queued_; }

    Task<> run(Handler handler) {
        using namespace boost::asio::experimental::awaitable_operators;
        co_await (handle(std::move(handler)) && send_queue() && watch());
    }

  private:
    Task<> handle(Handler handler);
    Task<> send_queue();
    Task<Result<>> send_next();
    Task<> say_goodbye();
    Task<> watch();

    void hear() {
        heard_ = clock_.now();
        pinged_ = false;
    }
    void drop() {
        dropped_ = true;
        wire_.drop();
        to_send_.set();
        timing_.set();
    }
    bool is_lost(TimePoint now) const;
    TimePoint next_check() const;

    Clock& clock_;
    Wire& wire_;
    Limits limits_;
    std::deque<std::string> queue_;
    std::size_t queued_ = 0;
    TimePoint heard_;
    /// When the sender began what it is at.
    std::optional<TimePoint> busy_since_;
    bool pinged_ = false;   ///< since we last heard anything
    bool ping_ = false;     ///< the sender is to send one
    bool handled_ = false;  ///< the handler has returned
    bool dropped_ = false;
    bool over_ = false;
    Wake to_send_;
    Wake timing_;
};

Result<> Talk::send(std::string message) {
    if (dropped_) return fail(Errc::Unavailable, "the WebSocket connection has ended");
    if (queued_ + message.size() > limits_.max_queue) {
        drop();
        return fail(Errc::LimitExceeded, "the peer reads too slowly");
    }
    queued_ += message.size();
    queue_.push_back(std::move(message));
    to_send_.set();
    return {};
}

Task<> Talk::handle(Handler handler) {
    std::exception_ptr failure;
    try {
        co_await handler(*this);
    } catch (...) {
        failure = std::current_exception();
        drop();
    }
    handled_ = true;
    to_send_.set();
    // After the others have ended too, `&&` passes it on.
    if (failure) std::rethrow_exception(failure);
}

Task<Result<>> Talk::send_next() {
    if (std::exchange(ping_, false)) co_return co_await wire_.ping();
    const std::string message = std::move(queue_.front());
    queue_.pop_front();
    auto sent = co_await wire_.write(message);
    queued_ -= message.size();
    co_return sent;
}

Task<> Talk::send_queue() {
    while (!dropped_) {
        if (ping_ || !queue_.empty()) {
            busy_since_ = clock_.now();
            timing_.set();
            const auto sent = co_await send_next();
            busy_since_.reset();
            if (!sent) drop();
        } else if (handled_) {
            co_await say_goodbye();
        } else {
            co_await to_send_.wait_until(TimePoint::max());
        }
    }
    over_ = true;
    timing_.set();
}

Task<> Talk::say_goodbye() {
    busy_since_ = clock_.now();
    timing_.set();
    co_await wire_.close();
    drop();
}

bool Talk::is_lost(TimePoint now) const {
    return (busy_since_ && now >= *busy_since_ + limits_.write_timeout) ||
           now >= heard_ + 2 * limits_.ping_after;
}

TimePoint Talk::next_check() const {
    const TimePoint quiet = heard_ + (pinged_ ? 2 : 1) * limits_.ping_after;
    return busy_since_ ? std::min(quiet, *busy_since_ + limits_.write_timeout) : quiet;
}

Task<> Talk::watch() {
    while (!over_) {
        const TimePoint now = clock_.now();
        if (is_lost(now)) {
            if (!dropped_) drop();
            // The sender and the handler end by themselves now.
            co_await timing_.wait_until(TimePoint::max());
            continue;
        }
        if (!pinged_ && now >= heard_ + limits_.ping_after) {
            pinged_ = ping_ = true;
            to_send_.set();
        }
        co_await timing_.wait_until(next_check());
    }
}

Task<> close_at(Clock& clock, Socket& socket, TimePoint when) {
    co_await clock.sleep_until(when);
    boost::system::error_code ignored;
    if (clock.now() >= when) socket.close(ignored);
}

}  // namespace

Task<> converse(EventLoop& loop, Clock& clock, Wire& wire, Limits limits, Handler handler) {
    Talk talk(loop, clock, wire, limits);
    co_await talk.run(std::move(handler));
}

Task<Result<std::unique_ptr<Wire>>> open_within(Duration limit, Clock& clock, Socket& socket,
                                                Task<Result<std::unique_ptr<Wire>>> work) {
    using namespace boost::asio::experimental::awaitable_operators;
    auto first = co_await (std::move(work) || close_at(clock, socket, clock.now() + limit));
    if (first.index() == 1) co_return fail(Errc::Timeout, "no WebSocket handshake in time");
    co_return std::get<0>(std::move(first));
}

Task<> serve(EventLoop& loop, Clock& clock, Socket& socket, http::Request request, Limits limits,
             Handler handler) {
    auto wire = co_await open_within(limits.write_timeout, clock, socket,
                                     accept_upgrade(socket, std::move(request), limits));
    if (wire) co_await converse(loop, clock, **wire, limits, std::move(handler));
}

}  // namespace dz::ws
