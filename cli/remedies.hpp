// cli/remedies.hpp: what to do when the ledger refused a transaction.
#pragma once

#include <string_view>

#include "cli/context.hpp"

namespace dz::cli {

/// What was refused: a user who joins is given other advice than somebody who runs the network.
enum class Refused { Change, Joining };

/// Empty where there is no advice.
std::string_view remedy_of(const Error& error, Refused what = Refused::Change);

/// `what` failed because of `error`, with the advice there is; `ledger_failure` where there is none.
Error refused(const Context& context, std::string_view what, const Error& error,
              Refused kind = Refused::Change);

}  // namespace dz::cli
