// cli/account_json.hpp: any account as JSON, field by field, as the ledger has it.
#pragma once

#include "base/json.hpp"
#include "ledger/accounts.hpp"

namespace dz::cli {

/// {"owner": "...", "code": "ewr", "status": "Activated", ...}: every field by name in wire order. Numbers
/// beyond 64 bits and addresses are texts; of the bytes of an allocator's bitmap only how many there are.
json::Ordered account_json(const ledger::Account& account);

}  // namespace dz::cli
