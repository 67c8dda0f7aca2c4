#include "services/oracle/options.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <regex>
#include <set>

#include "base/files.hpp"
#include "ledger/limits.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace dz;
using namespace dz::oracle;

namespace {

Options good() {
    Options o;
    o.env = "localnet";
    o.keypair = "key.json";
    o.seed = "seed";
    o.tokens = "tokens";
    o.price = 1'000'000'000;
    return o;
}

std::string error_of(const Options& options) {
    const auto settings = resolve(options);
    return settings ? "" : settings.error().text;
}

std::set<std::string> names_in(const std::string& text, const std::string& pattern) {
    std::set<std::string> names;
    const std::regex expression(pattern);
    for (std::sregex_iterator at(text.begin(), text.end(), expression), end; at != end; ++at)
        names.insert((*at)[1]);
    return names;
}

}  // namespace

TEST_CASE("oracle options: times become slots", "[oracle]") {
    Options o = good();
    o.hold = 10min;
    o.settle_within = 1h;
    const auto settings = resolve(o);
    REQUIRE(settings);
    CHECK(settings->authority.hold_slots == 1500);
    CHECK(settings->clerk.rules.settle_slots == 9000);
    CHECK(settings->watch.commitment == ledger::Commitment::Finalized);
    CHECK_FALSE(settings->treasury);
    CHECK_FALSE(settings->tls);
}

TEST_CASE("oracle options: what makes no sense is told with the flag and the remedy", "[oracle]") {
    const auto with = [](auto change) {
        Options o = good();
        change(o);
        return error_of(o);
    };
    CHECK(with([](Options& o) { o.env = ""; }).starts_with("flag -ledger-rpc-url is missing"));
    CHECK(with([](Options& o) { o.env = "moon"; }).find("mainnet-beta") != std::string::npos);
    CHECK(with([](Options& o) { o.keypair = ""; }).starts_with("flag -keypair is missing"));
    CHECK(with([](Options& o) { o.seed = ""; }).find("openssl rand -hex 32") != std::string::npos);
    CHECK(with([](Options& o) { o.tokens = ""; }).starts_with("flag -tokens is missing"));
    CHECK(
        with([](Options& o) { o.price = ledger::rent_exempt_lamports(0) - 1; }).starts_with("flag -price: "));
    CHECK(with([](Options& o) { o.commitment = "processed"; }).find("confirmed, finalized") !=
          std::string::npos);
    CHECK(with([](Options& o) { o.treasury = "x"; }).starts_with("flag -treasury: "));
    CHECK(with([](Options& o) { o.hold = 100ms; }).starts_with("flag -hold: "));
    CHECK(with([](Options& o) { o.tls_key = "k"; }).starts_with("flag -tls-certificate is missing"));
    CHECK(with([](Options& o) { o.rate.burst = 0; }).starts_with("flag -burst: "));
}

TEST_CASE("oracle options: other machines are let in with TLS, or where somebody says that there is a proxy",
          "[oracle]") {
    for (const std::string listen : {"0.0.0.0:1", ":1", "[::]:1", "192.0.2.1:1"}) {
        Options o = good();
        o.listen = listen;
        CHECK(error_of(o).find("tokens would travel in the clear") != std::string::npos);
        o.plain_http = true;
        CHECK(error_of(o).empty());
        o.plain_http = false;
        o.tls_key = "k";
        o.tls_certificate = "c";
        CHECK(resolve(o)->tls);
    }
}

TEST_CASE("oracle options: a flag that does not exist is a usage error", "[oracle]") {
    const std::vector<std::string_view> wrong{"-prize", "5"};
    CHECK_FALSE(parse_command_line(wrong));
    const std::vector<std::string_view> help{"-h"};
    CHECK(parse_command_line(help)->help);
    CHECK(usage().find("-settle-within") != std::string::npos);
}

TEST_CASE("oracle seed: hexadecimal digits that nobody else may read", "[oracle]") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "seed";
    const auto write = [&](std::string_view text, ::mode_t mode) {
        REQUIRE(files::write_atomic(path, text, mode));
    };
    write(std::string(64, '7') + "\n", 0600);
    REQUIRE(read_seed(path));
    CHECK(read_seed(path)->size() == 32);
    write(std::string(64, '7'), 0640);
    CHECK(read_seed(path).error().text.find("chmod 600") != std::string::npos);
    for (const std::string wrong : {"", "secret words", "abc", "77"}) {
        write(wrong, 0600);
        const auto refused = read_seed(path);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().text.find("openssl rand -hex 32") != std::string::npos);
        if (wrong.size() > 3) CHECK(refused.error().text.find(wrong) == std::string::npos);
    }
    CHECK(read_seed(directory / "none").error().code == Errc::NotFound);
}

TEST_CASE("oracle metrics: docs/metrics-oracle.md lists what is exported", "[oracle]") {
    metrics::Registry registry;
    oracle::Metrics own(registry);
    own.ended(State::Settled, Reason::None);
    own.transaction(Purpose::Open, Landing::Landed);
    own.reservations(State::Held);
    const auto text =
        files::read(std::filesystem::path(DZ_SOURCE_DIR) / "docs" / "metrics-oracle.md", 1 << 20);
    REQUIRE(text);
    CHECK(names_in("\n" + metrics::expose(registry) + metrics::expose_process(), "# TYPE ([a-z_]+) ") ==
          names_in(*text, "\n\\| `([a-z_]+)` \\|"));
}
