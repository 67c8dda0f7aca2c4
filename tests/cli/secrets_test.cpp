// Tests that no command prints a secret, and that a key which others can read is refused.
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

#include "tests/cli/joining.hpp"

using namespace dz;
using namespace dz::cli;
using namespace dz::test;
using Catch::Contains;

namespace {

/// What of a key nobody may see, in every form that it could have: the numbers of its file, hexadecimal,
/// base58.
std::vector<std::string> forms_of_secret(const std::string& key_file) {
    const auto numbers = json::parse(key_file).value().get<std::vector<std::uint8_t>>();
    const std::vector<std::uint8_t> seed(numbers.begin(), numbers.begin() + 32);
    PublicKey as_key;
    std::ranges::copy(seed, as_key.bytes.begin());
    std::string some = key_file.substr(1);
    some.resize(some.find(',', 12));  // Four numbers or so in a row.
    return {some, to_hex(Bytes(seed.begin(), seed.begin() + 8)), as_key.to_string()};
}

}  // namespace

TEST_CASE("secrets: no command prints the key, whatever it does", "[cli]") {
    GroupDesk desk;
    desk.add_far_device();
    const auto secret = forms_of_secret(desk.network.key("alice").to_json());
    for (const std::string line :
         {"address", "balance", "version", "connect ibrl --dry-run", "connect ibrl --dry-run --json",
          "connect ibrl --log-level debug", "connect multicast --publish alpha --json", "status",
          "status --json", "user list --json", "access-pass list --json",
          "account --pubkey 11111111111111111111111111111111", "multicast subscribe alpha",
          "disconnect --json", "connect ibrl --device nowhere",
          "device update --pubkey ny5-dz01 --max-users 3 --log-level trace", "accounts", "log --pubkey me"}) {
        const Printed printed = desk.type(line);
        INFO(line);
        for (const std::string& form : secret) {
            CHECK_THAT(printed.out, !Contains(form));
            CHECK_THAT(printed.err, !Contains(form));
        }
    }
}

TEST_CASE("secrets: a key where a file's name belongs is not repeated in the error", "[cli]") {
    World world;
    const std::string key = world.key("carol").to_json();
    Desk desk([&key](Settings& settings) { settings.key = {KeySource::Kind::Flag, key, false}; });
    const Printed printed = desk.type("address");
    CHECK(printed.status == 1);
    CHECK_THAT(printed.err, Contains("the key of --keypair is a key itself, where a file's name belongs"));
    for (const std::string& form : forms_of_secret(key)) CHECK_THAT(printed.err, !Contains(form));

    ConfigSetOptions options;
    options.keypair = key;
    std::ostringstream out;
    const auto set = config_set(options, std::nullopt, [](std::string_view) { return std::nullopt; }, out);
    REQUIRE_FALSE(set);
    CHECK_THAT(set.error().text, !Contains(key.substr(0, 12)));
}

TEST_CASE("secrets: a key file that others can read is refused with the chmod to run", "[cli]") {
    namespace fs = std::filesystem;
    Desk desk;
    const fs::path path = desk.directory / "id.json";
    const auto mode = GENERATE(fs::perms::group_read, fs::perms::others_read, fs::perms::group_write);
    fs::permissions(path, mode, fs::perm_options::add);
    for (const std::string line : {"address", "connect ibrl", "disconnect"}) {
        const Printed printed = desk.type(line);
        CHECK(printed.status == 1);
        CHECK_THAT(printed.err, Contains("may be read by others than its owner (mode 06") &&
                                    Contains("\nTry: chmod 600 " + path.string() + "\n"));
    }
    fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
    CHECK(desk.type("address").status == 0);
}
