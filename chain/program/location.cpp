#include "chain/program/entity.hpp"
#include "chain/program/processors.hpp"
#include "chain/program/text_rules.hpp"

namespace dz::program {

using ledger::Location;
using ledger::PlaceStatus;

namespace {

constexpr auto kAuthority = {PermissionFlag::InfraAdmin};

}  // namespace

Outcome process(Invocation& in, const ix::CreateLocation& args) {
    AccountRef account, state_account;
    TRY_OK(in.read(account, state_account));
    TRY_OK(in.read_payer());
    TRY(auto state, in.global_state(state_account));
    TRY_OK(in.authorize(state, kAuthority));
    TRY_OK(check_code(args.code));
    const ledger::Address address = in.addresses().location(next_index(state));
    TRY_OK(expect_new(in, account, address, "location"));

    Location location;
    location.owner = in.payer().key();
    location.index = ++state.account_index;
    location.bump = address.bump;
    location.lat = args.lat;
    location.lng = args.lng;
    location.loc_id = args.loc_id;
    location.code = args.code;
    location.name = args.name;
    location.country = args.country;
    TRY_OK(in.create(account, location));
    return in.write(state_account, state);
}

Outcome process(Invocation& in, const ix::UpdateLocation& args) {
    return update_entity<Location>(in, kAuthority, [&](Location& location) -> Outcome {
        if (args.code) {
            TRY_OK(check_code(*args.code));
            location.code = *args.code;
        }
        set_if(location.name, args.name);
        set_if(location.country, args.country);
        set_if(location.lat, args.lat);
        set_if(location.lng, args.lng);
        set_if(location.loc_id, args.loc_id);
        return {};
    });
}

Outcome process(Invocation& in, const ix::SuspendLocation&) {
    return update_entity<Location>(in, kAuthority, [](Location& location) {
        return change_status(location.status, PlaceStatus::Activated, PlaceStatus::Suspended);
    });
}

Outcome process(Invocation& in, const ix::ResumeLocation&) {
    return update_entity<Location>(in, kAuthority, [](Location& location) {
        return change_status(location.status, PlaceStatus::Suspended, PlaceStatus::Activated);
    });
}

Outcome process(Invocation& in, const ix::DeleteLocation&) {
    return delete_entity<Location>(in, kAuthority, expect_unreferenced<Location>);
}

}  // namespace dz::program
