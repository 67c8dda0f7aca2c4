// Tests for the metrics: the list in docs/metrics.md is what the daemon exports, and the counts are right.
#include "daemon/metrics.hpp"

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <regex>
#include <set>
#include <string>

#include "base/files.hpp"
#include "base/run.hpp"
#include "fetcher/metrics.hpp"
#include "netlink/fake_kernel.hpp"
#include "protocols/bgp/bmp_exporter.hpp"
#include "protocols/bgp/metrics.hpp"
#include "protocols/latency/metrics.hpp"
#include "reconciler/metrics.hpp"

using namespace dz;

namespace {

std::set<std::string> exported() {
    metrics::Registry registry;
    daemon::Metrics own(registry);
    fetcher::Metrics fetcher(registry);
    reconciler::Metrics reconciler(registry, "testnet");
    bgp::Metrics bgp(registry);
    // Families without a series are not exported, so each gets one.
    netlink::Route route;
    route.source = route.gateway = Ipv4(1);
    own.count_routes({route});
    own.count_request("/status", 200);
    fetcher.retried("getProgramAccounts", {});
    fetcher.gave_up("getProgramAccounts", {});
    reconciler::ServiceReport service;
    service.provisioned = true;
    reconciler.connections({service});
    using Deed = reconciler::Metrics::Deed;
    for (const Deed deed : {Deed::Provision, Deed::Removal, Deed::Update})
        reconciler.count(deed, reconciler::ServiceClass::Unicast, true);
    reconciler.matched(reconciler::ServiceClass::Unicast, true);
    bgp.peer(Ipv4(2));
    latency::Metrics latency(registry);
    latency::Measurement measured;
    measured.rtt = latency::RoundTrip{.min = 1ms, .max = 1ms, .avg = 1ms};
    latency.show({{{.device_pk = "P", .device_code = "c", .device_ip = "9.200.0.1"}, measured}});
    EventLoop loop;
    FakeClock clock(loop);
    const bgp::bmp::Exporter exporter(loop, clock, Log::none(), registry, {});

    std::set<std::string> names;
    const std::string text = metrics::expose(registry) + metrics::expose_process();
    static const std::regex kType("# TYPE ([a-z_]+) ");
    for (auto at = std::sregex_iterator(text.begin(), text.end(), kType); at != std::sregex_iterator(); ++at)
        names.insert((*at)[1]);
    return names;
}

std::set<std::string> documented() {
    const auto path = std::filesystem::path(DZ_SOURCE_DIR) / "docs" / "metrics.md";
    const auto text = files::read(path, 1 << 20);
    REQUIRE(text);
    std::set<std::string> names;
    static const std::regex kRow("\n\\| `([a-z_]+)` \\|");
    for (auto at = std::sregex_iterator(text->begin(), text->end(), kRow); at != std::sregex_iterator(); ++at)
        names.insert((*at)[1]);
    return names;
}

}  // namespace

TEST_CASE("metrics: docs/metrics.md lists exactly what is exported", "[daemon]") {
    CHECK(exported() == documented());
}

TEST_CASE("metrics: installed routes are counted by source and next hop, and old series go", "[daemon]") {
    metrics::Registry registry;
    daemon::Metrics metrics(registry);
    netlink::Route route;
    route.source = *parse_ipv4("9.128.0.5");
    route.gateway = *parse_ipv4("169.254.0.0");
    netlink::Route operators = route;
    operators.protocol = netlink::Protocol::Static;
    netlink::Route sourceless = route;
    sourceless.source.reset();
    metrics.count_routes({route, route, operators, sourceless});
    CHECK_THAT(
        metrics::expose(registry),
        Catch::Contains("doublezero_bgp_routes_installed{next_hop=\"169.254.0.0\",src=\"9.128.0.5\"} 2"));
    metrics.count_routes({});
    CHECK_THAT(metrics::expose(registry), !Catch::Contains("doublezero_bgp_routes_installed{"));
}

TEST_CASE("metrics: the kernel's routes are read for a scrape, but not for each of a burst", "[daemon]") {
    EventLoop loop;
    FakeClock clock(loop);
    netlink::FakeKernel kernel;
    metrics::Registry registry;
    daemon::Metrics metrics(registry);
    http::Router router;
    const daemon::MetricsApi api(router, registry, metrics, kernel, clock, [] {
        return daemon::Condition{.enabled = true, .client_ip_known = false, .problems = 3};
    });
    http::Request request;
    request.method = "GET";
    request.path = "/metrics";
    const auto scrape = [&] { return run(loop, router.route(request)).body; };
    CHECK_THAT(scrape(), Catch::Contains("doublezero_build_info{") &&
                             Catch::Contains("doublezero_reconciler_enabled 1\n") &&
                             Catch::Contains("doublezero_client_ip_known 0\n") &&
                             Catch::Contains("doublezero_problems 3\n"));
    kernel.plug({.name = "doublezero0", .kind = "dummy", .mtu = 1476, .up = true},
                {*parse_prefix("169.254.0.1/31")});
    netlink::Route route;
    route.destination = *parse_prefix("9.250.0.7/32");
    route.gateway = *parse_ipv4("169.254.0.0");
    route.source = *parse_ipv4("169.254.0.1");
    REQUIRE(kernel.meddle(netlink::Change(netlink::Add{route})));
    CHECK_THAT(scrape(), !Catch::Contains("doublezero_bgp_routes_installed{"));
    clock.advance(10s);
    CHECK_THAT(scrape(), Catch::Contains("doublezero_bgp_routes_installed{"));
}
