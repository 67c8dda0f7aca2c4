// cli/resource_audit.hpp: do the allocators agree with what the accounts of the network hold?
//
// Pure. A value is one address or one number, as `resource get` shows them: a tunnel's two addresses are two.
#pragma once

#include <string>
#include <vector>

#include "ledger/address.hpp"
#include "ledger/snapshot.hpp"

namespace dz::cli {

enum class Disagreement {
    NotTaken,  ///< somebody holds it, and the allocator could give it away again
    NotHeld,   ///< the allocator has given it away, and nobody holds it
    Shared     ///< several hold it
};

struct Finding {
    ledger::Resource resource;
    ledger::IpOrId value;
    Disagreement disagreement{};
    std::vector<std::string> holders;  ///< "user 9.128.0.100", "link ny5-fra"
    bool operator==(const Finding&) const = default;
};

/// By allocator, then by value. Allocators that are missing are left out. `all` must have allocators,
/// devices, links, users, groups, tenants and topologies.
std::vector<Finding> audit_resources(const ledger::Snapshot& all, const ledger::Addresses& addresses);

}  // namespace dz::cli
