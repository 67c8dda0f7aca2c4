// links: dz::bgp
// bgp_bench.cpp: a full table of 1,000,000 IPv4 prefixes: decoding it, putting it into the RIB, one change in
// it.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <vector>

#include "protocols/bgp/message.hpp"
#include "protocols/bgp/rib.hpp"

namespace {

using namespace dz;
using namespace dz::bgp;

constexpr std::uint32_t kRoutes = 1'000'000;
constexpr std::uint32_t kPerUpdate = 200;  // about what shares one set of attributes
const Ipv4 kNeighbor(0xA9FE0000);

/// Paths, and thus attributes, repeat: one in ten UPDATEs has one of its own.
Update update(std::uint32_t number) {
    Update out;
    out.attributes.emplace();
    out.attributes->next_hop = kNeighbor;
    out.attributes->as_path = {{AsSegment::Kind::Sequence, {{65342}, {64512 + number / 10}, {65000}}}};
    out.attributes->communities = {21682U << 16 | 1200, 21682U << 16 | 10001};
    for (std::uint32_t i = 0; i < kPerUpdate; ++i) {
        out.announced.push_back(Prefix{Ipv4(0x20000000 + (number * kPerUpdate + i) * 256), 24});
    }
    return out;
}

Policy any_length() {
    Policy policy;
    policy.shortest = 8;
    return policy;
}

std::vector<Bytes> table() {
    std::vector<Bytes> bodies;
    for (std::uint32_t i = 0; i < kRoutes / kPerUpdate; ++i) {
        const Bytes message = encode(update(i));
        bodies.emplace_back(message.begin() + kHeaderSize, message.end());
    }
    return bodies;
}

void fill(AdjRibIn& rib, const std::vector<Update>& updates) {
    for (const Update& one : updates) rib.apply(one, TimePoint(1s));
}

std::vector<Update> updates() {
    std::vector<Update> all;
    for (std::uint32_t i = 0; i < kRoutes / kPerUpdate; ++i) all.push_back(update(i));
    return all;
}

void parse(benchmark::State& state) {
    const auto bodies = table();
    for (auto _ : state) {
        for (const Bytes& body : bodies) benchmark::DoNotOptimize(decode_update(body, true));
    }
    state.counters["bgp.parse_routes_per_s"] =
        benchmark::Counter(static_cast<double>(state.iterations()) * kRoutes, benchmark::Counter::kIsRate);
}
BENCHMARK(parse)->Unit(benchmark::kMillisecond);

void insert(benchmark::State& state) {
    const auto all = updates();
    for (auto _ : state) {
        AdjRibIn rib(kNeighbor, any_length());
        fill(rib, all);
        benchmark::DoNotOptimize(rib.accepted());
    }
    state.counters["bgp.rib_insert_per_s"] =
        benchmark::Counter(static_cast<double>(state.iterations()) * kRoutes, benchmark::Counter::kIsRate);
}
BENCHMARK(insert)->Unit(benchmark::kMillisecond);

void memory(benchmark::State& state) {
    const auto all = updates();
    double per_route = 0;
    for (auto _ : state) {
        const auto held = [] {
            const auto info = ::mallinfo2();
            return info.uordblks + info.hblkhd;
        };
        const auto before = held();
        AdjRibIn rib(kNeighbor, any_length());
        fill(rib, all);
        benchmark::DoNotOptimize(rib.take_changes());
        per_route = static_cast<double>(held() - before) / kRoutes;
    }
    state.counters["bgp.bytes_per_route"] = per_route;
}
BENCHMARK(memory)->Iterations(1);

void one_change(benchmark::State& state) {
    AdjRibIn rib(kNeighbor, any_length());
    fill(rib, updates());
    rib.take_changes();
    Update gone;
    gone.withdrawn = {update(7).announced.front()};
    Update back = update(7);
    back.announced.resize(1);
    for (auto _ : state) {
        rib.apply(gone, TimePoint(1s));
        rib.apply(back, TimePoint(1s));
        benchmark::DoNotOptimize(rib.take_changes());
    }
}
BENCHMARK(one_change)->Unit(benchmark::kNanosecond);

}  // namespace
