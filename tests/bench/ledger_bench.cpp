// links: dz::ledger
// ledger_bench.cpp: what a look at the whole network costs: 10,000 users and 1,000 devices, from the answer's
// text to the snapshot.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "base/encoding.hpp"
#include "ledger/instruction_builder.hpp"
#include "ledger/rpc_answer.hpp"
#include "ledger/snapshot.hpp"
#include "tests/ledger/samples.hpp"

namespace {

using namespace dz;
using namespace dz::ledger;

constexpr std::uint32_t kUsers = 10'000;
constexpr std::uint32_t kDevices = 1'000;

PublicKey key(std::uint32_t number) {
    PublicKey out = test::sample_key(0x55);
    for (std::size_t i = 0; i < 4; ++i) out.bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
    return out;
}

std::vector<KeyedAccount> catalogue() {
    std::vector<KeyedAccount> accounts;
    for (std::uint32_t i = 0; i < kUsers; ++i) {
        User user = test::sample_user();
        user.client_ip = Ipv4{i};
        accounts.push_back({key(i), {encode(user), key(1), Lamports{1}, false, 0}});
    }
    for (std::uint32_t i = 0; i < kDevices; ++i) {
        accounts.push_back({key(kUsers + i), {encode(test::sample_device()), key(1), Lamports{1}, false, 0}});
    }
    return accounts;
}

std::size_t data_bytes(const std::vector<KeyedAccount>& accounts) {
    std::size_t bytes = 0;
    for (const auto& account : accounts) bytes += account.account.data.size();
    return bytes;
}

std::string answer_of(const std::vector<KeyedAccount>& accounts) {
    std::string list;
    for (const auto& [address, account] : accounts) {
        list += fmt::format(
            R"({}{{"pubkey":"{}","account":{{"data":["{}","base64"],"executable":false,"lamports":{},"owner":"{}","rentEpoch":0,"space":{}}}}})",
            list.empty() ? "" : ",", address.to_string(), to_base64(account.data), account.lamports.value,
            account.owner.to_string(), account.data.size());
    }
    return R"({"jsonrpc":"2.0","result":{"context":{"slot":1},"value":[)" + list + R"(]},"id":1})";
}

void decode_catalogue(benchmark::State& state) {
    const auto accounts = catalogue();
    for (auto _ : state) {
        for (const auto& account : accounts) benchmark::DoNotOptimize(decode_account(account.account.data));
    }
    const double megabytes = static_cast<double>(data_bytes(accounts)) / 1e6;
    state.counters["value"] = benchmark::Counter(megabytes, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(decode_catalogue)->Name("main.decode_mb_s")->Unit(benchmark::kMillisecond);

void snapshot_of_catalogue(benchmark::State& state) {
    const auto accounts = catalogue();
    for (auto _ : state) benchmark::DoNotOptimize(Snapshot::from(accounts, Slot{1}, Scope::Catalogue));
}
BENCHMARK(snapshot_of_catalogue)->Name("ledger.snapshot_ms")->Unit(benchmark::kMillisecond);

void parse_answer(benchmark::State& state) {
    const std::string answer = answer_of(catalogue());
    for (auto _ : state) benchmark::DoNotOptimize(rpc_answer::program_accounts(answer));
}
BENCHMARK(parse_answer)->Name("ledger.parse_answer_ms")->Unit(benchmark::kMillisecond);

void encode_user(benchmark::State& state) {
    const User user = test::sample_user();
    for (auto _ : state) benchmark::DoNotOptimize(encode(user));
}
BENCHMARK(encode_user)->Name("ledger.encode_user_ns");

void derive_address(benchmark::State& state) {
    const Addresses addresses(key(1));
    std::uint32_t ip = 0;
    for (auto _ : state) benchmark::DoNotOptimize(addresses.user(Ipv4{++ip}, UserType::Ibrl));
}
BENCHMARK(derive_address)->Name("ledger.derive_address_us")->Unit(benchmark::kMicrosecond);

void parse_key(benchmark::State& state) {
    const std::string text = key(7).to_string();
    for (auto _ : state) benchmark::DoNotOptimize(PublicKey::parse(text));
}
BENCHMARK(parse_key)->Name("ledger.parse_key_ns");

void build_and_sign(benchmark::State& state) {
    const Keypair payer = Keypair::generate();
    const InstructionBuilder builder(Addresses(key(1)), payer.public_key());
    for (auto _ : state) {
        const std::vector instructions = {builder.make(
            ix::CreateUser{UserType::Ibrl, Cyoa::GreOverDia, Ipv4{1}, Ipv4{}, 1},
            CreateUserAccounts{.device = key(2), .access_pass = key(3), .tenant = std::nullopt})};
        benchmark::DoNotOptimize(sign(compile(payer.public_key(), instructions, Blockhash{}).value(), payer));
    }
}
BENCHMARK(build_and_sign)->Name("ledger.build_and_sign_us")->Unit(benchmark::kMicrosecond);

}  // namespace
