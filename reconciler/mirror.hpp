// reconciler/mirror.hpp: what the kernel holds, kept up to date by its events and by what we do ourselves.
//
// Reading all routes takes milliseconds for each ten thousand; hearing of one takes microseconds. So routes
// and the machine's addresses are followed one by one. Whatever changes a link or an address of ours may take
// routes along silently, and then only reading anew tells the truth: the mirror is `stale`.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "netlink/types.hpp"
#include "reconciler/state.hpp"

namespace dz::reconciler {

/// What a change means to us.
enum class Effect : std::uint8_t {
    None,
    Host,       ///< paths and addresses of the machine may have changed
    Route,      ///< a route of ours: its key is among `take_dirty`
    Structure,  ///< a link, address or rule of ours: the mirror is stale
};

/// Plain memory; one thread.
class Mirror {
  public:
    /// Nothing is known at first.
    bool stale() const { return stale_; }
    void invalidate() { stale_ = true; }
    /// What was just read.
    void replace(const netlink::State& kernel);

    /// Somebody, perhaps we ourselves, changed something. An event that tells nothing new is `None`.
    Effect on(const netlink::Event& event);
    /// We changed something.
    void note(const netlink::Change& change);

    /// What bears our mark, normalized, with `peers`.
    State state(std::vector<bgp::PeerConfig> peers) const;
    /// Null when there is none of ours.
    const netlink::Route* route(const netlink::RouteKey& key) const;
    const netlink::Tunnel* tunnel(std::string_view name) const;
    std::size_t routes_on(std::string_view link) const;
    /// Of all links.
    std::span<const netlink::LinkAddress> addresses() const { return addresses_; }
    /// With our mark, in any order.
    std::span<const netlink::Rule> rules() const { return rules_; }
    const std::vector<std::string>& taken_names() const { return taken_names_; }
    /// Routes of others that come before one of ours to the same destination.
    std::vector<netlink::Route> shadowing() const;

    /// Routes of ours that others changed since the last call.
    std::vector<netlink::RouteKey> take_dirty();

  private:
    struct KeyHash {
        std::size_t operator()(const netlink::RouteKey& key) const;
    };

    Effect on_route(const netlink::Route& route, bool there);
    Effect on_tunnel(const netlink::Tunnel& tunnel, bool there);
    Effect on_link(const netlink::Link& link, bool there);
    Effect on_address(const netlink::LinkAddress& address, bool there);
    Effect on_rule(const netlink::Rule& rule, bool there);
    Effect structure();
    void keep(const netlink::Route& route);
    void drop_routes_on(std::string_view link);
    void follow_foreign(const netlink::Route& route, bool there);
    bool is_ours(const netlink::Route& route) const;

    bool stale_ = true;
    std::vector<netlink::Tunnel> tunnels_;  ///< ours
    std::vector<netlink::LinkAddress> addresses_;
    std::vector<netlink::Rule> rules_;                                              ///< with our mark
    boost::unordered_flat_map<netlink::RouteKey, netlink::Route, KeyHash> routes_;  ///< ours
    std::map<netlink::RouteKey, netlink::Route> foreign_;  ///< those that could shadow ours
    std::vector<std::string> taken_names_;
    std::set<netlink::RouteKey> dirty_;
};

}  // namespace dz::reconciler
