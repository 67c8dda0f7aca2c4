#include "placement/placement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "ledger/enum_text.hpp"

namespace dz::placement {

using ledger::Device;
using ledger::Entry;

namespace {

/// "it has reached its unicast user limit (4/4)"; empty below it and where there is none.
std::string reached(std::string_view what, unsigned count, unsigned limit) {
    if (limit == 0 || count < limit) return {};
    return fmt::format("it has reached its {} limit ({}/{})", what, count, limit);
}

std::string why_full(const Device& device, Use use) {
    switch (use) {
        case Use::Unicast:
            return reached("unicast user", device.unicast_users_count, device.max_unicast_users);
        case Use::Publisher:
            return reached("multicast publisher", device.multicast_publishers_count,
                           device.max_multicast_publishers);
        case Use::Subscriber:
            return reached("multicast subscriber", device.multicast_subscribers_count,
                           device.max_multicast_subscribers);
    }
    return {};
}

std::string why_no_seat(const Device& device, Use use) {
    if (device.max_users == 0) return "it is locked: its max_users is 0";
    if (device.free_seats() == 0)
        return fmt::format("it is full: {} users and {} reserved seats of {}", device.users_count,
                           device.reserved_seats, device.max_users);
    return why_full(device, use);
}

/// Addresses of the device that tunnels may end at, its public one first.
std::vector<Ipv4> endpoints(const Device& device) {
    std::vector<Ipv4> out{device.public_ip};
    for (const auto& interface : device.interfaces) {
        if (interface.user_tunnel_endpoint) out.push_back(interface.ip_net.address);
    }
    std::erase_if(out, [](Ipv4 address) { return address.is_unspecified(); });
    return out;
}

bool nearer(const Latency& a, const Latency& b) {
    return std::tie(a.min, a.mean) < std::tie(b.min, b.mean);
}

const Latency* latency_of(Ipv4 address, const ledger::PublicKey& device, std::span<const Latency> latencies) {
    const auto at = std::ranges::find_if(
        latencies, [&](const Latency& one) { return one.device == device && one.address == address; });
    return at == latencies.end() ? nullptr : &*at;
}

/// Of two devices with `a` users of `b` seats each: is the first one emptier?
bool emptier(const Device& a, const Device& b) {
    const auto taken = [](const Device& one) { return std::uint64_t{one.users_count} + one.reserved_seats; };
    return taken(a) * b.max_users < taken(b) * a.max_users;
}

/// 0: fits and answers, 1: fits, 2: does not fit.
int tier(const Candidate& candidate) {
    return !candidate.fits() ? 2 : !candidate.latency ? 1 : 0;
}

bool before(const Candidate& a, const Candidate& b) {
    if (tier(a) != tier(b)) return tier(a) < tier(b);
    if (a.latency.has_value() != b.latency.has_value()) return a.latency.has_value();
    if (a.latency && nearer(*a.latency, *b.latency)) return true;
    if (b.latency && nearer(*b.latency, *a.latency)) return false;
    if (emptier(a.device->value, b.device->value)) return true;
    if (emptier(b.device->value, a.device->value)) return false;
    return std::tie(a.device->value.code, a.device->key) < std::tie(b.device->value.code, b.device->key);
}

}  // namespace

std::string why_ineligible(const Entry<Device>& device, const Request& request) {
    const Device& value = device.value;
    if (value.status != ledger::DeviceStatus::Activated)
        return fmt::format("it is {}", ledger::to_text(value.status));
    if (value.device_type != ledger::DeviceType::Hybrid && value.device_type != ledger::DeviceType::Edge)
        return fmt::format("it is a {} device", ledger::to_text(value.device_type));
    if (request.exchanges &&
        std::ranges::find(*request.exchanges, value.exchange_pk) == request.exchanges->end())
        return "it is at another exchange";
    if (request.current == device.key) return {};
    if (value.dz_prefixes.empty()) return "it has no prefixes";
    return why_no_seat(value, request.use);
}

std::vector<Ipv4> endpoints_in_use(const ledger::Snapshot& users, const ledger::Snapshot& catalogue) {
    std::vector<Ipv4> out;
    for (const auto& [key, user] : users.users()) {
        if (user.tunnel_id == 0) continue;
        const Device* const device = catalogue.device(user.device_pk);
        const bool named = !user.tunnel_endpoint.is_unspecified() || device == nullptr;
        const Ipv4 endpoint = named ? user.tunnel_endpoint : device->public_ip;
        if (!endpoint.is_unspecified()) out.push_back(endpoint);
    }
    return out;
}

std::vector<Ipv4> free_endpoints(const Device& device, const std::vector<Ipv4>& in_use) {
    std::vector<Ipv4> out = endpoints(device);
    std::erase_if(out,
                  [&in_use](Ipv4 address) { return std::ranges::find(in_use, address) != in_use.end(); });
    return out;
}

Candidate consider(const Entry<Device>& device, std::span<const Latency> latencies, const Request& request) {
    Candidate out{.device = &device, .endpoint = {}, .why_not = why_ineligible(device, request)};
    std::optional<Latency> nearest;
    for (const Ipv4& address : endpoints(device.value)) {
        const Latency* const latency = latency_of(address, device.key, latencies);
        if (latency != nullptr && (!nearest || nearer(*latency, *nearest))) nearest = *latency;
        if (std::ranges::find(request.in_use, address) != request.in_use.end()) continue;
        const bool better = latency != nullptr && (!out.latency || nearer(*latency, *out.latency));
        if (!out.endpoint.is_unspecified() && !better) continue;
        out.endpoint = address;
        if (latency != nullptr) out.latency = *latency;
    }
    if (out.fits() && out.endpoint.is_unspecified())
        out.why_not = "this host already has a tunnel to each of its addresses";
    if (!out.fits()) out.latency = nearest;
    return out;
}

std::vector<Candidate> rank(const ledger::Snapshot& catalogue, std::span<const Latency> latencies,
                            const Request& request) {
    std::vector<Candidate> out;
    out.reserve(catalogue.devices().size());
    for (const auto& device : catalogue.devices()) out.push_back(consider(device, latencies, request));
    std::ranges::sort(out, before);
    const auto current = std::ranges::find_if(
        out, [&request](const Candidate& one) { return request.current == one.device->key; });
    const bool stays = current != out.end() && tier(*current) == 0 &&
                       current->latency->min - out.front().latency->min <= kNearEnough;
    if (stays) std::rotate(out.begin(), current, current + 1);
    return out;
}

}  // namespace dz::placement
