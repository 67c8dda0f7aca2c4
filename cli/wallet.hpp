// cli/wallet.hpp: the commands on wallets of this machine.
#pragma once

#include "cli/command.hpp"

namespace dz::cli {

/// They need no ledger: the command tree leaves out the version gate.
void add_wallet(Group& root);

}  // namespace dz::cli
