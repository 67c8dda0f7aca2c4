#include "ledger/environment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace dz::ledger {
namespace {

constexpr std::string_view kMainnetRpc =
    "https://doublezero-mainnet-beta.rpcpool.com/db336024-e7a8-46b1-80e5-352dd77060ab";
constexpr std::string_view kMainnetWs =
    "wss://doublezero-mainnet-beta.rpcpool.com/db336024-e7a8-46b1-80e5-352dd77060ab";
// Devnet shares testnet's ledger; only the program ids differ.
constexpr std::string_view kTestnetRpc =
    "https://doublezerolocalnet.rpcpool.com/8a4fd3f4-0977-449f-88c7-63d4b0f10f16";
constexpr std::string_view kTestnetWs =
    "wss://doublezerolocalnet.rpcpool.com/8a4fd3f4-0977-449f-88c7-63d4b0f10f16/whirligig";
constexpr std::string_view kSolanaTestnet = "https://api.testnet.solana.com";
constexpr PublicKey kDevnetTelemetry = "C9xqH76NSm11pBS6maNnY163tWHT8Govww47uyEmSnoG"_key;
constexpr PublicKey kDevnetCollector = "3fXen9LP5JUAkaaDJtyLo1ohPiJ2LdzVqAnmhtGgAmwJ"_key;

constexpr std::array<Environment, 4> kEnvironments = {{
    {
        .name = "mainnet-beta",
        .short_name = "m",
        .daemon_name = "mainnet-beta",
        .rpc_url = kMainnetRpc,
        .ws_url = kMainnetWs,
        .solana_url = "https://api.mainnet-beta.solana.com",
        .serviceability = "ser2VaTMAcYTaauMrTSfSrxBaUDq7BLNs2xfUugTAGv"_key,
        .telemetry = "tE1exJ5VMyoC9ByZeSmgtNzJCFF74G9JAv338sJiqkC"_key,
        .geolocation = "8H7nS6eZiuf7rGQtz3PPz2q9m4eJRL37PPM678KHnspG"_key,
        .internet_latency_collector = "8xHn4r7oQuqNZ5cLYwL5YZcDy1JjDQcpVkyoA8Dw5uXH"_key,
        .device_asn = {209321},
    },
    {
        .name = "testnet",
        .short_name = "t",
        .daemon_name = "testnet",
        .rpc_url = kTestnetRpc,
        .ws_url = kTestnetWs,
        .solana_url = kSolanaTestnet,
        .serviceability = "DZtnuQ839pSaDMFG5q1ad2V95G82S5EC4RrB3Ndw2Heb"_key,
        .telemetry = "3KogTMmVxc5eUHtjZnwm136H5P8tvPwVu4ufbGPvM7p1"_key,
        .geolocation = "3AG2BCA7gAm47Q6xZzPQcUUYvnBjxAvPKnPz919cxHF4"_key,
        .internet_latency_collector = "HWGQSTmXWMB85NY2vFLhM1nGpXA8f4VCARRyeGNbqDF1"_key,
        .device_asn = {65342},
    },
    {
        .name = "devnet",
        .short_name = "d",
        .daemon_name = "devnet",
        .rpc_url = kTestnetRpc,
        .ws_url = kTestnetWs,
        .solana_url = kSolanaTestnet,
        .serviceability = "GYhQDKuESrasNZGyhMJhGYFtbzNijYhcrN9poSqCQVah"_key,
        .telemetry = kDevnetTelemetry,
        .geolocation = "EXUUFfAjjuXnaBtsAMLsJX18ynnNHPwtkmk33bLVVoCm"_key,
        .internet_latency_collector = kDevnetCollector,
        .device_asn = {21682},
    },
    {
        .name = "local",
        .short_name = "l",
        .daemon_name = "localnet",
        .rpc_url = "http://localhost:8899",
        .ws_url = "ws://localhost:8899",
        .solana_url = "http://localhost:8899",
        .serviceability = "7CTniUa88iJKUHTrCkB4TjAoG6TD7AMivhQeuqN2LPtX"_key,
        .telemetry = kDevnetTelemetry,
        .geolocation = "36WA9nUCsJaAQL5h44WYoLezDpocy8Q71NZbtrUN8DyC"_key,
        .internet_latency_collector = kDevnetCollector,
        .device_asn = {21682},
    },
}};

}  // namespace

std::span<const Environment> environments() {
    return kEnvironments;
}

Result<const Environment*> find_environment(std::string_view name) {
    const std::string_view wanted = name == "mainnet" ? "mainnet-beta" : name;
    for (const Environment& environment : kEnvironments) {
        if (wanted == environment.name || wanted == environment.short_name ||
            wanted == environment.daemon_name) {
            return &environment;
        }
    }
    return fail(
        Errc::BadValue,
        fmt::format("unknown environment \"{}\": one of mainnet-beta (m), testnet (t), devnet (d), local (l)",
                    name));
}

const Environment* environment_of(const PublicKey& serviceability) {
    const auto at = std::ranges::find(kEnvironments, serviceability, &Environment::serviceability);
    return at != kEnvironments.end() ? &*at : nullptr;
}

std::string websocket_url(std::string_view rpc_url) {
    if (rpc_url.starts_with("https://")) return fmt::format("wss://{}", rpc_url.substr(8));
    if (rpc_url.starts_with("http://")) return fmt::format("ws://{}", rpc_url.substr(7));
    return std::string(rpc_url);
}

}  // namespace dz::ledger
