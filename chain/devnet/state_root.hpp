// chain/devnet/state_root.hpp: one hash over all accounts, which costs as much as what changed.
//
// Each account is a vector of 1024 numbers drawn from its hash, and the ledger is the sum of its accounts'
// vectors. A sum knows no order and can be taken back, so a block that changes five accounts adds and
// subtracts ten vectors however many accounts there are. Finding other accounts with the same sum is as hard
// as finding a short vector in a lattice.
#pragma once

#include <array>
#include <cstdint>

#include "chain/program/account.hpp"

namespace dz::devnet {

class StateRoot {
  public:
    /// Of a stored sum.
    static constexpr std::size_t kSize = 2048;

    /// Of no account at all.
    StateRoot() = default;
    /// Errors: BadValue when not `kSize` bytes.
    static Result<StateRoot> from(ByteView sum);

    void add(const ledger::PublicKey& address, const program::AccountState& state);
    /// `state` must have been added before.
    void remove(const ledger::PublicKey& address, const program::AccountState& state);

    /// What `from` reads.
    Bytes sum() const;
    ledger::Blockhash hash() const;
    bool operator==(const StateRoot&) const = default;

  private:
    std::array<std::uint16_t, kSize / 2> sum_{};
};

}  // namespace dz::devnet
