// netlink/fake_kernel.cpp: the port, and the changes. How it routes is in fake_routing.cpp.
#include "netlink/fake_kernel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <iterator>
#include <utility>

namespace dz::netlink {
namespace {

constexpr std::string_view kLoopback = "lo";
constexpr std::uint32_t kLeastMtu = 68;  // RFC 791

/// The kernel keeps no difference between "any" and a prefix of length 0.
Rule normal(Rule rule) {
    if (rule.from && rule.from->length == 0) rule.from.reset();
    if (rule.to && rule.to->length == 0) rule.to.reset();
    return rule;
}

/// What a removal leaves open matches anything.
bool removes(const Route& wanted, const Route& route) {
    return (wanted.metric == 0 || wanted.metric == route.metric) && wanted.type == route.type &&
           wanted.scope == route.scope &&
           (wanted.protocol == Protocol::Unspecified || wanted.protocol == route.protocol) &&
           (!wanted.source || wanted.source == route.source) &&
           (!wanted.gateway || wanted.gateway == route.gateway) &&
           (wanted.device.empty() || wanted.device == route.device);
}

}  // namespace

FakeKernel::FakeKernel() : rules_(kBuiltInRules.begin(), kBuiltInRules.end()) {
    devices_.push_back({.link = {.name = std::string(kLoopback), .kind = "", .mtu = 65536, .up = true},
                        .tunnel = {},
                        .addresses = {}});
}

Task<std::vector<Result<>>> FakeKernel::apply_all(std::vector<Change> changes) {
    std::vector<Result<>> results;
    results.reserve(changes.size());
    for (const Change& change : changes) {
        Result<> result = change_failures_[change.index()].strike();
        if (refusal_.first > 0 && --refusal_.first == 0) result = fail(refusal_.second, "made to fail");
        if (result) result = carry_out(change);
        if (result) ++applied_;
        results.push_back(std::move(result));
    }
    co_return results;
}

Task<Result<State>> FakeKernel::read(Parts parts) {
    CO_TRY_OK(read_failure_.strike());
    State all = state();
    if (!has(parts, Parts::Links)) {
        all.links.clear();
        all.tunnels.clear();
    }
    if (!has(parts, Parts::Addresses)) all.addresses.clear();
    if (!has(parts, Parts::Routes)) all.routes.clear();
    if (!has(parts, Parts::Rules)) all.rules.clear();
    co_return all;
}

Task<Result<std::vector<Event>>> FakeKernel::next_events() {
    while (events_.empty()) {
        const auto timer = std::make_shared<boost::asio::steady_timer>(
            co_await boost::asio::this_coro::executor, boost::asio::steady_timer::time_point::max());
        waiter_ = timer;
        boost::system::error_code woken;
        co_await timer->async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, woken));
        const auto cancelled = (co_await boost::asio::this_coro::cancellation_state).cancelled();
        if (cancelled != boost::asio::cancellation_type::none) co_return fail(Errc::Cancelled, "stopped");
    }
    co_return std::exchange(events_, {});
}

State FakeKernel::state() const {
    State state;
    for (const Device& device : devices_) {
        if (device.tunnel) {
            state.tunnels.push_back(device.as_tunnel());
        } else if (device.link.name != kLoopback) {
            state.links.push_back(device.link);
        }
        std::ranges::copy(device.addresses, std::back_inserter(state.addresses));
    }
    for (const auto& [key, route] : routes_) state.routes.push_back(route);
    std::ranges::copy_if(rules_, std::back_inserter(state.rules), [](const Rule& r) {
        return std::ranges::find(kBuiltInRules, r) == kBuiltInRules.end();
    });
    return state;
}

void FakeKernel::plug(const Link& link, const std::vector<Prefix>& addresses) {
    devices_.push_back({.link = link, .tunnel = {}, .addresses = {}});
    report(devices_.back());
    for (const Prefix& prefix : addresses) {
        const auto added = meddle(Add{LinkAddress{.link = link.name, .prefix = prefix}});
        DZ_ASSERT(added);
    }
}

void FakeKernel::unplug(std::string_view name) {
    erase(name);
}

Result<> FakeKernel::meddle(const Change& change) {
    ours_ = false;
    auto result = carry_out(change);
    ours_ = true;
    return result;
}

void FakeKernel::lose_events() {
    events_.clear();
    report(Event(Lost{}));
}

Result<> FakeKernel::Failure::strike() {
    if (times == 0) return {};
    --times;
    return fail(code, "made to fail");
}

Tunnel FakeKernel::Device::as_tunnel() const {
    DZ_ASSERT(tunnel.has_value());
    Tunnel copy = *tunnel;
    copy.name = link.name;
    copy.mtu = link.mtu;
    copy.up = link.up;
    return copy;
}

Result<> FakeKernel::carry_out(const Change& change) {
    return std::visit([this](const auto& typed) { return on(typed); }, change);
}

Result<> FakeKernel::on(const Add<Tunnel>& change) {
    const Tunnel& tunnel = change.what;
    if (!is_link_name(tunnel.name)) return fail(Errc::BadValue, "not a name of a link");
    if (!tunnel.plain) return fail(Errc::BadValue, "only plain tunnels can be added");
    if (tunnel.mtu < kLeastMtu) return fail(Errc::BadValue, "mtu less than device minimum");
    const auto clashes = [&](const Device& device) {
        return device.link.name == tunnel.name || (device.tunnel && device.tunnel->local == tunnel.local &&
                                                   device.tunnel->remote == tunnel.remote);
    };
    if (std::ranges::any_of(devices_, clashes)) return fail(Errc::Exists, "it is there already");
    devices_.push_back({.link = {.name = tunnel.name, .kind = "gre", .mtu = tunnel.mtu, .up = tunnel.up},
                        .tunnel = tunnel,
                        .addresses = {}});
    report(devices_.back());
    return {};
}

Result<> FakeKernel::on(const Remove<Tunnel>& change) {
    TRY(const Device* device, get(change.what.name));
    if (!device->tunnel) return fail(Errc::BadValue, "not a GRE tunnel");
    erase(change.what.name);
    return {};
}

Result<> FakeKernel::on(const SetUp& change) {
    TRY(Device * device, get(change.link));
    set_up(*device);
    return {};
}

Result<> FakeKernel::on(const SetDown& change) {
    TRY(Device * device, get(change.link));
    set_down(*device);
    return {};
}

Result<> FakeKernel::on(const SetMtu& change) {
    TRY(Device * device, get(change.link));
    if (change.mtu < kLeastMtu) return fail(Errc::BadValue, "mtu less than device minimum");
    device->link.mtu = change.mtu;
    report(*device);
    return {};
}

Result<> FakeKernel::on(const SetEndpoints& change) {
    TRY(Device * device, get(change.link));
    if (!device->tunnel) return fail(Errc::BadValue, "not a GRE tunnel");
    const auto taken = [&](const Device& other) {
        return &other != device && other.tunnel && other.tunnel->local == change.local &&
               other.tunnel->remote == change.remote;
    };
    if (std::ranges::any_of(devices_, taken)) return fail(Errc::Exists, "it is there already");
    device->tunnel->local = change.local;
    device->tunnel->remote = change.remote;
    device->tunnel->ttl = change.ttl;
    if (device->link.up) report(*device);
    return {};
}

Result<> FakeKernel::on(const Add<LinkAddress>& change) {
    TRY(Device * device, get(change.what.link));
    const auto same = [&](const LinkAddress& address) { return address.prefix == change.what.prefix; };
    if (std::ranges::any_of(device->addresses, same)) return fail(Errc::Exists, "it is there already");
    // Linux keeps narrow scopes first, and chooses source addresses in that order.
    device->addresses.insert(
        std::ranges::upper_bound(device->addresses, change.what.scope, std::greater(), &LinkAddress::scope),
        change.what);
    report_foreign(Appeared{change.what});
    if (device->link.up) add_connected_route(change.what);
    return {};
}

Result<> FakeKernel::on(const Remove<LinkAddress>& change) {
    TRY(Device * device, get(change.what.link));
    const Prefix prefix = change.what.prefix;
    const auto found = std::ranges::find(device->addresses, prefix, &LinkAddress::prefix);
    if (found == device->addresses.end()) return fail(Errc::NotFound, "it is not there");
    const LinkAddress gone = std::move(*found);
    device->addresses.erase(found);
    report_foreign(Vanished{gone});

    std::erase_if(routes_, [&](const auto& entry) {
        const Route& route = entry.second;
        const bool connected = route.protocol == Protocol::Kernel && route.device == gone.link &&
                               route.destination == prefix.network() && route.source == prefix.address;
        if (connected) report(Event(Vanished{route}));
        // Linux forgets the routes of this source address only in the main table.
        const bool orphaned =
            route.source == prefix.address && route.table == kTableMain && !is_local(prefix.address);
        return connected || orphaned;
    });
    // Linux stops IP on a link that lost its last address.
    if (device->addresses.empty()) remove_routes_through(gone.link);
    return {};
}

Result<> FakeKernel::on(const Add<Route>& change) {
    TRY(const Route route, checked(change.what));
    if (routes_.contains(route.key())) return fail(Errc::Exists, "it is there already");
    routes_.emplace(route.key(), route);
    report_foreign(Appeared{route});
    return {};
}

Result<> FakeKernel::on(const Replace<Route>& change) {
    TRY(const Route route, checked(change.what));
    const auto found = routes_.find(route.key());
    if (found == routes_.end()) {
        routes_.emplace(route.key(), route);
    } else {
        found->second = route;
    }
    report_foreign(Appeared{route});
    return {};
}

Result<> FakeKernel::on(const Remove<Route>& change) {
    const Route& wanted = change.what;
    if (!wanted.device.empty()) TRY_OK(get(wanted.device));
    const auto from = routes_.lower_bound({wanted.table, wanted.destination, 0});
    const auto found = std::find_if(from, routes_.end(), [&](const auto& entry) {
        const Route& route = entry.second;
        return route.table == wanted.table && route.destination == wanted.destination &&
               removes(wanted, route);
    });
    if (found == routes_.end()) return fail(Errc::NotFound, "it is not there");
    report_foreign(Vanished{found->second});
    routes_.erase(found);
    return {};
}

Result<> FakeKernel::on(const Add<Rule>& change) {
    const Rule rule = normal(change.what);
    if (std::ranges::find(rules_, rule) != rules_.end()) return fail(Errc::Exists, "it is there already");
    rules_.insert(std::ranges::upper_bound(rules_, rule.priority, {}, &Rule::priority), rule);
    report_foreign(Appeared{rule});
    return {};
}

Result<> FakeKernel::on(const Remove<Rule>& change) {
    const Rule rule = normal(change.what);
    const auto found = std::ranges::find_if(rules_, [&rule](Rule other) {
        if (rule.protocol == Protocol::Unspecified) other.protocol = Protocol::Unspecified;
        return other == rule;
    });
    if (found == rules_.end()) return fail(Errc::NotFound, "it is not there");
    report_foreign(Vanished{*found});
    rules_.erase(found);
    return {};
}

FakeKernel::Device* FakeKernel::find(std::string_view name) {
    const auto found =
        std::ranges::find(devices_, name, [](const Device& device) { return device.link.name; });
    return found == devices_.end() ? nullptr : &*found;
}

Result<FakeKernel::Device*> FakeKernel::get(std::string_view name) {
    Device* device = find(name);
    if (device == nullptr) return fail(Errc::NotFound, fmt::format("no link {}", name));
    return device;
}

void FakeKernel::set_up(Device& device) {
    if (device.link.up) return;
    device.link.up = true;
    report(device);
    for (const LinkAddress& address : device.addresses) add_connected_route(address);
}

void FakeKernel::set_down(Device& device) {
    if (!device.link.up) return;
    device.link.up = false;
    remove_routes_through(device.link.name);
    report(device);
}

void FakeKernel::erase(std::string_view name) {
    Device* device = find(name);
    DZ_ASSERT(device != nullptr);
    set_down(*device);
    while (!device->addresses.empty()) {
        const bool ours =
            std::exchange(ours_, false);  // Linux reports these to whoever removed the link, too
        const auto removed = on(Remove{device->addresses.back()});
        DZ_ASSERT(removed);
        ours_ = ours;
    }
    report(device->tunnel ? Event(Vanished{device->as_tunnel()}) : Event(Vanished{device->link}));
    devices_.erase(devices_.begin() + (device - devices_.data()));
}

void FakeKernel::report(const Device& device) {
    report(device.tunnel ? Event(Appeared{device.as_tunnel()}) : Event(Appeared{device.link}));
}

void FakeKernel::report(Event event) {
    events_.push_back(std::move(event));
    if (const auto waiter = waiter_.lock()) waiter->cancel();
}

void FakeKernel::report_foreign(Event event) {
    if (!ours_) report(std::move(event));
}

}  // namespace dz::netlink
