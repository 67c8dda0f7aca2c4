// protocols/bgp/metrics.hpp: metrics of the BGP sessions (daemon.md 11.4, and one series per peer).
#pragma once

#include <array>

#include "base/ip.hpp"
#include "base/metrics.hpp"

namespace dz::bgp {

/// Built once by the composition root; must outlive the speaker. Labels named `peer_ip` carry the address of
/// a device: there are as many as tunnels, at most a handful.
class Metrics {
  public:
    explicit Metrics(metrics::Registry& registry);

    /// doublezero_session_is_up: one gauge for all sessions, the last event wins (kept for compatibility).
    prometheus::Gauge& session_is_up;
    /// doublezero_bgp_handle_update_duration_seconds
    prometheus::Histogram& handle_update_seconds;

    /// The series of one peer. References stay valid until `forget`.
    struct Peer {
        prometheus::Histogram& established_seconds;  ///< doublezero_session_established_duration_seconds
        prometheus::Gauge& is_up;                    ///< doublezero_bgp_peer_is_up
        prometheus::Gauge& routes_accepted;          ///< doublezero_bgp_peer_routes{verdict="accepted"}
        prometheus::Gauge& routes_rejected;          ///< doublezero_bgp_peer_routes{verdict="rejected"}
        prometheus::Counter& connects;               ///< doublezero_bgp_connects_total
        prometheus::Counter& sessions_lost;          ///< doublezero_bgp_sessions_lost_total
        prometheus::Counter&
            attributes_discarded;  ///< doublezero_bgp_update_errors_total{treatment="discard"}
        prometheus::Counter&
            treated_as_withdraw;          ///< doublezero_bgp_update_errors_total{treatment="withdraw"}
        prometheus::Gauge& routes_stale;  ///< doublezero_bgp_peer_stale_routes
        /// doublezero_bgp_messages_total{direction="in"|"out"}, by type code; [0] is null.
        std::array<prometheus::Counter*, 6> received, sent;
    };
    Peer peer(Ipv4 remote);
    /// Removes the gauges of a peer that was deleted; counters and histograms stay, as scrapers expect.
    void forget(Ipv4 remote);

  private:
    prometheus::Family<prometheus::Histogram>& established_;
    prometheus::Family<prometheus::Gauge>& is_up_;
    prometheus::Family<prometheus::Gauge>& routes_;
    prometheus::Family<prometheus::Counter>& connects_;
    prometheus::Family<prometheus::Counter>& lost_;
    prometheus::Family<prometheus::Counter>& errors_;
    prometheus::Family<prometheus::Gauge>& stale_;
    prometheus::Family<prometheus::Counter>& messages_;
};

}  // namespace dz::bgp
