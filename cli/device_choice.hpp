// cli/device_choice.hpp: which device and which of its tunnel endpoints a new unicast user gets (cli.md 3.7,
// 3.8). Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ip.hpp"
#include "base/result.hpp"
#include "ledger/accounts.hpp"
#include "ledger/snapshot.hpp"

namespace dz::cli {

/// Points into the catalogue that it was chosen from.
struct DeviceChoice {
    const ledger::Entry<ledger::Device>* device = nullptr;
    /// Where the tunnel ends: an address of the device that this host has no tunnel to yet.
    Ipv4 endpoint;
    std::string reason;  ///< why this device
};

/// Why a new unicast user cannot be put on `device`; empty when it can.
std::string why_ineligible(const ledger::Device& device);

/// Where the tunnels of `users` end. GRE tells two tunnels apart by their pairs of addresses, so a host must
/// not have two to one endpoint. `catalogue` needs all devices, full and inactive ones too.
std::vector<Ipv4> endpoints_in_use(const ledger::Snapshot& users, const ledger::Snapshot& catalogue);

/// The device that `named` says by code or address, or else the first by code of those that are eligible and
/// have an endpoint left. Errors: NotFound (no such device, no device at all), Rejected (the named one does
/// not take users, or has no endpoint left).
Result<DeviceChoice> choose_device(const ledger::Snapshot& catalogue, const std::vector<Ipv4>& in_use,
                                   const std::optional<std::string>& named);

}  // namespace dz::cli
