// Tests for what the API shows of the modules' reports.
#include "daemon/view.hpp"

#include "daemon/route_view.hpp"

#include <catch2/catch.hpp>

#include "base/task.hpp"
#include "base/version.hpp"
#include "protocols/bgp/fake_speaker.hpp"

#include <boost/asio/io_context.hpp>

using namespace dz;
using namespace dz::daemon;
using reconciler::Report;
using reconciler::ServiceReport;
using reconciler::ServiceState;

namespace {

Ipv4 ip(const char* text) {
    return *parse_ipv4(text);
}
Prefix net(const char* text) {
    return *parse_prefix(text);
}
WallTime at(std::int64_t seconds) {
    return WallTime(std::chrono::seconds(seconds));
}

ServiceReport unicast() {
    ServiceReport report;
    reconciler::Service& service = report.service;
    service.user_type = ledger::UserType::Ibrl;
    service.device_code = "fra-dz001";
    service.metro = "Frankfurt";
    service.tenant = "acme";
    service.tunnel_src = ip("9.200.0.10");
    service.tunnel_dst = ip("9.201.0.1");
    service.tunnel_net = net("169.254.0.0/31");
    service.overlay = ip("169.254.0.1");
    service.peer = ip("169.254.0.0");
    service.dz_ip = ip("9.200.0.10");
    report.provisioned = true;
    report.state = ServiceState::Up;
    report.session = bgp::Status::Up;
    report.session_since = at(1760464781);
    report.routes_learned = 3;
    report.routes_installed = 2;
    return report;
}

ServiceReport subscriber() {
    ServiceReport report;
    reconciler::Service& service = report.service;
    service.user_type = ledger::UserType::Multicast;
    service.device_code = "ams-dz002";
    service.tunnel_src = ip("9.200.0.10");
    service.tunnel_dst = ip("9.201.0.2");
    service.peer = ip("169.254.0.2");
    service.groups = {{.key = {},
                       .code = "both",
                       .address = ip("233.84.178.0"),
                       .max_bandwidth = 5,
                       .publisher = true,
                       .subscriber = true},
                      {.key = {},
                       .code = "only",
                       .address = ip("233.84.178.1"),
                       .max_bandwidth = 6,
                       .publisher = false,
                       .subscriber = true}};
    report.provisioned = true;
    report.state = ServiceState::Connecting;
    report.reason = "the device does not answer yet";
    return report;
}

Report enabled(std::vector<ServiceReport> services) {
    Report report;
    report.enabled = true;
    report.client_ip.address = ip("9.200.0.10");
    report.services = std::move(services);
    return report;
}

}  // namespace

TEST_CASE("view: a service without a tunnel is no row of the status", "[daemon]") {
    ServiceReport blocked = unicast();
    blocked.provisioned = false;
    CHECK(services(enabled({blocked})).empty());
    CHECK(status_v2(enabled({blocked}), {}, {}, "testnet", "").services.empty());
}

TEST_CASE("view: a row of the first status has the tunnel and its session", "[daemon]") {
    CHECK(services(enabled({unicast()})) ==
          std::vector<api::ServiceStatus>{{.tunnel_name = "doublezero0",
                                           .tunnel_src = ip("9.200.0.10"),
                                           .tunnel_dst = ip("9.201.0.1"),
                                           .doublezero_ip = ip("9.200.0.10"),
                                           .session_status = "BGP Session Up",
                                           .last_session_update = 1760464781,
                                           .user_type = "IBRL"}});
}

TEST_CASE("view: a service without a session record is pending since never", "[daemon]") {
    const auto rows = services(enabled({subscriber()}));
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].session_status == "Pending BGP Session");
    CHECK(rows[0].last_session_update == 0);
    CHECK(rows[0].doublezero_ip.is_unspecified());
    CHECK(rows[0].tunnel_name == "doublezero1");
}

TEST_CASE("view: the enriched row has device, metro and tenant of the user", "[daemon]") {
    const auto status = status_v2(enabled({unicast()}), {}, {}, "testnet", "");
    REQUIRE(status.services.size() == 1);
    const api::EnrichedService& row = status.services[0];
    CHECK(row.current_device == "fra-dz001");
    CHECK(row.metro == "Frankfurt");
    CHECK(row.tenant == "acme");
    CHECK(row.lowest_latency_device.empty());
    CHECK(row.state == "up");
    CHECK(row.routes_received == 3);
    CHECK(row.routes_accepted == 2);
}

TEST_CASE("view: a group with both roles is one subscription and in both lists", "[daemon]") {
    const auto status = status_v2(enabled({subscriber()}), {}, {}, "testnet", "");
    const api::EnrichedService& row = status.services.at(0);
    CHECK(row.multicast_groups ==
          api::MulticastGroups{.publisher = {"both"}, .subscriber = {"both", "only"}});
    REQUIRE(row.subscriptions.size() == 2);
    CHECK(row.subscriptions[0].code == "both");
    CHECK((row.subscriptions[0].publisher && row.subscriptions[0].subscriber));
    CHECK(row.subscriptions[1].code == "only");
    CHECK_FALSE(row.subscriptions[1].publisher);
    CHECK(row.reason == "the device does not answer yet");
}

TEST_CASE("view: the head of the status says what is known, and nothing more", "[daemon]") {
    const auto empty = status_v2(Report{}, {}, {}, "devnet", "");
    CHECK_FALSE(empty.reconciler_enabled);
    CHECK(empty.client_ip.is_unspecified());
    CHECK(empty.network == "devnet");
    CHECK(empty.version == version_with_commit());
    CHECK_FALSE(empty.snapshot_age_seconds);
    CHECK(empty.problems.empty());

    fetcher::View ledger;
    ledger.snapshot =
        std::make_shared<const ledger::Snapshot>(ledger::Snapshot::from({}, Slot{1}, ledger::Scope::Mine));
    ledger.age = 12'900ms;
    CHECK(status_v2(Report{}, ledger, {}, "devnet", "").snapshot_age_seconds == 12);
}

TEST_CASE("view: problems come from the daemon, the ledger, the reconciler and the services, in this order",
          "[daemon]") {
    fetcher::View ledger;
    ledger.error = Error{Errc::Unavailable, "connection refused", 0};
    ledger.doubt = "user 9x is missing from the answer";
    Report report = enabled({unicast()});
    report.problems = {{.code = reconciler::ProblemCode::NoLedgerData,
                        .text = "no data",
                        .remedy = "wait",
                        .blocking = true}};
    report.services[0].service.problems = {{.code = reconciler::ProblemCode::BehindNat,
                                            .text = "behind NAT",
                                            .remedy = "use another type",
                                            .blocking = false}};
    const OwnProblems own = {{"state file", {.text = "damaged", .remedy = "enable"}}};
    const auto problems =
        status_v2(report, ledger, own, "testnet", "https://rpc.example/secret-key").problems;
    REQUIRE(problems.size() == 5);
    CHECK(problems[0] == api::Problem{.text = "damaged", .remedy = "enable"});
    CHECK_THAT(problems[1].text, Catch::Contains("connection refused") &&
                                     Catch::Contains("https://rpc.example") && !Catch::Contains("secret"));
    CHECK_THAT(problems[1].remedy, Catch::Contains("-solana-rpc-endpoint"));
    CHECK_THAT(problems[2].text, Catch::Contains("user 9x"));
    CHECK(problems[3] == api::Problem{.text = "no data", .remedy = "wait"});
    CHECK(problems[4] == api::Problem{.text = "behind NAT", .remedy = "use another type"});
}

TEST_CASE("view: an address's origin is what comes before its path", "[daemon]") {
    CHECK(origin_of("https://h.example:8899/key?x") == "https://h.example:8899");
    CHECK(origin_of("http://localhost:8899") == "http://localhost:8899");
    CHECK(origin_of("https://h?key=1") == "https://h");
    CHECK(origin_of("nonsense") == "nonsense");
}

TEST_CASE("view: every user type has the text of the contract", "[daemon]") {
    CHECK(user_type_text(ledger::UserType::Ibrl) == "IBRL");
    CHECK(user_type_text(ledger::UserType::IbrlWithAllocatedIp) == "IBRLWithAllocatedIP");
    CHECK(user_type_text(ledger::UserType::EdgeFiltering) == "EdgeFiltering");
    CHECK(user_type_text(ledger::UserType::Multicast) == "Multicast");
    CHECK(user_type_text(ledger::UserType{99}) == "Unknown");
}

TEST_CASE("view: routes are those of our services, each with what became of it", "[daemon]") {
    EventLoop loop;
    FakeClock clock(loop);
    bgp::FakeSpeaker speaker(clock);
    bgp::PeerConfig peer;
    peer.local = ip("169.254.0.1");
    peer.remote = ip("169.254.0.0");
    speaker.set(peer);
    speaker.establish(peer.remote);
    speaker.announce(peer.remote, net("9.250.0.7/32"));
    speaker.announce(peer.remote, net("9.250.0.8/32"));
    speaker.announce(peer.remote, net("9.250.0.9/32"));
    speaker.announce(peer.remote, net("0.0.0.0/0"));

    const auto route = [](const char* destination, const char* gateway, const char* source) {
        netlink::Route out;
        out.destination = net(destination);
        out.gateway = ip(gateway);
        out.source = ip(source);
        out.device = "doublezero0";
        return out;
    };
    netlink::Route operators = route("9.250.0.9/32", "169.254.0.0", "9.200.0.10");
    operators.protocol = netlink::Protocol::Static;
    const std::vector<netlink::Route> kernel = {route("9.250.0.4/32", "169.254.0.0", "9.200.0.10"),
                                                route("9.250.0.7/32", "169.254.0.0", "9.200.0.10"),
                                                route("9.250.0.5/32", "9.200.0.1", "9.200.0.10"),
                                                route("9.250.0.6/32", "169.254.0.0", "9.9.9.9"), operators};

    clock.advance(61s);
    const Report report = enabled({unicast()});
    const std::map<netlink::RouteKey, std::string> refused = {
        {{netlink::kTableMain, net("9.250.0.9/32"), reconciler::kRouteMetric},
         "cannot add it: no such process"}};
    const auto rows = routes({report, kernel, speaker, refused, clock.now()}, "testnet");
    std::vector<std::string> texts;
    for (const auto& row : rows) {
        texts.push_back(fmt::format("{} {} {} {}", row.learned->prefix, row.kernel_state,
                                    row.learned->verdict, row.learned->why_not));
    }
    CHECK(texts == std::vector<std::string>{
                       "0.0.0.0/0 absent default_route a default route would send everything into the tunnel",
                       "9.250.0.4/32 present kept the device does not announce it now; it stays until the "
                       "session says more",
                       "9.250.0.7/32 present installed ",
                       "9.250.0.8/32 absent pending it is about to be written",
                       "9.250.0.9/32 absent refused cannot add it: no such process; it is tried again"});
    CHECK(rows[2] == api::RouteRow{.network = "testnet",
                                   .local_ip = ip("9.200.0.10"),
                                   .peer_ip = ip("9.250.0.7"),
                                   .kernel_state = "present",
                                   .liveness = {},
                                   .learned = api::LearnedRoute{.prefix = net("9.250.0.7/32"),
                                                                .next_hop = ip("169.254.0.0"),
                                                                .verdict = "installed",
                                                                .why_not = "",
                                                                .origin = "igp",
                                                                .as_path = "0",
                                                                .communities = {},
                                                                .age_seconds = 61,
                                                                .stale = false}});
    const Report nothing = enabled({});
    CHECK(routes({nothing, kernel, speaker, refused, clock.now()}, "testnet").empty());
}

TEST_CASE("view: the summary is one line for people", "[daemon]") {
    CHECK(summary(Report{}) == "disabled");
    CHECK(summary(enabled({})) == "enabled, no user on the ledger");
    CHECK(summary(enabled({unicast(), subscriber()})) == "enabled, 1 of 2 sessions up");
    Report troubled = enabled({unicast()});
    troubled.problems = {{.code = {}, .text = "no client IP", .remedy = "", .blocking = false}};
    CHECK(summary(troubled) == "enabled, 1 of 1 sessions up; no client IP");
}
