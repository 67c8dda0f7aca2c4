#include "cli/device_choice.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/failure.hpp"
#include "cli/lookup.hpp"
#include "ledger/enum_text.hpp"

namespace dz::cli {

using ledger::Device;
using ledger::Entry;

namespace {

constexpr std::string_view kOtherDevice = "choose another device with --device, or leave it out";

/// "unicast user limit (4/4)"; empty below it.
std::string unicast_limit(const Device& device) {
    if (device.max_unicast_users == 0 || device.unicast_users_count < device.max_unicast_users) return {};
    return fmt::format("unicast user limit ({}/{})", device.unicast_users_count, device.max_unicast_users);
}

/// The first address of the device that is not in use.
std::optional<Ipv4> free_endpoint(const Device& device, const std::vector<Ipv4>& in_use) {
    std::vector<Ipv4> candidates{device.public_ip};
    for (const auto& interface : device.interfaces) {
        if (interface.user_tunnel_endpoint) candidates.push_back(interface.ip_net.address);
    }
    const auto usable = [&in_use](Ipv4 address) {
        return !address.is_unspecified() && std::ranges::find(in_use, address) == in_use.end();
    };
    const auto at = std::ranges::find_if(candidates, usable);
    return at == candidates.end() ? std::nullopt : std::optional(*at);
}

Result<DeviceChoice> named_device(const ledger::Snapshot& catalogue, const std::vector<Ipv4>& in_use,
                                  const std::string& name) {
    const Entry<Device>* const device = find(catalogue.devices(), name);
    if (device == nullptr)
        return failure(fmt::format("Device not found: {}", name), "", "doublezero device list",
                       Errc::NotFound);
    const std::string& code = device->value.code;
    if (const std::string reason = why_ineligible(device->value); !reason.empty())
        return failure(fmt::format("Device is not accepting more users: {}", code), reason, kOtherDevice);
    const auto endpoint = free_endpoint(device->value, in_use);
    if (!endpoint)
        return failure(fmt::format("device {} has no free tunnel endpoint", code),
                       "this host already has a tunnel to each of its addresses", kOtherDevice);
    return DeviceChoice{device, *endpoint, "named by --device"};
}

}  // namespace

std::string why_ineligible(const Device& device) {
    if (device.status != ledger::DeviceStatus::Activated)
        return fmt::format("it is {}", ledger::to_text(device.status));
    if (device.device_type != ledger::DeviceType::Hybrid && device.device_type != ledger::DeviceType::Edge)
        return fmt::format("it is a {} device", ledger::to_text(device.device_type));
    if (device.max_users == 0) return "it is locked: its max_users is 0";
    if (device.free_seats() == 0)
        return fmt::format("it is full: {} users and {} reserved seats of {}", device.users_count,
                           device.reserved_seats, device.max_users);
    if (device.dz_prefixes.empty()) return "it has no prefixes";
    return unicast_limit(device);
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

Result<DeviceChoice> choose_device(const ledger::Snapshot& catalogue, const std::vector<Ipv4>& in_use,
                                   const std::optional<std::string>& named) {
    if (named) return named_device(catalogue, in_use, *named);
    // By code, so that the choice does not depend on the order of the ledger's answer.
    std::optional<DeviceChoice> best;
    std::size_t eligible = 0;
    for (const auto& entry : catalogue.devices()) {
        if (!why_ineligible(entry.value).empty()) continue;
        const auto endpoint = free_endpoint(entry.value, in_use);
        if (!endpoint) continue;
        ++eligible;
        if (!best || entry.value.code < best->device->value.code) best = DeviceChoice{&entry, *endpoint, ""};
    }
    if (!best)
        return failure("No activated devices found that take another user",
                       fmt::format("{} devices on the ledger", catalogue.devices().size()),
                       "doublezero device list", Errc::NotFound);
    best->reason =
        fmt::format("first by code of {} that take users; latencies are not measured yet", eligible);
    return *std::move(best);
}

}  // namespace dz::cli
