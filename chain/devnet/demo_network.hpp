// chain/devnet/demo_network.hpp: the plan of the demonstration network: places, devices, numbers. Data only.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/ip.hpp"
#include "base/units.hpp"

namespace dz::devnet::demo {

struct Place {
    std::string_view code;  ///< of the location; its exchange has an 'x' before it
    std::string_view name;
    std::string_view country;
    double lat;
    double lng;
};
inline constexpr std::array kPlaces = {
    Place{"lax", "Los Angeles", "US", 34.049641274076464, -118.25939642499903},
    Place{"ewr", "New York", "US", 40.780297071772125, -74.07203003496925},
    Place{"lhr", "London", "UK", 51.513999803939384, -0.12014764843092213},
    Place{"fra", "Frankfurt", "DE", 50.1215356432098, 8.642047117175098},
    Place{"sin", "Singapore", "SG", 1.2807150707390342, 103.85507136144396},
    Place{"tyo", "Tokyo", "JP", 35.66875144228767, 139.76565267564501},
    Place{"pit", "Pittsburgh", "US", 40.45119259881935, -80.00498215509094},
    Place{"ams", "Amsterdam", "NL", 52.30085793004002, 4.942241140085309},
};

/// A device has the address `host` of 9.128.`network`.0/24 and the /29 that begins at `host` + 128. The
/// network 0 is the one that the lab's hosts are on; nobody answers on the others.
struct DevicePlan {
    std::string_view code;
    std::string_view place;
    std::uint8_t network;
};
inline constexpr std::array kDevices = {
    DevicePlan{"ny5-dz01", "ewr", 0},  DevicePlan{"la2-dz01", "lax", 1},  DevicePlan{"ld4-dz01", "lhr", 2},
    DevicePlan{"frk-dz01", "fra", 3},  DevicePlan{"sg1-dz01", "sin", 4},  DevicePlan{"ty2-dz01", "tyo", 5},
    DevicePlan{"pit-dzd01", "pit", 6}, DevicePlan{"ams-dz001", "ams", 7},
};
inline constexpr std::uint8_t kDeviceHost = 8;
inline constexpr std::uint8_t kPrefixLength = 29;
inline constexpr std::uint16_t kMaxUsers = 128;
inline constexpr std::uint64_t kCustomerBandwidth = 10'000'000'000;

inline constexpr std::string_view kContributor = "co01";
inline constexpr Asn kClientAsn{65000};
inline constexpr Asn kDeviceAsn{65342};

inline Prefix device_tunnel_block() {
    return {Ipv4{0xac100000}, 16};
}  // 172.16.0.0
inline Prefix user_tunnel_block() {
    return {Ipv4{0xa9fe0000}, 16};
}  // 169.254.0.0
inline Prefix multicast_group_block() {
    return {Ipv4{0xe954b200}, 24};
}  // 233.84.178.0
inline Prefix multicast_publisher_block() {
    return {Ipv4{0x94337800}, 21};
}  // 148.51.120.0

inline Ipv4 public_ip(const DevicePlan& device) {
    return plus(Ipv4{0x09800000}, device.network * 256U + kDeviceHost);  // 9.128.0.0
}
inline Prefix dz_prefix(const DevicePlan& device) {
    return Prefix{plus(public_ip(device), 128), kPrefixLength}.network();
}

/// What each key starts with.
inline constexpr std::uint64_t kFoundationLamports = 10'000ULL * 1'000'000'000ULL;
inline constexpr std::uint64_t kOtherLamports = 100ULL * 1'000'000'000ULL;

}  // namespace dz::devnet::demo
