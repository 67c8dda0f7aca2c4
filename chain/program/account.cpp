#include "chain/program/account.hpp"

#include <utility>

namespace dz::program {

Cell::Cell(PublicKey key, AccountPointer state) : key_(key), state_(std::move(state)) {
    if (!state_) state_ = std::make_shared<const AccountState>();
}

AccountState& Cell::change() {
    if (!changed_) changed_ = std::make_shared<AccountState>(*state_);
    return *changed_;
}

void Cell::accept() {
    if (changed_) state_ = std::move(changed_);
    changed_ = nullptr;
}

}  // namespace dz::program
