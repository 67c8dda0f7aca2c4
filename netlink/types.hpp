// netlink/types.hpp: links, addresses, routes and rules as values: what the kernel holds, and how to change
// it.
//
// Everything compares by `==` and prints as one line, so plans, logs and tests show the same text:
//
//     tunnel doublezero0 local 192.0.2.10 remote 198.51.100.1 mtu 1476 up
//     address doublezero0 169.254.0.1/31 scope link
//     route 8.8.8.8/32 via 169.254.0.0 dev doublezero0 src 192.0.2.10 proto bgp
//     rule 100 to 203.0.113.0/24 lookup 100 proto kernel
//
// IPv4 only. Numbers of enumerators are the kernel's (rtnetlink(7)), and values without a name may occur.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/ip.hpp"

namespace dz::netlink {

inline constexpr std::uint32_t kGreMtu = 1476;  ///< 1500 less 20 bytes of IPv4 and 4 of GRE

inline constexpr std::uint32_t kTableDefault = 253;
inline constexpr std::uint32_t kTableMain = 254;
inline constexpr std::uint32_t kTableLocal = 255;

enum class Scope : std::uint8_t { Universe = 0, Site = 200, Link = 253, Host = 254, Nowhere = 255 };

/// Who made a route or rule.
enum class Protocol : std::uint8_t {
    Unspecified = 0,
    Redirect = 1,
    Kernel = 2,
    Boot = 3,
    Static = 4,
    Dhcp = 16,
    Bgp = 186
};

/// What a route does with a packet. `Unicast` needs a gateway or a device, `Blackhole` and below must have
/// none.
enum class RouteType : std::uint8_t {
    Unicast = 1,
    Local = 2,
    Broadcast = 3,
    Anycast = 4,
    Multicast = 5,
    Blackhole = 6,
    Unreachable = 7,
    Prohibit = 8,
    Throw = 9,
};

/// A link of kind `gre`: IPv4 in GRE without keys, type of service 0, no path MTU discovery, no transmit
/// queue.
struct Tunnel {
    std::string name;
    Ipv4 local;
    Ipv4 remote;
    std::uint8_t ttl = 64;
    std::uint32_t mtu = kGreMtu;
    bool up = false;
    /// False for a tunnel of somebody else that has keys, checksums, path MTU discovery, a lower device or
    /// another option that ours never have. Such a one can be read and removed but not added.
    bool plain = true;

    bool operator==(const Tunnel&) const = default;
};

/// Any other link. We never make or remove one.
struct Link {
    std::string name;
    std::string kind;  ///< "dummy", "veth", "bridge", ...; empty for hardware
    std::uint32_t mtu = 0;
    bool up = false;  ///< administratively; says nothing about the carrier

    bool operator==(const Link&) const = default;
};

/// The address and the length of its on-link network.
struct LinkAddress {
    std::string link;
    Prefix prefix;
    /// `Link` keeps the kernel from choosing this address as the source of routed traffic.
    Scope scope = Scope::Universe;

    bool operator==(const LinkAddress&) const = default;
};

/// The kernel holds at most one route for each key (type of service aside).
struct RouteKey {
    std::uint32_t table = kTableMain;
    Prefix destination;
    std::uint32_t metric = 0;

    auto operator<=>(const RouteKey&) const = default;
};

struct Route {
    Prefix destination;  ///< host bits must be 0
    std::optional<Ipv4> gateway{};
    std::string device{};          ///< may be empty in `Add`: the kernel then finds it by the gateway
    std::optional<Ipv4> source{};  ///< preferred source address; must be an address of this host
    std::uint32_t table = kTableMain;
    std::uint32_t metric = 0;
    Protocol protocol = Protocol::Bgp;
    RouteType type = RouteType::Unicast;
    Scope scope = Scope::Universe;

    RouteKey key() const { return {table, destination, metric}; }
    bool operator==(const Route&) const = default;
};

/// "Packets from `from` to `to` are looked up in `table`."
struct Rule {
    std::uint32_t priority = 0;
    std::optional<Prefix> from{};
    std::optional<Prefix> to{};
    std::uint32_t table = kTableMain;
    /// `Kernel`, because systemd-networkd removes rules of other protocols whenever it restarts.
    Protocol protocol = Protocol::Kernel;

    auto operator<=>(const Rule&) const = default;
};

/// Every network namespace is born with these three.
inline constexpr std::array kBuiltInRules{
    Rule{.priority = 0, .table = kTableLocal},
    Rule{.priority = 32766, .table = kTableMain},
    Rule{.priority = 32767, .table = kTableDefault},
};

/// What the kernel holds, as far as we need to reason about it. Other people's routes and addresses are here
/// too, so that they can be left alone. Not listed: the loopback device and 127.0.0.0/8, the table `local`,
/// routes for a type of service, the built-in rules, and rules that select by anything but `from` and `to`.
struct State {
    std::vector<Link> links;  ///< all but the tunnels
    std::vector<Tunnel> tunnels;
    std::vector<LinkAddress> addresses;
    std::vector<Route> routes;
    std::vector<Rule> rules;

    bool operator==(const State&) const = default;
};

/// What the kernel would do with a packet to some destination.
struct Path {
    Ipv4 source;  ///< 0.0.0.0 where the host has no address to use
    std::optional<Ipv4> gateway{};
    std::string device;
    std::uint32_t mtu = 0;  ///< the route's, where it has one or one was discovered; else the device's

    bool operator==(const Path&) const = default;
};

/// Errors: Exists, also for a second tunnel with the same pair of endpoints and for a route with the same
/// key.
template <class T>
struct Add {
    T what;
    bool operator==(const Add&) const = default;
};
template <class T>
Add(T) -> Add<T>;

/// Puts the route in the place of the one with the same key, whoever made that, or adds it.
template <class T>
struct Replace {
    T what;
    bool operator==(const Replace&) const = default;
};
template <class T>
Replace(T) -> Replace<T>;

/// Errors: NotFound. What goes by what:
/// - a tunnel by its name, with its addresses and routes; BadValue where the link of that name is no tunnel;
/// - an address by link and prefix; with it go the routes of the main table that have it as source and, if it
///   was the last of its link, all routes through that;
/// - a rule by all of it;
/// - a route by all that is set in it: metric 0 and no source, gateway or device match any.
/// The protocol `Unspecified` of rules and routes matches any.
template <class T>
struct Remove {
    T what;
    bool operator==(const Remove&) const = default;
};
template <class T>
Remove(T) -> Remove<T>;

/// Errors: NotFound.
struct SetUp {
    std::string link;
    bool operator==(const SetUp&) const = default;
};

/// Removes all routes through the link, and keeps its addresses. Errors: NotFound.
struct SetDown {
    std::string link;
    bool operator==(const SetDown&) const = default;
};

/// Errors: NotFound, BadValue.
struct SetMtu {
    std::string link;
    std::uint32_t mtu = kGreMtu;
    bool operator==(const SetMtu&) const = default;
};

/// Makes the tunnel run between other endpoints, and nothing else: its index, addresses and routes stay. Of a
/// tunnel that is down Linux tells nobody.
/// Errors: NotFound; BadValue where the link of that name is no tunnel; Exists where another tunnel has this
/// pair of endpoints.
struct SetEndpoints {
    std::string link;
    Ipv4 local, remote;
    std::uint8_t ttl = 64;
    bool operator==(const SetEndpoints&) const = default;
};

/// One step. A route fails with Unavailable where its gateway is not on an attached network or its device is
/// down, and with BadValue where its source is not an address of this host.
using Change = std::variant<Add<Tunnel>, Remove<Tunnel>, SetUp, SetDown, SetMtu, SetEndpoints,  //
                            Add<LinkAddress>, Remove<LinkAddress>,                              //
                            Add<Route>, Replace<Route>, Remove<Route>, Add<Rule>, Remove<Rule>>;

/// It is there now, or has changed.
template <class T>
struct Appeared {
    T what;
    bool operator==(const Appeared&) const = default;
};
template <class T>
Appeared(T) -> Appeared<T>;

template <class T>
struct Vanished {
    T what;
    bool operator==(const Vanished&) const = default;
};
template <class T>
Vanished(T) -> Vanished<T>;

/// More happened than the queue could hold. What is known is out of date: read again.
struct Lost {
    bool operator==(const Lost&) const = default;
};

/// What others did. Routes that go because their link or source address went are NOT reported one by one.
using Event = std::variant<Appeared<Link>, Vanished<Link>, Appeared<Tunnel>, Vanished<Tunnel>,  //
                           Appeared<LinkAddress>, Vanished<LinkAddress>,                        //
                           Appeared<Route>, Vanished<Route>, Appeared<Rule>, Vanished<Rule>, Lost>;

/// Whether Linux accepts it as the name of a link: 1 to 15 bytes without slash, colon and white space.
bool is_link_name(std::string_view name);

std::string to_string(Scope scope);        // "link"; "7" where it has no name
std::string to_string(Protocol protocol);  // "bgp"
std::string to_string(RouteType type);     // "blackhole"
std::string to_string(const Tunnel& tunnel);
std::string to_string(const Link& link);
std::string to_string(const LinkAddress& address);
std::string to_string(const Route& route);
std::string to_string(const Rule& rule);
std::string to_string(const Path& path);      // "from 192.0.2.10 via 192.0.2.1 dev eth0 mtu 1500"
std::string to_string(const Change& change);  // "add route ...", "set doublezero0 up"
std::string to_string(const Event& event);    // "+ route ...", "- route ...", "events lost"
/// One object a line.
std::string to_string(const State& state);

}  // namespace dz::netlink
