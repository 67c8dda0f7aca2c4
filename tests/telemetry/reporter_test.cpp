// Tests for the tick: ledger, kernel, decision and queue together (telemetry.md T-10 to T-19).
#include "services/telemetry/reporter.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "base/run.hpp"
#include "netlink/fake_socket_diag.hpp"
#include "tests/telemetry/fake_sink.hpp"
#include "tests/telemetry/support.hpp"

using namespace dz;
using namespace dz::telemetry;
using namespace dz::test;

namespace {

const PublicKey kPublisher = key(50);

/// A device of the fake network with its kernel, its ledger and its reporter.
struct Site {
    EventLoop loop;
    FakeClock clock{loop};
    FakeRpc rpc{clock};
    metrics::Registry registry;
    fetcher::Metrics fetcher_metrics{registry, "doublezero_telemetry_programdata"};
    telemetry::Metrics metrics{registry};
    std::vector<std::string> log;
    fetcher::Fetcher fetcher{
        loop,        clock,
        rpc,         fetcher_metrics,
        Log::none(), {.program = kProgram, .scope = ledger::Scope::Catalogue, .trust = {}}};
    netlink::FakeSocketDiag diag;
    FakeSink sink{clock};
    Writer writer{loop, clock, sink, metrics, Log::none()};
    Reporter reporter{{.device = kDeviceA, .publisher = kPublisher, .rules = {}},
                      clock,
                      fetcher,
                      diag,
                      writer,
                      metrics,
                      Log::to_lines(log)};

    Site() {
        found_network(rpc);
        set_publisher(kPublisher);
        boost::asio::co_spawn(loop, fetcher.run(), boost::asio::detached);
        clock.advance(0s);
    }
    void set_publisher(const PublicKey& publisher) {
        auto account = device("dev-a", "9.200.0.1", "9.200.1.8/29");
        account.metrics_publisher_pk = publisher;
        rpc.put(kDeviceA, account);
    }
    void put_user(std::uint8_t number, BgpStatus status = BgpStatus::Unknown,
                  ledger::UserStatus activated = ledger::UserStatus::Activated) {
        auto account = test::user();
        account.tunnel_net = tunnel_net(number);
        account.client_ip = plus(kClientIp, number);
        account.status = activated;
        account.bgp_status = status;
        account.last_bgp_reported_at = status == BgpStatus::Unknown ? 0 : rpc.now().value;
        rpc.put(key(number), account);
    }
    /// What the sink took, as a reader of the ledger sees it.
    void show_writes() {
        for (const auto& [user, write] : sink.written) {
            auto account = test::user();
            account.tunnel_net = tunnel_net(user.bytes[31]);
            account.client_ip = plus(kClientIp, user.bytes[31]);
            account.bgp_status = write.status;
            account.last_bgp_reported_at = sink.slot;
            rpc.put(user, account);
        }
        rpc.set_slot(sink.slot + 1);
    }
    void start_writer() {
        boost::asio::co_spawn(loop, writer.run(), boost::asio::detached);
        clock.advance(0s);
    }
    TickResult tick() {
        std::optional<Result<TickResult>> result;
        boost::asio::co_spawn(loop, reporter.tick(),
                              [&](const std::exception_ptr&, Result<TickResult> value) { result = value; });
        clock.advance(0s);
        for (int i = 0; i < 100 && !result; ++i) clock.advance(1s);
        REQUIRE(result);
        REQUIRE(*result);
        clock.advance(0s);
        return **result;
    }
    bool logged(std::string_view text) const {
        return std::ranges::any_of(log, [&](const auto& line) { return line.contains(text); });
    }
    std::optional<Write> written(std::uint8_t number) const {
        const auto at = sink.written.find(key(number));
        return at == sink.written.end() ? std::nullopt : std::optional(at->second);
    }
};

}  // namespace

TEST_CASE("tick: a user with an established session in one of several namespaces is up", "[telemetry]") {
    Site site;
    site.put_user(2);
    for (const char* name : {"default", "ns-management", "ns-vrf1", "ns-vrf2"}) site.diag.add(name);
    site.diag.plug("ns-vrf2", tunnel_net(2));
    site.diag.connect("ns-vrf2", session_of(2));
    site.start_writer();
    CHECK(site.tick() == TickResult::Success);
    CHECK(site.written(2) == Write{key(2), BgpStatus::Up, 5ms});
    CHECK(site.written(2)->rtt.count() == 5'000'000);
    CHECK(site.metrics.users_up.Value() == 1);
}

TEST_CASE("tick: a confirmed up without tunnel becomes down", "[telemetry]") {
    Site site;
    site.put_user(1, BgpStatus::Up);
    site.diag.add("ns-vrf1");
    site.start_writer();
    site.tick();
    CHECK(site.written(1) == Write{key(1), BgpStatus::Down, {}});
}

TEST_CASE("tick: without any namespace nothing is decided", "[telemetry]") {
    Site site;
    site.put_user(1, BgpStatus::Up);
    site.start_writer();
    CHECK(site.tick() == TickResult::NoNamespaces);
    CHECK(site.sink.batches.empty());
}

TEST_CASE("tick: without the namespace directory nothing is decided, and that is logged once",
          "[telemetry]") {
    Site site;
    site.put_user(1, BgpStatus::Up);
    site.diag.fail_all(Errc::NotFound);
    site.start_writer();
    CHECK(site.tick() == TickResult::NamespacesUnreadable);
    CHECK(site.tick() == TickResult::NamespacesUnreadable);
    CHECK(site.sink.batches.empty());
    CHECK(std::ranges::count_if(site.log, [](const auto& line) { return line.contains("ERROR"); }) == 1);
}

TEST_CASE("tick: when no namespace can be read nobody is down", "[telemetry]") {
    Site site;
    site.put_user(1, BgpStatus::Up);
    site.diag.add("ns-vrf1");
    site.diag.damage("ns-vrf1", Errc::Permission);
    site.start_writer();
    CHECK(site.tick() == TickResult::NamespacesUnreadable);
    CHECK(site.sink.batches.empty());
    CHECK(site.metrics.namespace_failure("ns-vrf1").Value() == 1);
}

TEST_CASE("tick: of two namespaces the one that can be read is enough for its own users", "[telemetry]") {
    Site site;
    site.put_user(1);
    site.put_user(2, BgpStatus::Up);
    for (const char* name : {"ns-vrf1", "ns-vrf2"}) site.diag.add(name);
    site.diag.plug("ns-vrf1", tunnel_net(1));
    site.diag.connect("ns-vrf1", session_of(1));
    site.diag.damage("ns-vrf2", Errc::Timeout);
    site.start_writer();
    CHECK(site.tick() == TickResult::Success);
    CHECK(site.written(1));
    CHECK_FALSE(site.written(2));
    CHECK(site.logged("namespace cannot be read, its users keep their status"));
    site.diag.heal("ns-vrf2");
    site.tick();
    CHECK(site.written(2) == Write{key(2), BgpStatus::Down, {}});
}

TEST_CASE("tick: users of other devices, and users that are not activated, are left alone", "[telemetry]") {
    Site site;
    site.put_user(1, BgpStatus::Up, ledger::UserStatus::Banned);
    auto other = test::user();
    other.device_pk = kDeviceB;
    other.bgp_status = BgpStatus::Up;
    site.rpc.put(key(2), other);
    site.diag.add("ns-vrf1");
    site.start_writer();
    site.tick();
    CHECK(site.sink.batches.empty());
}

TEST_CASE("tick: a user whose write is under way gets no second one", "[telemetry]") {
    Site site;
    site.put_user(1, BgpStatus::Up);
    site.diag.add("ns-vrf1");
    site.tick();
    site.tick();
    CHECK(site.writer.waiting() == 1);
}

TEST_CASE("tick: a write that did not fit the queue is tried again in the next tick", "[telemetry]") {
    Site site;
    site.put_user(1, BgpStatus::Up);
    site.diag.add("ns-vrf1");
    for (std::size_t i = 0; i < Writer::kCapacity; ++i)
        REQUIRE(site.writer.offer({key(99), BgpStatus::Up, {}}));
    site.tick();
    CHECK(site.metrics.drop(Drop::QueueFull).Value() == 1);
    site.start_writer();
    site.clock.advance(1s);
    site.tick();
    CHECK(site.written(1));
}

TEST_CASE("tick: what was written is not written again, now or after it shows on the ledger", "[telemetry]") {
    Site site;
    site.put_user(1);
    site.diag.add("ns-vrf1");
    site.diag.plug("ns-vrf1", tunnel_net(1));
    site.diag.connect("ns-vrf1", session_of(1));
    site.start_writer();
    site.tick();
    site.clock.advance(1s);
    site.tick();
    site.show_writes();
    for (int i = 0; i < 5; ++i) {
        site.clock.advance(60s);
        site.tick();
    }
    CHECK(site.sink.batches.size() == 1);
}

TEST_CASE("tick: a failed write is tried again in the next tick", "[telemetry]") {
    Site site;
    site.put_user(1, BgpStatus::Up);
    site.diag.add("ns-vrf1");
    site.start_writer();
    site.sink.failures = 3;
    site.tick();
    site.clock.advance(10s);
    CHECK_FALSE(site.written(1));
    site.tick();
    CHECK(site.written(1));
    CHECK(site.logged("statuses are written again"));
}

TEST_CASE("tick: a user that the ledger refuses is left alone for a minute, then for two", "[telemetry]") {
    Site site;
    site.put_user(1, BgpStatus::Up);
    site.diag.add("ns-vrf1");
    site.start_writer();
    site.sink.refused = {key(1)};
    std::vector<int> attempts;
    for (int minute = 0; minute < 8; ++minute) {
        site.tick();
        attempts.push_back(static_cast<int>(site.sink.batches.size()));
        site.clock.advance(60s);
    }
    CHECK(attempts == std::vector{1, 2, 2, 3, 3, 3, 3, 4});
}

TEST_CASE("tick: a write that ends after its user has left is no reason to remember the user",
          "[telemetry]") {
    Site site;
    site.put_user(1, BgpStatus::Up);
    site.diag.add("ns-vrf1");
    site.tick();
    site.rpc.remove(key(1));
    site.clock.advance(60s);
    site.tick();
    site.start_writer();  // only now the write is carried out
    CHECK(site.written(1));
    site.put_user(1, BgpStatus::Up);
    site.clock.advance(60s);
    site.tick();
    CHECK(site.sink.batches.size() == 2);  // as if met for the first time
}

TEST_CASE("tick: without the publisher's key nothing is sent, until the ledger names ours", "[telemetry]") {
    Site site;
    site.put_user(1, BgpStatus::Up);
    site.set_publisher(key(51));
    site.diag.add("ns-vrf1");
    site.start_writer();
    site.tick();
    CHECK(site.sink.batches.empty());
    CHECK(site.metrics.submission(BgpStatus::Down, false).Value() == 1);
    CHECK(site.metrics.drop(Drop::WrongPublisher).Value() == 1);
    CHECK(site.logged("the key is not the device's metrics publisher"));
    site.set_publisher(kPublisher);
    site.tick();
    CHECK(site.written(1));
}

TEST_CASE("tick: nothing is decided before the ledger has answered once", "[telemetry]") {
    Site site;
    site.rpc.fail_always();
    site.diag.add("ns-vrf1");
    CHECK(site.tick() == TickResult::NoLedgerData);
    site.rpc.heal();
    CHECK(site.tick() == TickResult::Success);
}

TEST_CASE("tick: with the ledger away decisions go on with what was read last", "[telemetry]") {
    Site site;
    site.put_user(1);
    site.diag.add("ns-vrf1");
    site.start_writer();
    site.tick();
    site.rpc.fail_always();
    site.diag.plug("ns-vrf1", tunnel_net(1));
    site.diag.connect("ns-vrf1", session_of(1));
    site.clock.advance(60s);
    CHECK(site.tick() == TickResult::Success);
    CHECK(site.written(1) == Write{key(1), BgpStatus::Up, 5ms});
}

TEST_CASE("tick: a ledger that hangs does not move the ticks", "[telemetry]") {
    Site site;
    site.put_user(1);
    site.diag.add("ns-vrf1");
    boost::asio::co_spawn(site.loop, site.reporter.run(), boost::asio::detached);
    site.clock.advance(0s);
    CHECK(site.diag.looks() == 1);
    site.rpc.latency = 1h;
    site.clock.advance(10min);
    CHECK(site.diag.looks() == 11);
    CHECK(site.metrics.tick(TickResult::Success).Value() >= 10);
}

TEST_CASE("tick: a look that could not come back to its namespace ends the reporter", "[telemetry]") {
    Site site;
    site.diag.fail_all(Errc::Internal);
    std::optional<Error> error;
    boost::asio::co_spawn(site.loop, site.reporter.run(), [&](const std::exception_ptr&, Result<> ended) {
        if (!ended) error = ended.error();
    });
    site.clock.advance(10s);
    REQUIRE(error);
    CHECK(error->code == Errc::Internal);
}
