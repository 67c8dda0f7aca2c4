// base/version.hpp: what every binary reports as its version.
#pragma once

#include <string_view>

namespace dz {

/// Version of the reference whose interfaces we keep: "0.34.0".
inline constexpr std::string_view kVersion = "0.34.0";

/// "0.34.0+a1b2c3d4e"
std::string_view version_with_commit();
/// "a1b2c3d4e", or "none" outside a checkout.
std::string_view commit();
/// Time of that commit in ISO 8601, or "unknown".
std::string_view commit_date();

}  // namespace dz
