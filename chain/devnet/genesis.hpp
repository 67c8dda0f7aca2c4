// chain/devnet/genesis.hpp: what a new ledger holds: the programs, and a faucet that can pay for a long time.
#pragma once

#include <vector>

#include "chain/devnet/fee_rules.hpp"
#include "chain/devnet/store.hpp"
#include "ledger/keypair.hpp"

namespace dz::devnet {

/// Where `Store` keeps the length of an epoch.
inline constexpr const char* kSlotsPerEpoch = "slots_per_epoch";

/// 500 million credits.
inline constexpr std::uint64_t kFaucetLamports = 500'000'000ULL * 1'000'000'000ULL;

/// The faucet's key follows from the program's address: everybody may empty it, which is what it is for.
ledger::Keypair faucet_key(const PublicKey& program);

/// What a ledger is told apart by, and begins with.
struct Genesis {
    PublicKey program;
    Blockhash hash;
    std::int64_t unix_time = 0;
    SlotAnchor anchor;
    /// For the ledger's life. Unset: whoever opens the ledger first decides.
    std::optional<std::uint64_t> slots_per_epoch;
    FeeRules fees = {};
    /// When set: what the accounts must come to.
    std::optional<Blockhash> state;
};

std::vector<AccountWrite> genesis_accounts(const PublicKey& program);

/// Writes into an empty store what a ledger holds before its first transaction, as slot 0. Errors: those of
/// `Store::commit`.
Result<> begin(Store& store, const Genesis& genesis);

}  // namespace dz::devnet
