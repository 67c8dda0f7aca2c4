// tests/telemetry/support.hpp: users, tunnels and sessions as tests want them.
#pragma once

#include <string_view>

#include "netlink/socket_diag.hpp"
#include "services/telemetry/decide.hpp"
#include "tests/support/fake_network.hpp"

namespace dz::test {

/// As a device sees it, which listens.
inline netlink::TcpSession session(std::string_view local, std::string_view remote,
                                   std::optional<std::chrono::microseconds> rtt) {
    return {ip(local), ip(remote), telemetry::kBgpPort, 40'000, rtt};
}

/// The tunnel network of the user with this number: 10.0.`number`.0/31.
inline Prefix tunnel_net(std::uint8_t number) {
    return {Ipv4(0x0a000000U + (std::uint32_t{number} << 8U)), 31};
}

/// Of the tunnel of that user, whose even address is the device's.
inline netlink::TcpSession session_of(std::uint8_t number, std::chrono::microseconds rtt = 5ms) {
    const Ipv4 local = tunnel_net(number).address;
    return {local, plus(local, 1), telemetry::kBgpPort, 40'000, rtt};
}

}  // namespace dz::test
