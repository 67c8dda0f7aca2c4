// protocols/bgp/asio_speaker.hpp: the speaker that talks to devices over TCP.
#pragma once

#include <map>
#include <memory>

#include "base/log.hpp"
#include "protocols/bgp/session.hpp"
#include "protocols/bgp/speaker.hpp"

namespace dz::bgp {

class Metrics;

/// Owns one session per peer, all on the loop's thread. Logs sessions that come and go.
class AsioSpeaker final : public Speaker {
  public:
    /// `exporter`: hears of all sessions; may be null.
    AsioSpeaker(EventLoop& loop, Clock& clock, Log log, Metrics& metrics, bmp::Exporter* exporter = nullptr);
    /// Says Cease and closes without waiting; `stop` also sees the connections closed.
    ~AsioSpeaker() override;

    void set(PeerConfig config) override;
    void inherit(Ipv4 remote, const Prefix& prefix) override { inherited_.insert_or_assign(remote, prefix); }
    bool remove(Ipv4 remote) override;
    std::vector<PeerReport> peers() const override;
    std::optional<PeerReport> peer(Ipv4 remote) const override;
    const AdjRibIn* rib(Ipv4 remote) const override;
    std::vector<RouteChange> take_changes() override;
    void on_change(std::function<void()> notify) override;
    Task<> stop() override;
    Task<> leave() override;

  private:
    using Sessions = std::map<Ipv4, std::shared_ptr<Session>>;

    void drop(Sessions::iterator place, std::uint8_t subcode);
    void changed();
    Task<> see_closed();

    std::shared_ptr<Session::Context> context_;
    Sessions sessions_;
    std::map<Ipv4, Prefix> inherited_;
    std::vector<RouteChange> changes_;  ///< of removed peers
};

}  // namespace dz::bgp
