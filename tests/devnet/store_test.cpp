#include "chain/devnet/store.hpp"

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/support/temporary_directory.hpp"

using namespace dz;
using namespace dz::devnet;

namespace {

PublicKey key(std::uint8_t number) {
    PublicKey made;
    made.bytes[0] = number;
    return made;
}

Signature signature(std::uint8_t number) {
    Signature made;
    made.bytes[0] = number;
    return made;
}

AccountPointer account(std::uint64_t lamports, Bytes data = {}) {
    return std::make_shared<AccountState>(AccountState{lamports, key(9), std::move(data), false});
}

Entry entry(std::uint64_t slot, std::uint8_t number) {
    Entry made;
    made.slot = slot;
    made.unix_time = 1'700'000'000;
    made.hash.bytes[0] = number;
    made.records = {{signature(number),
                     slot,
                     made.unix_time,
                     {},
                     5000,
                     300,
                     {{10, 20}, {5, 25}},
                     {"one", "two"},
                     {1, 2, 3},
                     {key(1), key(number)}}};
    made.writes = {{key(number), account(number, {number})}};
    return made;
}

std::vector<AccountWrite> all_accounts(Store& store) {
    std::vector<AccountWrite> all;
    REQUIRE(store.visit_accounts([&](const PublicKey& address, AccountPointer state) {
        all.emplace_back(address, std::move(state));
    }));
    return all;
}

}  // namespace

TEST_CASE("store: what was committed is there after opening again", "[devnet]") {
    const test::TemporaryDirectory directory(test::memory_directory());
    {
        auto store = Store::open(directory.path()).value();
        REQUIRE(store->commit(entry(10, 1)));
        auto failed = entry(11, 2);
        failed.records[0].error = ledger::TransactionError::of(3, ledger::ProgramError::MaxUsersExceeded);
        failed.writes.emplace_back(key(1), account(0));
        REQUIRE(store->commit(failed));
        REQUIRE(store->put_value("name", "value"));
    }
    auto store = Store::open(directory.path()).value();
    CHECK(store->value("name").value() == "value");
    CHECK_FALSE(store->value("nothing").value());
    const auto accounts = all_accounts(*store);
    REQUIRE(accounts.size() == 1);
    CHECK(accounts[0].first == key(2));
    CHECK(*accounts[0].second == *account(2, {2}));
    CHECK(store->transaction_count().value() == 2);
    const auto record = store->find(signature(2)).value();
    REQUIRE(record);
    CHECK(record->slot == 11);
    CHECK(record->balances == Balances{{10, 20}, {5, 25}});
    CHECK(record->error == ledger::TransactionError::of(3, ledger::ProgramError::MaxUsersExceeded));
    CHECK(record->log == std::vector<std::string>{"one", "two"});
    CHECK(record->transaction == Bytes{1, 2, 3});
    CHECK_FALSE(store->find(signature(7)).value());
    std::vector<Signature> since;
    REQUIRE(store->visit_outcomes(11, [&](const Record& record) { since.push_back(record.signature); }));
    CHECK(since == std::vector{signature(2)});
}

TEST_CASE("store: slots come with the one before the range", "[devnet]") {
    const test::TemporaryDirectory directory(test::memory_directory());
    auto store = Store::open(directory.path()).value();
    for (const auto slot : Bytes{10, 20, 30}) REQUIRE(store->commit(entry(slot, slot)));
    const auto slots = store->slots(25).value();
    REQUIRE(slots.size() == 2);
    CHECK(slots[0].first == 20);
    CHECK(slots[1].first == 30);
}

TEST_CASE("store: history is newest first and bounded on both sides", "[devnet]") {
    const test::TemporaryDirectory directory(test::memory_directory());
    auto store = Store::open(directory.path()).value();
    for (const auto number : Bytes{1, 2, 3, 4}) REQUIRE(store->commit(entry(number, number)));
    const auto names = [&](const HistoryQuery& query) {
        std::vector<int> numbers;
        for (const auto& record : store->history(query).value()) numbers.push_back(record.signature.bytes[0]);
        return numbers;
    };
    HistoryQuery query;
    query.address = key(1);
    query.newest_slot = 100;
    CHECK(names(query) == std::vector{4, 3, 2, 1});
    query.limit = 2;
    CHECK(names(query) == std::vector{4, 3});
    query.before = signature(4);
    query.until = signature(1);
    CHECK(names(query) == std::vector{3, 2});
    query.newest_slot = 2;
    CHECK(names(query) == std::vector{2});
    query = {};
    query.address = key(3);
    query.newest_slot = 100;
    CHECK(names(query) == std::vector{3});
}

TEST_CASE("store: a duplicate signature is refused and leaves nothing of its entry", "[devnet]") {
    const test::TemporaryDirectory directory(test::memory_directory());
    auto store = Store::open(directory.path()).value();
    REQUIRE(store->commit(entry(10, 1)));
    auto again = entry(11, 1);
    again.writes = {{key(5), account(5)}};
    CHECK_FALSE(store->commit(again));
    CHECK(all_accounts(*store).size() == 1);
    CHECK(store->commit(entry(12, 2)));
}

TEST_CASE("store: a ledger in use, a foreign file and a missing place are told apart", "[devnet]") {
    const test::TemporaryDirectory directory(test::memory_directory());
    {
        const auto first = Store::open(directory.path()).value();
        const auto second = Store::open(directory.path());
        REQUIRE_FALSE(second);
        CHECK(second.error().code == Errc::Exists);
    }
    std::filesystem::create_directory(directory / "foreign");
    std::ofstream(directory / "foreign/ledger.db")
        << "this is no database, but a longer text than a header is";
    const auto foreign = Store::open(directory / "foreign");
    REQUIRE_FALSE(foreign);
    CHECK(foreign.error().code == Errc::BadValue);
    CHECK_FALSE(Store::open("/dev/null/ledger"));
}
