// links: dz::devnet
// rpc_bench.cpp: what clients of a node wait for over real sockets: a listing of 10,000 users, and the word
// that a transaction is on disk. The node has a thread of its own.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <thread>

#include "base/http_client.hpp"
#include "base/run.hpp"
#include "chain/devnet/rpc_front.hpp"
#include "ledger/environment.hpp"
#include "tests/ledger/samples.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

using namespace dz;
using namespace dz::devnet;

constexpr std::uint32_t kUsers = 10'000;
constexpr std::size_t kRequests = 100;
constexpr std::size_t kTransactions = 500;

PublicKey key(std::uint32_t number) {
    PublicKey out = test::sample_key(0x55);
    for (std::size_t i = 0; i < 4; ++i) out.bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
    return out;
}

LedgerOptions options(const std::filesystem::path& directory) {
    LedgerOptions options;
    options.directory = directory;
    options.program = ledger::find_environment("local").value()->serviceability;
    options.confirm_after = 0;  // confirmed = on disk
    options.finalize_after = 0;
    return options;
}

/// Begins a ledger and puts users into it behind the node's back.
void fill(const LedgerOptions& options) {
    EventLoop loop;
    SystemClock clock(loop);
    Ledger::open(loop, clock, options).value().reset();
    Entry entry;
    entry.slot = 1;
    entry.hash = ledger::Blockhash{key(1).bytes};
    for (std::uint32_t i = 0; i < kUsers; ++i) {
        ledger::User user = test::sample_user();
        user.client_ip = Ipv4{i};
        entry.writes.emplace_back(key(i),
                                  std::make_shared<AccountState>(1, options.program, encode(user), false));
    }
    const auto stored = Store::open(options.directory).value()->commit(entry);
    DZ_ASSERT(stored);
}

/// Notes when transactions are on disk, before anybody is told.
class Timekeeper final : public Watcher {
  public:
    Timekeeper(Ledger& ledger, const Clock& clock, Watcher& next)
        : ledger_(ledger), clock_(clock), next_(next) {
        seen_ = ledger.view(Commitment::Confirmed).version;
        ledger.watch(this);
    }
    void received(const Signature& signature) override { next_.received(signature); }
    void executed(const Record& record, Version version, const std::vector<AccountWrite>& before) override {
        next_.executed(record, version, before);
    }
    void moved() override {
        const Version version = ledger_.view(Commitment::Confirmed).version;
        if (std::exchange(seen_, version) != version) committed.push_back(clock_.now());
        next_.moved();
    }
    std::vector<TimePoint> committed;

  private:
    Ledger& ledger_;
    const Clock& clock_;
    Watcher& next_;
    Version seen_ = 0;
};

/// A node at work on its own thread until it is destroyed.
class Served {
  public:
    explicit Served(LedgerOptions options) {
        std::promise<std::uint16_t> listening;
        auto port_known = listening.get_future();
        thread_ = std::thread([this, options, &listening] { work(options, listening); });
        port = port_known.get();
    }
    ~Served() {
        boost::asio::post(*loop_, [this] { stop_(); });
        thread_.join();
    }
    Served(const Served&) = delete;
    Served& operator=(const Served&) = delete;

    std::uint16_t port = 0;
    /// To be read when the node has told of it.
    std::vector<TimePoint> committed() {
        std::promise<std::vector<TimePoint>> copy;
        boost::asio::post(*loop_, [&] { copy.set_value(timekeeper_->committed); });
        return copy.get_future().get();
    }

  private:
    void work(const LedgerOptions& options, std::promise<std::uint16_t>& listening) {
        EventLoop loop(1);
        SystemClock clock(loop);
        const auto ledger = Ledger::open(loop, clock, options).value();
        RpcFront front(loop, *ledger);
        Timekeeper timekeeper(*ledger, clock, front.subscriptions());
        http::Server server(loop, clock, Log::none(), front.router(), RpcFront::limits());
        loop_ = &loop;
        timekeeper_ = &timekeeper;
        stop_ = [&] {
            server.stop(Duration(0));
            ledger->stop();
        };
        const std::uint16_t number = server.listen_tcp("127.0.0.1:0").value();
        boost::asio::co_spawn(loop, server.run(), boost::asio::detached);
        listening.set_value(number);
        DZ_ASSERT(run(loop, ledger->run()));
        loop.restart();
        loop.poll();
    }

    EventLoop* loop_ = nullptr;
    Timekeeper* timekeeper_ = nullptr;
    std::function<void()> stop_;
    std::thread thread_;
};

double milliseconds(Duration duration) {
    return std::chrono::duration<double, std::milli>(duration).count();
}

double p99(std::vector<double> values) {
    std::ranges::sort(values);
    return values.at(values.size() * 99 / 100);
}

void program_accounts(benchmark::State& state) {
    const test::TemporaryDirectory directory(test::memory_directory());
    const LedgerOptions wanted = options(directory / "ledger");
    fill(wanted);
    Served served(wanted);
    EventLoop loop;
    SystemClock clock(loop);
    http::Client client(loop);
    http::ClientRequest request;
    request.method = "POST";
    request.url = fmt::format("http://127.0.0.1:{}", served.port);
    request.body = fmt::format(
        R"({{"jsonrpc":"2.0","id":1,"method":"getProgramAccounts","params":["{}",{{"encoding":"base64"}}]}})",
        wanted.program.to_string());
    // The node's speed, not that of zlib.
    request.headers = {{"Accept-Encoding", "identity"}};
    for (auto _ : state) {
        std::vector<double> times;
        double megabytes = 0;
        double all = 0;
        for (std::size_t i = 0; i < kRequests; ++i) {
            const TimePoint begun = clock.now();
            const auto answer = run(loop, client.send(request));
            times.push_back(milliseconds(clock.now() - begun));
            DZ_ASSERT(answer && answer->body.size() > kUsers * 100);
            megabytes += static_cast<double>(answer->body.size()) / 1e6;
            all += times.back() / 1e3;
        }
        state.counters["ledger.gpa_p99_ms"] = p99(times);
        state.counters["ledger.gpa_mb_s"] = megabytes / all;
    }
}
BENCHMARK(program_accounts)->Iterations(1)->Unit(benchmark::kMillisecond);

/// Asks for money, one grant after the other, and notes when it hears of each.
struct Beggar {
    Task<> talk(ws::Connection& connection) {
        const std::string target = key(1).to_string();
        DZ_ASSERT(connection.send(fmt::format(
            R"({{"jsonrpc":"2.0","id":1,"method":"accountSubscribe","params":["{}",{{"commitment":"confirmed"}}]}})",
            target)));
        DZ_ASSERT(co_await connection.receive());
        while (heard.size() < kTransactions) {
            DZ_ASSERT(connection.send(fmt::format(
                R"({{"jsonrpc":"2.0","id":2,"method":"requestAirdrop","params":["{}",1000000]}})", target)));
            DZ_ASSERT(co_await connection.receive());  // the signature
            DZ_ASSERT(co_await connection.receive());  // the notification
            heard.push_back(clock.now());
        }
    }
    const Clock& clock;
    std::vector<TimePoint> heard;
};

void notify(benchmark::State& state) {
    const test::TemporaryDirectory directory(test::memory_directory());
    Served served(options(directory / "ledger"));
    EventLoop loop;
    SystemClock clock(loop);
    for (auto _ : state) {
        Beggar beggar{clock, {}};
        DZ_ASSERT(run(loop, ws::dial(loop, clock, {.url = fmt::format("ws://127.0.0.1:{}", served.port)},
                                     [&](ws::Connection& connection) { return beggar.talk(connection); })));
        const auto committed = served.committed();
        DZ_ASSERT(committed.size() >= beggar.heard.size());
        std::vector<double> times;
        for (std::size_t i = 0; i < beggar.heard.size(); ++i) {
            times.push_back(milliseconds(beggar.heard[i] - committed[i]));
        }
        state.counters["ledger.notify_p99_ms"] = p99(times);
    }
}
BENCHMARK(notify)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
