#include "wallet/network.hpp"

#include <fmt/format.h>

#include <array>

namespace dz::wallet {

namespace {

constexpr std::array<std::string_view, 4> kNames = {"mainnet", "testnet", "devnet", "regtest"};

}  // namespace

std::string_view to_string(Network network) {
    return kNames[static_cast<std::size_t>(network)];
}

Result<Network> parse_network(std::string_view text) {
    for (std::size_t i = 0; i < kNames.size(); ++i) {
        if (kNames[i] == text) return static_cast<Network>(i);
    }
    return fail(Fault::InvalidNetwork, fmt::format("\"{}\" is none of {}", text, fmt::join(kNames, ", ")));
}

}  // namespace dz::wallet
