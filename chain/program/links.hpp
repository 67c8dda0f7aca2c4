// chain/program/links.hpp: the two ends of a link.
#pragma once

#include <string>
#include <vector>

#include "chain/program/invocation.hpp"

namespace dz::program {

/// One end: its device and the interface there, which has no name while the other contributor has not
/// answered.
struct LinkEnd {
    AccountRef account;
    ledger::Device device;
    std::string interface;
};

/// The end's interface can carry `bandwidth`: exists by its exact name (12), serves no customers (83) and is
/// wide enough (31).
Outcome check_link_end(LinkEnd& end, std::uint64_t bandwidth);

/// Gives the link its network and number and brings both interfaces up. Error 7 for an interface in use.
Outcome connect_ends(Invocation& in, const AccountRef& tunnel_block, const AccountRef& link_ids, LinkEnd& a,
                     LinkEnd& z, ledger::Link& link);

/// The address of end `position` (0 or 1) of a /31, with its length.
Prefix end_address(const Prefix& network, std::uint32_t position);

}  // namespace dz::program
