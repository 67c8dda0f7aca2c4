// chain/program/entity.hpp: what creating, changing and deleting have in common for the catalogue's entities.
#pragma once

#include <initializer_list>
#include <optional>
#include <string_view>

#include "chain/program/invocation.hpp"

namespace dz::program {

/// Index that the next entity gets.
inline u128 next_index(const ledger::GlobalState& state) {
    return state.account_index + 1;
}

/// The account to create stands at `address` (abort) and is empty (AccountAlreadyInitialized).
inline Outcome expect_new(Invocation&, const AccountRef& account, const PublicKey& address,
                          std::string_view what) {
    TRY_OK(Invocation::expect_key(account, address, what));
    if (!account.is_empty()) return reject(ledger::BuiltinError::AccountAlreadyInitialized);
    return {};
}

template <class T>
void set_if(T& field, const std::optional<T>& value) {
    if (value) field = *value;
}

/// Error 7 unless the status is `from`.
template <class Status>
Outcome change_status(Status& status, Status from, Status to) {
    if (status != from) return reject(ledger::ProgramError::InvalidStatus);
    status = to;
    return {};
}

/// Takes one off a reference count, which never goes below zero.
template <class Count>
void release(Count& count) {
    if (count > 0) --count;
}

/// Adds one. The original aborts when a counter overflows.
template <class Count>
Outcome acquire(Count& count) {
    if (count == static_cast<Count>(~Count{0})) return panic("a counter overflowed");
    ++count;
    return {};
}

/// Error 13 while something refers to the entity.
template <class T>
Outcome expect_unreferenced(const T& entity) {
    if (entity.reference_count > 0) return reject(ledger::ProgramError::ReferenceCountNotZero);
    return {};
}

/// Entity, global state, payer: whoever holds one of `flags` may let `change` change the entity.
template <class T, class Change>
Outcome update_entity(Invocation& in, std::initializer_list<PermissionFlag> flags, Change change) {
    AccountRef account, state_account;
    TRY_OK(in.read(account, state_account));
    TRY_OK(in.read_payer());
    TRY(const auto state, in.global_state(state_account));
    TRY_OK(in.expect_ours(account, "entity"));
    TRY_OK(in.authorize(state, flags));
    TRY(T entity, in.load<T>(account, "entity"));
    TRY_OK(change(entity));
    return in.write(account, entity);
}

/// The same for deletion: `check` may refuse; the rent goes to the payer.
template <class T, class Check>
Outcome delete_entity(Invocation& in, std::initializer_list<PermissionFlag> flags, Check check) {
    AccountRef account, state_account;
    TRY_OK(in.read(account, state_account));
    TRY_OK(in.read_payer());
    TRY(const auto state, in.global_state(state_account));
    TRY_OK(in.expect_ours(account, "entity"));
    TRY_OK(in.authorize(state, flags));
    TRY(const T entity, in.load<T>(account, "entity"));
    TRY_OK(check(entity));
    return in.close(account, in.payer());
}

}  // namespace dz::program
