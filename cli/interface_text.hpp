// cli/interface_text.hpp: one interface of a device, as `device get` shows it.
#pragma once

#include "cli/record.hpp"
#include "ledger/accounts_network.hpp"

namespace dz::cli {

Record device_interface_record(const ledger::Interface& interface);

}  // namespace dz::cli
