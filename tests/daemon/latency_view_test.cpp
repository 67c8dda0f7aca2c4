// Tests for which addresses are probed, and what the answers mean for tunnels.
#include "daemon/latency_view.hpp"

#include <catch2/catch.hpp>

#include "tests/placement/devices.hpp"

using namespace dz;
using namespace dz::daemon;
using namespace dz::test;
using reconciler::Service;

namespace {

std::vector<std::string> texts(const std::vector<ProbedAddress>& addresses) {
    std::vector<std::string> out;
    for (const auto& one : addresses)
        out.push_back(one.code + " " + one.address.to_string() +
                      (one.interface.empty() ? "" : " " + one.interface));
    return out;
}

std::vector<std::string> probed(const ledger::Device& device, bool endpoints = true) {
    return texts(probed_addresses(catalogue({device}), endpoints));
}

/// A device with one more interface.
ledger::Device with(const ledger::Interface& interface) {
    ledger::Device out = device("a", 1);
    out.interfaces = {interface};
    return out;
}

latency::Measurement measured(Duration min, TimePoint at = {}) {
    latency::Measurement out;
    out.rtt = latency::RoundTrip{.min = min, .max = min * 3, .avg = min * 2};
    out.sent = out.received = 3;
    out.at = at;
    out.recent = {min, std::nullopt, min * 3};
    return out;
}

placement::Latency reached(std::uint8_t device, std::uint8_t last, Duration min) {
    return dz::test::latency(device, last, min);
}

Service unicast(std::uint8_t on) {
    Service service;
    service.user_type = ledger::UserType::Ibrl;
    service.device = device_key(on);
    service.tunnel_dst = underlay(on);
    return service;
}

Service publisher(std::uint8_t on) {
    Service service = unicast(on);
    service.user_type = ledger::UserType::Multicast;
    service.groups = {{.key = {}, .code = "g", .address = {}, .publisher = true}};
    return service;
}

const std::vector<std::string> kPublicOnly = {"a 9.128.0.1"};

}  // namespace

TEST_CASE("probed addresses: the public one, and those that user tunnels may end at", "[daemon]") {
    const ledger::Device both = with(endpoint_interface(underlay(9)));
    CHECK(probed(both) == std::vector<std::string>{"a 9.128.0.1", "a 9.128.0.9 Loopback100"});
    CHECK(probed(both, false) == kPublicOnly);
}

TEST_CASE("probed addresses: interfaces that no tunnel ends at are left out", "[daemon]") {
    ledger::Interface interface = endpoint_interface(underlay(9));
    interface.user_tunnel_endpoint = false;
    CHECK(probed(with(interface)) == kPublicOnly);
    interface = endpoint_interface(underlay(9));
    interface.ip_net.length = 0;
    CHECK(probed(with(interface)) == kPublicOnly);
    CHECK(probed(with(endpoint_interface(Ipv4()))) == kPublicOnly);
    CHECK(probed(with(endpoint_interface(underlay(1)))) == kPublicOnly);  // the public one once more
    interface = endpoint_interface(underlay(9));
    interface.ip_net.length = 1;
    CHECK(probed(with(interface)).size() == 2);
}

TEST_CASE("probed addresses: without a public address the interfaces remain", "[daemon]") {
    ledger::Device hidden = with(endpoint_interface(underlay(9)));
    hidden.public_ip = {};
    CHECK(probed(hidden) == std::vector<std::string>{"a 9.128.0.9 Loopback100"});
    CHECK(probed(hidden, false).empty());
}

TEST_CASE("probed addresses: a device of any state, in order of code and address", "[daemon]") {
    ledger::Device drained = device("b", 3);
    drained.status = ledger::DeviceStatus::Drained;
    ledger::Device two = device("a", 7);
    two.interfaces = {endpoint_interface(underlay(2)), endpoint_interface(underlay(2))};
    CHECK(texts(probed_addresses(catalogue({drained, two}), true)) ==
          std::vector<std::string>{"a 9.128.0.2 Loopback100", "a 9.128.0.7", "b 9.128.0.3"});
    CHECK(probed_addresses(catalogue({}), true).empty());
}

TEST_CASE("targets: every address once, and always those of our tunnels and their devices", "[daemon]") {
    ledger::Device ours = device("b", 2);
    ours.interfaces = {endpoint_interface(underlay(9))};
    const auto addresses = probed_addresses(catalogue({device("a", 1), ours, device("c", 1)}), true);
    const auto targets = targets_of(addresses, {unicast(2)});
    CHECK(targets.addresses == std::set{underlay(1), underlay(2), underlay(9)});
    CHECK(targets.always == std::set{underlay(2), underlay(9)});
}

TEST_CASE("rows: what was measured, with when, and single echoes where they are asked for", "[daemon]") {
    const auto addresses =
        probed_addresses(catalogue({device("a", 1), device("b", 2), device("c", 3)}), true);
    latency::Measurements measurements;
    measurements[underlay(1)] = measured(1ms, TimePoint(90s));
    measurements[underlay(2)].sent = 3;
    measurements[underlay(2)].at = TimePoint(95s);
    const Dating dating{.now = TimePoint(100s), .wall = WallTime(1'772'600'767s)};
    const auto rows = latency_rows(addresses, measurements, dating, false);
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].rtt == api::RoundTrip{.min = 1ms, .max = 3ms, .avg = 2ms});
    CHECK(rows[0].loss_percentage == 0);
    CHECK(rows[0].probed_at == 1'772'600'757);
    CHECK(rows[0].recent.empty());
    CHECK_FALSE(rows[1].reachable());
    CHECK(rows[1].loss_percentage == 100);
    CHECK(latency_rows(addresses, measurements, dating, true)[0].recent.size() == 3);
    CHECK(latency_series(addresses, measurements).size() == 2);
    CHECK(answers(addresses, measurements) ==
          std::vector{placement::Latency{device_key(1), underlay(1), 1ms, 2ms}});
}

TEST_CASE("best device: the current one while it is near enough, else the nearest that takes the user",
          "[daemon]") {
    ledger::Device full = device("c", 3);
    full.users_count = full.max_users;
    const auto all = catalogue({device("a", 1), device("b", 2), full});
    const Service here = unicast(1);
    const auto best = [&](Duration a, Duration b, Duration c) {
        return best_device(here, {here}, all, {reached(1, 1, a), reached(2, 2, b), reached(3, 3, c)});
    };
    CHECK(best(9ms, 5ms, 1ms) == BestDevice{.code = "a", .rtt = 9ms, .is_other = false});
    CHECK(best(30ms, 5ms, 1ms) == BestDevice{.code = "b", .rtt = 5ms, .is_other = true});
    CHECK(best_device(here, {here}, all, {reached(2, 2, 5ms)}) ==
          BestDevice{.code = "b", .rtt = 5ms, .is_other = false});  // nothing to compare with
    CHECK_FALSE(best_device(here, {here}, all, {}));
    CHECK_FALSE(best_device(here, {here}, all, {reached(3, 3, 1ms)}));
}

TEST_CASE("best device: where our other tunnel ends is taken, and publishers have limits of their own",
          "[daemon]") {
    ledger::Device crowded = device("b", 2);
    crowded.max_multicast_publishers = crowded.multicast_publishers_count = 1;
    const auto all = catalogue({device("a", 1), crowded, device("c", 3)});
    const std::vector answered = {reached(1, 1, 1ms), reached(2, 2, 2ms), reached(3, 3, 50ms)};
    const std::vector services = {unicast(1), publisher(3)};
    CHECK(best_device(services[1], services, all, answered)->code == "c");
    CHECK_FALSE(best_device(services[1], services, all, answered)->is_other);
    Service subscriber = publisher(3);
    subscriber.groups[0].publisher = false;
    CHECK(best_device(subscriber, {unicast(1), subscriber}, all, answered) ==
          BestDevice{.code = "b", .rtt = 2ms, .is_other = true});
}

TEST_CASE("better devices: told after three rounds in a row, and no longer when it is over", "[daemon]") {
    BetterDevices better;
    const Service here = unicast(1);
    const BestDevice other{.code = "b", .rtt = 5ms, .is_other = true};
    better.observe(here, other);
    better.observe(here, other);
    CHECK_FALSE(better.worth_telling(here));
    better.observe(here, std::nullopt);  // a round in which nothing answered
    better.observe(here, other);
    better.observe(here, other);
    CHECK_FALSE(better.worth_telling(here));
    better.observe(here, BestDevice{.code = "c", .rtt = 4ms, .is_other = true});
    CHECK(better.worth_telling(here) == api::BetterDevice{.code = "c", .rtt = 4ms, .probes = 3});
    CHECK_FALSE(better.worth_telling(unicast(2)));
    better.observe(here, BestDevice{.code = "a", .rtt = 4ms, .is_other = false});
    CHECK_FALSE(better.worth_telling(here));
}

TEST_CASE("better devices: a tunnel that moved or is gone begins anew", "[daemon]") {
    BetterDevices better;
    const BestDevice other{.code = "c", .rtt = 5ms, .is_other = true};
    for (int i = 0; i < 3; ++i) better.observe(unicast(1), other);
    REQUIRE(better.worth_telling(unicast(1)));
    better.observe(unicast(2), other);
    CHECK_FALSE(better.worth_telling(unicast(2)));
    for (int i = 0; i < 3; ++i) better.observe(unicast(2), other);
    better.keep_only({publisher(2)});
    CHECK_FALSE(better.worth_telling(unicast(2)));
}
