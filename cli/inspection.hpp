// cli/inspection.hpp: commands that show what the ledger has, whatever it is: account, log, accounts, export.
#pragma once

#include "cli/command.hpp"

namespace dz::cli {

void add_inspection(Group& root);

}  // namespace dz::cli
