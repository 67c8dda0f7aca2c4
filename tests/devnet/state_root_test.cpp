#include "chain/devnet/state_root.hpp"

#include <catch2/catch.hpp>

using namespace dz;
using namespace dz::devnet;

namespace {

ledger::PublicKey key(std::uint8_t number) {
    ledger::PublicKey made;
    made.bytes[0] = number;
    return made;
}

program::AccountState account(std::uint64_t lamports, Bytes data = {}) {
    return {lamports, key(9), std::move(data), false};
}

}  // namespace

TEST_CASE("state root: the order of changes does not show", "[devnet]") {
    StateRoot one;
    one.add(key(1), account(1));
    one.add(key(2), account(2, {1, 2, 3}));
    StateRoot two;
    two.add(key(2), account(7));
    two.add(key(1), account(1));
    two.remove(key(2), account(7));
    two.add(key(2), account(2, {1, 2, 3}));
    CHECK(one == two);
    CHECK(one.hash() == two.hash());
    two.remove(key(1), account(1));
    two.remove(key(2), account(2, {1, 2, 3}));
    CHECK(two == StateRoot());
}

TEST_CASE("state root: every field of an account counts", "[devnet]") {
    const auto of = [](const ledger::PublicKey& address, const program::AccountState& state) {
        StateRoot root;
        root.add(address, state);
        return root.hash();
    };
    const auto base = of(key(1), account(1, {0}));
    CHECK(of(key(2), account(1, {0})) != base);
    CHECK(of(key(1), account(2, {0})) != base);
    CHECK(of(key(1), account(1, {1})) != base);
    CHECK(of(key(1), account(1, {0, 0})) != base);
    auto other = account(1, {0});
    other.executable = true;
    CHECK(of(key(1), other) != base);
    other = account(1, {0});
    other.owner = key(8);
    CHECK(of(key(1), other) != base);
}

TEST_CASE("state root: a stored sum goes on where it was, and one of another size is refused", "[devnet]") {
    StateRoot root;
    root.add(key(1), account(1));
    auto again = StateRoot::from(root.sum()).value();
    CHECK(again == root);
    again.remove(key(1), account(1));
    CHECK(again == StateRoot());
    CHECK_FALSE(StateRoot::from(Bytes(StateRoot::kSize - 1)));
}
