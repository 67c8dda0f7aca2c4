// Index accounts: entities found by their code.
#include "chain/program/entity.hpp"
#include "chain/program/processors.hpp"
#include "chain/program/text_rules.hpp"

namespace dz::program {

using ledger::Index;

namespace {

constexpr auto kAuthority = {PermissionFlag::IndexAdmin};

}  // namespace

Outcome process(Invocation& in, const ix::CreateIndex& args) {
    AccountRef account, entity, state_account;
    TRY_OK(in.read(account, entity, state_account));
    TRY_OK(in.read_payer());
    TRY(const auto state, in.global_state(state_account));
    TRY_OK(in.authorize(state, kAuthority));
    TRY_OK(check_code(args.key));
    TRY_OK(in.expect_ours(entity, "entity"));
    const auto address = in.addresses().index(args.entity_seed, args.key);
    if (!address) return panic(address.error().text);
    TRY_OK(expect_new(in, account, *address, "index"));
    return in.create(
        account, Index{entity.key(), ledger::account_type(entity.data()), to_lower(args.key), address->bump});
}

Outcome process(Invocation& in, const ix::DeleteIndex&) {
    return delete_entity<Index>(in, kAuthority, [](const Index&) -> Outcome { return {}; });
}

}  // namespace dz::program
