// Tests for commands that look at everything the ledger has: accounts, export, resource verify; and for those
// that this build does not have.
#include <catch2/catch.hpp>

#include "base/files.hpp"
#include "cli/resource_audit.hpp"
#include "tests/cli/terminal.hpp"

using namespace dz;
using namespace dz::test;
using Catch::Contains;

namespace {

const Ipv4 kIp{0x09800064};  // 9.128.0.100

/// A network with one user who has an address of the device.
struct Joined {
    Joined() {
        REQUIRE(network.set_pass("alice", kIp) == "ok");
        REQUIRE(network.create_user("alice", kIp, kType) == "ok");
    }
    static constexpr auto kType = ledger::UserType::IbrlWithAllocatedIp;
    ledger::User user() { return network.get_user(kIp, kType); }
    void change(const std::function<void(ledger::User&)>& edit) {
        auto changed = user();
        edit(changed);
        network.set(network.user(kIp, kType), changed);
    }

    Network network;
    Terminal type{network, "foundation"};
};

}  // namespace

TEST_CASE("accounts: every account of the program with its fields", "[cli]") {
    Joined on;
    const auto dump = on.type("accounts").json();
    CHECK(dump.at("env") == "local");
    std::map<std::string, json::Value> by_type;
    for (const auto& account : dump.at("accounts")) by_type[account.at("account_type")] = account;
    CHECK(by_type.at("User").at("account").at("client_ip") == "9.128.0.100");
    CHECK(by_type.at("User").at("account").at("status") == "Activated");
    CHECK(by_type.at("AccessPass").at("account").at("accesspass_type").at("type") == "prepaid");
    CHECK(by_type.at("GlobalConfig").at("account").at("local_asn").is_number());
    CHECK(by_type.contains("ResourceExtension"));
    CHECK(on.type("accounts --account-type USER").json().at("accounts").size() == 1);
    const Printed counted = on.type("accounts --account-type user --no-output");
    CHECK(counted.out.empty());
    CHECK(counted.err == "1 accounts\n");
}

TEST_CASE("export: one file for each device, with its links and users", "[cli]") {
    Joined on;
    TemporaryDirectory directory;
    const auto path = directory / "out";
    const Printed printed = on.type("export --path " + path.string());
    CHECK(printed.out == (path / "ny5-dz01.yml").string() + "\n");
    const auto file = json::parse(files::read(path / "ny5-dz01.yml", 1 << 20).value()).value();
    CHECK(file.at("public_ip") == "9.128.0.8");
    CHECK(file.at("contributor") != file.at("contributor_pk"));
    CHECK(file.at("users").at(0).at("client_ip") == "9.128.0.100");
}

TEST_CASE("export: a code that would leave the directory is no file name", "[cli]") {
    Joined on;
    auto device = on.network.get_device();
    device.code = "../evil";
    on.network.set(on.network.device, device);
    TemporaryDirectory directory;
    const Printed printed = on.type("export --path " + (directory / "out").string());
    CHECK(printed.out.empty());
    CHECK_THAT(printed.err, Contains("has no code for a file name"));
    CHECK_FALSE(std::filesystem::exists(directory / "evil.yml"));
}

TEST_CASE("resource verify: a network as the program leaves it has no findings", "[cli]") {
    Joined on;
    on.network.add_group("alpha");
    const Printed printed = on.type("resource verify --json");
    CHECK(printed.json() == json::Value::array());
}

TEST_CASE("resource verify: what is held and free, and what nobody holds, is found and mended", "[cli]") {
    Joined on;
    const auto before = on.user();
    on.change([](ledger::User& user) { user.tunnel_id = 777; });
    const Printed found = on.type("resource verify --json");
    CHECK(found.status == 1);
    const auto rows = json::parse(found.out).value();
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].at("value") == std::to_string(before.tunnel_id));
    CHECK(rows[0].at("problem") == "taken, but nobody holds it");
    CHECK(rows[1].at("value") == "777");
    CHECK(rows[1].at("problem") == "held, but free in the allocator");
    CHECK_THAT(found.err, Contains("resource verify --fix"));

    CHECK(on.type("resource verify --fix").status == 0);
    CHECK(on.type("resource verify").status == 0);
}

TEST_CASE("resource verify: a value of two users is named and left alone", "[cli]") {
    Joined on;
    const Ipv4 other = ip(9, 128, 0, 101);
    REQUIRE(on.network.set_pass("bob", other) == "ok");
    REQUIRE(on.network.create_user("bob", other, Joined::kType) == "ok");
    auto bob = on.network.get_user(other, Joined::kType);
    on.type("resource deallocate --resource-type dz-prefix-block --associated-pubkey ny5-dz01 --value " +
            bob.dz_ip.to_string());
    bob.dz_ip = on.user().dz_ip;
    on.network.set(on.network.user(other, Joined::kType), bob);
    const Printed fixed = on.type("resource verify --fix");
    CHECK(fixed.status == 1);
    CHECK_THAT(fixed.out, Contains("held by several"));
    CHECK_THAT(fixed.err, Contains("1 values are held by several and were left alone"));
}

TEST_CASE("resource verify: a tunnel as large as the Internet costs nothing", "[cli]") {
    Joined on;
    on.change([](ledger::User& user) { user.tunnel_net = {Ipv4{0x01020304}, 0}; });
    CHECK(on.type("resource verify").status == 1);
}

TEST_CASE("commands that are not part of this build fail and say what to use instead", "[cli]") {
    Network network;
    Terminal type(network);
    for (const std::string line : {"geolocation probe list", "link latency --code x --p p50", "subscribe",
                                   "sentinel find-validator-multicast-publishers --epoch 3",
                                   "device migrate-unicast-counts --dry-run", "migrate flex-algo"}) {
        const Printed printed = type(line);
        INFO(line << "\n" << printed.err);
        CHECK(printed.status == 1);
        CHECK(printed.out.empty());
        CHECK_THAT(printed.err, Contains("not part of this build") && Contains("Try: "));
    }
    const Printed as_json = type("geolocation user list --json");
    CHECK_THAT(as_json.err, Contains(R"("code":"Unsupported")"));
}
