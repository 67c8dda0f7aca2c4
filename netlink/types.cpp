// netlink/types.cpp: the texts of links, addresses, routes, rules, changes and events.
#include "netlink/types.hpp"

#include <fmt/format.h>

namespace dz::netlink {
namespace {

template <class... Visitors>
struct Overloaded : Visitors... {
    using Visitors::operator()...;
};

/// " via 169.254.0.0", or nothing.
template <class T>
std::string optional_part(std::string_view word, const std::optional<T>& value) {
    return value ? fmt::format(" {} {}", word, value->to_string()) : std::string{};
}

}  // namespace

bool is_link_name(std::string_view name) {
    constexpr std::string_view kForbidden = "/: \t\n\v\f\r";
    return !name.empty() && name.size() <= 15 && name != "." && name != ".." &&
           name.find_first_of(kForbidden) == name.npos;
}

std::string to_string(Scope scope) {
    switch (scope) {
        case Scope::Universe:
            return "universe";
        case Scope::Site:
            return "site";
        case Scope::Link:
            return "link";
        case Scope::Host:
            return "host";
        case Scope::Nowhere:
            return "nowhere";
    }
    return std::to_string(static_cast<unsigned>(scope));
}

std::string to_string(Protocol protocol) {
    switch (protocol) {
        case Protocol::Unspecified:
            return "unspecified";
        case Protocol::Redirect:
            return "redirect";
        case Protocol::Kernel:
            return "kernel";
        case Protocol::Boot:
            return "boot";
        case Protocol::Static:
            return "static";
        case Protocol::Dhcp:
            return "dhcp";
        case Protocol::Bgp:
            return "bgp";
    }
    return std::to_string(static_cast<unsigned>(protocol));
}

std::string to_string(RouteType type) {
    switch (type) {
        case RouteType::Unicast:
            return "unicast";
        case RouteType::Local:
            return "local";
        case RouteType::Broadcast:
            return "broadcast";
        case RouteType::Anycast:
            return "anycast";
        case RouteType::Multicast:
            return "multicast";
        case RouteType::Blackhole:
            return "blackhole";
        case RouteType::Unreachable:
            return "unreachable";
        case RouteType::Prohibit:
            return "prohibit";
        case RouteType::Throw:
            return "throw";
    }
    return std::to_string(static_cast<unsigned>(type));
}

std::string to_string(const Tunnel& tunnel) {
    auto text = fmt::format("tunnel {} local {} remote {}", tunnel.name, tunnel.local.to_string(),
                            tunnel.remote.to_string());
    if (tunnel.ttl != Tunnel{}.ttl) text += fmt::format(" ttl {}", tunnel.ttl);
    text += fmt::format(" mtu {}", tunnel.mtu);
    if (!tunnel.plain) text += " with options";
    if (tunnel.up) text += " up";
    return text;
}

std::string to_string(const Link& link) {
    auto text = fmt::format("link {}", link.name);
    if (!link.kind.empty()) text += fmt::format(" kind {}", link.kind);
    text += fmt::format(" mtu {}", link.mtu);
    if (link.up) text += " up";
    return text;
}

std::string to_string(const LinkAddress& address) {
    auto text = fmt::format("address {} {}", address.link, address.prefix.to_string());
    if (address.scope != Scope::Universe) text += fmt::format(" scope {}", to_string(address.scope));
    return text;
}

std::string to_string(const Route& route) {
    std::string text = "route ";
    if (route.type != RouteType::Unicast) text += to_string(route.type) + " ";
    text += route.destination.to_string();
    text += optional_part("via", route.gateway);
    if (!route.device.empty()) text += fmt::format(" dev {}", route.device);
    text += optional_part("src", route.source);
    if (route.table != kTableMain) text += fmt::format(" table {}", route.table);
    if (route.metric != 0) text += fmt::format(" metric {}", route.metric);
    text += fmt::format(" proto {}", to_string(route.protocol));
    if (route.scope != Scope::Universe) text += fmt::format(" scope {}", to_string(route.scope));
    return text;
}

std::string to_string(const Rule& rule) {
    auto text = fmt::format("rule {}", rule.priority);
    text += optional_part("from", rule.from);
    text += optional_part("to", rule.to);
    return text + fmt::format(" lookup {} proto {}", rule.table, to_string(rule.protocol));
}

std::string to_string(const Path& path) {
    return fmt::format("from {}{} dev {} mtu {}", path.source.to_string(), optional_part("via", path.gateway),
                       path.device, path.mtu);
}

std::string to_string(const Change& change) {
    return std::visit(Overloaded{
                          []<class T>(const Add<T>& c) { return "add " + to_string(c.what); },
                          []<class T>(const Replace<T>& c) { return "replace " + to_string(c.what); },
                          []<class T>(const Remove<T>& c) { return "remove " + to_string(c.what); },
                          [](const SetUp& c) { return fmt::format("set {} up", c.link); },
                          [](const SetDown& c) { return fmt::format("set {} down", c.link); },
                          [](const SetMtu& c) { return fmt::format("set {} mtu {}", c.link, c.mtu); },
                          [](const SetEndpoints& c) {
                              auto text = fmt::format("set {} local {} remote {}", c.link,
                                                      c.local.to_string(), c.remote.to_string());
                              if (c.ttl != Tunnel{}.ttl) text += fmt::format(" ttl {}", c.ttl);
                              return text;
                          },
                      },
                      change);
}

std::string to_string(const Event& event) {
    return std::visit(Overloaded{
                          []<class T>(const Appeared<T>& e) { return "+ " + to_string(e.what); },
                          []<class T>(const Vanished<T>& e) { return "- " + to_string(e.what); },
                          [](const Lost&) { return std::string("events lost"); },
                      },
                      event);
}

std::string to_string(const State& state) {
    std::string text;
    const auto lines = [&text](const auto& objects) {
        for (const auto& object : objects) text += to_string(object) + "\n";
    };
    lines(state.links);
    lines(state.tunnels);
    lines(state.addresses);
    lines(state.routes);
    lines(state.rules);
    return text;
}

}  // namespace dz::netlink
