// One fault, one finding: each case breaks one thing on a host where all is well.
#include "doctor/examine.hpp"

#include <catch2/catch.hpp>
#include <functional>
#include <map>

#include "base/version.hpp"
#include "tests/support/fake_network.hpp"

namespace dz::doctor {
namespace {

using namespace test;
using daemon::api::RouteRow;

RouteRow installed(std::string_view destination) {
    RouteRow row{.network = "testnet",
                 .local_ip = kClientIp,
                 .peer_ip = prefix(destination).address,
                 .kernel_state = "present",
                 .liveness = {},
                 .learned = {}};
    row.learned.emplace();
    row.learned->prefix = prefix(destination);
    row.learned->verdict = "installed";
    return row;
}

/// A host with one user whose tunnel works.
Facts well() {
    Facts facts{
        .network = "testnet", .program = kProgram, .ledger_host = "ledger.example", .socket = "/run/d.sock"};
    daemon::api::StatusV2 status;
    status.reconciler_enabled = true;
    status.client_ip = kClientIp;
    status.version = version_with_commit();
    status.snapshot_age_seconds = 3;
    status.services.emplace_back();
    auto& service = status.services.back();
    service.service = {.tunnel_name = "doublezero0",
                       .tunnel_src = kClientIp,
                       .tunnel_dst = ip("9.200.0.1"),
                       .doublezero_ip = kClientIp,
                       .session_status = std::string(daemon::api::kSessionUp),
                       .last_session_update = 1,
                       .user_type = "IBRL"};
    service.current_device = "dev-a";
    facts.status = status;
    facts.config =
        daemon::api::Config{.program_id = kProgram.to_string(), .rpc_url = "https://ledger.example/key"};
    facts.routes = std::vector{installed("8.8.8.8/32")};
    facts.privileges = Privileges{.pid = 7, .net_admin = true, .net_raw = true};
    facts.gre = Gre::Ready;
    facts.client_ip = kClientIp;
    facts.addresses = {kClientIp};
    facts.default_way = Way{.source = kClientIp, .gateway = ip("9.128.0.1"), .device = "eth0"};
    facts.firewall = Ruleset{};
    facts.tunnels = {{.name = "doublezero0",
                      .peer = ip("169.254.0.0"),
                      .device_address = ip("9.200.0.1"),
                      .mtu = 1476,
                      .passes = 1476,
                      .underlay = *facts.default_way}};
    facts.foreign_routes =
        std::vector<ForeignRoute>{{.destination = {}, .gateway = ip("9.128.0.1"), .device = "eth0"}};
    facts.networkd =
        Networkd{.running = true, .manages_foreign_routes = false, .manages_foreign_rules = false};
    facts.xdp = std::vector<Xdp>{};
    facts.slot = Slot{100};
    facts.epoch = 5;
    facts.payer = key(77);
    facts.balance = Lamports{1'000};
    ledger::AccessPass pass;
    pass.last_access_epoch = 9;
    facts.pass = pass;
    facts.users = std::vector<UserOnLedger>{
        {.user = {kUser, user()}, .device = device("dev-a", "9.200.0.1", "9.200.1.8/29")}};
    facts.other_device = "dev-b";
    return facts;
}

/// "firewall bad, bgp skipped": all that is not good.
std::string not_good(const Facts& facts) {
    std::string text;
    for (const Finding& one : examine(facts)) {
        if (one.verdict == Verdict::Good) continue;
        text += (text.empty() ? "" : ", ") + one.check + " " + std::string(to_string(one.verdict));
    }
    return text;
}

const Finding& find(const std::vector<Finding>& findings, std::string_view check) {
    return *std::ranges::find(findings, check, &Finding::check);
}

TEST_CASE("doctor: a host where all is well has nothing but good findings, one for each check in order",
          "[doctor]") {
    CHECK(not_good(well()).empty());
    const auto findings = examine(well());
    REQUIRE(findings.size() == kChecks.size());
    for (std::size_t i = 0; i < findings.size(); ++i) CHECK(findings[i].check == kChecks.at(i));
    CHECK(healthy(findings));
}

struct Fault {
    std::string name;
    std::function<void(Facts&)> breaks;
    std::string shows;   ///< all that is not good
    std::string remedy;  ///< of what is bad
};

daemon::api::EnrichedService& service(Facts& facts) {
    return facts.status->services.front();
}

const std::vector<Fault>& faults() {
    static const std::vector<Fault> kFaults{
        {"another network", [](Facts& f) { f.config->program_id = key(201).to_string(); }, "daemon bad",
         "doublezero config set --program-id " + key(201).to_string()},
        {"an older daemon", [](Facts& f) { f.status->version = "0.33.0"; }, "daemon warning",
         "sudo systemctl restart doublezerod"},
        {"disabled",
         [](Facts& f) {
             f.status->reconciler_enabled = false;
             f.status->services.clear();
             f.tunnels.clear();
             f.routes->clear();
         },
         "enabled bad, mtu skipped, bgp skipped, routes skipped", "doublezero enable"},
        {"no privileges", [](Facts& f) { f.privileges->net_admin = false; },
         "privileges bad, bgp skipped, routes skipped",
         "sudo systemctl revert doublezerod && sudo systemctl restart doublezerod"},
        {"a module that does not load",
         [](Facts& f) {
             f.gre = Gre::Loadable;
             f.tunnels.clear();
         },
         "gre bad, mtu skipped, bgp skipped, routes skipped", "sudo modprobe ip_gre"},
        {"no client address", [](Facts& f) { f.status->client_ip = {}; },
         "client-ip bad, bgp skipped, routes skipped",
         "echo 'client-ip: 9.128.0.5' | sudo tee -a /etc/doublezerod/config.yml && sudo systemctl restart "
         "doublezerod"},
        {"plain IBRL behind NAT", [](Facts& f) { f.addresses = {ip("10.0.0.5")}; },
         "client-ip bad, bgp skipped, routes skipped",
         "doublezero disconnect && doublezero connect ibrl --allocate-addr"},
        {"a silent ledger",
         [](Facts& f) {
             f.slot = unseen();
             f.balance = unseen();
             f.pass = unseen();
             f.users = unseen();
         },
         "ledger bad, access-pass skipped, balance skipped, account skipped, device skipped, bgp skipped, "
         "routes skipped",
         "doublezero config set --env testnet"},
        {"a ledger that only the daemon reaches",
         [](Facts& f) {
             f.slot = unseen();
             f.config->rpc_url = "http://10.255.0.1:8899";
         },
         "ledger bad", "doublezero config set --url http://10.255.0.1:8899"},
        {"old data", [](Facts& f) { f.status->snapshot_age_seconds = 3600; }, "ledger bad",
         "sudo systemctl restart doublezerod"},
        {"no pass", [](Facts& f) { f.pass = std::optional<ledger::AccessPass>{}; }, "access-pass bad",
         "doublezero access-pass set --accesspass-type prepaid --client-ip 9.128.0.5 --user-payer " +
             key(77).to_string() + " --epochs max"},
        {"an expired pass", [](Facts& f) { f.epoch = 10; }, "access-pass bad",
         "doublezero access-pass set --accesspass-type prepaid --client-ip 9.128.0.5 --user-payer " +
             key(77).to_string() + " --epochs max"},
        {"no money", [](Facts& f) { f.balance = Lamports{0}; }, "balance bad",
         "ask the foundation for an access pass for this key, which also funds it"},
        {"no user",
         [](Facts& f) {
             f.users->clear();
             f.status->services.clear();
             f.tunnels.clear();
         },
         "account bad, device skipped, mtu skipped, bgp skipped, routes skipped", "doublezero connect ibrl"},
        {"a banned user", [](Facts& f) { f.users->front().user.value.status = ledger::UserStatus::Banned; },
         "account bad, bgp skipped, routes skipped", "ask the foundation why: a banned user gets no tunnel"},
        {"a drained device",
         [](Facts& f) { f.users->front().device->status = ledger::DeviceStatus::Drained; },
         "device bad, bgp skipped, routes skipped", "doublezero disconnect && doublezero connect ibrl"},
        {"a firewall",
         [](Facts& f) {
             f.firewall->chains.push_back(
                 {.family = "inet",
                  .table = "filter",
                  .name = "input",
                  .hook = Hook::Input,
                  .priority = 0,
                  .drops = true,
                  .rules = {
                      {.statements =
                           {json::parse(
                                R"({"match":{"op":"==","left":{"meta":{"key":"iifname"}},"right":"doublezero0"}})")
                                .value(),
                            json::parse(R"({"accept":null})").value()},
                       .text = ""}}});
         },
         "firewall bad, mtu skipped, bgp skipped, routes skipped",
         "sudo nft insert rule inet filter input meta l4proto 47 accept"},
        {"a narrow path", [](Facts& f) { f.tunnels.front().passes = 1376; },
         "mtu bad, bgp skipped, routes skipped",
         "sudo ip route replace 9.200.0.1/32 via 9.128.0.1 dev eth0 src 9.128.0.5 mtu 1400"},
        {"a device that does not answer",
         [](Facts& f) {
             service(f).service.session_status = "Pending BGP Session";
             f.tunnels.front().passes = 0;
         },
         "mtu skipped, bgp bad, routes skipped",
         "doublezero disconnect && doublezero connect ibrl --device dev-b"},
        {"a route past the tunnel",
         [](Facts& f) {
             f.foreign_routes->push_back(
                 {.destination = prefix("8.8.8.8/32"), .gateway = ip("9.128.0.9"), .device = "eth0"});
         },
         "routes bad", "sudo ip route del 8.8.8.8/32 via 9.128.0.9 dev eth0"},
        {"networkd", [](Facts& f) { f.networkd->manages_foreign_routes = true; }, "networkd bad",
         "sudo mkdir -p /etc/systemd/networkd.conf.d && printf "
         "'[Network]\\nManageForeignRoutes=no\\nManageForeignRoutingPolicyRules=no\\n' | "
         "sudo tee /etc/systemd/networkd.conf.d/50-doublezero.conf && sudo systemctl restart "
         "systemd-networkd"},
        {"an XDP program", [](Facts& f) { f.xdp->push_back({.link = "eth0", .program = 41}); }, "xdp warning",
         "sudo ip link set dev eth0 xdp off"},
    };
    return kFaults;
}

TEST_CASE("doctor: each fault shows as one finding with its remedy", "[doctor]") {
    for (const Fault& fault : faults()) {
        CAPTURE(fault.name);
        Facts facts = well();
        fault.breaks(facts);
        CHECK(not_good(facts) == fault.shows);
        for (const Finding& one : examine(facts)) {
            if (one.verdict == Verdict::Bad || one.verdict == Verdict::Warning)
                CHECK(one.remedy == fault.remedy);
        }
    }
}

TEST_CASE("doctor: a dead daemon hides what only it knows, and nothing else", "[doctor]") {
    Facts facts = well();
    facts.status = fail(Errc::NotFound, "/run/d.sock: no such file");
    facts.routes = unseen();
    facts.privileges = unseen();
    facts.tunnels.clear();
    CHECK(not_good(facts) ==
          "daemon bad, enabled skipped, privileges skipped, client-ip skipped, mtu skipped, bgp skipped, "
          "routes skipped");
    const auto findings = examine(facts);
    CHECK(find(findings, "daemon").remedy == "sudo systemctl start doublezerod");
    CHECK_FALSE(healthy(findings));
}

TEST_CASE("doctor: who may not speak to the daemon is told how to", "[doctor]") {
    Facts facts = well();
    facts.status = fail(Errc::Permission, "/run/d.sock: permission denied");
    CHECK(find(examine(facts), "daemon").remedy.starts_with("sudo usermod -aG doublezero"));
}

TEST_CASE("doctor: multicast needs PIM and heartbeats too", "[doctor]") {
    Facts facts = well();
    service(facts).service.user_type = "Multicast";
    service(facts).service.tunnel_name = "doublezero1";
    facts.firewall->chains.push_back({.family = "ip",
                                      .table = "filter",
                                      .name = "OUTPUT",
                                      .hook = Hook::Output,
                                      .priority = 0,
                                      .drops = true,
                                      .rules = {}});
    const auto findings = examine(facts);
    const auto& found = find(findings, "firewall");
    CHECK(found.verdict == Verdict::Bad);
    CHECK(found.remedy ==
          "sudo iptables -I OUTPUT -p 47 -j ACCEPT && "
          "sudo nft insert rule ip filter OUTPUT oifname \"doublezero1\" tcp dport 179 accept && "
          "sudo iptables -I OUTPUT -p 103 -j ACCEPT && "
          "sudo nft insert rule ip filter OUTPUT oifname \"doublezero1\" udp dport 5765 accept");
}

TEST_CASE("doctor: findings as JSON are a contract", "[doctor]") {
    const std::vector<Finding> findings{
        {.check = "gre", .verdict = Verdict::Bad, .text = "no", .evidence = {"seen"}, .remedy = "do"}};
    CHECK(
        json::dump(to_json(findings)) ==
        R"({"healthy":false,"findings":[{"check":"gre","verdict":"bad","text":"no","evidence":["seen"],"remedy":"do"}]})");
}

}  // namespace
}  // namespace dz::doctor
