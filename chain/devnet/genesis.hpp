// chain/devnet/genesis.hpp: what a new ledger holds: the programs, and a faucet that can pay for a long time.
#pragma once

#include <vector>

#include "chain/devnet/executor.hpp"
#include "ledger/keypair.hpp"

namespace dz::devnet {

/// 500 million credits.
inline constexpr std::uint64_t kFaucetLamports = 500'000'000ULL * 1'000'000'000ULL;

/// The faucet's key follows from the program's address: everybody may empty it, which is what it is for.
ledger::Keypair faucet_key(const PublicKey& program);

std::vector<AccountWrite> genesis_accounts(const PublicKey& program);

}  // namespace dz::devnet
