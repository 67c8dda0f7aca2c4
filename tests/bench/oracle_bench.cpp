// links: dz::oracle dz::devnet
// oracle_bench.cpp: how many seats an oracle sells in a second, end to end: HTTP request, journal on disk,
// transaction confirmed by a node, answer. Node and oracle have threads of their own; slots last what they
// last on a cluster.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <csignal>
#include <future>
#include <list>
#include <thread>

#include "base/files.hpp"
#include "base/run.hpp"
#include "chain/devnet/rpc_front.hpp"
#include "chain/devnet/seed.hpp"
#include "ledger/environment.hpp"
#include "ledger/http_rpc.hpp"
#include "ledger/instruction_builder.hpp"
#include "ledger/snapshot.hpp"
#include "ledger/submit.hpp"
#include "services/oracle/api/client.hpp"
#include "services/oracle/app.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

using namespace dz;
namespace ix = ledger::ix;

constexpr std::uint32_t kSeats = 2000;
/// Requests under way at a time.
constexpr std::uint32_t kClients = 256;
constexpr std::uint16_t kOraclePort = 28'095;
const std::string kToken = "0123456789abcdef0123456789abcdef";

/// A node with the demonstration network, on its own thread until it is destroyed.
class Node {
  public:
    explicit Node(const std::filesystem::path& directory) {
        std::promise<std::uint16_t> listening;
        auto port_known = listening.get_future();
        thread_ = std::thread([this, directory, &listening] { work(directory, listening); });
        port = port_known.get();
    }
    ~Node() {
        boost::asio::post(*loop_, [this] { stop_(); });
        thread_.join();
    }
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;
    std::uint16_t port = 0;

  private:
    void work(const std::filesystem::path& directory, std::promise<std::uint16_t>& listening) {
        EventLoop loop(1);
        SystemClock clock(loop);
        devnet::LedgerOptions options;
        options.directory = directory / "ledger";
        options.program = ledger::find_environment("local").value()->serviceability;
        const auto ledger = devnet::Ledger::open(loop, clock, options).value();
        devnet::RpcFront front(loop, *ledger);
        http::Server server(loop, clock, Log::none(), front.router(), devnet::RpcFront::limits());
        loop_ = &loop;
        stop_ = [&] {
            server.stop(Duration(0));
            ledger->stop();
        };
        const std::uint16_t number = server.listen_tcp("127.0.0.1:0").value();
        const auto keys = devnet::open_demo_keys(directory / "keys").value();
        boost::asio::co_spawn(loop, server.run(), boost::asio::detached);
        boost::asio::co_spawn(loop, devnet::seed_demo(*ledger, clock, keys, Log::none()),
                              [&](const std::exception_ptr&, const Result<>& seeded) {
                                  DZ_ASSERT(seeded);
                                  listening.set_value(number);
                              });
        DZ_ASSERT(run(loop, ledger->run()));
        loop.restart();
        loop.poll();
    }

    EventLoop* loop_ = nullptr;
    std::function<void()> stop_;
    std::thread thread_;
};

/// The oracle as its program runs it, on its own thread until it is destroyed.
class Oracle {
  public:
    Oracle(const std::filesystem::path& directory, const std::string& rpc_url,
           const ledger::PublicKey& program) {
        oracle::Options options;
        options.rpc_url = rpc_url;
        options.program_id = program.to_string();
        options.keypair = directory / "oracle.json";
        options.seed = directory / "seed";
        options.tokens = directory / "tokens";
        options.journal = directory / "journal";
        options.listen = "127.0.0.1:" + std::to_string(kOraclePort);
        options.price = 1'000'000'000;
        options.max_live = kSeats;
        options.rate.per_second = 0;
        const auto settings = oracle::resolve(options).value();
        DZ_ASSERT(files::write_atomic(options.seed, std::string(64, '7'), 0600));
        DZ_ASSERT(files::write_atomic(options.tokens, "acme " + kToken, 0600));
        app_.emplace(settings, oracle::read_secrets(settings).value(), Log::none());
        thread_ = std::thread([this] { DZ_ASSERT(app_->run()); });
    }
    ~Oracle() {
        ::kill(::getpid(), SIGTERM);
        thread_.join();
    }
    Oracle(const Oracle&) = delete;
    Oracle& operator=(const Oracle&) = delete;

  private:
    std::optional<oracle::App> app_;
    std::thread thread_;
};

/// Asks for one seat after the other until there are enough.
Task<> buy(oracle::api::Client api, std::string device, std::string payer, std::uint32_t& next) {
    while (next < kSeats) {
        const Ipv4 address{0x09000000U + next++};
        for (;;) {
            const auto view = co_await api.reserve({device, address, payer, payer}, "");
            if (view) break;
            DZ_ASSERT(view.error().code == Errc::Unavailable);  // it is starting
        }
    }
}

void reservations(benchmark::State& state) {
    const test::TemporaryDirectory directory;
    const Node node(directory.path());
    const std::string url = "http://127.0.0.1:" + std::to_string(node.port);
    EventLoop loop(1);
    SystemClock clock(loop);
    http::Client http(loop);
    ledger::HttpRpc rpc({.url = url}, http, clock);
    const ledger::Addresses addresses(ledger::find_environment("local").value()->serviceability);
    const auto all =
        run(loop, rpc.program_accounts(addresses.program(), {}, ledger::Commitment::Processed)).value();
    const auto snapshot = ledger::Snapshot::from(all.value, all.slot, ledger::Scope::Catalogue);
    const auto* const device = snapshot.device_by_code("ny5-dz01");
    DZ_ASSERT(device != nullptr);

    const auto authority = ledger::Keypair::generate();
    DZ_ASSERT(ledger::write_keypair(directory / "oracle.json", authority));
    DZ_ASSERT(run(loop, rpc.airdrop(authority.public_key(), Lamports{1'000'000'000'000})));
    const auto send = [&](const ledger::Keypair& payer, const ledger::TransactionInstruction& instruction) {
        DZ_ASSERT(run(loop, ledger::submit(rpc, clock, payer, {instruction})));
    };
    const auto foundation = ledger::read_keypair(directory / "keys/foundation.json").value();
    const auto contributor = ledger::read_keypair(directory / "keys/contributor.json").value();
    send(foundation, ledger::InstructionBuilder(addresses, foundation.public_key())
                         .make(ix::SetAuthority{{}, {}, {}, authority.public_key()}));
    ix::UpdateDevice seats;
    seats.max_users = kSeats;
    send(contributor, ledger::InstructionBuilder(addresses, contributor.public_key())
                          .make(seats, {device->key, device->value.contributor_pk, {}, {}}));

    const Oracle oracle(directory.path(), url, addresses.program());
    std::list<http::Client> clients;
    for (auto _ : state) {
        std::uint32_t next = 0, done = 0;
        const TimePoint start = clock.now();
        for (std::uint32_t i = 0; i < kClients; ++i) {
            if (i % 64 == 0) clients.emplace_back(loop);
            oracle::api::Client api(
                clients.back(), {.url = "http://127.0.0.1:" + std::to_string(kOraclePort), .token = kToken});
            boost::asio::co_spawn(loop,
                                  buy(api, device->key.to_string(), authority.public_key().to_string(), next),
                                  [&done](const std::exception_ptr&) { ++done; });
        }
        loop.restart();
        while (done < kClients) loop.run_one();
        const double seconds = std::chrono::duration<double>(clock.now() - start).count();
        state.counters["oracle.reservations_per_s"] = kSeats / seconds;
    }
}
BENCHMARK(reservations)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
