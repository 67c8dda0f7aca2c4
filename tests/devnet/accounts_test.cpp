#include "chain/devnet/accounts.hpp"

#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>

using namespace dz;
using namespace dz::devnet;

namespace {

PublicKey key(std::uint8_t number) {
    PublicKey made;
    made.bytes[31] = number;
    return made;
}

AccountPointer with(std::uint64_t lamports, std::uint8_t owner = 0) {
    return std::make_shared<AccountState>(AccountState{lamports, key(owner), {}, false});
}

using Contents = std::map<PublicKey, std::uint64_t>;

Contents owned(const Accounts& accounts, std::uint8_t owner, Version version) {
    Contents contents;
    accounts.visit_owned(key(owner), version, [&](const PublicKey& address, const AccountState& state) {
        REQUIRE(contents.emplace(address, state.lamports).second);
    });
    return contents;
}

}  // namespace

TEST_CASE("accounts: an older version reads as it was", "[devnet]") {
    Accounts accounts;
    const Version one = accounts.apply({{key(1), with(10)}, {key(2), with(20)}});
    const Version two = accounts.apply({{key(1), with(11)}, {key(2), with(0)}, {key(3), with(30)}});
    CHECK(accounts.find(key(1), one)->lamports == 10);
    CHECK(accounts.find(key(1), two)->lamports == 11);
    CHECK(accounts.find(key(2), one)->lamports == 20);
    CHECK(accounts.find(key(2), two) == nullptr);
    CHECK(accounts.find(key(3), one) == nullptr);
    CHECK(accounts.find(key(1), 0) == nullptr);
    CHECK(owned(accounts, 0, one) == Contents{{key(1), 10}, {key(2), 20}});
    CHECK(owned(accounts, 0, two) == Contents{{key(1), 11}, {key(3), 30}});
}

TEST_CASE("accounts: an account moves between owners with its version", "[devnet]") {
    Accounts accounts;
    const Version one = accounts.apply({{key(1), with(10, 7)}});
    const Version two = accounts.apply({{key(1), with(10, 8)}});
    CHECK(owned(accounts, 7, one).size() == 1);
    CHECK(owned(accounts, 7, two).empty());
    CHECK(owned(accounts, 8, two).size() == 1);
}

TEST_CASE("accounts: every version that is not forgotten equals a copy taken then", "[devnet]") {
    rc::prop("versions", [](const std::vector<std::vector<std::pair<std::uint8_t, std::uint8_t>>>& entries) {
        Accounts accounts;
        std::vector<Contents> copies = {{}};
        for (const auto& entry : entries) {
            std::vector<AccountWrite> writes;
            Contents now = copies.back();
            for (const auto& [number, lamports] : entry) {
                const std::uint64_t amount = lamports % 4;
                writes.emplace_back(key(number % 8), with(amount));
                if (amount == 0) {
                    now.erase(key(number % 8));
                } else {
                    now[key(number % 8)] = amount;
                }
            }
            accounts.apply(writes);
            copies.push_back(now);
        }
        const auto kept = *rc::gen::inRange<std::size_t>(0, copies.size());
        accounts.forget_before(kept);
        for (Version version = kept; version < copies.size(); ++version) {
            RC_ASSERT(owned(accounts, 0, version) == copies[version]);
            for (std::uint8_t number = 0; number < 8; ++number) {
                const auto found = accounts.find(key(number), version);
                const auto expected = copies[version].find(key(number));
                RC_ASSERT((found != nullptr) == (expected != copies[version].end()));
                if (found) RC_ASSERT(found->lamports == expected->second);
            }
        }
    });
}
