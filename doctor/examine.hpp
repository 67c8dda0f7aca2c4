// doctor/examine.hpp: from facts to findings. Pure.
//
// Each check judges one thing. What follows from another finding is `Skipped` and names it, so that one fault
// shows as one finding: a firewall that drops GRE is not reported again as a lost session.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "doctor/facts.hpp"
#include "doctor/finding.hpp"

namespace dz::doctor {

/// In the order they are shown: from this machine outwards.
inline constexpr std::array<std::string_view, 16> kChecks{
    "daemon",  "enabled", "privileges", "gre", "client-ip", "ledger", "access-pass", "balance",
    "account", "device",  "firewall",   "mtu", "bgp",       "routes", "networkd",    "xdp"};

/// One finding for each of `kChecks`, in their order.
std::vector<Finding> examine(const Facts& facts);

}  // namespace dz::doctor
