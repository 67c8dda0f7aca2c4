// chain/program/validate.hpp: what the program refuses to store, kind by kind (ledger-accounts.md).
//
// Called on every creation and every write, in the order of the specification: of several defects the first
// decides the error.
#pragma once

#include "chain/program/fault.hpp"
#include "ledger/accounts.hpp"

namespace dz::program {

Outcome validate(const ledger::GlobalState& state);
Outcome validate(const ledger::GlobalConfig& config);
Outcome validate(const ledger::Location& location);
Outcome validate(const ledger::Exchange& exchange);
Outcome validate(const ledger::Contributor& contributor);
Outcome validate(const ledger::Device& device);
Outcome validate(const ledger::Interface& interface);
Outcome validate(const ledger::Link& link);
Outcome validate(const ledger::User& user);
Outcome validate(const ledger::MulticastGroup& group);
Outcome validate(const ledger::AccessPass& pass);
Outcome validate(const ledger::Topology& topology);
Outcome validate(const ledger::Feed& feed);
Outcome validate(const ledger::SeatReservation& reservation);
Outcome validate(const ledger::BlockReservation& reservation);
inline Outcome validate(const ledger::ProgramConfig&) {
    return {};
}
inline Outcome validate(const ledger::Tenant&) {
    return {};
}
inline Outcome validate(const ledger::Permission&) {
    return {};
}
inline Outcome validate(const ledger::Index&) {
    return {};
}

}  // namespace dz::program
