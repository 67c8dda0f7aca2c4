// Tests for the command line and the list of metrics.
#include "services/telemetry/options.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <regex>
#include <set>

#include "base/files.hpp"
#include "base/metrics.hpp"
#include "fetcher/metrics.hpp"
#include "services/telemetry/metrics.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace dz;
using namespace dz::telemetry;
using Catch::Contains;

namespace {

constexpr std::string_view kDevice = "DZtnuQ839pSaDMFG5q1ad2V95G82S5EC4RrB3Ndw2Heb";

Result<Settings> settings(std::vector<std::string_view> arguments) {
    const auto line = parse_command_line(arguments);
    REQUIRE(line);
    return resolve(line->options);
}

std::string refusal(std::vector<std::string_view> arguments) {
    const auto refused = settings(std::move(arguments));
    return refused ? "" : refused.error().text;
}

std::set<std::string> names_in(const std::string& text, const char* pattern) {
    std::set<std::string> names;
    const std::regex row(pattern);
    for (auto at = std::sregex_iterator(text.begin(), text.end(), row); at != std::sregex_iterator(); ++at)
        names.insert((*at)[1]);
    return names;
}

}  // namespace

TEST_CASE("options: the defaults are 60 s, 6 h, no grace and /var/run/netns", "[telemetry]") {
    const auto defaults =
        settings({"-env", "devnet", "-local-device-pubkey", kDevice, "-keypair", "/k.json"});
    REQUIRE(defaults);
    CHECK(defaults->enable);
    CHECK(defaults->interval == 60s);
    CHECK(defaults->rules.refresh == 6h);
    CHECK(defaults->rules.grace == 0s);
    CHECK(defaults->namespace_directory == "/var/run/netns");
    CHECK(defaults->fetch_timeout == 30s);
    CHECK_FALSE(defaults->metrics_address);
    CHECK_FALSE(defaults->management_namespace);
}

TEST_CASE("options: the environment outranks URL and program", "[telemetry]") {
    const auto with =
        settings({"-env", "testnet", "-ledger-rpc-url", "http://x", "-serviceability-program-id", "nonsense",
                  "-local-device-pubkey", kDevice, "-keypair", "/k.json"});
    REQUIRE(with);
    CHECK(with->rpc_url != "http://x");
}

TEST_CASE("options: what is missing or wrong is told by the flag's name, first things first", "[telemetry]") {
    CHECK_THAT(refusal({}), Contains("-ledger-rpc-url"));
    CHECK_THAT(refusal({"-ledger-rpc-url", "http://x"}), Contains("-serviceability-program-id"));
    CHECK_THAT(refusal({"-env", "moon"}), Contains("-env"));
    CHECK_THAT(refusal({"-env", "devnet"}), Contains("-local-device-pubkey"));
    CHECK_THAT(refusal({"-env", "devnet", "-local-device-pubkey", "x!"}), Contains("-keypair"));
    CHECK_THAT(refusal({"-env", "devnet", "-local-device-pubkey", "x!", "-keypair", "k"}),
               Contains("-local-device-pubkey"));
    CHECK_THAT(refusal({"-env", "devnet", "-bgp-status-interval", "0s"}), Contains("-bgp-status-interval"));
    CHECK_THAT(refusal({"-env", "devnet", "-bgp-status-down-grace-period", "-1s"}),
               Contains("-bgp-status-down-grace-period"));
}

TEST_CASE("options: flags of the latency collector are accepted and named", "[telemetry]") {
    const std::vector<std::string_view> arguments = {"-probe-interval", "5s", "-state-collect-enable=false",
                                                     "-twamp-listen-port", "862"};
    const auto line = parse_command_line(arguments);
    REQUIRE(line);
    CHECK(line->options.unavailable == std::vector<std::string>{"probe-interval", "twamp-listen-port"});
    const std::vector<std::string_view> unknown = {"-no-such-flag"};
    CHECK_FALSE(parse_command_line(unknown));
}

TEST_CASE("options: the management namespace is a name in the namespace directory", "[telemetry]") {
    const auto with =
        settings({"-env", "devnet", "-local-device-pubkey", kDevice, "-keypair", "k", "-management-namespace",
                  "ns-management", "-bgp-status-namespace-directory", "/run/ns"});
    REQUIRE(with);
    CHECK(with->management_namespace == "/run/ns/ns-management");
    CHECK_THAT(refusal({"-env", "devnet", "-local-device-pubkey", kDevice, "-keypair", "k",
                        "-management-namespace", "../x"}),
               Contains("-management-namespace"));
}

TEST_CASE("options: a key file that others may read is refused with the remedy", "[telemetry]") {
    test::TemporaryDirectory directory;
    const auto path = directory / "publisher.json";
    const auto key = ledger::Keypair::generate();
    REQUIRE(ledger::write_keypair(path, key));
    REQUIRE(read_publisher(path));
    CHECK(read_publisher(path)->public_key() == key.public_key());
    REQUIRE(::chmod(path.c_str(), 0640) == 0);
    const auto refused = read_publisher(path);
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().text, Contains("chmod 600 " + path.string()));
    CHECK(read_publisher(directory / "none").error().code == Errc::NotFound);
}

TEST_CASE("metrics: docs/metrics-telemetry.md lists what is exported", "[telemetry]") {
    metrics::Registry registry;
    fetcher::Metrics fetcher(registry, "doublezero_telemetry_programdata");
    telemetry::Metrics own(registry);
    fetcher.retried("getProgramAccounts", {});
    fetcher.gave_up("getProgramAccounts", {});
    own.tick(TickResult::Success);
    own.drop(Drop::QueueFull);
    own.namespace_failure("vrf1");
    const auto text =
        files::read(std::filesystem::path(DZ_SOURCE_DIR) / "docs" / "metrics-telemetry.md", 1 << 20);
    REQUIRE(text);
    CHECK(names_in("\n" + metrics::expose(registry) + metrics::expose_process(), "# TYPE ([a-z_]+) ") ==
          names_in(*text, "\n\\| `([a-z_]+)` \\|"));
}
