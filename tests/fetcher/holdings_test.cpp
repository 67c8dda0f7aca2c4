#include "fetcher/holdings.hpp"

#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>

#include "tests/support/fake_network.hpp"

namespace dz::fetcher {
namespace {

using namespace test;
using ledger::AccountChange;

ledger::AccountInfo holding(std::uint8_t byte) {
    ledger::AccountInfo account;
    account.data = {byte};
    account.lamports = {1};
    return account;
}
AccountChange change(std::uint8_t account, std::uint64_t slot, std::uint8_t byte) {
    return {{slot}, key(account), holding(byte)};
}
AccountChange closing(std::uint8_t account, std::uint64_t slot) {
    return {{slot}, key(account), {}};
}

/// "1:7 2:9": the last byte of the key and the first of the data.
std::string text(const Holdings& holdings) {
    std::string out;
    for (const auto& [key, account] : holdings.accounts())
        out += fmt::format("{}{}:{}", out.empty() ? "" : " ", key.bytes[31], account.data.at(0));
    return out;
}

TEST_CASE("holdings: a newer change replaces an older one, and not the other way round", "[fetcher]") {
    Holdings holdings;
    CHECK(holdings.put(change(1, 10, 7)));
    CHECK(holdings.put(change(1, 12, 8)));
    CHECK_FALSE(holdings.put(change(1, 11, 9)));
    CHECK(text(holdings) == "1:8");
}

TEST_CASE("holdings: what is known already is no change, and still counts as newer", "[fetcher]") {
    Holdings holdings;
    CHECK(holdings.put(change(1, 10, 7)));
    CHECK_FALSE(holdings.put(change(1, 15, 7)));
    CHECK_FALSE(holdings.put(change(1, 12, 8)));
    CHECK(text(holdings) == "1:7");
}

TEST_CASE("holdings: a read takes away what it lacks", "[fetcher]") {
    Holdings holdings;
    holdings.put(change(1, 10, 7));
    holdings.put(change(2, 10, 7));
    CHECK_FALSE(holdings.take({{key(2), holding(9)}}, {11}));
    CHECK(text(holdings) == "2:9");
    CHECK_FALSE(holdings.knows(key(1)));
}

TEST_CASE("holdings: a read does not undo what was told of a later slot", "[fetcher]") {
    Holdings holdings;
    holdings.put(change(1, 20, 7));
    holdings.put(closing(2, 20));
    CHECK(holdings.take({{key(1), holding(1)}, {key(2), holding(1)}, {key(3), holding(1)}}, {15}));
    CHECK(text(holdings) == "1:7 3:1");
    CHECK(holdings.knows(key(2)));
}

TEST_CASE("holdings: a later read may bring a closed account back", "[fetcher]") {
    Holdings holdings;
    holdings.put(closing(2, 20));
    CHECK_FALSE(holdings.take({{key(2), holding(5)}}, {21}));
    CHECK(text(holdings) == "2:5");
}

TEST_CASE("holdings: a server that does not say the slot is believed", "[fetcher]") {
    Holdings holdings;
    holdings.put(change(1, 20, 7));
    CHECK_FALSE(holdings.take({{key(3), holding(1)}}, {}));
    CHECK(text(holdings) == "3:1");
}

TEST_CASE("holdings: in whatever order changes come, the newest of each account stays", "[fetcher]") {
    rc::prop("order does not matter", [](std::vector<std::uint8_t> raw) {
        // Slots are unique, since a slot says one thing of an account.
        std::vector<AccountChange> changes;
        for (std::size_t i = 0; i < raw.size(); ++i)
            changes.push_back(change(raw[i] % 4, 100 + i, static_cast<std::uint8_t>(i)));
        Holdings straight, reversed;
        for (const auto& one : changes) straight.put(one);
        for (auto one = changes.rbegin(); one != changes.rend(); ++one) reversed.put(*one);
        RC_ASSERT(text(straight) == text(reversed));
    });
}

}  // namespace
}  // namespace dz::fetcher
