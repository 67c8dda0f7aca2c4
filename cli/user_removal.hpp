// cli/user_removal.hpp: what deleting a user account takes.
#pragma once

#include <vector>

#include "ledger/instruction_builder.hpp"
#include "ledger/snapshot.hpp"

namespace dz::cli {

/// One instruction for each multicast group that the user is in, then the deletion; each in a transaction of
/// its own. `pass`: the one the user connected with. `dz_prefixes`: how many its device has.
std::vector<ledger::TransactionInstruction> user_removal(const ledger::InstructionBuilder& build,
                                                         const ledger::Entry<ledger::User>& user,
                                                         const ledger::PublicKey& pass,
                                                         std::size_t dz_prefixes);

}  // namespace dz::cli
