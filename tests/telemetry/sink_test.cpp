// Tests for what goes to the ledger, against the real program.
#include "services/telemetry/sink.hpp"

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <cstdio>

#include "base/files.hpp"
#include "base/run.hpp"
#include "tests/cli/world_rpc.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace dz;
using namespace dz::telemetry;
using namespace dz::test;

namespace {

struct Ledger {
    EventLoop loop;
    FakeClock clock{loop};
    Network network;
    WorldRpc rpc{network};

    /// So many users of the device.
    std::vector<PublicKey> users(std::uint32_t count) {
        std::vector<PublicKey> keys;
        for (std::uint32_t i = 0; i < count; ++i) {
            const Ipv4 client_ip = test::ip(9, 200, 0, i + 1);
            REQUIRE(network.set_pass("alice", client_ip) == "ok");
            REQUIRE(network.create_user("alice", client_ip) == "ok");
            keys.push_back(network.user(client_ip));
        }
        return keys;
    }
    std::vector<Result<ledger::Receipt>> write(std::vector<Write> writes,
                                               const std::string& publisher = "publisher") {
        LedgerSink sink(rpc, clock, network.key(publisher), network.addresses().program(), network.device);
        return run(loop, sink.write(std::move(writes)));
    }
    ledger::User user(const PublicKey& key) const { return network.get<ledger::User>(key); }
};

}  // namespace

TEST_CASE("sink: several statuses go in one transaction", "[telemetry]") {
    Ledger ledger;
    const auto users = ledger.users(3);
    const auto results = ledger.write({{users[0], BgpStatus::Up, 1'903us},
                                       {users[1], BgpStatus::Down, {}},
                                       {users[2], BgpStatus::Up, 5ms}});
    REQUIRE(results.size() == 3);
    for (const auto& result : results) CHECK(result);
    CHECK(ledger.rpc.sent == 1);
    CHECK(ledger.user(users[0]).bgp_status == BgpStatus::Up);
    CHECK(ledger.user(users[0]).bgp_rtt_ns == 1'903'000);
    CHECK(ledger.user(users[1]).bgp_status == BgpStatus::Down);
    CHECK(results[0]->slot.value == ledger.user(users[0]).last_bgp_reported_at);
}

TEST_CASE("sink: the most writes that a batch may have fit a transaction", "[telemetry]") {
    Ledger ledger;
    std::vector<Write> writes;
    for (std::uint8_t i = 0; i < Sink::kMaxBatch; ++i) {
        PublicKey user;
        user.bytes.fill(static_cast<std::uint8_t>(i + 1));
        writes.push_back({user, BgpStatus::Up, 5ms});
    }
    for (const auto& result : ledger.write(writes)) {
        REQUIRE_FALSE(result);
        CHECK(result.error().code == Errc::Rejected);  // there are no such users, and not LimitExceeded
    }
}

TEST_CASE("sink: a refused write is named and takes no other with it", "[telemetry]") {
    Ledger ledger;
    const auto users = ledger.users(3);
    auto stray = ledger.user(users[1]);
    stray.device_pk = ledger.network.exchange;
    ledger.network.set(users[1], stray);
    const auto results = ledger.write(
        {{users[0], BgpStatus::Up, 5ms}, {users[1], BgpStatus::Up, 5ms}, {users[2], BgpStatus::Up, 5ms}});
    CHECK(results[0]);
    REQUIRE_FALSE(results[1]);
    CHECK(results[1].error().code == Errc::Rejected);
    CHECK(results[1].error().detail == 8);
    CHECK(results[2]);
    CHECK(ledger.rpc.sent == 1);
    CHECK(ledger.user(users[2]).bgp_status == BgpStatus::Up);
}

TEST_CASE("sink: with another key than the publisher's every write is refused and nothing is sent",
          "[telemetry]") {
    Ledger ledger;
    const auto users = ledger.users(2);
    const auto results =
        ledger.write({{users[0], BgpStatus::Up, 5ms}, {users[1], BgpStatus::Up, 5ms}}, "mallory");
    for (const auto& result : results) {
        REQUIRE_FALSE(result);
        CHECK(result.error().detail == 8);
    }
    CHECK(ledger.rpc.sent == 0);
}

TEST_CASE("sink: a publisher without funds is told so, and nothing is sent", "[telemetry]") {
    Ledger ledger;
    const auto users = ledger.users(1);
    const auto penniless = ledger::Keypair::generate();
    LedgerSink sink(ledger.rpc, ledger.clock, penniless, ledger.network.addresses().program(),
                    ledger.network.device);
    const auto results = run(ledger.loop, sink.write({{users[0], BgpStatus::Up, 5ms}}));
    REQUIRE_FALSE(results[0]);
    CHECK(results[0].error().code == Errc::Permission);
    CHECK(results[0].error().text.contains(penniless.public_key().to_string()));
    CHECK(ledger.rpc.sent == 0);
}

TEST_CASE("sink: a ledger that cannot be reached fails every write in a way that may pass", "[telemetry]") {
    Ledger ledger;
    const auto users = ledger.users(2);
    ledger.rpc.fault = Error{Errc::Unavailable, "refused", 0};
    const auto results = ledger.write({{users[0], BgpStatus::Up, 5ms}, {users[1], BgpStatus::Up, 5ms}});
    REQUIRE(results.size() == 2);
    for (const auto& result : results) {
        REQUIRE_FALSE(result);
        CHECK(ledger::is_retryable(result.error()));
    }
}

TEST_CASE("sink: a dry run prints a line for each write", "[telemetry]") {
    TemporaryDirectory directory;
    std::FILE* const file = std::fopen((directory / "out").c_str(), "w");
    REQUIRE(file != nullptr);
    EventLoop loop;
    PrintSink sink(file);
    const auto results =
        run(loop, sink.write({{PublicKey{}, BgpStatus::Up, 1'903us}, {PublicKey{}, BgpStatus::Down, {}}}));
    std::fclose(file);
    CHECK(results.size() == 2);
    CHECK(files::read(directory / "out", 1000) ==
          "11111111111111111111111111111111 up rtt 1.903ms\n11111111111111111111111111111111 down\n");
}
