// chain/program/account.hpp: accounts while a transaction runs.
//
// An account's state is immutable once others can see it. An instruction that changes one works on a copy, so
// that its runner can compare both, keep the copy or drop it.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.hpp"
#include "ledger/public_key.hpp"

namespace dz::program {

using ledger::PublicKey;

/// What the ledger keeps for one address.
struct AccountState {
    std::uint64_t lamports = 0;
    PublicKey owner = ledger::kSystemProgram;
    Bytes data;
    bool executable = false;
    bool operator==(const AccountState&) const = default;
};
using AccountPointer = std::shared_ptr<const AccountState>;

/// One account of a transaction. Instructions share it, whatever position they name it at.
class Cell {
  public:
    /// Null = the ledger has no such account.
    explicit Cell(PublicKey key, AccountPointer state = nullptr);

    const PublicKey& key() const { return key_; }
    const AccountState& state() const { return changed_ ? *changed_ : *state_; }
    /// As the running instruction found it.
    const AccountState& before() const { return *state_; }
    /// Copies the account on the first change of an instruction.
    AccountState& change();

    /// Lamports that must stay, for fees that are due later.
    void reserve(std::uint64_t lamports) { reserved_ = lamports; }
    std::uint64_t reserved() const { return reserved_; }
    std::uint64_t spendable() const {
        const std::uint64_t lamports = state().lamports;
        return lamports > reserved_ ? lamports - reserved_ : 0;
    }
    bool is_changed() const { return changed_ != nullptr; }

    /// The instruction succeeded: its changes become the state.
    void accept();
    const AccountPointer& pointer() const { return state_; }

  private:
    PublicKey key_;
    AccountPointer state_;
    std::shared_ptr<AccountState> changed_;
    std::uint64_t reserved_ = 0;
};

/// An account as one instruction names it. Refers to a cell that outlives the instruction.
struct AccountRef {
    Cell* cell = nullptr;
    bool signer = false;
    bool writable = false;

    const PublicKey& key() const { return cell->key(); }
    const AccountState& state() const { return cell->state(); }
    std::uint64_t spendable() const { return cell->spendable(); }
    const Bytes& data() const { return cell->state().data; }
    bool is_empty() const { return cell->state().data.empty(); }
};

}  // namespace dz::program
