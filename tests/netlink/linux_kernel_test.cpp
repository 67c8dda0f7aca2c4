// tests/netlink/linux_kernel_test.cpp: what only the running kernel can show. Part of netlink_contract: needs
// root and iproute2, and GRE for the cases tagged [gre].
#include "netlink/linux_kernel.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "tests/netlink/contract.hpp"

namespace dz::netlink {
namespace {

using Json = nlohmann::json;

Prefix prefix(std::string_view text) {
    return parse_prefix(text).value();
}
Ipv4 ip(std::string_view text) {
    return parse_ipv4(text).value();
}

const Tunnel kTunnel{.name = "doublezero0", .local = ip("192.0.2.10"), .remote = ip("198.51.100.1")};

/// Runs a command in the world's namespace and returns what it prints.
std::string sh(const std::string& command) {
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
    REQUIRE(pipe != nullptr);
    std::string text;
    for (int c = std::fgetc(pipe.get()); c != EOF; c = std::fgetc(pipe.get())) text += static_cast<char>(c);
    return text;
}

struct Host {
    std::unique_ptr<World> world = make_world();

    Result<> apply(Change change) { return run(world->loop, world->kernel().apply(std::move(change))); }
    State read(Parts parts = Parts::All) { return run(world->loop, world->kernel().read(parts)).value(); }
};

std::vector<Change> routes(std::uint32_t count, auto verb) {
    std::vector<Change> changes;
    for (std::uint32_t i = 0; i < count; ++i)
        changes.emplace_back(verb(Route{.destination = host_prefix(plus(ip("10.0.0.0"), i)),
                                        .gateway = ip("192.0.2.1"),
                                        .device = "eth0",
                                        .source = ip("192.0.2.10"),
                                        .metric = 10}));
    return changes;
}
const auto kAdd = [](Route route) { return Add{std::move(route)}; };
const auto kRemove = [](Route route) { return Remove{std::move(route)}; };

TEST_CASE("linux kernel: iproute2 shows a tunnel exactly as it must be", "[netlink][gre]") {
    Host host;
    REQUIRE(host.apply(Add{kTunnel}));
    REQUIRE(host.apply(
        Add{LinkAddress{.link = "doublezero0", .prefix = prefix("169.254.0.1/31"), .scope = Scope::Link}}));
    REQUIRE(host.apply(SetUp{"doublezero0"}));
    Json shown = Json::parse(sh("ip -j link show dev doublezero0"));
    REQUIRE(shown.size() == 1);
    CHECK(shown[0].erase("ifindex") == 1);
    CHECK(shown[0] == Json::parse(R"({
        "link": null, "ifname": "doublezero0", "flags": ["POINTOPOINT", "NOARP", "UP", "LOWER_UP"], "mtu": 1476,
        "qdisc": "noqueue", "operstate": "UNKNOWN", "linkmode": "DEFAULT", "group": "default", "link_type": "gre",
        "address": "192.0.2.10", "link_pointtopoint": true, "broadcast": "198.51.100.1"})"));

    const Json details = Json::parse(sh("ip -j -d link show dev doublezero0"))[0]["linkinfo"];
    CHECK(details == Json::parse(R"({"info_kind": "gre", "info_data": {
        "remote": "198.51.100.1", "local": "192.0.2.10", "ttl": 64, "pmtudisc": false}})"));

    const Json address = Json::parse(sh("ip -j -4 addr show dev doublezero0"))[0]["addr_info"][0];
    CHECK(address["local"] == "169.254.0.1");
    CHECK(address["prefixlen"] == 31);
    CHECK(address["scope"] == "link");
    CHECK_FALSE(address.contains("broadcast"));
}

TEST_CASE("linux kernel: iproute2 shows a route exactly as it must be", "[netlink]") {
    Host host;
    host.world->plug("eth0", {prefix("192.0.2.10/24")});
    REQUIRE(host.apply(Add{Route{.destination = prefix("8.8.8.8/32"),
                                 .gateway = ip("192.0.2.1"),
                                 .device = "eth0",
                                 .source = ip("192.0.2.10")}}));
    CHECK(Json::parse(sh("ip -j route show 8.8.8.8")) ==
          Json::parse(R"([{"dst": "8.8.8.8", "gateway": "192.0.2.1", "dev": "eth0", "protocol": "bgp",
                          "prefsrc": "192.0.2.10", "flags": []}])"));
}

TEST_CASE("linux kernel: a tunnel with any option of its own is not plain", "[netlink][gre]") {
    Host host;
    const std::string add = "ip link add other type gre local 192.0.2.10 remote 198.51.100.1 ";
    for (const char* option :
         {"ttl 64", "key 7 nopmtudisc", "csum nopmtudisc", "tos 4 nopmtudisc", "external"}) {
        sh(option == std::string("external") ? "ip link add other type gre external" : add + option);
        const State state = host.read(Parts::Links);
        const auto found = std::ranges::find(state.tunnels, "other", &Tunnel::name);
        INFO(option);
        REQUIRE(found != state.tunnels.end());
        CHECK_FALSE(found->plain);
        CHECK(host.apply(Remove{*found}));
    }
    sh(add + "ttl 0 nopmtudisc");
    CHECK(std::ranges::count_if(host.read().tunnels,
                                [](const Tunnel& t) { return t.name == "other" && t.plain; }) == 1);
}

TEST_CASE("linux kernel: what State cannot say is left out, not misread", "[netlink]") {
    Host host;
    host.world->plug("eth0", {prefix("192.0.2.10/24")});
    const State before = host.read();
    sh("ip rule add fwmark 7 lookup 100");
    sh("ip rule add iif eth0 lookup 100");
    sh("ip rule add not from 10.0.0.0/8 lookup 100");
    sh("ip rule add to 10.0.0.0/8 blackhole");
    sh("ip rule add to 10.0.0.0/8 lookup main suppress_prefixlength 0");
    sh("ip route add 10.0.0.0/8 tos 0x10 via 192.0.2.1");
    sh("ip -6 rule add to 2001:db8::/32 lookup 100 2>/dev/null");
    CHECK(to_string(host.read()) == to_string(before));

    sh("ip route add 10.0.0.0/8 metric 7 nexthop via 192.0.2.1 nexthop via 192.0.2.2");
    sh("ip rule add to 10.0.0.0/8 lookup 1000 priority 5");
    const State after = host.read();
    REQUIRE(after.routes.size() == 2);
    REQUIRE(after.rules.size() == 1);
    CHECK(to_string(after.routes.front()) == "route 10.0.0.0/8 metric 7 proto boot");
    CHECK(to_string(after.rules.front()) == "rule 5 to 10.0.0.0/8 lookup 1000 proto unspecified");
}

TEST_CASE("linux kernel: errors speak plainly, in the kernel's words where it has some", "[netlink]") {
    Host host;
    host.world->plug("eth0", {prefix("192.0.2.10/24")});
    Route route{.destination = prefix("8.8.8.8/32"), .gateway = ip("198.51.100.77")};
    const auto text = [&](const Change& change) { return host.apply(change).error().text; };
    CHECK(text(Add{route}) == "nexthop has invalid gateway");
    CHECK(text(Remove{route}) == "it is not there");
    route.gateway = ip("192.0.2.1");
    REQUIRE(host.apply(Add{route}));
    CHECK(text(Add{route}) == "it is there already");
    CHECK(text(SetUp{"doublezero0"}) == "no link doublezero0");
}

TEST_CASE("linux kernel: without the capability a change is not permitted, and reading is", "[netlink]") {
    Host host;
    REQUIRE(::seteuid(65534) == 0);
    const auto refused = host.apply(Add{Rule{.priority = 100, .table = 100}});
    const auto state = run(host.world->loop, host.world->kernel().read(Parts::All));
    REQUIRE(::seteuid(0) == 0);
    CHECK(refused.error().code == Errc::Permission);
    CHECK(refused.error().text == "not permitted: run as root, or grant CAP_NET_ADMIN in the unit file");
    CHECK(state.has_value());
}

TEST_CASE("linux kernel: a kernel speaks to the namespace it was opened in", "[netlink]") {
    Host first;
    Host second;  // the thread is in its namespace now
    REQUIRE(first.apply(Add{Rule{.priority = 100, .table = 100}}));
    CHECK(first.read().rules.size() == 1);
    CHECK(second.read().rules.empty());
}

TEST_CASE("linux kernel: too many events are reported as lost, and later ones are heard", "[netlink]") {
    Host host;
    host.world->plug("eth0", {prefix("192.0.2.10/24")});
    // Linux reports the carrier of a new link up to a second late.
    const auto next = [&] {
        std::vector<std::string> lines;
        while (lines.empty()) {
            const auto events = run(host.world->loop, host.world->kernel().next_events());
            for (const Event& event : events.value())
                if (!std::holds_alternative<Appeared<Link>>(event)) lines.push_back(to_string(event));
        }
        return lines;
    };
    const auto other = LinuxKernel::open(host.world->loop).value();
    run(host.world->loop, other->apply_all(routes(10'000, kAdd)));
    while (next().back() !=
           "+ route 10.0.39.15/32 via 192.0.2.1 dev eth0 src 192.0.2.10 metric 10 proto bgp") {
    }
    run(host.world->loop, other->apply_all(routes(10'000, kRemove)));
    run(host.world->loop, other->apply_all(routes(40'000, kAdd)));
    CHECK(next() == std::vector<std::string>{"events lost"});
    const Rule rule{.priority = 100, .table = 100};
    REQUIRE(host.world->meddle(Add{rule}));
    CHECK(next() == std::vector{"+ " + to_string(rule)});
}

TEST_CASE("linux kernel: coroutines that ask at the same time take turns", "[netlink]") {
    Host host;
    host.world->plug("eth0", {prefix("192.0.2.10/24")});
    Kernel& kernel = host.world->kernel();
    int finished = 0;
    const auto done = [&](const std::exception_ptr&, const auto&) { ++finished; };
    boost::asio::co_spawn(host.world->loop, kernel.apply_all(routes(3000, kAdd)), done);
    for (int i = 0; i < 3; ++i) {
        boost::asio::co_spawn(host.world->loop, kernel.read(Parts::All),
                              [&](const std::exception_ptr&, const Result<State>& state) {
                                  CHECK(state.has_value());
                                  ++finished;
                              });
        boost::asio::co_spawn(host.world->loop, kernel.route_to(ip("192.0.2.1")),
                              [&](const std::exception_ptr&, const Result<Path>& path) {
                                  CHECK(path.value().source == ip("192.0.2.10"));
                                  ++finished;
                              });
    }
    host.world->loop.restart();
    host.world->loop.run();
    CHECK(finished == 7);
    CHECK(host.read().routes.size() == 3001);
}

TEST_CASE("linux kernel: a cancelled waiter for events ends", "[netlink]") {
    Host host;
    boost::asio::cancellation_signal stop;
    bool ended = false;
    boost::asio::co_spawn(host.world->loop, host.world->kernel().next_events(),
                          boost::asio::bind_cancellation_slot(
                              stop.slot(), [&](const std::exception_ptr&, const auto&) { ended = true; }));
    host.world->loop.restart();
    host.world->loop.poll();
    CHECK_FALSE(ended);
    stop.emit(boost::asio::cancellation_type::terminal);
    host.world->loop.restart();
    host.world->loop.poll();
    CHECK(ended);
}

TEST_CASE("linux kernel: a kernel may go while a coroutine waits for its events", "[netlink]") {
    Host host;
    auto loop = std::make_unique<EventLoop>();
    {
        const auto kernel = LinuxKernel::open(*loop).value();
        boost::asio::co_spawn(*loop, kernel->next_events(), boost::asio::detached);
        loop->poll();
    }
    loop.reset();
}

// Not a test: prints how long routes take. Run by `netlink_contract [figures]`; tagged [gre] to be left out
// of runs without those.
TEST_CASE("linux kernel: figures", "[.][gre][figures]") {
    Host host;
    host.world->plug("eth0", {prefix("192.0.2.10/24")});
    const auto timed = [](const char* what, auto work) {
        const auto start = std::chrono::steady_clock::now();
        work();
        const auto spent = std::chrono::steady_clock::now() - start;
        std::printf("%-24s %8.1f ms\n", what, std::chrono::duration<double, std::milli>(spent).count());
    };
    const auto all_done = [&](std::vector<Change> changes) {
        for (const auto& result : run(host.world->loop, host.world->kernel().apply_all(std::move(changes))))
            REQUIRE(result);
    };
    for (const std::uint32_t count : {1U, 10'000U, 100'000U}) {
        std::printf("%u routes\n", count);
        timed("  build changes", [&] { routes(count, kAdd); });
        timed("  add", [&] { all_done(routes(count, kAdd)); });
        timed("  read routes", [&] { REQUIRE(host.read(Parts::Routes).routes.size() == count + 1); });
        timed("  read all else", [&] { host.read(Parts::Links | Parts::Addresses | Parts::Rules); });
        timed("  remove", [&] { all_done(routes(count, kRemove)); });
    }
}

}  // namespace
}  // namespace dz::netlink
