#include "chain/program/entity.hpp"
#include "chain/program/processors.hpp"
#include "chain/program/text_rules.hpp"

namespace dz::program {

using ledger::Contributor;
using ledger::ContributorStatus;
using ledger::ProgramError;

namespace {

constexpr auto kAuthority = {PermissionFlag::ContributorAdmin};

}  // namespace

Outcome process(Invocation& in, const ix::CreateContributor& args) {
    AccountRef account, owner, state_account;
    TRY_OK(in.read(account, owner, state_account));
    TRY_OK(in.read_payer());
    TRY(auto state, in.global_state(state_account));
    TRY_OK(in.authorize(state, kAuthority));
    TRY_OK(check_code(args.code));
    const ledger::Address address = in.addresses().contributor(next_index(state));
    TRY_OK(expect_new(in, account, address, "contributor"));

    Contributor contributor;
    contributor.owner = owner.key();
    contributor.index = ++state.account_index;
    contributor.bump = address.bump;
    contributor.status = ContributorStatus::Activated;
    contributor.code = args.code;
    TRY_OK(in.create(account, contributor));
    TRY_OK(in.pay(owner, ledger::rent_exempt_lamports(0) + state.contributor_airdrop_lamports));
    return in.write(state_account, state);
}

Outcome process(Invocation& in, const ix::UpdateContributor& args) {
    AccountRef account, state_account;
    TRY_OK(in.read(account, state_account));
    TRY_OK(in.read_payer());
    TRY(const auto state, in.global_state(state_account));
    TRY(auto contributor, in.load<Contributor>(account, "contributor"));
    TRY(const bool privileged, in.permits(state, kAuthority));
    const bool only_ops_manager = !args.code && !args.owner;
    if (!privileged && !(only_ops_manager && in.payer_is(contributor.owner))) {
        return reject(ProgramError::NotAllowed);
    }
    if (args.code) {
        TRY_OK(check_code(*args.code));
        contributor.code = *args.code;
    }
    set_if(contributor.owner, args.owner);
    set_if(contributor.ops_manager_pk, args.ops_manager);
    return in.write(account, contributor);
}

Outcome process(Invocation& in, const ix::SuspendContributor&) {
    return update_entity<Contributor>(in, kAuthority, [](Contributor& contributor) {
        return change_status(contributor.status, ContributorStatus::Activated, ContributorStatus::Suspended);
    });
}

Outcome process(Invocation& in, const ix::ResumeContributor&) {
    return update_entity<Contributor>(in, kAuthority, [](Contributor& contributor) {
        return change_status(contributor.status, ContributorStatus::Suspended, ContributorStatus::Activated);
    });
}

Outcome process(Invocation& in, const ix::DeleteContributor&) {
    return delete_entity<Contributor>(in, kAuthority, [](const Contributor& contributor) -> Outcome {
        if (contributor.status == ContributorStatus::Deleting) return reject(ProgramError::InvalidStatus);
        return expect_unreferenced(contributor);
    });
}

}  // namespace dz::program
