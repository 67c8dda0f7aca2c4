// protocols/bgp/session.hpp: one peer over TCP: moves bytes between a socket and the state machine, arms its
// timers, keeps its RIB.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>
#include <functional>
#include <memory>
#include <optional>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/task.hpp"
#include "protocols/bgp/bmp.hpp"
#include "protocols/bgp/fsm.hpp"
#include "protocols/bgp/metrics.hpp"
#include "protocols/bgp/peer.hpp"
#include "protocols/bgp/rib.hpp"

namespace dz::bgp {

namespace bmp {
class Exporter;
}

/// Shared between the speaker and its own coroutines, which go on until the session is stopped. One thread.
class Session : public std::enable_shared_from_this<Session> {
  public:
    /// What all sessions of a speaker use; outlives them.
    struct Context {
        EventLoop& loop;
        Clock& clock;
        Log log;
        Metrics& metrics;
        bmp::Exporter* exporter = nullptr;  ///< of what sessions tell a monitoring station; null: nothing
        std::function<void()> notify;       ///< routes or status changed
        std::size_t running = 0;            ///< coroutines that have not ended
    };

    /// `inherited`: what an earlier process announced to the peer.
    Session(std::shared_ptr<Context> context, const PeerConfig& config, std::optional<Prefix> inherited);
    ~Session();

    void start();
    /// Says Cease and closes. Afterwards nothing is reported any more; routes are gone.
    void stop(std::uint8_t subcode) { end(Stop{subcode}); }
    /// The same, but for a peer that knows graceful restart: see `Leave`.
    void leave() { end(Leave{}); }

    /// Takes over a new policy or announced prefix. False, and nothing is changed, when `config` asks for
    /// more.
    bool adjust(const PeerConfig& config);

    PeerReport report() const;
    const AdjRibIn& rib() const { return rib_; }
    std::vector<Prefix> take_changes() { return rib_.take_changes(); }

  private:
    struct Connection;
    using Acceptor = boost::asio::ip::tcp::acceptor;

    // session.cpp: the connection that counts.
    Task<> keep_time(std::shared_ptr<Session> self);
    Task<> converse(std::shared_ptr<Session> self, std::shared_ptr<Connection> connection);
    Task<> read(std::shared_ptr<Session> self, std::shared_ptr<Connection> connection);
    void spawn(Task<> task);

    void end(Event event);
    void feed(Event event);
    void perform(Action& action);
    void dial();
    void hang_up();
    static void close(Connection& connection);
    void count_connection();
    void send(const Message& message);
    void flush(const std::shared_ptr<Connection>& connection);
    void take_messages(const std::shared_ptr<Connection>& connection);
    void learn(const Update& update);
    void report_changes(State state_before, Status status_before);

    // visitors.cpp: connections that the peer opens.
    void listen();
    void cannot_listen(boost::system::error_code error);
    void stop_listening();
    Task<> take_visitors(std::shared_ptr<Session> self, std::shared_ptr<Acceptor> acceptor);
    void receive_visitor(boost::asio::ip::tcp::socket socket);
    Task<> meet(std::shared_ptr<Session> self, std::shared_ptr<Connection> visitor);
    void turn_away(Connection& visitor);

    // monitored.cpp: what a monitoring station is told.
    void remember(const Event& event);
    void remember(const Message& sent);
    void tell_up();
    void tell_down();

    std::shared_ptr<Context> context_;
    Metrics::Peer metrics_;
    Fsm fsm_;
    AdjRibIn rib_;
    Wake wake_;
    std::shared_ptr<Connection> connection_;
    std::shared_ptr<Connection> visitor_;  ///< opened by the peer, and not ours yet
    std::shared_ptr<Acceptor> acceptor_;
    std::optional<TimePoint> armed_;  ///< what `keep_time` waits for
    bool stopped_ = false;

    TimePoint added_;
    TimePoint established_at_;
    WallTime status_since_;
    Open sent_open_, received_open_;  ///< of the connection
    bmp::PeerDown farewell_;
    PeerCounters counters_;
};

}  // namespace dz::bgp
