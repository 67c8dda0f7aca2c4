#include "protocols/bgp/metrics.hpp"

#include <string>
#include <string_view>

namespace dz::bgp {
namespace {

using prometheus::Histogram;

/// By type code.
constexpr std::array<std::string_view, 6> kMessageTypes = {"",          "open",   "update", "notification",
                                                           "keepalive", "refresh"};

Histogram::BucketBoundaries exponential(double start, double factor, int count) {
    Histogram::BucketBoundaries bounds;
    for (int i = 0; i < count; ++i, start *= factor) bounds.push_back(start);
    return bounds;
}

template <class Builder>
auto& family(Builder builder, metrics::Registry& registry, const char* name, const char* help) {
    return builder.Name(name).Help(help).Register(registry);
}

}  // namespace

Metrics::Metrics(metrics::Registry& registry)
    : session_is_up(family(prometheus::BuildGauge(), registry, "doublezero_session_is_up",
                           "1 when a BGP session is established; one gauge for all sessions.")
                        .Add({})),
      handle_update_seconds(family(prometheus::BuildHistogram(), registry,
                                   "doublezero_bgp_handle_update_duration_seconds",
                                   "Time to decode and apply one UPDATE.")
                                .Add({}, exponential(0.0001, 2, 15))),
      established_(family(prometheus::BuildHistogram(), registry,
                          "doublezero_session_established_duration_seconds",
                          "Time from adding a peer to its first established session.")),
      is_up_(family(prometheus::BuildGauge(), registry, "doublezero_bgp_peer_is_up",
                    "1 when the session with this peer is established.")),
      routes_(family(prometheus::BuildGauge(), registry, "doublezero_bgp_peer_routes",
                     "Routes the peer has announced, by what policy says of them.")),
      connects_(family(prometheus::BuildCounter(), registry, "doublezero_bgp_connects_total",
                       "TCP connections made to the peer.")),
      lost_(family(prometheus::BuildCounter(), registry, "doublezero_bgp_sessions_lost_total",
                   "Established sessions that ended, for whatever reason.")),
      errors_(family(prometheus::BuildCounter(), registry, "doublezero_bgp_update_errors_total",
                     "Faulty path attributes by treatment (RFC 7606).")),
      stale_(family(prometheus::BuildGauge(), registry, "doublezero_bgp_peer_stale_routes",
                    "Routes kept from before a restart of the peer and not announced again yet.")),
      messages_(family(prometheus::BuildCounter(), registry, "doublezero_bgp_messages_total",
                       "Messages exchanged with the peer.")) {}

Metrics::Peer Metrics::peer(Ipv4 remote) {
    const std::string ip = remote.to_string();
    const auto messages = [&](const char* direction) {
        std::array<prometheus::Counter*, kMessageTypes.size()> counters{};
        for (std::size_t type = 1; type < counters.size(); ++type) {
            counters[type] = &messages_.Add(
                {{"peer_ip", ip}, {"direction", direction}, {"type", std::string(kMessageTypes[type])}});
        }
        return counters;
    };
    return {.established_seconds = established_.Add({{"peer_ip", ip}}, exponential(1, 1.5, 12)),
            .is_up = is_up_.Add({{"peer_ip", ip}}),
            .routes_accepted = routes_.Add({{"peer_ip", ip}, {"verdict", "accepted"}}),
            .routes_rejected = routes_.Add({{"peer_ip", ip}, {"verdict", "rejected"}}),
            .connects = connects_.Add({{"peer_ip", ip}}),
            .sessions_lost = lost_.Add({{"peer_ip", ip}}),
            .attributes_discarded = errors_.Add({{"peer_ip", ip}, {"treatment", "discard"}}),
            .treated_as_withdraw = errors_.Add({{"peer_ip", ip}, {"treatment", "withdraw"}}),
            .routes_stale = stale_.Add({{"peer_ip", ip}}),
            .received = messages("in"),
            .sent = messages("out")};
}

void Metrics::forget(Ipv4 remote) {
    Peer gone = peer(remote);
    is_up_.Remove(&gone.is_up);
    routes_.Remove(&gone.routes_accepted);
    routes_.Remove(&gone.routes_rejected);
    stale_.Remove(&gone.routes_stale);
}

}  // namespace dz::bgp
