#include "daemon/ledger_endpoints.hpp"

#include <catch2/catch.hpp>

namespace dz::daemon {
namespace {

using Urls = std::vector<std::string>;

EndpointWishes rpc(std::string_view flag, std::string_view variable = "") {
    return {flag, variable, "", false};
}
EndpointWishes push(std::string_view flag) {
    return {"", "", flag, false};
}

Result<LedgerEndpoints> resolved(EndpointWishes wishes, std::string_view environment = "testnet") {
    return ledger_endpoints(wishes, ledger::find_environment(environment).value());
}
std::string refusal(EndpointWishes wishes) {
    const auto found = resolved(wishes);
    return found ? "taken" : found.error().text;
}

TEST_CASE("ledger endpoints: each environment's own places are the default", "[daemon]") {
    for (const ledger::Environment& environment : ledger::environments()) {
        const auto found = ledger_endpoints({}, &environment);
        REQUIRE(found);
        CHECK(found->rpc == Urls{std::string(environment.rpc_url)});
        CHECK(found->push == Urls{std::string(environment.ws_url)});
    }
    CHECK(resolved({})->push[0].ends_with("/whirligig"));
}

TEST_CASE("ledger endpoints: the flag outranks the variable, and both the environment", "[daemon]") {
    CHECK(resolved(rpc("", "http://a"))->rpc == Urls{"http://a"});
    CHECK(resolved(rpc("http://b", "http://a"))->rpc == Urls{"http://b"});
}

TEST_CASE("ledger endpoints: several are a list with commas, in order of preference", "[daemon]") {
    const auto found = resolved(rpc("http://own:8899, https://public/key"));
    REQUIRE(found);
    CHECK(found->rpc == Urls{"http://own:8899", "https://public/key"});
    CHECK(found->push == Urls{"ws://own:8899", "ws://own:8900", "wss://public/key"});
}

TEST_CASE("ledger endpoints: subscriptions may be elsewhere, or nowhere", "[daemon]") {
    CHECK(resolved(push("wss://x,ws://y:1"))->push == Urls{"wss://x", "ws://y:1"});
    CHECK(resolved(push("none"))->push.empty());
}

TEST_CASE("ledger endpoints: the next port is tried where a port is written", "[daemon]") {
    CHECK(resolved(rpc("http://[2001:db8::1]:8899/p"))->push ==
          Urls{"ws://[2001:db8::1]:8899/p", "ws://[2001:db8::1]:8900/p"});
    CHECK(resolved(rpc("https://host/a:b"))->push == Urls{"wss://host/a:b"});
    CHECK(resolved(rpc("http://host:65535"))->push == Urls{"ws://host:65535"});
}

TEST_CASE("ledger endpoints: what cannot be used is named with its flag", "[daemon]") {
    CHECK(refusal(rpc("ftp://x")) ==
          R"(flag -solana-rpc-endpoint: "ftp://x" does not begin with http:// or https://)");
    CHECK(refusal(rpc("", "x")) ==
          R"(variable DZ_LEDGER_RPC_URL: "x" does not begin with http:// or https://)");
    CHECK(refusal(rpc("http://a,")) ==
          R"(flag -solana-rpc-endpoint: "" does not begin with http:// or https://)");
    CHECK(refusal(rpc("http://a,http://a")) == R"(flag -solana-rpc-endpoint: "http://a" is there twice)");
    CHECK(refusal(push("http://a")) ==
          R"(flag -solana-ws-endpoint: "http://a" does not begin with ws:// or wss://)");
    CHECK(refusal(rpc("http://1,http://2,http://3,http://4,http://5,http://6,http://7,http://8,"
                      "http://9")) == "flag -solana-rpc-endpoint: 9 URLs, at most 8 are taken");
    CHECK(refusal({"", "", "", true}) ==
          "flag -solana-rpc-agreement: give two or more URLs in -solana-rpc-endpoint, with commas");
    CHECK_FALSE(ledger_endpoints({}, nullptr));
}

}  // namespace
}  // namespace dz::daemon
