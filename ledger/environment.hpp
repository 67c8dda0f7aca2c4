// ledger/environment.hpp: the public networks: names, endpoints, program ids. The one place that holds URLs.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/units.hpp"
#include "ledger/public_key.hpp"

namespace dz::ledger {

struct Environment {
    std::string_view name;         ///< as the command line says it: "local"
    std::string_view short_name;   ///< "l"
    std::string_view daemon_name;  ///< as the daemon says it: "localnet"
    std::string_view rpc_url;
    std::string_view ws_url;
    std::string_view solana_url;
    PublicKey serviceability;
    PublicKey telemetry;
    PublicKey geolocation;
    PublicKey internet_latency_collector;
    Asn device_asn;  ///< of the devices; for information, the ledger's global config decides
};

/// mainnet-beta, testnet, devnet, local.
std::span<const Environment> environments();

/// By any name that one of the programs accepts: "mainnet-beta", "mainnet", "m", "local", "localnet", "l",
/// ... Errors: BadValue, listing the names.
Result<const Environment*> find_environment(std::string_view name);
/// The environment whose serviceability program this is; null for a private deployment.
const Environment* environment_of(const PublicKey& serviceability);

/// "https://h/p" -> "wss://h/p", "http://h" -> "ws://h"; any other text unchanged.
std::string websocket_url(std::string_view rpc_url);

}  // namespace dz::ledger
