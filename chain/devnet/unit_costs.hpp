// chain/devnet/unit_costs.hpp: compute units that each instruction is charged: a table, not a measurement, so
// that every node charges the same.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.hpp"
#include "ledger/instructions.hpp"

namespace dz::devnet {

struct UnitCost {
    std::uint8_t instruction;
    std::uint32_t units;
};

/// Of the ledger's own programs.
inline constexpr std::uint32_t kBuiltinUnits = 150;
/// Of an instruction that is not in the table, malformed ones included.
inline constexpr std::uint32_t kTypicalUnits = 15'000;

/// Instructions of the serviceability program that do more than the typical one: they derive several
/// addresses, work through allocation bitmaps or write many accounts.
inline constexpr auto kUnitCosts = std::to_array<UnitCost>({
    {ledger::ix::SetGlobalConfig::kNumber, 120'000},
    {ledger::ix::CreateDevice::kNumber, 60'000},
    {ledger::ix::UpdateDevice::kNumber, 60'000},
    {ledger::ix::DeleteDevice::kNumber, 60'000},
    {ledger::ix::CreateLink::kNumber, 60'000},
    {ledger::ix::DeleteLink::kNumber, 60'000},
    {ledger::ix::CreateUser::kNumber, 60'000},
    {ledger::ix::CreateSubscribeUser::kNumber, 60'000},
    {ledger::ix::DeleteUser::kNumber, 60'000},
    {ledger::ix::AssignTopologyNodeSegments::kNumber, 100'000},
    {ledger::ix::ClearTopology::kNumber, 100'000},
});

/// `data` of an instruction of the serviceability program.
constexpr std::uint32_t program_units(ByteView data) {
    if (data.empty()) return kTypicalUnits;
    for (const UnitCost& cost : kUnitCosts) {
        if (cost.instruction == data[0]) return cost.units;
    }
    return kTypicalUnits;
}

}  // namespace dz::devnet
