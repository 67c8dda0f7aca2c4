#include "fetcher/catalogue.hpp"

#include <catch2/catch.hpp>

#include "fetcher/read.hpp"
#include "tests/support/fake_network.hpp"

namespace dz::fetcher {
namespace {

using namespace test;

constexpr TimePoint kNow{1000s};

ledger::KeyedAccount account_of(std::uint8_t number, const auto& value) {
    ledger::KeyedAccount out{key(number), {}};
    out.account.data = ledger::encode(value);
    out.account.lamports = {1};
    return out;
}

/// The global configuration and so many devices.
std::vector<ledger::KeyedAccount> network(int devices) {
    std::vector<ledger::KeyedAccount> out = {account_of(99, global_config())};
    for (int i = 0; i < devices; ++i)
        out.push_back(
            account_of(static_cast<std::uint8_t>(100 + i), device("dev", "9.200.0.1", "9.200.1.8/29")));
    return out;
}
Answer answer(int devices, std::uint64_t slot) {
    return make_answer(network(devices), {slot}, ledger::Scope::Catalogue);
}
ledger::AccountChange change(const ledger::KeyedAccount& account, std::uint64_t slot) {
    return {{slot}, account.key, account.account};
}

/// Wanted, and read with two devices at slot 10.
Catalogue read_once() {
    Catalogue catalogue({}, {});
    catalogue.want(true);
    catalogue.reads(kNow);
    CHECK(catalogue.take(answer(2, 10), kNow).changed);
    return catalogue;
}

TEST_CASE("catalogue: it is read when wanted, then by the minute, or every ten while pushed", "[fetcher]") {
    Catalogue catalogue({}, {});
    CHECK(catalogue.next_read(false) == TimePoint::max());
    catalogue.want(true);
    CHECK(catalogue.next_read(true) <= kNow);
    catalogue.reads(kNow);
    CHECK(catalogue.next_read(true) == kNow + 60s);  // a failed read is not waited out for long
    catalogue.take(answer(2, 10), kNow);
    CHECK(catalogue.next_read(false) == kNow + 60s);
    CHECK(catalogue.next_read(true) == kNow + 10min);
}

TEST_CASE("catalogue: pushed changes of a moment are one snapshot", "[fetcher]") {
    auto catalogue = read_once();
    const auto before = catalogue.snapshot();
    CHECK(catalogue.next_settle() == TimePoint::max());
    catalogue.put(change(account_of(50, device("new-1", "9.200.0.5", "9.200.5.8/29")), 11), kNow);
    catalogue.put(change(account_of(51, device("new-2", "9.200.0.6", "9.200.6.8/29")), 11), kNow + 900ms);
    CHECK(catalogue.snapshot() == before);
    CHECK(catalogue.next_settle() == kNow + 1s);
    CHECK(catalogue.settle(kNow + 1s).changed);
    CHECK(catalogue.snapshot()->devices().size() == 4);
    CHECK(catalogue.next_settle() == TimePoint::max());
}

TEST_CASE("catalogue: a read keeps what was pushed of a later slot", "[fetcher]") {
    auto catalogue = read_once();
    catalogue.put(change(account_of(50, device("new", "9.200.0.5", "9.200.5.8/29")), 20), kNow);
    CHECK(catalogue.settle(kNow).changed);
    catalogue.reads(kNow);
    CHECK_FALSE(catalogue.take(answer(2, 20 - 1 + 1), kNow).doubt);
    CHECK(catalogue.snapshot()->devices().size() == 2);
    catalogue.put(change(account_of(51, device("new", "9.200.0.5", "9.200.5.8/29")), 30), kNow);
    CHECK(catalogue.settle(kNow).changed);
    CHECK_FALSE(catalogue.take(answer(2, 30), kNow).doubt);
    CHECK(catalogue.snapshot()->devices().size() == 2);
}

TEST_CASE("catalogue: pushes that take most of it away are not believed, a read decides", "[fetcher]") {
    Catalogue catalogue({}, {});
    catalogue.want(true);
    catalogue.reads(kNow);
    catalogue.take(answer(40, 10), kNow);
    for (const auto& account : network(40))
        if (account.key != key(99)) catalogue.put({{11}, account.key, {}}, kNow);
    const auto outcome = catalogue.settle(kNow + 1s);
    CHECK(outcome.doubt);
    CHECK(catalogue.snapshot()->devices().size() == 40);
    CHECK(catalogue.next_read(true) <= kNow);
}

TEST_CASE("catalogue: a new connection makes it due", "[fetcher]") {
    auto catalogue = read_once();
    catalogue.went_live(false);
    CHECK(catalogue.next_read(true) <= kNow);  // the first since it is wanted
    catalogue.reads(kNow);
    catalogue.take(answer(2, 10), kNow);
    catalogue.went_live(false);
    CHECK(catalogue.next_read(true) == kNow + 10min);
    catalogue.went_live(true);
    CHECK(catalogue.next_read(true) <= kNow);
}

TEST_CASE("catalogue: what nobody wants is forgotten", "[fetcher]") {
    auto catalogue = read_once();
    catalogue.want(false);
    CHECK_FALSE(catalogue.snapshot());
    catalogue.put(change(account_of(50, device("new", "9.200.0.5", "9.200.5.8/29")), 20), kNow);
    CHECK(catalogue.next_settle() == TimePoint::max());
}

}  // namespace
}  // namespace dz::fetcher
