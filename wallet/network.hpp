// wallet/network.hpp: which network's addresses and keys.
#pragma once

#include <string_view>

#include "wallet/fault.hpp"

namespace dz::wallet {

/// All but Mainnet are written alike: coin type 1, and one set of prefixes.
enum class Network { Mainnet, Testnet, Devnet, Regtest };

/// "mainnet", ...
std::string_view to_string(Network network);
/// Errors: InvalidNetwork, with the names there are.
Result<Network> parse_network(std::string_view text);

constexpr bool is_mainnet(Network network) {
    return network == Network::Mainnet;
}

}  // namespace dz::wallet
