// netlink/linux_decode.hpp: rtnetlink messages of the kernel as values.
//
// Internal to dz::netlink_linux. Total: a message that is too short, of another family, or about something
// `State` leaves out gives none.
#pragma once

#include <linux/netlink.h>

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>

#include "netlink/types.hpp"

namespace dz::netlink {

/// Names of links by their index.
using LinkNames = std::unordered_map<int, std::string>;

struct LinkMessage {
    int index = 0;
    bool loopback = false;
    std::variant<Link, Tunnel> link;

    const std::string& name() const;
    std::uint32_t mtu() const;
    bool is_tunnel() const { return std::holds_alternative<Tunnel>(link); }
};

/// The answer to "how would you reach this address".
struct RouteAnswer {
    Ipv4 source;  ///< 0.0.0.0 where the host has none to use
    std::optional<Ipv4> gateway;
    int device = 0;
    std::optional<std::uint32_t> mtu;
};

std::optional<LinkMessage> decode_link(nlmsghdr& message);
std::optional<LinkAddress> decode_address(nlmsghdr& message, const LinkNames& names);
std::optional<Route> decode_route(nlmsghdr& message, const LinkNames& names);
std::optional<Rule> decode_rule(nlmsghdr& message);
std::optional<RouteAnswer> decode_route_answer(nlmsghdr& message);

/// Keeps `names` up to date with the links that come and go.
std::optional<Event> decode_event(nlmsghdr& message, LinkNames& names);

/// The verdict on a request.
struct Answer {
    int error = 0;       ///< errno; 0 = done
    std::string reason;  ///< the kernel's words, possibly none
};
/// Of an NLMSG_ERROR or NLMSG_DONE message.
std::optional<Answer> decode_answer(nlmsghdr& message);

}  // namespace dz::netlink
