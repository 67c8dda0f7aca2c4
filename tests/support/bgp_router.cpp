// bgp_router.cpp: the daemon between the peer and the kernel: real sessions, the real reconciler, the running
// kernel; only the ledger is made up. For figures on hosts whose kernel has no GRE.
//
//     bgp_router        in a network namespace laid out as below
//
// The link doublezero0, of whatever kind, stands in for the tunnel; it must be up, with an MTU of 1476 and
// the address 169.254.0.1/31 of link scope. 9.128.0.5 must be an address of this host, and 9.200.0.1 must
// have a route that is 1500 bytes wide. The peer is AS 65342 at 169.254.0.0. SIGUSR1 prints the metrics,
// SIGTERM ends.
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <iostream>

#include "base/run.hpp"
#include "fetcher/fetcher.hpp"
#include "host/client_ip.hpp"
#include "netlink/linux_kernel.hpp"
#include "protocols/bgp/asio_speaker.hpp"
#include "protocols/bgp/metrics.hpp"
#include "reconciler/loop.hpp"
#include "tests/support/fake_network.hpp"
#include "tests/support/memory_owned_store.hpp"

namespace dz::reconciler {
namespace {

const netlink::Tunnel kTunnel{
    .name = std::string(kUnicastLink), .local = test::kClientIp, .remote = test::ip("9.200.0.1"), .up = true};

/// The running kernel, in which a link of our name passes for the tunnel it stands in for.
class StandIn final : public netlink::Kernel {
  public:
    explicit StandIn(netlink::Kernel& kernel) : kernel_(kernel) {}

    Task<std::vector<Result<>>> apply_all(std::vector<netlink::Change> changes) override {
        return kernel_.apply_all(std::move(changes));
    }
    Task<Result<netlink::Path>> route_to(Ipv4 destination) override { return kernel_.route_to(destination); }

    Task<Result<netlink::State>> read(netlink::Parts parts) override {
        CO_TRY(auto state, co_await kernel_.read(parts));
        if (std::erase_if(state.links, is_tunnel) > 0) state.tunnels.push_back(kTunnel);
        co_return state;
    }
    Task<Result<std::vector<netlink::Event>>> next_events() override {
        CO_TRY(auto events, co_await kernel_.next_events());
        for (auto& event : events) {
            const auto* link = std::get_if<netlink::Appeared<netlink::Link>>(&event);
            if (link != nullptr && is_tunnel(link->what)) event = netlink::Appeared{kTunnel};
        }
        co_return events;
    }

  private:
    static bool is_tunnel(const netlink::Link& link) { return link.name == kTunnel.name; }

    netlink::Kernel& kernel_;
};

class NoPublicIp final : public host::PublicIpService {
  public:
    Task<Result<Ipv4>> ask() override { co_return fail(Errc::Unavailable, "not asked for"); }
};

Task<> obey_signals(EventLoop& loop, const metrics::Registry& registry) {
    boost::asio::signal_set signals(loop, SIGUSR1, SIGINT, SIGTERM);
    while (co_await signals.async_wait(boost::asio::use_awaitable) == SIGUSR1)
        std::cout << metrics::expose(registry) << std::flush;
}

int main() {
    using namespace boost::asio::experimental::awaitable_operators;
    EventLoop io;
    SystemClock clock(io);
    metrics::Registry registry;
    const Log log = Log::to_stderr(LogLevel::Info);

    test::FakeRpc rpc(clock);
    test::found_network(rpc);
    rpc.put(test::kUser, test::user());
    fetcher::Metrics fetcher_metrics(registry);
    fetcher::Fetcher fetcher(io, clock, rpc, fetcher_metrics, log,
                             {.program = test::kProgram, .jitter = 0, .trust = {}});

    auto linux_kernel = netlink::LinuxKernel::open(io);
    if (!linux_kernel) {
        std::cerr << "Error: " << linux_kernel.error().text << '\n';
        return 1;
    }
    StandIn kernel(**linux_kernel);
    NoPublicIp nobody;
    host::ClientIpFinder finder(io, clock, kernel, nobody, log, {.address = test::kClientIp});
    bgp::Metrics bgp_metrics(registry);
    bgp::AsioSpeaker speaker(io, clock, log, bgp_metrics);
    test::MemoryOwnedStore owned;
    Metrics own_metrics(registry, "lab");
    // The audit reads all routes, which would stand out in the figures of a single one.
    Loop loop(io, clock, kernel, speaker, fetcher, finder, owned, own_metrics, log,
              {.settings = {}, .audit = 1h});
    loop.set_enabled(true);
    run(io, obey_signals(io, registry) || fetcher.run() || finder.run() || loop.run());
    run(io, speaker.stop());
    return 0;
}

}  // namespace
}  // namespace dz::reconciler

int main() {
    return dz::reconciler::main();
}
