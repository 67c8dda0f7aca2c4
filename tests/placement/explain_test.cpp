#include <catch2/catch.hpp>

#include "placement/placement.hpp"
#include "tests/placement/devices.hpp"

namespace dz::placement {

using namespace dz::test;

TEST_CASE("placement: the reason names the latency and what it beats", "[placement]") {
    auto busy = device("busy", 3);
    busy.users_count = 4;
    const auto all = catalogue({device("aaa", 1), device("bbb", 2), busy});
    const auto why = [&all](const std::vector<Latency>& latencies, const Request& request = {}) {
        return reason(rank(all, latencies, request));
    };
    CHECK(why({latency(1, 1, 1200us), latency(2, 2, 1300us)}) == "1.20 ms, nearest of 2 that take users");
    CHECK(why({latency(1, 1, 1200us)}) == "1.20 ms, the only one that takes users and answers");
    CHECK(why({latency(1, 1, 1ms, 2ms), latency(2, 2, 1ms, 3ms)}) == "1.00 ms, as near as bbb but steadier");
    CHECK(why({latency(1, 1, 1ms), latency(3, 3, 1ms)}) ==
          "1.00 ms, as near as busy; seats taken 0/10 against 4/10");
    CHECK(why({latency(1, 1, 4ms), latency(2, 2, 1ms)}, {.current = device_key(1)}) ==
          "4.00 ms, kept: bbb is nearer by no more than 5.00 ms");
}

TEST_CASE("placement: a nearer device that was passed over is named, and warned of when far nearer",
          "[placement]") {
    auto full = device("full", 1);
    full.users_count = 10;
    const auto all = catalogue({full, device("bbb", 2)});
    const auto near = rank(all, std::vector{latency(1, 1, 1ms), latency(2, 2, 6ms)}, {});
    CHECK(
        reason(near) ==
        "6.00 ms, the only one that takes users and answers; not full at 1.00 ms: it is full: 10 users and 0 "
        "reserved seats of 10");
    CHECK(caution(near.front(), near).empty());
    const auto far = rank(all, std::vector{latency(1, 1, 1ms), latency(2, 2, 20ms)}, {});
    CHECK(caution(far.front(), far) == "bbb is 19.00 ms farther than full, the nearest device");
}

TEST_CASE("placement: where there is no choice the error says why", "[placement]") {
    auto drained = device("aaa", 1);
    drained.status = ledger::DeviceStatus::Drained;
    auto full = device("bbb", 2);
    full.users_count = 10;
    const auto text = [](const std::vector<ledger::Device>& devices) {
        const auto all = catalogue(devices);
        return best(rank(all, {}, {})).error().text;
    };
    CHECK(text({}) == "No activated devices found: 0 devices on the ledger");
    CHECK(text({drained}) == "No activated devices found: 1 devices on the ledger");
    CHECK(text({drained, device("ccc", 3)}) == "No reachable devices found: 1 take users, none answers");
    CHECK(text({drained, full}) ==
          "No device takes this user: aaa: it is drained; bbb: it is full: 10 users and 0 reserved seats of "
          "10");
}

}  // namespace dz::placement
