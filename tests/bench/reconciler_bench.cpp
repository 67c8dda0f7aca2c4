// links: dz::reconciler
// reconciler_bench.cpp: what a pass costs: one changed route among 100,000, nothing changed, everything
// looked at anew. The kernel is the one in memory, so its share is small and the rest is ours.
#include <benchmark/benchmark.h>

#include "tests/reconciler/world.hpp"

namespace {

using namespace dz;
using namespace dz::reconciler;

constexpr std::uint32_t kRoutes = 100'000;

Prefix route(std::uint32_t number) {
    return host_prefix(plus(test::ip("20.0.0.0"), number));
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

void full_pass(benchmark::State& state) {
    const auto world = connected(kRoutes);
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
