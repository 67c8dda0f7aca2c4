// host/facts.hpp: what this machine looks like from the point of view of a tunnel. Values.
//
// The tunnel's source depends on its destination, so the facts hold one path for each destination that
// matters. They are looked up anew for every decision: nothing here is a cache (daemon.md 14.3 R8).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.hpp"
#include "base/task.hpp"
#include "netlink/kernel.hpp"

namespace dz::host {

/// Bytes that IPv4 and GRE put around a packet.
inline constexpr std::uint32_t kGreOverhead = 24;

/// How the client IP was found.
enum class ClientIpMethod : std::uint8_t { Flag, DefaultRoute, External };

/// "explicit flag", "default route", "external discovery (ifconfig.me)": as logged (daemon.md 5).
std::string_view to_string(ClientIpMethod method);

/// The public address that the ledger knows this machine by.
struct ClientIp {
    std::optional<Ipv4> address;
    ClientIpMethod method = ClientIpMethod::DefaultRoute;  ///< of `address`
    /// Why there is no address, or why an address found earlier could not be confirmed; else empty.
    std::string reason;
    /// Where the default route leaves from, when that is not a public address: somebody translates it.
    std::optional<Ipv4> inner{};

    bool operator==(const ClientIp&) const = default;
};

/// True for links that our own tunnels go by; a path through one of them is no way to the outside.
bool is_tunnel_name(std::string_view link);

struct Facts {
    ClientIp client_ip;
    std::vector<Ipv4> local_addresses;    ///< sorted; those on our own tunnels are left out
    std::map<Ipv4, netlink::Path> paths;  ///< by destination; missing where no route leads outside

    bool is_local(Ipv4 address) const;
    /// The client IP is known and belongs to some other box in front of this one.
    bool behind_nat() const;
    /// Null where no route leads there other than through our own tunnels.
    const netlink::Path* path_to(Ipv4 destination) const;
    /// What the kernel would send from; the client IP where it does not know (daemon.md 4.6).
    std::optional<Ipv4> source_for(Ipv4 destination) const;
    /// What fits through: at most `netlink::kGreMtu`, less where the path is narrower. 576 at least.
    std::uint32_t tunnel_mtu(Ipv4 destination) const;

    bool operator==(const Facts&) const = default;
};

/// Sorted and unique, without those on our own tunnels.
std::vector<Ipv4> local_addresses(std::span<const netlink::LinkAddress> addresses);

/// Asks the kernel for the path to each destination. A destination without a path is not an error.
Task<std::map<Ipv4, netlink::Path>> look_up_paths(netlink::Kernel& kernel, std::vector<Ipv4> destinations);

}  // namespace dz::host
