// Tests for listings and details: one definition of each record, as table, details and JSON.
#include <catch2/catch.hpp>

#include "cli/commands.hpp"
#include "tests/cli/desk.hpp"

using namespace dz;
using namespace dz::cli;
using namespace dz::test;
using Catch::Contains;

namespace {

constexpr OutputStyle kJson{.json = true, .json_compact = false};

std::string padded(std::string text, std::size_t width) {
    text.append(width - std::min(width, text.size()), ' ');
    return text;
}

/// "alice" is connected, as after a first connect.
struct ListDesk : Desk {
    ListDesk() {
        REQUIRE(network.set_pass("alice", kIp) == "ok");
        REQUIRE(network.create_user("alice", kIp) == "ok");
    }
    std::string account() const { return network.user(kIp).to_string(); }
    std::string alice() { return network.pk("alice").to_string(); }
};

/// Runs `command` and returns what it printed as JSON.
json::Value read_json(Desk& desk, Task<Result<>> command) {
    desk.out.str("");
    REQUIRE(desk.run(std::move(command)));
    return json::parse(desk.out.str()).value();
}

std::vector<std::string> keys_in_order(const std::string& text) {
    std::vector<std::string> keys;
    const auto value = json::Ordered::parse(text);
    for (const auto& [key, unused] : (value.is_array() ? value.at(0) : value).items()) keys.push_back(key);
    return keys;
}

}  // namespace

TEST_CASE("user list: one row for a first user, in the columns of the contract", "[cli]") {
    ListDesk desk;
    REQUIRE(desk.run(user_list({}, desk.context, desk.out)));
    const std::size_t a = std::max<std::size_t>(desk.account().size(), 7);
    const std::size_t o = std::max<std::size_t>(desk.alice().size(), 5);
    CHECK(
        desk.out.str() ==
        " " + padded("account", a) +
            " | tenant | user_type | groups | device   | location | cyoa_type  | client_ip   | dz_ip       | "
            "accesspass     | tunnel_id | tunnel_net     | tunnel_endpoint | status    | bgp_status | rtt "
            "| " +
            padded("owner", o) + " \n " + padded(desk.account(), a) +
            " |        | IBRL      |        | ny5-dz01 | New York | GREOverDIA | 9.128.0.100 | 9.128.0.100 | "
            "Prepaid: (MAX) | 500       | 169.254.0.0/31 | 0.0.0.0         | activated | unknown    | -   "
            "| " +
            padded(desk.alice(), o) + " \n");
}

TEST_CASE("user list: its JSON has every key in the order of the contract", "[cli]") {
    ListDesk desk;
    UserListOptions options;
    options.style = kJson;
    REQUIRE(desk.run(user_list(options, desk.context, desk.out)));
    CHECK(keys_in_order(desk.out.str()) ==
          std::vector<std::string>{
              "account",     "tenant",      "user_type",     "device_pk",     "multicast",       "publishers",
              "subscribers", "device_name", "location_code", "location_name", "cyoa_type",       "client_ip",
              "dz_ip",       "accesspass",  "tunnel_id",     "tunnel_net",    "tunnel_endpoint", "status",
              "bgp_status",  "bgp_rtt_ns",  "bgp_rtt",       "owner"});
    CHECK_THAT(desk.out.str(), Contains(R"("status": "Activated")") && Contains(R"("tunnel_id": 500)"));
}

TEST_CASE("user list: an empty one has a header, or is an empty array", "[cli]") {
    Desk desk;
    REQUIRE(desk.run(user_list({}, desk.context, desk.out)));
    CHECK(desk.out.str() ==
          " account | tenant | user_type | groups | device | location | cyoa_type | client_ip | dz_ip | "
          "accesspass "
          "| tunnel_id | tunnel_net | tunnel_endpoint | status | bgp_status | rtt | owner \n");
    UserListOptions options;
    options.style = kJson;
    CHECK(read_json(desk, user_list(options, desk.context, desk.out)).empty());
}

TEST_CASE("user list: filters of one kind are alternatives, of different kinds all hold", "[cli]") {
    ListDesk desk;
    const Ipv4 other = ip(9, 128, 0, 101);
    REQUIRE(desk.network.set_pass("bob", other) == "ok");
    REQUIRE(desk.network.create_user("bob", other) == "ok");
    const auto count = [&desk](UserListOptions options) {
        options.style = kJson;
        return read_json(desk, user_list(options, desk.context, desk.out)).size();
    };
    UserListOptions both, one, none, status;
    both.client_ip = {"9.128.0.100", "9.128.0.101"};
    one.owner = {desk.alice()};
    none.owner = {desk.alice()};
    none.client_ip = {"9.128.0.101"};
    status.status = {"ACTIVATED"};
    CHECK(count({}) == 2);
    CHECK(count(both) == 2);
    CHECK(count(one) == 1);
    CHECK(count(none) == 0);
    CHECK(count(status) == 2);
}

TEST_CASE("user list: the tenant of the configuration is no hidden filter", "[cli]") {
    Desk desk([](Settings& settings) { settings.tenant = "acme"; });
    REQUIRE(desk.network.set_pass("alice", Desk::kIp) == "ok");
    REQUIRE(desk.network.create_user("alice", Desk::kIp) == "ok");
    UserListOptions options;
    options.style = kJson;
    CHECK(read_json(desk, user_list(options, desk.context, desk.out)).size() == 1);
}

TEST_CASE("user get: one user by address, with times instead of slots", "[cli]") {
    ListDesk desk;
    REQUIRE(desk.run(user_get({{}, desk.account()}, desk.context, desk.out)));
    CHECK_THAT(desk.out.str(), Contains(" account              | " + desk.account() + "\n") &&
                                   Contains(" last_bgp_reported_at | never\n") &&
                                   Contains(" bgp_rtt              | -\n"));
    auto user = desk.user();
    user.last_bgp_up_at = 7;
    desk.network.set(desk.network.user(Desk::kIp), user);
    const auto object = read_json(desk, user_get({kJson, desk.account()}, desk.context, desk.out));
    CHECK(object["last_bgp_up_at"] == 7);
    CHECK(object["last_bgp_up_at_str"] == "2023-11-14 22:13:27 UTC");
    CHECK(object["status"] == "activated");
    const auto unknown = desk.run(user_get({{}, "nobody"}, desk.context, desk.out));
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().text == "user not found: nobody\nTry: doublezero user list");
}

TEST_CASE("device list: the columns of the contract, sorted by exchange and code", "[cli]") {
    ListDesk desk;
    const PublicKey second = desk.network.add_device("aaa-dz02", 1, {Prefix{ip(9, 128, 1, 136), 29}});
    REQUIRE(desk.run(device_list({}, desk.context, desk.out)));
    const std::string owner = desk.network.get_device().owner.to_string();
    const std::size_t a = std::max(desk.network.device.to_string().size(), second.to_string().size());
    CHECK(desk.out.str() ==
          " " + padded("account", a) +
              " | code     | contributor | location | exchange | device_type | public_ip | dz_prefixes    | "
              "cyoa_ips | users | max_users | status    | health          | mgmt_vrf | " +
              padded("owner", owner.size()) + " \n " + padded(second.to_string(), a) +
              " | aaa-dz02 | co01        | ewr      | xewr     | hybrid      | 9.128.1.8 | 9.128.1.136/29 | "
              "         | 0     | 10        | activated | ready-for-users | mgmt     | " +
              owner + " \n " + padded(desk.network.device.to_string(), a) +
              " | ny5-dz01 | co01        | ewr      | xewr     | hybrid      | 9.128.0.8 | 9.128.0.136/29 | "
              "         | 1     | 10        | activated | ready-for-users | mgmt     | " +
              owner + " \n");
}

TEST_CASE("device list: filters that name nothing are mistakes, others may match nothing", "[cli]") {
    Desk desk;
    DeviceListOptions options;
    options.style = kJson;
    SECTION("contributor") {
        options.contributor = "nobody";
    }
    SECTION("exchange") {
        options.exchange = "nowhere";
    }
    SECTION("location") {
        options.location = "nowhere";
    }
    CHECK(!desk.run(device_list(options, desk.context, desk.out)) ==
          (options.contributor || options.exchange || options.location));
    options = {};
    options.style = kJson;
    options.code = "ny5";
    CHECK(read_json(desk, device_list(options, desk.context, desk.out)).size() == 1);
    options.code = "la2";
    CHECK(read_json(desk, device_list(options, desk.context, desk.out)).empty());
    options.code.reset();
    options.device_type = "edge";
    CHECK(read_json(desk, device_list(options, desk.context, desk.out)).empty());
}

TEST_CASE("device get: by code in any case or by address, with its interfaces", "[cli]") {
    Desk desk;
    auto device = desk.network.get_device();
    ledger::Interface loopback;
    loopback.name = "Loopback100";
    loopback.ip_net = {ip(9, 128, 0, 9), 32};
    loopback.bandwidth = 10'000'000'000;
    loopback.user_tunnel_endpoint = true;
    device.interfaces = {loopback};
    desk.network.set(desk.network.device, device);
    REQUIRE(desk.run(device_get({{}, "NY5-DZ01"}, desk.context, desk.out)));
    CHECK_THAT(desk.out.str(), Contains(" health                      | ready-for-users\n") &&
                                   Contains("\n\n name ") && Contains(" Loopback100 ") && Contains("10Gbps"));
    const auto object =
        read_json(desk, device_get({kJson, desk.network.device.to_string()}, desk.context, desk.out));
    CHECK(object["cyoa_ips"][0] == "9.128.0.9/32");
    CHECK(object["interfaces"][0]["bandwidth_bps"] == 10'000'000'000);
}

TEST_CASE("access pass: set, list, get and close", "[cli]") {
    Desk desk({}, "foundation");
    AccessPassSetOptions options;
    options.user_payer = desk.network.pk("alice").to_string();
    options.client_ip = "9.128.0.100";
    options.epochs = "10";
    REQUIRE(desk.run(access_pass_set(options, desk.context, desk.out)));
    CHECK_THAT(desk.out.str(), Catch::StartsWith("Signature: "));
    const PublicKey pass = desk.network.pass("alice", Desk::kIp);
    CHECK(desk.network.get<ledger::AccessPass>(pass).last_access_epoch == 15);

    const auto rows = read_json(desk, access_pass_list({kJson, {}, {}}, desk.context, desk.out));
    REQUIRE(rows.size() == 1);
    CHECK(rows[0]["last_access_epoch"] == "15");
    CHECK(rows[0]["remaining_epoch"] == "10");
    CHECK(rows[0]["unicast_users"] == "0 / 1");
    CHECK(read_json(desk, access_pass_list({kJson, "9.9.9.9", {}}, desk.context, desk.out)).empty());

    const auto object = read_json(
        desk, access_pass_get({kJson, options.client_ip, options.user_payer}, desk.context, desk.out));
    CHECK(object["type"] == "prepaid");
    CHECK(object["account"] == pass.to_string());

    REQUIRE(desk.run(access_pass_close(pass.to_string(), desk.context, desk.out)));
    CHECK_FALSE(desk.network.exists(pass));
}

TEST_CASE("access pass set: arguments that do not fit together are errors before anything is sent", "[cli]") {
    Desk desk({}, "foundation");
    AccessPassSetOptions options;
    options.user_payer = "me";
    std::string what;
    SECTION("validator without a key") {
        options.type = "solana-validator";
        what = "add --solana-validator KEY";
    }
    SECTION("others without a name") {
        options.type = "others";
        what = "add --others-name NAME --others-key KEY";
    }
    SECTION("epochs") {
        options.epochs = "-1";
        what = "--epochs is neither a number nor max: -1";
    }
    SECTION("payer") {
        options.user_payer = "xyz";
        what = "--user-payer is not a key: xyz";
    }
    const auto done = desk.run(access_pass_set(options, desk.context, desk.out));
    REQUIRE_FALSE(done);
    CHECK_THAT(done.error().text, Contains(what));
    CHECK(desk.rpc.sent == 0);
}

TEST_CASE("access pass set: without the right the ledger's refusal is one error", "[cli]") {
    Desk desk;
    AccessPassSetOptions options;
    options.user_payer = "me";
    const auto done = desk.run(access_pass_set(options, desk.context, desk.out));
    REQUIRE_FALSE(done);
    CHECK_THAT(done.error().text, Catch::StartsWith("the access pass was not set\n  caused by: "));
    CHECK(desk.err.str().empty());
}

TEST_CASE("places, groups and the global config: list and get", "[cli]") {
    Desk desk;
    desk.network.add_group("alpha");
    const auto first = [&](Task<Result<>> command) { return read_json(desk, std::move(command))[0]; };
    CHECK(first(location_list(kJson, desk.context, desk.out))["name"] == "New York");
    CHECK(first(exchange_list(kJson, desk.context, desk.out))["device1"] == "(none)");
    CHECK(first(contributor_list(kJson, desk.context, desk.out))["code"] == "co01");
    CHECK(first(multicast_group_list(kJson, desk.context, desk.out))["max_bandwidth"] == "1Mbps");
    CHECK(read_json(desk, tenant_list(kJson, desk.context, desk.out)).empty());
    CHECK(read_json(desk, location_get({kJson, "EWR"}, desk.context, desk.out))["status"] == "activated");
    CHECK(read_json(desk, exchange_get({kJson, "xewr"}, desk.context, desk.out))["reference_count"] == 1);
    CHECK(read_json(desk, contributor_get({kJson, "co01"}, desk.context, desk.out))["status"] == "activated");
    CHECK_FALSE(desk.run(tenant_get({kJson, "acme"}, desk.context, desk.out)));
    desk.out.str("");
    REQUIRE(desk.run(global_config_get({}, desk.context, desk.out)));
    CHECK(desk.out.str() ==
          " local_asn                 | 65000\n"
          " remote_asn                | 65342\n"
          " device_tunnel_block       | 172.16.0.0/16\n"
          " user_tunnel_block         | 169.254.0.0/16\n"
          " multicast_group_block     | 233.84.178.0/24\n"
          " multicast_publisher_block | 148.51.120.0/21\n"
          " next_bgp_community        | 10001\n");
}
