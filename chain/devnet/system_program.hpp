// chain/devnet/system_program.hpp: the ledger's own program: makes accounts and moves lamports.
//
// CreateAccount, Assign, Transfer and Allocate; the others answer InvalidInstructionData.
#pragma once

#include <span>

#include "base/bytes.hpp"
#include "chain/program/account.hpp"
#include "chain/program/fault.hpp"

namespace dz::devnet {

/// Runs one instruction on `accounts`.
program::Outcome process_system(std::span<const program::AccountRef> accounts, ByteView data);

}  // namespace dz::devnet
