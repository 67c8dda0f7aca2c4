// fetcher/devices.hpp: the devices of the network alone: a small part of the catalogue, for whoever wants to
// know how far away they are.
#pragma once

#include "base/result.hpp"
#include "base/task.hpp"
#include "fetcher/accept.hpp"
#include "ledger/rpc.hpp"

namespace dz::fetcher {

/// Every device account of the program, in one question. The snapshot is of `Scope::Catalogue`, but has no
/// accounts of other kinds. Errors: those of `Rpc`.
Task<Result<Answer>> read_devices(ledger::Rpc& rpc, ledger::PublicKey program);

}  // namespace dz::fetcher
