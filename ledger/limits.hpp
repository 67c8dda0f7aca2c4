// ledger/limits.hpp: bounds that the program enforces on what it stores (ledger-accounts.md).
#pragma once

#include <cstddef>
#include <cstdint>

namespace dz::ledger {

inline constexpr std::size_t kMaxCodeBytes = 32;
inline constexpr std::size_t kMaxNameBytes = 64;
inline constexpr std::size_t kMaxTopologyNameBytes = 32;
inline constexpr std::size_t kCountryBytes = 2;

inline constexpr std::uint16_t kMaxVlanId = 4094;
inline constexpr std::uint16_t kLinkMtu = 9000;
inline constexpr std::uint16_t kInterfaceMtu = 9000;
inline constexpr std::uint16_t kCustomerInterfaceMtu = 1500;  ///< with CYOA or DIA

inline constexpr std::uint16_t kMaxLinkTunnelId = 1024;
inline constexpr std::uint64_t kMinLinkBandwidth = 10'000'000'000;
inline constexpr std::uint64_t kMaxLinkBandwidth = 400'000'000'000;
inline constexpr std::uint64_t kMinLinkDelayNs = 10'000;
inline constexpr std::uint64_t kMaxLinkDelayNs = 1'000'000'000;
inline constexpr std::size_t kMaxLinkTopologies = 8;

/// User tunnel ids are kFirstUserTunnelId <= id < kEndUserTunnelId.
inline constexpr std::uint16_t kFirstUserTunnelId = 500;
inline constexpr std::uint16_t kEndUserTunnelId = 4596;

/// Ours, not the program's: keeps a damaged account from costing much.
inline constexpr std::size_t kMaxInterfaces = 4096;

inline constexpr std::uint16_t kFirstBgpCommunity = 10000;
inline constexpr std::uint16_t kLastBgpCommunity = 10999;

inline constexpr std::size_t kMaxFeedGroups = 20;
inline constexpr std::size_t kMaxFeedSeats = 64;
inline constexpr std::size_t kMaxFeedsOfUser = 5;

/// Smallest balance that keeps an account of `bytes` data bytes alive.
constexpr std::uint64_t rent_exempt_lamports(std::size_t bytes) {
    return (128 + std::uint64_t{bytes}) * 6960;
}

}  // namespace dz::ledger
