// tests/netlink/fake_kernel_test.cpp: what only the fake does; the rest is in contract_*_test.cpp.
#include "netlink/fake_kernel.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <catch2/catch.hpp>

#include "base/run.hpp"

namespace dz::netlink {
namespace {

Prefix prefix(std::string_view text) {
    return parse_prefix(text).value();
}
Ipv4 ip(std::string_view text) {
    return parse_ipv4(text).value();
}

const Tunnel kTunnel{.name = "doublezero0", .local = ip("192.0.2.10"), .remote = ip("198.51.100.1")};
const Rule kRule{.priority = 100, .to = prefix("203.0.113.0/24"), .table = 100};

TEST_CASE("fake kernel: the dump is the whole state, one line per object", "[netlink]") {
    EventLoop loop;
    FakeKernel kernel;
    CHECK(kernel.dump().empty());
    kernel.plug({.name = "eth0", .kind = "veth", .mtu = 1500, .up = true}, {prefix("192.0.2.10/24")});
    REQUIRE(run(loop, kernel.apply(Add{kTunnel})));
    CHECK(kernel.dump() ==
          "link eth0 kind veth mtu 1500 up\n"
          "tunnel doublezero0 local 192.0.2.10 remote 198.51.100.1 mtu 1476\n"
          "address eth0 192.0.2.10/24\n"
          "route 192.0.2.0/24 dev eth0 src 192.0.2.10 proto kernel scope link\n");
    kernel.unplug("eth0");
    CHECK(kernel.dump() == "tunnel doublezero0 local 192.0.2.10 remote 198.51.100.1 mtu 1476\n");
}

TEST_CASE("fake kernel: a verb fails as often as it was told to, and others do not", "[netlink]") {
    EventLoop loop;
    FakeKernel kernel;
    kernel.fail_next<Add<Rule>>(Errc::Permission, 2);
    CHECK(run(loop, kernel.apply(Add{kTunnel})));
    CHECK(run(loop, kernel.apply(Add{kRule})).error().code == Errc::Permission);
    CHECK(run(loop, kernel.apply(Add{kRule})).error().code == Errc::Permission);
    CHECK(run(loop, kernel.apply(Add{kRule})));

    kernel.fail_next_read(Errc::Io);
    CHECK(run(loop, kernel.read(Parts::All)).error().code == Errc::Io);
    CHECK(run(loop, kernel.read(Parts::All)));
    kernel.fail_next_route_to(Errc::Unavailable);
    CHECK(run(loop, kernel.route_to(ip("8.8.8.8"))).error().code == Errc::Unavailable);
    CHECK(run(loop, kernel.route_to(ip("8.8.8.8"))).error().code == Errc::NotFound);
}

TEST_CASE("fake kernel: only changes that were carried out are counted", "[netlink]") {
    EventLoop loop;
    FakeKernel kernel;
    REQUIRE(run(loop, kernel.apply(Add{kRule})));
    REQUIRE_FALSE(run(loop, kernel.apply(Add{kRule})));
    REQUIRE(kernel.meddle(Remove{kRule}));
    CHECK(kernel.applied() == 1);
}

TEST_CASE("fake kernel: a waiter wakes when something happens", "[netlink]") {
    EventLoop loop;
    FakeKernel kernel;
    std::vector<Event> seen;
    boost::asio::co_spawn(loop, kernel.next_events(),
                          [&](const std::exception_ptr&, Result<std::vector<Event>> events) {
                              seen = std::move(events).value();
                          });
    loop.poll();
    CHECK(seen.empty());
    REQUIRE(kernel.meddle(Add{kRule}));
    loop.poll();
    CHECK(seen == std::vector<Event>{Appeared{kRule}});
}

TEST_CASE("fake kernel: a cancelled waiter ends", "[netlink]") {
    EventLoop loop;
    FakeKernel kernel;
    boost::asio::cancellation_signal stop;
    bool ended = false;
    boost::asio::co_spawn(loop, kernel.next_events(),
                          boost::asio::bind_cancellation_slot(
                              stop.slot(), [&](const std::exception_ptr&, const Result<std::vector<Event>>&) {
                                  ended = true;
                              }));
    loop.poll();
    CHECK_FALSE(ended);
    stop.emit(boost::asio::cancellation_type::terminal);
    loop.poll();
    CHECK(ended);
    REQUIRE(kernel.meddle(Add{kRule}));
}

TEST_CASE("fake kernel: lost events are reported in place of what they were", "[netlink]") {
    EventLoop loop;
    FakeKernel kernel;
    REQUIRE(kernel.meddle(Add{kRule}));
    kernel.lose_events();
    CHECK(run(loop, kernel.next_events()).value() == std::vector<Event>{Lost{}});
}

}  // namespace
}  // namespace dz::netlink
