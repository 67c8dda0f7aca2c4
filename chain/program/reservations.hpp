// chain/program/reservations.hpp: who may hold and use reserved seats.
#pragma once

#include "chain/program/invocation.hpp"

namespace dz::program {

/// The reservation authority and the foundation. Error 8.
Outcome authorize_reservations(Invocation& in, const ledger::GlobalState& state);

}  // namespace dz::program
