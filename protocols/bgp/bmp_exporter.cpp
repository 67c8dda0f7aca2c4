#include "protocols/bgp/bmp_exporter.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <tuple>
#include <utility>
#include <vector>

namespace dz::bgp::bmp {
namespace {

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

constexpr auto kAwaitTuple = asio::as_tuple(asio::use_awaitable);
/// Routes looked up at a time; between two such steps others have the loop.
constexpr std::size_t kDumpStep = 256;

/// What a station has yet to be told of the routes that were there when it came.
struct Dump {
    Ipv4 peer;
    std::vector<Prefix> prefixes;
};

}  // namespace

struct Exporter::Conversation {
    explicit Conversation(tcp::socket s) : socket(std::move(s)) {}

    tcp::socket socket;
    Bytes unsent;
    std::deque<Dump> dumps;
    std::array<std::uint8_t, 512> ignored{};
};

Exporter::Exporter(EventLoop& loop, Clock& clock, Log log, metrics::Registry& registry, Config config)
    : loop_(loop),
      clock_(clock),
      log_(std::move(log)),
      config_(std::move(config)),
      is_up_(prometheus::BuildGauge()
                 .Name("doublezero_bmp_is_up")
                 .Help("1 while the BMP station is connected.")
                 .Register(registry)
                 .Add({})),
      messages_(prometheus::BuildCounter()
                    .Name("doublezero_bmp_messages_total")
                    .Help("Messages queued for the BMP station.")
                    .Register(registry)
                    .Add({})),
      drops_(prometheus::BuildCounter()
                 .Name("doublezero_bmp_drops_total")
                 .Help("Times that the BMP station was dropped for not keeping up.")
                 .Register(registry)
                 .Add({})),
      queued_(loop, clock),
      stop_asked_(loop, clock) {}

Exporter::~Exporter() = default;

Task<> Exporter::run() {
    co_await (follow() || stop_asked_.wait_until(TimePoint::max()));
    say_goodbye();
}

void Exporter::stop() {
    stopping_ = true;
    stop_asked_.set();
}

// --- the connection ---

Task<> Exporter::follow() {
    for (Duration pause = kFirstPause;; pause = std::min(2 * pause, kLongestPause)) {
        tcp::socket socket(loop_);
        const ErrorCode error = co_await connect(socket);
        if (error) {
            if (!std::exchange(complained_, true))
                log_.warn("monitoring station cannot be reached, trying on",
                          {{"station", config_.station.host}, {"error", error.message()}});
        } else {
            complained_ = false;
            co_await converse(std::move(socket));
            // One that cannot keep up is left alone ever longer.
            if (!too_slow_) pause = kFirstPause;
        }
        co_await clock_.sleep_for(pause);
    }
}

Task<ErrorCode> Exporter::connect(tcp::socket& socket) {
    ErrorCode error;
    const auto address = asio::ip::make_address(config_.station.host, error);
    if (!error) {
        std::tie(error) = co_await socket.async_connect({address, config_.station.port}, kAwaitTuple);
        co_return error;
    }
    tcp::resolver resolver(loop_);
    const auto [unknown, endpoints] = co_await resolver.async_resolve(
        config_.station.host, std::to_string(config_.station.port), kAwaitTuple);
    if (unknown) co_return unknown;
    std::tie(error, std::ignore) = co_await asio::async_connect(socket, endpoints, kAwaitTuple);
    co_return error;
}

Task<> Exporter::converse(tcp::socket socket) {
    ErrorCode ignored;
    socket.non_blocking(true, ignored);
    socket.set_option(asio::socket_base::keep_alive(true), ignored);
    conversation_ = std::make_unique<Conversation>(std::move(socket));
    too_slow_ = false;
    is_up_.Set(1);
    log_.info("monitoring station connected", {{"station", config_.station.host}});
    greet();
    co_await (write(*conversation_) || watch(*conversation_) || report_statistics());
    if (stopping_) co_return;
    conversation_.reset();
    is_up_.Set(0);
    if (too_slow_) {
        drops_.Increment();
        log_.warn("monitoring station does not keep up, dropped",
                  {{"station", config_.station.host}, {"queue_bytes", config_.max_queue}});
    } else {
        log_.info("monitoring station gone", {{"station", config_.station.host}});
    }
}

/// Ends when the connection does.
Task<> Exporter::write(Conversation& conversation) {
    Bytes& unsent = conversation.unsent;
    while (!too_slow_) {
        if (unsent.empty() && !conversation.dumps.empty()) {
            dump_some();
            co_await asio::post(loop_, asio::use_awaitable);
        }
        if (unsent.empty()) {
            if (conversation.dumps.empty()) co_await queued_.wait_until(TimePoint::max());
            continue;
        }
        ErrorCode error;
        const std::size_t count = conversation.socket.write_some(asio::buffer(unsent), error);
        if (error == asio::error::would_block) {
            std::tie(error) = co_await conversation.socket.async_wait(tcp::socket::wait_write, kAwaitTuple);
        }
        if (error) co_return;
        unsent.erase(unsent.begin(), unsent.begin() + static_cast<std::ptrdiff_t>(count));
    }
}

/// A station has nothing to say (RFC 7854, section 3.2), but its end of the connection is seen here.
Task<> Exporter::watch(Conversation& conversation) {
    for (;;) {
        const auto [error, count] =
            co_await conversation.socket.async_read_some(asio::buffer(conversation.ignored), kAwaitTuple);
        if (error) co_return;
    }
}

Task<> Exporter::report_statistics() {
    for (;;) {
        const TimePoint due = clock_.now() + kStatisticsInterval;
        co_await clock_.sleep_until(due);
        if (clock_.now() < due) co_return;
        for (const auto& [remote, session] : sessions_) {
            const auto withdrawn = static_cast<std::uint32_t>(session.counters->treated_as_withdraw);
            enqueue(statistics(session.peer, clock_.wall(), {session.rib->size(), withdrawn}));
        }
    }
}

/// As much as the connection takes at once: whoever ends the daemon does not wait for a station.
void Exporter::say_goodbye() {
    if (!conversation_) return;
    enqueue(termination());
    ErrorCode ignored;
    conversation_->socket.write_some(asio::buffer(conversation_->unsent), ignored);
    conversation_->socket.shutdown(tcp::socket::shutdown_send, ignored);
    conversation_.reset();
    is_up_.Set(0);
}

// --- what it is told ---

void Exporter::greet() {
    enqueue(initiation(config_.system_name, config_.description));
    for (const auto& [remote, session] : sessions_) {
        enqueue(peer_up(session.peer, session.since, session.up));
        Dump dump{.peer = remote, .prefixes = {}};
        dump.prefixes.reserve(session.rib->size());
        session.rib->for_each([&](const Route& route) { dump.prefixes.push_back(route.prefix); });
        conversation_->dumps.push_back(std::move(dump));
    }
}

void Exporter::dump_some() {
    Dump& dump = conversation_->dumps.front();
    const Monitored& session = sessions_.at(dump.peer);
    std::vector<Route> routes;
    while (!dump.prefixes.empty() && routes.size() < kDumpStep) {
        // A stale route is of the session before, which the station was told has ended.
        const auto route = session.rib->find(dump.prefixes.back());
        if (route && !route->stale) routes.push_back(*route);
        dump.prefixes.pop_back();
    }
    const auto kind = [](const Route& route) { return std::pair(route.attributes, route.since); };
    std::ranges::sort(routes, {}, kind);
    for (auto first = routes.begin(); first != routes.end();) {
        const auto last = std::find_if(first, routes.end(),
                                       [&](const Route& route) { return kind(route) != kind(*first); });
        std::vector<Prefix> prefixes;
        std::transform(first, last, std::back_inserter(prefixes), [](const Route& r) { return r.prefix; });
        const WallTime since = clock_.wall() - (clock_.now() - first->since);
        for (const Update& update : pack(*first->attributes, prefixes))
            if (const auto message = route_monitoring(session.peer, since, update)) enqueue(*message);
        first = last;
    }
    if (!dump.prefixes.empty()) return;
    Update complete;
    complete.end_of_rib = true;
    if (const auto message = route_monitoring(session.peer, clock_.wall(), complete)) enqueue(*message);
    conversation_->dumps.pop_front();
}

void Exporter::up(const Peer& peer, PeerUp session, const AdjRibIn& rib, const PeerCounters& counters) {
    const WallTime now = clock_.wall();
    if (conversation_) enqueue(peer_up(peer, now, session));
    sessions_.insert_or_assign(peer.address, Monitored{peer, std::move(session), now, &rib, &counters});
}

void Exporter::learned(Ipv4 peer, const Update& update) {
    const auto session = sessions_.find(peer);
    if (!conversation_ || session == sessions_.end()) return;
    if (const auto message = route_monitoring(session->second.peer, clock_.wall(), update)) enqueue(*message);
}

void Exporter::down(Ipv4 peer, const PeerDown& why) {
    const auto session = sessions_.extract(peer);
    if (!conversation_ || session.empty()) return;
    std::erase_if(conversation_->dumps, [&](const Dump& dump) { return dump.peer == peer; });
    enqueue(peer_down(session.mapped().peer, clock_.wall(), why));
}

void Exporter::enqueue(ByteView message) {
    Bytes& unsent = conversation_->unsent;
    if (too_slow_) return;
    if (unsent.size() + message.size() > config_.max_queue) {
        too_slow_ = true;
        ErrorCode ignored;
        conversation_->socket.cancel(ignored);
    } else {
        unsent.insert(unsent.end(), message.begin(), message.end());
        messages_.Increment();
    }
    queued_.set();
}

}  // namespace dz::bgp::bmp
