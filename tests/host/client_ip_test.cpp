#include "host/client_ip.hpp"

#include <catch2/catch.hpp>

#include "base/run.hpp"
#include "netlink/fake_kernel.hpp"

namespace dz::host {
namespace {

Ipv4 ip(std::string_view text) {
    return parse_ipv4(text).value();
}
Prefix prefix(std::string_view text) {
    return parse_prefix(text).value();
}

class FakePublicIp final : public PublicIpService {
  public:
    std::optional<Ipv4> answer;
    int asked = 0;
    Duration latency{};

    explicit FakePublicIp(Clock& clock) : clock_(clock) {}
    Task<Result<Ipv4>> ask() override {
        ++asked;
        if (latency > 0s) co_await clock_.sleep_for(latency);
        if (!answer) co_return fail(Errc::Unavailable, "no network");
        co_return *answer;
    }

  private:
    Clock& clock_;
};

const netlink::Route kDefault{.destination = prefix("0.0.0.0/0"), .gateway = ip("9.128.0.1")};
const netlink::Route kPrivateDefault{.destination = prefix("0.0.0.0/0"), .gateway = ip("10.0.0.1")};

struct Machine {
    EventLoop loop;
    FakeClock clock{loop};
    netlink::FakeKernel kernel;
    FakePublicIp service{clock};
    std::vector<std::string> log;
    int changes = 0;

    ClientIpFinder finder;

    explicit Machine(ClientIpFinder::Config config = {})
        : finder(loop, clock, kernel, service, Log::to_lines(log), config) {
        finder.on_change([this] { ++changes; });
    }
    void plug(const char* name, const char* address) {
        kernel.plug({.name = name, .kind = "veth", .mtu = 1500, .up = true}, {prefix(address)});
    }
    void start() {
        boost::asio::co_spawn(loop, finder.run(), boost::asio::detached);
        settle();
    }
    void reconsider() {
        finder.reconsider();
        settle();
    }
    void settle() { clock.advance(0s); }
};

TEST_CASE("client ip: the flag counts as it is, private addresses too", "[host]") {
    Machine machine({.address = ip("10.1.2.3")});
    machine.start();
    CHECK(machine.finder.current() == ClientIp{ip("10.1.2.3"), ClientIpMethod::Flag, ""});
    CHECK(machine.service.asked == 0);
}

TEST_CASE("client ip: the source of the default route counts when it is public", "[host]") {
    Machine machine;
    machine.plug("eth0", "9.128.0.5/24");
    REQUIRE(machine.kernel.meddle(netlink::Add{kDefault}));
    machine.start();
    CHECK(machine.finder.current() == ClientIp{ip("9.128.0.5"), ClientIpMethod::DefaultRoute, ""});
    CHECK(machine.service.asked == 0);
    CHECK(machine.changes == 1);
}

TEST_CASE("client ip: behind a private default route the outside service is asked", "[host]") {
    Machine machine;
    machine.plug("eth0", "10.0.0.4/24");
    REQUIRE(machine.kernel.meddle(netlink::Add{kPrivateDefault}));
    machine.service.answer = ip("9.128.0.5");
    machine.start();
    CHECK(machine.finder.current() ==
          ClientIp{ip("9.128.0.5"), ClientIpMethod::External, "", ip("10.0.0.4")});
}

TEST_CASE("client ip: a default route into our own tunnel is not asked for the address", "[host]") {
    Machine machine;
    machine.plug("eth0", "9.128.0.5/24");
    REQUIRE(machine.kernel.meddle(netlink::Add{kDefault}));
    REQUIRE(machine.kernel.meddle(netlink::Add{
        netlink::Tunnel{.name = "doublezero0", .local = ip("9.128.0.5"), .remote = ip("9.200.0.1")}}));
    REQUIRE(machine.kernel.meddle(
        netlink::Add{netlink::LinkAddress{"doublezero0", prefix("169.254.0.1/31"), netlink::Scope::Link}}));
    REQUIRE(machine.kernel.meddle(netlink::SetUp{"doublezero0"}));
    REQUIRE(
        machine.kernel.meddle(netlink::Add{netlink::LinkAddress{"doublezero0", prefix("198.18.0.7/32")}}));
    REQUIRE(machine.kernel.meddle(netlink::Add{netlink::Route{
        .destination = prefix("8.8.8.8/32"), .gateway = ip("169.254.0.0"), .source = ip("198.18.0.7")}}));
    machine.start();
    CHECK(machine.finder.current().address == ip("9.128.0.5"));
}

TEST_CASE("client ip: not finding one is not fatal and is tried again, slower and slower", "[host]") {
    Machine machine;
    machine.start();
    CHECK_FALSE(machine.finder.current().address);
    CHECK(machine.finder.current().reason == "no default route leads outside: no network");

    std::vector<Duration> waits;
    auto last = machine.clock.now();
    for (int asked = machine.service.asked; waits.size() < 9;) {
        machine.clock.advance(1s);
        if (machine.service.asked == asked) continue;
        asked = machine.service.asked;
        waits.push_back(machine.clock.now() - last);
        last = machine.clock.now();
    }
    CHECK(waits == std::vector<Duration>{2s, 2s, 4s, 8s, 16s, 32s, 60s, 60s, 60s});
}

TEST_CASE("client ip: it is found when the network comes up after the daemon", "[host]") {
    Machine machine;
    machine.start();
    REQUIRE_FALSE(machine.finder.current().address);
    machine.plug("eth0", "9.128.0.5/24");
    REQUIRE(machine.kernel.meddle(netlink::Add{kDefault}));
    machine.reconsider();
    CHECK(machine.finder.current() == ClientIp{ip("9.128.0.5"), ClientIpMethod::DefaultRoute, ""});
}

TEST_CASE("client ip: a new address of the machine counts once it has lasted", "[host]") {
    Machine machine;
    machine.plug("eth0", "9.128.0.5/24");
    REQUIRE(machine.kernel.meddle(netlink::Add{kDefault}));
    machine.start();
    machine.kernel.unplug("eth0");
    machine.plug("eth0", "9.128.0.6/24");
    REQUIRE(machine.kernel.meddle(netlink::Add{kDefault}));
    machine.reconsider();
    CHECK(machine.finder.current().address == ip("9.128.0.5"));
    machine.clock.advance(5s);
    CHECK(machine.finder.current().address == ip("9.128.0.6"));
}

TEST_CASE("client ip: an address that comes back in time never counted as changed", "[host]") {
    Machine machine;
    machine.plug("eth0", "9.128.0.5/24");
    REQUIRE(machine.kernel.meddle(netlink::Add{kDefault}));
    machine.start();
    machine.kernel.unplug("eth0");
    machine.service.answer = ip("9.128.0.99");  // through some other way out
    machine.reconsider();
    machine.plug("eth0", "9.128.0.5/24");
    REQUIRE(machine.kernel.meddle(netlink::Add{kDefault}));
    machine.clock.advance(5s);
    CHECK(machine.finder.current().address == ip("9.128.0.5"));
    CHECK(machine.changes == 1);
}

TEST_CASE("client ip: an address that can no longer be confirmed stays, with the reason", "[host]") {
    Machine machine;
    machine.plug("eth0", "9.128.0.5/24");
    REQUIRE(machine.kernel.meddle(netlink::Add{kDefault}));
    machine.start();
    machine.kernel.unplug("eth0");
    machine.reconsider();
    CHECK(machine.finder.current().address == ip("9.128.0.5"));
    CHECK_FALSE(machine.finder.current().reason.empty());
}

TEST_CASE("client ip: the outside service is not asked for each event", "[host]") {
    Machine machine;
    machine.service.answer = ip("9.128.0.5");
    machine.start();
    for (int i = 0; i < 10; ++i) machine.reconsider();
    CHECK(machine.service.asked == 1);
    machine.clock.advance(60s);
    machine.service.answer = ip("9.128.0.6");
    machine.reconsider();
    machine.clock.advance(5s);
    CHECK(machine.finder.current().address == ip("9.128.0.6"));
}

TEST_CASE("client ip: a router in front that gets another address is noticed without an event", "[host]") {
    Machine machine;
    machine.service.answer = ip("9.128.0.5");
    machine.start();
    machine.service.answer = ip("9.128.0.6");
    machine.clock.advance(29min);
    CHECK(machine.finder.current().address == ip("9.128.0.5"));
    machine.clock.advance(2min);
    CHECK(machine.finder.current().address == ip("9.128.0.6"));
}

TEST_CASE("client ip: where nobody may be asked, the reason says what the default route shows", "[host]") {
    Machine machine({.address = std::nullopt, .ask_outside = false});
    machine.service.answer = ip("9.128.0.5");
    machine.plug("eth0", "10.0.0.5/24");
    REQUIRE(machine.kernel.meddle(netlink::Add{kPrivateDefault}));
    machine.start();
    CHECK(machine.service.asked == 0);
    CHECK_FALSE(machine.finder.current().address);
    CHECK(machine.finder.current().reason ==
          "the default route leaves from 10.0.0.5, which is not public; -public-ip-lookup is off");
    CHECK(machine.finder.current().inner == ip("10.0.0.5"));
}

TEST_CASE("client ip: the one that is configured later counts at once, also over a question under way",
          "[host]") {
    Machine machine;
    machine.service.answer = ip("9.128.0.5");
    machine.service.latency = 5s;
    machine.start();
    machine.finder.configure(ip("10.1.1.1"), true);
    CHECK(machine.finder.current() == ClientIp{ip("10.1.1.1"), ClientIpMethod::Flag, ""});
    machine.clock.advance(1h);
    CHECK(machine.finder.current().address == ip("10.1.1.1"));
    CHECK(machine.service.asked == 1);
    machine.finder.configure(std::nullopt, true);
    CHECK(machine.finder.current().address == ip("10.1.1.1"));
    machine.clock.advance(1min);
    CHECK(machine.finder.current() == ClientIp{ip("9.128.0.5"), ClientIpMethod::External, ""});
}

}  // namespace
}  // namespace dz::host
