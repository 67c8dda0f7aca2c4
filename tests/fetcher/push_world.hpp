// push_world.hpp: a fetcher that is pushed to, on fake ledgers; polls are so rare that only pushes can tell.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <catch2/catch.hpp>

#include "base/run.hpp"
#include "fetcher/fetcher.hpp"
#include "tests/support/fake_network.hpp"
#include "tests/support/fake_push.hpp"

namespace dz::test {

struct PushWorld {
    static constexpr Duration kNever = 100h;

    EventLoop loop;
    FakeClock clock{loop};
    FakeRpc rpc{clock};
    FakePush push{loop, clock, rpc};
    metrics::Registry registry;
    fetcher::Metrics metrics{registry};
    std::vector<std::string> log;
    int changes = 0;
    fetcher::Fetcher fetcher;

    explicit PushWorld(Duration poll_interval = kNever)
        : fetcher(loop, clock, fetcher::Sources({{&rpc, "first"}}, {push.dial()}), metrics,
                  Log::to_lines(log),
                  {.program = kProgram, .poll_interval = poll_interval, .jitter = 0, .trust = {}}) {
        found_network(rpc);
        fetcher.on_change([this] { ++changes; });
        boost::asio::co_spawn(loop, fetcher.run(), boost::asio::detached);
        settle();
    }
    PushWorld(const PushWorld&) = delete;
    PushWorld& operator=(const PushWorld&) = delete;

    /// Active, subscribed and with everything read.
    void start() {
        fetcher.follow(kClientIp);
        fetcher.set_active(true);
        settle();
        REQUIRE(fetcher.view().pushed);
        rpc.calls.clear();
    }
    void settle() { clock.advance(0s); }
    const ledger::User* user_now() const {
        const auto view = fetcher.view();
        return view.snapshot ? view.snapshot->user(kUser) : nullptr;
    }
};

}  // namespace dz::test
