#include "host/facts.hpp"

#include <catch2/catch.hpp>

#include "base/run.hpp"
#include "netlink/fake_kernel.hpp"

namespace dz::host {
namespace {

using netlink::Add;
using netlink::FakeKernel;

Ipv4 ip(std::string_view text) {
    return parse_ipv4(text).value();
}
Prefix prefix(std::string_view text) {
    return parse_prefix(text).value();
}

const Ipv4 kDevice = ip("9.200.0.1");

Facts facts_with_path(std::uint32_t mtu) {
    Facts facts;
    facts.client_ip.address = ip("9.128.0.5");
    facts.paths[kDevice] = {.source = ip("10.0.0.4"), .device = "eth0", .mtu = mtu};
    return facts;
}

TEST_CASE("facts: the tunnel source is what the kernel would send from", "[host]") {
    CHECK(facts_with_path(1500).source_for(kDevice) == ip("10.0.0.4"));
}

TEST_CASE("facts: without a path the tunnel source is the client ip", "[host]") {
    CHECK(facts_with_path(1500).source_for(ip("9.200.0.2")) == ip("9.128.0.5"));
}

TEST_CASE("facts: the tunnel is as wide as the path less the overhead", "[host]") {
    const auto [path, tunnel] = GENERATE(table<std::uint32_t, std::uint32_t>({
        {9000, 1476},  // never wider than the network's own limit
        {1500, 1476},
        {1420, 1396},
        {100, 576},  // a nonsensical path
        {10, 576},
        {0, 1476},  // not known
    }));
    CHECK(facts_with_path(path).tunnel_mtu(kDevice) == tunnel);
}

TEST_CASE("facts: a client ip that no link has means that we are behind nat", "[host]") {
    Facts facts;
    CHECK_FALSE(facts.behind_nat());  // nothing known
    facts.client_ip.address = ip("9.128.0.5");
    CHECK(facts.behind_nat());
    facts.local_addresses = {ip("9.128.0.5")};
    CHECK_FALSE(facts.behind_nat());
}

TEST_CASE("facts: addresses on our own tunnels are not addresses of the machine", "[host]") {
    const std::vector<netlink::LinkAddress> addresses = {
        {.link = "eth1", .prefix = prefix("9.128.0.5/24")},
        {.link = "doublezero0", .prefix = prefix("198.18.0.1/32")},
        {.link = "eth0", .prefix = prefix("10.0.0.4/24")},
        {.link = "eth2", .prefix = prefix("10.0.0.4/24")}};
    CHECK(local_addresses(addresses) == std::vector{ip("9.128.0.5"), ip("10.0.0.4")});
}

TEST_CASE("facts: a path that leads through our own tunnel is no path", "[host]") {
    EventLoop loop;
    FakeKernel kernel;
    kernel.plug({.name = "eth0", .kind = "veth", .mtu = 1500, .up = true}, {prefix("9.128.0.5/16")});
    const netlink::Tunnel tunnel{.name = "doublezero0", .local = ip("9.128.0.5"), .remote = kDevice};
    REQUIRE(kernel.meddle(Add{tunnel}));
    REQUIRE(kernel.meddle(
        Add{netlink::LinkAddress{"doublezero0", prefix("169.254.0.1/31"), netlink::Scope::Link}}));
    REQUIRE(kernel.meddle(netlink::SetUp{"doublezero0"}));
    REQUIRE(kernel.meddle(Add{netlink::Route{
        .destination = host_prefix(kDevice), .gateway = ip("169.254.0.0"), .source = ip("9.128.0.5")}}));

    const auto paths = run(loop, look_up_paths(kernel, {kDevice, ip("9.128.7.7"), ip("8.8.8.8")}));
    REQUIRE(paths.size() == 1);
    CHECK(paths.begin()->first == ip("9.128.7.7"));
    CHECK(paths.begin()->second.source == ip("9.128.0.5"));
}

}  // namespace
}  // namespace dz::host
