// Tests that the man page and the packaged configuration file know every flag, and none that there is not.
#include <catch2/catch.hpp>
#include <filesystem>
#include <regex>
#include <set>
#include <string>

#include "base/files.hpp"
#include "base/yaml.hpp"
#include "daemon/configuration.hpp"

using namespace dz;

namespace {

std::string read(const std::string& path) {
    return files::read(std::filesystem::path(DZ_SOURCE_DIR) / path, 1 << 20).value();
}

std::set<std::string> all(const std::string& text, const std::string& pattern) {
    const std::regex regex(pattern);
    std::set<std::string> found;
    for (auto at = std::sregex_iterator(text.begin(), text.end(), regex); at != std::sregex_iterator(); ++at)
        found.insert((*at)[1]);
    return found;
}

std::set<std::string> flags() {
    return all(daemon::usage(), "\n  -([a-z0-9-]+)");
}

}  // namespace

TEST_CASE("documents: the man page has every flag and no other", "[daemon]") {
    auto described = all(read("docs/man/doublezerod.8.scd"), R"(\*-([a-z0-9-]+)\*)");
    described.erase("h");
    CHECK(described == flags());
}

TEST_CASE("documents: the packaged file sets nothing but the network, and what it shows can be set",
          "[daemon]") {
    const std::string text = read("packaging/config.yml");
    const auto pairs = yaml::parse(text);
    REQUIRE(pairs);
    REQUIRE(pairs->size() == 1);
    CHECK(pairs->front().key == "env");
    std::string shown = std::regex_replace(text, std::regex("(^|\n)#([a-z0-9-]+: )"), "$1$2");
    const auto every = yaml::parse(shown);
    REQUIRE(every);
    CHECK(every->size() > 15);
    const auto line = daemon::parse_command_line({}, *every);
    CAPTURE(line ? "" : line.error().text);
    CHECK(line);
}

TEST_CASE("documents: the defaults that the packaged file shows are the defaults", "[daemon]") {
    const auto defaults = daemon::parse_command_line({})->options.values;
    const std::set<std::string> examples = {"client-ip",  "solana-rpc-endpoint", "solana-ws-endpoint",
                                            "program-id", "bgp-md5-key-file",    "bmp-server"};
    const std::string text = read("packaging/config.yml");
    const std::string shown = std::regex_replace(text, std::regex("(^|\n)#([a-z0-9-]+: )"), "$1$2");
    const auto pairs = yaml::parse(shown).value();
    for (const yaml::Pair& pair : pairs) {
        if (examples.contains(pair.key)) continue;
        CAPTURE(pair.key);
        CHECK(pair.text == defaults.at(pair.key));
    }
}
