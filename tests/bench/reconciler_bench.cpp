// links: dz::reconciler
// reconciler_bench.cpp: what a pass costs: one changed route among 100,000, nothing changed, everything
// looked at anew. The kernel is the one in memory, so its share is small and the rest is ours.
#include <benchmark/benchmark.h>

#include "tests/reconciler/world.hpp"

namespace {

using namespace dz;
using namespace dz::reconciler;

constexpr std::uint32_t kRoutes = 100'000, kUsers = 10'000, kDevices = 1'000;

Prefix route(std::uint32_t number) {
    return host_prefix(plus(test::ip("20.0.0.0"), number));
}

ledger::PublicKey numbered(std::uint32_t number) {
    auto key = test::key(0);
    for (std::size_t i = 0; i < 4; ++i) key.bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
    return key;
}

/// The rest of the network, as who needs all of it reads it.
void populate(World& world) {
    for (std::uint32_t i = 0; i < kDevices; ++i) {
        auto device = test::device("dev", "9.200.0.3", "9.200.0.0/29");
        device.public_ip = plus(device.public_ip, i);
        device.dz_prefixes[0].address = plus(test::ip("9.210.0.0"), 8 * i);
        world.rpc.put(numbered(i), device);
    }
    for (std::uint32_t i = 0; i < kUsers; ++i) {
        auto user = test::user();
        user.client_ip = plus(test::ip("9.129.0.0"), i);
        user.device_pk = numbered(i % kDevices);
        world.rpc.put(numbered(kDevices + i), user);
    }
}

/// Connected, with so many routes learned and installed.
std::unique_ptr<World> connected(std::uint32_t routes) {
    auto world = std::make_unique<World>();
    world->connect();
    for (std::uint32_t i = 0; i < routes; ++i) world->speaker().announce(kPeer, route(i));
    world->pass_time(35s);  // past the first audit
    DZ_ASSERT(world->state().routes.size() == routes);
    return world;
}

void one_route_changed(benchmark::State& state) {
    const auto world = connected(kRoutes);
    const auto prefix = route(7);
    for (auto _ : state) {
        world->speaker().withdraw(kPeer, prefix);
        world->pass_time(3ms);
        world->speaker().announce(kPeer, prefix);
        world->pass_time(3ms);
    }
    // Two changes in each round.
    state.counters["reconcile.delta_in_memory_us"] =
        benchmark::Counter(static_cast<double>(state.iterations()) * 2 / 1e6,
                           benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(one_route_changed)->Unit(benchmark::kMicrosecond);

/// Of an edge user, who alone has rules for every device: the most there is to compare.
void full_pass(benchmark::State& state) {
    auto world = std::make_unique<World>();
    populate(*world);
    world->connect(test::user(ledger::UserType::EdgeFiltering));
    world->poll();
    for (std::uint32_t i = 0; i < kRoutes; ++i) world->speaker().announce(kPeer, route(i));
    world->pass_time(35s);  // past the first audit
    DZ_ASSERT(world->state().routes.size() == kRoutes + 1);
    DZ_ASSERT(world->state().rules.size() == 2 * (kDevices + 2));
    for (auto _ : state) {
        world->loop().set_enabled(true);  // a toggle has everything thought over
        world->pass_time(3ms);
    }
    state.counters["reconcile.pass_us"] =
        benchmark::Counter(static_cast<double>(state.iterations()) / 1e6,
                           benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(full_pass)->Unit(benchmark::kMicrosecond);

/// A poll, a tick, and a third of an audit.
void idle(benchmark::State& state) {
    const auto world = connected(1);
    for (auto _ : state) world->pass_time(10s);
    state.counters["reconcile.idle_us"] =
        benchmark::Counter(static_cast<double>(state.iterations()) / 1e6,
                           benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(idle)->Unit(benchmark::kMicrosecond);

}  // namespace
