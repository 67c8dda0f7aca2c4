// The order of checks on permissions (ledger-processors.md 4 to 6): of two violated ones the earlier answers.
#include "tests/program/admin.hpp"

using namespace dz;
using namespace dz::test;
using ledger::Permission;
using ledger::PermissionFlag;

namespace {

struct Permissions : Attempt {
    Permissions() {
        const ix::CreatePermission grant{pk("oracle"), permission_bit(PermissionFlag::UserAdmin)};
        REQUIRE(send("foundation", as("foundation").make(grant)) == "ok");
        entity = addresses().permission(pk("oracle"));
    }
    PublicKey entity;
};
struct Grant : Permissions {
    Grant() {
        args = {pk("alice"), permission_bit(PermissionFlag::UserAdmin)};
        // "rival" administrates permissions without being the foundation.
        const ix::CreatePermission grant{pk("rival"), permission_bit(PermissionFlag::PermissionAdmin)};
        REQUIRE(send("foundation", as("foundation").make(grant)) == "ok");
        payer = "rival";
    }
    ix::CreatePermission args;
    TransactionInstruction instruction() override {
        return payer == "rival" ? with_permission(payer).make(args) : as(payer).make(args);
    }
};
template <class Args>
struct OnPermission : Permissions {
    Args args{};
    TransactionInstruction instruction() override { return as(payer).make(args, entity); }
};
template <class C>
Step<C> own_permission() {
    return {spoilt<C, Permission>("65 InvalidArgument", "one's own", &C::entity,
                                  [key = C{}.pk("foundation")](Permission& p) { p.user_payer = key; })};
}

}  // namespace

TEST_CASE("order: permissions", "[program]") {
    using C = Grant;
    expect_order<C>(C{}, {unsigned_payer<C>(),
                          {{"InvalidArgument", "another address", [](C& c) { c.replaced[0] = c.nothing(); }}},
                          stranger<C>(),
                          {{"8 NotAllowed", "the foundation's rights, by another administrator",
                            [](C& c) { c.args.permissions = permission_bit(PermissionFlag::Foundation); }}},
                          {{"8 NotAllowed", "the same with an unknown one", [](C& c) {
                                c.args.permissions = permission_bit(PermissionFlag::Foundation) | u128{1}
                                                                                                      << 100;
                            }}}});
    expect_order<C>(
        C{}, {{{kOurs, "it exists", [](C& c) { c.args.user_payer = c.pk("oracle"); }}},
              stranger<C>(),
              {{"65 InvalidArgument", "no known right", [](C& c) { c.args.permissions = u128{1} << 100; }}}});
    using U = OnPermission<ix::UpdatePermission>;
    U update;
    update.args = {permission_bit(PermissionFlag::Qa), 0};
    expect_order<U>(update, {unsigned_payer<U>(),
                             {{kAbort, "a foreign account", [](U& c) { c.take_owner(c.entity); }}},
                             stranger<U>(),
                             own_permission<U>(),
                             {{"65 InvalidArgument", "the same right both ways",
                               [](U& c) { c.args.remove = permission_bit(PermissionFlag::Qa); }},
                              {"65 InvalidArgument", "nothing", [](U& c) { c.args = {}; }},
                              {"65 InvalidArgument", "nothing is left",
                               [](U& c) { c.args = {0, permission_bit(PermissionFlag::UserAdmin)}; }}}});
    using S = OnPermission<ix::SuspendPermission>;
    const auto status = [](ledger::PermissionStatus wrong) {
        return [=](Permission& p) { p.status = wrong; };
    };
    expect_order<S>(S{}, {unsigned_payer<S>(),
                          stranger<S>(),
                          own_permission<S>(),
                          {spoilt<S, Permission>("7 InvalidStatus", "suspended already", &S::entity,
                                                 status(ledger::PermissionStatus::Suspended))}});
    using R = OnPermission<ix::ResumePermission>;
    R suspended;
    suspended.spoil<Permission>(suspended.entity, status(ledger::PermissionStatus::Suspended));
    expect_entity_order<R>(suspended, {spoilt<R, Permission>("7 InvalidStatus", "active already", &R::entity,
                                                             status(ledger::PermissionStatus::Activated))});
    using D = OnPermission<ix::DeletePermission>;
    expect_entity_order<D>(D{}, own_permission<D>());
}
