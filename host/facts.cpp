#include "host/facts.hpp"

#include <algorithm>

#include "netlink/types.hpp"

namespace dz::host {

namespace {
/// The smallest datagram every IPv4 host accepts (RFC 791). A path that claims less is wrong.
constexpr std::uint32_t kMinMtu = 576;
}  // namespace

std::string_view to_string(ClientIpMethod method) {
    switch (method) {
        case ClientIpMethod::Flag:
            return "explicit flag";
        case ClientIpMethod::DefaultRoute:
            return "default route";
        case ClientIpMethod::External:
            return "external discovery (ifconfig.me)";
    }
    return "unknown";
}

bool is_tunnel_name(std::string_view link) {
    return link == "doublezero0" || link == "doublezero1";
}

bool Facts::is_local(Ipv4 address) const {
    return std::ranges::binary_search(local_addresses, address);
}

bool Facts::behind_nat() const {
    return client_ip.address && !is_local(*client_ip.address);
}

const netlink::Path* Facts::path_to(Ipv4 destination) const {
    const auto at = paths.find(destination);
    return at == paths.end() ? nullptr : &at->second;
}

std::optional<Ipv4> Facts::source_for(Ipv4 destination) const {
    if (const auto* path = path_to(destination)) return path->source;
    return client_ip.address;
}

std::uint32_t Facts::tunnel_mtu(Ipv4 destination) const {
    const auto* path = path_to(destination);
    if (!path || path->mtu == 0) return netlink::kGreMtu;
    const std::uint32_t fits = path->mtu > kGreOverhead ? path->mtu - kGreOverhead : 0;
    return std::clamp(fits, kMinMtu, netlink::kGreMtu);
}

std::vector<Ipv4> local_addresses(std::span<const netlink::LinkAddress> addresses) {
    std::vector<Ipv4> result;
    result.reserve(addresses.size());
    for (const auto& address : addresses) {
        if (!is_tunnel_name(address.link)) result.push_back(address.prefix.address);
    }
    std::ranges::sort(result);
    const auto repeated = std::ranges::unique(result);
    result.erase(repeated.begin(), repeated.end());
    return result;
}

Task<std::map<Ipv4, netlink::Path>> look_up_paths(netlink::Kernel& kernel, std::vector<Ipv4> destinations) {
    std::map<Ipv4, netlink::Path> paths;
    for (const Ipv4& destination : destinations) {
        auto path = co_await kernel.route_to(destination);
        if (path && !is_tunnel_name(path->device)) paths.emplace(destination, *std::move(path));
    }
    co_return paths;
}

}  // namespace dz::host
