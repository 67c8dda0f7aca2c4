// links: dz::wallet PkgConfig::secp256k1 PkgConfig::sodium
// pool_bench.cpp: what it costs to hand out an address, alone and with 16 threads, and what our derivation
// adds to the libraries under it.
#include <benchmark/benchmark.h>
#include <secp256k1.h>
#include <sodium.h>

#include <algorithm>
#include <barrier>
#include <chrono>
#include <limits>
#include <thread>

#include "wallet/accounts.hpp"
#include "wallet/shared_address_pool.hpp"

namespace {

using namespace dz;
using namespace dz::wallet;
using Watch = std::chrono::steady_clock;

constexpr int kAddresses = 10'000;

const Bytes& seed() {
    static const Bytes kSeed(64, 7);
    return kSeed;
}

/// A pool with that many stored addresses, to copy from.
const AddressPool& stored() {
    static const AddressPool kPool = [] {
        const Account account = solana_deposits();
        const KeySource source(EdPrivateKey::master(seed()).value().derive(account.path).value());
        AddressPool pool = AddressPool::make_empty(account.pool).value();
        pool.generate_addresses(kAddresses, source, true).value();
        return pool;
    }();
    return kPool;
}

/// Each round hands out every address once.
void reserve(benchmark::State& state) {
    const auto threads = static_cast<int>(state.range(0));
    const KeySource none;
    double nanoseconds = 0;
    for (auto _ : state) {
        SharedAddressPool pool{AddressPool(stored())};
        std::barrier start(threads + 1);
        std::vector<std::jthread> workers;
        for (int i = 0; i < threads; ++i) {
            workers.emplace_back([&, i] {
                start.arrive_and_wait();
                for (int n = i; n < kAddresses; n += threads)
                    benchmark::DoNotOptimize(pool.next_unused_and_reserve(none));
            });
        }
        start.arrive_and_wait();
        const auto begin = Watch::now();
        workers.clear();
        const std::chrono::duration<double, std::nano> took = Watch::now() - begin;
        state.SetIterationTime(took.count() * 1e-9);
        nanoseconds += took.count();
    }
    state.counters["value"] = nanoseconds / static_cast<double>(state.iterations()) / kAddresses;
}
BENCHMARK(reserve)->Name("pool.reserve_ns_1")->Arg(1)->UseManualTime();
BENCHMARK(reserve)->Name("pool.reserve_ns_16")->Arg(16)->UseManualTime();

using Block = std::array<std::uint8_t, 64>;

Block raw_hmac(std::span<const std::uint8_t, 32> key, ByteView data) {
    Block out;
    crypto_auth_hmacsha512_state hash;
    crypto_auth_hmacsha512_init(&hash, key.data(), key.size());
    crypto_auth_hmacsha512_update(&hash, data.data(), data.size());
    crypto_auth_hmacsha512_final(&hash, out.data());
    return out;
}

/// A normal child of a secp256k1 key with nothing but the libraries' calls.
void raw_secp256k1(const secp256k1_context* context, const ExtendedPrivateKey& parent, std::uint32_t index) {
    std::array<std::uint8_t, 37> data{};
    std::ranges::copy(parent.to_public().key(), data.begin());
    for (unsigned i = 0; i < 4; ++i) data[33 + i] = static_cast<std::uint8_t>(index >> (24 - 8 * i));
    const Block hashed = raw_hmac(parent.to_public().chain_code(), data);
    std::array<std::uint8_t, 32> secret{};
    std::ranges::copy(parent.secret().view(), secret.begin());
    secp256k1_pubkey point;
    CompressedKey key;
    std::size_t size = key.size();
    benchmark::DoNotOptimize(secp256k1_ec_seckey_tweak_add(context, secret.data(), hashed.data()));
    benchmark::DoNotOptimize(secp256k1_ec_pubkey_create(context, &point, secret.data()));
    secp256k1_ec_pubkey_serialize(context, key.data(), &size, &point, SECP256K1_EC_COMPRESSED);
    benchmark::DoNotOptimize(key);
}

void raw_ed25519(const EdPrivateKey& parent, std::uint32_t index) {
    std::array<std::uint8_t, 37> data{};
    std::ranges::copy(parent.secret().view(), data.begin() + 1);
    for (unsigned i = 0; i < 4; ++i)
        data[33 + i] = static_cast<std::uint8_t>(hardened(index).raw() >> (24 - 8 * i));
    const Block hashed = raw_hmac(parent.chain_code(), data);
    std::array<std::uint8_t, 32> key{};
    std::array<std::uint8_t, 64> pair{};
    crypto_sign_ed25519_seed_keypair(key.data(), pair.data(), hashed.data());
    benchmark::DoNotOptimize(key);
}

/// Both in turns, and the fastest round of each: what else runs on the machine disturbs both alike.
double ratio(const auto& ours, const auto& raw) {
    constexpr int kRounds = 30;
    constexpr std::uint32_t kSteps = 200;
    const auto time_of = [](const auto& derive) {
        const auto begin = Watch::now();
        for (std::uint32_t i = 0; i < kSteps; ++i) derive(i);
        return std::chrono::duration<double>(Watch::now() - begin).count();
    };
    double fastest_ours = std::numeric_limits<double>::max();
    double fastest_raw = fastest_ours;
    for (int round = 0; round < kRounds; ++round) {
        fastest_raw = std::min(fastest_raw, time_of(raw));
        fastest_ours = std::min(fastest_ours, time_of(ours));
    }
    return fastest_ours / fastest_raw;
}

void derive(benchmark::State& state) {
    const ExtendedPrivateKey secp = ExtendedPrivateKey::master(seed()).value();
    const EdPrivateKey ed = EdPrivateKey::master(seed()).value();
    secp256k1_context* const context =
        secp256k1_context_create(SECP256K1_CONTEXT_SIGN | SECP256K1_CONTEXT_VERIFY);
    double on_secp256k1 = 0;
    double on_ed25519 = 0;
    for (auto _ : state) {
        on_secp256k1 = ratio([&](std::uint32_t i) { benchmark::DoNotOptimize(secp.child(normal(i))); },
                             [&](std::uint32_t i) { raw_secp256k1(context, secp, i); });
        on_ed25519 = ratio([&](std::uint32_t i) { benchmark::DoNotOptimize(ed.child(hardened(i))); },
                           [&](std::uint32_t i) { raw_ed25519(ed, i); });
    }
    secp256k1_context_destroy(context);
    state.counters["pool.derive_over_raw"] = std::max(on_secp256k1, on_ed25519);
    state.counters["on_secp256k1"] = on_secp256k1;
    state.counters["on_ed25519"] = on_ed25519;
}
BENCHMARK(derive)->Iterations(1);

}  // namespace
