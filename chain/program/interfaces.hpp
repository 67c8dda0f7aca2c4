// chain/program/interfaces.hpp: finding interfaces of a device and numbering its loopbacks.
#pragma once

#include <string_view>
#include <vector>

#include "chain/program/allocator.hpp"
#include "chain/program/invocation.hpp"

namespace dz::program {

/// Null when the device has none of that name. Pointers last until the list changes.
ledger::Interface* find_interface(ledger::Device& device, std::string_view name);
/// The same, case included: links find their ends so.
ledger::Interface* find_exact_interface(ledger::Device& device, std::string_view name);

/// A segment id of its own for each topology. Error 65 for one that the loopback has already.
Outcome add_topology_segments(Invocation& in, const std::vector<AccountRef>& topologies, Allocator& ids,
                              ledger::Interface& loopback);

}  // namespace dz::program
