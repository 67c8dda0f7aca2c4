// protocols/bgp/speaker.hpp: port to BGP: a set of peers, and the routes learned from them.
//
// The reconciler says which peers there shall be and reads which routes they announced; it alone writes the
// kernel. `AsioSpeaker` talks to devices, `FakeSpeaker` is for tests. One thread.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "base/ip.hpp"
#include "base/task.hpp"
#include "protocols/bgp/peer.hpp"
#include "protocols/bgp/rib.hpp"

namespace dz::bgp {

/// The route of `peer` to `prefix` is no longer what it was: look it up with `rib(peer)->find(prefix)`.
struct RouteChange {
    Ipv4 peer;
    Prefix prefix;
    bool operator==(const RouteChange&) const = default;
};

class Speaker {
  public:
    virtual ~Speaker() = default;

    /// Adds the peer and dials it at once, or changes the one with the same remote address. An equal
    /// configuration changes nothing. A new policy or announced prefix keeps the session; everything else
    /// restarts it.
    virtual void set(PeerConfig config) = 0;

    /// For a daemon that finds its tunnel in the kernel as an earlier process left it: `prefix` was announced
    /// to `remote` then, so a device that kept it may go on using it while the session comes up (RFC 4724).
    /// Before `set`.
    virtual void inherit(Ipv4 remote, const Prefix& prefix) = 0;

    /// Ends the session with a Cease and forgets peer and routes, which are reported as changes.
    /// False when there is no such peer.
    virtual bool remove(Ipv4 remote) = 0;

    /// In order of remote address.
    virtual std::vector<PeerReport> peers() const = 0;
    virtual std::optional<PeerReport> peer(Ipv4 remote) const = 0;

    /// What the peer has announced: nullptr when there is no such peer. Valid until the peer is removed.
    /// Empty unless the session is established (or the peer restarts gracefully).
    virtual const AdjRibIn* rib(Ipv4 remote) const = 0;

    /// Accepted routes that appeared, disappeared or changed their next hop since the last call, of all
    /// peers, those of removed peers included. For one reader: the reconciler.
    virtual std::vector<RouteChange> take_changes() = 0;

    /// Called after each change of a route or a status: for waking the reconciler. It must not call the
    /// speaker. Replaces an earlier one.
    virtual void on_change(std::function<void()> notify) = 0;

    /// Cease to all, then waits until the connections are closed, a second at most. Forgets all peers.
    virtual Task<> stop() = 0;

    /// The same where another process is to go on: peers that know graceful restart get no Cease, and keep
    /// what we announced until that process is there (RFC 4724).
    virtual Task<> leave() = 0;
};

}  // namespace dz::bgp
