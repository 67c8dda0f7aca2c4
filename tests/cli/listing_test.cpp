// Tests for listings and details: one definition of each record, as table, details and JSON.
#include <catch2/catch.hpp>

#include "tests/cli/terminal.hpp"

using namespace dz;
using namespace dz::test;
using Catch::Contains;

namespace {

const Ipv4 kIp{0x09800064};  // 9.128.0.100

std::string padded(std::string text, std::size_t width) {
    text.append(width - std::min(width, text.size()), ' ');
    return text;
}

/// A network in which "alice" is connected, as after a first connect.
struct Connected {
    Connected() {
        REQUIRE(network.set_pass("alice", kIp) == "ok");
        REQUIRE(network.create_user("alice", kIp) == "ok");
    }
    std::string account() const { return network.user(kIp).to_string(); }
    std::string alice() { return network.pk("alice").to_string(); }

    Network network;
    Terminal type{network, "alice"};
};

std::vector<std::string> keys_in_order(const std::string& text) {
    std::vector<std::string> keys;
    const auto value = json::Ordered::parse(text);
    for (const auto& [key, unused] : (value.is_array() ? value.at(0) : value).items()) keys.push_back(key);
    return keys;
}

/// The titles of a table.
std::string header(const Printed& printed) {
    return printed.out.substr(0, printed.out.find('\n'));
}

}  // namespace

TEST_CASE("user list: one row for a first user, in the columns of the contract", "[cli]") {
    Connected on;
    const std::size_t a = std::max<std::size_t>(on.account().size(), 7);
    const std::size_t o = std::max<std::size_t>(on.alice().size(), 5);
    CHECK(
        on.type("user list").out ==
        " " + padded("account", a) +
            " | tenant | user_type | groups | device   | location | cyoa_type  | client_ip   | dz_ip       | "
            "accesspass     | tunnel_id | tunnel_net     | tunnel_endpoint | status    | bgp_status | rtt "
            "| " +
            padded("owner", o) + " \n " + padded(on.account(), a) +
            " |        | IBRL      |        | ny5-dz01 | New York | GREOverDIA | 9.128.0.100 | 9.128.0.100 | "
            "Prepaid: (MAX) | 500       | 169.254.0.0/31 | 0.0.0.0         | activated | unknown    | -   "
            "| " +
            padded(on.alice(), o) + " \n");
}

TEST_CASE("user list: its JSON has every key in the order of the contract", "[cli]") {
    Connected on;
    const std::string text = on.type("user list --json").out;
    CHECK(keys_in_order(text) ==
          std::vector<std::string>{
              "account",     "tenant",      "user_type",     "device_pk",     "multicast",       "publishers",
              "subscribers", "device_name", "location_code", "location_name", "cyoa_type",       "client_ip",
              "dz_ip",       "accesspass",  "tunnel_id",     "tunnel_net",    "tunnel_endpoint", "status",
              "bgp_status",  "bgp_rtt_ns",  "bgp_rtt",       "owner"});
    CHECK_THAT(text, Contains(R"("status": "Activated")") && Contains(R"("tunnel_id": 500)"));
}

TEST_CASE("user list: an empty one has a header, or is an empty array", "[cli]") {
    Network network;
    Terminal type(network, "alice");
    CHECK(type("user list").out ==
          " account | tenant | user_type | groups | device | location | cyoa_type | client_ip | dz_ip | "
          "accesspass "
          "| tunnel_id | tunnel_net | tunnel_endpoint | status | bgp_status | rtt | owner \n");
    CHECK(type("user list --json").out == "[]\n");
}

TEST_CASE("user list: --narrow leaves out and shortens; JSON wins over it", "[cli]") {
    Connected on;
    CHECK_THAT(
        header(on.type("user list --narrow")),
        Contains(
            "| groups | device   | client_ip   | dz_ip       | tunnel_id | status    | bgp_status | owner"));
    CHECK(on.type("user list --narrow --json").json()[0].contains("tunnel_net"));
}

TEST_CASE("user list: filters of one kind are alternatives, of different kinds all hold", "[cli]") {
    Connected on;
    const Ipv4 other = ip(9, 128, 0, 101);
    REQUIRE(on.network.set_pass("bob", other) == "ok");
    REQUIRE(on.network.create_user("bob", other) == "ok");
    const auto count = [&on](const std::string& filters) {
        return on.type("user list --json " + filters).json().size();
    };
    CHECK(count("") == 2);
    CHECK(count("--client-ip 9.128.0.100,9.128.0.101") == 2);
    CHECK(count("--client-ip 9.128.0.100 --client-ip 9.128.0.101") == 2);
    CHECK(count("--owner " + on.alice()) == 1);
    CHECK(count("--owner " + on.alice() + " --client-ip 9.128.0.101") == 0);
    CHECK(count("--status activated") == 2);
    CHECK(count("--prepaid") == 2);
    CHECK(count("--solana-validator") == 0);
    CHECK(count("--user-type ibrl,multicast") == 2);
    CHECK(count("--cyoa-type gre-over-cable") == 0);
    CHECK(count("--multicast-group alpha") == 0);
    CHECK(count("--tunnel-id 501") == 1);
    CHECK(on.type("user list --status happy").status == 2);
    CHECK(on.type("user list --tenant acme --all-tenants").status == 2);
}

TEST_CASE("user get: one user by address, with times instead of slots", "[cli]") {
    Connected on;
    CHECK_THAT(on.type("user get --pubkey " + on.account()).out,
               Contains(" account              | " + on.account() + "\n") &&
                   Contains(" last_bgp_reported_at | never\n") && Contains(" bgp_rtt              | -\n"));
    auto user = on.network.get_user(kIp);
    user.last_bgp_up_at = 7;
    on.network.set(on.network.user(kIp), user);
    const auto object = on.type("user get --json --pubkey " + on.account()).json();
    CHECK(object["last_bgp_up_at"] == 7);
    CHECK(object["last_bgp_up_at_str"] == "2023-11-14 22:13:27 UTC");
    CHECK(object["status"] == "activated");
    CHECK(on.type("user get --pubkey nobody").status == 2);
    const Printed unknown = on.type("user get --json --pubkey " + on.alice());
    CHECK(unknown.status == 1);
    CHECK(unknown.err == R"({"error":{"code":"NotFound","message":"user not found: )" + on.alice() +
                             R"(","try":"doublezero user list"}})" + "\n");
}

TEST_CASE("user list: a session that its device has long not confirmed is stale, in tables only", "[cli]") {
    Connected on;
    auto user = on.network.get_user(kIp);
    user.bgp_status = ledger::BgpStatus::Up;
    user.last_bgp_reported_at = 100;
    on.network.set(on.network.user(kIp), user);
    constexpr std::uint64_t kTwelveHours = 108'000;
    on.network.now.slot = 100 + kTwelveHours;
    CHECK_THAT(on.type("user list --narrow").out, Contains("| up         |"));
    on.network.now.slot += 1;
    CHECK_THAT(on.type("user list --narrow").out, Contains("| up (stale) |"));
    CHECK_THAT(on.type("user get --pubkey " + on.account()).out, Contains("| up (stale)\n"));
    CHECK(on.type("user list --json").json()[0]["bgp_status"] == "Up");
}

TEST_CASE("device list: the columns of the contract, sorted by exchange and code", "[cli]") {
    Connected on;
    const PublicKey second = on.network.add_device("aaa-dz02", 1, {Prefix{ip(9, 128, 1, 136), 29}});
    const std::string owner = on.network.get_device().owner.to_string();
    const std::size_t a = std::max(on.network.device.to_string().size(), second.to_string().size());
    CHECK(on.type("device list").out ==
          " " + padded("account", a) +
              " | code     | contributor | location | exchange | device_type | public_ip | dz_prefixes    | "
              "cyoa_ips | users | max_users | status    | health          | mgmt_vrf | " +
              padded("owner", owner.size()) + " \n " + padded(second.to_string(), a) +
              " | aaa-dz02 | co01        | ewr      | xewr     | hybrid      | 9.128.1.8 | 9.128.1.136/29 | "
              "         | 0     | 10        | activated | ready-for-users | mgmt     | " +
              owner + " \n " + padded(on.network.device.to_string(), a) +
              " | ny5-dz01 | co01        | ewr      | xewr     | hybrid      | 9.128.0.8 | 9.128.0.136/29 | "
              "         | 1     | 10        | activated | ready-for-users | mgmt     | " +
              owner + " \n");
    CHECK_THAT(header(on.type("device list --narrow")),
               !Contains("dz_prefixes") && !Contains("mgmt_vrf") && !Contains("owner") && Contains("health"));
}

TEST_CASE("device list: filters that name nothing are mistakes, others may match nothing", "[cli]") {
    Network network;
    Terminal type(network, "alice");
    CHECK(type("device list --contributor nobody").err ==
          "Error: contributor not found: nobody\nTry: doublezero contributor list\n");
    CHECK(type("device list --exchange nowhere").status == 1);
    CHECK(type("device list --location nowhere").status == 1);
    CHECK(type("device list --contributor CO01 --exchange xewr --location ewr --json").json().size() == 1);
    CHECK(type("device list --code ny5 --json").json().size() == 1);
    CHECK(type("device list --code la2 --json").json().empty());
    CHECK(type("device list --device-type edge --json").json().empty());
    CHECK(type("device list --status drained --json").json().empty());
}

TEST_CASE("device get: by code in any case or by address, with its interfaces", "[cli]") {
    Network network;
    Terminal type(network, "alice");
    auto device = network.get_device();
    ledger::Interface loopback;
    loopback.name = "Loopback100";
    loopback.ip_net = {ip(9, 128, 0, 9), 32};
    loopback.bandwidth = 10'000'000'000;
    loopback.user_tunnel_endpoint = true;
    device.interfaces = {loopback};
    network.set(network.device, device);
    CHECK_THAT(type("device get --code NY5-DZ01").out,
               Contains(" health                      | ready-for-users\n") && Contains("\n\n name ") &&
                   Contains(" Loopback100 ") && Contains("10Gbps"));
    const auto object = type("device get --json --code " + network.device.to_string()).json();
    CHECK(object["cyoa_ips"][0] == "9.128.0.9/32");
    CHECK(object["interfaces"][0]["bandwidth_bps"] == 10'000'000'000);
    CHECK(type("device interface list --json").json()[0]["device"] == "ny5-dz01");
    CHECK(type("device interface get ny5-dz01 loopback100 --json").json()["bandwidth"] == "10Gbps");
    CHECK(type("device interface get ny5-dz01 Ethernet7").err ==
          "Error: device ny5-dz01 has no interface Ethernet7\n"
          "Try: doublezero device interface list ny5-dz01\n");
}

TEST_CASE("access pass: set, list, get and close", "[cli]") {
    Network network;
    Terminal type(network, "foundation");
    const std::string alice = network.pk("alice").to_string();
    const PublicKey pass = network.pass("alice", kIp);
    const Printed set =
        type("access-pass set --user-payer " + alice + " --client-ip 9.128.0.100 --epochs 10 --wait");
    CHECK_THAT(set.out, Catch::StartsWith("Signature: ") && Contains("Account: " + pass.to_string()) &&
                            Contains("\nStatus: requested\n"));
    CHECK(network.get<ledger::AccessPass>(pass).last_access_epoch == 15);

    const auto rows = type("access-pass list --json").json();
    REQUIRE(rows.size() == 1);
    CHECK(rows[0]["last_access_epoch"] == "15");
    CHECK(rows[0]["remaining_epoch"] == "10");
    CHECK(rows[0]["unicast_users"] == "0 / 1");
    CHECK(type("access-pass list --json --client-ip 9.9.9.9").json().empty());
    CHECK(type("access-pass list --json --prepaid --user-payer " + alice).json().size() == 1);
    CHECK(type("access-pass list --json --edge-seat").json().empty());
    CHECK_THAT(header(type("access-pass list --narrow")), Contains("lst_epch | rem_epch | flags | conns"));

    const auto object = type("access-pass get --json --client-ip 9.128.0.100 --user-payer " + alice).json();
    CHECK(object["type"] == "prepaid");
    CHECK(object["account"] == pass.to_string());

    CHECK(type("access-pass dzf-lock --client-ip 9.128.0.100 --user-payer " + alice).status == 0);
    CHECK(network.get<ledger::AccessPass>(pass).locked());
    CHECK(type("access-pass close --pubkey " + pass.to_string()).status == 0);
    CHECK_FALSE(network.exists(pass));
}

TEST_CASE("access pass set: arguments that do not fit together are errors before anything is sent", "[cli]") {
    Network network;
    Terminal type(network, "foundation");
    const Printed validator = type("access-pass set --user-payer me --accesspass-type solana-validator");
    CHECK(validator.status == 1);
    CHECK_THAT(validator.err, Contains("add --solana-validator KEY"));
    CHECK_THAT(type("access-pass set --user-payer me --accesspass-type others").err,
               Contains("add --others-name NAME --others-key KEY"));
    const Printed epochs = type("access-pass set --user-payer me --epochs -1");
    CHECK(epochs.status == 2);
    CHECK_THAT(epochs.err, Contains("neither a whole number nor max"));
    CHECK(type("access-pass set --user-payer xyz").status == 2);
    CHECK(type.rpc.sent == 0);
}

TEST_CASE("access pass set: without the right the ledger's refusal is one error with a remedy", "[cli]") {
    Network network;
    Terminal type(network, "alice");
    const Printed refused = type("access-pass set --user-payer me");
    CHECK(refused.status == 1);
    CHECK(refused.out.empty());
    CHECK_THAT(refused.err, Catch::StartsWith("Error: the ledger did not accept the change\n  caused by: ") &&
                                Contains("Try: use a key that may do this with --keypair"));
}

TEST_CASE("places, groups and the global config: list and get", "[cli]") {
    Network network;
    Terminal type(network, "alice");
    network.add_group("alpha");
    CHECK(type("location list --json").json()[0]["name"] == "New York");
    CHECK(type("exchange list --json").json()[0]["device1"] == "(none)");
    CHECK(type("contributor list --json").json()[0]["code"] == "co01");
    CHECK(type("multicast group list --json").json()[0]["max_bandwidth"] == "1Mbps");
    CHECK(type("multicast group get --code alpha --json").json()["users"].empty());
    CHECK(type("multicast group allowlist publisher list --code alpha --json").json().empty());
    CHECK(type("location get --code EWR --json").json()["status"] == "activated");
    CHECK(type("exchange get --code xewr --json").json()["reference_count"] == 1);
    CHECK(type("contributor get --code co01 --json").json()["status"] == "activated");
    CHECK(type("tenant get --code acme").status == 1);
    for (const std::string kind : {"tenant", "link", "link topology", "feed", "permission", "reservation"})
        CHECK(type(kind + " list --json").out == "[]\n");
    CHECK(type("global-config get").out ==
          " local_asn                 | 65000\n"
          " remote_asn                | 65342\n"
          " device_tunnel_block       | 172.16.0.0/16\n"
          " user_tunnel_block         | 169.254.0.0/16\n"
          " multicast_group_block     | 233.84.178.0/24\n"
          " multicast_publisher_block | 148.51.120.0/21\n"
          " next_bgp_community        | 10001\n");
    CHECK(type("global-config allowlist list --json-compact").out ==
          "[\"" + network.pk("foundation").to_string() + "\"]\n");
    CHECK(type("global-config authority get --json").json()["health_oracle"] ==
          network.state().health_oracle_pk.to_string());
    CHECK(type("resource get --resource-type link-ids").out == "+----------+\n| resource |\n+----------+\n");
}
