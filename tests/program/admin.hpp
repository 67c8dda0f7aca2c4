// tests/program/admin.hpp: attempts of an administrator, with the steps that most of them share.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "tests/program/order.hpp"

namespace dz::test {

/// An instruction that a function makes of the case.
template <class Args>
struct Admin : Attempt {
    Args args{};
};

/// Of the accounts, entity and global state.
template <class Args>
struct OnEntity : Admin<Args> {
    PublicKey entity = this->location;
    TransactionInstruction instruction() override { return this->as(this->payer).make(this->args, entity); }
};
template <class Args>
struct OnState : Admin<Args> {
    TransactionInstruction instruction() override { return this->as(this->payer).make(this->args); }
};

template <class C, class T>
Violation<C> spoilt(std::string error, std::string what, const PublicKey C::* at,
                    std::function<void(T&)> change) {
    return {std::move(error), std::move(what), [=](C& c) { c.template spoil<T>(c.*at, change); }};
}

/// Two steps that every change of an entity has in common, and its own last one.
template <class C>
void expect_entity_order(const C& valid, Step<C> last) {
    expect_order<C>(valid, {unsigned_payer<C>(),
                            {{kAbort, "a foreign entity", [](C& c) { c.take_owner(c.entity); }}},
                            stranger<C>(),
                            std::move(last)});
}

/// The last check of a change that has none of its own.
template <class C>
Step<C> another_kind() {
    return {{"InvalidAccountData", "another kind of account", [](C& c) { c.take_type(c.entity); }}};
}
template <class C>
Step<C> code_with_blank() {
    return {{"19 InvalidAccountCode", "a code with a blank", [](C& c) { c.args.code = "a b"; }}};
}
template <class C>
Step<C> elsewhere(std::size_t position = 0) {
    return {{kAbort, "another address", [=](C& c) { c.replaced[position] = c.nothing(); }}};
}
/// The address of the account to create is in use. Its position in the list.
template <class C>
Step<C> occupied() {
    return {{kOurs, "it exists", [](C& c) { c.occupy(c.instruction().accounts[0].key); }}};
}

}  // namespace dz::test
