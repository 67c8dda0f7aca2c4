// tests/netlink/contract.hpp: what the contract of Kernel (links, routes and events) is checked in.
//
// The fake and Linux each define make_world(). The cases are linked twice: with the fake into netlink_test,
// and with the running kernel into netlink_contract, which the lab runs as root. Those tagged [gre] need GRE.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ip.hpp"
#include "base/run.hpp"
#include "netlink/kernel.hpp"

namespace dz::netlink {

/// A host without links but loopback, with two seats at its network stack.
class World {
  public:
    virtual ~World() = default;

    virtual Kernel& kernel() = 0;
    /// An Ethernet-like interface, up, with addresses of universe scope.
    virtual void plug(const std::string& name, const std::vector<Prefix>& addresses) = 0;
    virtual void unplug(const std::string& name) = 0;
    /// A change by another program.
    virtual Result<> meddle(const Change& change) = 0;

    EventLoop loop;
};

std::unique_ptr<World> make_world();

namespace contract {

inline Prefix prefix(std::string_view text) {
    return parse_prefix(text).value();
}
inline Ipv4 ip(std::string_view text) {
    return parse_ipv4(text).value();
}

inline const Tunnel kTunnel{.name = "doublezero0", .local = ip("192.0.2.10"), .remote = ip("198.51.100.1")};
inline const LinkAddress kOverlay{
    .link = "doublezero0", .prefix = prefix("169.254.0.1/31"), .scope = Scope::Link};
inline const Route kRoute{.destination = prefix("8.8.8.8/32"),
                          .gateway = ip("192.0.2.1"),
                          .device = "eth0",
                          .source = ip("192.0.2.10"),
                          .metric = 10};
inline const Rule kRule{.priority = 100, .to = prefix("203.0.113.0/24"), .table = 100};

/// One world, and the verbs without their coroutines.
struct Host {
    std::unique_ptr<World> world = make_world();

    /// eth0 with 192.0.2.10/24, the underlay of most cases.
    void plug_eth0() { world->plug("eth0", {prefix("192.0.2.10/24")}); }
    Result<> meddle(const Change& change) { return world->meddle(change); }

    Result<> apply(Change change) { return run(world->loop, world->kernel().apply(std::move(change))); }
    std::vector<Result<>> apply_all(std::vector<Change> changes) {
        return run(world->loop, world->kernel().apply_all(std::move(changes)));
    }
    Result<Path> route_to(std::string_view destination) {
        return run(world->loop, world->kernel().route_to(ip(destination)));
    }
    State read(Parts parts = Parts::All) { return run(world->loop, world->kernel().read(parts)).value(); }

    /// All events so far, as text. A rule of another program marks the end, so that this never waits for
    /// ever.
    std::vector<std::string> events() {
        const Rule mark{.priority = 199, .table = 199};
        REQUIRE(meddle(Add{mark}));
        std::vector<std::string> all;
        do {
            for (const Event& event : run(world->loop, world->kernel().next_events()).value())
                all.push_back(to_string(event));
            // A carrier that comes late may be told after the mark.
        } while (std::ranges::find(all, "+ " + to_string(mark)) == all.end());
        std::erase(all, "+ " + to_string(mark));
        REQUIRE(meddle(Remove{mark}));
        std::erase(all, "- " + to_string(mark));
        return all;
    }
};

/// "ok" or the name of the error: a failed check then shows which.
inline std::string outcome(const Result<>& result) {
    return result ? "ok" : std::string(to_string(result.error().code));
}

template <class T>
bool contains(const std::vector<T>& all, const T& one) {
    return std::ranges::find(all, one) != all.end();
}

inline std::vector<std::string> routes_to(const State& state, std::string_view destination) {
    std::vector<std::string> lines;
    for (const Route& route : state.routes)
        if (route.destination == prefix(destination)) lines.push_back(to_string(route));
    return lines;
}

using Lines = std::vector<std::string>;

/// Linux reports the carrier of a new link up to a second late.
inline Lines but_links(Lines events) {
    std::erase_if(events, [](const std::string& line) { return line.starts_with("+ link "); });
    return events;
}

}  // namespace contract
}  // namespace dz::netlink
