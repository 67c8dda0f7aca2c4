#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/commands.hpp"
#include "cli/config_file.hpp"

namespace dz::cli {
namespace {

/// A directory of its own for each case.
struct Directory {
    Directory() {
        std::string pattern = (std::filesystem::temp_directory_path() / "dz-cli-XXXXXX").string();
        path = ::mkdtemp(pattern.data());
    }
    ~Directory() { std::filesystem::remove_all(path); }
    GetEnv getenv() const {
        return [where = (path / "sub" / "config.yml").string()](
                   std::string_view name) -> std::optional<std::string> {
            if (name == "DOUBLEZERO_CONFIG_FILE") return where;
            if (name == "HOME") return "/home/op";
            return std::nullopt;
        };
    }
    std::filesystem::path path;
};

TEST_CASE("config file: what is written reads back", "[cli]") {
    ConfigFile config;
    config.json_rpc_url = "http://localhost:8899";
    config.keypair_path = "/k: with # odd.json";
    config.tenant = "acme";
    CHECK(parse_config(to_yaml(config)).value() == config);
}

TEST_CASE("config file: keys stand in the documented order", "[cli]") {
    ConfigFile config;
    config.json_rpc_url = "http://x";
    CHECK(to_yaml(config) ==
          "json_rpc_url: http://x\nwebsocket_url: ~\nkeypair_path: ~\nprogram_id: ~\ntenant: "
          "~\naddress_labels: {}\n"
          "geo_program_id: ~\n");
}

TEST_CASE("config file: a missing one is no error, a damaged one is", "[cli]") {
    const Directory directory;
    CHECK_FALSE(read_config(directory.path / "none.yml").value().has_value());
    for (const char* const text : {"a: [", "- 1\n- 2\n", "websocket_url: x\n", "json_rpc_url: [1]\n"}) {
        const auto path = directory.path / "bad.yml";
        std::ofstream(path) << text;
        const auto read = read_config(path);
        REQUIRE_FALSE(read);
        CHECK_THAT(read.error().text, Catch::Contains("bad.yml") && Catch::Contains("Try: "));
    }
}

TEST_CASE("config set: an environment supplies the base and flags override it", "[cli]") {
    const Directory directory;
    ConfigSetOptions options;
    options.env = "local";
    options.url = "http://10.0.0.1:8899";
    options.tenant = "acme";
    std::ostringstream out;
    REQUIRE(config_set(options, std::nullopt, directory.getenv(), out));
    CHECK_THAT(
        out.str(),
        Catch::Contains("RPC URL: http://10.0.0.1:8899\nWebSocket URL: ws://10.0.0.1:8899 (computed)\n") &&
            Catch::Contains("Program ID: 7CTniUa88iJKUHTrCkB4TjAoG6TD7AMivhQeuqN2LPtX\n") &&
            Catch::Contains("Tenant: acme\n"));
}

TEST_CASE("config set: the name of a network means its own ledger", "[cli]") {
    const Directory directory;
    ConfigSetOptions options;
    options.url = "mainnet-beta";
    std::ostringstream out;
    REQUIRE(config_set(options, std::nullopt, directory.getenv(), out));
    CHECK_THAT(out.str(), Catch::Contains("RPC URL: https://doublezero-mainnet-beta."));
}

TEST_CASE("config set: the tenant can be forgotten", "[cli]") {
    const Directory directory;
    ConfigFile before;
    before.json_rpc_url = "http://x";
    before.tenant = "acme";
    ConfigSetOptions options;
    options.no_tenant = true;
    std::ostringstream out;
    REQUIRE(config_set(options, before, directory.getenv(), out));
    CHECK_THAT(out.str(), Catch::Contains("Tenant: (not set)\n"));
}

}  // namespace
}  // namespace dz::cli
