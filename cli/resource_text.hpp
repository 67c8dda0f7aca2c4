// cli/resource_text.hpp: what an allocator has given away, as texts.
#pragma once

#include <string>
#include <vector>

#include "ledger/accounts_global.hpp"

namespace dz::cli {

/// True for allocators of addresses, false for those of numbers.
bool gives_addresses(ledger::ResourceKind kind);

/// "172.16.0.0", "172.16.0.1", or "500", "501", in order.
std::vector<std::string> allocated_texts(const ledger::ResourceExtension& allocator);

}  // namespace dz::cli
