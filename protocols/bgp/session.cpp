#include "protocols/bgp/session.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <utility>

#include "protocols/bgp/bmp_exporter.hpp"
#include "protocols/bgp/connection.hpp"
#include "protocols/bgp/socket.hpp"

namespace dz::bgp {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

constexpr auto kAwaitTuple = asio::as_tuple(asio::use_awaitable);
/// A peer that leaves this much unread is not alive, whatever its hold timer says (compare RFC 9687).
constexpr std::size_t kMaxUnsent = 64U << 10;

double seconds(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

std::int64_t millis(Duration duration) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

}  // namespace

Session::Session(std::shared_ptr<Context> context, const PeerConfig& config, std::optional<Prefix> inherited)
    : context_(std::move(context)),
      metrics_(context_->metrics.peer(config.remote)),
      fsm_(config, context_->clock.now()),
      rib_(config.remote, config.policy),
      wake_(context_->loop, context_->clock),
      added_(context_->clock.now()),
      status_since_(context_->clock.wall()) {
    if (inherited) fsm_.inherit(*inherited);
}

Session::~Session() = default;

void Session::start() {
    feed(Start{});
    spawn(keep_time(shared_from_this()));
}

void Session::end(Event event) {
    if (stopped_) return;
    stopped_ = true;
    feed(std::move(event));
    stop_listening();
    wake_.set();
    context_->metrics.forget(fsm_.config().remote);
}

bool Session::adjust(const PeerConfig& config) {
    PeerConfig same = fsm_.config();
    same.policy = config.policy;
    same.announce = config.announce;
    if (same != config) return false;
    if (config.policy != rib_.policy()) {
        fsm_.set_policy(config.policy);
        rib_.set_policy(config.policy);
    }
    feed(Announce{config.announce});
    return true;
}

PeerReport Session::report() const {
    return {.config = fsm_.config(),
            .state = fsm_.state(),
            .status = fsm_.status(),
            .status_since = status_since_,
            .hold_time = std::chrono::duration_cast<std::chrono::seconds>(fsm_.hold_time()),
            .routes = rib_.size(),
            .accepted = rib_.accepted(),
            .last_error = fsm_.last_error(),
            .counters = counters_};
}

// --- coroutines ---

void Session::spawn(Task<> task) {
    ++context_->running;
    asio::co_spawn(context_->loop, std::move(task), [context = context_](const std::exception_ptr& failure) {
        --context->running;
        if (failure) std::rethrow_exception(failure);
    });
}

Task<> Session::keep_time(std::shared_ptr<Session>) {
    while (!stopped_) {
        armed_ = fsm_.next_deadline().value_or(context_->clock.now() + 1h);
        co_await wake_.wait_until(*armed_);
        armed_.reset();
        const auto due = fsm_.next_deadline();
        if (due && *due <= context_->clock.now()) feed(Tick{});
    }
}

Task<> Session::converse(std::shared_ptr<Session> self, std::shared_ptr<Connection> connection) {
    const PeerConfig& config = fsm_.config();
    auto& socket = connection->socket;
    ErrorCode error = prepare(socket, config);
    if (!error) {
        const tcp::endpoint device(config.remote, config.port);
        std::tie(error) = co_await socket.async_connect(device, kAwaitTuple);
    }
    if (connection != connection_) co_return;
    if (error) co_return feed(Disconnected{"connect: " + error.message()});
    count_connection();
    feed(Connected{});
    co_await read(std::move(self), std::move(connection));
}

/// Lives as long as its connection is the session's; whoever hangs up leaves it to notice.
Task<> Session::read(std::shared_ptr<Session>, std::shared_ptr<Connection> connection) {
    while (connection == connection_) {
        const auto [failure, count] =
            co_await connection->socket.async_read_some(asio::buffer(connection->input), kAwaitTuple);
        if (connection != connection_) co_return;
        if (failure) co_return feed(Disconnected{"connection lost: " + failure.message()});
        connection->framer.feed(ByteView(connection->input).first(count));
        take_messages(connection);
    }
}

void Session::take_messages(const std::shared_ptr<Connection>& connection) {
    const bool external = fsm_.config().local_asn != fsm_.config().remote_asn;
    while (connection == connection_) {
        const auto next = connection->framer.next();
        if (!next) return feed(Malformed{next.error()});
        const std::optional<Framer::Frame>& frame = *next;
        if (!frame) return;
        ++counters_.messages_in;
        metrics_.received[static_cast<std::size_t>(frame->type)]->Increment();
        const bool is_update = frame->type == MessageType::Update;
        const TimePoint begin = is_update ? context_->clock.now() : TimePoint{};
        auto message = decode(frame->type, frame->body, external);
        if (!message) return feed(Malformed{std::move(message).error()});
        feed(Received{*std::move(message)});
        if (is_update)
            context_->metrics.handle_update_seconds.Observe(seconds(context_->clock.now() - begin));
    }
}

// --- the state machine's hands ---

void Session::feed(Event event) {
    const State state = fsm_.state();
    const Status status = fsm_.status();
    remember(event);
    for (Action& action : fsm_.on(std::move(event), context_->clock.now())) perform(action);
    report_changes(state, status);
    if (visitor_ && fsm_.incoming() == Incoming::Refuse) turn_away(*std::exchange(visitor_, nullptr));
    if (rib_.size() > fsm_.config().max_routes && fsm_.state() == State::Established) feed(TooManyRoutes{});

    const auto deadline = fsm_.next_deadline();
    if (deadline && armed_ && *deadline < *armed_) wake_.set();
}

void Session::perform(Action& action) {
    struct Visitor {
        Session& session;
        void operator()(const Dial&) { session.dial(); }
        void operator()(const Listen&) { session.listen(); }
        void operator()(const Adopt&) { session.connection_ = std::exchange(session.visitor_, nullptr); }
        void operator()(const HangUp&) { session.hang_up(); }
        void operator()(const Send& act) { session.send(act.message); }
        void operator()(const Learn& act) { session.learn(act.update); }
        void operator()(const KeepRoutes&) { session.rib_.mark_stale(); }
        void operator()(const SweepRoutes&) { session.rib_.sweep_stale(); }
        void operator()(const FlushRoutes&) { session.rib_.clear(); }
    };
    std::visit(Visitor{*this}, action);
}

void Session::dial() {
    connection_ = std::make_shared<Connection>(tcp::socket(context_->loop));
    spawn(converse(shared_from_this(), connection_));
}

void Session::hang_up() {
    if (connection_) close(*std::exchange(connection_, nullptr));
}

void Session::count_connection() {
    ++counters_.connects;
    metrics_.connects.Increment();
}

void Session::close(Connection& connection) {
    ErrorCode ignored;
    connection.socket.shutdown(tcp::socket::shutdown_send, ignored);
    connection.socket.close(ignored);
}

void Session::send(const Message& message) {
    if (!connection_) return;
    ++counters_.messages_out;
    metrics_.sent[static_cast<std::size_t>(type_of(message))]->Increment();
    remember(message);
    const Bytes bytes = encode(message);
    auto& unsent = connection_->unsent;
    unsent.insert(unsent.end(), bytes.begin(), bytes.end());
    flush(connection_);
}

/// Writes at once what the socket takes, so that a NOTIFICATION is out before the connection is closed.
void Session::flush(const std::shared_ptr<Connection>& connection) {
    auto& unsent = connection->unsent;
    ErrorCode error;
    while (!unsent.empty() && !connection->waiting_to_write) {
        const std::size_t count = connection->socket.write_some(asio::buffer(unsent), error);
        // A broken connection is the reader's to find out.
        if (error && error != asio::error::would_block) return;
        unsent.erase(unsent.begin(), unsent.begin() + static_cast<std::ptrdiff_t>(count));
        if (!error) continue;
        connection->waiting_to_write = true;
        connection->socket.async_wait(tcp::socket::wait_write,
                                      [self = shared_from_this(), connection](ErrorCode failure) {
                                          connection->waiting_to_write = false;
                                          if (!failure && connection == self->connection_)
                                              self->flush(connection);
                                      });
    }
    if (unsent.size() <= kMaxUnsent) return;
    asio::post(context_->loop, [self = shared_from_this(), connection] {
        if (connection == self->connection_) self->feed(Disconnected{"the peer does not read"});
    });
}

void Session::learn(const Update& update) {
    ++counters_.updates_in;
    if (!update.findings.empty()) {
        const bool withdrawn = update.treated_as_withdraw();
        ++(withdrawn ? counters_.treated_as_withdraw : counters_.attributes_discarded);
        (withdrawn ? metrics_.treated_as_withdraw : metrics_.attributes_discarded).Increment();
        context_->log.debug("update with a bad attribute", {{"peer", fsm_.config().remote},
                                                            {"type", update.findings.front().attribute},
                                                            {"what", update.findings.front().what},
                                                            {"withdrawn", withdrawn}});
    }
    rib_.apply(update, context_->clock.now());
    if (context_->exporter != nullptr) context_->exporter->learned(fsm_.config().remote, update);
}

void Session::report_changes(State state_before, Status status_before) {
    const TimePoint now = context_->clock.now();
    const Ipv4 peer = fsm_.config().remote;
    const bool was_up = state_before == State::Established;
    const bool is_up = fsm_.state() == State::Established;
    if (is_up && !was_up) {
        if (counters_.established++ == 0) metrics_.established_seconds.Observe(seconds(now - added_));
        established_at_ = now;
        tell_up();
        context_->log.info(
            "session established",
            {{"peer", peer}, {"after_ms", millis(now - added_)}, {"hold_s", seconds(fsm_.hold_time())}});
    }
    if (was_up && !is_up) {
        metrics_.sessions_lost.Increment();
        tell_down();
        context_->log.info("session lost", {{"peer", peer},
                                            {"error", fsm_.last_error()},
                                            {"after_ms", millis(now - established_at_)},
                                            {"kept_routes", rib_.size()}});
    }
    if (is_up != was_up) {
        metrics_.is_up.Set(is_up ? 1 : 0);
        context_->metrics.session_is_up.Set(is_up ? 1 : 0);
    }
    const bool status_changed = fsm_.status() != status_before;
    if (status_changed) {
        status_since_ = context_->clock.wall();
        const bool hopeless = fsm_.status() == Status::Failed || fsm_.status() == Status::Unreachable;
        if (hopeless) {
            context_->log.warn(
                "no session, still trying",
                {{"peer", peer}, {"status", to_string(fsm_.status())}, {"error", fsm_.last_error()}});
        }
    }
    metrics_.routes_accepted.Set(static_cast<double>(rib_.accepted()));
    metrics_.routes_stale.Set(static_cast<double>(rib_.stale()));
    metrics_.routes_rejected.Set(static_cast<double>(rib_.size() - rib_.accepted()));
    if ((status_changed || rib_.has_changes()) && context_->notify && !stopped_) context_->notify();
}

}  // namespace dz::bgp
