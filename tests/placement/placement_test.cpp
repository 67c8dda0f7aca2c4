#include "placement/placement.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include <rapidcheck/catch.h>

#include "tests/placement/devices.hpp"

namespace dz::placement {
namespace {

using namespace dz::test;

std::vector<std::string> codes(const std::vector<Candidate>& ranked) {
    std::vector<std::string> out;
    for (const auto& one : ranked) out.push_back(one.device->value.code);
    return out;
}

using Codes = std::vector<std::string>;

}  // namespace

TEST_CASE("placement: the smallest round trip wins, then the mean, then the emptier device, then the code",
          "[placement]") {
    auto full = device("full", 4);
    full.users_count = 5;
    auto emptier = device("some", 5);
    emptier.users_count = 8;
    emptier.max_users = 20;
    const auto all = catalogue({device("far", 1), device("near", 2), device("mean", 3), full, emptier,
                                device("aaa", 6), device("bbb", 7)});
    const std::vector<Latency> latencies{
        latency(1, 1, 9ms),      latency(2, 2, 1ms, 50ms), latency(3, 3, 1ms, 60ms), latency(4, 4, 2ms),
        latency(5, 5, 2ms, 2ms), latency(6, 6, 3ms),       latency(7, 7, 3ms)};
    CHECK(codes(rank(all, latencies, {})) == Codes{"near", "mean", "some", "full", "aaa", "bbb", "far"});
}

TEST_CASE("placement: devices that do not answer come after all that do, and those that do not fit last",
          "[placement]") {
    auto drained = device("drained", 1);
    drained.status = ledger::DeviceStatus::Drained;
    const auto all = catalogue({drained, device("silent", 2), device("far", 3)});
    const auto ranked = rank(all, std::vector{latency(1, 1, 1ms), latency(3, 3, 90ms)}, {});
    CHECK(codes(ranked) == Codes{"far", "silent", "drained"});
    CHECK(ranked[1].fits());
    CHECK_FALSE(ranked[1].latency);
    CHECK(ranked[2].why_not == "it is drained");
    CHECK(ranked[2].latency->min == 1ms);
}

TEST_CASE("placement: what keeps a user off a device is said", "[placement]") {
    auto one = device("aaa", 1);
    Request request;
    std::string why;
    SECTION("pending") {
        one.status = ledger::DeviceStatus::Pending;
        why = "it is pending (deprecated)";
    }
    SECTION("transit") {
        one.device_type = ledger::DeviceType::Transit;
        why = "it is a transit device";
    }
    SECTION("locked") {
        one.max_users = 0;
        why = "it is locked: its max_users is 0";
    }
    SECTION("full") {
        one.users_count = 10;
        why = "it is full: 10 users and 0 reserved seats of 10";
    }
    SECTION("reserved seats count") {
        one.users_count = 7;
        one.reserved_seats = 3;
        why = "it is full: 7 users and 3 reserved seats of 10";
    }
    SECTION("no prefixes") {
        one.dz_prefixes.clear();
        why = "it has no prefixes";
    }
    SECTION("unicast limit") {
        one.unicast_users_count = one.max_unicast_users = 3;
        why = "it has reached its unicast user limit (3/3)";
    }
    SECTION("publisher limit") {
        one.multicast_publishers_count = one.max_multicast_publishers = 2;
        request.use = Use::Publisher;
        why = "it has reached its multicast publisher limit (2/2)";
    }
    SECTION("subscriber limit") {
        one.multicast_subscribers_count = 5;
        one.max_multicast_subscribers = 4;
        request.use = Use::Subscriber;
        why = "it has reached its multicast subscriber limit (5/4)";
    }
    SECTION("another exchange") {
        request.exchanges = {device_key(77)};
        why = "it is at another exchange";
    }
    SECTION("no endpoint left") {
        request.in_use = {underlay(1)};
        why = "this host already has a tunnel to each of its addresses";
    }
    const auto all = catalogue({one});
    const auto candidate = consider(*all.devices().begin(), {}, request);
    CHECK(candidate.why_not == why);
    CHECK_FALSE(best(std::vector{candidate}));
}

TEST_CASE("placement: a limit concerns only those whom it counts, and 0 is no limit", "[placement]") {
    auto one = device("aaa", 1);
    one.multicast_publishers_count = one.max_multicast_publishers = 2;
    one.unicast_users_count = 4;
    const auto all = catalogue({one});
    const auto& entry = *all.devices().begin();
    CHECK(why_ineligible(entry, {.use = Use::Unicast}).empty());
    CHECK(why_ineligible(entry, {.use = Use::Subscriber}).empty());
    CHECK_FALSE(why_ineligible(entry, {.use = Use::Publisher}).empty());
}

TEST_CASE("placement: who has a device keeps it while it is full or another is hardly nearer",
          "[placement]") {
    auto mine = device("mine", 1);
    mine.users_count = 10;
    const auto all = catalogue({mine, device("other", 2)});
    const Request request{.current = device_key(1)};
    CHECK(codes(rank(all, std::vector{latency(1, 1, 6ms), latency(2, 2, 1ms)}, request)).front() == "mine");
    CHECK(codes(rank(all, std::vector{latency(1, 1, 6ms + 1ns), latency(2, 2, 1ms)}, request)).front() ==
          "other");
    CHECK(codes(rank(all, std::vector{latency(2, 2, 1ms)}, request)).front() == "other");
}

TEST_CASE("placement: the tunnel ends at the nearest free address of the device", "[placement]") {
    auto one = device("aaa", 1);
    one.interfaces = {endpoint_interface(underlay(9)), endpoint_interface(underlay(10))};
    const auto all = catalogue({one});
    const auto& entry = *all.devices().begin();
    const std::vector latencies{latency(1, 1, 3ms), latency(1, 9, 2ms), latency(1, 10, 1ms)};
    CHECK(consider(entry, latencies, {}).endpoint == underlay(10));
    CHECK(consider(entry, latencies, {.in_use = {underlay(10)}}).endpoint == underlay(9));
    SECTION("one that does not answer is never before one that does") {
        CHECK(consider(entry, std::vector{latency(1, 9, 2ms)}, {}).endpoint == underlay(9));
    }
    SECTION("without answers it is the public address, else any other") {
        CHECK(consider(entry, {}, {}).endpoint == underlay(1));
        CHECK(consider(entry, {}, {.in_use = {underlay(1)}}).endpoint == underlay(9));
    }
    SECTION("a device is as near as its nearest free address") {
        CHECK(consider(entry, latencies, {.in_use = {underlay(9), underlay(10)}}).latency->min == 3ms);
    }
}

TEST_CASE("placement: an interface without an address is no endpoint", "[placement]") {
    auto one = device("aaa", 1);
    one.interfaces = {endpoint_interface(Ipv4{})};
    const auto all = catalogue({one});
    CHECK_FALSE(consider(*all.devices().begin(), {}, {.in_use = {underlay(1)}}).fits());
}

TEST_CASE("placement: endpoints in use are those of full and inactive devices too", "[placement]") {
    auto full = device("aaa", 1);
    full.max_users = 0;
    full.status = ledger::DeviceStatus::Drained;
    const auto devices = catalogue({full});
    ledger::User user;
    user.tunnel_id = 500;
    user.device_pk = device_key(1);
    ledger::User named = user;
    named.tunnel_endpoint = underlay(77);
    ledger::User without_tunnel = user;
    without_tunnel.tunnel_id = 0;
    ledger::User of_nowhere = user;
    of_nowhere.device_pk = device_key(9);
    std::vector<ledger::KeyedAccount> accounts;
    for (const auto& one : {user, named, without_tunnel, of_nowhere}) {
        ledger::AccountInfo info;
        info.data = ledger::encode(one);
        accounts.push_back({device_key(static_cast<std::uint8_t>(accounts.size() + 10)), info});
    }
    const auto users = ledger::Snapshot::from(accounts, {}, ledger::Scope::Mine);
    CHECK(endpoints_in_use(users, devices) == std::vector{underlay(1), underlay(77)});
}

namespace {

ledger::Device any_device(std::uint8_t number) {
    auto one = device(fmt::format("dz{:02}", number), number);
    one.status =
        *rc::gen::elementOf(std::vector{ledger::DeviceStatus::Activated, ledger::DeviceStatus::Drained});
    one.max_users = *rc::gen::inRange<std::uint16_t>(0, 4);
    one.users_count = *rc::gen::inRange<std::uint16_t>(0, 4);
    one.reserved_seats = *rc::gen::inRange<std::uint16_t>(0, 2);
    one.max_unicast_users = *rc::gen::inRange<std::uint16_t>(0, 3);
    one.unicast_users_count = *rc::gen::inRange<std::uint16_t>(0, 3);
    if (*rc::gen::arbitrary<bool>())
        one.interfaces = {endpoint_interface(underlay(static_cast<std::uint8_t>(number + 100)))};
    return one;
}

}  // namespace

TEST_CASE("placement: laws of ranking, for any devices and latencies", "[placement]") {
    rc::prop("placement", [] {
        std::vector<ledger::Device> devices;
        std::vector<Latency> latencies;
        Request request;
        const auto count = *rc::gen::inRange<std::uint8_t>(0, 8);
        for (std::uint8_t number = 1; number <= count; ++number) {
            devices.push_back(any_device(number));
            for (const auto last : {number, static_cast<std::uint8_t>(number + 100)}) {
                if (*rc::gen::arbitrary<bool>())
                    latencies.push_back(latency(number, last, 1ms * *rc::gen::inRange(1, 4)));
                if (*rc::gen::inRange(0, 4) == 0) request.in_use.push_back(underlay(last));
            }
        }
        const auto all = catalogue(devices);
        const auto ranked = rank(all, latencies, request);
        RC_ASSERT(ranked.size() == devices.size());
        for (std::size_t i = 0; i < ranked.size(); ++i) {
            const Candidate& one = ranked[i];
            if (one.fits()) {
                RC_ASSERT(!one.endpoint.is_unspecified());
                RC_ASSERT(std::ranges::find(request.in_use, one.endpoint) == request.in_use.end());
                RC_ASSERT(one.device->value.free_seats() > 0);
            }
            if (i == 0) continue;
            const Candidate& better = ranked[i - 1];
            RC_ASSERT(better.fits() || !one.fits());
            if (better.fits() && one.fits() && one.latency) {
                RC_ASSERT(better.latency.has_value());
                RC_ASSERT(better.latency->min <= one.latency->min);
            }
        }
        const bool any =
            std::ranges::any_of(ranked, [](const auto& one) { return one.fits() && one.latency; });
        RC_ASSERT(best(ranked).has_value() == any);
        // The order in which the daemon reports does not matter.
        std::ranges::reverse(latencies);
        RC_ASSERT(codes(rank(all, latencies, request)) == codes(ranked));
    });
}

}  // namespace dz::placement
