// protocols/bgp/bmp_exporter.hpp: tells one monitoring station about all sessions (RFC 7854), over TCP.
//
// A station that connects late, or again, is told everything from the start: each session that is up, its
// routes before policy, an End-of-RIB, and from then on every change. Each route of that dump is looked up
// when its turn comes, so that changes need not wait for the dump's end. Nothing ever waits for the station:
// one that lets the queue fill up is dropped, and told anew later.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/task.hpp"
#include "protocols/bgp/bmp.hpp"
#include "protocols/bgp/peer.hpp"
#include "protocols/bgp/rib.hpp"

namespace dz::bgp::bmp {

/// Between attempts to reach the station, doubling (RFC 7854, section 3.2).
inline constexpr Duration kFirstPause = 30s, kLongestPause = 720s;
inline constexpr Duration kStatisticsInterval = 60s;

/// One thread. Outlives the speaker whose sessions report to it.
class Exporter {
  public:
    struct Config {
        Station station;
        std::string system_name, description;  ///< of the Initiation message
        std::size_t max_queue = 8U << 20;      ///< bytes that may wait for the station
    };
    Exporter(EventLoop& loop, Clock& clock, Log log, metrics::Registry& registry, Config config);
    ~Exporter();

    /// Keeps a connection to the station until `stop`. Once.
    Task<> run();
    /// Ends `run`, with a Termination where the station is connected.
    void stop();

    /// A session came up. `rib` and `counters` stay valid until it is `down`.
    void up(const Peer& peer, PeerUp session, const AdjRibIn& rib, const PeerCounters& counters);
    /// `update` was applied to the RIB of `peer`, whose session is up.
    void learned(Ipv4 peer, const Update& update);
    void down(Ipv4 peer, const PeerDown& why);

  private:
    struct Conversation;
    struct Monitored {
        Peer peer;
        PeerUp up;
        WallTime since;
        const AdjRibIn* rib = nullptr;
        const PeerCounters* counters = nullptr;
    };

    Task<> follow();
    Task<boost::system::error_code> connect(boost::asio::ip::tcp::socket& socket);
    Task<> converse(boost::asio::ip::tcp::socket socket);
    Task<> write(Conversation& conversation);
    static Task<> watch(Conversation& conversation);
    Task<> report_statistics();

    void greet();
    void dump_some();
    void enqueue(ByteView message);
    void say_goodbye();

    EventLoop& loop_;
    Clock& clock_;
    Log log_;
    Config config_;
    prometheus::Gauge& is_up_;
    prometheus::Counter& messages_;
    prometheus::Counter& drops_;
    Wake queued_, stop_asked_;
    std::map<Ipv4, Monitored> sessions_;  ///< that are up
    std::unique_ptr<Conversation> conversation_;
    bool too_slow_ = false;  ///< the last conversation ended so
    bool complained_ = false;
    bool stopping_ = false;
};

}  // namespace dz::bgp::bmp
