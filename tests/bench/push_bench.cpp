// links: dz::devnet dz::fetcher
// push_bench.cpp: what following the ledger costs among 10,000 strangers: over real sockets, every byte
// counted.
//
// Time is scaled: a read every 10 s becomes one every 200 ms, one a minute one every 1.2 s, ten minutes 12 s.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "base/http_client.hpp"
#include "base/run.hpp"
#include "base/websocket.hpp"
#include "chain/devnet/rpc_front.hpp"
#include "chain/devnet/seed.hpp"
#include "fetcher/fetcher.hpp"
#include "ledger/environment.hpp"
#include "ledger/http_rpc.hpp"
#include "ledger/instruction_builder.hpp"
#include "tests/ledger/samples.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

using namespace dz;
using namespace dz::devnet;
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::uint32_t kStrangers = 10'000;
const Ipv4 kClientIp{0x09800005};
constexpr int kScale = 50;
constexpr Duration kIdle = 10min / kScale;
constexpr int kChangesPerSecond = 100;
constexpr int kChurnSeconds = 10;

PublicKey key(std::uint32_t number) {
    PublicKey out = test::sample_key(0x55);
    for (std::size_t i = 0; i < 4; ++i) out.bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
    return out;
}

LedgerOptions options_in(const std::filesystem::path& directory) {
    LedgerOptions options;
    options.directory = directory;
    options.program = ledger::find_environment("local").value()->serviceability;
    return options;
}

/// A ledger with the demonstration network, 10,000 users that are not ours, and one that is.
void fill(const LedgerOptions& options, const DemoKeys& keys) {
    {
        EventLoop loop;
        SystemClock clock(loop);
        const auto ledger = Ledger::open(loop, clock, options).value();
        asio::co_spawn(loop, ledger->run(), [](const std::exception_ptr&, const Result<>&) {});
        DZ_ASSERT(run(loop, seed_demo(*ledger, clock, keys, Log::none())));
        ledger->stop();
        loop.restart();
        loop.run();
    }
    const auto store = Store::open(options.directory).value();
    PublicKey device;
    DZ_ASSERT(store->visit_accounts([&](const PublicKey& address, const AccountPointer& account) {
        const auto type = static_cast<std::uint8_t>(ledger::AccountType::Device);
        if (!account->data.empty() && account->data[0] == type) device = address;
    }));
    DZ_ASSERT(!device.is_zero());
    Entry entry;
    entry.slot = store->newest_head().value()->slot + 1;
    entry.hash = ledger::Blockhash{key(1).bytes};
    for (std::uint32_t number = 0; number <= kStrangers; ++number) {
        ledger::User user = test::sample_user();
        user.client_ip = number == kStrangers ? kClientIp : Ipv4{0x0A000000U + number};
        user.device_pk = device;
        user.publishers.clear();
        user.subscribers.clear();
        entry.writes.emplace_back(key(number),
                                  std::make_shared<AccountState>(1, options.program, encode(user), false));
    }
    DZ_ASSERT(store->commit(entry));
}

/// Passes connections on to a port and counts what goes through.
class Meter {
  public:
    Meter(EventLoop& loop, std::uint16_t target)
        : loop_(loop), target_(target), acceptor_(loop, {asio::ip::address_v4::loopback(), 0}) {
        asio::co_spawn(loop, accept(), asio::detached);
    }
    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    void stop() { acceptor_.close(); }

    std::uint64_t received = 0;  ///< by the client
    std::uint64_t sent = 0;

  private:
    Task<> accept() {
        for (;;) {
            error_code error;
            auto client = std::make_shared<tcp::socket>(
                co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error)));
            if (error) co_return;
            auto node = std::make_shared<tcp::socket>(loop_);
            co_await node->async_connect({asio::ip::address_v4::loopback(), target_},
                                         asio::redirect_error(asio::use_awaitable, error));
            if (error) co_return;
            asio::co_spawn(loop_, pass(client, node, sent), asio::detached);
            asio::co_spawn(loop_, pass(node, client, received), asio::detached);
        }
    }
    static Task<> pass(std::shared_ptr<tcp::socket> from, std::shared_ptr<tcp::socket> to,
                       std::uint64_t& count) {
        std::array<char, 65536> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init)
        error_code error;
        while (!error) {
            const std::size_t size = co_await from->async_read_some(
                asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, error));
            if (error) break;
            count += size;
            co_await asio::async_write(*to, asio::buffer(buffer.data(), size),
                                       asio::redirect_error(asio::use_awaitable, error));
        }
        error_code ignored;
        to->close(ignored);
    }

    EventLoop& loop_;
    std::uint16_t target_;
    tcp::acceptor acceptor_;
};

fetcher::Fetcher::Config config_of(const PublicKey& program, int scale) {
    fetcher::Fetcher::Config config;
    config.program = program;
    config.poll_interval /= scale;
    config.pushed_interval /= scale;
    return config;
}

/// A node and who follows it, on one loop.
struct Scene {
    explicit Scene(int scale) : keys(open_demo_keys(directory / "keys").value()) {
        fill(options, keys);
        ledger = Ledger::open(loop, clock, options).value();
        front.emplace(loop, *ledger);
        server.emplace(loop, clock, Log::none(), front->router(), RpcFront::limits());
        meter.emplace(loop, server->listen_tcp("127.0.0.1:0").value());
        asio::co_spawn(loop, server->run(), asio::detached);
        asio::co_spawn(loop, ledger->run(), [](const std::exception_ptr&, const Result<>&) {});
        const std::string place = "127.0.0.1:" + std::to_string(meter->port());
        rpc.emplace(ledger::HttpRpcOptions{.url = "http://" + place}, http, clock);
        const fetcher::Dial dial = [this, place](ws::Handler handler) {
            return ws::dial(loop, clock, {.url = "ws://" + place}, std::move(handler));
        };
        fetcher.emplace(loop, clock, fetcher::Sources({{&*rpc, "node"}}, {dial}), metrics, Log::none(),
                        config_of(options.program, scale));
        fetcher->on_change([this] { ++news; });
        fetcher->follow(kClientIp);
        fetcher->set_active(true);
        asio::co_spawn(loop, fetcher->run(), asio::detached);
        turn_until([this] { return fetcher->view().pushed && fetcher->view().snapshot; });
        turn(1s);  // what follows the first connection
    }
    ~Scene() {
        meter->stop();
        fetcher->set_active(false);
        turn(100ms);
        server->stop(Duration(0));
        ledger->stop();
        turn(100ms);
    }
    Scene(const Scene&) = delete;
    Scene& operator=(const Scene&) = delete;

    template <class Condition>
    void turn_until(Condition condition) {
        const TimePoint limit = clock.now() + 60s;
        while (!condition()) {
            DZ_ASSERT(clock.now() < limit);
            turn(5ms);
        }
    }
    void turn(Duration duration) {
        loop.restart();
        loop.run_for(duration);
    }
    /// A stranger's pass is changed by the foundation.
    void change_a_stranger(std::uint32_t number) {
        const ledger::InstructionBuilder foundation(ledger->deployment().addresses,
                                                    keys.foundation.public_key());
        ledger::ix::SetAccessPass pass;
        pass.client_ip = Ipv4{0x0B000000U + number % 100};
        pass.last_access_epoch = 1'000 + number;
        const std::vector instructions = {
            foundation.make(pass, ledger::SetAccessPassAccounts{key(number % 100), {}, {}})};
        auto message =
            ledger::compile(keys.foundation.public_key(), instructions, ledger->latest_blockhash());
        auto signed_one = ledger::sign(std::move(message).value(), keys.foundation);
        DZ_ASSERT(ledger->submit(std::move(signed_one).value()));
    }
    std::uint64_t traffic() const { return meter->received + meter->sent; }

    test::TemporaryDirectory directory;
    LedgerOptions options = options_in(directory / "ledger");
    DemoKeys keys;
    EventLoop loop;
    SystemClock clock{loop};
    std::unique_ptr<Ledger> ledger;
    std::optional<RpcFront> front;
    std::optional<http::Server> server;
    std::optional<Meter> meter;
    metrics::Registry registry;
    fetcher::Metrics metrics{registry};
    http::Client http{loop};
    std::optional<ledger::HttpRpc> rpc;
    std::optional<fetcher::Fetcher> fetcher;
    int news = 0;
};

void idle(benchmark::State& state) {
    for (auto _ : state) {
        Scene scene(kScale);
        const double reads = scene.metrics.success.Value();
        const std::uint64_t before = scene.traffic();
        scene.turn(kIdle);
        const double made = scene.metrics.success.Value() - reads;
        DZ_ASSERT(made > 0 && scene.metrics.error_stale.Value() == 0);
        state.counters["reconcile.poll_bytes"] = static_cast<double>(scene.traffic() - before) / made;
    }
}
BENCHMARK(idle)->Iterations(1)->Unit(benchmark::kMillisecond);

void strangers(benchmark::State& state) {
    for (auto _ : state) {
        Scene scene(1);
        const auto transactions = scene.ledger->transaction_count();
        const std::uint64_t before = scene.meter->received;
        const int news = scene.news;
        const TimePoint start = scene.clock.now();
        for (int number = 0; number < kChangesPerSecond * kChurnSeconds; ++number) {
            scene.change_a_stranger(static_cast<std::uint32_t>(number));
            const TimePoint next = start + (number + 1) * 1000ms / kChangesPerSecond;
            if (next > scene.clock.now()) scene.turn(next - scene.clock.now());
        }
        const double seconds = std::chrono::duration<double>(scene.clock.now() - start).count();
        scene.turn(2s);  // until the last are confirmed
        DZ_ASSERT(scene.ledger->transaction_count() >= transactions + 900);
        state.counters["reconcile.strangers_bytes_per_s"] =
            static_cast<double>(scene.meter->received - before) / seconds;
        state.counters["reconcile.strangers_news"] = scene.news - news;
    }
}
BENCHMARK(strangers)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
