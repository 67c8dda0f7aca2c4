#include "reconciler/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace dz::reconciler {

namespace {

using netlink::Add;
using netlink::Change;
using netlink::LinkAddress;
using netlink::Remove;
using netlink::Replace;
using netlink::Route;
using netlink::Tunnel;

template <class... Visitors>
struct Overloaded : Visitors... {
    using Visitors::operator()...;
};

template <class T>
bool contains(const std::vector<T>& objects, const T& object) {
    return std::ranges::find(objects, object) != objects.end();
}

const Tunnel* find(const std::vector<Tunnel>& tunnels, std::string_view name) {
    const auto at = std::ranges::find(tunnels, name, &Tunnel::name);
    return at == tunnels.end() ? nullptr : &*at;
}

const bgp::PeerConfig* find(const std::vector<bgp::PeerConfig>& peers, Ipv4 remote) {
    const auto at = std::ranges::find(peers, remote, &bgp::PeerConfig::remote);
    return at == peers.end() ? nullptr : &*at;
}

/// Linux lets nothing else of a tunnel be changed without making it anew.
bool differs_in_place(const Tunnel& a, const Tunnel& b) {
    return a.local == b.local && a.remote == b.remote && a.ttl == b.ttl && a.plain == b.plain;
}

/// Collects the steps, and knows which objects of `actual` its earlier steps take away.
class Differ {
  public:
    Differ(const State& desired, const State& actual) : desired_(desired), actual_(actual) {}

    Plan plan() {
        remove_peers();
        remove_rules();
        remove_tunnels();
        remove_addresses();
        for (const auto& tunnel : desired_.tunnels) build(tunnel);
        add_rules();
        change_routes();
        set_peers();
        return std::move(plan_);
    }

  private:
    void then(Change change) { plan_.steps.emplace_back(std::move(change)); }
    bool is_gone(std::string_view link) const { return gone_.contains(link); }

    void remove_peers() {
        for (const auto& peer : actual_.peers) {
            if (!find(desired_.peers, peer.remote)) plan_.steps.emplace_back(RemovePeer{peer.remote});
        }
    }

    void remove_rules() {
        for (const auto& rule : actual_.rules) {
            if (!contains(desired_.rules, rule)) then(Remove{rule});
        }
    }

    void remove_tunnels() {
        for (const auto& tunnel : actual_.tunnels) {
            const auto* wanted = find(desired_.tunnels, tunnel.name);
            if (wanted && differs_in_place(*wanted, tunnel)) continue;
            // Down first: an application bound to the address gets an error and not silence.
            if (tunnel.up) then(netlink::SetDown{tunnel.name});
            then(Remove{tunnel});
            gone_.insert(tunnel.name);
        }
    }

    void remove_addresses() {
        for (const auto& address : actual_.addresses) {
            if (is_gone(address.link) || contains(desired_.addresses, address)) continue;
            then(Remove{address});
            gone_sources_.insert(address.prefix.address);
        }
    }

    void build(const Tunnel& wanted) {
        const auto* there = is_gone(wanted.name) ? nullptr : find(actual_.tunnels, wanted.name);
        if (!there) {
            Tunnel down = wanted;
            down.up = false;
            then(Add{down});
        } else {
            if (there->mtu != wanted.mtu) then(netlink::SetMtu{wanted.name, wanted.mtu});
            if (there->up && !wanted.up) set_down(wanted.name);
        }
        add_addresses(wanted.name, netlink::Scope::Link);
        if (wanted.up && !(there && there->up)) then(netlink::SetUp{wanted.name});
        add_addresses(wanted.name, std::nullopt);
    }

    void set_down(const std::string& link) {
        then(netlink::SetDown{link});
        routeless_.insert(link);
    }

    /// Those of one scope, or all others where none is given.
    void add_addresses(std::string_view link, std::optional<netlink::Scope> scope) {
        for (const auto& address : desired_.addresses) {
            if (address.link != link) continue;
            if (scope ? address.scope != *scope : address.scope == netlink::Scope::Link) continue;
            if (is_gone(link) || !contains(actual_.addresses, address)) then(Add{address});
        }
    }

    void add_rules() {
        for (const auto& rule : desired_.rules) {
            if (!contains(actual_.rules, rule)) then(Add{rule});
        }
    }

    /// The kernel takes routes along with their link and with their source address.
    bool survives(const Route& route) const {
        if (is_gone(route.device) || routeless_.contains(route.device)) return false;
        return !route.source || !gone_sources_.contains(*route.source);
    }

    /// Both lists are sorted by key: one walk. Removals wait until the new routes are there.
    void change_routes() {
        std::vector<Step> removals;
        auto wanted = desired_.routes.begin();
        auto there = actual_.routes.begin();
        while (wanted != desired_.routes.end() || there != actual_.routes.end()) {
            if (there != actual_.routes.end() && !survives(*there)) {
                ++there;
                continue;
            }
            const bool only_there = wanted == desired_.routes.end() ||
                                    (there != actual_.routes.end() && there->key() < wanted->key());
            if (only_there) {
                removals.push_back(*route_step(nullptr, &*there++));
                continue;
            }
            const bool both = there != actual_.routes.end() && there->key() == wanted->key();
            if (auto step = route_step(&*wanted, both ? &*there : nullptr))
                plan_.steps.push_back(*std::move(step));
            ++wanted;
            if (both) ++there;
        }
        std::ranges::move(removals, std::back_inserter(plan_.steps));
    }

    void set_peers() {
        for (const auto& peer : desired_.peers) {
            const auto* there = find(actual_.peers, peer.remote);
            if (!there || *there != peer) plan_.steps.emplace_back(SetPeer{peer});
        }
    }

    const State& desired_;
    const State& actual_;
    Plan plan_;
    std::set<std::string, std::less<>> gone_;       ///< links that were removed, also those to be made anew
    std::set<std::string, std::less<>> routeless_;  ///< links that were set down
    std::set<Ipv4> gone_sources_;
};

const std::string kNoLink;

}  // namespace

Plan diff(const State& desired, const State& actual) {
    return Differ(desired, actual).plan();
}

std::optional<Step> route_step(const Route* desired, const Route* actual) {
    if (!desired && !actual) return std::nullopt;
    if (!desired) return Step{Change{Remove{*actual}}};
    if (!actual) return Step{Change{Add{*desired}}};
    if (*desired == *actual) return std::nullopt;
    return Step{Change{Replace{*desired}}};
}

std::string to_string(const Step& step) {
    return std::visit(
        Overloaded{[](const Change& change) { return netlink::to_string(change); },
                   [](const SetPeer& set) { return "set " + to_string(set.config); },
                   [](const RemovePeer& remove) { return fmt::format("remove peer {}", remove.remote); }},
        step);
}

std::string to_string(const Plan& plan) {
    std::string text;
    for (const auto& step : plan.steps) text += to_string(step) + '\n';
    return text;
}

const std::string& link_of(const Change& change) {
    return std::visit(
        Overloaded{[](const Add<Tunnel>& add) -> const std::string& { return add.what.name; },
                   [](const Remove<Tunnel>& remove) -> const std::string& { return remove.what.name; },
                   [](const netlink::SetUp& set) -> const std::string& { return set.link; },
                   [](const netlink::SetDown& set) -> const std::string& { return set.link; },
                   [](const netlink::SetMtu& set) -> const std::string& { return set.link; },
                   [](const Add<LinkAddress>& add) -> const std::string& { return add.what.link; },
                   [](const Remove<LinkAddress>& remove) -> const std::string& { return remove.what.link; },
                   [](const Add<Route>& add) -> const std::string& { return add.what.device; },
                   [](const Replace<Route>& replace) -> const std::string& { return replace.what.device; },
                   [](const Remove<Route>& remove) -> const std::string& { return remove.what.device; },
                   [](const Add<netlink::Rule>&) -> const std::string& { return kNoLink; },
                   [](const Remove<netlink::Rule>&) -> const std::string& { return kNoLink; }},
        change);
}

}  // namespace dz::reconciler
