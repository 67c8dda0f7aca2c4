// chain/devnet/seed.hpp: the demonstration network, built by the transactions that an operator would send.
//
// What is there already is left alone, so seeding again after a restart, or after a seeding that was cut
// short, only adds what is missing.
#pragma once

#include <filesystem>

#include "base/log.hpp"
#include "base/task.hpp"
#include "chain/devnet/ledger.hpp"
#include "ledger/keypair.hpp"

namespace dz::devnet {

/// The keys of the demonstration network, in files of one directory: foundation.json, contributor.json (owns
/// the devices) and publisher.json (reports what devices observe).
struct DemoKeys {
    ledger::Keypair foundation;
    ledger::Keypair contributor;
    ledger::Keypair publisher;
};

/// Reads the three files, making those that are missing (0600). Errors: those of key files.
Result<DemoKeys> open_demo_keys(const std::filesystem::path& directory);

/// Funds the keys and creates what is missing of the network. `ledger.run()` must be under way.
/// Errors: Permission when the ledger was begun with another foundation key; Rejected when a transaction
/// failed.
Task<Result<>> seed_demo(Ledger& ledger, Clock& clock, const DemoKeys& keys, Log log);

}  // namespace dz::devnet
