#include "netlink/linux_kernel.hpp"

#include <linux/rtnetlink.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "netlink/linux_decode.hpp"
#include "netlink/linux_requests.hpp"
#include "netlink/linux_socket.hpp"

namespace dz::netlink {
namespace {

namespace asio = boost::asio;

constexpr int kRequestBuffer = 1 << 20;
constexpr int kEventBuffer = 8 << 20;  // for 10,000 routes that others change between two reads
constexpr std::size_t kEventsAtOnce = 4096;
constexpr std::array<int, 4> kGroups{RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV4_ROUTE,
                                     RTNLGRP_IPV4_RULE};

bool stopped(const asio::cancellation_state& state) {
    return state.cancelled() != asio::cancellation_type::none;
}

/// Links by index: the names that addresses and routes refer to.
Task<Result<LinkNames>> read_links(Requests& requests, State& state) {
    LinkNames names;
    CO_TRY_OK(co_await requests.dump(
        RTM_GETLINK,
        [&](nlmsghdr& message) {
            if (message.nlmsg_type != RTM_NEWLINK) return;
            const auto found = decode_link(message);
            if (!found) return;
            names[found->index] = found->name();
            if (found->is_tunnel()) {
                state.tunnels.push_back(std::get<Tunnel>(found->link));
            } else if (!found->loopback) {
                state.links.push_back(std::get<Link>(found->link));
            }
        },
        [&] {
            names.clear();
            state.links.clear();
            state.tunnels.clear();
        }));
    co_return names;
}

/// Everything of one type that `decode` finds worth telling.
template <class T, class Decode>
Task<Result<>> read_all(Requests& requests, std::uint16_t question, std::uint16_t answer, Decode decode,
                        std::vector<T>& all) {
    return requests.dump(
        question,
        [answer, decode, &all](nlmsghdr& message) {
            if (message.nlmsg_type != answer) return;
            if (auto found = decode(message)) all.push_back(*std::move(found));
        },
        [&all] { all.clear(); });
}

}  // namespace

/// The coroutines share it: frames that the loop destroys after the kernel still find it.
struct LinuxKernel::Sockets {
    Requests requests;
    Socket events;
    std::optional<LinkNames> event_names{};  // none before the first event, and after a loss

    Task<Result<>> learn_names();
    /// Appends what waits to `seen`. LimitExceeded when some was lost.
    Result<> drain_events(std::vector<Event>& seen);
    /// What still waits after a loss is older than that, and no use to anybody.
    void drop_events();
};

Result<std::unique_ptr<LinuxKernel>> LinuxKernel::open(EventLoop& loop) {
    // Events first, so that nothing can happen between a read and the subscription.
    TRY(auto events, Socket::open(loop, kGroups, kEventBuffer));
    TRY(auto requests, Socket::open(loop, {}, kRequestBuffer));
    TRY_OK(events.ignore_echoes_of(requests.port()));
    auto sockets = std::make_shared<Sockets>(Requests(loop, std::move(requests)), std::move(events));
    return std::unique_ptr<LinuxKernel>(new LinuxKernel(std::move(sockets)));
}

LinuxKernel::LinuxKernel(std::shared_ptr<Sockets> sockets) : sockets_(std::move(sockets)) {}
LinuxKernel::~LinuxKernel() = default;

Task<std::vector<Result<>>> LinuxKernel::apply_all(std::vector<Change> changes) {
    const auto sockets = sockets_;
    std::vector<Result<>> results(changes.size());
    for (std::size_t next = 0; next < changes.size();) {
        if (next != 0 && !stopped(co_await asio::this_coro::cancellation_state))
            co_await asio::post(asio::use_awaitable);
        if (stopped(co_await asio::this_coro::cancellation_state)) {
            std::fill(results.begin() + static_cast<std::ptrdiff_t>(next), results.end(),
                      fail(Errc::Cancelled, "stopped"));
            break;
        }
        const auto turn = co_await sockets->requests.turn();
        if (turn) next = co_await sockets->requests.apply_some(changes, next, results);
    }
    co_return results;
}

Task<Result<State>> LinuxKernel::read(Parts parts) {
    const auto sockets = sockets_;
    Requests& requests = sockets->requests;
    CO_TRY(const auto turn, co_await requests.turn());
    State state;
    CO_TRY(const LinkNames names, co_await read_links(requests, state));
    if (!has(parts, Parts::Links)) {
        state.links.clear();
        state.tunnels.clear();
    }
    if (has(parts, Parts::Addresses)) {
        const auto decode = [&names](nlmsghdr& message) { return decode_address(message, names); };
        CO_TRY_OK(co_await read_all(requests, RTM_GETADDR, RTM_NEWADDR, decode, state.addresses));
    }
    if (has(parts, Parts::Routes)) {
        const auto decode = [&names](nlmsghdr& message) { return decode_route(message, names); };
        CO_TRY_OK(co_await read_all(requests, RTM_GETROUTE, RTM_NEWROUTE, decode, state.routes));
    }
    if (has(parts, Parts::Rules))
        CO_TRY_OK(co_await read_all(requests, RTM_GETRULE, RTM_NEWRULE, decode_rule, state.rules));
    co_return state;
}

Task<Result<Path>> LinuxKernel::route_to(Ipv4 destination) {
    const auto sockets = sockets_;
    CO_TRY(const auto turn, co_await sockets->requests.turn());
    CO_TRY(const RouteAnswer route, co_await sockets->requests.route(destination));
    CO_TRY(const LinkMessage device, co_await sockets->requests.link(route.device));
    co_return Path{.source = route.source,
                   .gateway = route.gateway,
                   .device = device.name(),
                   .mtu = route.mtu.value_or(device.mtu())};
}

Task<Result<std::vector<Event>>> LinuxKernel::next_events() {
    const auto sockets = sockets_;
    std::vector<Event> seen;
    for (;;) {
        if (!sockets->event_names) CO_TRY_OK(co_await sockets->learn_names());
        const auto drained = sockets->drain_events(seen);
        if (!drained && drained.error().code != Errc::LimitExceeded)
            co_return std::unexpected(drained.error());
        if (!drained) {
            sockets->drop_events();
            co_return std::vector<Event>{Lost{}};
        }
        if (!seen.empty()) co_return seen;
        if (stopped(co_await asio::this_coro::cancellation_state)) co_return fail(Errc::Cancelled, "stopped");
        co_await sockets->events.readable();
    }
}

Task<Result<>> LinuxKernel::Sockets::learn_names() {
    CO_TRY(const auto turn, co_await requests.turn());
    State ignored;
    CO_TRY(event_names, co_await read_links(requests, ignored));
    co_return Result<>{};
}

Result<> LinuxKernel::Sockets::drain_events(std::vector<Event>& seen) {
    const auto on = [&](nlmsghdr& message) {
        if (auto event = decode_event(message, *event_names)) seen.push_back(*std::move(event));
    };
    while (seen.size() < kEventsAtOnce) {
        TRY(const auto datagram, events.receive());
        if (!datagram) break;
        datagram->for_each(on);
    }
    return {};
}

void LinuxKernel::Sockets::drop_events() {
    event_names.reset();
    for (;;) {
        const auto datagram = events.receive();
        const bool lost = !datagram && datagram.error().code == Errc::LimitExceeded;
        if (!lost && (!datagram || !*datagram)) return;
    }
}

}  // namespace dz::netlink
