#include "services/oracle/journal.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <fstream>

#include "base/run.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace dz;
using namespace dz::oracle;
using namespace dz::test;

namespace {

PublicKey key(std::uint8_t fill) {
    PublicKey out;
    out.bytes.fill(fill);
    return out;
}

Reservation record(std::uint8_t number) {
    Reservation r;
    r.id = std::string(32, static_cast<char>('a' + number));
    r.index = number;
    r.deposit = key(number);
    r.device = key(200);
    r.client_ip = Ipv4{0xfe000000U + number};
    r.user_payer = key(201);
    r.refund_to = key(202);
    r.holder = "acme";
    r.request_key = "key " + std::to_string(number);
    r.price = {0xffff'ffff'ffff'fff0U};
    r.expires_slot = 11;
    r.expires_at = 12;
    r.state = State::Held;
    r.changed_slot = 13;
    return r;
}

struct Disk {
    Result<std::unique_ptr<SqliteJournal>> open() {
        return SqliteJournal::open(loop, clock, directory / "deep/j.sqlite");
    }
    Result<> write(SqliteJournal& journal, const Reservation& r, bool remove = false) {
        return run(loop, journal.write({r, remove}));
    }
    TemporaryDirectory directory{memory_directory()};
    EventLoop loop{1};
    FakeClock clock{loop};
};

}  // namespace

TEST_CASE("journal: every field is there after a restart, and what was removed is not", "[oracle]") {
    Disk disk;
    Reservation full = record(1);
    full.state = State::Closing;
    full.reason = Reason::Unsettled;
    full.settle_slot = 14;
    full.received = {15};
    full.granted = true;
    full.collected = true;
    full.refunded = {16};
    full.flight = Flight{Purpose::Collect, {1, 2, 3}, 17, Lamports{18}};
    Reservation bare = record(2);
    bare.request_key.reset();
    {
        const auto journal = disk.open().value();
        REQUIRE(disk.write(*journal, record(1)));
        REQUIRE(disk.write(*journal, full));
        REQUIRE(disk.write(*journal, bare));
        REQUIRE(disk.write(*journal, record(3)));
        REQUIRE(disk.write(*journal, record(3), true));
    }
    CHECK(disk.open().value()->read() == std::vector{full, bare});
}

TEST_CASE("journal: no address is given twice, and no seat either", "[oracle]") {
    Disk disk;
    const auto journal = disk.open().value();
    REQUIRE(disk.write(*journal, record(1)));
    Reservation same_address = record(2);
    same_address.index = 1;
    CHECK(disk.write(*journal, same_address).error().code == Errc::Exists);
    Reservation same_seat = record(3);
    same_seat.client_ip = record(1).client_ip;
    CHECK(disk.write(*journal, same_seat).error().code == Errc::Exists);
    // The seat is free again when the first one is over.
    Reservation over = record(1);
    over.state = State::Closed;
    REQUIRE(disk.write(*journal, over));
    CHECK(disk.write(*journal, same_seat));
}

TEST_CASE("journal: many writes at once are all there, each told its own end", "[oracle]") {
    Disk disk;
    constexpr std::uint8_t kMany = 100;
    {
        const auto journal = disk.open().value();
        int done = 0;
        for (std::uint8_t i = 0; i < kMany; ++i) {
            boost::asio::co_spawn(disk.loop, journal->write({record(i), false}),
                                  [&](const std::exception_ptr&, const Result<>& written) {
                                      CHECK(written);
                                      ++done;
                                  });
        }
        while (done < kMany) disk.loop.run_one();
    }
    CHECK(disk.open().value()->read()->size() == kMany);
}

TEST_CASE("journal: two oracles do not share one", "[oracle]") {
    Disk disk;
    const auto journal = disk.open().value();
    const auto second = disk.open();
    REQUIRE_FALSE(second);
    CHECK(second.error().code == Errc::Exists);
    CHECK(second.error().text.find("another process has it open") != std::string::npos);
}

TEST_CASE("journal: another kind of file is left alone", "[oracle]") {
    Disk disk;
    const auto path = disk.directory / "other";
    std::ofstream(path)
        << "this is no database, but it is long enough to look like one at the first glance ...\n";
    CHECK(SqliteJournal::open(disk.loop, disk.clock, path).error().code == Errc::BadValue);
    const auto database = disk.directory / "database";
    REQUIRE(sqlite::Database::open(database.string(), nullptr)->execute("PRAGMA user_version = 9"));
    const auto refused = SqliteJournal::open(disk.loop, disk.clock, database);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().text.find("give -journal another path") != std::string::npos);
}
