// protocols/bgp/fake_speaker.hpp: a speaker without a network, for tests of what is built on the port.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "protocols/bgp/speaker.hpp"

namespace dz::bgp {

/// Peers stay pending until the test says otherwise; routes are judged by the real RIB and policy.
class FakeSpeaker final : public Speaker {
  public:
    explicit FakeSpeaker(Clock& clock) : clock_(clock) {}

    void set(PeerConfig config) override;
    bool remove(Ipv4 remote) override;
    std::vector<PeerReport> peers() const override;
    std::optional<PeerReport> peer(Ipv4 remote) const override;
    const AdjRibIn* rib(Ipv4 remote) const override;
    std::vector<RouteChange> take_changes() override;
    void on_change(std::function<void()> notify) override { notify_ = std::move(notify); }
    Task<> stop() override;
    Task<> leave() override;
    void inherit(Ipv4 remote, const Prefix& prefix) override { inherited.insert_or_assign(remote, prefix); }

    // What the peer does. The peer must have been set.
    void establish(Ipv4 remote);
    /// The session is lost: status down, routes gone.
    void lose(Ipv4 remote);
    /// NEXT_HOP is the peer. Only when established, and only when the peer's routes are wanted.
    void announce(Ipv4 remote, const Prefix& prefix);
    void withdraw(Ipv4 remote, const Prefix& prefix);
    void set_status(Ipv4 remote, Status status);

    /// One line per peer, each followed by its accepted routes:
    /// "peer 169.254.0.0 as 65342 announces 203.0.114.7/32 BGP Session Up", "route 198.18.0.7/32 via
    /// 169.254.0.0". 203.0.114.7/32 up".
    std::string dump() const;

    std::map<Ipv4, Prefix> inherited;  ///< what the process before is said to have announced
    bool left = false;                 ///< ended by `leave`

  private:
    struct Peer {
        PeerReport report;
        std::unique_ptr<AdjRibIn> rib;
    };
    Peer& at(Ipv4 remote);
    void changed(Peer& peer);

    Clock& clock_;
    std::map<Ipv4, Peer> peers_;
    std::vector<RouteChange> changes_;
    std::function<void()> notify_;
};

}  // namespace dz::bgp
