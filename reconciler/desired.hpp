// reconciler/desired.hpp: what there should be, from what the ledger, the host and the peers say. Pure.
//
// What is there already is an input too, for the three cases in which "leave it alone" is the answer: without
// ledger data nothing changes; a service that cannot be built keeps what is running of it; and a user with an
// allocated address keeps its routes while the session is down (daemon.md 7.7, e2e.md E-22).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/ip.hpp"
#include "base/units.hpp"
#include "host/facts.hpp"
#include "ledger/snapshot.hpp"
#include "protocols/bgp/speaker.hpp"
#include "reconciler/problem.hpp"
#include "reconciler/state.hpp"

namespace dz::reconciler {

/// A client has at most one service of each class.
enum class ServiceClass : std::uint8_t { Unicast, Multicast };
/// "unicast", "multicast": also in metrics.
std::string_view to_string(ServiceClass kind);
ServiceClass class_of(ledger::UserType type);
std::string_view link_of(ServiceClass kind);

/// Where a group of a multicast user stands.
struct Group {
    ledger::PublicKey key;
    std::string code;
    Ipv4 address;
    std::uint64_t max_bandwidth = 0;  ///< bit/s
    bool publisher = false, subscriber = false;
    bool operator==(const Group&) const = default;
};

/// What the ledger wants for one class, in terms of this host.
struct Service {
    ledger::PublicKey user, device;
    ledger::UserType user_type{};
    std::string device_code, metro, tenant;  ///< empty where the ledger's answer lacks them
    Ipv4 tunnel_src, tunnel_dst;
    Prefix tunnel_net;          ///< the /31, masked
    Ipv4 overlay, peer;         ///< our odd end of the /31, and the device's even one
    std::optional<Ipv4> dz_ip;  ///< none for a multicast user that only receives
    std::uint32_t mtu = netlink::kGreMtu;
    Asn local_asn, remote_asn;
    std::vector<Group> groups;          ///< publisher order first, then further subscriptions
    std::vector<Prefix> edge_prefixes;  ///< of EdgeFiltering by hand; else those of the catalogue count
    std::vector<Problem> problems;

    ServiceClass kind() const { return class_of(user_type); }
    std::string_view link() const { return link_of(kind()); }
    /// Not built because of a problem. Members that could not be worked out are at their defaults.
    bool blocked() const;
    /// Table of learned routes.
    std::uint32_t route_table() const;
    /// Learned routes outlive the session.
    bool keeps_routes() const { return user_type == ledger::UserType::IbrlWithAllocatedIp; }
    bool operator==(const Service&) const = default;
};

/// The operator's choices.
struct Settings {
    bgp::RouteFilter filter;            ///< of learned routes, from a file (daemon.md 6.9)
    std::uint8_t shortest_prefix = 32;  ///< of accepted routes
    bgp::PeerConfig peer_defaults;      ///< hold time, stale hold, limits; addresses and ASNs are filled in
    /// Retained routes are swept when the session has been up for this long without announcing them.
    Duration sweep_kept_after = 10s;
    /// How long after the start routes found in the kernel wait for the session that brought them.
    Duration adopt_for = 60s;
    /// A link whose service ends stays, down and without addresses: programs with XDP on it need its index.
    bool persistent_interface = false;

    bool operator==(const Settings&) const = default;
};

/// One peer, as far as its routes matter.
struct Learned {
    const bgp::AdjRibIn* rib = nullptr;  ///< null: no such peer yet
    bool up = false;
    Duration up_for{};
    /// No session with this peer has ended since this process began, so what the kernel has of its routes may
    /// come from before: from the process that was restarted.
    bool first_session = true;
    Duration running_for{};  ///< since this process began
};

struct Inputs {
    /// False: nothing but `by_hand` is wanted, and all else of ours goes.
    bool enabled = true;
    /// Asked for past the ledger; counts only while not enabled. Unicast first, one of each class.
    std::vector<Service> by_hand{};
    const ledger::Snapshot* snapshot = nullptr;
    const ledger::Snapshot* catalogue = nullptr;  ///< for EdgeFiltering only
    host::Facts facts;
    const State* actual = nullptr;  ///< never null
    std::vector<std::string> taken_names;
    std::function<Learned(Ipv4 peer)> learned;
    Settings settings;
};

struct Desired {
    State state;                    ///< normalized
    std::vector<Service> services;  ///< unicast first; blocked ones too
    std::vector<Problem> problems;  ///< of no single service
    bool wants_catalogue = false;
};

/// The services that the ledger wants for this host, without routes. Empty where the snapshot has no user of
/// ours. `problems` gets what concerns none of them.
std::vector<Service> wanted_services(const Inputs& inputs, std::vector<Problem>& problems);

Desired desired_state(const Inputs& inputs);

/// Tunnel destinations that `snapshot` has for the users of `client_ip`: the facts must hold a path to each.
std::vector<Ipv4> destinations(const ledger::Snapshot& snapshot, Ipv4 client_ip);

/// The kernel route of one learned route.
netlink::Route learned_route(const Service& service, const Prefix& prefix, Ipv4 next_hop);

/// The same for a prefix, if it is announced and accepted. `desired_state` has one for each such prefix; the
/// loop asks for one that changed.
std::optional<netlink::Route> desired_route(const Service& service, const Learned& learned,
                                            const Prefix& prefix);

/// Routes in the kernel outlive their session, or wait for their first one: for a user with an allocated
/// address always, for others only after a restart of this process, so that no packet is lost over it.
bool retains(const Service& service, const Learned& learned, const Settings& settings);
/// Given that the service retains routes: `installed` is one of them, and the peer says nothing about it.
bool is_retained(const Service& service, const Learned& learned, const netlink::Route& installed);

}  // namespace dz::reconciler
