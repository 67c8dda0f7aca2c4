#include <algorithm>

#include "chain/program/entity.hpp"
#include "chain/program/pass_rules.hpp"
#include "chain/program/processors.hpp"
#include "chain/program/resources.hpp"
#include "chain/program/text_rules.hpp"

namespace dz::program {

using ledger::ProgramError;
using ledger::Tenant;

namespace {

constexpr auto kAuthority = {PermissionFlag::TenantAdmin};

Expected<Allocator> open_vrf_ids(Invocation& in, const AccountRef& account) {
    return open_allocator(in, account, in.deployment().vrf_ids, "vrf ids");
}

}  // namespace

Outcome process(Invocation& in, const ix::CreateTenant& args) {
    AccountRef account, state_account, vrf_account;
    TRY_OK(in.read(account, state_account, vrf_account));
    TRY_OK(in.read_payer());
    TRY(const auto state, in.global_state(state_account));
    TRY_OK(in.authorize(state, kAuthority));
    TRY_OK(check_code(args.code));
    const auto address = in.addresses().tenant(args.code);
    if (!address) return panic(address.error().text);
    TRY_OK(expect_new(in, account, *address, "tenant"));
    TRY(auto vrf_ids, open_vrf_ids(in, vrf_account));

    Tenant tenant;
    tenant.owner = in.payer().key();
    tenant.bump = address->bump;
    tenant.code = args.code;
    TRY(tenant.vrf_id, vrf_ids.take_id());
    tenant.administrators = {args.administrator};
    tenant.token_account = args.token_account.value_or(PublicKey{});
    tenant.metro_routing = args.metro_routing;
    tenant.route_liveness = args.route_liveness;
    // The tenant's account is a wallet too: it starts with what a contributor gets.
    TRY_OK(in.pay(account, ledger::rent_exempt_lamports(0) + state.contributor_airdrop_lamports));
    return in.create(account, tenant);
}

Outcome process(Invocation& in, const ix::UpdateTenant& args) {
    return update_entity<Tenant>(in, kAuthority, [&](Tenant& tenant) -> Outcome {
        set_if(tenant.vrf_id, args.vrf_id);
        set_if(tenant.token_account, args.token_account);
        set_if(tenant.metro_routing, args.metro_routing);
        set_if(tenant.route_liveness, args.route_liveness);
        set_if(tenant.billing, args.billing);
        set_if(tenant.include_topologies, args.include_topologies);
        return {};
    });
}

Outcome process(Invocation& in, const ix::DeleteTenant&) {
    AccountRef account, state_account, vrf_account;
    TRY_OK(in.read(account, state_account, vrf_account));
    TRY_OK(in.read_payer());
    TRY(const auto state, in.global_state(state_account));
    TRY_OK(in.authorize(state, kAuthority));
    TRY(const auto tenant, in.load<Tenant>(account, "tenant"));
    TRY_OK(expect_unreferenced(tenant));
    TRY(auto vrf_ids, open_vrf_ids(in, vrf_account));
    vrf_ids.give_back(tenant.vrf_id);
    return in.close(account, in.payer());
}

Outcome process(Invocation& in, const ix::AddTenantAdministrator& args) {
    return update_entity<Tenant>(in, kAuthority, [&](Tenant& tenant) -> Outcome {
        if (contains(tenant.administrators, args.administrator)) {
            return reject(ProgramError::AdministratorAlreadyExists);
        }
        tenant.administrators.push_back(args.administrator);
        return {};
    });
}

Outcome process(Invocation& in, const ix::RemoveTenantAdministrator& args) {
    return update_entity<Tenant>(in, kAuthority, [&](Tenant& tenant) -> Outcome {
        if (std::erase(tenant.administrators, args.administrator) == 0) {
            return reject(ProgramError::AdministratorNotFound);
        }
        return {};
    });
}

Outcome process(Invocation& in, const ix::UpdatePaymentStatus& args) {
    return update_entity<Tenant>(in, kAuthority, [&](Tenant& tenant) -> Outcome {
        if (args.payment_status > ledger::PaymentStatus::Paid)
            return reject(ProgramError::InvalidPaymentStatus);
        tenant.payment_status = args.payment_status;
        set_if(tenant.billing.last_deduction_dz_epoch, args.last_deduction_dz_epoch);
        return {};
    });
}

}  // namespace dz::program
