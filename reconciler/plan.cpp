#include "reconciler/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
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

bool same_endpoints(const Tunnel& a, const Tunnel& b) {
    return a.local == b.local && a.remote == b.remote;
}

/// Those of `left` that `right` lacks. Both sorted.
template <class T>
std::vector<T> difference(const std::vector<T>& left, const std::vector<T>& right) {
    std::vector<T> result;
    std::ranges::set_difference(left, right, std::back_inserter(result));
    return result;
}

bool has_ip(const std::vector<LinkAddress>& addresses, Ipv4 ip) {
    return std::ranges::any_of(addresses, [&](const auto& address) { return address.prefix.address == ip; });
}

/// Collects the steps, and knows which objects of `actual` its earlier steps take away.
class Differ {
  public:
    Differ(const State& desired, const State& actual) : desired_(desired), actual_(actual) {}

    Plan plan() {
        remove_peers();
        for (const auto& rule : difference(actual_.rules, desired_.rules)) then(Remove{rule});
        remove_tunnels();
        clear_the_way();
        // Those that are there first: they may have to leave the endpoints to one that is made.
        for (const auto& tunnel : desired_.tunnels) {
            if (const auto* there = standing(tunnel.name)) change(tunnel, *there);
        }
        for (const auto& tunnel : desired_.tunnels) {
            if (!standing(tunnel.name)) make(tunnel);
        }
        remove_addresses();
        for (const auto& rule : difference(desired_.rules, actual_.rules)) then(Add{rule});
        change_routes();
        set_peers();
        return std::move(plan_);
    }

  private:
    void then(Change change) { plan_.steps.emplace_back(std::move(change)); }
    bool is_gone(std::string_view link) const { return gone_.contains(link); }
    const Tunnel* standing(std::string_view link) const {
        return is_gone(link) ? nullptr : find(actual_.tunnels, link);
    }

    void remove_peers() {
        for (const auto& peer : actual_.peers) {
            if (!find(desired_.peers, peer.remote)) plan_.steps.emplace_back(RemovePeer{peer.remote});
        }
    }

    /// Linux changes all of a plain tunnel in place, but not to endpoints that another one has.
    bool can_become(const Tunnel& there, const Tunnel& wanted) const {
        if (!there.plain) return false;
        return same_endpoints(there, wanted) ||
               std::ranges::none_of(actual_.tunnels, [&](const Tunnel& other) {
                   return same_endpoints(other, wanted) && find(desired_.tunnels, other.name);
               });
    }

    void remove_tunnels() {
        for (const auto& tunnel : actual_.tunnels) {
            const auto* wanted = find(desired_.tunnels, tunnel.name);
            if (wanted && can_become(tunnel, *wanted)) continue;
            // Down first: an application bound to the address gets an error and not silence.
            if (tunnel.up) then(netlink::SetDown{tunnel.name});
            then(Remove{tunnel});
            gone_.insert(tunnel.name);
        }
    }

    /// An address of another scope would keep the right one out. All other addresses go only when the new
    /// ones are there: with its last address a link loses its routes.
    void clear_the_way() {
        const auto blocks = [&](const LinkAddress& address) {
            return std::ranges::any_of(desired_.addresses, [&](const LinkAddress& wanted) {
                return wanted.link == address.link && wanted.prefix == address.prefix && wanted != address;
            });
        };
        std::vector<LinkAddress> left;
        for (const auto& address : actual_.addresses) {
            if (is_gone(address.link)) continue;
            if (!blocks(address)) {
                left.push_back(address);
                continue;
            }
            then(Remove{address});
            routeless_.insert(address.link);
        }
        for (const auto& address : left) routeless_.erase(address.link);
        for (const auto& address : actual_.addresses) {
            if (!has_ip(left, address.prefix.address)) lost_sources_.insert(address.prefix.address);
        }
        left_ = std::move(left);
    }

    void change(const Tunnel& wanted, const Tunnel& there) {
        if (!same_endpoints(wanted, there) || wanted.ttl != there.ttl)
            then(netlink::SetEndpoints{wanted.name, wanted.local, wanted.remote, wanted.ttl});
        if (there.mtu != wanted.mtu) then(netlink::SetMtu{wanted.name, wanted.mtu});
        if (there.up && !wanted.up) {
            then(netlink::SetDown{wanted.name});
            routeless_.insert(wanted.name);
        }
        add_addresses(wanted.name, netlink::Scope::Link);
        if (wanted.up && !there.up) then(netlink::SetUp{wanted.name});
        add_addresses(wanted.name, std::nullopt);
    }

    void make(const Tunnel& wanted) {
        Tunnel down = wanted;
        down.up = false;
        then(Add{down});
        add_addresses(wanted.name, netlink::Scope::Link);
        if (wanted.up) then(netlink::SetUp{wanted.name});
        add_addresses(wanted.name, std::nullopt);
    }

    /// Those of one scope, or all others where none is given.
    void add_addresses(std::string_view link, std::optional<netlink::Scope> scope) {
        for (const auto& address : desired_.addresses) {
            if (address.link != link) continue;
            if (scope ? address.scope != *scope : address.scope == netlink::Scope::Link) continue;
            if (!contains(left_, address)) then(Add{address});
        }
    }

    void remove_addresses() {
        for (const auto& address : left_) {
            if (contains(desired_.addresses, address)) continue;
            then(Remove{address});
            if (!has_ip(desired_.addresses, address.prefix.address))
                lost_sources_.insert(address.prefix.address);
            if (std::ranges::find(desired_.addresses, address.link, &LinkAddress::link) ==
                desired_.addresses.end()) {
                routeless_.insert(address.link);
            }
        }
    }

    /// The kernel takes routes along with their link, and those of the main table with their source address.
    bool survives(const Route& route) const {
        if (is_gone(route.device) || routeless_.contains(route.device)) return false;
        return !route.source || route.table != netlink::kTableMain || !lost_sources_.contains(*route.source);
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
    std::set<std::string, std::less<>> routeless_;  ///< links that were set down, or lost their last address
    std::vector<LinkAddress> left_;                 ///< of the links that stand, before new ones are added
    std::set<Ipv4> lost_sources_;
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
                   [](const netlink::SetEndpoints& set) -> const std::string& { return set.link; },
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
