#include "ledger/environment.hpp"

#include <catch2/catch.hpp>

using namespace dz;
using namespace dz::ledger;

TEST_CASE("environment: every name of both programs is understood", "[ledger]") {
    const auto name = [](std::string_view text) { return (*find_environment(text))->name; };
    CHECK(name("mainnet-beta") == "mainnet-beta");
    CHECK(name("mainnet") == "mainnet-beta");
    CHECK(name("m") == "mainnet-beta");
    CHECK(name("t") == "testnet");
    CHECK(name("d") == "devnet");
    CHECK(name("l") == "local");
    CHECK(name("local") == "local");
    CHECK(name("localnet") == "local");
}

TEST_CASE("environment: an unknown name is refused with the names that are known", "[ledger]") {
    const auto unknown = find_environment("prod");
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().text.find("prod") != std::string::npos);
    CHECK(unknown.error().text.find("testnet (t)") != std::string::npos);
}

TEST_CASE("environment: the program id leads back to the environment", "[ledger]") {
    for (const Environment& environment : environments()) {
        CHECK(environment_of(environment.serviceability) == &environment);
    }
    CHECK(environment_of(PublicKey{}) == nullptr);
}

TEST_CASE("environment: devnet shares the ledger of testnet", "[ledger]") {
    CHECK((*find_environment("devnet"))->rpc_url == (*find_environment("testnet"))->rpc_url);
    CHECK((*find_environment("devnet"))->solana_url == "https://api.testnet.solana.com");
}

TEST_CASE("environment: a WebSocket URL keeps everything but the scheme", "[ledger]") {
    CHECK(websocket_url("https://ledger.example/key") == "wss://ledger.example/key");
    CHECK(websocket_url("http://localhost:8899") == "ws://localhost:8899");
    CHECK(websocket_url("elsewhere") == "elsewhere");
}
