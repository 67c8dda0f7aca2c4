// A network from nothing with the command line alone: founded, planned, populated, used and taken down.
#include <catch2/catch.hpp>

#include "tests/cli/terminal.hpp"

using namespace dz;
using namespace dz::test;
using Catch::Contains;

namespace {

const Ipv4 kIp{0x09800064};  // 9.128.0.100

/// Types commands that must succeed; the test fails with what a failing one printed.
struct Operator {
    explicit Operator(World& world, const std::string& key = "foundation") : type(world, key) {}

    std::string operator()(const std::string& line) {
        const Printed printed = type(line);
        INFO("doublezero " << line << "\n" << printed.out << printed.err);
        REQUIRE(printed.status == 0);
        return printed.out;
    }
    json::Value read(const std::string& line) { return type(line + " --json").json(); }

    Terminal type;
};

constexpr std::string_view kPlan =
    "global-config set --local-asn 65000 --remote-asn 65342 --device-tunnel-block 172.16.0.0/16 "
    "--user-tunnel-block 169.254.0.0/16 --multicastgroup-block 233.84.178.0/24";

/// From an empty ledger to two devices with interfaces.
void build_network(Operator& run) {
    run("init");
    run(std::string(kPlan));
    run("location create --code ewr --name \"New York\" --country US --lat 40.78 --lng -74.07");
    run("exchange create --code xewr --name \"New York\" --lat 40.78 --lng -74.07");
    run("contributor create --code co01 --owner me");
    run("device create --code ny5-dz01 --contributor co01 --location ewr --exchange xewr --public-ip "
        "9.128.0.8 --dz-prefixes 9.128.0.136/29 --metrics-publisher me --wait");
    run("device create --code ny5-dz02 --contributor co01 --location ewr --exchange xewr --public-ip "
        "9.128.1.8 --dz-prefixes 9.128.1.136/29 --metrics-publisher me");
    for (const std::string device : {"ny5-dz01", "ny5-dz02"}) {
        run("device update --pubkey " + device + " --max-users 3");
        run("device interface create " + device + " Ethernet1 --bandwidth 10gbps");
        run("device interface create " + device + " Loopback0 --loopback-type vpnv4");
    }
}

}  // namespace

TEST_CASE("founding: a ledger without a network says so, and how to found one", "[cli]") {
    World world;
    Terminal type(world);
    const Printed early = type("location create --code ewr --name x --country US --lat 1 --lng 1");
    CHECK(early.status == 1);
    CHECK(early.err ==
          "Error: there is no network on this ledger yet\n"
          "  caused by: nobody has founded one for this program there\n"
          "Try: doublezero init, or another ledger: doublezero config get\n");
    CHECK_THAT(type("global-config authority get").err, Contains("Try: doublezero init"));
    CHECK_THAT(type("global-config get").err, Contains("Try: doublezero global-config set"));
}

TEST_CASE("founding: from an empty ledger to a connected user and a held seat", "[cli]") {
    World world;
    Operator run(world);
    build_network(run);
    run("access-pass set --user-payer me --client-ip 9.128.0.100");
    const std::string created = run("user create --device ny5-dz01 --client-ip 9.128.0.100 --wait");
    CHECK_THAT(created, Contains("\nStatus: activated\n"));
    run("reservation reserve --device ny5-dz01 --client-ip 9.128.0.101");

    CHECK(run.read("user list")[0]["tunnel_id"] == 500);
    CHECK(run.read("device get --code ny5-dz01")["reserved_seats"] == 1);
    CHECK(run.read("reservation get --device ny5-dz01 --client-ip 9.128.0.101")["seats"] == 1);
    CHECK(run.read("reservation list --device ny5-dz02").empty());

    run("reservation close --device ny5-dz01 --client-ip 9.128.0.101");
    const std::string user = world.addresses().user(kIp, ledger::UserType::Ibrl).to_string();
    CHECK_THAT(run("user request-ban --pubkey " + user + " --wait"), Contains("\nStatus: banned\n"));
    run("user delete --pubkey " + user);
    CHECK(run.read("user list").empty());
    CHECK(run.read("device get --code ny5-dz01")["users_count"] == 0);
}

TEST_CASE("founding: links of both kinds, drained and removed, then everything else", "[cli]") {
    World world;
    Operator run(world);
    build_network(run);
    run("link topology create --name unicast-default");
    run("link create wan --code a-b --contributor co01 --side-a ny5-dz01 --side-a-interface ethernet1 "
        "--side-z ny5-dz02 --side-z-interface Ethernet1 --bandwidth 10gbps --delay-ms 1.5 --jitter-ms 0.1");
    auto link = run.read("link get --code a-b");
    CHECK(link["status"] == "activated");
    CHECK(link["delay"] == "1.5ms");
    CHECK(link["tunnel_net"] == "172.16.0.2/31");
    CHECK(run.read("link list --wan --topology unicast-default --side-a ny5-dz01").size() == 1);
    CHECK(run.read("link list --topology default").empty());
    CHECK(run.read("link topology list")[0]["links"] == 1);
    run("link topology assign-node-segments --name unicast-default");
    run("link update --pubkey a-b --delay-override-ms 7 --link-topology default");
    CHECK(run.read("link list")[0]["delay_override_ns"] == 7'000'000);

    CHECK_THAT(run.type("link delete --pubkey a-b").err,
               Contains("Try: doublezero link update --pubkey a-b --status hard-drained"));
    run("link update --pubkey a-b --status hard-drained");
    run("link delete --pubkey a-b");

    CHECK_THAT(run.type("device delete --pubkey ny5-dz02").err, Contains("--status drained"));
    run("device update --pubkey ny5-dz02 --status drained");
    CHECK_THAT(run.type("device delete --pubkey ny5-dz02").err, Contains("caused by"));
    run("device interface delete ny5-dz02 Ethernet1");
    run("device interface delete ny5-dz02 loopback0");
    run("device delete --pubkey ny5-dz02");
    CHECK(run.read("device list").size() == 1);
    CHECK_THAT(run.type("location delete --pubkey ewr").err, Contains("Try: remove what refers to it first"));
}

TEST_CASE("founding: a link to another contributor waits until that one accepts", "[cli]") {
    World world;
    Operator run(world);
    build_network(run);
    const std::string bob = world.pk("bob").to_string();
    run("contributor create --code co02 --owner " + bob);
    Operator other(world, "bob");
    other(
        "device create --code la2-dz01 --contributor co02 --location ewr --exchange xewr --public-ip "
        "9.128.2.8 --dz-prefixes 9.128.2.136/29");
    other("device interface create la2-dz01 Ethernet1 --bandwidth 10gbps");
    run("link create dzx --code x-1 --contributor co01 --side-a ny5-dz01 --side-a-interface Ethernet1 "
        "--side-z la2-dz01 --bandwidth 10gbps --delay-ms 1 --jitter-ms 0.1");
    CHECK(run.read("link get --code x-1")["status"] == "requested");
    other("link accept --code x-1 --side-z-interface ethernet1");
    CHECK(run.read("link get --code x-1")["status"] == "activated");
    other("link update --pubkey x-1 --delay-override-ms 3");
    CHECK(run.read("link list --dzx")[0]["delay_override_ns"] == 3'000'000);
}

TEST_CASE("founding: groups, allowlists, subscribed users and feeds", "[cli]") {
    World world;
    Operator run(world);
    build_network(run);
    for (const std::string code : {"alpha", "beta"})
        run("multicast group create --code " + code + " --max-bandwidth 1gbps --owner me");
    run("access-pass set --user-payer me --client-ip 9.128.0.100");
    for (const std::string code : {"alpha", "beta"}) {
        const std::string who = " --code " + code + " --client-ip 9.128.0.100 --user-payer me";
        run("multicast group allowlist publisher add" + who);
        run("multicast group allowlist subscriber add" + who);
    }
    run("user create-subscribe --device ny5-dz01 --client-ip 9.128.0.100 --subscriber alpha");
    const std::string user = world.addresses().user(kIp, ledger::UserType::Multicast).to_string();
    // The role that is not mentioned stays.
    run("user subscribe --user " + user + " --group alpha beta --publisher true");
    CHECK(run.read("user list")[0]["multicast"] == "S:P:alpha,P:beta");
    const auto alpha = run.read("multicast group get --code alpha");
    CHECK(alpha["users"][0]["multicast_mode"] == "PS");
    CHECK(alpha["allowlist"][0]["mode"] == "P+S");
    CHECK_THAT(run("user list --narrow"), Contains("P:alpha+1,S:alpha"));
    CHECK_THAT(run("multicast group get --code alpha"),
               Contains("\nallowlist:\n account ") && Contains("\nusers:\n account "));
    CHECK(run.read("user list --multicast-group beta").size() == 1);
    CHECK(run.read("access-pass list --not-multicast-group-publisher beta").empty());
    run("multicast group allowlist publisher remove --code beta --client-ip 9.128.0.100 --user-payer me");
    CHECK(run.read("multicast group allowlist publisher list --code beta").empty());
    run("user delete --pubkey " + user);
    run("feed create --code news --name News --exchange xewr --group alpha,beta");
    CHECK(run.read("feed list")[0]["group_codes"] == "alpha, beta");
    run("feed update --pubkey news --exchange xewr --name Noise");
    CHECK(run.read("feed get --pubkey news")["name"] == "Noise");
    run("feed delete --pubkey news");
    run("multicast group delete --pubkey beta");
    CHECK(run.read("multicast group list").size() == 1);
}

TEST_CASE("founding: tenants, permissions, authorities, resources", "[cli]") {
    World world;
    Operator run(world);
    build_network(run);
    const std::string bob = world.pk("bob").to_string();
    run("tenant create --code acme");
    run("tenant update --pubkey acme --metro-routing true --billing-rate 5");
    run("tenant administrator add --pubkey acme --administrator " + bob);
    CHECK(run.read("tenant get --code acme")["billing"] ==
          "FlatPerEpochConfig<rate=5,last_deduction_dz_epoch=0>");
    run("access-pass set --user-payer me --client-ip 9.128.0.100 --tenant acme");
    CHECK(run.read("access-pass list --tenant acme").size() == 1);
    run("user create --device ny5-dz01 --client-ip 9.128.0.100 --tenant acme");
    CHECK(run.read("user list --tenant acme").size() == 1);
    CHECK(run.type("tenant delete --pubkey acme").status == 1);
    run("tenant delete --pubkey acme --allow-delete-users");
    CHECK(run.read("user list").empty());
    CHECK(run.read("tenant list").empty());

    run("permission set --user-payer " + bob + " --add infra-admin,qa");
    run("permission set --user-payer " + bob + " --remove qa");
    CHECK(run.read("permission get --user-payer " + bob)["permissions"] == json::Value{"infra-admin"});
    Operator other(world, "bob");
    // The holder's permission account goes along by itself.
    other("location update --pubkey ewr --name Newark");
    run("permission suspend --user-payer " + bob);
    CHECK(other.type("location update --pubkey ewr --name Nowhere").status == 1);
    CHECK(run.type("permission audit --json").status == 1);

    run("global-config authority set --reservation-authority " + bob);
    other("reservation reserve --device ny5-dz01 --client-ip 9.128.0.103");
    run("global-config airdrop set --user-airdrop-lamports 7");
    run("global-config qa-allowlist add --pubkey " + bob);
    run("global-config allowlist add --pubkey " + bob);
    run("global-config allowlist remove --pubkey " + bob);
    run("global-config set-version --min-compatible-version 0.31.0");
    run("global-config feature-flags set --enable require-permission-accounts");
    CHECK(run.read("global-config feature-flags get")["flags"] == "require-permission-accounts");

    run("permission set --user-payer me --add foundation,resource-admin");
    run("resource allocate --resource-type tunnel-ids --associated-pubkey ny5-dz01 --requested-allocation "
        "510");
    CHECK(run.read("resource get --resource-type tunnel-ids --associated-pubkey ny5-dz01")[0]["resource"] ==
          "510");
    run("resource deallocate --resource-type tunnel-ids --associated-pubkey ny5-dz01 --value 510");
    CHECK_THAT(run.type("resource get --resource-type tunnel-ids").err,
               Contains("add --associated-pubkey DEVICE"));
}

TEST_CASE("founding: on a ledger with blocks of seats they are held by number", "[cli]") {
    World world(ledger::Dialect::Blocks);
    Operator run(world);
    build_network(run);
    run("reservation reserve --device ny5-dz01 --count 2");
    CHECK(run.read("reservation list")[0]["seats"] == 2);
    CHECK_THAT(run.type("reservation reserve --device ny5-dz01 --count 2 --client-ip 9.9.9.9").err,
               Contains("give either --client-ip or --count"));
    run("reservation close --device ny5-dz01");
    CHECK(run.read("device get --code ny5-dz01")["reserved_seats"] == 0);
}

TEST_CASE("changes: --dry-run prints what would be sent and sends nothing", "[cli]") {
    Network network;
    Terminal type(network, "foundation");
    const Printed plan = type("location update --pubkey ewr --name Newark --dry-run");
    CHECK_THAT(plan.out, Contains("UpdateLocation {") && Contains("Newark") &&
                             Contains(network.location.to_string() + " writable") &&
                             Contains("Nothing was sent"));
    const auto object = type("location update --pubkey ewr --name Newark --dry-run --json").json();
    CHECK(object["payer"] == network.pk("foundation").to_string());
    CHECK(object["transactions"][0]["accounts"][0]["pubkey"] == network.location.to_string());
    CHECK(type.rpc.sent == 0);
}

TEST_CASE("changes: --json says the same of a change and of its failure", "[cli]") {
    Network network;
    Terminal type(network, "foundation");
    const auto made =
        type("multicast group create --code alpha --max-bandwidth 1gbps --owner me --wait --json").json();
    CHECK(made["signatures"].size() == 1);
    CHECK(made["status"] == "activated");
    Terminal alice(network, "alice");
    const Printed refused = alice("location delete --pubkey ewr --json");
    CHECK(refused.status == 1);
    CHECK(json::parse(refused.err).value()["error"]["code"] == "Rejected");
}

TEST_CASE("changes: one that changes nothing is a usage error", "[cli]") {
    Network network;
    Terminal type(network, "foundation");
    for (const std::string line : {"location update --pubkey ewr", "device update --pubkey ny5-dz01",
                                   "global-config airdrop set", "permission set --user-payer me"}) {
        INFO(line);
        CHECK(type(line).status == 2);
    }
}
