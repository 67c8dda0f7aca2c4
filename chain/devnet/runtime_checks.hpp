// chain/devnet/runtime_checks.hpp: what no program may do, whoever wrote it.
//
// Looked at after every instruction: a defect of a program, or an account that the client passed read only,
// ends the transaction instead of corrupting the ledger.
#pragma once

#include <optional>
#include <span>

#include "chain/program/account.hpp"
#include "chain/program/fault.hpp"

namespace dz::devnet {

/// One account of a transaction: what is in it and what the message allows.
struct LoadedAccount {
    program::Cell cell;
    bool signer = false;
    bool writable = false;
    /// Before the transaction.
    program::AccountPointer original;
};

/// Only the owner changes data, takes lamports and hands the account on; read-only accounts stay as they are;
/// no lamports come from nowhere or get lost; what is reserved for fees stays. `caller` is the program that
/// ran.
program::Outcome check_instruction(std::span<LoadedAccount> accounts, const ledger::PublicKey& caller);

/// Position of the first account that the transaction leaves with less than its rent-exempt minimum. One that
/// was that poor before may stay so, but neither grow nor gain. `fee`: what the first account has still to
/// pay.
std::optional<std::size_t> find_rent_paying(std::span<const LoadedAccount> accounts, std::uint64_t fee = 0);

}  // namespace dz::devnet
