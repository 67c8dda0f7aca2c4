#include "cli/settings.hpp"

#include <catch2/catch.hpp>
#include <map>

namespace dz::cli {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

GetEnv variables(Variables values = {}) {
    values.try_emplace("HOME", "/home/op");
    return [values](std::string_view name) -> std::optional<std::string> {
        const auto at = values.find(name);
        return at == values.end() ? std::nullopt : std::optional(at->second);
    };
}

ConfigFile file_for(std::string_view environment) {
    const auto* const named = ledger::find_environment(environment).value();
    ConfigFile file;
    file.json_rpc_url = named->rpc_url;
    file.program_id = named->serviceability.to_string();
    return file;
}

TEST_CASE("settings: without flags, file and variables the build's default network counts", "[cli]") {
    const auto settings = resolve({}, std::nullopt, variables()).value();
    CHECK(settings.network == "testnet");
    CHECK(settings.program.to_string() == "DZtnuQ839pSaDMFG5q1ad2V95G82S5EC4RrB3Ndw2Heb");
    CHECK(settings.ws_url.ends_with("/whirligig"));
    CHECK(settings.keypair_path == "/home/op/.config/doublezero/id.json");
    CHECK(settings.sock_file == "/var/run/doublezerod/doublezerod.sock");
}

TEST_CASE("settings: the file's program selects its environment", "[cli]") {
    const auto settings = resolve({}, file_for("mainnet-beta"), variables()).value();
    CHECK(settings.network == "mainnet-beta");
    CHECK(settings.geo_program.to_string() == "8H7nS6eZiuf7rGQtz3PPz2q9m4eJRL37PPM678KHnspG");
}

TEST_CASE("settings: --env sets aside every network field of the file and keeps its key", "[cli]") {
    ConfigFile file = file_for("mainnet-beta");
    file.keypair_path = "/keys/a.json";
    GlobalOptions options;
    options.env = "local";
    const auto settings = resolve(options, file, variables()).value();
    CHECK(settings.rpc_url == "http://localhost:8899");
    CHECK(settings.network == "local");
    CHECK(settings.key.value == "/keys/a.json");
}

TEST_CASE("settings: a flag beats a variable, a variable beats the file", "[cli]") {
    const auto env = variables({{"DZ_LEDGER_RPC_URL", "http://variable"}});
    CHECK(resolve({}, file_for("testnet"), env).value().rpc_url == "http://variable");
    GlobalOptions options;
    options.url = "https://flag/path";
    const auto settings = resolve(options, file_for("testnet"), env).value();
    CHECK(settings.rpc_url == "https://flag/path");
    CHECK(settings.ws_url == "wss://flag/path");
    CHECK(settings.ws_computed);
}

TEST_CASE("settings: an explicit key source is final", "[cli]") {
    GlobalOptions options;
    options.keypair = "/does/not/exist.json";
    const auto env = variables({{"DOUBLEZERO_KEYPAIR", "[1,2,3]"}});
    CHECK(resolve(options, std::nullopt, env).value().key.kind == KeySource::Kind::Flag);
    const auto by_variable = resolve({}, std::nullopt, env).value().key;
    CHECK(by_variable.kind == KeySource::Kind::Variable);
    CHECK(by_variable.is_json);
    options.keypair = "-";
    CHECK(resolve(options, std::nullopt, env).value().key.kind == KeySource::Kind::Stdin);
}

TEST_CASE("settings: an unknown environment or program is an error that names the flag", "[cli]") {
    GlobalOptions options;
    options.env = "moon";
    CHECK_THAT(resolve(options, std::nullopt, variables()).error().text, Catch::Contains("--env: moon"));
    options = {};
    options.program_id = "nonsense";
    CHECK_THAT(resolve(options, std::nullopt, variables()).error().text, Catch::Contains("--program-id"));
}

TEST_CASE("settings: a program of none of the public networks is a custom network", "[cli]") {
    GlobalOptions options;
    options.program_id = "JAQxrJ2WuDF4APfSifurJJ4HzV5Z3FyBuBeSMj7mo9aw";
    CHECK(resolve(options, std::nullopt, variables()).value().network == "custom");
}

}  // namespace
}  // namespace dz::cli
