// tests/reconciler/world.hpp: a whole daemon but for its API, on fakes: ledger, kernel, speaker, clock.
#pragma once

#include <algorithm>
#include <array>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/run.hpp"
#include "fetcher/fetcher.hpp"
#include "host/client_ip.hpp"
#include "netlink/fake_kernel.hpp"
#include "protocols/bgp/fake_speaker.hpp"
#include "reconciler/loop.hpp"
#include "tests/support/fake_network.hpp"
#include "tests/support/memory_owned_store.hpp"

namespace dz::reconciler {

inline const Ipv4 kPeer = test::ip("169.254.0.0");
inline const Ipv4 kMulticastPeer = test::ip("169.254.0.2");

inline ledger::User publisher(std::vector<ledger::PublicKey> groups) {
    auto result = test::user(ledger::UserType::Multicast);
    result.publishers = std::move(groups);
    result.tunnel_endpoint = test::ip("9.200.0.9");  // of its own: two tunnels cannot share both ends
    return result;
}

/// What a plain IBRL user has on that machine.
inline constexpr auto kIbrl =
    "tunnel doublezero0 local 9.128.0.5 remote 9.200.0.1 mtu 1476 up\n"
    "address doublezero0 169.254.0.1/31 scope link\n"
    "peer 169.254.0.0 from 169.254.0.1 as 65342 local as 65000 announce 9.128.0.5/32\n";

inline netlink::Route our_route(std::string_view destination) {
    return {.destination = test::prefix(destination),
            .gateway = kPeer,
            .device = std::string(kUnicastLink),
            .source = test::kClientIp,
            .metric = kRouteMetric};
}

/// A machine at 9.128.0.5 on a network of two devices.
class World {
  public:
    World() {
        plug("eth0", "9.128.0.5/16");
        DZ_ASSERT(kernel.meddle(netlink::Add{
            netlink::Route{.destination = test::prefix("0.0.0.0/0"), .gateway = test::ip("9.128.0.1")}}));
        test::found_network(rpc);
        before = foreign();
        fresh_process();
    }
    ~World() {
        if (process) kill();
    }
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    void plug(const char* name, const char* address) {
        kernel.plug({.name = name, .kind = "veth", .mtu = 1500, .up = true}, {test::prefix(address)});
    }

    // The process.
    void kill() {
        for (auto& end : process->ends) end.emit(boost::asio::cancellation_type::terminal);
        settle();  // the coroutines leave before what they refer to
        process.reset();
    }
    /// A new process on the same machine, with new sessions, not enabled.
    void fresh_process() {
        if (process) kill();
        process = std::make_unique<Process>(*this);
        settle();
    }
    void restart() {
        fresh_process();
        enable();
    }
    void enable() {
        loop().set_enabled(true);
        settle();
    }
    void disable() {
        loop().set_enabled(false);
        settle();
    }
    /// Lets everything happen that needs no more than some milliseconds.
    void settle() { clock.advance(50ms); }
    void pass_time(Duration duration) { clock.advance(duration); }
    /// A poll and what follows from it.
    void poll() {
        loop_fetcher().poke();
        settle();
        clock.advance(1s);
    }

    // The ledger.
    void put_user(const ledger::User& user, const ledger::PublicKey& key = test::kUser) {
        rpc.put(key, user);
        poll();
    }
    void remove_user(const ledger::PublicKey& key = test::kUser) {
        rpc.remove(key);
        poll();
    }
    /// An enabled daemon with one user, its session up.
    void connect(const ledger::User& user = test::user()) {
        enable();
        put_user(user);
        establish();
    }
    void establish(Ipv4 peer = kPeer) {
        speaker().establish(peer);
        settle();
    }
    void announce(std::string_view prefix, Ipv4 peer = kPeer) {
        speaker().announce(peer, test::prefix(prefix));
        settle();
    }
    void withdraw(std::string_view prefix, Ipv4 peer = kPeer) {
        speaker().withdraw(peer, test::prefix(prefix));
        settle();
    }
    void lose(Ipv4 peer = kPeer) {
        speaker().lose(peer);
        settle();
    }
    void meddle(const netlink::Change& change) {
        DZ_ASSERT(kernel.meddle(change));
        settle();
    }

    // What is there.
    State state() {
        std::vector<bgp::PeerConfig> peers;
        for (const auto& report : speaker().peers()) peers.push_back(report.config);
        auto mine = ours(kernel.state(), peers);
        owned_rules().narrow(mine);
        return mine;
    }
    OwnedRules owned_rules() const { return owned.rules ? OwnedRules(*owned.rules) : OwnedRules(); }
    std::string text() { return to_string(state()); }
    const netlink::Tunnel* tunnel(std::string_view name = kUnicastLink) {
        kept = state();
        const auto at = std::ranges::find(kept.tunnels, name, &netlink::Tunnel::name);
        return at == kept.tunnels.end() ? nullptr : &*at;
    }
    bool has_route(std::string_view destination) {
        const auto now = state();
        return std::ranges::find(now.routes, test::prefix(destination), &netlink::Route::destination) !=
               now.routes.end();
    }
    /// What is not ours, as text.
    std::string foreign() const {
        auto all = kernel.state();
        std::erase_if(all.tunnels, [](const auto& t) { return is_our_name(t.name); });
        std::erase_if(all.addresses, [](const auto& a) { return is_our_name(a.link); });
        std::erase_if(all.routes, [](const auto& r) { return is_our_name(r.device); });
        std::erase_if(all.rules, [&](const auto& r) { return is_our_rule(r) && owned_rules().is_ours(r); });
        return to_string(all);
    }
    Report report() { return loop().report(); }
    bool has_problem(ProblemCode code) {
        const auto now = report();
        const auto is = [&](const Problem& problem) { return problem.code == code; };
        return std::ranges::any_of(now.problems, is) ||
               std::ranges::any_of(now.services, [&](const auto& service) {
                   return std::ranges::any_of(service.service.problems, is);
               });
    }

    Loop& loop() { return process->loop; }
    bgp::FakeSpeaker& speaker() { return process->speaker; }
    fetcher::Fetcher& loop_fetcher() { return process->fetcher; }
    Metrics& metrics() { return process->metrics; }
    metrics::Registry& registry() { return process->registry; }

    EventLoop io;
    FakeClock clock{io};
    test::FakeRpc rpc{clock};
    netlink::FakeKernel kernel;
    std::vector<std::string> log;
    std::string before;             ///< `foreign()` of the start
    std::optional<Ipv4> client_ip;  ///< the flag, from the next process on
    Settings settings;              ///< from the next process on
    test::MemoryOwnedStore owned;

  private:
    class NoPublicIp final : public host::PublicIpService {
      public:
        Task<Result<Ipv4>> ask() override { co_return fail(Errc::Unavailable, "no network"); }
    };
    struct Process {
        explicit Process(World& world)
            : speaker(world.clock),
              fetcher(world.io, world.clock, world.rpc, fetcher_metrics, Log::none(),
                      {.program = test::kProgram, .jitter = 0, .trust = {}}),
              finder(world.io, world.clock, world.kernel, public_ip, Log::none(),
                     {.address = world.client_ip}),
              loop(world.io, world.clock, world.kernel, speaker, fetcher, finder, world.owned, metrics,
                   Log::to_lines(world.log), {.settings = world.settings}) {
            boost::asio::co_spawn(world.io, fetcher.run(),
                                  boost::asio::bind_cancellation_slot(ends[0].slot(), quiet));
            boost::asio::co_spawn(world.io, finder.run(),
                                  boost::asio::bind_cancellation_slot(ends[1].slot(), quiet));
            boost::asio::co_spawn(
                world.io, loop.run(),
                boost::asio::bind_cancellation_slot(ends[2].slot(), [this](std::exception_ptr error) {
                    ended = true;
                    quiet(error);
                }));
        }
        static void quiet(std::exception_ptr /*cancelled*/) {}

        metrics::Registry registry;
        fetcher::Metrics fetcher_metrics{registry};
        Metrics metrics{registry, "localnet"};
        NoPublicIp public_ip;
        bgp::FakeSpeaker speaker;
        fetcher::Fetcher fetcher;
        host::ClientIpFinder finder;
        Loop loop;
        bool ended = false;
        std::array<boost::asio::cancellation_signal, 3> ends;
    };
    State kept;

  public:
    std::unique_ptr<Process> process;
    bool ended() const { return process->ended; }
};

}  // namespace dz::reconciler
