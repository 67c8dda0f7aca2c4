#include "services/telemetry/observation.hpp"

#include <algorithm>
#include <tuple>

namespace dz::telemetry {

namespace {

constexpr std::uint8_t kTunnelLength = 31;

Ipv4 other_end(Ipv4 address) {
    return Ipv4(address.to_uint() ^ 1U);
}

bool before(const Tunnel& a, const Tunnel& b) {
    return std::tuple(a.local, !a.established, std::string_view(a.home)) <
           std::tuple(b.local, !b.established, std::string_view(b.home));
}

void add_session(Tunnel& tunnel, const netlink::TcpSession& session) {
    tunnel.established = true;
    const Duration rtt = session.rtt.value_or(std::chrono::microseconds(0));
    if (rtt > Duration{} && (tunnel.rtt == Duration{} || rtt < tunnel.rtt)) tunnel.rtt = rtt;
}

/// The tunnels of one namespace in order of their addresses.
std::vector<Tunnel> tunnels_in(const std::string& name, const netlink::NamespaceView& view) {
    std::vector<Tunnel> tunnels;
    for (const Prefix& address : view.addresses)
        if (address.length == kTunnelLength) tunnels.push_back({.local = address.address, .home = name});
    std::ranges::sort(tunnels, {}, &Tunnel::local);
    for (const netlink::TcpSession& session : view.sessions) {
        if (session.remote != other_end(session.local)) continue;
        if (session.local_port != kBgpPort && session.remote_port != kBgpPort) continue;
        for (Tunnel& tunnel : std::ranges::equal_range(tunnels, session.local, {}, &Tunnel::local))
            add_session(tunnel, session);
    }
    return tunnels;
}

}  // namespace

std::optional<Ipv4> tunnel_peer(const Prefix& net, const Prefix& address) {
    if (net.length != kTunnelLength || address.length != kTunnelLength) return std::nullopt;
    if (!net.contains(address.address)) return std::nullopt;
    return other_end(address.address);
}

Observation Observation::from(std::span<const netlink::NamespaceReport> reports) {
    Observation out;
    for (const auto& report : reports) {
        (report.view ? out.shown_ : out.hidden_).insert(report.name);
        if (!report.view) continue;
        auto tunnels = tunnels_in(report.name, *report.view);
        out.tunnels_.insert(out.tunnels_.end(), std::make_move_iterator(tunnels.begin()),
                            std::make_move_iterator(tunnels.end()));
    }
    std::ranges::sort(out.tunnels_, before);
    return out;
}

const Tunnel* Observation::find(const Prefix& net) const {
    const Tunnel* found = nullptr;
    for (const Ipv4& end : {net.first(), other_end(net.first())}) {
        const auto at = std::ranges::lower_bound(tunnels_, end, {}, &Tunnel::local);
        if (at == tunnels_.end() || !tunnel_peer(net, {at->local, kTunnelLength})) continue;
        if (found == nullptr || (at->established && !found->established)) found = &*at;
    }
    return found;
}

}  // namespace dz::telemetry
