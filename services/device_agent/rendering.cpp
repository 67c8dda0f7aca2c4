#include "services/device_agent/rendering.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

namespace dz::device_agent {

namespace {

using ledger::User;

constexpr std::string_view kTunnelPrefix = "tunnel";
constexpr int kUnicastCommunity = 1200;
constexpr int kMulticastCommunity = 1300;

bool is_ours(const netlink::Tunnel& tunnel) {
    if (!tunnel.name.starts_with(kTunnelPrefix)) return false;
    const auto digits = std::string_view(tunnel.name).substr(kTunnelPrefix.size());
    return !digits.empty() && std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_ours(const netlink::Rule& rule) {
    return rule.priority == kRulePriority && rule.table == kVrfTable;
}

netlink::Rule rule_from(const Prefix& prefix) {
    return {.priority = kRulePriority, .from = prefix, .to = {}, .table = kVrfTable};
}

std::optional<Prefix> accepted_prefix(const User& user) {
    if (user.dz_ip.is_unspecified()) return std::nullopt;
    if (user.user_type == ledger::UserType::Multicast && user.publishers.empty()) return std::nullopt;
    return host_prefix(user.dz_ip);
}

void add_user(const User& user, Ipv4 public_ip, Rendering& out) {
    if (user.tunnel_net.length != 31) {
        out.warnings.push_back(fmt::format("tunnel {} of {} left out: its network {} is not a /31",
                                           user.tunnel_id, user.client_ip.to_string(),
                                           user.tunnel_net.to_string()));
        return;
    }
    const Ipv4 even = user.tunnel_net.first();
    const Neighbor neighbor{.tunnel_id = user.tunnel_id,
                            .local = even,
                            .remote = plus(even, 1),
                            .accepts = accepted_prefix(user),
                            .multicast = user.user_type == ledger::UserType::Multicast};
    const Ipv4 endpoint = user.tunnel_endpoint.is_unspecified() ? public_ip : user.tunnel_endpoint;
    out.tunnels.push_back({.name = neighbor.tunnel_name(),
                           .local = endpoint,
                           .remote = user.client_ip,
                           .ttl = kTunnelTtl,
                           .mtu = netlink::kGreMtu,
                           .up = true});
    out.addresses.push_back({neighbor.tunnel_name(), {even, 31}, netlink::Scope::Universe});
    if (neighbor.accepts) out.rules.push_back(rule_from(*neighbor.accepts));
    out.neighbors.push_back(neighbor);
}

std::string neighbor_config(const Neighbor& neighbor, const Rendering& rendering, const Options& options) {
    const int community = neighbor.multicast ? kMulticastCommunity : kUnicastCommunity;
    const std::uint32_t asn = options.community_asn.value;
    std::string import_filter = "reject;";
    if (neighbor.accepts) {
        const std::string exchange =
            rendering.exchange_community == 0
                ? ""
                : fmt::format(" bgp_community.add(({}, {}));", asn, rendering.exchange_community);
        import_filter = fmt::format(
            "if net = {} && bgp_path.len = 1 then {{ bgp_community.add(({}, {}));{} accept; }} reject;",
            neighbor.accepts->to_string(), asn, community, exchange);
    }
    const std::string own_exchange =
        rendering.exchange_community == 0
            ? ""
            : fmt::format("if ({}, {}) ~ bgp_community then reject; ", asn, rendering.exchange_community);
    return fmt::format(R"(
protocol bgp user{0} {{
    local {1} as {2};
    neighbor {3} as {4};
    passive on;
    hold time 3;
    keepalive time 1;
    error wait time 1, 2;
    ipv4 {{
        next hop self;
        import limit 1 action restart;
        import filter {{ {5} }};
        export filter {{ {6}if ({7}, {8}) ~ bgp_community then accept; reject; }};
    }};
}}
)",
                       neighbor.tunnel_id, neighbor.local.to_string(), rendering.device_asn.value,
                       neighbor.remote.to_string(), rendering.user_asn.value, import_filter, own_exchange,
                       asn, community);
}

}  // namespace

std::string Neighbor::tunnel_name() const {
    return fmt::format("{}{}", kTunnelPrefix, tunnel_id);
}

Result<Rendering> render(const ledger::Snapshot& snapshot, const Options& options) {
    const auto* const config = snapshot.global_config();
    if (config == nullptr) return fail(Errc::NotFound, "the ledger has no global configuration");
    const auto* const device = snapshot.devices().find(options.device);
    if (device == nullptr)
        return fail(Errc::NotFound, "the ledger has no device " + options.device.to_string());

    Rendering out;
    out.router_id = device->public_ip;
    out.device_asn = config->remote_asn;
    out.user_asn = config->local_asn;
    if (const auto* const exchange = snapshot.exchanges().find(device->exchange_pk))
        out.exchange_community = exchange->bgp_community;
    for (const Prefix& prefix : options.announce) out.rules.push_back(rule_from(prefix));
    if (device->status != ledger::DeviceStatus::Activated) return out;

    std::vector<const User*> users;
    for (const auto& [key, user] : snapshot.users()) {
        if (user.device_pk == options.device && user.status == ledger::UserStatus::Activated)
            users.push_back(&user);
    }
    std::ranges::sort(users, {}, &User::tunnel_id);
    for (const User* const user : users) add_user(*user, device->public_ip, out);
    return out;
}

std::vector<netlink::Change> plan(const Rendering& desired, const netlink::State& actual) {
    std::vector<netlink::Change> removals, changes;
    std::vector<std::string_view> kept;
    for (const netlink::Tunnel& tunnel :
         actual.tunnels | std::views::filter([](const auto& t) { return is_ours(t); })) {
        const auto wanted = std::ranges::find(desired.tunnels, tunnel.name, &netlink::Tunnel::name);
        // A tunnel that is as wanted but for its MTU or flags is rebuilt too: a device may be rude.
        if (wanted != desired.tunnels.end() && *wanted == tunnel) {
            kept.push_back(tunnel.name);
        } else {
            removals.emplace_back(netlink::Remove{tunnel});
        }
    }
    for (const netlink::Rule& rule : actual.rules) {
        if (is_ours(rule) && std::ranges::find(desired.rules, rule) == desired.rules.end())
            removals.emplace_back(netlink::Remove{rule});
    }
    for (const netlink::Tunnel& tunnel : desired.tunnels) {
        if (std::ranges::find(kept, tunnel.name) != kept.end()) continue;
        changes.emplace_back(netlink::Add{tunnel});
    }
    for (const netlink::LinkAddress& address : desired.addresses) {
        const bool there = std::ranges::find(kept, address.link) != kept.end() &&
                           std::ranges::find(actual.addresses, address) != actual.addresses.end();
        if (!there) changes.emplace_back(netlink::Add{address});
    }
    for (const netlink::Rule& rule : desired.rules) {
        if (std::ranges::find(actual.rules, rule) == actual.rules.end())
            changes.emplace_back(netlink::Add{rule});
    }
    removals.insert(removals.end(), changes.begin(), changes.end());
    return removals;
}

std::string bird_config(const Rendering& rendering, const Options& options) {
    std::string announced;
    for (const Prefix& prefix : options.announce)
        announced += fmt::format("    route {} blackhole;\n", prefix.to_string());
    std::string out = fmt::format(R"(# Written by doublezero-device-agent from ledger data; changes are lost.
log stderr all;
router id {0};

protocol device {{ scan time 1; }}

protocol kernel {{
    kernel table {1};
    ipv4 {{ import none; export where source = RTS_BGP; }};
}}

# Routes of other sites, as users see them.
protocol static announced {{
    ipv4 {{ import filter {{ bgp_community.add(({2}, {3})); accept; }}; }};
{4}}}
)",
                                  rendering.router_id.to_string(), kVrfTable, options.community_asn.value,
                                  kUnicastCommunity, announced);
    for (const Neighbor& neighbor : rendering.neighbors) out += neighbor_config(neighbor, rendering, options);
    return out;
}

}  // namespace dz::device_agent
