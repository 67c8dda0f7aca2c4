// links: dz::devnet
// create_user_bench.cpp: what the node does for a CreateUser transaction, from its bytes to the changed
// accounts, and what of that is the verification of its signature alone.
#include <benchmark/benchmark.h>

#include <chrono>

#include "chain/devnet/accounts.hpp"
#include "chain/devnet/genesis.hpp"
#include "ledger/accounts.hpp"
#include "ledger/environment.hpp"
#include "ledger/instruction_builder.hpp"

namespace {

using namespace dz;
using namespace dz::devnet;
namespace ix = ledger::ix;

constexpr std::uint64_t kBalance = 1'000'000'000'000'000;
constexpr std::uint32_t kUsers = 2000;

/// A key that is the same in every run.
ledger::Keypair keypair(std::uint32_t number) {
    std::array<std::uint8_t, ledger::Keypair::kSeedSize> seed{};
    for (std::size_t i = 0; i < 4; ++i) seed[i] = static_cast<std::uint8_t>(number >> (8 * i));
    return ledger::Keypair::from_seed(seed);
}

/// A network with one device that has room for all, and a signed CreateUser of each of `kUsers` payers.
class Bench {
  public:
    Bench() : deployment_(ledger::find_environment("local").value()->serviceability) {
        accounts_.apply(genesis_accounts(deployment_.program()));
        give(foundation_.public_key());
        send(foundation_, builder(foundation_).make(ix::InitGlobalState{}));
        set_config();
        add_device();
        for (std::uint32_t i = 0; i < kUsers; ++i) add_payer(i);
    }

    /// One transaction after the other, from bytes to changed accounts.
    void create_all(Accounts accounts) const {
        for (const Bytes& bytes : creations_) {
            const auto transaction = ledger::decode_transaction(bytes);
            DZ_ASSERT(transaction && ledger::verify(*transaction));
            const Execution execution = execute(accounts, *transaction);
            DZ_ASSERT(!execution.error);
            accounts.apply(execution.writes);
        }
    }
    const Accounts& accounts() const { return accounts_; }
    const std::vector<Bytes>& creations() const { return creations_; }

  private:
    ledger::InstructionBuilder builder(const ledger::Keypair& payer) const {
        return {deployment_.addresses, payer.public_key()};
    }
    Execution execute(const Accounts& accounts, const ledger::Transaction& transaction) const {
        return devnet::execute(
            transaction, [&](const PublicKey& key) { return accounts.find(key); }, {100, 5, 1'700'000'000},
            deployment_);
    }
    void give(const PublicKey& key) {
        auto wallet = std::make_shared<AccountState>();
        wallet->lamports = kBalance;
        accounts_.apply({{key, std::move(wallet)}});
    }
    static ledger::Transaction sign(const ledger::Keypair& payer,
                                    const ledger::TransactionInstruction& instruction) {
        auto message = ledger::compile(payer.public_key(), std::span(&instruction, 1), {});
        return ledger::sign(*std::move(message), payer).value();
    }
    void send(const ledger::Keypair& payer, const ledger::TransactionInstruction& instruction) {
        const Execution execution = execute(accounts_, sign(payer, instruction));
        DZ_ASSERT(!execution.error);
        accounts_.apply(execution.writes);
    }
    u128 next_index() const {
        const auto state = accounts_.find(deployment_.global_state);
        return ledger::decode<ledger::GlobalState>(state->data).value().account_index + 1;
    }

    void set_config() {
        ix::SetGlobalConfig config;
        config.local_asn = Asn{65000};
        config.remote_asn = Asn{65342};
        config.device_tunnel_block = parse_prefix("172.16.0.0/16").value();
        config.user_tunnel_block = parse_prefix("169.254.0.0/16").value();
        config.multicastgroup_block = parse_prefix("233.84.178.0/24").value();
        config.multicast_publisher_block = parse_prefix("148.51.120.0/21").value();
        send(foundation_, builder(foundation_).make(config));
    }
    void add_device() {
        const auto by = builder(foundation_);
        const auto& addresses = deployment_.addresses;
        const auto made = [&](auto address, auto instruction) {
            const u128 index = next_index();
            send(foundation_, by.make(instruction, index));
            return address(index).key;
        };
        const PublicKey location = made([&](u128 i) { return addresses.location(i); },
                                        ix::CreateLocation{"ewr", "New York", "US", 40.7, -74.0, 0});
        const PublicKey exchange = made([&](u128 i) { return addresses.exchange(i); },
                                        ix::CreateExchange{"xewr", "New York", 40.7, -74.0, 0});
        const u128 contributor_index = next_index();
        send(foundation_,
             by.make(ix::CreateContributor{"co01"}, contributor_index, foundation_.public_key()));
        const PublicKey contributor = addresses.contributor(contributor_index);
        ix::CreateDevice device;
        device.code = "dev";
        device.public_ip = parse_ipv4("9.128.0.8").value();
        device.dz_prefixes = {parse_prefix("9.130.0.0/20").value()};
        device.resource_count = 2;
        device.metrics_publisher = foundation_.public_key();
        device.mgmt_vrf = "mgmt";
        const u128 index = next_index();
        send(foundation_, by.make(device, {index, contributor, location, exchange}));
        device_ = addresses.device(index);
        ix::UpdateDevice room;
        room.max_users = 2 * kUsers;
        send(foundation_, by.make(room, {device_, contributor, {}, {}}));
    }
    void add_payer(std::uint32_t number) {
        const ledger::Keypair payer = keypair(number + 1);
        const Ipv4 client_ip{0x09810000 + number};
        give(payer.public_key());
        ix::SetAccessPass pass;
        pass.client_ip = client_ip;
        pass.last_access_epoch = ~std::uint64_t{0};
        send(foundation_, builder(foundation_).make(pass, {payer.public_key(), {}, {}}));
        const PublicKey pass_key = deployment_.addresses.access_pass(client_ip, payer.public_key());
        const ix::CreateUser args{ledger::UserType::IbrlWithAllocatedIp, ledger::Cyoa::GreOverDia, client_ip,
                                  Ipv4{}, 1};
        const auto creation = builder(payer).make(args, {device_, pass_key, std::nullopt});
        creations_.push_back(ledger::encode(sign(payer, creation)));
    }

    program::Deployment deployment_;
    ledger::Keypair foundation_ = keypair(0);
    Accounts accounts_;
    PublicKey device_;
    std::vector<Bytes> creations_;
};

template <class Work>
double seconds(Work work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void create_users(benchmark::State& state) {
    const Bench bench;
    std::vector<ledger::Transaction> decoded;
    for (const Bytes& bytes : bench.creations()) decoded.push_back(ledger::decode_transaction(bytes).value());
    double whole = 0;
    double verification = 0;
    for (auto _ : state) {
        Accounts accounts = bench.accounts();
        const double took = seconds([&] { bench.create_all(std::move(accounts)); });
        // In turns, so that a machine that changes its pace changes both.
        verification += seconds([&] {
            for (const auto& transaction : decoded) benchmark::DoNotOptimize(ledger::verify(transaction));
        });
        whole += took;
        state.SetIterationTime(took);
    }
    state.counters["ledger.create_user_per_s"] = static_cast<double>(kUsers * state.iterations()) / whole;
    state.counters["ledger.create_user_over_verify"] = whole / verification;
}
BENCHMARK(create_users)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
