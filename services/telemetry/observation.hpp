// services/telemetry/observation.hpp: the tunnels of users as this device's kernel shows them. Pure.
//
// A user's tunnel ends here in an interface with one address of a /31; the user has the other one. The tunnel
// counts as established while a BGP connection between exactly these two exists in the namespace of the
// interface, so a stray session elsewhere satisfies nobody. A TCP connection is only nearly a BGP session: a
// peer that accepts the one and refuses the other counts for as long as that takes.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "netlink/socket_diag.hpp"

namespace dz::telemetry {

inline constexpr std::uint16_t kBgpPort = 179;

/// The other address of a tunnel whose network is `net` and whose end here is `address`. None unless both
/// have the length 31 and the one lies in the other.
std::optional<Ipv4> tunnel_peer(const Prefix& net, const Prefix& address);

struct Tunnel {
    Ipv4 local;
    std::string home;  ///< namespace
    bool established = false;
    /// The smallest of its connections, so that the order of a dump does not matter; zero: none is known.
    Duration rtt{};

    bool operator==(const Tunnel&) const = default;
};

class Observation {
  public:
    static Observation from(std::span<const netlink::NamespaceReport> reports);

    /// The tunnel whose network is `net`, a /31; null where there is none. An established one is preferred.
    const Tunnel* find(const Prefix& net) const;

    /// Namespaces that were read, and that could not be read.
    const std::set<std::string>& shown() const { return shown_; }
    const std::set<std::string>& hidden() const { return hidden_; }

  private:
    std::vector<Tunnel> tunnels_;  ///< ordered by address, established ones first
    std::set<std::string> shown_, hidden_;
};

}  // namespace dz::telemetry
