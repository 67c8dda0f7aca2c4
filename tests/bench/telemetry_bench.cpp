// links: dz::telemetry
// telemetry_bench.cpp: the CPU time of one tick of the status reporter, the kernel's share included: 10,000
// users, each with a tunnel and a real session in one network namespace. Needs root.
#include <arpa/inet.h>
#include <benchmark/benchmark.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/socket.h>
#include <time.h>

#include "base/descriptor.hpp"
#include "base/encoding.hpp"
#include "base/run.hpp"
#include "netlink/linux_kernel.hpp"
#include "netlink/linux_socket_diag.hpp"
#include "services/telemetry/reporter.hpp"
#include "tests/support/fake_network.hpp"

namespace {

using namespace dz;

constexpr std::uint32_t kUsers = 10'000;
const ledger::PublicKey kPublisher = test::key(50);

Ipv4 device_end(std::uint32_t user) {
    return plus(*parse_ipv4("10.64.0.0"), 2 * user);
}

::sockaddr_in endpoint(Ipv4 address, std::uint16_t port) {
    ::sockaddr_in out{};
    out.sin_family = AF_INET;
    out.sin_port = htons(port);
    out.sin_addr.s_addr = htonl(address.to_uint());
    return out;
}

template <class Call>
bool with_address(Call call, const Descriptor& socket, const ::sockaddr_in& address) {
    const void* generic = &address;
    return call(socket.get(), static_cast<const ::sockaddr*>(generic), sizeof address) == 0;
}

Descriptor new_socket() {
    return Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

/// A namespace of this process with all tunnels and sessions.
struct DeviceKernel {
    std::vector<Descriptor> listeners;

    /// Empty, or why it could not be made.
    std::string make() {
        if (::unshare(CLONE_NEWNET) != 0) return "a network namespace takes root";
        if (!add_addresses()) return "the addresses cannot be added";
        return connect() ? "" : "the sessions cannot be made";
    }

  private:
    static bool add_addresses() {
        EventLoop loop;
        const auto kernel = netlink::LinuxKernel::open(loop).value();
        std::vector<netlink::Change> changes = {netlink::SetUp{"lo"}};
        // The whole /31 is local on a loopback, so the user's end is there too.
        for (std::uint32_t user = 0; user < kUsers; ++user)
            changes.emplace_back(
                netlink::Add{netlink::LinkAddress{.link = "lo", .prefix = {device_end(user), 31}}});
        const auto results = run(loop, kernel->apply_all(std::move(changes)));
        return std::ranges::all_of(results, [](const auto& result) { return result.has_value(); });
    }

    /// Only the device's ends stay, as on a device: the users' vanish without a word. Sessions that nobody
    /// accepts are established all the same; one listener's queue is too short for all of them.
    bool connect() {
        constexpr int kListeners = 16, kQueue = 4096, kOn = 1;
        for (int i = 0; i < kListeners; ++i) {
            listeners.push_back(new_socket());
            const Descriptor& listener = listeners.back();
            ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEPORT, &kOn, sizeof kOn);
            if (!with_address(::bind, listener, endpoint(Ipv4(), telemetry::kBgpPort))) return false;
            if (::listen(listener.get(), kQueue) != 0) return false;
        }
        for (std::uint32_t user = 0; user < kUsers; ++user) {
            const Descriptor active = new_socket();
            if (!with_address(::bind, active, endpoint(plus(device_end(user), 1), 0))) return false;
            if (!with_address(::connect, active, endpoint(device_end(user), telemetry::kBgpPort)))
                return false;
            // Closed under repair a socket sends nothing.
            if (::setsockopt(active.get(), IPPROTO_TCP, TCP_REPAIR, &kOn, sizeof kOn) != 0) return false;
        }
        return true;
    }
};

/// The ledger's answer, of users that are up.
std::string answer_of_ledger() {
    std::vector<std::pair<ledger::PublicKey, Bytes>> accounts;
    auto device = test::device("dev-a", "9.200.0.1", "9.200.1.8/29");
    device.metrics_publisher_pk = kPublisher;
    accounts.emplace_back(test::kDeviceA, ledger::encode(device));
    accounts.emplace_back(ledger::Addresses(test::kProgram).global_config().key,
                          ledger::encode(test::global_config()));
    for (std::uint32_t number = 0; number < kUsers; ++number) {
        ledger::User user = test::user();
        user.client_ip = plus(test::kClientIp, number);
        user.tunnel_net = {device_end(number), 31};
        user.bgp_status = ledger::BgpStatus::Up;
        user.last_bgp_up_at = user.last_bgp_reported_at = 1000;
        ledger::PublicKey key = test::kUser;
        key.bytes[0] = static_cast<std::uint8_t>(number >> 8U);
        key.bytes[1] = static_cast<std::uint8_t>(number & 0xffU);
        accounts.emplace_back(key, ledger::encode(user));
    }
    std::string out = R"({"jsonrpc":"2.0","id":1,"result":{"context":{"slot":1010},"value":[)";
    for (const auto& [key, data] : accounts) {
        if (out.back() != '[') out += ',';
        out += R"({"pubkey":")" + key.to_string() + R"(","account":{"data":[")" + to_base64(data) +
               R"(","base64"],"executable":false,"lamports":1,"owner":")" + test::kProgram.to_string() +
               R"(","rentEpoch":0,"space":)" + std::to_string(data.size()) + "}}";
    }
    return out + "]}}";
}

Task<Result<http::ClientResponse>> respond(const std::string& body) {
    co_return http::ClientResponse{
        .status = 200, .body = body, .content_type = "application/json", .bytes_on_wire = body.size()};
}

double cpu_ms() {
    ::timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

void tick(benchmark::State& state) {
    DeviceKernel kernel;
    if (const std::string obstacle = kernel.make(); !obstacle.empty()) {
        state.SkipWithError(obstacle.c_str());
        return;
    }
    const std::string body = answer_of_ledger();
    EventLoop loop;
    SystemClock clock(loop);
    metrics::Registry registry;
    fetcher::Metrics fetcher_metrics(registry);
    telemetry::Metrics own(registry);
    ledger::HttpRpc rpc({}, [&body](const http::ClientRequest&) { return respond(body); }, clock);
    fetcher::Fetcher fetcher(loop, clock, rpc, fetcher_metrics, Log::none(),
                             {.program = test::kProgram, .scope = ledger::Scope::Catalogue, .trust = {}});
    const auto diag = netlink::LinuxSocketDiag::of_this_namespace(loop);
    telemetry::PrintSink sink(stderr);
    telemetry::Writer writer(loop, clock, sink, own, Log::none());
    telemetry::Reporter reporter({.device = test::kDeviceA, .publisher = kPublisher, .rules = {}}, clock,
                                 fetcher, *diag, writer, own, Log::none());
    boost::asio::co_spawn(loop, fetcher.run(), boost::asio::detached);
    const auto once = [&] {
        const auto result = run(loop, reporter.tick());
        DZ_ASSERT(result && *result == telemetry::TickResult::Success);
    };
    once();
    DZ_ASSERT(own.users_up.Value() == kUsers && writer.is_idle());
    const double before = cpu_ms();
    for (auto _ : state) once();
    state.counters["telemetry.tick_cpu_ms"] = (cpu_ms() - before) / static_cast<double>(state.iterations());
}
BENCHMARK(tick)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
